"""Every kind of expression."""

from __future__ import annotations

import ast

from ....spec.language.types import (
    QueueValue,
    SetValue,
)
from ..ir import (
    NOTHING,
    Constant,
    Expression,
    Load,
)
from .calls import Calls
from .operators import ARITHMETIC, operators_hint, symbol
from .scope import Name


class Expressions(Calls):
    """Any expression."""

    def expression(self, node: ast.expr) -> Expression:
        line = node.lineno
        if isinstance(node, ast.Constant):
            if node.value is None:
                return Constant(NOTHING, line)
            if isinstance(node.value, bool | int):
                return self._constant(node, node.value)
            self.refuse(node, f"{node.value!r} is no value of the language", "use bool, int, constants and pointers")
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            found = self._attribute(node)
            if isinstance(found, Name):
                text = ast.unparse(node)
                self.refuse(node, f"`{text}` is an operation, not its result", f"call it: `{text}()`")
            if isinstance(found, Load) and isinstance(found.field.value, SetValue | QueueValue):
                self.refuse(node, "a set or queue is used in place", "write `x in it`, `len(it)`, `it.add(x)`")
            return found
        if isinstance(node, ast.BoolOp):
            return self._junction(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            operator = ARITHMETIC.get(type(node.op))
            if operator is None:
                self.refuse(node, f"`{symbol(node.op)}` is outside the language", operators_hint(node.op))
            return self._arithmetic(node, operator, self.expression(node.left), self.expression(node.right))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            return self._conditional(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        words: dict[type[ast.expr], tuple[str, str]] = {
            ast.Lambda: ("`lambda` is outside the language", "write an `@operation`"),
            ast.ListComp: ("a list is outside the language", "use `any`, `all` or `sum` over a pool"),
            ast.List: ("a list is outside the language", "use a Set or Queue field"),
            ast.Dict: ("a dict is outside the language", "use a Table"),
            ast.Set: ("a set literal is outside the language", "use a Set field, or a tuple after `in`"),
            ast.Tuple: ("a tuple is outside the language", "it may stand after `in` only"),
            ast.JoinedStr: ("an f-string is outside the language", "use plain strings"),
            ast.NamedExpr: ("`:=` is outside the language", "assign in a line of its own"),
            ast.GeneratorExp: ("a generator stands inside any, all or sum", "write `any(... for x in Pool)`"),
            ast.Await: ("`await` is outside the language", "write one row for each action"),
            ast.Yield: ("`yield` is outside the language", "write one row for each action"),
            ast.YieldFrom: ("`yield` is outside the language", "write one row for each action"),
            ast.SetComp: ("a set is outside the language", "use a Set field"),
            ast.DictComp: ("a dict is outside the language", "use a Table"),
            ast.Slice: ("a slice is outside the language", "write `Pool[i]`"),
        }
        other = (f"`{ast.unparse(node)}` is outside the language", "use fields, constants, operators and operations")
        message, instead = words.get(type(node), other)
        self.refuse(node, message, instead)
