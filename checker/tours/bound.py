"""How few stimuli a tour has at the very least: a minimum-cost flow.

Somebody who follows a tour, and sees of each place no more than the group of its state, or the row of the last
stimulus, sees a walk in a smaller graph. From the end of each conversation it goes back to the start for nothing, so it
is a circulation: it comes to each node as often as it leaves it. And it takes all that the tour is to take. So no tour
has fewer stimuli than the cheapest circulation that does the same. To find that is the directed Chinese postman's
problem (Edmonds and Johnson, "Matching, Euler tours and the Chinese postman", 1973). It is a bound and no more than
that: what looks like one node may be several places, which do not all lead on in the same way, and a circulation may be
in several parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .cover import Cover, Edges, Item, Pairs
from .places import Place, Step

START, END = "", "end"
"""Of a conversation."""
Node = str | tuple[str, str]


@dataclass(frozen=True)
class Arc:
    """A part of the walk that is seen."""

    tail: Node
    head: Node
    row: str = ""
    """Of the stimulus that it takes; empty if it takes none."""
    least: int = 0
    """How often it must be taken."""


def bound(places: Sequence[Place], cover: Cover) -> int:
    """A number of stimuli of which no tour that takes all has fewer."""
    if not any(step.items for step in _steps(places)):
        return 0
    if isinstance(cover, Edges):
        arcs = _groups(places, cover)
    else:
        arcs = _pairs(places) if isinstance(cover, Pairs) else _rows(places)
    return cheapest([Arc(END, START, least=1), *arcs])


def cheapest(arcs: Iterable[Arc]) -> int:
    """The stimuli of the cheapest circulation that takes each arc as often as it must."""
    import networkx

    graph = networkx.MultiDiGraph()
    wanted: dict[Node, int] = defaultdict(int)
    """How much more has to flow into a node than out of it, besides what must flow."""
    cost = 0
    for arc in set(arcs):
        graph.add_edge(arc.tail, arc.head, weight=1 if arc.row else 0)
        wanted[arc.tail] += arc.least
        wanted[arc.head] -= arc.least
        cost += arc.least if arc.row else 0
    networkx.set_node_attributes(graph, wanted, "demand")
    return cost + int(networkx.network_simplex(graph)[0])


def _groups(places: Sequence[Place], cover: Edges) -> Iterator[Arc]:
    """Of a place its group is seen."""
    for place in places:
        group = cover.group(place.graph.world, place.state)
        yield Arc(group, END)
        if place.depth == 0:
            yield Arc(START, group)
    for step in _steps(places):
        for before, row, after in step.items:
            yield Arc(before, after, row, 1)
            yield Arc(after, END)


def _pairs(places: Sequence[Place]) -> Iterator[Arc]:
    """Of a place the row of the last stimulus is seen."""
    for step in _steps(places):
        row, last = step.move.stimulus.qualname, step.before.last
        yield Arc(last, row, row, 1 if last else 0)
        yield Arc(row, END)


def _rows(places: Sequence[Place]) -> Iterator[Arc]:
    """The same, but what must be taken are the rows, each between two nodes of its own."""
    before: dict[Place, set[str]] = {place: {START} if place.depth == 0 else set() for place in places}
    brought: dict[str, set[frozenset[Item]]] = defaultdict(set)
    for step in _steps(places):
        brought[step.move.stimulus.qualname].add(step.items)
        if step.after is not None:
            before[step.after].add(step.move.stimulus.qualname)
    for row, least in _times(brought).items():
        yield Arc((row, "begins"), row, row, least)
        yield Arc(row, END)
    for place, rows in before.items():
        for step in place.steps:
            yield from (Arc(last, (step.move.stimulus.qualname, "begins")) for last in rows)


def _times(brought: Mapping[str, set[frozenset[Item]]]) -> dict[str, int]:
    """How often a stimulus is needed of each row, by what stimuli of the row bring.

    It is needed for each of the items that no other row brings, and of which one stimulus never brings two.
    """
    found = {}
    for row, mine in brought.items():
        others = {item for other, kinds in brought.items() if other != row for items in kinds for item in items}
        apart: list[Item] = []
        for item in sorted({item for items in mine for item in items} - others):
            if not any(item in items and each in items for items in mine for each in apart):
                apart.append(item)
        found[row] = len(apart)
    return found


def _steps(places: Sequence[Place]) -> Iterator[Step]:
    for place in places:
        yield from place.steps
