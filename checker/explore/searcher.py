"""Who expands states: a control array, buffers, and counts. Every thread of a search is one."""

from __future__ import annotations

import time

import numpy as np

from ..compile.native import Compiled
from ..compile.record import HEADER
from .engine import control as cells
from .engine import search as kernel
from .engine import table
from .store import Store

PAUSE_SECONDS = 0.05
"""How long a kernel runs before it comes back."""


ALONE = np.empty(0, np.uint64)
"""Nobody."""


class Searcher:
    """What a kernel works with, besides the states that all have in common."""

    def __init__(self, compiled: Compiled, store: Store) -> None:
        self.compiled, self.store = compiled, store
        self.control = np.zeros(cells.CELLS, np.int64)
        self.control[cells.DIRECT] = int(store.direct)
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.findings = np.zeros((compiled.most_findings, 4), np.int64)
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
        return int(self.control[cells.ROOM]) + table.NUMBERS

    def explore(self, leader: Searcher, members: np.ndarray[tuple[int], np.dtype[np.uint64]] = ALONE) -> int:
        """Expand states for a while; why it came back.

        `leader` is whose count of states is everybody's; `members` are the addresses of the control arrays of all.
        """
        store, compiled = self.store, self.compiled
        self.control[cells.BUDGET] = self.budget
        began = time.perf_counter()
        reason = int(
            kernel.explore(
                np.uint64(compiled.code.successors),
                np.uint64(compiled.code.violated),
                compiled.layout.words,
                leader.control,
                self.control,
                members,
                store.table,
                store.slots,
                store.base,
                store.beside,
                self.out,
                self.hashes,
                self.steps,
                self.fired,
                self.cuts,
                self.findings,
            )
        )
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
