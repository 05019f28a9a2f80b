"""Who calls whom, and who call each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.types import Field, RefValue
from ..compile.ir import Call, Free, Pointer, Program, Store, walk
from ..compile.program import finalizer, listeners

OfMachine = tuple[Literal["finalise", "clear"], type[Machine]]
"""What ends an object, or blanks its fields."""

OfField = tuple[Literal["set"], Field]
"""What has a field own another object."""

Node = Declaration | OfMachine | OfField
"""A routine: a row, or one that comes to finalise objects."""


class Knots:
    """What every routine of one program comes to call."""

    def __init__(self, system: System, program: Program) -> None:
        self.reached: dict[Node, dict[Node, None]]
        self._program = program
        self._told = listeners(system)
        nodes: list[Node] = [*program.functions]
        for machine in (*system.machines, *system.monitors):
            nodes += [("clear", machine), *setters(machine)]
            if machine.dynamic:
                nodes.append(("finalise", machine))
        edges = {node: set(self._edges(node)) for node in nodes}
        reached = {node: _reached(node, edges) for node in nodes}
        self.reached = {node: {other: None for other in nodes if other in found} for node, found in reached.items()}

    def _edges(self, node: Node) -> Iterator[Node]:
        yield from self.beside(node)
        for part in walk(self._program.functions[node].body) if isinstance(node, Declaration) else ():
            if isinstance(part, Call):
                yield part.operation
            if isinstance(part, Free) and isinstance(part.object.type, Pointer):
                yield "finalise", part.object.type.machine
            if isinstance(part, Store) and isinstance(part.field.value, RefValue) and part.field.value.own:
                yield "set", part.field

    def beside(self, node: Node) -> Iterator[Node]:
        """What a routine calls, but for what the body of a row does."""
        match node:
            case Declaration():
                yield from (handler for _, handler in self._told.get(node, ()))
                if node.machine is not None and any(target.clear for target in node.targets):
                    yield "clear", node.machine
            case ("set", Field() as made):
                yield _dropped(made)
            case ("clear", machine):
                yield from setters(machine)
            case (_, machine):
                row = finalizer(machine)
                yield from () if row is None else (row,)
                yield from map(_dropped, owning(machine))

    def circles(self) -> Iterator[tuple[Node, ...]]:
        """Those that call each other, two or more at a time."""
        seen: set[Node] = set()
        for node in self.reached:
            found = tuple(other for other in self.reached[node] if node in self.reached[other])
            if node not in seen and len(found) > 1:
                seen.update(found)
                yield found


def owning(machine: type[Machine]) -> list[Field]:
    """The fields by which an object owns others."""
    return [made for made in machine.fields.values() if isinstance(made.value, RefValue) and made.value.own]


def setters(machine: type[Machine]) -> list[OfField]:
    """What sets them."""
    return [("set", made) for made in owning(machine)]


def _dropped(made: Field) -> OfMachine:
    """What ends the object that a field owned."""
    assert isinstance(made.value, RefValue)
    return "finalise", made.value.machine


def _reached(node: Node, edges: dict[Node, set[Node]]) -> set[Node]:
    found: set[Node] = set()
    waiting = list(edges[node])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += edges[other]
    return found
