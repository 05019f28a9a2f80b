"""A tour: every step of a spec's reachable states is done on an implementation, and the states are compared."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from ...spec.language.plain import Edge, PlainWorld, Values
from ...spec.language.rows import Declaration
from ..explore.words import word

Words = dict[str, str]

MOST_WORDS = 20_000
"""Of how many states the words are kept, so that they are not made again."""

NEARBY = 200
"""Among how many states a walk looks for one with edges left, before another walk begins from the start."""


class Target(Protocol):
    """An implementation that was started in an initial state."""

    @property
    def failed(self) -> bool:
        """Whether the last step ended a command with an error."""

    def do(self, edge: Edge) -> None:
        """Take a step; raises whatever the implementation raises where it goes wrong."""

    def breaks(self, error: Exception) -> frozenset[str]:
        """The properties of the spec that an error of the implementation stands for."""

    def state(self) -> Words:
        """The state that it is in, in the spec's words."""


@dataclass(frozen=True)
class Difference:
    """Where the implementation did something else, and how to get there."""

    path: tuple[Edge, ...]
    what: str


@dataclass
class Coverage:
    """How far a tour has come."""

    edges: int
    done: int = 0
    steps: int = 0
    """Steps that were taken, those that only led to others included."""
    starts: int = 0
    rows: set[Declaration] = field(default_factory=set)
    """Those of which a step was taken, and did what the spec does."""


class Tour:
    """A walk along every edge of the states that can be reached from the initial ones."""

    def __init__(
        self,
        world: PlainWorld,
        initial: list[Values],
        start: Callable[[Words], Target],
        drives: Callable[[Edge, Words], str] = lambda edge, before: "",
    ) -> None:
        self.world, self.start = world, start
        self.words = functools.lru_cache(MOST_WORDS)(self._words)
        machines = {machine.__name__ for machine in world.system.machines}
        self.positions = [
            (position, name, value)
            for position, (name, value) in enumerate(world.positions)
            if value is not None and name.partition(".")[0].rstrip("0123456789") in machines
        ]
        self.edges: dict[Values, list[Edge]] = {}
        self.parents: dict[Values, tuple[Values, Edge] | None] = dict.fromkeys(initial)
        self.undriven: dict[str, set[Declaration]] = {}
        """The rows of which not every step can be taken, by the reason."""
        self._look_behind(self._explore(initial, drives))
        self.left = {state: list(edges) for state, edges in self.edges.items() if edges}
        self.coverage = Coverage(sum(map(len, self.left.values())))

    def _explore(self, initial: list[Values], drives: Callable[[Edge, Words], str]) -> dict[Values, str]:
        """Along the steps that can be taken; returns where the others lead, and why these can't be."""
        behind: dict[Values, str] = {}
        for state in (waiting := list(initial)):
            self.edges[state] = []
            for edge in self._out_of(state):
                why = drives(edge, self.words(state))
                if why:
                    self.undriven.setdefault(why, set()).add(edge.row)
                    if edge.after is not None:
                        behind.setdefault(edge.after, why)
                    continue
                self.edges[state].append(edge)
                if edge.after is not None and edge.after not in self.parents:
                    self.parents[edge.after] = (state, edge)
                    waiting.append(edge.after)
        return behind

    def _look_behind(self, behind: dict[Values, str]) -> None:
        """Rows that happen only behind a step that can't be taken can't be had for the same reason."""
        driven = {edge.row for edges in self.edges.values() for edge in edges}
        for state in (waiting := [state for state in behind if state not in self.parents]):
            for edge in self._out_of(state):
                if edge.row not in driven:
                    self.undriven[behind[state]].add(edge.row)
                if edge.after is not None and edge.after not in self.parents and edge.after not in behind:
                    behind[edge.after] = behind[state]
                    waiting.append(edge.after)

    def _out_of(self, state: Values) -> list[Edge]:
        return [edge for edge in self.world.edges(state) if edge.cut is None]

    def _words(self, state: Values) -> Words:
        """A state in the spec's words; of an object that is not alive, there is nothing to say."""
        found = {name: _sorted(word(value, state[position])) for position, name, value in self.positions}
        dead = {name.partition(".")[0] for name, said in found.items() if name.endswith(".live") and said == "False"}
        return {name: said for name, said in found.items() if name.partition(".")[0] not in dead}

    def only_rows(self) -> None:
        """Of all the edges, take one of each row and outcome: the first, in the order in which states are reached."""
        known = set()
        for state, edges in self.edges.items():
            kept = []
            for edge in edges:
                kind = (edge.row, edge.failed is not None, edge.error is not None)
                if kind not in known:
                    known.add(kind)
                    kept.append(edge)
            self.left[state] = kept
        self.left = {state: edges for state, edges in self.left.items() if edges}
        self.coverage = Coverage(len(known))

    def run(self) -> Iterator[Difference]:
        """Walk until every edge was taken; each walk ends where nothing is left, or at a difference.

        What lies behind a difference is left out, and then not all is done.
        """
        for state in list(self.edges):
            while state in self.left:
                before = self.coverage.done
                found = self._walk(state)
                if found is not None:
                    yield found
                if self.coverage.done == before:
                    del self.left[state]

    def _walk(self, goal: Values) -> Difference | None:
        """From a start to a state that has edges left, and on along such edges."""
        first, there = self._way(goal)
        target = self.start(self.words(first))
        self.coverage.starts += 1
        what = self._differs(target, first)
        if what:
            return Difference((), what)
        path: list[Edge] = []
        for edge in itertools.chain(there, self._on(goal)):
            path.append(edge)
            self.coverage.steps += 1
            what = self._does_otherwise(target, edge)
            if what:
                return Difference(tuple(path), what)
            self.coverage.rows.add(edge.row)
        return None

    def _way(self, goal: Values) -> tuple[Values, list[Edge]]:
        """The initial state from which a state is reached first, and the way from there."""
        way: list[Edge] = []
        parent = self.parents[goal]
        while parent is not None:
            goal, edge = parent
            way.append(edge)
            parent = self.parents[goal]
        return goal, way[::-1]

    def _on(self, state: Values) -> Iterator[Edge]:
        """Edges that were not taken yet, one after the other."""
        here: Values | None = state
        while here is not None:
            for edge in self._bridge(here):
                yield edge
                here = edge.after
            assert here is not None
            if here not in self.left:
                return
            edge = self.left[here].pop()
            if not self.left[here]:
                del self.left[here]
            self.coverage.done += 1
            yield edge
            here = edge.after

    def _bridge(self, state: Values) -> list[Edge]:
        """A short way to a state that has edges left, if there is one nearby."""
        ways: dict[Values, list[Edge]] = {state: []}
        for here in (waiting := [state]):
            if here in self.left:
                return ways[here]
            for edge in self.edges[here] if len(ways) < NEARBY else ():
                if edge.after is not None and edge.after not in ways:
                    ways[edge.after] = [*ways[here], edge]
                    waiting.append(edge.after)
        return []

    def _does_otherwise(self, target: Target, edge: Edge) -> str:
        """Take an edge; what the implementation does that the spec does not."""
        try:
            target.do(edge)
        except Exception as error:
            if edge.error is not None and edge.error.property in target.breaks(error):
                return ""
            return f"{type(error).__name__}: {error}"
        if edge.error is not None:
            return f"the spec breaks {edge.error.property} here"
        if target.failed != (edge.failed is not None):
            return f"the command {'fails' if target.failed else 'succeeds'}"
        assert edge.after is not None
        return self._differs(target, edge.after)

    def _differs(self, target: Target, state: Values) -> str:
        """What of a state is not as the spec says."""
        wanted, found = self.words(state), target.state()
        names = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
        return "; ".join(f"{name} is {found.get(name)}, not {wanted.get(name)}" for name in names)


def _sorted(text: str) -> str:
    """A set's members in the order of the alphabet; anything else as it is."""
    return "{" + ", ".join(sorted(text[1:-1].split(", "))) + "}" if text.startswith("{") else text
