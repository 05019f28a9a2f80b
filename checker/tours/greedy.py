"""Conversations that take every item: not the fewest stimuli, which is NP-hard, but few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .cover import Item
from .places import Place, Step, way


def greedy(places: Sequence[Place]) -> Iterator[Sequence[Step]]:
    """One conversation after the other, until nothing is left.

    Each goes first to what is farthest from a start, as much of the rest is on the way. It goes on to the nearest item
    that is left, if that is no farther than from a start.
    """
    first: dict[Item, Step] = {}
    for place in places:
        for step in place.steps:
            for item in step.items:
                first.setdefault(item, step)
    left = dict(first)
    for item, goal in reversed(first.items()):
        if item not in left:
            continue
        conversation: list[Step] = []
        there: Sequence[Step] = way(goal)
        while there:
            conversation += there
            for taken in {item for step in there for item in step.items}:
                left.pop(taken, None)
            there = _nearest(conversation[-1].after, left, goal.before.depth)
        yield conversation


def _nearest(place: Place | None, left: Mapping[Item, Step], farthest: int) -> Sequence[Step]:
    """The shortest way from a place to an item that is left; none if from a start there is a shorter one to each.

    `left` has the step by which an item is nearest to a start, and none is farther from there than `farthest`.
    """
    if place is None or not left:
        return ()
    ways: dict[Place, tuple[Step, ...]] = {place: ()}
    for here in (waiting := [place]):
        if len(ways[here]) > farthest:
            break
        for step in here.steps:
            if any(item in left and len(ways[here]) <= left[item].before.depth for item in step.items):
                return *ways[here], step
        for step in here.steps:
            if step.after is not None and step.after not in ways:
                ways[step.after] = *ways[here], step
                waiting.append(step.after)
    return ()
