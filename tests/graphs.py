"""A graph as a spec: somebody at one of its nodes, and edges that take him on. Which, is drawn at random.

The spec stays the same whatever the graph, so that it is compiled once; and the graph is small enough to look for a
fair run in it by trying every set of steps.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Annotated

import networkx as nx

from hotswap.spec.language import (
    STRONG,
    WEAK,
    Configuration,
    Machine,
    Range,
    System,
    always_eventually,
    eventually,
    leads_to,
    require,
    step,
)

NODES, EDGES = 4, 2
Node = Annotated[int, Range(0, 3)]


class Place(Machine):
    """A node; somebody is `here`."""

    here: bool
    asks: bool
    gives: bool


class Free(Machine):
    """An edge from one of two nodes to a third, which nobody has to take."""

    source: Node
    other: Node
    target: Node

    @step()
    def take(self) -> None:
        require(Place[self.source].here or Place[self.other].here)
        for place in Place:
            place.here = False
        Place[self.target].here = True


class Weak(Machine):
    """An edge that is taken if it stays there to be taken."""

    source: Node
    other: Node
    target: Node

    @step(fair=WEAK)
    def take(self) -> None:
        require(Place[self.source].here or Place[self.other].here)
        for place in Place:
            place.here = False
        Place[self.target].here = True


class Strong(Machine):
    """An edge that is taken if it is there again and again."""

    source: Node
    other: Node
    target: Node

    @step(fair=STRONG)
    def take(self) -> None:
        require(Place[self.source].here or Place[self.other].here)
        for place in Place:
            place.here = False
        Place[self.target].here = True


Edge = type[Free] | type[Weak] | type[Strong]
Step = tuple[int, int, tuple[Edge, int]]
"""From where, to where, and by which edge."""


def given() -> bool:
    """At a node that gives."""
    return any(place.here and place.gives for place in Place)


@leads_to(given)
def asked_is_given() -> bool:
    """Who asks is given."""
    return any(place.here and place.asks for place in Place)


@eventually
def given_once() -> bool:
    """It is given at some time."""
    return any(place.here and place.gives for place in Place)


@always_eventually
def given_always() -> bool:
    """It is given again and again."""
    return any(place.here and place.gives for place in Place)


@dataclass(frozen=True)
class Graph(Configuration):
    """Edges as (source, other source, target) by machine; the nodes that ask, and those that give. It begins at 0."""

    edges: tuple[tuple[Edge, int, int, int, int], ...]
    asks: frozenset[int]
    gives: frozenset[int]

    def pools(self) -> Mapping[type[Machine], int]:
        return {Place: NODES, **dict.fromkeys((Free, Weak, Strong), EDGES)}

    @property
    def steps(self) -> list[Step]:
        """Every step that there is."""
        return [(source, to, (kind, slot)) for kind, slot, *ends, to in self.edges for source in sorted(set(ends))]

    def rests(self, run: Iterable[Step], nodes: frozenset[int]) -> bool:
        """Whether a run that goes on by these steps, and is at these nodes, each for ever again, is fair."""
        taken = {edge for _, _, edge in run}
        for kind, slot, source, other, _ in self.edges:
            enabled = nodes & {source, other}
            if (kind, slot) not in taken and ((kind is Weak and enabled == nodes) or (kind is Strong and enabled)):
                return False
        return True

    def waits(self, *, after: frozenset[int]) -> bool:
        """Whether from one of these nodes, if it can be reached, some fair run never comes to one that gives."""
        whole = nx.MultiDiGraph([(source, to) for source, to, _ in self.steps])
        whole.add_node(0)
        reached = nx.descendants(whole, 0) | {0}
        bare = [(source, to, edge) for source, to, edge in self.steps if not {source, to} & self.gives]
        open_ = nx.MultiDiGraph([(source, to) for source, to, _ in bare])
        open_.add_nodes_from(reached - self.gives)
        begun = {each for node in after & reached - self.gives for each in nx.descendants(open_, node) | {node}}
        runs = chain.from_iterable(combinations(bare, size) for size in range(1, len(bare) + 1))
        if any(self.rests((), frozenset({node})) for node in begun):
            return True
        for run in runs:
            graph = nx.MultiDiGraph([(source, to) for source, to, _ in run])
            if nx.is_strongly_connected(graph) and begun & set(graph) and self.rests(run, frozenset(graph)):
                return True
        return False


def boot(graph: Graph) -> None:
    """At node 0."""
    Place[0].here = True
    for node in graph.asks:
        Place[node].asks = True
    for node in graph.gives:
        Place[node].gives = True
    for kind, slot, source, other, to in graph.edges:
        edge = kind[slot]
        edge.source, edge.other, edge.target = source, other, to


def graphs(seed: int, count: int) -> Iterator[Graph]:
    """So many graphs at random."""
    draw = random.Random(seed)
    for _ in range(count):
        edges = tuple(
            (kind, slot, draw.randrange(NODES), draw.randrange(NODES), draw.randrange(NODES))
            for kind in (Free, Weak, Strong)
            for slot in range(EDGES)
        )
        some = [frozenset(node for node in range(NODES) if draw.random() < 0.4) for _ in range(2)]
        yield Graph(edges, *some)


BLANK = Graph((), frozenset(), frozenset())
GRAPHS = System(
    "graph",
    [Place, Free, Weak, Strong],
    {"blank": [BLANK]},
    boot,
    properties=[asked_is_given, given_once, given_always],
)
