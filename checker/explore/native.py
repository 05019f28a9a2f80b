"""The fast engine: drives the kernels, grows their memory, watches the bounds, and reads off what they found."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import Configuration, System
from ..compile.coverage import Point
from ..compile.native import Compiled, compile_world
from ..compile.record import HEADER
from . import deadlock
from .checkpoint import Checkpoint, Saving, checkpoint
from .engine import control as cells
from .engine import search as kernel
from .engine import warm_up
from .memory import within
from .outcome import causes, high_water, marks, vacuous
from .search import NO_BOUNDS, Bounds, Cause, Progress, Search, Watch, silent
from .store import LOAD, Stopped, Store

PAUSE_SECONDS = 0.05
"""How long a kernel runs before it comes back."""


def explore(
    world: PlainWorld,
    scope: Sequence[Configuration],
    bounds: Bounds = NO_BOUNDS,
    watch: Watch = silent,
    saving: Saving | None = None,
) -> Search:
    """Visit every state; stop at a bound or on Ctrl-C, with what was reached. Goes on from what `saving` has kept."""
    started = time.perf_counter()
    warm_up()
    compiled = compile_world(world)
    bounds = within(bounds)
    with checkpoint(saving, compiled, bounds.prune) as kept:
        exploration = Exploration(world, compiled, bounds, watch, time.perf_counter() - started, kept)
        return exploration.run(world.initial(scope))


def witnesses(system: System) -> int:
    """The mask of what is not broken but reached: the `sometimes` among the cases of all properties."""
    kinds = [known.kind for known, cases in system.cases.items() for _ in cases]
    return sum(1 << bit for bit, kind in enumerate(kinds) if kind == "sometimes")


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
    ) -> None:
        self.world, self.compiled, self.bounds, self.watch = world, compiled, bounds, watch
        self.started, self.compile_seconds = time.perf_counter(), compile_seconds
        self.names = world.system.case_names
        if bounds.deadlocks:
            deadlock.check_waiters(compiled)
        self.control = np.zeros(cells.CELLS, np.int64)
        self.control[cells.PRUNE] = int(bounds.prune)
        self.control[cells.WITNESSES] = cell(witnesses(world.system))
        self.words = compiled.layout.words
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.findings = np.zeros((compiled.most_findings, 4), np.int64)
        self.phase = "exploring"
        self.store = Store(self.words, compiled.layout.bits, bounds.max_bytes)
        self.control[cells.DIRECT] = int(self.store.direct)
        self.widen(4096)
        self.causes: list[Cause] = []
        self.initial_broken: list[tuple[str, int]] = []
        self.kept, self.begun = kept, False

    def run(self, initial: Iterable[Values]) -> Search:
        stopped = ""
        self.started = time.perf_counter()
        try:
            self._begin(initial)
            if self.kept is not None:
                self.kept.resume(self)
            self.begun = True
            self._search()
            self.phase = "looking for deadlocks"
            if self.bounds.deadlocks:
                self.causes += deadlock.find(self)
        except Stopped as bound:
            stopped = str(bound)
        except MemoryError:
            stopped = "the memory that the system gives"
        except KeyboardInterrupt:
            stopped = "interrupted"
        notes = (self.kept.end(self),) if self.kept is not None and self.begun else ()
        seconds = time.perf_counter() - self.started
        found = tuple(self._causes())
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        return Search(
            int(self.control[cells.STATES]),
            int(self.control[cells.EDGES]),
            int(self.control[cells.DEPTH]),
            seconds,
            self.compile_seconds,
            self.store.peak,
            stopped,
            found,
            {row: int(count) for row, count in zip(self.compiled.rows, self.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.cuts, strict=True) if count},
            high_water(self.world, self.compiled),
            bool(self.control[cells.PRUNED]),
            tuple(vacuous(self.compiled, self.fired)),
            notes,
        )

    # -- the search --------------------------------------------------------------------------------------------------

    def _begin(self, initial: Iterable[Values]) -> None:
        control, store = self.control, self.store
        for index, state in enumerate(initial):
            if index % 256 == 0:
                self.watch(self.progress())
            while control[cells.STATES] + 1 > store.limit:
                self._grow()
            words = np.array(self.compiled.layout.pack(state), np.uint64)
            kernel.insert(
                control,
                store.table,
                store.base,
                np.uint64(store.parents.ctypes.data),
                self.words,
                np.uint64(words.ctypes.data),
                -1,
            )
            for name in sorted(self.world.violated(state)):
                bit = self.names.index(name)
                if int(control[cells.WITNESSES]) >> bit & 1:
                    control[cells.SEEN] |= cell(1 << bit)
                else:
                    control[cells.DIRTY] = 1
                if name not in [known for known, _ in self.initial_broken]:
                    self.initial_broken.append((name, index))
            self._stop_at_most()
        control[cells.LEVEL] = control[cells.STATES]

    def _grow(self) -> None:
        store, states = self.store, int(self.control[cells.STATES])
        if store.filled <= int(store.slots * LOAD):
            store.fill(states, int(self.control[cells.ROOM]))
        else:
            store.grow_table()

    def widen(self, records: int) -> None:
        """Make room for so many records of edges."""
        self.store.charge(records * (self.words + HEADER + 2) * 8)
        self.out = np.empty(records * (self.words + HEADER), np.uint64)
        self.hashes, self.steps = np.empty(records, np.uint64), np.empty(records, np.uint64)
        self.control[cells.ROOM] = records

    def _search(self) -> None:
        control, store, compiled = self.control, self.store, self.compiled
        budget = 1 << 12
        self._stop_at_witness()
        while True:
            control[cells.LIMIT] = store.limit
            control[cells.BUDGET] = budget
            began = time.perf_counter()
            reason = kernel.explore(
                np.uint64(compiled.successors),
                np.uint64(compiled.violated),
                self.words,
                control,
                store.table,
                store.base,
                np.uint64(store.parents.ctypes.data),
                self.out,
                self.hashes,
                self.steps,
                self.fired,
                self.cuts,
                self.findings,
            )
            if reason == cells.DONE:
                return
            if reason == cells.GROW:
                self._grow()
            elif reason == cells.WIDEN:
                self.widen(int(control[cells.RECORDS]) * 2)
            else:
                spent = time.perf_counter() - began
                budget = max(1 << 8, min(1 << 24, int(budget * min(4.0, PAUSE_SECONDS / max(spent, 1e-4)))))
            self._stop_at_most()
            self._stop_at_witness()
            self.watch(self.progress())
            if self.kept is not None:
                self.kept.due(self)

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
            self.store.bytes,
            time.perf_counter() - self.started,
            self.phase,
        )

    # -- what was found ----------------------------------------------------------------------------------------------

    def path(self, index: int) -> tuple[Values, ...]:
        """The states from an initial one to that of a number."""
        states = []
        while index >= 0:
            states.append(self.compiled.layout.unpack(self.store.state(index)))
            index = self.store.parent(index)
        return tuple(reversed(states))

    def _causes(self) -> Iterator[Cause]:
        for name, index in self.initial_broken:
            yield Cause(name, self.path(index))
        yield from causes(self.compiled, self.findings[: int(self.control[cells.FINDINGS])], self.path)
        yield from self.causes

    def marks(self) -> dict[Point, bool]:
        """Which parts of the spec ran."""
        return marks(self.compiled)
