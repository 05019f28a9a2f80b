"""What every text of one program is made from: what there is, and what it is called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ...spec.language.machines import LiveValue, Machine, StateValue
from ...spec.language.plain import PlainWorld
from ...spec.language.rows import Declaration
from ...spec.language.types import (
    DANGLING,
    BoolValue,
    EnumValue,
    Field,
    IntValue,
    QueueValue,
    RefValue,
    SetValue,
    Value,
)
from ..compile.ir import (
    NOTHING,
    Constant,
    Expression,
    May,
    Pointer,
    Program,
    StateType,
    Type,
    walk,
)
from ..compile.program import impure, listeners
from .knots import Knots, Node
from .text import Syntax
from .vocabulary import vocabulary


@dataclass(frozen=True)
class Shape:
    """The parameters of a routine, by name, and what it returns."""

    parameters: tuple[tuple[str, Type], ...]
    result: Type = NOTHING


class Model(ABC):
    """What the parts of one file share, in whatever language."""

    syntax: Syntax

    def __init__(self, world: PlainWorld, program: Program) -> None:
        self.world, self.system, self.program, self.pools = world, world.system, program, program.pools
        self.machines: tuple[type[Machine], ...] = (*self.system.machines, *self.system.monitors)
        self.dynamic = [machine for machine in self.machines if machine.dynamic]
        self.told = listeners(self.system)
        self.impure = impure(self.system, program)
        self.knots = Knots(self.system, program)
        self.copies = bool(world.observed() and world.ghost_commands())
        """Whether commands keep a copy of what the outside saw."""
        judged = {known.property: known for known in program.judged}
        self.standing = [judged[known] for known in world.standing()]
        """The properties of which it is kept whether they were broken already when a command began."""
        self.looks = self.copies or bool(self.standing)
        """Whether anything is evaluated beside the steps, where an error ends nothing."""
        self.enumerations = tuple(dict.fromkeys(self._enumerations()))
        self.counters: dict[Declaration, str] = {}
        self.names = vocabulary(
            self.syntax, self.machines, self.enumerations, program.functions, self.labels(), self.standing
        )

    # -- what there is -----------------------------------------------------------------------------------------------

    def types(self) -> Iterator[Value | Type]:
        """The types of all that is kept, passed on or evaluated."""
        for machine in self.machines:
            for made in machine.fields.values():
                yield made.value.element if isinstance(made.value, SetValue | QueueValue) else made.value
        for function in (*self.program.functions.values(), *(known.function for known in self.standing)):
            yield from (kind for _, kind in function.parameters)
            yield from function.locals.values()
            yield function.result
            yield from (part.type for part in walk(function.body) if isinstance(part, Expression))

    def _enumerations(self) -> Iterator[type[Enum]]:
        yield from (kind.members for kind in self.types() if isinstance(kind, EnumValue))

    def labels(self) -> tuple[str, ...]:
        """What is asked of the environment."""
        bodies = (function.body for function in self.program.functions.values())
        return tuple(dict.fromkeys(part.label for body in bodies for part in walk(body) if isinstance(part, May)))

    # -- values ------------------------------------------------------------------------------------------------------

    @abstractmethod
    def kind(self, value: Value | Type) -> str:
        """The type of a field, a parameter or a variable."""

    def value(self, kind: Value | Type, raw: int) -> str:
        """A constant, from its raw value."""
        match kind:
            case BoolValue() | LiveValue():
                return "true" if raw else "false"
            case EnumValue(members):
                return self.names[tuple(members)[raw]]
            case StateValue() | StateType():
                return self.names[kind.machine.states[raw]]
            case RefValue():
                return "Dangling" if raw == DANGLING else "None" if raw == 0 else str(raw - 1)
            case IntValue():
                return str(raw)
            case _:  # a pointer of a body, or None by itself
                return "None"

    def constant(self, node: Constant) -> str:
        """A constant of a body."""
        return self.value(node.type, node.value)

    def blank(self, made: Field) -> str:
        """What a blank field holds; not for sets and queues, which are cleared."""
        return self.value(made.value, made.value.blank)

    def at(self, slot: str, made: Field) -> str:
        """A field of a slot."""
        return f"{self.names[made]}[{slot}]"

    def live(self, machine: type[Machine], slot: str) -> str:
        """Whether a slot holds an object."""
        return self.at(slot, machine.fields["live"])

    # -- routines ----------------------------------------------------------------------------------------------------

    def shape(self, node: Node) -> Shape:
        """What a routine is given, and what it returns."""
        match node:
            case Declaration():
                function = self.program.functions[node]
                return Shape(function.parameters, function.result)
            case ("set", Field(machine=machine, value=RefValue(target))):
                return Shape((("x", Pointer(machine)), ("value", Pointer(target))))
            case (_, machine):
                assert not isinstance(machine, Field)
                return Shape((("x", Pointer(machine)),))

    def counter(self, row: Declaration) -> str:
        """The variable that counts how often an operation is active."""
        return self.counters.setdefault(row, self.names["depth", row])
