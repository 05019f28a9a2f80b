"""One TLA+ module being made: its values, and its operators, each written before whoever applies it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ....spec.language.machines import LiveValue, Machine, StateValue
from ....spec.language.plain import PlainWorld
from ....spec.language.rows import State
from ....spec.language.types import BoolValue, EnumValue, Field, IntValue, QueueValue, RefValue, SetValue, Value
from ...compile.ir import Pointer, Program, StateType, Type
from ..model import Model
from ..names import Names, spelt
from ..text import Lines, indented
from . import text
from .outcomes import Outcomes, lines


class TlaModel(Model):
    """What the parts of one module share.

    A state is a record of pools. A pool is a function from slots to objects, and has a dynamic machine's slot in its
    domain only while there is an object. An object is a record of fields.
    """

    syntax = text.TLA

    def __init__(self, world: PlainWorld, program: Program) -> None:
        super().__init__(world, program)
        self.recursive: dict[str, int] = {}
        """The operators that come to apply themselves, and how many operands they have."""
        self._written: dict[object, Lines] = {}
        self._open: list[object] = []
        self._labels: dict[Field, str] = {}
        for machine in self.machines:
            labels = Names(reserved=self.syntax.reserved)
            self._labels |= {made: labels.give(made, made.name) for made in machine.fields.values()}

    # -- values ------------------------------------------------------------------------------------------------------

    def kind(self, value: Value | Type) -> str:
        """The set of a type's values; of a pointer, the slots that it may name."""
        match value:
            case BoolValue() | LiveValue():
                return "BOOLEAN"
            case IntValue(low, high):
                return f"{low}..{high}"
            case EnumValue(members):
                return self.names[members]
            case RefValue() | Pointer():
                return self.slots(value.machine)
            case StateValue() | StateType():
                return f"{{{', '.join(map(self.word, value.machine.states))}}}"
            case _:
                raise TypeError(value)

    def value(self, kind: Value | Type, raw: int) -> str:
        """A constant, from its raw value: those of an enumeration and control states are strings."""
        match kind:
            case BoolValue() | LiveValue():
                return "TRUE" if raw else "FALSE"
            case EnumValue(members):
                return self.word(tuple(members)[raw])
            case StateValue() | StateType():
                return self.word(kind.machine.states[raw])
            case SetValue():
                return "{}"
            case QueueValue():
                return "<<>>"
            case _:
                return super().value(kind, raw)

    def word(self, thing: object) -> str:
        """A control state, or a member of an enumeration."""
        return f'"{spelt(thing.name, ())}"'  # type: ignore[attr-defined]

    def slots(self, machine: type[Machine]) -> str:
        """All slots of a pool, whether there is an object or not."""
        return f"0..{self.pools[machine] - 1}"

    # -- places ------------------------------------------------------------------------------------------------------

    def label(self, made: Field) -> str:
        """What a field is called in the record of its object."""
        return self._labels[made]

    def pool(self, state: str, machine: type[Machine]) -> str:
        """The objects of a machine."""
        return f"{state}.{self.names[machine]}"

    def there(self, state: str, machine: type[Machine], pointer: str) -> str:
        """An object lives."""
        return f"{text.tight(pointer)} \\in DOMAIN {self.pool(state, machine)}"

    def field(self, state: str, slot: str, made: Field) -> str:
        """A field of an object."""
        return f"{self.pool(state, made.machine)}[{slot}].{self.label(made)}"

    def in_states(self, machine: type[Machine], state: str, slot: str, states: Sequence[State]) -> str:
        """Whether an object's control state is one of several: said by what it is, or by what it is not."""
        place = self.field(state, slot, machine.fields["state"])
        others = [self.word(other) for other in machine.states if other not in states]
        if len(others) < len(states):
            return text.negated(text.one_of(place, others)) if others else "TRUE"
        return text.one_of(place, list(map(self.word, states)))

    def member(self, state: str, name: str, kind: Type) -> str:
        """What a parameter of a step or of a property ranges over: of pointers, the objects that there are."""
        domain = f"DOMAIN {self.pool(state, kind.machine)}" if isinstance(kind, Pointer) else self.kind(kind)
        return f"{name} \\in {domain}"

    def fields(self, machine: type[Machine]) -> list[Field]:
        """What an object keeps; that it lives, the domain of its pool says."""
        return [made for made in machine.fields.values() if made.name != "live"]

    # -- operators ---------------------------------------------------------------------------------------------------

    def operator(self, key: object, name: str, operands: int, fill: Callable[[], Lines]) -> str:
        """An operator, written when it is first asked for; it may apply itself."""
        if key in self._open:
            self.recursive[name] = operands
        elif key not in self._written:
            self._open.append(key)
            body = fill()
            self._open.pop()
            self._written[key] = body
        return name

    def defined(self, key: object, name: str, parameters: Sequence[str], body: Callable[[], str]) -> str:
        """An operator that is a plain expression."""
        return self.operator(key, name, len(parameters), lambda: definition(name, parameters, [body()]))

    def written(self) -> Iterator[Lines]:
        """All operators, each above whoever applies it."""
        yield from self._written.values()


def definition(name: str, parameters: Iterable[str], body: Outcomes | Lines, comment: str = "") -> Lines:
    """An operator, with a comment above it."""
    inner = lines(body) if isinstance(body, Outcomes) else body
    head = f"{text.applied(name, parameters)} =="
    return [*([f"\\* {comment}"] if comment else []), head, *indented(inner)]
