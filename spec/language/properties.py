"""What is to hold: invariants, action properties, reachability, liveness, monitors; and what the outside can see."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, ClassVar, ParamSpec, TypeVar, overload

from .classes import at
from .errors import VIOLATIONS, SpecError, here
from .machines import Machine
from .rows import Declaration, _called, declaration, written

P = ParamSpec("P")
R = TypeVar("R")

LIVENESS = ("leads-to", "eventually", "always-eventually")
"""The kinds of properties that say what has to come in the end."""


@dataclass(frozen=True, eq=False)
class Property:
    """A named condition on the states or the steps of a protocol.

    `kind` is "invariant" (over a state), "action" (over the states before and after a step), "sometimes" (a state
    that has to be reachable), "monitor", "built-in", or one of liveness, of what has to come in the end: "leads-to",
    "eventually", or "always-eventually", whose `goal` it is. An invariant `between` a command machine is asked only
    while no instance of it is in flight; `by` a field of its first parameter, each value is a case of its own, and
    what breaks one is a finding of its own. A parameter ranges over the live instances of its machine; of an action
    property, two parameters of one machine are the same slot before and after.
    """

    name: str
    kind: str
    documentation: str
    body: FunctionType | None = None
    between: type[Machine] | None = None
    by: str = ""
    goal: FunctionType | None = None

    @property
    def liveness(self) -> bool:
        """Whether it is of what has to come in the end, which no single state or step can break."""
        return self.kind in LIVENESS

    @property
    def file(self) -> str:
        return self.body.__code__.co_filename if self.body else ""

    @property
    def line(self) -> int:
        return self.body.__code__.co_firstlineno if self.body else 0

    @property
    def summary(self) -> str:
        return self.documentation.split("\n")[0]


def _name(function: object) -> str:
    return function.__name__.replace("_", "-")  # type: ignore[attr-defined,no-any-return]


def _property(kind: str, function: object, between: type[Machine] | None = None, by: str = "") -> Property:
    body = written(kind, function)
    if between is not None and not (isinstance(between, type) and issubclass(between, Machine) and between.command):
        raise SpecError(
            f"`between={getattr(between, '__name__', repr(between))}`: only a command has a time between its steps",
            file=body.__code__.co_filename,
            line=body.__code__.co_firstlineno,
            instead="name a `class M(Machine, command=True)`, or leave `between` out",
        )
    return Property(_name(body), kind, inspect.cleandoc(body.__doc__ or ""), body, between, by)


@overload
def invariant(function: Callable[..., bool], /) -> Property: ...
@overload
def invariant(*, between: type[Machine] | None = None, by: str = "") -> Callable[[Callable[..., bool]], Property]: ...
def invariant(function: Any = None, *, between: type[Machine] | None = None, by: str = "") -> Any:
    """A condition that every reachable state meets; with `between`, every state with no such command in flight.

    `by="model"` tells findings apart by the field `model` of the first parameter: what breaks it for one model and
    what breaks it for another are two causes, though it is the same row that does.
    """
    if function is not None:
        return _property("invariant", function)
    return lambda wrapped: _property("invariant", wrapped, between, by)


def action(function: Callable[..., bool]) -> Property:
    """A condition that every step meets, over (before, after): `def kept(before: Id, after: Id) -> bool`."""
    return _property("action", function)


def sometimes(function: Callable[..., bool]) -> Property:
    """A state in which this holds has to be reachable: its absence is the finding, its trace the witness."""
    return _property("sometimes", function)


def leads_to(goal: Callable[..., bool]) -> Callable[[Callable[..., bool]], Property]:
    """Whenever the condition below it holds, `goal` holds then or later; for each choice of instances by itself.

    >>> @leads_to(is_served)
    ... def who_waits_is_served(customer: Customer) -> bool:
    ...     return customer.state is Customer.waiting
    """
    file, line = here()
    if isinstance(goal, Property) or declaration(goal) is not None or not isinstance(goal, FunctionType):
        named = getattr(goal, "__name__", None) or getattr(goal, "name", repr(goal))
        raise SpecError(
            f"`@leads_to` names {named}, which is no plain function",
            file=file,
            line=line,
            instead="write `@leads_to(goal)`, with `def goal(...) -> bool` above, of the same parameters",
        )

    def decorate(wrapped: Callable[..., bool]) -> Property:
        premise = written("leads_to", wrapped)
        return Property(_name(premise), "leads-to", inspect.cleandoc(premise.__doc__ or ""), premise, goal=goal)

    return decorate


def eventually(function: Callable[..., bool]) -> Property:
    """A condition that every run meets at some time; for each choice of instances that are there at its start."""
    return _goal("eventually", function)


def always_eventually(function: Callable[..., bool]) -> Property:
    """A condition that every run meets again and again, for ever; for each choice of instances by itself."""
    return _goal("always-eventually", function)


def _goal(kind: str, function: object) -> Property:
    body = written(kind.replace("-", "_"), function)
    return Property(_name(body), kind, inspect.cleandoc(body.__doc__ or ""), body, goal=body)


def observable(function: Callable[P, R]) -> Callable[P, R]:
    """What the outside can see of a static machine: a bool, a number or a constant, read without side effect."""
    return _called(Declaration("observable", written("observable", function)))  # type: ignore[no-any-return]


class Monitor(Machine):
    """A small machine that is told of operations as they happen and never writes the protocol.

    There is one for each instance of the static machine that it is `of`. Its property has the class's name
    (`OpenCloseAlternate` is `open-close-alternate`), and `ensure(condition)` in a handler speaks of that.
    """

    of: ClassVar[type[Machine]]

    def __init_subclass__(cls, *, of: type[Machine] | None = None, **others: Any) -> None:
        super().__init_subclass__(**others)
        if others:
            raise at(cls, f"the monitor {cls.__name__} is also `{', '.join(others)}`", "leave it at `of`")
        if not (isinstance(of, type) and issubclass(of, Machine)):
            hint = f"write `class {cls.__name__}(Monitor, of=SomeMachine)`"
            raise at(cls, f"the monitor {cls.__name__} does not say which machine it is of", hint)
        if of.dynamic:
            raise at(cls, f"{cls.__name__} is of {of.__name__}, which is dynamic", "monitor a static machine")
        if cls.states:
            raise at(cls, f"the monitor {cls.__name__} has control states", "keep a bool or an Enum in a field")
        cls.of = of


_OPERATIONS = ("operation", "finalizer")


def on(*operations: Callable[..., Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a monitor's method told of these operations, each just before its body, with its arguments.

    The first is the instance that the operation was called on: the monitor of that instance is the one told.
    """
    observed = tuple(found for found in map(declaration, operations) if found is not None)
    if not observed or len(observed) != len(operations) or any(o.kind not in _OPERATIONS for o in observed):
        file, line = here()
        raise SpecError(
            "`@on` names something that is not an operation",
            file=file,
            line=line,
            instead="name operations: `@on(Machine.operation)`",
        )

    def decorate(wrapped: Callable[P, R]) -> Callable[P, R]:
        function = written("on", wrapped)
        function.__hotswap__ = Declaration("handler", function, observes=observed)  # type: ignore[attr-defined]
        return wrapped

    return decorate


def monitor_property(monitor: type[Monitor]) -> Property:
    """The property that a monitor judges."""
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in monitor.__name__).lstrip("-")
    return Property(words.replace("_", "-"), "monitor", inspect.cleandoc(monitor.__doc__ or ""))


_SENTENCES = {
    "no-null-dereference": "No field or operation is asked of None.",
    "no-use-after-free": "No pointer is used after the object that it named was finalised.",
    "no-double-free": "No object that is not live is finalised, and no reference to one is dropped.",
    "no-failed-assertion": "Every `assert` of the protocol holds.",
    "no-illegal-transition": "No operation is called in a control state that has no row for it.",
    "no-runaway-callback": "No operation is nested in itself deeper than it declares.",
    "in-range": "Every value fits the range of what holds it.",
    "no-dangling-pointer": "At the end of every step, no live object holds a pointer to a finalised one.",
    "no-leak": "At the end of every step, every live object is owned.",
    "no-deadlock": "Whatever waits, or is between the steps of a command, can come to an end without a new command.",
}
ATOMICITY = Property(
    "failed-command-changes-nothing",
    "built-in",
    "After a command that failed, every observable is as it was before, but for what others changed meanwhile.",
)
BUILT_IN: Sequence[Property] = tuple(
    Property(name, "built-in", _SENTENCES[name])
    for name in (
        "no-dangling-pointer",
        "no-use-after-free",
        "no-null-dereference",
        "no-double-free",
        "no-leak",
        "no-failed-assertion",
        "no-illegal-transition",
        "no-runaway-callback",
        "in-range",
        "no-deadlock",
    )
)
ERRORS = tuple(kind.name for kind in VIOLATIONS)
"""The properties whose violation ends a path."""
