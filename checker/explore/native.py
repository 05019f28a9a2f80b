"""The fast engine: drives the kernels, grows their memory, watches the bounds, and reads off what they found."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from threading import Lock
from types import MappingProxyType
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.properties import Property
from ...spec.language.system import Configuration
from ..compile.coverage import Point
from ..compile.native import Compiled, Partial, compile_world
from . import deadlock, liveness
from .beginning import LOOK, Beginning
from .cells import control as cells
from .checkpoint import Checkpoint, Saving, checkpoint
from .concrete import Representatives, execution
from .crew import WIDE, Crew
from .doubling import Crowded
from .engine import search as kernel
from .memory import within
from .outcome import asked_of, causes, high_water, marks, needs_states, unasked, vacuous
from .result import PutOff
from .search import NO_BOUNDS, Bounds, Cause, Progress, Search, Watch, silent
from .searcher import Searcher
from .store import Stopped, Store
from .vacuity import unpromised
from .warming import SEARCH, THREADS, warming_up
from .ways import Way, Ways, forgotten

NOTHING: Mapping[int, int] = MappingProxyType({})

FORGETTING = Lock()
"""Several threads may find memory short at the same time."""


def explore(
    world: PlainWorld,
    scope: Sequence[Configuration],
    bounds: Bounds = NO_BOUNDS,
    watch: Watch = silent,
    saving: Saving | None = None,
    *,
    symmetry: bool = False,
    partial: Sequence[Property] | None = None,
) -> Search:
    """Visit every state; stop at a bound or on Ctrl-C, with what was reached. Goes on from what `saving` has kept.

    With `symmetry`, one state of each orbit is visited. With `partial`, steps are put off as far as nothing of these
    properties is lost.
    """
    started = time.perf_counter()
    initial: Iterable[Values] = world.initial(scope)
    if partial is not None:
        initial = list(initial)
    with warming_up(SEARCH + THREADS if bounds.threads > 1 else SEARCH):
        compiled = compile_world(
            world,
            scope,
            asked=bounds.asked,
            optimise=bool(bounds.memory),  # what LLVM needs for it is to be gone before memory is counted
            symmetric=symmetry,
            deadlocks=bounds.deadlocks,
            partial=None if partial is None else Partial(tuple(initial), partial),
        )
    bounds = within(bounds)
    with checkpoint(saving, compiled, bounds.prune) as kept:
        spent = time.perf_counter() - started
        exploration = Exploration(world, compiled, bounds, watch, spent, kept, compact=True, forgets=True)
        with suppress(Crowded):
            return exploration.run(initial)
        exploration.store.clear()
        return Exploration(world, compiled, bounds, watch, spent, kept, forgets=True).run(world.initial(scope))


def cell(mask: int) -> np.int64:
    """A mask as a cell of the control array, whose cells are signed."""
    return np.uint64(mask).astype(np.int64)


class Exploration:
    """One search: what is known so far."""

    def __init__(
        self,
        world: PlainWorld,
        compiled: Compiled,
        bounds: Bounds,
        watch: Watch,
        compile_seconds: float = 0.0,
        kept: Checkpoint | None = None,
        *,
        compact: bool = False,
        forgets: bool = False,
        wanted: Mapping[int, int] = NOTHING,
    ) -> None:
        self.world, self.compiled, self.bounds, self.watch = world, compiled, bounds, watch
        self.started, self.compile_seconds = time.perf_counter(), compile_seconds
        self.worked = time.process_time()
        self.names, self.compact = world.system.case_names, compact
        if bounds.deadlocks:
            deadlock.check_waiters(compiled)
        self.words = compiled.layout.words
        forgets = forgets and kept is None and not needs_states(world, bounds)
        self.store = Store(self.words, compiled.layout.bits, bounds.max_bytes, compact=compact, forgets=forgets)
        if compiled.stubborn is not None:
            self.store.number(0)  # in which level a state is follows from its number
        self.searcher = Searcher(compiled, self.store)
        self.control, self.findings = self.searcher.control, self.searcher.findings
        self.control[cells.PRUNE] = int(bounds.prune)
        self.beginning = Beginning(world, bounds.asked)
        self.control[cells.WITNESSES] = cell(self.beginning.witnesses)
        self.control[cells.WIDE] = WIDE if bounds.threads > 1 and not bounds.prune else 0
        self.phase = "exploring"
        self.causes: list[Cause] = []
        self.unasked = unasked(world.system, bounds.asked)
        self.unpromised: list[Property] = []
        """The properties of liveness that are still to be looked at; those whose goal nobody has to wait for."""
        self.representatives = Representatives(compiled) if compiled.unit.groups else None
        self.starts: list[Values] = []
        """Under symmetry, an initial state for each of their representatives, in order."""
        self.ways = Ways(self.store, wanted)
        self.last = max(wanted.values(), default=-1)
        """How states were reached; and the level where to stop, as nothing behind it is wanted."""
        self.begun, self.began, self.initial = 0, "", tuple[Values, ...]()
        """How many states it began with, what stands for them, and, once they are forgotten, these."""
        self.found: dict[int, Way] = {}
        self.crew: Crew | None = None
        self.store.forget_some = self._forget
        self.kept, self.whole = kept, False
        """Where it is kept; and whether all that is done is counted: not while several threads are in a level."""

    def run(self, initial: Iterable[Values]) -> Search:
        """Search, and tell what was found and how to get there."""
        stopped = ""
        self.started, self.worked = time.perf_counter(), time.process_time()
        try:
            self._explore(initial)
            self.phase = "looking for deadlocks"
            if self.bounds.deadlocks:
                self.causes += deadlock.find(self)
            self.phase = "looking for lassos"
            if not self.control[cells.PRUNED] and self.compiled.stubborn is None:
                self.causes += liveness.find(self)
        except Stopped as bound:
            stopped = str(bound)
        except MemoryError:
            stopped = "the memory that the system gives"
        except KeyboardInterrupt:
            stopped = "interrupted"
        notes = forgotten(self.store.forgotten) if self.kept is None else (self.kept.end(self),)
        seconds = time.perf_counter() - self.started
        peak = self.store.used(int(self.control[cells.STATES]))
        found = tuple(self._causes())
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        return Search(
            int(self.control[cells.STATES]),
            int(self.control[cells.EDGES]),
            int(self.control[cells.DEPTH]),
            seconds,
            self.compile_seconds,
            peak,
            stopped,
            found,
            {row: int(count) for row, count in zip(self.compiled.rows, self.searcher.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.searcher.cuts, strict=True) if count},
            high_water(self.world, self.compiled),
            bool(self.control[cells.PRUNED]),
            (*vacuous(self.compiled, self.searcher.fired, self.unasked), *unpromised(self.unpromised)),
            self.compiled.unit.symmetry,
            notes,
            dict(self._unjudged()),
            put_off=self._put_off(),
        )

    def _unjudged(self) -> Iterator[tuple[str, str]]:
        """What a search by a part of the steps can't judge, and why."""
        if self.compiled.stubborn is not None:
            for known in self.world.system.liveness:
                yield known.name, "it speaks of whole runs, which a search by a part of the steps does not keep"

    def _put_off(self) -> PutOff | None:
        """What such a search has left out."""
        known = self.compiled.stubborn
        if known is None:
            return None
        partly, left = int(self.control[cells.PARTLY]), int(self.control[cells.LEFT])
        return PutOff(len(known.units), partly, left, known.unhelped)

    # -- the search --------------------------------------------------------------------------------------------------

    def _explore(self, initial: Iterable[Values]) -> None:
        self._begin(initial)
        if self.kept is not None:
            self.kept.resume(self)
        self.whole = True
        self._search()

    def _begin(self, initial: Iterable[Values]) -> None:
        control, store = self.control, self.store
        for index, state in enumerate(initial):
            if index % LOOK == 0:
                self.watch(self.progress())
            if control[cells.STATES] + 1 > store.limit:
                self._grow(1)
            known = self.representatives
            packed = self.compiled.layout.pack(state) if known is None else known.words(state)
            words = np.array(packed, np.uint64)
            kernel.insert(
                control,
                store.table,
                store.size,
                store.base,
                store.beside,
                self.words,
                np.uint64(words.ctypes.data),
            )
            if known is not None and control[cells.STATES] > len(self.starts):
                self.starts.append(state)
            self.beginning.judge(state)
            control[cells.SEEN], control[cells.DIRTY] = cell(self.beginning.seen), self.beginning.dirty
            self._stop_at_most()
        control[cells.LEVEL] = self.begun = control[cells.STATES]
        self._mark_initial()

    def _mark_initial(self) -> None:
        """Note what the properties ask of the initial states, by code that is for searches which begin with these."""
        states = self.store.states[: self.begun * self.words].reshape(-1, self.words)
        self.began = hashlib.sha256(np.unique(states, axis=0).tobytes()).hexdigest()
        self.compiled.begin(self.began)
        ask = asked_of(self.compiled)
        for words in states:
            ask(words.ctypes.data)

    def _grow(self, more: int = 0) -> None:
        """Make room for so many states more, or for as many as one batch may add."""
        self.store.make_room(int(self.control[cells.STATES]), more or self.searcher.room)

    @property
    def out(self) -> np.ndarray[Any, Any]:
        """Room for the records of edges."""
        return self.searcher.out

    def widen(self, records: int) -> None:
        """Make room for so many records of edges."""
        self.searcher.widen(records)

    def _search(self) -> None:
        self.control[cells.MEET] = int(self.kept is not None or bool(self.bounds.until))
        with ExitStack() as ending:
            if self.control[cells.WIDE]:
                self.crew = ending.enter_context(closing(Crew(self.searcher, self.bounds.threads)))
            self._go_through()

    def _go_through(self) -> None:
        """Level by level, as far as they go."""
        self._stop_at_witness()
        while True:
            self.control[cells.LIMIT] = self.store.limit
            reason = self.searcher.explore(self.searcher)
            self._stop_if_crowded()
            if reason == cells.DONE:
                return
            if reason == cells.GROW:
                self._grow()
            elif reason == cells.SHARE and self.crew is not None:
                self.whole = False
                self.crew.explore(self._grow, self._look_up)
                self._stop_if_crowded()
                self.whole = True
            self._stop_at_witness()
            self._look_up()
            if self.kept is not None:
                self.kept.due(self)

    def _look_up(self) -> None:
        """Say how far the search is, and stop it at its bound. One that goes on for long gets faster code."""
        self._stop_at_most()
        if 0 <= self.last <= self.control[cells.DEPTH]:
            raise Stopped("the last level that is wanted")
        if not self.compiled.optimised and time.process_time() - self.worked > self.compiled.patience:
            self._optimise()
        self.watch(self.progress())

    def _optimise(self) -> None:
        began = time.perf_counter()
        self.compiled.optimise(self.began)
        spent = time.perf_counter() - began
        self.compile_seconds += spent
        self.started += spent

    def _stop_if_crowded(self) -> None:
        if self.control[cells.CROWDED]:
            raise Crowded

    def _stop_at_most(self) -> None:
        if self.bounds.max_states and self.control[cells.STATES] > self.bounds.max_states:
            raise Stopped(f"{self.bounds.max_states:,} states")

    def _stop_at_witness(self) -> None:
        """One state in which a `sometimes` holds may be all that is wanted."""
        wanted = self.bounds.until
        if wanted and int(self.control[cells.SEEN]) >> self.names.index(wanted) & 1:
            raise Stopped(f"the first state that meets `{wanted}`")

    def progress(self) -> Progress:
        """How far the search is."""
        control = self.control
        return Progress(
            int(control[cells.STATES]),
            int(control[cells.EDGES]),
            int(control[cells.DEPTH]),
            int(control[cells.STATES] - control[cells.NEXT]),
            self.store.used(int(control[cells.STATES])),
            time.perf_counter() - self.started,
            self.phase,
        )

    # -- what is forgotten -------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Give up the states that are expanded, or while threads share a level, those before it."""
        if not self.store.forgets:
            return
        with FORGETTING:
            control = self.control
            needed, states = control[[cells.TAKEN, cells.STATES] if self.whole else [cells.BEGAN, cells.LEVEL]].tolist()
            if self.store.forgotten == 0:
                self.initial = tuple(map(self.state, range(self.begun)))
            self.ways.forget(needed, int(control[cells.DEPTH]) + 1, states, self._sources())

    def _sources(self) -> set[int]:
        """The states whose steps are findings."""
        searchers = [self.searcher] if self.crew is None else [self.searcher, *self.crew.members]
        childless = self.bounds.deadlocks and not self.world.can_wait
        return {
            source
            for searcher in searchers
            for kind, _, _, source in searcher.found.tolist()
            if kind != cells.CHILDLESS or childless
        }

    def _way(self, index: int) -> Way:
        """The way of a state that is not forgotten, or is the source of a finding."""
        if not self.found and self.store.forgotten:
            self.found = self._completed({source: self.ways.of(source) for source in self._sources()})
        return self.found.get(index) or self.ways.of(index)

    def _completed(self, ways: Mapping[int, Way]) -> dict[int, Way]:
        """Ways from the initial states on; what they begin with may have to be reached again by another search."""
        wanted = {way.states[0][0]: way.level for way in ways.values() if way.start < 0}
        if not wanted:
            return dict(ways)
        self.store.clear()
        bounds = replace(self.bounds, max_states=0, until="", deadlocks=False, asked=frozenset())
        again = Exploration(
            self.world, self.compiled, bounds, self.watch, compact=self.compact, forgets=True, wanted=wanted
        )
        before = again.reach(self.initial)
        return {key: way.after(before) for key, way in ways.items()}

    def reach(self, initial: Iterable[Values]) -> dict[int, Way]:
        """Search until what is wanted is found; the way to each of these states. No memory is taken any more then."""
        self.phase = "following findings back"
        try:
            with suppress(Stopped):
                self._explore(initial)
            self.ways.look_out(int(self.control[cells.STATES]))
            return self._completed(self.ways.met)
        finally:
            self.store.clear()

    # -- what was found ----------------------------------------------------------------------------------------------

    def path(self, index: int) -> tuple[Values, ...]:
        """The states from an initial one to that of a number."""
        way = self._way(index)
        states = [self.compiled.layout.unpack(words) for words in way.states]
        if self.representatives is None:
            return tuple(states)
        return execution(self.world, self.representatives, self.starts[way.start], states)

    def state(self, index: int) -> Values:
        """The state of a number."""
        return self.compiled.layout.unpack(self.store.state(index))

    def _causes(self) -> Iterator[Cause]:
        for name, state in self.beginning.shown.items():
            yield Cause(name, (state,))
        yield from causes(self.compiled, self.searcher.found, self.path)
        yield from self.causes

    def marks(self) -> dict[Point, bool]:
        """Which parts of the spec ran."""
        return marks(self.compiled)
