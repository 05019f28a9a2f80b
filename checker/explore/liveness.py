"""Liveness of a finished search: who is promised something, and can wait for it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...spec.language.properties import Property
from ...spec.language.rows import STRONG, UNFAIR
from ...spec.language.system import fairness_of
from . import lasso
from .cells import control as cells
from .cells.liveness import COMPONENTS, EXPANDED, MORE_RECORDS, MORE_ROOM, NODES, PROMISED
from .engine import liveness as kernel
from .lasso import Lasso, Waiting
from .outcome import asked
from .search import Cause, Turn

if TYPE_CHECKING:
    from .native import Exploration

RANGE = 1 << 16
"""How many states, nodes or components a kernel looks at before it comes back."""

EACH = 7 * 4 + 2 * 8
"""The bytes that a node takes while the components are looked for."""

Array = np.ndarray[Any, Any]


def find(exploration: Exploration) -> Iterator[Cause]:
    """The shortest lasso of each property of liveness that does not hold."""
    wanted = asked(exploration.world.system, exploration.bounds.asked)
    if not wanted:
        return
    search = _Search(exploration)
    for known in wanted:
        causes = [
            cause
            for choice in range(len(exploration.world.promises(known)))
            if (cause := search.cause(known, choice)) is not None
        ]
        exploration.unasked.discard(known)
        if known not in search.promised:
            exploration.unpromised.append(known)
        if causes:
            yield min(causes, key=lambda cause: len(cause.path))


class _Search:
    """The graph of one promise after another, in arrays that are used again. See the kernels."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self.states = int(exploration.control[cells.STATES])
        self.turns: list[Turn] = [(row, instance._slot) for row, instance in exploration.world.fair()]
        self.strong = np.array([fairness_of(row) is STRONG for row, _ in self.turns], np.bool_)
        self.fair = np.array([fairness_of(row) is not UNFAIR for row in exploration.compiled.rows] or [False], np.bool_)
        self.counts = np.zeros(max(1, len(self.turns)), np.int64)
        self.counted = np.zeros(len(self.turns), np.int64), np.zeros(len(self.turns), np.bool_)
        exploration.store.number(self.states)
        self.said, self.node_of = self._made(self.states, np.uint8), self._made(self.states, np.uint32)
        self.nodes, self.starts = self._made(1 << 10, np.uint32), self._made(1 << 10, np.int64)
        self.able_starts, self.able = self._made(1 << 10, np.int64), self._made(1 << 10, np.uint16)
        self.targets, self.takes = self._made(1 << 10, np.uint32), self._made(1 << 10, np.uint16)
        self.progress = np.zeros(4, np.int64)
        self.charged = 0
        self.promised: set[Property] = set()

    def _made(self, size: int, kind: type[np.generic]) -> Array:
        self.exploration.store.charge(size * np.dtype(kind).itemsize)
        return np.zeros(size, kind)

    def cause(self, known: Property, choice: int) -> Cause | None:
        """The lasso of one promise, as states; None if it is kept."""
        seeds = self._ask(known, choice)
        if not seeds:
            return None
        self.promised.add(known)
        self._follow(seeds)
        waiting = self._waiting(seeds)
        found = lasso.find(waiting) if np.any(waiting.home) else None
        return None if found is None else self._cause(known, choice, found)

    def _cause(self, known: Property, choice: int, found: Lasso) -> Cause:
        exploration = self.exploration
        before = exploration.path(int(self.nodes[found.seed]))
        steps = (*found.stem, *found.cycle)
        path = tuple(exploration.state(int(self.nodes[step.node])) for step in steps)
        turns = tuple(None if step.takes == lasso.UNFAIR else self.turns[step.takes] for step in steps)
        return Cause(
            known.name,
            (*before, *path),
            loop=len(before) - 1 + len(found.stem),
            choice=choice,
            turns=(*[None] * (len(before) - 1), *turns),
        )

    # -- the graph ---------------------------------------------------------------------------------------------------

    def _ask(self, known: Property, choice: int) -> int:
        """Ask every state; those that make the promise are the first nodes. Returns how many they are."""
        exploration = self.exploration
        position = exploration.world.system.liveness.index(known)
        promised = 0
        for first in range(0, self.states, RANGE):
            last = min(first + RANGE, self.states)
            promised += kernel.ask(
                np.uint64(exploration.compiled.code.promises),
                exploration.words,
                exploration.store.base,
                position,
                choice,
                self.said,
                first,
                last,
            )
            exploration.watch(exploration.progress())
        while len(self.nodes) < promised:
            self.nodes = self._more(self.nodes, promised)
        self.node_of[:] = 0
        seeds = 0
        for first in range(0, self.states, RANGE):
            found = first + np.flatnonzero(self.said[first : first + RANGE] & PROMISED)
            if known.kind == "eventually":
                found = found[exploration.store.parents[found] == 0]
            self.nodes[seeds : seeds + len(found)] = found
            self.node_of[found] = np.arange(seeds + 1, seeds + len(found) + 1)
            seeds += len(found)
        return seeds

    def _more(self, array: Array, needed: int) -> Array:
        """An array of at least twice the size."""
        return np.concatenate([array, self._made(len(array) + needed, array.dtype.type)])

    def _follow(self, seeds: int) -> None:
        """Find all nodes, and their steps."""
        exploration, progress = self.exploration, self.progress
        progress[:] = 0
        progress[NODES] = seeds
        while progress[EXPANDED] < progress[NODES]:
            reason = kernel.follow(
                np.uint64(exploration.compiled.code.successors),
                np.uint64(exploration.compiled.code.turns),
                exploration.words,
                exploration.control,
                exploration.store.table,
                exploration.store.size,
                exploration.store.base,
                exploration.out,
                self.counts,
                self.fair,
                self.said,
                self.node_of,
                self.nodes,
                self.starts,
                self.targets,
                self.takes,
                self.able_starts,
                self.able,
                progress,
                RANGE,
            )
            records = int(exploration.control[cells.RECORDS])
            if reason == MORE_RECORDS:
                exploration.widen(2 * records)
            elif reason == MORE_ROOM:
                self._grow(records)
            exploration.watch(exploration.progress())

    def _grow(self, records: int) -> None:
        """Room for the steps of the next node, and for as many more as there are."""
        nodes, expanded, steps, able = map(int, self.progress)
        if nodes + records > len(self.nodes):
            self.nodes = self._more(self.nodes, records)
        if expanded + 2 > len(self.starts):
            self.starts, self.able_starts = self._more(self.starts, 2), self._more(self.able_starts, 2)
        if steps + records > len(self.targets):
            self.targets, self.takes = self._more(self.targets, records), self._more(self.takes, records)
        if able + len(self.turns) > len(self.able):
            self.able = self._more(self.able, len(self.turns))

    # -- its components ----------------------------------------------------------------------------------------------

    def _waiting(self, seeds: int) -> Waiting:
        """The graph, and which of its nodes lie on fair cycles."""
        nodes = int(self.progress[NODES])
        self._charge(nodes)
        home, region = np.zeros(nodes, np.int32), np.zeros(nodes, np.int32)
        found, again = 0, 1
        while again:
            members, bounds = self._components(region)
            components, again = len(bounds) - 1, 0
            for first in range(0, components, RANGE):
                last = min(first + RANGE, components)
                again += kernel.judge(
                    self.starts,
                    self.targets,
                    self.takes,
                    self.able_starts,
                    self.able,
                    self.strong,
                    region,
                    members,
                    bounds,
                    home,
                    first,
                    last,
                    found,
                    *self.counted,
                )
                self.exploration.watch(self.exploration.progress())
            found += components
        return Waiting(
            seeds, self.starts, self.targets, self.takes, self.able_starts, self.able, home, self.strong.tolist()
        )

    def _charge(self, nodes: int) -> None:
        """Count what Tarjan's algorithm needs of memory, the most of all promises."""
        if nodes > self.charged:
            self.exploration.store.charge((nodes - self.charged) * EACH)
            self.charged = nodes

    def _components(self, region: Array) -> tuple[Array, Array]:
        """The nodes by component, and where each begins."""
        nodes = len(region)
        number, low, calls, opened, members = (np.zeros(nodes, np.int32) for _ in range(5))
        at, bounds = np.zeros(nodes, np.int64), np.zeros(nodes + 1, np.int64)
        state = np.zeros(6, np.int64)
        done = False
        while not done:
            done = bool(
                kernel.components(
                    *(self.starts, self.targets, region, number, low),
                    *(calls, at, opened, members, bounds, state, 16 * RANGE),
                )
            )
            self.exploration.watch(self.exploration.progress())
        return members, bounds[: int(state[COMPONENTS]) + 1]
