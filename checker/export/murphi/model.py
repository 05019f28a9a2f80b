"""One Murphi file being made: its types, and its routines, each written before whoever calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ....spec.language.machines import LiveValue, Machine, StateValue
from ....spec.language.plain import PlainWorld
from ....spec.language.rows import Declaration
from ....spec.language.types import (
    BoolValue,
    EnumValue,
    IntValue,
    QueueValue,
    RefValue,
    SetValue,
    Value,
)
from ...compile.ir import Call, Contains, Function, Load, Pointer, Program, SlotOf, StateType, Type, walk
from ..model import Model
from ..text import Lines
from .circles import Circle
from .text import MURPHI


class MurphiModel(Model):
    """What the parts of one Murphi file share."""

    syntax = MURPHI

    def __init__(self, world: PlainWorld, program: Program) -> None:
        super().__init__(world, program)
        self.beside = dict(self._beside())
        """What is evaluated there; some of it in steps, too."""
        self.looked_into = frozenset(self._looked_into())
        """The fields that they read, and the machines whose slots they look up."""
        self._written: dict[object, Lines] = {}
        self._open: list[object] = []
        self.circles = {
            node: circle
            for nodes in self.knots.circles()
            for circle in [Circle(self, {node: self.shape(node) for node in nodes})]
            for node in nodes
        }
        """The circle that a routine is a part of, if any."""

    # -- what is evaluated beside the steps ---------------------------------------------------------------------------

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

    def numbers(self) -> tuple[int, int] | None:
        """The lowest and the highest number that comes up anywhere; None if there are none."""
        kinds = [kind for kind in self.types() if isinstance(kind, IntValue)]
        return (min(kind.low for kind in kinds), max(kind.high for kind in kinds)) if kinds else None

    def index(self, element: Value) -> str:
        """The type that a set is indexed by."""
        return self.names["Slot", element.machine] if isinstance(element, RefValue) else self.kind(element)

    def some(self, kind: Type) -> str:
        """Any value of a type, where an error has ended what it is for."""
        return self.value(kind, kind.blank if isinstance(kind, Value) else 0)

    def slots(self, machine: type[Machine]) -> str:
        """The type of the slots of a pool."""
        return self.names["Slot", machine]

    # -- routines ----------------------------------------------------------------------------------------------------

    def routine(self, key: object, name: str, fill: Callable[[], Lines]) -> str:
        """A routine, written when it is first asked for; it may call itself."""
        if key not in self._written and key not in self._open:
            self._open.append(key)
            lines = fill()
            self._open.pop()
            self._written[key] = lines
        return name

    def written(self) -> Iterator[Lines]:
        """All routines, each above whoever calls it."""
        yield from self._written.values()
