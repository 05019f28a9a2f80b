"""The typed intermediate representation: what every back end reads.

Expressions and statements are frozen values. Each carries the line that it came from; a function knows its file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from typing import Any

from ...spec.language.machines import Machine, StateValue
from ...spec.language.properties import Property
from ...spec.language.rows import Declaration, State
from ...spec.language.types import BoolValue, EnumValue, Field, IntValue


@dataclass(frozen=True)
class Pointer:
    """A pointer to an instance, None among them; `before` if it points into the state before a step."""

    machine: type[Machine]
    before: bool = False

    def __str__(self) -> str:
        return f"a pointer to {self.machine.__name__}" + (" before the step" if self.before else "")


@dataclass(frozen=True)
class StateType:
    """A control state of a machine."""

    machine: type[Machine]

    def __str__(self) -> str:
        return f"a state of {self.machine.__name__}"


@dataclass(frozen=True)
class NothingType:
    """The type of None by itself, and of a call that returns nothing."""

    def __str__(self) -> str:
        return "None"


Type = BoolValue | IntValue | EnumValue | Pointer | StateType | NothingType
BOOL, NOTHING = BoolValue(), NothingType()


@dataclass(frozen=True)
class Expression:
    """Something with a value."""

    type: Type
    line: int


@dataclass(frozen=True)
class Constant(Expression):
    value: int = 0


@dataclass(frozen=True)
class Local(Expression):
    name: str = ""


@dataclass(frozen=True)
class Load(Expression):
    """A field of an object: None and dangling objects are judged here."""

    object: Expression = None  # type: ignore[assignment]
    field: Field = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Column(Expression):
    """A column of a table's row."""

    row: Expression = None  # type: ignore[assignment]
    values: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Binary(Expression):
    """`+ - * // %` on ints; `== != < <= > >=` on what compares."""

    operator: str = ""
    left: Expression = None  # type: ignore[assignment]
    right: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Not(Expression):
    operand: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Junction(Expression):
    """`and` or `or`, which evaluate their right side only when it matters; of its method, the one with this number."""

    operator: str = ""
    left: Expression = None  # type: ignore[assignment]
    right: Expression = None  # type: ignore[assignment]
    number: int = 0


@dataclass(frozen=True)
class Conditional(Expression):
    test: Expression = None  # type: ignore[assignment]
    then: Expression = None  # type: ignore[assignment]
    other: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Call(Expression):
    """An operation, called on an object or (a module's own) by itself."""

    operation: Declaration = None  # type: ignore[assignment]
    receiver: Expression | None = None
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class May(Expression):
    label: str = ""


@dataclass(frozen=True)
class New(Expression):
    machine: type[Machine] = None  # type: ignore[assignment]
    values: tuple[tuple[Field, Expression], ...] = ()


@dataclass(frozen=True)
class At(Expression):
    """The instance of a static pool at an index."""

    machine: type[Machine] = None  # type: ignore[assignment]
    index: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class SlotOf(Expression):
    """The index of a static instance."""

    object: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Quantified(Expression):
    """`any`, `all` or `sum` of `body` where `condition`, over a pool's live instances or a range of ints."""

    quantifier: str = ""
    variable: str = ""
    over: type[Machine] | tuple[int, int] = (0, 0)
    condition: Expression | None = None
    body: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Contains(Expression):
    """Whether a set field has an element."""

    container: Load = None  # type: ignore[assignment]
    element: Expression = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Length(Expression):
    """How many elements a set or queue field has."""

    container: Load = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Pop(Expression):
    """Take the oldest element off a queue field."""

    container: Load = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Statement:
    """Something that is done."""

    line: int


@dataclass(frozen=True)
class SetLocal(Statement):
    name: str
    value: Expression


@dataclass(frozen=True)
class Store(Statement):
    object: Expression
    field: Field
    value: Expression


@dataclass(frozen=True)
class Change(Statement):
    """Change a container field: "add", "discard", "clear" or "append"."""

    action: str
    container: Load
    element: Expression | None


@dataclass(frozen=True)
class Evaluate(Statement):
    value: Expression


@dataclass(frozen=True)
class If(Statement):
    """`text` is the condition as it is written."""

    test: Expression
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]
    text: str


@dataclass(frozen=True)
class For(Statement):
    variable: str
    over: type[Machine] | tuple[int, int]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Return(Statement):
    value: Expression | None


@dataclass(frozen=True)
class Assert(Statement):
    condition: Expression


@dataclass(frozen=True)
class Require(Statement):
    """One part of a guard; `text` is as it is written. Of its method, the one with this number."""

    condition: Expression
    text: str
    number: int


@dataclass(frozen=True)
class Ensure(Statement):
    condition: Expression
    property: str


@dataclass(frozen=True)
class Goto(Statement):
    state: State


@dataclass(frozen=True)
class Fail(Statement):
    message: str


@dataclass(frozen=True)
class Free(Statement):
    object: Expression


@dataclass(frozen=True)
class Function:
    """One method, translated."""

    declaration: Declaration
    parameters: tuple[tuple[str, Type], ...]
    result: Type
    body: tuple[Statement, ...]
    locals: dict[str, Type] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.declaration.qualname


@dataclass(frozen=True)
class Judged:
    """A property with a body, translated; its parameters are the function's. `goal` is what it leads to, if it does."""

    property: Property
    function: Function
    goal: Function | None = None


@dataclass(frozen=True)
class Program:
    """A system under one variant, translated for pools of given sizes."""

    functions: dict[Declaration, Function]
    judged: tuple[Judged, ...]
    pools: dict[type[Machine], int]


def walk(node: Any) -> Iterator[Expression | Statement]:
    """Every expression and statement below `node`, itself first."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting += each[::-1]
        elif isinstance(each, (Expression, Statement)):
            yield each
            kind: type = type(each)
            waiting += [part for name in _parts(kind) if isinstance(part := getattr(each, name), _NODES)]


_NODES = (Expression, Statement, tuple)


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The names of the fields of a node, the last one first."""
    return tuple(part.name for part in reversed(fields(kind)))


def type_of(value: object) -> Type:
    """The IR's type for a field's or a parameter's value type."""
    from ...spec.language.types import RefValue

    if isinstance(value, RefValue):
        return Pointer(value.machine)
    if isinstance(value, StateValue):
        return StateType(value.machine)
    if isinstance(value, BoolValue | IntValue | EnumValue):
        return value
    raise TypeError(value)


def constant_type(value: object) -> Type:
    """The type of a constant of the spec."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return IntValue(value, value)
    if isinstance(value, Enum):
        return EnumValue(type(value))
    raise TypeError(value)
