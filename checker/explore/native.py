"""The fast engine: drives the kernels, grows their memory, watches the bounds, and reads off what they found."""

from __future__ import annotations

import ctypes
import hashlib
import mmap
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import Configuration, begins
from ..compile.module import TOO_MANY_CHOICES
from ..compile.native import Compiled, cache_folder, compile_world
from .search import Bounds, Cause, Progress, Search, Watch, silent


def _kernels() -> Any:
    """The kernels, cached by numba in a folder of their own for these sources and versions.

    numba's cache does not see an edit of a function that lives in another file, so the folder's name does.
    """
    source = Path(__file__).with_name("kernel.py").read_bytes()
    versions = f"{numba.__version__} {llvmlite.__version__} {np.__version__}".encode()
    folder = cache_folder() / f"engine-{hashlib.sha256(source + versions).hexdigest()[:16]}"
    before = numba.config.CACHE_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numba.config.CACHE_DIR = str(folder)
    except OSError:
        pass  # without a cache the kernels compile at every start
    try:
        from . import kernel
    finally:
        numba.config.CACHE_DIR = before
    return kernel


kernel = _kernels()

@cache
def _warm_up() -> None:
    """Have numba compile or load the kernels, by calls that do nothing."""
    nowhere, none = np.uint64(0), np.zeros(1, np.int64)
    control = np.zeros(kernel.CELLS, np.int64)
    table, state, parent = np.zeros(2, np.uint64), np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    at, beside = np.uint64(state.ctypes.data), np.uint64(parent.ctypes.data)
    findings = np.zeros((1, 4), np.int64)
    kernel.rehash(table, table)
    kernel.explore(nowhere, nowhere, 1, control, table, at, beside, state, state, state, none, none, findings)
    kernel.insert(control, table, at, beside, 1, at, -1)
    waiting, begins_ = np.zeros(1, np.uint8), np.zeros(1, np.bool_)
    kernel.stuck_pass(nowhere, nowhere, nowhere, 1, control, table, at, state, begins_, waiting, 0, 0, 0)


LOAD = 0.7
"""How full the hash table gets before it doubles."""

PAUSE_SECONDS = 0.05
"""How long a kernel runs before it comes back."""


class _Stopped(Exception):
    """The search stops at a bound."""


class Region:
    """Memory that the system gives page by page as it is touched: reserved whole, so that it never has to move."""

    def __init__(self, size: int) -> None:
        size = max(size, mmap.PAGESIZE)
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0))
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):
                self._map.madvise(mmap.MADV_HUGEPAGE)  # spares the processor a page walk a lookup

    def array(self, kind: type[np.unsignedinteger[Any]]) -> np.ndarray[Any, Any]:
        """The memory as an array; blank at first."""
        return np.frombuffer(self._map, kind)


class Store:
    """The states, their parents, and the hash table that finds them."""

    def __init__(self, words: int, max_bytes: int) -> None:
        self.words, self.max_bytes = words, max_bytes
        self.bytes = self.peak = 0
        self.each = words * 8 + 4
        self.room = min(max_bytes // self.each if max_bytes else 1 << 32, (1 << 32) - 2)
        self.states, self.parents = self._reserve()
        self.filled = 0
        self._table(1 << 13)
        self.fill(0, 0)

    def _reserve(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Address space for as many states as the bound allows, or as many as the system has it for."""
        while True:
            try:
                states = Region(self.room * self.words * 8).array(np.uint64)
                return states, Region(self.room * 4).array(np.uint32)
            except (OSError, ValueError, OverflowError):
                self.room //= 2
                if self.room < 1 << 16:
                    raise MemoryError from None

    def charge(self, size: int) -> None:
        """Count an allocation before it is made; stop the search if it is too much."""
        if self.max_bytes and self.bytes + size > self.max_bytes:
            raise _Stopped(f"{self.max_bytes / 2**30:.1f} GiB of memory")
        self.bytes += size
        self.peak = max(self.peak, self.bytes)

    def _table(self, size: int) -> None:
        self.charge(size * 8)
        try:
            self.table = Region(size * 8).array(np.uint64)
        except OSError:
            raise MemoryError from None

    def fill(self, states: int, records: int) -> None:
        """Make room for a sixteenth more states than there are, and for a batch of `records` at least."""
        wanted = states + max(1 << 14, states >> 4, records)
        if wanted > self.room:
            raise _Stopped(f"{self.bytes / 2**30:.1f} GiB of memory, which hold {self.room:,} states")
        self.charge((wanted - self.filled) * self.each)
        self.filled = wanted

    def grow_table(self) -> None:
        """Double the hash table."""
        before = self.table
        self._table(2 * len(before))
        kernel.rehash(before, self.table)
        self.bytes -= len(before) * 8

    @property
    def base(self) -> np.uint64:
        """The address of the first state."""
        return np.uint64(self.states.ctypes.data)

    @property
    def limit(self) -> int:
        """How many states fit before something has to grow."""
        return min(self.filled, int(len(self.table) * LOAD))

    def state(self, index: int) -> list[int]:
        """The words of one state."""
        return [int(word) for word in self.states[index * self.words : (index + 1) * self.words]]

    def parent(self, index: int) -> int:
        """The state from which a state was first reached; -1 for an initial one."""
        return int(self.parents[index]) - 1


def explore(
    world: PlainWorld, scope: Sequence[Configuration], bounds: Bounds = Bounds(), watch: Watch = silent
) -> Search:
    """Visit every state; stop at a bound or on Ctrl-C, with what was reached."""
    started = time.perf_counter()
    _warm_up()
    compiled = compile_world(world)
    return _Exploration(world, compiled, bounds, watch, time.perf_counter() - started).run(world.initial(scope))


class _Exploration:
    def __init__(
        self, world: PlainWorld, compiled: Compiled, bounds: Bounds, watch: Watch, compile_seconds: float = 0.0
    ) -> None:
        self.world, self.compiled, self.bounds, self.watch = world, compiled, bounds, watch
        self.started, self.compile_seconds = time.perf_counter(), compile_seconds
        self.properties = [known.name for known in world.system.all_properties]
        witnesses = sum(1 << i for i, p in enumerate(world.system.all_properties) if p.kind == "sometimes")
        self.control = np.zeros(kernel.CELLS, np.int64)
        self.control[kernel.PRUNE] = int(bounds.prune)
        self.control[kernel.WITNESSES] = witnesses
        self.words = compiled.layout.words
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.findings = np.zeros((4096, 4), np.int64)
        self.phase = "exploring"
        self.store = Store(self.words, bounds.max_bytes)
        self._widen(4096)
        self.causes: list[Cause] = []
        self.initial_broken: list[tuple[str, int]] = []

    def run(self, initial: Sequence[Values]) -> Search:
        stopped = ""
        self.started = time.perf_counter()
        try:
            self._begin(initial)
            self._search()
            self._find_deadlocks()
        except _Stopped as bound:
            stopped = str(bound)
        except MemoryError:
            stopped = "the memory that the system gives"
        except KeyboardInterrupt:
            stopped = "interrupted"
        seconds = time.perf_counter() - self.started
        causes = tuple(self._causes())
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        return Search(
            int(self.control[kernel.STATES]),
            int(self.control[kernel.EDGES]),
            int(self.control[kernel.DEPTH]),
            seconds,
            self.compile_seconds,
            self.store.peak,
            stopped,
            causes,
            {row: int(count) for row, count in zip(self.compiled.rows, self.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.cuts, strict=True) if count},
            self._high_water(),
            self.bounds.prune and any(cause.property not in self._sometimes for cause in causes),
        )

    @property
    def _sometimes(self) -> set[str]:
        return {p.name for p in self.world.system.all_properties if p.kind == "sometimes"}

    # -- the search --------------------------------------------------------------------------------------------------

    def _begin(self, initial: Sequence[Values]) -> None:
        control, store = self.control, self.store
        for state in initial:
            while control[kernel.STATES] + 1 > store.limit:
                self._grow()
            words = np.array(self.compiled.layout.pack(state), np.uint64)
            index = kernel.insert(
                control, store.table, store.base, np.uint64(store.parents.ctypes.data), self.words, np.uint64(words.ctypes.data), -1
            )
            for name in sorted(self.world.violated(state)):
                control[kernel.DIRTY] = 1
                if name not in [known for known, _ in self.initial_broken]:
                    self.initial_broken.append((name, int(index)))
        control[kernel.LEVEL] = control[kernel.STATES]

    def _grow(self) -> None:
        store, states = self.store, int(self.control[kernel.STATES])
        if store.filled <= int(len(store.table) * LOAD):
            store.fill(states, int(self.control[kernel.ROOM]))
        else:
            store.grow_table()

    def _widen(self, records: int) -> None:
        self.store.charge(records * (self.words + kernel.HEADER + 2) * 8)
        self.out = np.empty(records * (self.words + kernel.HEADER), np.uint64)
        self.hashes, self.slots = np.empty(records, np.uint64), np.empty(records, np.uint64)
        self.control[kernel.ROOM] = records

    def _search(self) -> None:
        control, store, compiled = self.control, self.store, self.compiled
        budget = 1 << 12
        while True:
            control[kernel.LIMIT] = store.limit
            control[kernel.BUDGET] = budget
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
                self.slots,
                self.fired,
                self.cuts,
                self.findings,
            )
            if reason == kernel.DONE:
                return
            if reason == kernel.GROW:
                self._grow()
            elif reason == kernel.WIDEN:
                self._widen(int(control[kernel.RECORDS]) * 2)
            elif reason == kernel.FULL:
                self.findings = np.concatenate([self.findings, np.zeros_like(self.findings)])
            else:
                spent = time.perf_counter() - began
                budget = max(1 << 8, min(1 << 24, int(budget * min(4.0, PAUSE_SECONDS / max(spent, 1e-4)))))
            if self.bounds.max_states and control[kernel.STATES] > self.bounds.max_states:
                raise _Stopped(f"{self.bounds.max_states:,} states")
            self.watch(self._progress())

    def _progress(self) -> Progress:
        control = self.control
        return Progress(
            int(control[kernel.STATES]),
            int(control[kernel.EDGES]),
            int(control[kernel.DEPTH]),
            int(control[kernel.STATES] - control[kernel.NEXT]),
            self.store.bytes,
            time.perf_counter() - self.started,
            self.phase,
        )

    # -- deadlocks ---------------------------------------------------------------------------------------------------

    def _find_deadlocks(self) -> None:
        self.phase = "looking for deadlocks"
        if self.world.can_wait:
            self._find_stuck()
            return
        for first, last in self._ranges():
            found = kernel.childless(
                np.uint64(self.compiled.successors),
                np.uint64(self.compiled.violated),
                self.words,
                self.control,
                self.store.base,
                self.out,
                first,
                last,
            )
            if found >= 0:
                self.causes.append(Cause("no-deadlock", self._path(int(found))))
                return
            self.watch(self._progress())

    def _find_stuck(self) -> None:
        """Rounds over all states, backwards, until nobody comes free any more."""
        if len(self.compiled.waiters) > 64:
            raise SpecError(f"{len(self.compiled.waiters)} slots can wait, which is more than 64")
        states = int(self.control[kernel.STATES])
        kind: type[np.unsignedinteger[Any]] = np.uint8 if len(self.compiled.waiters) <= 8 else np.uint64
        self.store.charge(states * np.dtype(kind).itemsize)
        stuck = np.zeros(states, kind)
        begun = np.array([begins(row) for row in self.compiled.rows], np.bool_)
        initial, changed = 1, 1
        while changed:
            changed = 0
            for first, last in reversed(list(self._ranges())):
                while True:
                    shrunk = kernel.stuck_pass(
                        np.uint64(self.compiled.successors),
                        np.uint64(self.compiled.busy),
                        np.uint64(self.compiled.violated),
                        self.words,
                        self.control,
                        self.store.table,
                        self.store.base,
                        self.out,
                        begun,
                        stuck,
                        first,
                        last,
                        initial,
                    )
                    if shrunk >= 0:
                        break
                    self._widen(int(self.control[kernel.RECORDS]) * 2)
                changed += int(shrunk)
                self.watch(self._progress())
            initial = 0
        seen: set[str] = set()
        for index in np.flatnonzero(stuck):
            for bit, (machine, _) in enumerate(self.compiled.waiters):
                if int(stuck[index]) >> bit & 1 and machine.__name__ not in seen:
                    seen.add(machine.__name__)
                    self.causes.append(Cause("no-deadlock", self._path(int(index)), stuck=machine.__name__))
            if len(seen) == len({machine for machine, _ in self.compiled.waiters}):
                break

    def _ranges(self, size: int = 1 << 18) -> Iterator[tuple[int, int]]:
        states = int(self.control[kernel.STATES])
        for first in range(0, states, size):
            yield first, min(states, first + size)

    # -- what was found ----------------------------------------------------------------------------------------------

    def _path(self, index: int) -> tuple[Values, ...]:
        states = []
        while index >= 0:
            states.append(self.compiled.layout.unpack(self.store.state(index)))
            index = self.store.parent(index)
        return tuple(reversed(states))

    def _causes(self) -> Iterator[Cause]:
        for name, index in self.initial_broken:
            yield Cause(name, self._path(index))
        sometimes = self._sometimes
        skip = {(name, "") for name, _ in self.initial_broken if name in sometimes}
        for kind, what, row, source in self.findings[: int(self.control[kernel.FINDINGS])]:
            path = self._path(int(source))
            declared = self.compiled.rows[int(row)]
            if kind == kernel.ERROR:
                if what >= TOO_MANY_CHOICES:
                    raise SpecError(
                        f"{declared.qualname} makes more than 62 choices in one step",
                        file=declared.file,
                        line=declared.line,
                        instead="split the row",
                    )
                site = self.compiled.unit.describe(int(what))
                yield Cause(site.property, path, declared, site)
            elif (self.properties[int(what)], "") not in skip:
                yield Cause(self.properties[int(what)], path, declared)
        yield from self.causes

    def _high_water(self) -> dict[str, int]:
        """The slots that steps needed; making the initial states, which the oracle did, needed some too."""
        dynamic = self.compiled.unit.dynamic
        counted = (ctypes.c_int64 * len(dynamic)).from_address(self.compiled.high)
        return {
            machine.__name__: max(self.world.high[machine], used) for machine, used in zip(dynamic, counted, strict=True)
        }
