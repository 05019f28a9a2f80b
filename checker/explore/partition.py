"""A part of the visited set: the states whose hash falls to it, expanded and told from new ones level by level.

Of all partitions together a level's successors are gathered in rounds: each expands until its table is full, keeps what
is its own, and hands out the rest in one batch for each owner. Nothing here knows how batches travel, or the spec.

A partition is a set, so a level can be done again: what a broken attempt has left in the table belongs to the next
level in any case, and the counts begin anew. When the level is done, its new states are written behind the earlier
ones, sorted, so that who comes first does not depend on how many partitions there are.
"""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..compile.sent import Sent, loaded
from .cells import control as cells
from .cells.table import BATCH
from .engine import partition as kernel
from .gathering import Gathering, record_bytes, sort
from .levels import Kept, Levels, Words
from .memory import free_bytes, within
from .search import Bounds, amount
from .store import Stopped, Store

LEAST = 1024
"""Records of edges, and slots of the table, at first."""
ROUND = 1 << 24
"""How many bytes the table has at most, and with it what a round hands out."""
BLOCK = 1 << 16
"""How many states are read at once."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Task:
    """A level to expand: how many states there are before the next level, and how many of these are the last one."""

    before: int
    last: int
    dirty: bool
    witnesses: int
    seen: int


@dataclass(frozen=True)
class Pace:
    """How far a partition is with a level."""

    done: bool
    """Whether it has expanded its part."""
    edges: int
    """How many steps it has seen."""
    states: int
    bytes: int
    """How many states it knows by now, and what memory they take."""
    batches: int
    sent: int
    """How many batches it hands out now, and of how many bytes."""


@dataclass(frozen=True)
class Report:
    """What a partition says of a level that is done. A finding is (kind, what, row, the words of its source)."""

    kept: Kept
    edges: int
    fired: Array
    cuts: Array
    findings: tuple[tuple[int, int, int, Words], ...]
    dirty: bool
    seen: int
    covered: bytes
    high: tuple[int, ...]


class Partition:
    """Partition `number` of `owners`, which keeps its states in a file of a folder."""

    def __init__(self, code: Sent, number: int, owners: int, folder: Path) -> None:
        self.code, self.number, self.owners, self.words = code, number, owners, code.words
        self.levels = Levels(folder, number, code.words)
        self.machine = loaded(code)
        self._covered = (ctypes.c_uint8 * code.points).from_address(self.machine.covered)
        self._high = (ctypes.c_int64 * code.dynamic).from_address(self.machine.high)

    def open(self, levels: Sequence[Kept], bounds: Bounds, beside: int) -> None:
        """Begin with the levels that the file holds, in the memory that is left to each of so many on this machine.

        Raises `CheckpointError` if the file does not hold them, and `Stopped` if memory does not.
        """
        limits = within(bounds)
        self.most = limits.max_bytes or free_bytes() * 85 // 100 // beside
        self.store = Store(self.words, self.code.bits, self.most, parents=False, compact=False)
        self.gathering = Gathering(
            self.code, self.machine.successors, self.machine.violated, self.store.charge, min(LEAST, self._room())
        )
        self.gathering.reserve(self._room())
        self.block = np.empty(min(BLOCK, self._room()) * self.words, np.uint64)
        self.store.charge(self._room() * self.words * 8 + self.block.nbytes)  # what is handed out, and what is read
        self.states = 0
        self.levels.open(sum(level.count for level in levels))
        self._read_back(levels)

    def _room(self) -> int:
        """How many slots the table may have: a part of what memory there is."""
        return max(LEAST, min(ROUND // 8 // self.words, self.most // 16 // record_bytes(self.words)))

    @property
    def _bytes(self) -> int:
        """What memory was ever used: what is reserved for rounds, and no round has touched, is not."""
        untouched = self.gathering.room - self.gathering.used
        return self.store.used(self.states) - 2 * untouched * self.words * 8

    def begin(self, task: Task) -> None:
        """Begin a level, or begin it again."""
        control = self.gathering.control
        self.task, self.next = task, task.before - task.last
        control[[cells.EDGES, cells.FINDINGS, cells.NEXT]] = 0
        control[cells.DIRTY], control[cells.SEEN] = task.dirty, np.uint64(task.seen).astype(np.int64)
        control[cells.WITNESSES] = np.uint64(task.witnesses).astype(np.int64)
        self.gathering.fired[:], self.gathering.cuts[:] = 0, 0
        self.first = self.in_block = 0
        self.gathering.clear(max(4 * LEAST, 8 * task.last))

    def expand(self) -> tuple[Pace | Array, ...]:
        """A round: expand until the table is full or the level ends; a batch for each owner, none for itself."""
        gathering, reason = self.gathering, cells.DONE
        while reason != cells.GROW:
            if gathering.control[cells.NEXT] == self.in_block and not self._read_block():
                break
            reason = gathering.expand(self.block, self.in_block, self.first)
        if reason == cells.GROW and not gathering.gathered and gathering.slots == gathering.room:
            raise Stopped(amount(self.most))
        batches = self._batches()
        gathering.clear(4 * gathering.slots if reason == cells.GROW else gathering.slots)
        sent = [batch.nbytes for batch in batches if len(batch)]
        edges = int(gathering.control[cells.EDGES])
        pace = Pace(reason != cells.GROW, edges, self.states, self._bytes, len(sent), sum(sent))
        return (pace, *batches)

    def take(self, *batches: Array) -> None:
        """Keep what is new of these states, which are all its own."""
        store = self.store
        for batch in batches:
            count = len(batch) // self.words
            cursor = np.array([0, self.states])
            while cursor[0] < count:
                store.make_room(int(cursor[1]), BATCH)
                kernel.take_new(
                    store.table,
                    store.size,
                    store.base,
                    self.words,
                    store.bits,
                    store.limit,
                    np.uint64(batch.ctypes.data),
                    count,
                    cursor,
                )
                self.states = int(cursor[1])

    def settle(self) -> Report:
        """The level is done: write what is new, and say what was seen."""
        gathering, control = self.gathering, self.gathering.control
        before, count = self.task.before, self.states - self.task.before
        new = self.store.states[before * self.words : self.states * self.words].copy()
        sort(new, count, self.words)
        self.levels.write(before, new)
        return Report(
            Kept(count, zlib.crc32(new.data)),
            int(control[cells.EDGES]),
            gathering.fired.copy(),
            gathering.cuts.copy(),
            tuple((kind, what, row, self.levels.state(source)) for kind, what, row, source in gathering.found.tolist()),
            bool(control[cells.DIRTY]),
            int(np.int64(control[cells.SEEN]).astype(np.uint64)),
            bytes(self._covered),
            tuple(self._high),
        )

    def predecessors(self, before: int, count: int, wanted: Sequence[Words]) -> list[Words | None]:
        """For each of the wanted states the first of a level from which a step leads there, if there is one.

        The level is the `count` states that end with the first `before`.
        """
        rows = np.array(wanted, np.uint64).reshape(-1)
        missing, found = np.array([len(wanted)]), np.full(len(wanted), -1, np.int64)
        self.task, self.next = Task(before, count, False, 0, 0), before - count
        while missing[0] and self._read_block():
            reason = cells.PAUSE
            while missing[0] and reason != cells.DONE:
                reason = self.gathering.look_back(self.block, self.in_block, self.first, rows, missing, found)
        return [self.levels.state(number) if number >= 0 else None for number in found.tolist()]

    def close(self, remove: bool) -> None:
        """End; the file is of no more use if it is to be removed."""
        self.levels.close(remove)

    # -- batches -----------------------------------------------------------------------------------------------------

    def _batches(self) -> list[Array]:
        """What was gathered, by owner; its own states are kept at once."""
        count = self.gathering.close_up()
        ordered, ends = np.empty(count * self.words, np.uint64), np.empty(self.owners, np.int64)
        rows = np.uint64(self.gathering.table.ctypes.data)
        kernel.split(rows, count, self.words, ends, np.empty_like(ends), np.uint64(ordered.ctypes.data))
        batches = np.split(ordered, ends[:-1] * self.words)
        self.take(batches[self.number])
        batches[self.number] = ordered[:0]
        return batches

    # -- states ------------------------------------------------------------------------------------------------------

    def _read_back(self, levels: Sequence[Kept]) -> None:
        """Read the levels into the store, and make its table."""
        states = sum(level.count for level in levels)
        self.store.fill(states, 0)
        at = 0
        for level in levels:
            rows = self.store.states[at * self.words : (at + level.count) * self.words]
            self.levels.read(at, rows)
            if zlib.crc32(rows.data) != level.checksum:
                raise self.levels.damaged()
            at += level.count
        self.store.refill(states)
        self.states = states

    def _read_block(self) -> bool:
        """Read the next states of the level; whether there are any."""
        self.first, self.in_block = self.next, min(len(self.block) // self.words, self.task.before - self.next)
        self.levels.read(self.first, self.block[: self.in_block * self.words])
        self.next += self.in_block
        self.gathering.control[cells.NEXT] = 0
        return self.in_block > 0
