"""Who calls whom in a circle.

In Murphi a routine calls itself, or one that stands above it. So routines that call each other in a circle are written
out: one copy for each depth that they can be in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...spec.language.machines import Machine, pointers
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.types import RefValue
from ..compile.ir import Call, Free, Pointer, Program, Store, walk
from ..compile.program import finalizer, listeners

Node = Declaration | type[Machine]
"""A row, or the finalisation of a machine's objects."""


@dataclass(frozen=True)
class Depth:
    """Where in a circle a copy stands: how often each counted routine is active in it."""

    circle: frozenset[Node] = frozenset()
    active: tuple[tuple[Node, int], ...] = ()

    @property
    def suffix(self) -> str:
        """What tells the name of a copy from those of others."""
        return "".join(f"_{count}" for _, count in self.active if count > 1)


OUTSIDE = Depth()


class Knots:
    """The circles of one program."""

    def __init__(self, system: System, program: Program) -> None:
        self._program = program
        self._told = listeners(system)
        nodes: list[Node] = [*program.functions, *(m for m in system.machines if m.dynamic)]
        edges = {node: set(self._edges(node)) for node in nodes}
        self.reached = {node: _reached(node, edges) for node in nodes}

    def _edges(self, node: Node) -> Iterator[Node]:
        if isinstance(node, type):
            row = finalizer(node)
            yield from () if row is None else (row,)
            yield from owned(node)
            return
        for part in walk(self._program.functions[node].body):
            if isinstance(part, Call):
                yield part.operation
            if isinstance(part, Free) and isinstance(part.object.type, Pointer):
                yield part.object.type.machine
            if isinstance(part, Store) and isinstance(part.field.value, RefValue) and part.field.value.own:
                yield part.field.value.machine
        for _, handler in self._told.get(node, ()):
            yield handler
        if node.machine is not None and any(target.clear for target in node.targets):
            yield from owned(node.machine)

    def circle(self, node: Node) -> frozenset[Node]:
        """All that call each other with `node`; empty if there is no other."""
        found = frozenset(other for other in self.reached[node] if node in self.reached[other])
        return found if len(found) > 1 else frozenset()

    def enter(self, node: Node, depth: Depth) -> Depth | None:
        """Where `node` stands if it is called at `depth`; None where that is too deep."""
        circle = self.circle(node)
        if not circle:
            return OUTSIDE
        active = dict(depth.active) if depth.circle == circle else {}
        most = self._program.pools[node] if isinstance(node, type) else node.depth
        if most is not None:
            active[node] = active.get(node, 0) + 1
            if active[node] > most:
                return None
        return Depth(circle, tuple(sorted(active.items(), key=lambda known: _title(known[0]))))

    def along(self, node: Node, depth: Depth) -> Depth:
        """Where what leads from a copy at `depth` to `node` stands: the copy's own place, if both are in one circle."""
        return depth if depth.circle and depth.circle == self.circle(node) else OUTSIDE


def owned(machine: type[Machine]) -> list[type[Machine]]:
    """The machines whose objects one of `machine` owns."""
    return [value.machine for _, value in pointers(machine) if value.own]


def _title(node: Node) -> str:
    return node.__name__ if isinstance(node, type) else node.qualname


def _reached(node: Node, edges: dict[Node, set[Node]]) -> set[Node]:
    found: set[Node] = set()
    waiting = list(edges[node])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += edges[other]
    return found
