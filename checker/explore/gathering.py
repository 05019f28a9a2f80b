"""A level's successors, gathered: each once, in a hash table whose slots are the states themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..compile.record import HEADER
from ..compile.sent import Sent
from .cells import control as cells
from .cells.table import EMPTY
from .engine import external as kernel
from .searcher import PAUSE_SECONDS
from .store import LOAD

Array = np.ndarray[Any, Any]


def record_bytes(words: int) -> int:
    """What a record of an edge takes, with what is remembered beside it."""
    return (words + HEADER + 2) * 8


class Gathering:
    """Expands states, and counts what it sees on the way."""

    def __init__(self, code: Sent, successors: int, violated: int, charge: Callable[[int], None], least: int) -> None:
        self.code, self.words, self.charge = code, code.words, charge
        self.successors, self.violated = np.uint64(successors), np.uint64(violated)
        self.control = np.zeros(cells.CELLS, np.int64)
        self.control[cells.BUDGET] = 1 << 10
        self.fired = np.zeros(max(1, code.rows), np.int64)
        self.cuts = np.zeros(code.machines, np.int64)
        self.findings = np.zeros((code.findings, 4), np.int64)
        self.table = np.empty(0, np.uint64)
        self.slots = self.used = self.room = 0
        """How many slots the table has now, has had at most, and may have."""
        self.widen(least)

    def reserve(self, room: int) -> None:
        """Have a table of at most so many slots. Memory that nothing touches costs nothing."""
        self.charge(room * self.words * 8)
        self.table, self.room = np.empty(room * self.words, np.uint64), room

    def widen(self, records: int) -> None:
        """Make room for so many records of edges."""
        self.charge(records * record_bytes(self.words))
        self.out = np.empty(records * (self.words + HEADER), np.uint64)
        self.hashes, self.steps = np.empty(records, np.uint64), np.empty(records, np.uint64)
        self.control[cells.ROOM] = records

    def clear(self, slots: int) -> None:
        """Begin anew with an empty table of so many slots, or as many as there may be."""
        self.slots = min(self.room, slots)
        self.used = max(self.used, self.slots)
        self.table[: self.slots * self.words] = EMPTY
        self.control[cells.STATES] = 0

    @property
    def gathered(self) -> int:
        """How many states the table has."""
        return int(self.control[cells.STATES])

    @property
    def found(self) -> Array:
        """The findings so far."""
        return self.findings[: int(self.control[cells.FINDINGS])]

    def expand(self, block: Array, count: int, base: int) -> int:
        """Expand a block of so many states, the first of which is number `base`, for a while; why it came back."""
        self.control[cells.LIMIT] = int(self.slots * LOAD)
        began, before = time.perf_counter(), int(self.control[cells.NEXT])
        reason = kernel.gather(
            self.successors,
            self.violated,
            self.words,
            self.code.spare,
            self.control,
            np.uint64(block.ctypes.data),
            count,
            base,
            np.uint64(self.table.ctypes.data),
            self.slots,
            self.out,
            self.hashes,
            self.steps,
            self.fired,
            self.cuts,
            self.findings,
        )
        spent, done = time.perf_counter() - began, int(self.control[cells.NEXT]) - before
        if done:
            self.control[cells.BUDGET] = max(1 << 8, min(1 << 24, int(done * PAUSE_SECONDS / max(spent, 1e-4))))
        return self._widened(reason)

    def look_back(self, block: Array, count: int, base: int, rows: Array, missing: Array, found: Array) -> int:
        """Look in a block for states from which a step leads to one of these rows; why it came back."""
        return self._widened(
            kernel.look_back(
                self.successors,
                self.words,
                self.control,
                np.uint64(block.ctypes.data),
                count,
                base,
                self.out,
                np.uint64(rows.ctypes.data),
                missing,
                found,
            )
        )

    def _widened(self, reason: int) -> int:
        if reason == cells.WIDEN:
            self.widen(2 * int(self.control[cells.RECORDS]))
        return int(reason)

    def close_up(self) -> int:
        """Move what was gathered to the table's start; how many rows that is."""
        return int(kernel.close_up(np.uint64(self.table.ctypes.data), self.slots, self.words, self.code.spare))

    def sorted(self) -> int:
        """Sort what was gathered to the table's start; how many rows that is."""
        count = self.close_up()
        sort(self.table, count, self.words)
        return count


def sort(rows: Array, count: int, words: int) -> None:
    """Sort the first rows of an array by their words."""
    if words == 1:
        rows[:count].sort()
    else:
        middle, spare = np.empty((2, words), np.uint64)
        kernel.sort(
            np.uint64(rows.ctypes.data), count, words, np.uint64(middle.ctypes.data), np.uint64(spare.ctypes.data)
        )
