"""Random walks, for models too large to finish: no proof, but a way to find what breaks far from the start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import Scope
from ..compile.native import compile_world
from ..compile.record import HEADER
from .beginning import witnesses
from .cells import control as cells
from .engine import walk as kernel
from .native import cell
from .search import Cause, Progress, Search, Watch, silent


def simulate(
    world: PlainWorld, scope: Scope, *, walks: int, depth: int, seed: int = 0, watch: Watch = silent
) -> Search:
    """`walks` random walks of at most `depth` steps each; the same seed takes the same walks.

    All steps out of each visited state are judged, one of them is taken, each with the same chance. Traces are not the
    shortest ones. States are counted as often as they are visited.
    """
    return _Walks(world, scope, depth, seed, watch).run(walks)


class _Walks:
    def __init__(self, world: PlainWorld, scope: Scope, depth: int, seed: int, watch: Watch) -> None:
        self.world, self.depth, self.watch = world, depth, watch
        self.started = time.perf_counter()
        self.compiled = compile_world(world)
        self.words = self.compiled.layout.words
        self.scope, self.initial = scope, list[Values]()
        self.random = np.random.default_rng(seed)
        self.control = np.zeros(cells.CELLS, np.int64)
        self.names = world.system.case_names
        self.control[cells.WITNESSES] = cell(witnesses(world.system))
        self.fired = np.zeros(max(1, len(self.compiled.rows)), np.int64)
        self.cuts = np.zeros(len(self.compiled.unit.machines), np.int64)
        self.findings = np.zeros((self.compiled.most_findings, 4), np.int64)
        self.path = np.zeros((depth + 1) * self.words, np.uint64)
        self._widen(4096)
        self.causes: list[Cause] = []
        self.longest = 0

    def _widen(self, records: int) -> None:
        self.out = np.empty(records * (self.words + HEADER), np.uint64)
        self.control[cells.ROOM] = records

    def run(self, walks: int) -> Search:
        done = 0
        stopped = ""
        try:
            self._begin()
            while done < walks:
                self._walk()
                done += 1
                if done % 64 == 0:
                    self.watch(self._progress())
        except KeyboardInterrupt:
            stopped = "interrupted after "
        names = [machine.__name__ for machine in self.compiled.unit.machines]
        edges = int(self.control[cells.EDGES])
        return Search(
            edges + done,
            edges,
            self.longest,
            time.perf_counter() - self.started,
            self.compiled.seconds,
            int(self.out.nbytes + self.path.nbytes),
            f"{stopped}{done:,} random walks",
            tuple(self.causes),
            {row: int(count) for row, count in zip(self.compiled.rows, self.fired, strict=False)},
            {name: int(count) for name, count in zip(names, self.cuts, strict=True) if count},
            {},
        )

    def _begin(self) -> None:
        for position, state in enumerate(self.world.initial(self.scope)):
            self.initial.append(state)
            for name in sorted(self.world.violated(state)):
                if name not in {cause.property for cause in self.causes}:
                    self.causes.append(Cause(name, (state,)))
            if position % 256 == 0:
                self.watch(self._progress())

    def _walk(self) -> None:
        state = self.initial[int(self.random.integers(len(self.initial)))]
        start = np.array(self.compiled.layout.pack(state), np.uint64)
        seed = np.uint64(self.random.integers(1 << 63))
        while True:
            before = int(self.control[cells.FINDINGS])
            taken = int(
                kernel.walk(
                    np.uint64(self.compiled.code.successors),
                    np.uint64(self.compiled.code.violated),
                    self.words,
                    self.control,
                    self.out,
                    self.path,
                    np.uint64(start.ctypes.data),
                    self.depth,
                    seed,
                    self.fired,
                    self.cuts,
                    self.findings,
                )
            )
            self.causes += self._found(before)
            if taken >= 0:
                self.longest = max(self.longest, taken)
                return
            self._widen(int(self.control[cells.RECORDS]) * 2)

    def _found(self, before: int) -> Iterator[Cause]:
        for kind, what, row, position in self.findings[before : int(self.control[cells.FINDINGS])]:
            path = tuple(self._states(int(position) + 1))
            declared = self.compiled.rows[int(row)]
            if kind == cells.ERROR:
                site = self.compiled.site(int(what), declared)
                yield Cause(site.property, path, declared, site)
            else:
                yield Cause(self.names[int(what)], path, declared)

    def _states(self, count: int) -> Iterator[Values]:
        for position in range(count):
            words: Any = self.path[position * self.words : (position + 1) * self.words]
            yield self.compiled.layout.unpack([int(word) for word in words])

    def _progress(self) -> Progress:
        edges = int(self.control[cells.EDGES])
        return Progress(edges, edges, self.longest, 0, 0, time.perf_counter() - self.started, "walking")
