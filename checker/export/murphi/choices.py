"""`may`, lifted out of the steps: Murphi has choices between rules and none inside of one.

A rule is there once for each sequence of answers that its step could ask for. They are the bits of a number, the first
answer the lowest. A step that asks for less is taken with the others at 0 only.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....spec.language.errors import SpecError
from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.types import RefValue
from ...compile.ir import (
    Call,
    Conditional,
    Expression,
    For,
    Free,
    If,
    May,
    Pointer,
    Quantified,
    Statement,
    Store,
    walk,
)
from ..knots import Node
from ..text import Lines
from .model import MurphiModel
from .text import routine

MOST_ANSWERS = 12
"""For how many answers of one step there are rules: twice as many with each."""


def may(model: MurphiModel, label: str) -> str:
    """The function that answers one question."""
    name = model.names["may", label]

    def fill() -> Lines:
        body = [f"return {answer(model)}();"]
        return routine(f"function {name}(): boolean", [], body, comment=label, end="endfunction")

    return model.routine(("may", label), name, fill)


def answer(model: MurphiModel) -> str:
    """The function that takes the next answer."""

    def fill() -> Lines:
        body = ["next := answers % 2 = 1;", "answers := answers / 2;", "return next;"]
        return routine("function answer(): boolean", [("next", "boolean")], body, end="endfunction")

    return model.routine("answer", "answer", fill)


def most_answers(model: MurphiModel, row: Declaration) -> int:
    """How many answers a step asks for at most. Raises `SpecError` if there can't be rules for all."""
    found = _Count(model).node(row)
    if found > MOST_ANSWERS:
        raise SpecError(
            f"{row.qualname} makes up to {found} choices in one step: Murphi needs a rule for each sequence of them",
            file=row.file,
            line=row.line,
            instead="split the row",
        )
    return found


class _Count:
    """Counts questions along the longest path; what is nested deeper than declared asks nothing any more."""

    def __init__(self, model: MurphiModel) -> None:
        self.model = model
        self.active: dict[Node, int] = {}
        self.asks = _asking(model)

    def node(self, node: Node) -> int:
        """The questions of a routine."""
        if node not in self.asks:
            return 0
        most = self._most(node)
        if most is not None and self.active.get(node, 0) >= most:
            return 0
        self.active[node] = self.active.get(node, 0) + 1
        try:
            return sum(map(self.node, self.model.knots.beside(node))) + self._own(node)
        finally:
            self.active[node] -= 1

    def _most(self, node: Node) -> int | None:
        """How deep a routine can be nested in itself, if that is known."""
        match node:
            case Declaration():
                return node.depth
            case ("finalise", machine):
                return self.model.pools[machine]
            case _:
                return None

    def _own(self, node: Node) -> int:
        return self.part(self.model.program.functions[node].body) if isinstance(node, Declaration) else 0

    def parts(self, parts: Iterable[object]) -> int:
        return sum(map(self.part, parts))

    def part(self, part: object) -> int:
        """The questions of a statement, an expression, or several of them."""
        match part:
            case tuple():
                return self.parts(part)
            case If(_, test, then, other):
                return self.part(test) + max(self.part(then), self.part(other))
            case Conditional(_, _, test, then, other):
                return self.part(test) + max(self.part(then), self.part(other))
            case For(_, _, over, body):
                return self._rounds(over) * self.part(body)
            case Quantified():
                return 0  # asks nothing: it is pure
            case May():
                return 1
            case Call(_, _, operation, receiver, arguments):
                return self.part(receiver) + self.part(arguments) + self.node(operation)
            case Store(_, target, made, value):
                own = isinstance(made.value, RefValue) and made.value.own
                return self.part(value) + self.part(target) + (self.node(("set", made)) if own else 0)
            case Free(_, target):
                assert isinstance(target.type, Pointer)
                return self.part(target) + self.node(("finalise", target.type.machine))
            case _:
                return self.parts(vars(part).values()) if isinstance(part, Expression | Statement) else 0

    def _rounds(self, over: type[Machine] | tuple[int, int]) -> int:
        return self.model.pools[over] if isinstance(over, type) else max(0, over[1] - over[0])


def _asking(model: MurphiModel) -> set[Node]:
    """The routines that come to ask anything."""
    bodies = model.program.functions.items()
    own = {row for row, function in bodies if any(isinstance(part, May) for part in walk(function.body))}
    return {node for node, reached in model.knots.reached.items() if node in own or own & reached.keys()}
