"""What of a spec ran: the machine code keeps a mark for each place, set when it runs without an error before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...spec.language.rows import Declaration
from .ir import If, Return, Statement, walk

What = Literal["entered", "then", "else", "behind", "loop", "guard", "operand"]


@dataclass(frozen=True)
class Point:
    """One place: the body of a row or a property, a part of it, or one way in which a condition can come out.

    `then` and `else` are the ways out of an `if`, `behind` what comes after one that may return, `loop` the body of a
    loop; `guard` is a part of a guard being false, and `operand` the right side of an `and` or `or` of a property being
    asked: there may be several of these in a line, so that `index` is the node's number.
    """

    what: What
    row: Declaration
    line: int
    index: int = 0


def returns(statement: Statement) -> bool:
    """Whether a statement may end the body."""
    return isinstance(statement, If) and any(
        isinstance(node, Return) for node in walk((statement.then, statement.other))
    )
