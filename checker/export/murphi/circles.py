"""Routines that call each other in a circle, as parts of one that calls itself.

In Murphi a routine calls itself, or one that stands above it. So those of a circle are one procedure, whose first
argument says which part is meant. Each has a routine of its own below, for whoever calls it from outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....spec.language.types import BoolValue, EnumValue, IntValue
from ...compile.ir import NOTHING, Pointer, Type
from ..knots import Node
from ..names import Names
from ..text import Lines, Part, block, listed
from .frame import MurphiFrame
from .text import comma, routine

if TYPE_CHECKING:
    from ..model import Shape
    from .model import MurphiModel


class Circle:
    """One circle. Its parts share the parameters: of each type there are as many as one part needs."""

    def __init__(self, model: MurphiModel, shapes: dict[Node, Shape]) -> None:
        self._model, self._shapes = model, shapes
        self.name, self.kind = model.names.give(self, "circle"), model.names.give((self, "parts"), "Part")
        self.words = {node: model.names.give((self, node), f"do_{model.names[node]}") for node in shapes}
        self.names, self.variables = Names(model.names), dict[str, str]()
        self._which = self.names.give("which", "part")
        most: Counter[Type] = Counter()
        for shape in shapes.values():
            most |= Counter(kind for _, kind in shape.parameters)
        self._parameters = {
            kind: [self.names.give((kind, i), _word(kind)) for i in range(count)] for kind, count in most.items()
        }
        results = dict.fromkeys(shape.result for shape in shapes.values() if shape.result != NOTHING)
        self.results = {kind: self.names.give(("result", kind), "result") for kind in results}

    def given(self, node: Node) -> list[str]:
        """Which of the parameters are those of a part."""
        free = {kind: iter(names) for kind, names in self._parameters.items()}
        return [next(free[kind]) for _, kind in self._shapes[node].parameters]

    def frame(self, node: Node) -> MurphiFrame:
        """For the lines of a part."""
        frame = MurphiFrame(Names(self.names), self, self.variables)
        for (name, _), given in zip(self._shapes[node].parameters, self.given(node), strict=True):
            frame.names.put(name, given)
        return frame

    def call(self, node: Node, arguments: Sequence[str], results: dict[Type, str]) -> str:
        """A call of a part; `results` are the variables for what parts return."""
        given = dict(zip(self.given(node), arguments, strict=True))
        places = ((name, kind) for kind, names in self._parameters.items() for name in names)
        values = [given.get(name) or self._model.some(kind) for name, kind in places]
        return f"{self.name}({', '.join([self.words[node], *values, *results.values()])})"

    def type(self) -> Lines:
        """The type whose values are the parts."""
        return listed(f"{self.kind}: enum {{", self.words.values(), "};")

    def lines(self, parts: dict[Node, Part]) -> Lines:
        """The procedure."""
        model = self._model
        cases: Lines = []
        for node, part in parts.items():
            comment = f" -- {part.comment}" if part.comment else ""
            cases += block(f"case {self.words[node]}:{comment}", part.lines, "")[:-1]
        given = [(name, model.kind(kind)) for kind, names in self._parameters.items() for name in names]
        results = [(f"var {name}", model.kind(kind)) for kind, name in self.results.items()]
        head = f"procedure {self.name}({comma([(self._which, self.kind), *given, *results])})"
        body = block(f"switch {self._which}", cases, "endswitch;")
        comment = "Routines that call each other in a circle; each has its own parameters among these."
        return routine(head, self.variables.items(), body, comment=comment, end="endprocedure")


def _word(kind: Type) -> str:
    """What to call a parameter of a type."""
    match kind:
        case BoolValue():
            return "flag"
        case IntValue():
            return "number"
        case EnumValue(members):
            return members.__name__.lower()
        case Pointer(machine):
            return machine.__name__.lower()
        case _:
            return "state"
