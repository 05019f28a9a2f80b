"""One Murphi file being made: its names, its types, and its routines, each written before whoever calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    Call,
    Constant,
    Contains,
    Expression,
    Function,
    Load,
    May,
    Pointer,
    Program,
    SlotOf,
    StateType,
    Type,
    walk,
)
from ..compile.program import impure, listeners
from .circles import Circle, Shape
from .knots import Knots, Node
from .text import Lines
from .vocabulary import vocabulary


class Model:
    """What the parts of one file share."""

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
        self.beside = dict(self._beside())
        """What is evaluated there; some of it in steps, too."""
        self.looked_into = frozenset(self._looked_into())
        """The fields that they read, and the machines whose slots they look up."""
        self.enumerations = tuple(dict.fromkeys(self._enumerations()))
        self.counters: dict[Declaration, str] = {}
        self.names = vocabulary(self.machines, self.enumerations, program.functions, self.labels(), self.standing)
        self._written: dict[object, Lines] = {}
        self._open: list[object] = []
        self.circles = {
            node: circle
            for nodes in self.knots.circles()
            for circle in [Circle(self, {node: self.shape(node) for node in nodes})]
            for node in nodes
        }
        """The circle that a routine is a part of, if any."""

    # -- what there is -----------------------------------------------------------------------------------------------

    def _beside(self) -> Iterator[tuple[Declaration, Function]]:
        """Observables, the properties that stand, and what these call."""
        seen = dict.fromkeys(row for row, _ in self.world.observed()) if self.copies else {}
        waiting = [self.program.functions[row] for row in seen] + [known.function for known in self.standing]
        found: set[Declaration] = set()
        while waiting:
            function = waiting.pop()
            if function.declaration not in found:
                found.add(function.declaration)
                yield function.declaration, function
                calls = [part.operation for part in walk(function.body) if isinstance(part, Call)]
                waiting += [self.program.functions[row] for row in calls]

    def _looked_into(self) -> Iterator[object]:
        for row, function in self.beside.items():
            if row.sources and row.machine is not None:
                yield row.machine.fields["state"]
            for part in walk(function.body):
                if isinstance(part, Load):
                    yield part.field
                    yield part.field.machine  # a container's
                if isinstance(part, SlotOf) and isinstance(part.object.type, Pointer):
                    yield part.object.type.machine
                if isinstance(part, Contains) and isinstance(part.element.type, Pointer):
                    yield part.element.type.machine

    def _types(self) -> Iterator[Value | Type]:
        for machine in self.machines:
            for made in machine.fields.values():
                yield made.value.element if isinstance(made.value, SetValue | QueueValue) else made.value
        for function in (*self.program.functions.values(), *(known.function for known in self.standing)):
            yield from (kind for _, kind in function.parameters)
            yield from function.locals.values()
            yield function.result
            yield from (part.type for part in walk(function.body) if isinstance(part, Expression))

    def _enumerations(self) -> Iterator[type[Enum]]:
        yield from (kind.members for kind in self._types() if isinstance(kind, EnumValue))

    def numbers(self) -> tuple[int, int] | None:
        """The lowest and the highest number that comes up anywhere; None if there are none."""
        kinds = [kind for kind in self._types() if isinstance(kind, IntValue)]
        return (min(kind.low for kind in kinds), max(kind.high for kind in kinds)) if kinds else None

    def labels(self) -> tuple[str, ...]:
        """What is asked of the environment."""
        bodies = (function.body for function in self.program.functions.values())
        return tuple(dict.fromkeys(part.label for body in bodies for part in walk(body) if isinstance(part, May)))

    # -- types and values --------------------------------------------------------------------------------------------

    def kind(self, value: Value | Type) -> str:
        """The Murphi type of a field, a parameter or a variable."""
        match value:
            case BoolValue() | LiveValue():
                return "boolean"
            case IntValue(low, high):
                return f"{low}..{high}"
            case EnumValue(members):
                return self.names[members]
            case RefValue() | Pointer():
                return self.names["Pointer", value.machine]
            case StateValue() | StateType():
                return self.names["States", value.machine]
            case SetValue(element):
                return f"array [{self.index(element)}] of boolean"
            case QueueValue(element, capacity):
                elements = f"array [0..{capacity - 1}] of {self.kind(element)}"
                return f"record length: 0..{capacity}; elements: {elements}; endrecord"
            case _:
                raise TypeError(value)

    def index(self, element: Value) -> str:
        """The type that a set is indexed by."""
        return self.names["Slot", element.machine] if isinstance(element, RefValue) else self.kind(element)

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

    def some(self, kind: Type) -> str:
        """Any value of a type, where an error has ended what it is for."""
        return self.value(kind, kind.blank if isinstance(kind, Value) else 0)

    def constant(self, node: Constant) -> str:
        """A constant of a body."""
        return self.value(node.type, node.value)

    def blank(self, made: Field) -> str:
        """What a blank field holds; not for sets and queues, which are cleared."""
        return self.value(made.value, made.value.blank)

    def slots(self, machine: type[Machine]) -> str:
        """The type of the slots of a pool."""
        return self.names["Slot", machine]

    def at(self, slot: str, made: Field) -> str:
        """A field of a slot."""
        return f"{self.names[made]}[{slot}]"

    def live(self, machine: type[Machine], slot: str) -> str:
        """Whether a slot holds an object."""
        return self.at(slot, machine.fields["live"])

    # -- routines ----------------------------------------------------------------------------------------------------

    def routine(self, key: object, name: str, fill: Callable[[], Lines]) -> str:
        """A routine, written when it is first asked for; it may call itself."""
        if key not in self._written and key not in self._open:
            self._open.append(key)
            lines = fill()
            self._open.pop()
            self._written[key] = lines
        return name

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

    def written(self) -> Iterator[Lines]:
        """All routines, each above whoever calls it."""
        yield from self._written.values()
