"""A run that waits for ever, as short as it is cheaply had: a stem, then a cycle that is fair.

The stem is the shortest from the first state that makes the promise. The cycle is walked from one thing that fairness
asks for to the nearest other, until nothing is left to ask, and back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

UNFAIR = 0xFFFF
"""The turn of a step that no fair row takes."""


Numbers = Sequence[int] | np.ndarray[Any, Any]


@dataclass(frozen=True)
class Waiting:
    """The states in which a promise is open, as nodes, and their steps to each other, as arrays.

    The first `seeds` nodes make the promise. The steps of node `n` are those from `starts[n]` up to `starts[n + 1]`:
    where each leads, and which fair row takes it. So are the fair rows that are enabled in it. `home` is the component
    that holds a fair cycle, 0 for a node of none. `strong` says which of the fair rows are strongly so.
    """

    seeds: int
    starts: Numbers
    targets: Numbers
    takes: Numbers
    able_starts: Numbers
    able: Numbers
    home: Numbers
    strong: Sequence[bool]

    def steps(self, node: int) -> Iterator[Step]:
        """The steps from a node to others."""
        for step in range(int(self.starts[node]), int(self.starts[node + 1])):
            yield Step(int(self.targets[step]), int(self.takes[step]))

    def enabled(self, node: int) -> set[int]:
        """The fair rows that are enabled in a node."""
        return {int(turn) for turn in self.able[self.able_starts[node] : self.able_starts[node + 1]]}


Wanted = Callable[[int, int], bool]
"""Whether a step is one to look for, by the node that it leads to and the fair row that takes it."""


class Step(NamedTuple):
    """A step to a node, and the fair row that takes it."""

    node: int
    takes: int


@dataclass(frozen=True)
class Lasso:
    """A node that makes the promise, the steps from it to a cycle, and the cycle: none if a run may rest there."""

    seed: int
    stem: tuple[Step, ...]
    cycle: tuple[Step, ...]


def find(waiting: Waiting) -> Lasso | None:
    """The lasso from the first node that makes the promise in vain; None if there is none."""
    seen: set[int] = set()
    for seed in range(waiting.seeds):
        stem = _way(waiting, seed, lambda node, _: waiting.home[node] != 0, seen)
        if stem is not None:
            return _shorter(waiting, seed, stem)
    return None


def _shorter(waiting: Waiting, seed: int, stem: list[Step]) -> Lasso:
    """To the nearest fair cycle and round it, or to the nearest state in which nothing has to happen."""
    entry = stem[-1].node if stem else seed
    cycle = list(_cycle(waiting, entry)) if waiting.enabled(entry) else []
    rest = _way(waiting, seed, lambda node, _: not waiting.enabled(node), set(), len(stem) + len(cycle))
    return Lasso(seed, tuple(stem), tuple(cycle)) if rest is None else Lasso(seed, tuple(rest), ())


def _cycle(waiting: Waiting, entry: int) -> list[Step]:
    """From a node of a fair component back to it, by all that fairness asks for on the way."""
    walked: list[Step] = []

    def asked() -> tuple[set[int], set[int]]:
        """The fair rows that are still to be taken, and those of which a node where they are not enabled would do."""
        enabled = [waiting.enabled(node) for node in {entry, *(step.node for step in walked)}]
        taken = {step.takes for step in walked}
        some, every = set.union(*enabled) - taken, set.intersection(*enabled) - taken
        weak = {turn for turn in every if not waiting.strong[turn]}
        return weak | {turn for turn in some if waiting.strong[turn]}, weak

    def inside(node: int) -> bool:
        return waiting.home[node] == waiting.home[entry]

    while True:
        taken, left = asked()
        here = walked[-1].node if walked else entry
        if taken:
            more = _walk(waiting, here, _asked(waiting, taken, left), inside)
        elif walked and here == entry:
            return walked
        else:
            more = _walk(waiting, here, lambda node, _: node == entry, inside)
        walked += more


def _asked(waiting: Waiting, taken: set[int], left: set[int]) -> Wanted:
    """A step that a row of `taken` takes, or that leads to where one of `left` is not enabled."""
    return lambda node, takes: takes in taken or bool(left - waiting.enabled(node))


def _walk(waiting: Waiting, start: int, wanted: Wanted, inside: Callable[[int], bool]) -> list[Step]:
    """The shortest way of one step or more, within a component, up to a step that is wanted."""
    for before, step, way in _steps(waiting, start, {start}, inside):
        if wanted(step.node, step.takes):
            return [*_back(way, before), step]
    raise AssertionError("a component that holds no fair cycle was taken for one that does")


def _way(waiting: Waiting, start: int, wanted: Wanted, seen: set[int], most: int = -1) -> list[Step] | None:
    """The shortest way to a node that is wanted, no longer than `most`; nodes that were `seen` lead to none."""
    if start in seen:
        return None
    seen.add(start)
    if wanted(start, UNFAIR):
        return []
    for before, step, way in _steps(waiting, start, seen, lambda node: True):
        if wanted(step.node, step.takes):
            found = [*_back(way, before), step]
            return found if most < 0 or len(found) <= most else None
    return None


Way = dict[int, tuple[int, Step]]


def _steps(
    waiting: Waiting, start: int, seen: set[int], inside: Callable[[int], bool]
) -> Iterator[tuple[int, Step, Way]]:
    """Every step from where one gets to, breadth first, and the way to where it begins."""
    way: Way = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for step in waiting.steps(node):
            if not inside(step.node):
                continue
            yield node, step, way
            if step.node not in seen:
                seen.add(step.node)
                way[step.node] = (node, step)
                queue.append(step.node)


def _back(way: Way, node: int) -> list[Step]:
    """The steps to a node."""
    steps = []
    while node in way:
        node, step = way[node]
        steps.append(step)
    return steps[::-1]
