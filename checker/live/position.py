"""The live model: where a path leads.

A path is a list of numbers: of a configuration of the scope, of one of its initial states, then of each step that is
taken, among all that the state offers. Only the states on a path are ever made, so that the size of the model does not
matter; and a path always leads to the same place, so that it can be kept, sent to somebody, and come back to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise

from ...spec.language.plain import Choices, Edge, PlainWorld, Values
from ...spec.language.system import Configuration
from ..explore.result import Finding, Step, Trace
from ..explore.search import Cause
from ..explore.trace import reported, show, step
from .model import Model

Path = tuple[int, ...]

MOST_POSITIONS = 4096
"""How many places are kept, so that the way there need not be gone again."""
MOST_STATES = 512
"""Of how many states the steps are kept."""


class Nowhere(Exception):
    """A path that leads nowhere, and why."""


def read(text: str) -> Path:
    """A path as it is written: `0.0.3`; nothing is the first initial state. Raises `Nowhere`."""
    try:
        path = tuple(int(part) for part in text.split(".")) if text else ()
    except ValueError:
        raise Nowhere(f"`{text}` is no path: it looks like 0.0.3") from None
    return path + (0,) * (2 - len(path))


def written(path: Path) -> str:
    """As it stands in an address."""
    return ".".join(map(str, path))


@dataclass(frozen=True)
class Taken:
    """A step on the way: as the model takes it, in words, and what it breaks."""

    edge: Edge
    step: Step
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Position:
    """Where a path leads: the initial state, and the steps that were taken from there."""

    configuration: Configuration
    initial: Values
    broken: tuple[str, ...]
    """What is broken from the start."""
    taken: tuple[Taken, ...] = ()

    @property
    def state(self) -> Values:
        """The last state: after a step that ends in an error, the one before."""
        return self.states[-1]

    @property
    def states(self) -> tuple[Values, ...]:
        """The states on the way, from the initial one."""
        afters = (each.edge.after for each in self.taken)
        return (self.initial, *(after for after in afters if after is not None))

    @property
    def broken_on_the_way(self) -> tuple[tuple[str, ...], ...]:
        """What is broken from the start, and then by each step."""
        return (self.broken, *(each.broken for each in self.taken))

    @property
    def ended(self) -> bool:
        """Whether the last step has ended in an error: nothing comes after it."""
        return bool(self.taken) and self.taken[-1].edge.after is None


class Live:
    """A model that answers where paths lead. It remembers what it has answered, and nothing else."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.edges = lru_cache(MOST_STATES)(self._edges)
        self._known: OrderedDict[Path, Position] = OrderedDict()

    @property
    def world(self) -> PlainWorld:
        return self.model.world

    def starts(self, configuration: int, most: int) -> list[tuple[Values, Choices]]:
        """The first initial states of the configuration of a number, and the choices behind each. Raises `Nowhere`."""
        if not 0 <= configuration < len(self.model.scope):
            raise Nowhere(
                f"the scope has {_many(len(self.model.scope), 'configuration')}, and no number {configuration}"
            )
        with self.model.in_use() as world:
            return list(islice(world.starts(self.model.scope[configuration], set()), most))

    def at(self, path: Path) -> Position:
        """Where a path leads. Raises `Nowhere`."""
        with self.model.in_use():
            length = next((n for n in range(len(path), 1, -1) if path[:n] in self._known), 0)
            position = self._known[path[:length]] if length else self._start(path)
            for n in range(max(length, 2), len(path)):
                position = self._on(position, path, n)
                self._keep(path[: n + 1], position)
            self._keep(path, position)
            return position

    def next(self, position: Position) -> tuple[Edge, ...]:
        """The steps that can come next, in their order."""
        with self.model.in_use():
            return () if position.ended else self.edges(position.state)

    def trace(self, position: Position) -> Trace:
        """The way to a position in words."""
        return Trace(show(self.world, position.initial), tuple(each.step for each in position.taken))

    def finding(self, position: Position) -> Finding | None:
        """What the last step breaks, as a check would report it; of several properties, the first."""
        if not position.taken or not position.taken[-1].broken:
            return None
        last, edges = position.taken[-1], [each.edge for each in position.taken]
        cause = Cause(last.broken[0], position.states[: len(edges)], last.edge.row, last.edge.error)
        with self.model.in_use() as world:
            return reported(world, cause, edges)

    def path(self, states: tuple[Values, ...], start: Path = ()) -> Path:
        """The path along states, from an initial one, or from where `start` leads. Raises `Nowhere`."""
        with self.model.in_use():
            path = start or self._begins(states[0])
            for before, after in pairwise(states):
                found = [number for number, edge in enumerate(self.edges(before)) if edge.after == after]
                if not found:
                    raise Nowhere("there is no step between two states of a way that was found")
                path = (*path, found[0])
            return path

    def _start(self, path: Path) -> Position:
        configuration, number = path[:2]
        states = [state for state, _ in self.starts(configuration, number + 1)]
        if not 0 <= number < len(states):
            what = f"configuration {configuration} has {_many(len(states), 'initial state')}"
            raise Nowhere(f"{what}, and no number {number}")
        broken = in_order(self.world, self.world.violated(states[number]))
        return Position(self.model.scope[configuration], states[number], broken)

    def _on(self, position: Position, path: Path, n: int) -> Position:
        edges = self.next(position)
        where = f"step {n - 1} of {written(path)}"
        if not 0 <= path[n] < len(edges):
            raise Nowhere(f"{where}: there are {_many(len(edges), 'step')}, and no number {path[n]}")
        edge = edges[path[n]]
        if edge.cut is not None:
            raise Nowhere(f"{where}: the scope has no slot left for another {edge.cut.__name__}")
        words = step(self.world, n - 1, position.state, edge)
        taken = Taken(edge, words, in_order(self.world, self.world.broken_by(position.state, edge)))
        return replace(position, taken=(*position.taken, taken))

    def _edges(self, state: Values) -> tuple[Edge, ...]:
        return tuple(self.world.edges(state, recording=True))

    def _begins(self, state: Values) -> Path:
        for number, configuration in enumerate(self.model.scope):
            for initial, values in enumerate(self.world.initial([configuration])):
                if values == state:
                    return number, initial
        raise Nowhere("a way that was found begins in no initial state")

    def _keep(self, path: Path, position: Position) -> None:
        self._known[path] = position
        self._known.move_to_end(path)
        if len(self._known) > MOST_POSITIONS:
            self._known.popitem(last=False)


def in_order(world: PlainWorld, broken: Collection[str]) -> tuple[str, ...]:
    """What is broken, in the order of reports; a `sometimes` is reached, which is nothing broken."""
    cases = world.system.cases
    return tuple(name for known in cases if known.kind != "sometimes" for name in cases[known] if name in broken)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
