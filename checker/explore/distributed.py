"""The search in many processes: each has the states whose hash falls to it, and all go from level to level together.

What is known of a level is what all partitions report when it is done. If one is lost meanwhile, it is made again from
its file, which has the levels before, and the level is done again: the states are sets, and nothing of a broken attempt
was counted. So the counts, the findings and the traces do not depend on how many partitions there are, or what became
of them: of several states, the one whose words come first is taken.

No parents are kept, nor sent. The way to a finding is looked for backwards, as by the search on disk.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ..compile.native import Compiled
from .checkpoint import other_search
from .engine import control as cells
from .engine import partition as kernel
from .gathering import sort
from .native import witnesses
from .outcome import asked_of, causes, covered, high, high_water, vacuous
from .partition import Kept, Pace, Report, Task, Words
from .saved import CheckpointError, Folder
from .search import Bounds, Cause, Progress, Search, Watch
from .store import Stopped

MOST_LOST = 8
"""How often partitions may be lost within one level: whoever is killed again and again has too little memory."""

UNJUDGED = "not looked for on a cluster: who waits for ever can be told only where every state's steps can be followed"

Array = np.ndarray[Any, Any]
Key = tuple[int, int, int]
Place = tuple[int, Words]
"""A state, by its level and its words."""
T = TypeVar("T")


class Lost(Exception):
    """A partition is gone, or something that it sent."""


class TeamError(Exception):
    """There are no processes to search with, or no longer; says why."""


class Team(Protocol):
    """The processes of a search, each with a partition. Whoever asks them anything may raise `Lost`."""

    size: int

    def open(self, levels: Sequence[Sequence[Kept]]) -> None:
        """Make all partitions, each with the levels that its file holds."""

    def revive(self, levels: Sequence[Sequence[Kept]]) -> int:
        """Make those partitions again that are lost; how many."""

    def begin(self, tasks: Sequence[Task]) -> None:
        """Begin a level, or begin it again."""

    def give(self, batches: Sequence[Array]) -> None:
        """Have each take a batch."""

    def round(self) -> list[Pace]:
        """Have all expand for a while, and pass on what they hand out."""

    def settle(self) -> list[Report]:
        """The level is done."""

    def predecessors(self, parts: Sequence[tuple[int, int]], wanted: Sequence[Words]) -> list[list[Words | None]]:
        """For each wanted state, what each partition knows of those before it in a level."""


class Distributed:
    """One search: what is known so far, of all partitions."""

    def __init__(
        self,
        world: PlainWorld,
        compiled: Compiled,
        team: Team,
        bounds: Bounds,
        watch: Watch,
        compile_seconds: float = 0.0,
        kept: Folder | None = None,
        of: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.world, self.compiled, self.team, self.bounds, self.watch = world, compiled, team, bounds, watch
        self.started, self.compile_seconds, self.kept, self.of = time.perf_counter(), compile_seconds, kept, dict(of)
        self.names, self.words = world.system.case_names, compiled.layout.words
        self.witnesses = witnesses(world.system)
        self.levels: list[list[Kept]] = [[] for _ in range(team.size)]
        """Of each partition."""
        self.dirty, self.seen = False, 0
        self.edges = self.batches = self.sent = self.bytes = self.lost = self.resumed = 0
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.found: dict[Key, tuple[int, int, Words]] = {}
        """By what each finding is the first of: its row, its level and its source."""
        self.initial_broken: dict[str, Values] = {}
        self.phase, self.now = "exploring", (0, 0)

    def run(self, initial: Iterable[Values]) -> Search:
        stopped = ""
        self.started = time.perf_counter()
        try:
            self._begin(initial)
            while self._states_of(-1):
                self._stop_at_bound()
                self._level()
        except Stopped as bound:
            stopped = str(bound)
        except KeyboardInterrupt:
            stopped = "interrupted"
        self.phase = "following findings back"
        seconds = time.perf_counter() - self.started
        found = tuple(self._causes())
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        return Search(
            self._states(),
            self.edges,
            max(0, sum(1 for level in range(self._depth + 1) if self._states_of(level)) - 1),
            seconds,
            self.compile_seconds,
            self.bytes,
            stopped,
            found,
            {row: int(count) for row, count in zip(self.compiled.rows, self.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.cuts, strict=True) if count},
            high_water(self.world, self.compiled),
            False,
            tuple(vacuous(self.compiled, self.fired, self.world.system.liveness)),
            notes=tuple(self._notes()),
            unjudged=dict(self._unjudged()),
        )

    def _unjudged(self) -> Iterator[tuple[str, str]]:
        """What a search in partitions can't judge, and why."""
        if self.world.can_wait and self.bounds.deadlocks:
            yield "no-deadlock", UNJUDGED
        for known in self.world.system.liveness:
            yield known.name, UNJUDGED

    def _notes(self) -> Iterator[str]:
        if self.resumed:
            yield f"Resumed at {self.resumed:,} states."
        if self.kept is not None:
            yield f"The checkpoint {self.kept.path} holds {self._states():,} states."
        sent = f"sent one another {self.batches:,} batches of {self.sent:,} bytes"
        yield f"{self.team.size} workers {sent}" if self.team.size > 1 else "1 worker"
        if self.lost:
            yield (
                f"{self.lost} of them died, and went on from the last level"
                if self.lost > 1
                else ("One of them died, and went on from the last level")
            )

    # -- levels ------------------------------------------------------------------------------------------------------

    @property
    def _depth(self) -> int:
        """The last level that is known."""
        return len(self.levels[0]) - 1

    def _states(self) -> int:
        return sum(level.count for levels in self.levels for level in levels)

    def _states_of(self, level: int) -> int:
        return sum(levels[level].count for levels in self.levels)

    def _begin(self, initial: Iterable[Values]) -> None:
        """Level 0, or as many as the checkpoint has."""
        packed = []
        ask = asked_of(self.compiled)
        for index, state in enumerate(initial):
            if index % 256 == 0:
                self.watch(self.progress())
            packed.append(self.compiled.layout.pack(state))
            for name in sorted(self.world.violated(state)):
                bit = self.names.index(name)
                if self.witnesses >> bit & 1:
                    self.seen |= 1 << bit
                else:
                    self.dirty = True
                self.initial_broken.setdefault(name, state)
        rows = np.unique(np.array(packed, np.uint64), axis=0)
        for words in rows:
            ask(words.ctypes.data)
        parts = self._parts(rows.reshape(-1))
        if self.kept is not None and self.kept.manifest is not None:
            self._resume(self.kept.manifest, parts)
            return
        self.team.open(self.levels)

        def give() -> list[Report]:
            self.team.begin(self._tasks())
            self.team.give(parts)
            return self.team.settle()

        self._add(self._surviving(give))

    def _parts(self, rows: Array) -> list[Array]:
        """Rows by the partition that they belong to, sorted."""
        count, ordered, ends = len(rows) // self.words, np.empty_like(rows), np.empty(self.team.size, np.int64)
        kernel.split(np.uint64(rows.ctypes.data), count, self.words, ends, np.uint64(ordered.ctypes.data))
        parts = np.split(ordered, ends[:-1] * self.words)
        for part in parts:
            sort(part, len(part) // self.words, self.words)
        return parts

    def _tasks(self) -> list[Task]:
        """For each partition, its part of the last level."""
        return [
            Task(
                sum(level.count for level in levels),
                levels[-1].count if levels else 0,
                self.dirty,
                self.witnesses,
                self.seen,
            )
            for levels in self.levels
        ]

    def _stop_at_bound(self) -> None:
        if self.bounds.max_states and self._states() > self.bounds.max_states:
            raise Stopped(f"{self.bounds.max_states:,} states")
        if self.bounds.until and self.seen >> self.names.index(self.bounds.until) & 1:
            raise Stopped(f"the first state that meets `{self.bounds.until}`")

    def _level(self) -> None:
        """Make the next level of the last."""
        sent = self.batches, self.sent

        def expand() -> list[Report]:
            self.batches, self.sent = sent
            self.team.begin(self._tasks())
            done = False
            while not done:
                paces = self.team.round()
                self.batches += sum(pace.batches for pace in paces)
                self.sent += sum(pace.sent for pace in paces)
                self.bytes = max(self.bytes, sum(pace.bytes for pace in paces))
                self.now = sum(pace.states for pace in paces), sum(pace.edges for pace in paces)
                self.watch(self.progress())
                done = all(pace.done for pace in paces)
            return self.team.settle()

        self._add(self._surviving(expand))

    def _surviving(self, work: Callable[[], T]) -> T:
        """Do a piece of work, and do it again if a partition is lost meanwhile."""
        for _ in range(MOST_LOST):
            try:
                return work()
            except Lost:
                self.lost += self._revived()
        raise TeamError(f"workers died {MOST_LOST} times within one level: if that was for want of memory, use more")

    def _revived(self) -> int:
        """Make what was lost again, from the levels that are done."""
        for _ in range(MOST_LOST):
            try:
                return self.team.revive(self.levels)
            except Lost:
                continue
        raise TeamError("workers die as soon as they are started")

    def _add(self, reports: Sequence[Report]) -> None:
        """A level is done: from here on it is known."""
        depth = self._depth
        for levels, report in zip(self.levels, reports, strict=True):
            levels.append(report.kept)
            self.edges += report.edges
            self.fired[: len(report.fired)] += report.fired
            self.cuts += report.cuts
            self.dirty |= report.dirty
            self.seen |= report.seen
            self._mark(report.covered, report.high)
        for words, kind, what, row in sorted(
            (words, kind, what, row) for report in reports for kind, what, row, words in report.findings
        ):
            self.found.setdefault((kind, what, row if kind == cells.BROKEN else 0), (row, depth, words))
        self.now = self._states(), 0
        self._keep()

    def _mark(self, marks: Iterable[int], needed: Iterable[int]) -> None:
        """Take over what ran elsewhere, and the slots that were needed there."""
        mine, slots = covered(self.compiled), high(self.compiled)
        mine[:] = [one | other for one, other in zip(mine, marks, strict=True)]
        slots[:] = [max(one, other) for one, other in zip(slots, needed, strict=True)]

    # -- the checkpoint ----------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Say in the folder how far the search is; the states are in the files of the partitions already."""
        if self.kept is None:
            return
        self.kept.write(
            {
                "of": self.of,
                "levels": [[[level.count, level.checksum] for level in levels] for levels in self.levels],
                "dirty": self.dirty,
                "seen": self.seen,
                "edges": self.edges,
                "fired": self.fired.tolist(),
                "cuts": self.cuts.tolist(),
                "found": [[list(key), row, depth, list(words)] for key, (row, depth, words) in self.found.items()],
                "covered": bytes(covered(self.compiled)).hex(),
                "high": list(high(self.compiled)),
                "sent": [self.batches, self.sent],
                "bytes": self.bytes,
                "seconds": time.perf_counter() - self.started,
            }
        )

    def _resume(self, known: Mapping[str, Any], initial: Sequence[Array]) -> None:
        """Go on from a checkpoint."""
        assert self.kept is not None
        self.levels = [[Kept(*level) for level in levels] for levels in known["levels"]]
        first = [Kept(len(part) // self.words, zlib.crc32(part.data)) for part in initial]
        if [levels[0] for levels in self.levels] != first:
            raise other_search(self.kept, "other initial states")
        self.dirty, self.seen, self.edges = known["dirty"], known["seen"], known["edges"]
        self.fired[:], self.cuts[:] = known["fired"], known["cuts"]
        self.found = {tuple(key): (row, depth, tuple(words)) for key, row, depth, words in known["found"]}
        self._mark(bytes.fromhex(known["covered"]), known["high"])
        (self.batches, self.sent), self.bytes = known["sent"], known["bytes"]
        self.started -= known["seconds"]
        self.resumed = self._states()
        self.now = self.resumed, 0
        try:
            self.team.open(self.levels)
        except Stopped:
            many = f"{self.kept.path} holds {self.resumed:,} states, which is too many for the memory of the workers"
            raise CheckpointError(many) from None

    # -- what was found ----------------------------------------------------------------------------------------------

    def progress(self) -> Progress:
        """How far the search is."""
        states, edges = self.now
        return Progress(
            states,
            self.edges + edges,
            max(0, self._depth),
            self._states_of(-1) if self.levels[0] else 0,
            self.bytes,
            time.perf_counter() - self.started,
            self.phase,
        )

    def _causes(self) -> Iterator[Cause]:
        for name, state in self.initial_broken.items():
            yield Cause(name, (state,))
        sources: list[Place] = [(depth, words) for _, depth, words in self.found.values()]
        kinds = [(kind, what, row) for (kind, what, _), (row, _, _) in self.found.items()]
        judged = [
            (*each, number)
            for number, each in enumerate(kinds)
            if each[0] != cells.CHILDLESS or (self.bounds.deadlocks and not self.world.can_wait)
        ]
        before = self._steps_back({sources[number] for *_, number in judged})

        def path(number: int) -> tuple[Values, ...]:
            place: Place | None = sources[number]
            states = []
            while place is not None:
                states.append(self.compiled.layout.unpack(place[1]))
                place = before.get(place)
            return tuple(reversed(states))

        yield from causes(self.compiled, np.array(judged, np.int64).reshape(-1, 4), path)
        for kind, _, _, number in judged:
            if kind == cells.CHILDLESS:
                yield Cause("no-deadlock", path(number))

    def _steps_back(self, wanted: set[Place]) -> dict[Place, Place]:
        """For these states and those on the way to them, one from which a step leads there."""
        before: dict[Place, Place] = {}
        for depth in range(self._depth, 0, -1):
            here = sorted(words for level, words in wanted if level == depth)
            if here:
                self.watch(self.progress())
                sources = self._surviving(lambda depth=depth, here=here: self._predecessors(depth - 1, here))  # type: ignore[misc]
                for words, source in zip(here, sources, strict=True):
                    before[depth, words] = depth - 1, source
                    wanted.add((depth - 1, source))
        return before

    def _predecessors(self, depth: int, wanted: Sequence[Words]) -> list[Words]:
        """Of the states of a level from which a step leads to a wanted one, the first."""
        parts = [(sum(level.count for level in levels[: depth + 1]), levels[depth].count) for levels in self.levels]
        answers = self.team.predecessors(parts, wanted)
        return [min(known for known in each if known is not None) for each in zip(*answers, strict=True)]
