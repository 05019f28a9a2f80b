"""What a generated spec declares: constants, machines, fields and rows, before any body is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


class Choices:
    """Hypothesis' `draw`, in the words of a generator; the first choice is the one that shrinking tends to."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        """A number from 0 to `count - 1`."""
        return self._draw(_below(count)) if count > 1 else 0

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """Whether something happens that happens in `percent` of all cases."""
        return self.below(100) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all alike."""
        return options[self.below(len(options))]

    def weighed(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options, by weight."""
        drawn = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            drawn -= weight
            if drawn < 0:
                return option
        raise AssertionError("the weights have a sum")

    def some(self, options: Sequence[T], least: int = 0) -> list[T]:
        """Some of the options, in their order."""
        kept = [option for option in options if self.chance(50)]
        return kept if len(kept) >= least else list(options[:least])


@dataclass(frozen=True)
class Bool:
    pass


@dataclass(frozen=True)
class Int:
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Enumeration:
    name: str
    members: tuple[str, ...]
    columns: dict[str, tuple[Kind, tuple[Any, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pointer:
    machine: Shape


Kind = Bool | Int | Enumeration | Pointer
BOOL = Bool()


def annotation(kind: Kind) -> str:
    """A parameter's type as text."""
    if isinstance(kind, Bool):
        return "bool"
    if isinstance(kind, Int):
        return f"Annotated[int, Range({kind.low}, {kind.high})]"
    return kind.name if isinstance(kind, Enumeration) else kind.machine.name


@dataclass(frozen=True, eq=False)
class FieldShape:
    """A field: `form` is "plain", "Ref", "Own", "Raw", "set" or "queue"."""

    name: str
    form: str
    kind: Kind
    capacity: int = 0

    def __str__(self) -> str:
        inner = annotation(self.kind)
        if self.form == "plain":
            return f"{self.name}: {inner}"
        if self.form == "set":
            return f"{self.name}: Set[{inner}]"
        if self.form == "queue":
            return f"{self.name}: Annotated[Queue[{inner}], Capacity({self.capacity})]"
        return f"{self.name}: {self.form}[{inner}]"


@dataclass(eq=False)
class Row:
    """A step, operation, finalizer, observable or handler; `owner` is None for an operation beside the machines.

    `pure`: it changes nothing. `choices`: the most `may` that one run meets. `cost`: about how many statements it
    runs. `churns`: the machines whose objects it may make or finalise. `order`: it calls only what comes earlier, or
    what counts its depth.
    """

    kind: str
    name: str
    owner: Shape | None
    parameters: list[tuple[str, Kind]] = field(default_factory=list)
    result: Kind | None = None
    pure: bool = False
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    thread: str = ""
    lock: str = ""
    depth: int = 0
    observes: list[Row] = field(default_factory=list)
    order: int = 0
    choices: int = 0
    cost: int = 1
    churns: set[Shape] = field(default_factory=set)
    written: bool = False


@dataclass(eq=False)
class Shape:
    """A machine: `states` maps a name to what its `State` is made with."""

    name: str
    dynamic: bool = False
    size: int = 1
    command: bool = False
    thread: str = ""
    holds: str = ""
    of: Shape | None = None
    states: dict[str, str] = field(default_factory=dict)
    clearing: set[str] = field(default_factory=set)
    fields: list[FieldShape] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def finalizer(self) -> Row | None:
        return next((row for row in self.rows if row.kind == "finalizer"), None)

    @property
    def owned(self) -> set[Shape]:
        """The machines whose objects may go with one of these, itself among them."""
        found, waiting = {self}, [self]
        while waiting:
            for made in waiting.pop().fields:
                if made.form == "Own" and isinstance(made.kind, Pointer) and made.kind.machine not in found:
                    found.add(made.kind.machine)
                    waiting.append(made.kind.machine)
        return found


@dataclass(eq=False)
class Plan:
    """A spec before its bodies: `promises` are the names that `ensure` may break."""

    enumerations: list[Enumeration] = field(default_factory=list)
    constants: dict[str, int] = field(default_factory=dict)
    switches: list[str] = field(default_factory=list)
    machines: list[Shape] = field(default_factory=list)
    monitors: list[Shape] = field(default_factory=list)
    functions: list[Row] = field(default_factory=list)
    promises: list[str] = field(default_factory=list)

    @property
    def operations(self) -> list[Row]:
        """All that a body may call."""
        called = ("operation", "observable", "finalizer")
        return [*self.functions, *(row for m in self.machines for row in m.rows if row.kind in called)]
