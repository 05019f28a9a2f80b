"""One Promela file being made: its macros, the variables that are no part of a state, and its routines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....spec.language.errors import SpecError
from ....spec.language.machines import LiveValue, Machine
from ....spec.language.plain import PlainWorld
from ....spec.language.rows import Declaration
from ....spec.language.types import BoolValue, EnumValue, IntValue, SetValue, Value
from ...compile.ir import Program, Type
from ..knots import Node
from ..model import Model
from ..text import Lines
from .words import PROMELA

if TYPE_CHECKING:
    from .frame import PromelaFrame

MOST_CALLS = 64
"""How deep routines can be nested: SPIN says so if they are nested deeper."""

MOST_BITS = 31
"""What an `int` has besides its sign."""


@dataclass(frozen=True)
class Variable:
    """A variable that is no part of a state; `length` if it is an array."""

    kind: str
    length: int | None = None

    def declared(self, name: str) -> str:
        """Its declaration."""
        return f"hidden {self.kind} {name}{'' if self.length is None else f'[{self.length}]'};"


class PromelaModel(Model):
    """What the parts of one Promela file share."""

    syntax = PROMELA

    def __init__(self, world: PlainWorld, program: Program) -> None:
        super().__init__(world, program)
        self.macros: dict[object, Lines] = {}
        self.variables: dict[str, Variable] = {}
        self.frames: dict[object, PromelaFrame] = {}
        self.routines: dict[object, Lines] = {}
        self.waiting: list[Callable[[], None]] = []
        """The routines that somebody calls and nobody has written yet."""
        self.returns: dict[object, list[int]] = {}
        """To which places a routine may come back."""
        self.places_of_looks: list[int] = []
        """The places that call what may fail and end nothing: an error goes back to them."""
        self._places = 0
        self.hidden("back", "short", MOST_CALLS)
        for name in ("deep", "nth", "started"):
            self.hidden(name, "byte")
        self.hidden("looking", "short")
        self.hidden("unseen", "bool")

    # -- types -------------------------------------------------------------------------------------------------------

    def kind(self, value: Value | Type) -> str:
        """The smallest type that has room for all values."""
        match value:
            case BoolValue() | LiveValue():
                return "bool"
            case IntValue(low, high):
                return "byte" if low >= 0 and high < 256 else "short" if low >= -(2**15) and high < 2**15 else "int"
            case EnumValue(members) if len(members) > 256:
                return "short"
            case SetValue():
                return self._kind_of_set(value)
            case _:  # a pointer, a control state, a constant
                return "byte"

    def _kind_of_set(self, value: SetValue) -> str:
        """A set is the bits of a number."""
        size = value.size(self.pools)
        if size > MOST_BITS:
            raise SpecError(f"a set of up to {size} elements: Promela has no number of so many bits")
        return "byte" if size <= 8 else "short" if size < 16 else "int"

    def slots(self, machine: type[Machine]) -> range:
        """The slots of a pool."""
        return range(self.pools[machine])

    # -- what the file has -------------------------------------------------------------------------------------------

    def counter(self, row: Declaration) -> str:
        """The variable that counts how often an operation is active."""
        return self.hidden(super().counter(row), "byte")

    def macro(self, key: object, name: str, fill: Callable[[], Lines]) -> str:
        """A macro, written when it is first asked for."""
        if key not in self.macros:
            lines = fill()
            self.macros[key] = lines
        return name

    def hidden(self, name: str, kind: str, length: int | None = None) -> str:
        """A variable that is no part of a state: SPIN's hidden variables are never bits."""
        self.variables[name] = Variable("byte" if kind == "bool" else kind, length)
        return name

    def recursive(self, node: Node) -> bool:
        """Whether a routine may come to call itself."""
        return node in self.knots.reached.get(node, {})

    def place(self, routine: object) -> int:
        """A new place that a routine may come back to."""
        self._places += 1
        self.returns.setdefault(routine, []).append(self._places)
        return self._places
