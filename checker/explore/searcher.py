"""Who expands states: a control array, buffers, and counts. Every thread of a search is one."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..compile.native import Compiled
from ..compile.record import HEADER
from .cells import control as cells
from .cells import plan as plans
from .cells.table import NUMBERS
from .engine import crew, kinds, search, stubborn
from .store import Store

PAUSE_SECONDS = 0.05
"""How long a kernel runs before it comes back."""


CHOOSE = "uint64[]", *["uint64"] * 3, "int64", *["uint64"] * 2, *["int64"] * 2
"""What the kernel `choose` is given."""

ALONE = np.empty(0, np.uint64)
"""Nobody."""


def plan(compiled: Compiled) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """What a kernel has to know to put steps off, and room to work in; next to nothing if none are."""
    known = compiled.stubborn
    if known is None:
        return np.zeros(1, np.uint64)
    units, words = len(known.units), plans.words_of_mask(len(known.units))
    masks = [mask for relation in (known.enabled, *known.disabled) for mask in relation]
    made = np.zeros(plans.size(units), np.uint64)
    made[: plans.RELATIONS] = units, words, compiled.code.by_unit, stubborn.choose.address(*CHOOSE)
    spread = [mask >> 64 * word & (1 << 64) - 1 for mask in masks for word in range(words)]
    made[plans.RELATIONS : plans.RELATIONS + len(spread)] = spread
    return made


class Searcher:
    """What a kernel works with, besides the states that all have in common."""

    def __init__(self, compiled: Compiled, store: Store) -> None:
        self.compiled, self.store = compiled, store
        self.control = np.zeros(cells.CELLS, np.int64)
        self.control[cells.BITS] = store.bits
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.findings = np.zeros((compiled.most_findings, 4), np.int64)
        self.plan = plan(compiled)
        self.control[cells.PARTIAL] = int(compiled.stubborn is not None)
        self.budget = 1 << 12
        self.widen(4096)

    def widen(self, records: int) -> None:
        """Make room for so many records of edges."""
        words = self.compiled.layout.words
        self.store.charge(records * (words + HEADER + 2) * 8)
        self.out = np.empty(records * (words + HEADER), np.uint64)
        self.hashes, self.steps = np.empty(records, np.uint64), np.empty(records, np.uint64)
        self.control[cells.ROOM] = records

    @property
    def room(self) -> int:
        """How many states one batch may add."""
        return int(self.control[cells.ROOM]) + NUMBERS

    def explore(self, leader: Searcher, members: np.ndarray[tuple[int], np.dtype[np.uint64]] = ALONE) -> int:
        """Expand states for a while; why it came back.

        `leader` is whose count of states is everybody's; `members` are the addresses of the control arrays of all.
        """
        store, compiled = self.store, self.compiled
        self.control[cells.BUDGET] = self.budget
        if compiled.stubborn is not None:
            self.plan[plans.BY_UNIT] = compiled.code.by_unit  # other code may have come into its place
        began = time.perf_counter()
        given = (
            np.uint64(compiled.code.successors),
            np.uint64(compiled.code.violated),
            compiled.layout.words,
            leader.control,
            self.control,
            members,
            store.table,
            store.size,
            store.base,
            store.beside,
            self.out,
            self.hashes,
            self.steps,
            self.fired,
            self.cuts,
            self.findings,
            self.plan,
        )
        alone = len(members) == 0
        reason = search.explore(*given) if alone else crew.work(search.explore.address(*kinds(*given)), *given)
        if reason == cells.WIDEN:
            self.widen(2 * int(self.control[cells.RECORDS]))
        elif reason == cells.PAUSE:
            spent = time.perf_counter() - began
            self.budget = max(1 << 8, min(1 << 24, int(self.budget * min(4.0, PAUSE_SECONDS / max(spent, 1e-4)))))
        return reason

    @property
    def found(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """The findings so far."""
        return self.findings[: int(self.control[cells.FINDINGS])]
