"""How a search begins: with the initial states, which plain Python judges, as no step leads to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import System
from ..compile.native import Compiled
from .outcome import asked_of

Rows = np.ndarray[tuple[int, int], np.dtype[np.uint64]]
"""Packed states, one below the other."""

LOOK = 256
"""After so many states somebody is told how far it is."""


def witnesses(system: System) -> int:
    """The mask of what is not broken but reached: the `sometimes` among the cases of all properties."""
    kinds = [known.kind for known, cases in system.cases.items() if not known.liveness for _ in cases]
    return sum(1 << bit for bit, kind in enumerate(kinds) if kind == "sometimes")


class Beginning:
    """What the initial states show: the mask of the `sometimes` that hold, whether anything is broken, and by whom."""

    def __init__(self, world: PlainWorld, asked: frozenset[str] | None = None) -> None:
        self.world, self.witnesses, self.judged = world, witnesses(world.system), world.system.cases_of(asked)
        self.seen, self.dirty = 0, False
        self.shown: dict[str, Values] = {}
        """For each property that a state breaks, or makes true if it is a `sometimes`, the first of these states."""

    def judge(self, state: Values) -> None:
        """Look at one of them."""
        names = self.world.system.case_names
        for name in sorted(self.world.violated(state) & self.judged):
            bit = 1 << names.index(name)
            if self.witnesses & bit:
                self.seen |= bit
            else:
                self.dirty = True
            self.shown.setdefault(name, state)

    def rows(self, compiled: Compiled, initial: Iterable[Values], look: Callable[[], None]) -> Rows:
        """Judge all; their packed words, sorted, each state once. `look` is called now and then."""
        packed = []
        for index, state in enumerate(initial):
            if index % LOOK == 0:
                look()
            packed.append(compiled.layout.pack(state))
            self.judge(state)
        rows: Rows = np.unique(np.array(packed, np.uint64), axis=0)
        ask = asked_of(compiled)
        for words in rows:
            ask(words.ctypes.data)
        return rows
