"""Whether a property of steps holds of a step that changes nothing of what it reads.

Most do: "nothing falls", "who is elected stays". It is derived from the text: with the same objects before and after,
`after.x >= before.x` says that something is at least itself. What conditions have come out so far is known, as in
`not a or a and b`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace

from .failures import failures
from .ir import (
    Binary,
    Conditional,
    Constant,
    Expression,
    Function,
    If,
    Junction,
    Local,
    Not,
    Pointer,
    Program,
    Return,
    Statement,
)

Facts = Mapping[Expression, bool]
"""What conditions are known to be."""

SAME = {"==": True, "<=": True, ">=": True, "!=": False, "<": False, ">": False}
"""What comparing something with itself says."""


def holds_of_nothing(program: Program, function: Function) -> bool:
    """Whether a property of steps surely holds of a step that leads to where it began, without an error."""
    if any(failures(program, function, statement) for statement in function.body):
        return False
    (before, _), (after, kind) = function.parameters
    return _ends(_one_state(function.body, {before: after}), {}) is True and isinstance(kind, Pointer)


def _one_state(node: object, names: Mapping[str, str]) -> object:
    """The code with one state in the place of both, and no lines: what reads the same is equal."""
    if isinstance(node, tuple):
        return tuple(_one_state(each, names) for each in node)
    if isinstance(node, Pointer):
        return Pointer(node.machine)
    if isinstance(node, Local):
        return Local(_one_state(node.type, names), 0, names.get(node.name, node.name))  # type: ignore[arg-type]
    if isinstance(node, Expression | Statement) and is_dataclass(node):
        made = {each.name: _one_state(getattr(node, each.name), names) for each in fields(node)}
        return replace(node, **{**made, "line": 0})  # type: ignore[arg-type]
    return node


def _ends(body: object, facts: Facts) -> bool | None:
    """What the body surely returns; None if that is not sure."""
    assert isinstance(body, tuple)
    match body:
        case (Return(_, value), *_) if value is not None:
            return _truth(value, facts)
        case (If(_, test, then, other), *rest):
            known = _truth(test, facts)
            ways = [
                _ends((*part, *rest), {**facts, **_learnt(test, holds=holds)})
                for holds, part in ((True, then), (False, other))
                if known is not (not holds)
            ]
            return ways[0] if all(way is ways[0] for way in ways) else None
        case _:
            return None


def _truth(node: Expression, facts: Facts) -> bool | None:
    """What a condition surely is; None if that is not sure."""
    if node in facts:
        return facts[node]
    match node:
        case Constant(_, _, value):
            return bool(value)
        case Not(_, _, operand):
            inner = _truth(operand, facts)
            return None if inner is None else not inner
        case Junction(_, _, sign, left, right):
            decides = sign == "or"
            first = _truth(left, facts)
            if first is decides:
                return decides
            second = _truth(right, {**facts, **_learnt(left, holds=not decides)})
            return second if second is decides or first is not None else None
        case Binary(_, _, sign, left, right) if sign in SAME:
            if left == right:
                return SAME[sign]
            one, other = _number(left, facts), _number(right, facts)
            if one is not None and other is not None:
                return {"==": one == other, "!=": one != other, "<": one < other, "<=": one <= other}.get(
                    sign, one > other if sign == ">" else one >= other
                )
            opposite = {"!=": "==", "==": "!="}.get(sign)
            known = facts.get(replace(node, operator=opposite)) if opposite else None
            return None if known is None else not known
        case _:
            return None


def _number(node: Expression, facts: Facts) -> int | None:
    """What a number surely is; None if that is not sure."""
    match node:
        case Constant(_, _, value):
            return value
        case Binary(_, _, "-", left, right) if left == right:
            return 0
        case Conditional(_, _, _, then, other):
            one, two = _number(then, facts), _number(other, facts)
            return one if one == two else None
        case _:
            return None


def _learnt(test: Expression, *, holds: bool) -> dict[Expression, bool]:
    """What is known once a condition has come out."""
    known = {test: holds}
    if isinstance(test, Not):
        return known | _learnt(test.operand, holds=not holds)
    if isinstance(test, Junction) and (test.operator == "and") == holds:
        return known | _learnt(test.left, holds=holds) | _learnt(test.right, holds=holds)
    return known


__all__: Sequence[str] = ["holds_of_nothing"]
