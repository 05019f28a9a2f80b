"""Liveness, the slow and obvious way: a graph of Python objects for each promise, and its components by networkx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import networkx as nx

from ...spec.language.plain import Edge, PlainWorld, Values
from ...spec.language.properties import Property
from ...spec.language.rows import STRONG
from ...spec.language.system import fairness_of
from . import lasso
from .lasso import Waiting
from .search import Cause, Turn


class Promises:
    """Who is promised something in a finished search, and can wait for it for ever."""

    def __init__(
        self, world: PlainWorld, parent: Mapping[Values, Values | None], successors: Mapping[Values, Sequence[Edge]]
    ) -> None:
        self.world, self.parent, self.successors = world, parent, successors
        self.turns: list[Turn] = [(row, instance._slot) for row, instance in world.fair()]
        self.strong = [fairness_of(row) is STRONG for row, _ in self.turns]
        self.number = {turn: position for position, turn in enumerate(self.turns)}

    def find(self, asked: frozenset[str] | None) -> Iterator[Cause]:
        """The shortest lasso of each property of liveness that does not hold."""
        for known in self.world.system.liveness:
            if asked is None or known.name in asked:
                choices = range(len(self.world.promises(known)))
                causes = [cause for choice in choices if (cause := self.cause(known, choice)) is not None]
                if causes:
                    yield min(causes, key=lambda cause: len(cause.path))

    def cause(self, known: Property, choice: int) -> Cause | None:
        """The lasso of one promise; None if it is kept."""
        arguments = self.world.promises(known)[choice]
        said = {state: self.world.promised(known, arguments, state) for state in self.parent}
        seeds = [
            state
            for state, (made, _) in said.items()
            if made and (known.kind != "eventually" or self.parent[state] is None)
        ]
        graph = self._graph(seeds, {state for state, (_, waiting) in said.items() if waiting})
        homes: dict[Values, int] = {}
        for home, component in enumerate(self._fair(graph, set(graph)), 1):
            homes |= dict.fromkeys(component, home)
        found = lasso.find(self._arrays(graph, len(seeds), homes))
        if found is None:
            return None
        nodes = list(graph)
        before = self._path(nodes[found.seed])
        steps = (*found.stem, *found.cycle)
        return Cause(
            known.name,
            (*before, *(nodes[step.node] for step in steps)),
            loop=len(before) - 1 + len(found.stem),
            choice=choice,
            turns=(
                *[None] * (len(before) - 1),
                *(None if step.takes == lasso.UNFAIR else self.turns[step.takes] for step in steps),
            ),
        )

    def _graph(self, seeds: Sequence[Values], waiting: set[Values]) -> nx.MultiDiGraph:
        """What can be reached from the seeds through states in which the goal is waited for."""
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(seeds)
        queue = list(seeds)
        for state in queue:
            for edge in self.successors[state]:
                if edge.after is None or edge.after not in waiting:
                    continue
                if edge.after not in graph:
                    queue.append(edge.after)
                graph.add_edge(state, edge.after, turn=self._turn(edge))
        return graph

    def _turn(self, edge: Edge) -> int:
        return self.number.get((edge.row, edge.instance), lasso.UNFAIR)

    def _enabled(self, state: Values) -> set[int]:
        """The fair rows that are enabled in a state; what ends in an error, or is cut, is enabled, too."""
        return {self._turn(edge) for edge in self.successors[state]} - {lasso.UNFAIR}

    def _fair(self, graph: nx.MultiDiGraph, among: set[Values]) -> Iterator[set[Values]]:
        """The components among some states in which a run can stay for ever, and be fair. Staying put is no turn."""
        for component in nx.strongly_connected_components(graph.subgraph(among)):
            taken = {turn for _, _, turn in graph.subgraph(component).edges(data="turn")}
            missed = {state: self._enabled(state) - taken for state in component}
            if set.intersection(*missed.values()):
                continue
            odd = {state for state, turns in missed.items() if any(self.strong[turn] for turn in turns)}
            if odd:
                yield from self._fair(graph, component - odd)
            else:
                yield component

    def _arrays(self, graph: nx.MultiDiGraph, seeds: int, homes: Mapping[Values, int]) -> Waiting:
        node_of = {state: node for node, state in enumerate(graph)}
        starts, targets, takes, able_starts, able = [0], list[int](), list[int](), [0], list[int]()
        for state in graph:
            for edge in self.successors[state]:
                if edge.after is not None and edge.after in node_of:
                    targets.append(node_of[edge.after])
                    takes.append(self._turn(edge))
            able += sorted(self._enabled(state))
            starts.append(len(targets))
            able_starts.append(len(able))
        home = [homes.get(state, 0) for state in graph]
        return Waiting(seeds, starts, targets, takes, able_starts, able, home, self.strong)

    def _path(self, state: Values) -> tuple[Values, ...]:
        result = [state]
        while (before := self.parent[result[-1]]) is not None:
            result.append(before)
        return tuple(reversed(result))
