"""What the outside sees of a whole search: the steps between what the observables say, in each configuration."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

from ..compile.record import HEADER
from ..explore.native import Exploration

VisibleStep = tuple[int, bytes, bytes]
"""The initial state from which it was reached, and what the observables say before and after."""


def visible_steps(search: Exploration) -> frozenset[VisibleStep]:
    """Every step of a finished search that changes what the observables say; without observables, every step."""
    return frozenset(_steps(search))


def _steps(search: Exploration) -> Iterator[VisibleStep]:
    compiled, store = search.compiled, search.store
    words, size = store.words, store.words + HEADER
    look = _Observer(search)
    successors = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(compiled.successors)
    room = len(search.out) // size
    out = search.out.ctypes.data
    origins: list[int] = []
    for index in range(search.progress().states):
        parent = store.parent(index)
        origins.append(index if parent < 0 else origins[parent])
        address = int(store.base) + index * words * 8
        before = look(address)
        for position in range(successors(address, out, room)):
            if int(search.out[position * size]) >> 16 == 0:
                after = look(out + (position * size + HEADER) * 8)
                if after != before:
                    yield origins[index], before, after


class _Observer:
    """What the observables say of the state at an address; of a spec without any, the state itself."""

    def __init__(self, search: Exploration) -> None:
        self.blind = not search.world.observed()
        self.words = search.store.words
        self.values = (ctypes.c_int64 * max(1, len(search.world.observed())))()
        self.at = ctypes.addressof(self.values)
        self.observed = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(search.compiled.observed)

    def __call__(self, address: int) -> bytes:
        if self.blind:
            return ctypes.string_at(address, self.words * 8)
        self.observed(address, self.at)
        return bytes(self.values)
