"""The slow and obvious engine: breadth-first search over the spec run as plain Python."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence

from ...spec.language.plain import Edge, PlainWorld, Values
from ...spec.language.rows import Declaration
from ...spec.language.system import Configuration, begins
from .oracle_liveness import Promises
from .search import NO_BOUNDS, Bounds, Cause, Firsts, Progress, Search, Watch, amount, silent
from .vacuity import dead_rows


def explore(
    world: PlainWorld, scope: Sequence[Configuration], bounds: Bounds = NO_BOUNDS, watch: Watch = silent
) -> Search:
    """Visit every state; stop at a bound or on Ctrl-C, with what was reached."""
    return _Exploration(world, scope, bounds, watch).run()


class _Exploration:
    def __init__(self, world: PlainWorld, scope: Sequence[Configuration], bounds: Bounds, watch: Watch) -> None:
        self.world, self.scope, self.bounds, self.watch = world, scope, bounds, watch
        self.started = time.perf_counter()
        self.resident = _resident()
        self.parent: dict[Values, Values | None] = {}
        self.order: list[Values] = []
        self.depth: list[int] = []
        self.judged = world.system.cases_of(bounds.asked)
        self.broken: dict[Values, frozenset[str]] = {}
        self.firsts = Firsts()
        self.fired: Counter[Declaration] = Counter()
        self.cuts: Counter[str] = Counter()
        self.transitions = 0
        self.pruned = False
        self.names = world.system.case_names
        self.sometimes = {p.name for p in world.system.all_properties if p.kind == "sometimes"}
        self.successors: dict[Values, list[Edge]] = {}

    def run(self) -> Search:
        stopped = ""
        try:
            stopped = self._begin() or self._search()
        except KeyboardInterrupt:
            stopped = "interrupted"
        except MemoryError:
            self.successors.clear()
            stopped = "the memory that the system gives"
        if not stopped and self.bounds.deadlocks:
            self._find_deadlocks()
        if not stopped and not self.pruned:
            for cause in Promises(self.world, self.parent, self.successors).find(self.bounds.asked):
                self.firsts.note(cause.property, "", lambda cause=cause: cause)  # type: ignore[misc]
        states = len(self.order)
        size = sys.getsizeof(self.order[0]) if self.order else 0
        return Search(
            states,
            self.transitions,
            max(self.depth, default=0),
            time.perf_counter() - self.started,
            0.0,
            states * (size + 300),
            stopped,
            tuple(self.firsts.found.values()),
            self.fired,
            self.cuts,
            {machine.__name__: used for machine, used in self.world.high.items()},
            self.pruned,
            tuple(dead_rows(self.world.system.steps, self.fired)),
        )

    def _begin(self) -> str:
        for position, state in enumerate(self.world.initial(self.scope)):
            self._add(state, None, 0)
            for name in sorted(self.broken[state]):
                where = "" if name in self.sometimes else "boot"
                self.firsts.note(name, where, lambda name=name, state=state: Cause(name, (state,)))  # type: ignore[misc]
            if position % 256 == 0:
                self.watch(self._progress(0))
            if self.bounds.max_states and len(self.order) > self.bounds.max_states:
                return f"{self.bounds.max_states:,} states"
        return ""

    def _search(self) -> str:
        for position, state in enumerate(self.order):
            if position % 256 == 0:
                self.watch(self._progress(position))
                if self.bounds.max_bytes and _resident() > self.resident + self.bounds.max_bytes:
                    return amount(self.bounds.max_bytes)
            if self.bounds.max_states and len(self.order) > self.bounds.max_states:
                return f"{self.bounds.max_states:,} states"
            if self.bounds.prune and self.broken[state] - self.sometimes:
                self.successors[state], self.pruned = [], True
                continue
            self.successors[state] = list(self.world.edges(state))
            for edge in self.successors[state]:
                self._take(state, edge, self.depth[position])
            if (self.bounds.until, "") in self.firsts.found:
                return f"the first state that meets `{self.bounds.until}`"
        return ""

    def _take(self, state: Values, edge: Edge, depth: int) -> None:
        if edge.cut is not None:
            self.cuts[edge.cut.__name__] += 1
            return
        self.transitions += 1
        self.fired[edge.row] += 1
        if edge.error is not None:
            site = edge.error
            where = f"{site.function}:{site.line}"
            self.firsts.note(site.property, where, lambda: Cause(site.property, self.path(state), edge.row, site))
            return
        assert edge.after is not None
        broken = (edge.broken | self.world.violated_by_step(state, edge.after)) & self.judged
        if edge.after not in self.parent:
            if self.bounds.prune and broken:
                self.pruned = True
            else:
                self._add(edge.after, state, depth + 1)
        known = self.broken.get(edge.after)
        after = self.world.violated(edge.after) & self.judged if known is None else known
        for name in sorted(broken | (after - self.broken[state]), key=self.names.index):
            where = "" if name in self.sometimes else edge.row.qualname
            self.firsts.note(name, where, lambda name=name: Cause(name, self.path(state), edge.row))  # type: ignore[misc]

    def _add(self, state: Values, parent: Values | None, depth: int) -> None:
        self.parent[state] = parent
        self.order.append(state)
        self.depth.append(depth)
        self.broken[state] = self.world.violated(state) & self.judged

    def path(self, state: Values) -> tuple[Values, ...]:
        """The states from an initial one to `state`."""
        result = [state]
        while (before := self.parent[result[-1]]) is not None:
            result.append(before)
        return tuple(reversed(result))

    def _progress(self, position: int) -> Progress:
        return Progress(
            len(self.order),
            self.transitions,
            self.depth[position],
            len(self.order) - position,
            0,
            time.perf_counter() - self.started,
        )

    def _find_deadlocks(self) -> None:
        """From every state in which something waits, look for one in which it no longer does.

        Backwards to a fixed point: a state frees an instance if that does not wait in it, or if a step other than a
        new command leads to a state that frees it. In a spec where nothing ever waits, a deadlock is a state that has
        no step at all.
        """
        unexplored = {s for s in self.order if self.bounds.prune and self.broken[s] - self.sometimes}
        if not self.world.can_wait:
            for state in self.order:
                if not self.successors[state] and state not in unexplored:
                    self.firsts.note("no-deadlock", "", lambda s=state: Cause("no-deadlock", self.path(s)))  # type: ignore[misc]
            return
        waits = {state: self.world.busy(state) for state in self.order}
        stuck = {state: set(waiting) for state, waiting in waits.items() if waiting and state not in unexplored}
        changed = True
        while changed:
            changed = False
            for state in reversed(self.order):
                if not stuck.get(state):
                    continue
                for edge in self.successors[state]:
                    if begins(edge.row):
                        continue
                    left = set() if edge.after is None else stuck.get(edge.after, set())  # an error is reported as that
                    freed = stuck[state] - left
                    if freed:
                        stuck[state] = stuck[state] - freed
                        changed = True
        for state in self.order:
            waiting = dict.fromkeys(type(known).__name__ for known in waits[state] if known in stuck.get(state, ()))
            for machine in waiting:
                self.firsts.note(
                    "no-deadlock",
                    machine,
                    lambda s=state, m=machine: Cause("no-deadlock", self.path(s), stuck=m),  # type: ignore[misc]
                )


def _resident() -> int:
    """The most that this process has had in memory: a plain object's size says little of what it takes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
