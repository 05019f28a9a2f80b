"""What there is to see of a whole search: every step, and the steps as the outside sees them."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from ..compile.record import HEADER
from ..explore.native import Exploration

VisibleStep = tuple[int, bytes, bytes]
"""The initial state from which it was reached, and what the observables say before and after."""


@dataclass(frozen=True)
class Seen:
    """A finished search, to be compared with another of the same system in the same run of Python.

    `visible` are the steps that change what the observables say, in each configuration; without observables, all that
    change the state. `graph` is a digest of every step: the states before and after, and the row.
    """

    visible: frozenset[VisibleStep]
    graph: int


def seen(search: Exploration) -> Seen:
    """Look at every state of a finished search again, and at every step from there."""
    compiled, store = search.compiled, search.store
    words, size = store.words, store.words + HEADER
    look = _Observer(search)
    successors = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(
        compiled.code.successors
    )
    room = len(search.out) // size
    out = search.out.ctypes.data
    origins: list[int] = []
    visible: set[VisibleStep] = set()
    graph = 0
    for index in range(search.progress().states):
        parent = store.parent(index)
        origins.append(index if parent < 0 else origins[parent])
        address = int(store.base) + index * words * 8
        before, source = look(address), ctypes.string_at(address, words * 8)
        for position in range(successors(address, out, room)):
            meta, target = int(search.out[position * size]), out + (position * size + HEADER) * 8
            graph += hash((source, meta, ctypes.string_at(target, words * 8)))
            if meta >> 16 == 0:
                after = look(target)
                if after != before:
                    visible.add((origins[index], before, after))
    return Seen(frozenset(visible), graph)


class _Observer:
    """What the observables say of the state at an address; of a spec without any, the state itself."""

    def __init__(self, search: Exploration) -> None:
        self.blind = not search.world.observed()
        self.words = search.store.words
        self.values = (ctypes.c_int64 * max(1, len(search.world.observed())))()
        self.at = ctypes.addressof(self.values)
        self.observed = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(
            search.compiled.code.observed
        )

    def __call__(self, address: int) -> bytes:
        if self.blind:
            return ctypes.string_at(address, self.words * 8)
        self.observed(address, self.at)
        return bytes(self.values)
