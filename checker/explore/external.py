"""The search that goes to the disk: level by level, and what is known is looked up all at once at a level's end.

All states lie in one file, a level behind the other, each level sorted. A level is expanded in blocks; its successors
are gathered in memory as long as there is room, and sorted into a run on the disk when there is none. At the level's
end these runs are merged, and the known states taken away in one pass over the earlier levels: what is left is the
next level. (Delayed duplicate detection: R. Korf, "Best-first frontier search with delayed duplicate detection", 2004.)

No parents are kept. The way to a finding is looked for backwards: of some state in the level before, a step leads here.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import Configuration
from ..compile.native import Compiled, compile_world
from ..compile.sent import sent
from .beginning import Beginning
from .cells import control as cells
from .cells.merging import ENDED
from .engine import external as kernel
from .gathering import Gathering, record_bytes
from .memory import MemoryLimitError, within
from .native import cell
from .outcome import causes, high_water, unasked, unjudged, vacuous
from .result import DiskUse
from .runs import Rows, Run, Traffic
from .search import NO_BOUNDS, Bounds, Cause, Progress, Search, Watch, amount, silent
from .store import LOAD, Stopped
from .warming import ON_DISK, warming_up

MOST_RUNS = 64
"""How many runs are merged at once, and how many hold the known states, at most."""

LEAST = 1024
"""Rows of the smallest buffer, and records of edges at first."""

Array = np.ndarray[Any, Any]


def explore(
    world: PlainWorld,
    scope: Sequence[Configuration],
    folder: Path,
    bounds: Bounds = NO_BOUNDS,
    watch: Watch = silent,
) -> Search:
    """Visit every state, with files in a folder for what the bounds on memory leave no room for.

    Raises `FolderError` for a folder in which no file can be made.
    """
    started = time.perf_counter()
    with warming_up(ON_DISK):
        compiled = compile_world(world, asked=bounds.asked)
    return External(world, compiled, folder, within(bounds), watch, time.perf_counter() - started).run(
        world.initial(scope)
    )


class External:
    """One search: what is known so far."""

    def __init__(
        self,
        world: PlainWorld,
        compiled: Compiled,
        folder: Path,
        bounds: Bounds,
        watch: Watch,
        compile_seconds: float = 0.0,
    ) -> None:
        self.world, self.compiled, self.folder, self.bounds, self.watch = world, compiled, folder, bounds, watch
        self.started, self.compile_seconds = time.perf_counter(), compile_seconds
        self.names = world.system.case_names
        self.words = compiled.layout.words
        self.beginning = Beginning(world, bounds.asked)
        self.phase = "exploring"
        self.traffic, self.files = Traffic(), ExitStack()
        self.levels: list[Run] = []
        self.known: list[Run] = []
        """Runs that have all states of the levels between them, those of late levels last."""
        self.bytes = self.spilled = 0
        self.branching = 4.0
        """How many different successors a state of the last level had."""
        self._take_memory(bounds.max_bytes or 1 << 30)
        self.states = self._rows()

    def _take_memory(self, most: int) -> None:
        """Most of the memory is for gathering; a sixteenth each is for reading a level, and what is known."""
        row = self.words * 8
        buffer = max(LEAST, min(1 << 20, most // 16 // row))
        records = LEAST * record_bytes(self.words)
        least = 3 * records + (2 * LEAST + 4 * LEAST) * row
        if most < least:
            raise MemoryLimitError(
                f"{most:,} bytes for states are too few: a search on disk takes {least:,} of this spec"
            )
        self.most = most
        code, compiled = sent(self.compiled), self.compiled
        self.gathering = Gathering(code, compiled.code.successors, compiled.code.violated, self.charge, LEAST)
        self.control = self.gathering.control
        self.control[cells.WITNESSES] = cell(self.beginning.witnesses)
        self.gathering.reserve((most - max(3 * records, most // 32) - 2 * buffer * row) // row)
        self.charge(2 * buffer * row)
        self.block, self.window = np.empty(buffer * self.words, np.uint64), np.empty(buffer * self.words, np.uint64)

    def _rows(self) -> Rows:
        """A new file."""
        rows = Rows(self.folder, self.words, self.traffic)
        self.files.callback(rows.close)
        return rows

    def charge(self, size: int) -> None:
        """Count an allocation before it is made; stop the search if it is too much."""
        if self.bytes + size > self.most:
            raise Stopped(amount(self.most))
        self.bytes += size

    def run(self, initial: Iterable[Values]) -> Search:
        """Search, and then look for the ways to what was found. The files are gone at the end."""
        with self.files:
            return self._run(initial)

    def _run(self, initial: Iterable[Values]) -> Search:
        stopped = ""
        self.started = time.perf_counter()
        try:
            self._begin(initial)
            while self.levels[-1].count:
                self._stop_at_bound()
                self._expand()
            self.levels.pop()
        except Stopped as bound:
            stopped = str(bound)
        except MemoryError:
            stopped = "the memory that the system gives"
        except KeyboardInterrupt:
            stopped = "interrupted"
        self.phase = "following findings back"
        found = tuple(self._causes())
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        return Search(
            self.states.count,
            int(self.control[cells.EDGES]),
            max(0, len(self.levels) - 1),
            time.perf_counter() - self.started,
            self.compile_seconds,
            self.bytes - (self.gathering.room - self.gathering.used) * self.words * 8,
            stopped,
            found,
            {row: int(count) for row, count in zip(self.compiled.rows, self.gathering.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.gathering.cuts, strict=True) if count},
            high_water(self.world, self.compiled),
            False,
            tuple(vacuous(self.compiled, self.gathering.fired, unasked(self.world.system, self.bounds.asked))),
            unjudged=dict(unjudged(self.world, self.bounds, "on disk")),
            disk=DiskUse(self.traffic.peak, self.traffic.written, self.traffic.read, self.spilled),
        )

    # -- a level -----------------------------------------------------------------------------------------------------

    def _begin(self, initial: Iterable[Values]) -> None:
        rows = self.beginning.rows(self.compiled, initial, lambda: self.watch(self.progress()))
        self.control[cells.SEEN], self.control[cells.DIRTY] = cell(self.beginning.seen), self.beginning.dirty
        level = self._new_level()
        level.append(rows.reshape(-1))
        self.known.append(level)

    def _new_level(self) -> Run:
        level = Run(self.states, own=False)
        self.levels.append(level)
        return level

    def _stop_at_bound(self) -> None:
        if self.bounds.max_states and self.states.count > self.bounds.max_states:
            raise Stopped(f"{self.bounds.max_states:,} states")
        if self.bounds.until and int(self.control[cells.SEEN]) >> self.names.index(self.bounds.until) & 1:
            raise Stopped(f"the first state that meets `{self.bounds.until}`")

    def _expand(self) -> None:
        """Make the next level of the last."""
        if len(self.known) >= MOST_RUNS:
            self._merge_known()
        level, spilled, gathering = self.levels[-1], list[Run](), self.gathering
        gathered = 0
        gathering.clear(max(4 * LEAST, int(1.5 * self.branching * level.count / LOAD)))
        for first, count in self._blocks(level):
            while (reason := gathering.expand(self.block, count, level.first + first)) != cells.DONE:
                self.watch(self.progress())
                if reason == cells.GROW:
                    gathered += gathering.gathered
                    spilled += self._spill()
                    gathering.clear(4 * gathering.slots)
            self.watch(self.progress())
        self.branching = (gathered + gathering.gathered) / level.count
        fresh = Run(self.states, own=False)
        if spilled:
            spilled += self._spill()
            self._merge(spilled, lambda rows, count: self._add_new(fresh, rows, count))
            for run in spilled:
                run.close()
        else:
            self._add_new(fresh, gathering.table, gathering.sorted())
        self.levels.append(fresh)
        self.known.append(fresh)

    def _blocks(self, level: Run) -> Iterator[tuple[int, int]]:
        """Read a level block by block; yields the first row of each, and how many it has."""
        size = len(self.block) // self.words
        for first in range(0, level.count, size):
            count = min(size, level.count - first)
            level.read(first, self.block[: count * self.words])
            self.control[cells.NEXT] = 0
            yield first, count

    def _spill(self) -> list[Run]:
        """Bring what was gathered to the disk."""
        gathering = self.gathering
        count = gathering.sorted()
        if not count:
            if gathering.slots == gathering.room:
                raise Stopped(amount(self.most))
            return []
        run = Run(self._rows(), own=True)
        run.append(gathering.table[: count * self.words])
        self.spilled += 1
        return [run]

    def _add_new(self, level: Run, rows: Array, count: int) -> None:
        """Add those of the sorted rows to a level that no earlier one has."""
        for known in reversed(self.known):
            if not count:
                return
            count = self._without(rows, count, known)
            self.watch(self.progress())
        level.append(rows[: count * self.words])

    def _without(self, rows: Array, count: int, known: Run) -> int:
        """Take away the rows that a run has; how many are left."""
        cursor, size = np.zeros(2, np.int64), len(self.window) // self.words
        address, window = np.uint64(rows.ctypes.data), np.uint64(self.window.ctypes.data)
        first, last = known.between(int(rows[0]), int(rows[(count - 1) * self.words]))
        for at in range(first, last, size):
            part = min(size, last - at)
            known.read(at, self.window[: part * self.words])
            kernel.subtract(address, count, self.words, cursor, window, part)
        at, kept = (int(position) for position in cursor)
        if at != kept:
            row = self.words * 8
            ctypes.memmove(int(address) + kept * row, int(address) + at * row, (count - at) * row)
        return kept + count - at

    # -- merging -----------------------------------------------------------------------------------------------------

    def _merge(self, runs: list[Run], take: Callable[[Array, int], None]) -> None:
        """Merge sorted runs into one, which is handed over in parts: the table's room is for that now."""
        while len(runs) > MOST_RUNS:
            some = runs[:MOST_RUNS]
            runs[:MOST_RUNS] = [self._merged(some)]
            for run in some:
                run.close()
        room, table = self.gathering.room, self.gathering.table
        self.gathering.used = room
        each = room // 2 // len(runs)
        windows, out = table[: each * len(runs) * self.words], table[each * len(runs) * self.words :]
        room = len(out) // self.words
        positions, sizes, offsets = np.zeros((3, len(runs)), np.int64)
        more, cursor = np.ones(len(runs), np.bool_), np.zeros(1, np.int64)
        while True:
            reason = int(
                kernel.merge(
                    np.uint64(windows.ctypes.data),
                    each,
                    len(runs),
                    positions,
                    sizes,
                    more,
                    self.words,
                    cursor,
                    np.uint64(out.ctypes.data),
                    room,
                )
            )
            if reason < 0:
                take(out, int(cursor[0]))
                cursor[0] = 0
                if reason == ENDED:
                    return
                continue
            run = runs[reason]
            size = min(each, run.count - int(offsets[reason]))
            run.read(int(offsets[reason]), windows[reason * each * self.words :][: size * self.words])
            offsets[reason] += size
            positions[reason], sizes[reason], more[reason] = 0, size, offsets[reason] < run.count

    def _merged(self, runs: list[Run]) -> Run:
        merged = Run(self._rows(), own=True)
        self._merge(list(runs), lambda rows, count: merged.append(rows[: count * self.words]))
        return merged

    def _merge_known(self) -> None:
        """Make one of the smaller half of the runs that hold what is known."""
        small = sorted(self.known, key=lambda run: run.count)[: MOST_RUNS // 2]
        merged = self._merged(small)
        self.known = [merged, *(run for run in self.known if run not in small)]
        for run in small:
            run.close()

    # -- what was found ----------------------------------------------------------------------------------------------

    def progress(self) -> Progress:
        """How far the search is."""
        return Progress(
            self.states.count,
            int(self.control[cells.EDGES]),
            len(self.levels) - 1,
            self.levels[-1].count if self.levels else 0,
            self.bytes,
            time.perf_counter() - self.started,
            self.phase,
        )

    def _causes(self) -> Iterator[Cause]:
        for name, state in self.beginning.shown.items():
            yield Cause(name, (state,))
        findings = self.gathering.found
        if self.world.can_wait or not self.bounds.deadlocks:
            findings = findings[findings[:, 0] != cells.CHILDLESS]
        before = self._steps_back({int(source) for source in findings[:, 3]})

        def path(number: int) -> tuple[Values, ...]:
            states = [self._state(number)]
            while (number := before.get(number, -1)) >= 0:
                states.append(self._state(number))
            return tuple(reversed(states))

        yield from causes(self.compiled, findings, path)
        for *_, source in findings[findings[:, 0] == cells.CHILDLESS]:
            yield Cause("no-deadlock", path(int(source)))

    def _state(self, number: int) -> Values:
        return self.compiled.layout.unpack([int(word) for word in self._row(number)])

    def _row(self, number: int) -> Array:
        row = np.empty(self.words, np.uint64)
        self.states.read(number, row)
        return row

    def _steps_back(self, wanted: set[int]) -> dict[int, int]:
        """For the states of these numbers, and those on the way to them, one from which a step leads there."""
        before: dict[int, int] = {}
        for level, earlier in reversed(list(zip(self.levels[1:], self.levels, strict=False))):
            here = sorted(number for number in wanted if level.first <= number < level.first + level.count)
            if here:
                before |= dict(zip(here, self._predecessors(earlier, here), strict=True))
                wanted |= {before[number] for number in here}
        return before

    def _predecessors(self, level: Run, numbers: Sequence[int]) -> list[int]:
        rows = np.concatenate([self._row(number) for number in numbers])
        missing, found = np.array([len(numbers)]), np.full(len(numbers), -1, np.int64)
        for first, count in self._blocks(level):
            while missing[0]:
                reason = self.gathering.look_back(self.block, count, level.first + first, rows, missing, found)
                self.watch(self.progress())
                if reason == cells.DONE:
                    break
            if not missing[0]:
                break
        return [int(number) for number in found]
