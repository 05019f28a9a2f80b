"""Operators, comparisons, conditions, and what fits where."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import cast

from ....spec.language.types import (
    BoolValue,
    EnumValue,
    IntValue,
    SetValue,
)
from ..ir import (
    BOOL,
    NOTHING,
    Binary,
    Call,
    Conditional,
    Constant,
    Contains,
    Expression,
    Junction,
    May,
    New,
    Not,
    NothingType,
    Pointer,
    Pop,
    Type,
    type_of,
    walk,
)
from .fields import Fields

LARGEST = 1 << 62
"""Beyond this, an intermediate value could overflow a machine word."""

COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%"}


class Operators(Fields):
    """What joins expressions."""

    def condition(self, node: ast.expr) -> Expression:
        made = self._truth(node)
        if made.type != BOOL:
            hint = "write `is not None`" if isinstance(made.type, Pointer) else "write a comparison"
            self.refuse(node, f"a condition must be a bool, this is {made.type}", hint)
        return made

    def fitting(self, node: ast.expr, wanted: Type, word: str) -> Expression:
        return self._fit(node, self.expression(node), wanted, word)

    def _fit(self, node: ast.AST, made: Expression, wanted: Type, word: str) -> Expression:
        """`made`, if a value of its type can be kept in a `wanted`."""
        if isinstance(wanted, Pointer) and is_none(made):
            return replace(made, type=wanted)
        if isinstance(wanted, IntValue) and isinstance(made.type, IntValue):
            if made.type.low > wanted.high or made.type.high < wanted.low:
                what = f"{made.type.low}" if made.type.low == made.type.high else str(made.type)
                self.refuse(node, f"{what} never fits {word}, which is {wanted}", "widen the Range, or mend the value")
            return made
        if made.type != wanted:
            self.refuse(node, f"{word} is {wanted}, this is {made.type}", remedy(wanted, made.type))
        return made

    def _truth(self, node: ast.expr) -> Expression:
        """What is asked for its truth alone, so that a switch may stand in it; anywhere else a switch is no bool."""
        switch = self._switch(node)
        if switch is not None:
            return Constant(BOOL, node.lineno, int(bool(switch)))
        return self._junction(node, asked=True) if isinstance(node, ast.BoolOp) else self.expression(node)

    def _junction(self, node: ast.BoolOp, *, asked: bool = False) -> Expression:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        made = self._operand(node.values[0], operator, asked)
        for value in node.values[1:]:
            made = self._joined(node.lineno, operator, made, self._operand(value, operator, asked))
        return made

    def _joined(self, line: int, operator: str, left: Expression, right: Expression) -> Expression:
        """A junction without what a switch decides."""
        if isinstance(left, Constant):
            return left if bool(left.value) == (operator == "or") else right
        if isinstance(right, Constant) and bool(right.value) == (operator == "and"):
            return left
        return Junction(BOOL, line, operator, left, right, next(self.numbers))

    def _operand(self, node: ast.expr, operator: str, asked: bool) -> Expression:
        made = self._truth(node) if asked else self.expression(node)
        if made.type != BOOL:
            hint = "write `is not None`" if isinstance(made.type, Pointer) else "write a comparison"
            self.refuse(node, f"`{operator}` is for bools, this is {made.type}", hint)
        return made

    def _unary(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.Not):
            operand = self._operand(node.operand, "not", True)
            if isinstance(operand, Constant):
                return replace(operand, value=1 - operand.value)
            return Not(BOOL, node.lineno, operand)
        if isinstance(node.op, ast.USub):
            zero = Constant(IntValue(0, 0), node.lineno, 0)
            return self._arithmetic(node, "-", zero, self.expression(node.operand))
        self.refuse(node, f"`{symbol(node.op)}` is outside the language", "use `not` and `-`")

    def _arithmetic(self, node: ast.AST, operator: str, left: Expression, right: Expression) -> Expression:
        for side in (left, right):
            if not isinstance(side.type, IntValue):
                self.refuse(node, f"`{operator}` of {side.type}", "arithmetic is for ints")
        a, b = cast(IntValue, left.type), cast(IntValue, right.type)
        if operator in ("//", "%"):
            if b.low <= 0:
                self.refuse(node, f"`{operator}` by something that may be 0 or negative", "divide by a positive number")
            if operator == "//":
                ends = [x // y for x in (a.low, a.high) for y in (b.low, b.high)]
            else:
                ends = [a.low % b.low] if a.low == a.high and b.low == b.high else [0, b.high - 1]
        elif operator == "*":
            ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        elif operator == "+":
            ends = [a.low + b.low, a.high + b.high]
        else:
            ends = [a.low - b.high, a.high - b.low]
        if max(map(abs, ends)) >= LARGEST:
            self.refuse(node, f"`{operator}` may overflow: its range is {min(ends)}..{max(ends)}", "narrow the ranges")
        line = getattr(node, "lineno", left.line)
        if isinstance(left, Constant) and isinstance(right, Constant):
            x, y = left.value, right.value
            value = {"+": x + y, "-": x - y, "*": x * y}.get(operator)
            if value is None:
                value = x // y if operator == "//" else x % y
            return Constant(IntValue(value, value), line, value)
        return Binary(IntValue(min(ends), max(ends)), line, operator, left, right)

    def _compare(self, node: ast.Compare) -> Expression:
        if len(node.ops) != 1:
            self.refuse(node, "a chain of comparisons", "join two comparisons with `and`")
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._membership(node, node.left, right)
            return Not(BOOL, node.lineno, found) if isinstance(operator, ast.NotIn) else found
        return self._compared(node, operator, self.expression(node.left), self.expression(right))

    def _compared(self, node: ast.AST, operator: ast.cmpop, left: Expression, right: Expression) -> Expression:
        line = getattr(node, "lineno", left.line)
        identity = isinstance(operator, ast.Is | ast.IsNot)
        if is_none(left) and isinstance(right.type, Pointer):
            left = replace(left, type=right.type)
        if is_none(right) and isinstance(left.type, Pointer):
            right = replace(right, type=left.type)
        one, two = left.type, right.type
        if isinstance(one, Pointer) and isinstance(two, Pointer) and one.machine is two.machine:
            if not isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
                self.refuse(node, "pointers have no order", "write `is` or `is not`")
            across = one.before != two.before
            if across and identity:
                self.refuse(node, "`is` between the states before and after is always false", "write `==`")
            if not across and not identity:
                self.refuse(node, "pointers are compared with `is`", "write `is` or `is not`")
            symbol = "==" if isinstance(operator, ast.Is | ast.Eq) else "!="
            return Binary(BOOL, line, symbol, left, right)
        if isinstance(one, IntValue) and isinstance(two, IntValue):
            if identity:
                self.refuse(node, "`is` on numbers", "write `==`")
            return Binary(BOOL, line, COMPARISONS[type(operator)], left, right)
        if one != two:
            self.refuse(node, f"compares {one} with {two}: never equal", "compare two of one type")
        if isinstance(one, NothingType):
            self.refuse(node, "compares None with None", "compare a pointer with None")
        if isinstance(one, BoolValue):
            if identity or not isinstance(operator, ast.Eq | ast.NotEq):
                self.refuse(node, "bools are compared with `==`", "write `==`, `!=` or `not`")
        elif not isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
            self.refuse(node, f"{one} has no order", "write `is` or `is not`")
        return Binary(BOOL, line, "==" if isinstance(operator, ast.Is | ast.Eq) else "!=", left, right)

    def _membership(self, node: ast.Compare, left: ast.expr, right: ast.expr) -> Expression:
        container = self._container(right)
        if container is not None:
            kind = container.field.value
            if not isinstance(kind, SetValue):
                self.refuse(node, "`in` a queue", "use a Set field")
            return Contains(BOOL, node.lineno, container, self.fitting(left, type_of(kind.element), "the element"))
        if not isinstance(right, ast.Tuple) or not right.elts:
            self.refuse(node, "`in` is for a Set field or a tuple", "write `x in (a, b)`")
        value = self._repeatable(node, self.expression(left))
        made: Expression | None = None
        for element in right.elts:
            constant = self.expression(element)
            if not isinstance(constant, Constant):
                self.refuse(element, "an element after `in` is a constant", "write `x is a or x is b`")
            operator = ast.Eq() if isinstance(value.type, IntValue | BoolValue) else ast.Is()
            equal = self._compared(node, operator, value, constant)
            made = equal if made is None else Junction(BOOL, node.lineno, "or", made, equal, next(self.numbers))
        assert made is not None
        return made

    def _repeatable(self, node: ast.AST, made: Expression) -> Expression:
        """`made`, if it may be evaluated more than once."""
        if any(isinstance(inner, Call | May | Pop | New) for inner in walk(made)):
            self.refuse(node, "a call in here would run more than once", "assign it to a local variable first")
        return made

    def _conditional(self, node: ast.IfExp) -> Expression:
        folded = self._folded(node.test)
        if folded is not None:
            self.expression(node.orelse if folded else node.body)  # what is switched off has to be in the language too
            return self.expression(node.body if folded else node.orelse)
        test = self.condition(node.test)
        then, other = self.expression(node.body), self.expression(node.orelse)
        if is_none(then) and isinstance(other.type, Pointer):
            then = replace(then, type=other.type)
        if is_none(other) and isinstance(then.type, Pointer):
            other = replace(other, type=then.type)
        if NOTHING in (then.type, other.type):
            self.refuse(node, f"`{ast.unparse(node)}` has no type", "write a pointer on one side, or assign None")
        if then.type != other.type and not (isinstance(then.type, IntValue) and isinstance(other.type, IntValue)):
            self.refuse(node, f"`... if ... else ...` is {then.type} or {other.type}", "give both sides one type")
        return Conditional(self._join(node, "the expression", then.type, other.type), node.lineno, test, then, other)


def is_none(made: Expression) -> bool:
    """Whether this is `None` as it is written, not the result of a call that has none."""
    return isinstance(made, Constant) and isinstance(made.type, NothingType)


def remedy(wanted: Type, given: Type) -> str:
    """What to write where a value of one type is given and one of another is wanted."""
    if isinstance(wanted, BoolValue):
        return "write `is not None`" if isinstance(given, Pointer) else "write True, False or a comparison"
    if isinstance(wanted, IntValue):
        return "write `1 if ... else 0`" if isinstance(given, BoolValue) else "write an int"
    if isinstance(wanted, EnumValue):
        return f"write a member, as in `{wanted.members.__name__}.{next(iter(wanted.members)).name}`"
    return f"write {wanted}"


def symbol(operator: ast.operator | ast.unaryop) -> str:
    """An operator as it is written."""
    if isinstance(operator, ast.unaryop):
        return ast.unparse(ast.UnaryOp(operator, ast.Name("x")))[:-1].strip()
    return ast.unparse(ast.BinOp(ast.Name("x"), operator, ast.Name("y")))[1:-1].strip()


def operators_hint(operator: ast.operator) -> str:
    """What to write in place of an operator that the language does not have."""
    if isinstance(operator, ast.Div):
        return "write `//`"
    if isinstance(operator, ast.BitOr | ast.BitAnd):
        return "write `or` or `and` of bools; a Set has add and discard"
    return "use + - * // %"
