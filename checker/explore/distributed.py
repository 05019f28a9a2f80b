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
from typing import Any, TypeVar

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ..compile.native import Compiled
from .beginning import Beginning
from .cells import control as cells
from .checkpoint import other_search
from .engine import partition as kernel
from .gathering import sort
from .levels import Kept, Words
from .outcome import causes, high_water, unasked, unjudged, vacuous
from .partition import Report
from .saved import CheckpointError, Folder
from .search import Bounds, Cause, Progress, Search, Watch
from .store import Stopped
from .tally import Tally
from .team import Lost, Team, TeamError

MOST_LOST = 8
"""How often partitions may be lost within one level: whoever is killed again and again has too little memory."""

Array = np.ndarray[Any, Any]
Place = tuple[int, Words]
"""A state, by its level and its words."""
T = TypeVar("T")


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
        self.beginning = Beginning(world)
        self.tally = Tally(compiled, team.size)
        self.batches = self.sent = self.bytes = self.lost = self.resumed = 0
        self.phase, self.now = "exploring", (0, 0)

    def run(self, initial: Iterable[Values]) -> Search:
        stopped = ""
        self.started = time.perf_counter()
        try:
            self._begin(initial)
            while self.tally.last:
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
            self.tally.states,
            self.tally.edges,
            max(0, self.tally.depth - (0 if self.tally.last else 1)),
            seconds,
            self.compile_seconds,
            self.bytes,
            stopped,
            found,
            {row: int(count) for row, count in zip(self.compiled.rows, self.tally.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.tally.cuts, strict=True) if count},
            high_water(self.world, self.compiled),
            False,
            tuple(vacuous(self.compiled, self.tally.fired, unasked(self.world.system, self.bounds.asked))),
            notes=tuple(self._notes()),
            unjudged=dict(unjudged(self.world, self.bounds, "on a cluster")),
        )

    def _notes(self) -> Iterator[str]:
        if self.resumed:
            yield f"Resumed at {self.resumed:,} states."
        if self.kept is not None:
            yield f"The checkpoint {self.kept.path} holds {self.tally.states:,} states."
        if self.team.size > 1:
            yield f"{self.team.size} workers sent one another {self.batches:,} batches of {self.sent:,} bytes."
        if self.lost:
            yield f"Workers that died: {self.lost}. The search went on from the last level."

    # -- levels ------------------------------------------------------------------------------------------------------

    def _begin(self, initial: Iterable[Values]) -> None:
        """Level 0, or as many as the checkpoint has."""
        rows = self.beginning.rows(self.compiled, initial, lambda: self.watch(self.progress()))
        self.tally.seen, self.tally.dirty = self.beginning.seen, self.beginning.dirty
        parts = self._parts(rows.reshape(-1))
        if self.kept is not None and self.kept.manifest is not None:
            self._resume(self.kept, self.kept.manifest, parts)
            return
        self.team.open(self.tally.levels)

        def give() -> list[Report]:
            self.team.begin(self.tally.tasks(self.beginning.witnesses))
            self.team.give(parts)
            return self.team.settle()

        self._add(self._surviving(give))

    def _parts(self, rows: Array) -> list[Array]:
        """Rows by the partition that they belong to, sorted."""
        count, ordered, ends = len(rows) // self.words, np.empty_like(rows), np.empty(self.team.size, np.int64)
        kernel.split(
            np.uint64(rows.ctypes.data), count, self.words, ends, np.empty_like(ends), np.uint64(ordered.ctypes.data)
        )
        parts = np.split(ordered, ends[:-1] * self.words)
        for part in parts:
            sort(part, len(part) // self.words, self.words)
        return parts

    def _stop_at_bound(self) -> None:
        if self.bounds.max_states and self.tally.states > self.bounds.max_states:
            raise Stopped(f"{self.bounds.max_states:,} states")
        if self.bounds.until and self.tally.seen >> self.names.index(self.bounds.until) & 1:
            raise Stopped(f"the first state that meets `{self.bounds.until}`")

    def _level(self) -> None:
        """Make the next level of the last."""
        sent = self.batches, self.sent

        def expand() -> list[Report]:
            self.batches, self.sent = sent
            self.team.begin(self.tally.tasks(self.beginning.witnesses))
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
                return self.team.revive(self.tally.levels)
            except Lost:
                continue
        raise TeamError("workers die as soon as they are started")

    def _add(self, reports: Sequence[Report]) -> None:
        """A level is done: from here on it is known, and kept. The partitions' files have its states already."""
        self.tally.add(reports)
        self.now = self.tally.states, 0
        if self.kept is not None:
            seconds = time.perf_counter() - self.started
            more = {"of": self.of, "batches": self.batches, "sent": self.sent, "bytes": self.bytes, "seconds": seconds}
            self.kept.write({**self.tally.document(), **more})

    def _resume(self, kept: Folder, known: Mapping[str, Any], initial: Sequence[Array]) -> None:
        """Go on from a checkpoint."""
        self.tally.restore(known)
        first = [Kept(len(part) // self.words, zlib.crc32(part.data)) for part in initial]
        if [levels[0] for levels in self.tally.levels] != first:
            raise other_search(kept, "other initial states")
        self.batches, self.sent, self.bytes = known["batches"], known["sent"], known["bytes"]
        self.started -= known["seconds"]
        self.resumed = self.tally.states
        self.now = self.resumed, 0
        try:
            self.team.open(self.tally.levels)
        except Stopped:
            many = f"{kept.path} holds {self.resumed:,} states, which is too many for the memory of the workers"
            raise CheckpointError(many) from None

    # -- what was found ----------------------------------------------------------------------------------------------

    def progress(self) -> Progress:
        """How far the search is."""
        states, edges = self.now
        return Progress(
            states,
            self.tally.edges + edges,
            max(0, self.tally.depth),
            self.tally.last,
            self.bytes,
            time.perf_counter() - self.started,
            self.phase,
        )

    def _causes(self) -> Iterator[Cause]:
        for name, state in self.beginning.shown.items():
            yield Cause(name, (state,))
        sources: list[Place] = [(depth, words) for _, depth, words in self.tally.found.values()]
        kinds = [(kind, what, row) for (kind, what, _), (row, _, _) in self.tally.found.items()]
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
        for depth in range(self.tally.depth, 0, -1):
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
        answers = self.team.predecessors(self.tally.parts(depth), wanted)
        return [min(known for known in each if known is not None) for each in zip(*answers, strict=True)]
