"""A whole method: its parameters, its guards, and how its paths end."""

from __future__ import annotations

import ast
from typing import Any

from ....spec.language import rows
from ....spec.language.machines import Machine, signature
from ....spec.language.rows import Declaration
from ....spec.language.system import System
from ....spec.language.types import (
    QueueValue,
    RefValue,
    SetValue,
    Value,
)
from ..ir import (
    NOTHING,
    Function,
    NothingType,
    Pointer,
    Type,
    type_of,
)
from .statements import Statements


class Method(Statements):
    """One method."""

    def function(self) -> Function:
        parameters, result = signature(self.declared, self.system.names)
        if self.declared.machine is not None:
            self.parameters[self.declared.body.__code__.co_varnames[0]] = Pointer(self.declared.machine)
        for name, value in parameters.items():
            self.parameters[name] = self._handed(f"parameter `{name}`", value)
        if self.declared.kind == "action":
            self._two_states()
        self.result = NOTHING if result is None else self._handed("the result", result)
        if self.declared.machine is None and (self.declared.sources or self.declared.targets):
            self.refuse(self.node, "an operation beside the machines has no states", "drop them, or move it into one")
        self.assigned = set(self.parameters)
        body = self._docless(self.node.body)
        if self.declared.kind == "step":
            self._guards_first(body)
        statements, ends = self.block(body)
        if not isinstance(self.result, NothingType) and not ends:
            self.refuse(self.node, "a path ends without `return`", "return a value on every path")
        if len(self.declared.targets) > 1:
            self._arrives(body)
        return Function(self.declared, tuple(self.parameters.items()), self.result, statements, self.locals)

    def _handed(self, word: str, value: Value) -> Type:
        """The type of what is handed over in a call."""
        if isinstance(value, SetValue | QueueValue):
            self.refuse(self.node, f"{word} is a container", "hand over the object that has it")
        if isinstance(value, RefValue):
            self._listed(self.node, value.machine)
        return type_of(value)

    def _two_states(self) -> None:
        kinds = list(self.parameters.values())
        if len(kinds) != 2 or kinds[0] != kinds[1] or not isinstance(kinds[0], Pointer):
            hint = "write `before: Machine, after: Machine`"
            self.refuse(self.node, "an action property has two parameters of one machine", hint)
        first = next(iter(self.parameters))
        self.parameters[first] = Pointer(kinds[0].machine, before=True)

    @staticmethod
    def _docless(body: list[ast.stmt]) -> list[ast.stmt]:
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return body[1:]
        return body

    def _guards_first(self, body: list[ast.stmt]) -> None:
        """`require` stands at the head of a step, before anything that it does."""
        head = True
        for statement in body:
            of_the_head = self._is_of_the_head(statement)
            for guard in filter(self._is_require, ast.walk(statement)):
                if not of_the_head:
                    self.refuse(guard, "`require` inside a branch", "move the guard to the head of the step")
                if not head:
                    self.refuse(guard, "`require` after an effect", "move the guard to the head of the step")
            head = head and of_the_head

    def _is_of_the_head(self, statement: ast.stmt) -> bool:
        """Whether a statement may stand before a guard: another guard, a local variable, or a switch over such."""
        if isinstance(statement, ast.If):
            return self._folded(statement.test) is not None and all(
                self._is_of_the_head(inner) for inner in (*statement.body, *statement.orelse)
            )
        if isinstance(statement, ast.Assign):
            return all(isinstance(target, ast.Name) for target in statement.targets)
        return isinstance(statement, ast.Pass) or self._is_require(statement)

    def _is_require(self, statement: ast.AST) -> bool:
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and isinstance(statement.value.func, ast.Name)
            and self._global(statement.value.func.id) is rows.require
        )

    def _arrives(self, body: list[ast.stmt]) -> None:
        """Every path of a row with several targets says where it ends."""
        if not always(body, self._is_goto):
            there = ", ".join(map(str, self.declared.targets))
            hint = f"call `self.goto(...)` on every path, with one of {there}"
            self.refuse(self.node, "a path of a row with several targets ends without `goto`", hint)

    def _is_goto(self, statement: ast.stmt) -> bool:
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and isinstance(statement.value.func, ast.Attribute)
            and statement.value.func.attr == "goto"
        )


def always(body: list[ast.stmt], wanted: Any) -> bool:
    """Whether every path through `body` meets a wanted statement before it ends."""
    returns, goes_on = _paths_without(body, wanted)
    return not returns and not goes_on


def _paths_without(body: list[ast.stmt], wanted: Any) -> tuple[bool, bool]:
    """Whether a path that met no wanted statement returns from `body`, and whether one goes on behind it."""
    returns = False
    for statement in body:
        if wanted(statement):
            return returns, False
        if isinstance(statement, ast.Return):
            return True, False
        if isinstance(statement, ast.If):
            branches = [_paths_without(branch, wanted) for branch in (statement.body, statement.orelse)]
            returns = returns or any(left for left, _ in branches)
            if not any(goes_on for _, goes_on in branches):
                return returns, False
        if isinstance(statement, ast.For):
            returns = returns or _paths_without(statement.body, wanted)[0]
    return returns, True


def translate(declared: Declaration, system: System, pools: dict[type[Machine], int]) -> Function:
    """One row or property body as IR. Raises `SpecError` for what is not in the language."""
    known: dict[str, Type] = {}
    for _ in range(4):
        translation = Method(declared, system, pools, known)
        function = translation.function()
        if translation.locals == known:
            return function
        known = dict(translation.locals)
    translation.refuse(
        translation.grown,
        f"the range of the local `{ast.unparse(translation.grown)}` grows with every round",
        "keep the number in a field, whose range is declared",
    )
