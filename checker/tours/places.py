"""Where a tour can be: a state of a configuration, and as much of the way there as it takes to know what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...spec.language.plain import Values
from ..conform.conversation import Move
from .cover import Cover, Item
from .graph import Graph


@dataclass(eq=False)
class Place:
    """A state in which a tour can be, after a stimulus of a row; where nobody asks for the row, it is empty."""

    graph: Graph
    state: Values
    last: str
    way: Step | None
    """The last step of a shortest conversation to there; none at the start of one."""
    depth: int
    """How many steps that has."""
    steps: list[Step] = field(default_factory=list)


@dataclass(eq=False)
class Step:
    """A stimulus at a place."""

    before: Place
    move: Move
    items: frozenset[Item]
    """Those that it takes."""
    after: Place | None = None
    """None if it ends a conversation."""


def places(graphs: Iterable[Graph], cover: Cover) -> list[Place]:
    """Every place that a tour can come to, the nearest to a start first."""
    known: dict[tuple[Graph, Values, str], Place] = {}
    for graph in graphs:
        for state in graph.initial:
            known[graph, state, ""] = Place(graph, state, "", None, 0)
    for place in (waiting := list(known.values())):
        for move in place.graph.moves[place.state]:
            step = Step(place, move, cover.items(place.graph.world, place.last, move))
            place.steps.append(step)
            if move.after is None:
                continue
            key = place.graph, move.after, move.stimulus.qualname if cover.remembers else ""
            if key not in known:
                known[key] = Place(*key, step, place.depth + 1)
                waiting.append(known[key])
            step.after = known[key]
    return waiting


def way(step: Step) -> list[Step]:
    """A shortest conversation that ends in a step."""
    found = [step]
    while (before := found[-1].before.way) is not None:
        found.append(before)
    return found[::-1]
