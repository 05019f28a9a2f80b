"""What the names of a body stand for, and how a construct is refused."""

from __future__ import annotations

import ast
import builtins
import difflib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any, NoReturn

from ....spec.language.errors import SpecError
from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.system import System
from ....spec.language.types import (
    LARGEST_NUMBER,
    EnumValue,
    IntValue,
)
from ....spec.language.variants import Switch
from ..ir import (
    NOTHING,
    Constant,
    Expression,
    Type,
    constant_type,
)
from ..source import tree


@dataclass(frozen=True)
class Name:
    """A name of the spec's module, resolved: a machine, a constant, a decorated function, a word of the language."""

    value: Any


class Missing:
    """Stands for a name that is not defined anywhere."""


class Scope(ABC):
    """What is known of the names in a body."""

    def __init__(
        self, declared: Declaration, system: System, pools: dict[type[Machine], int], known: dict[str, Type]
    ) -> None:
        self.declared, self.system, self.pools, self.known = declared, system, pools, known
        self.node = tree(declared.body)
        self.parameters: dict[str, Type] = {}
        self.locals: dict[str, Type] = {}
        self.assigned: set[str] = set()
        self.loops: list[str] = []
        """The variables of the loops and generators around what is translated."""
        self.result: Type = NOTHING
        self.grown: ast.AST = self.node
        """The last assignment that gave a local variable more values than it was known to have."""
        self.numbers = count()
        """Tell the parts of conditions apart."""

    def refuse(self, node: ast.AST, message: str, instead: str = "") -> NoReturn:
        line = getattr(node, "lineno", self.declared.line)
        raise SpecError(f"{self.declared.qualname}: {message}", file=self.declared.file, line=line, instead=instead)

    def unknown(self, node: ast.AST, message: str, name: str, choices: list[str]) -> NoReturn:
        close = difflib.get_close_matches(name, choices, 1)
        there = f"there are: {', '.join(choices)}" if choices else ""
        self.refuse(node, message, f"did you mean `{close[0]}`?" if close else there)

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        self.refuse(node, "a plain string is expected here", 'write it in quotes: "..."')

    def _takes(self, call: ast.Call, name: str, count: int) -> None:
        given = len(call.args) + len(call.keywords)
        if given != count:
            wanted = counted(count, "argument")
            self.refuse(call, f"`{name}` takes {wanted}, this has {given}", f"hand over {count or 'none'}")
        if call.keywords or any(isinstance(argument, ast.Starred) for argument in call.args):
            self.refuse(call, f"`{name}` takes plain arguments", "drop the keyword or the `*`")

    def _is_local(self, name: str) -> bool:
        """Whether Python takes a name for a local variable: it is assigned somewhere in the body."""
        code = self.declared.body.__code__
        return name in self.locals or name in self.known or name in code.co_varnames[code.co_argcount :]

    def _local_type(self, name: str) -> Type:
        here, known = self.locals.get(name), self.known.get(name)
        if name in self.loops:
            known = None  # a local of that name is another variable
        if isinstance(here, IntValue) and isinstance(known, IntValue):
            return IntValue(min(here.low, known.low), max(here.high, known.high))
        found = here or known
        assert found is not None
        return found

    def _undefined(self, node: ast.AST, name: str) -> NoReturn:
        """Nothing has this name, neither here nor in the module."""
        names = [*self.parameters, *self.locals, *self.declared.body.__globals__]
        close = difflib.get_close_matches(name, [known for known in names if not known.startswith("_")], 1)
        hint = f"did you mean `{close[0]}`?" if close else "define it in the module, or import it"
        self.refuse(node, f"`{name}` is not defined", hint)

    def _constant(self, node: ast.AST, value: bool | int | Enum) -> Constant:
        line = getattr(node, "lineno", 0)
        if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            self.refuse(node, f"{value} overflows 32 bits", "keep a model's numbers small")
        if isinstance(value, Enum):
            return Constant(EnumValue(type(value)), line, list(type(value)).index(value))
        return Constant(constant_type(value), line, int(value))

    def _global(self, name: str) -> Any:
        scope = self.declared.body.__globals__
        if name in scope:
            return scope[name]
        if name in self.system.names:
            return self.system.names[name]
        return getattr(builtins, name, Missing)

    def _static(self, node: ast.expr) -> Any:
        """What a name or a dotted name stands for outside any object: a machine, a state, a constant."""
        if isinstance(node, ast.Name):
            return None if node.id in self.parameters or self._is_local(node.id) else self._global(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._static(node.value)
            if owner is None or owner is Missing:
                return None
            if isinstance(owner, type) and issubclass(owner, Machine):
                return vars(owner).get(node.attr)
            if isinstance(owner, type) and issubclass(owner, Enum):
                return owner.__members__.get(node.attr)
        return None

    def _listed(self, node: ast.AST, machine: type[Machine]) -> None:
        if machine not in self.pools:
            self.refuse(node, f"the System does not list {machine.__name__}: it has no pool", "add it to `machines`")

    def _folded(self, test: ast.expr) -> bool | None:
        """The value of `SWITCH` or `not SWITCH`; None for any other condition."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self._folded(test.operand)
            return None if inner is None else not inner
        switch = self._switch(test)
        return None if switch is None else bool(switch)

    def _switch(self, node: ast.expr) -> Switch | None:
        """The switch that a name stands for, if it does."""
        value = self._static(node) if isinstance(node, ast.Name) else None
        if not isinstance(value, Switch):
            return None
        if value not in self.system.switches:
            what = f"the switch `{ast.unparse(node)}` is in no profile of {self.system.name}: it is never on"
            self.refuse(node, what, "list it in a Profile, or remove it")
        return value

    def _join(self, node: ast.AST, name: str, one: Type, two: Type) -> Type:
        if isinstance(one, IntValue) and isinstance(two, IntValue):
            return IntValue(min(one.low, two.low), max(one.high, two.high))
        if one != two:
            self.refuse(node, f"`{name}` is {one} and becomes {two}", "use two names: a name has one type")
        return one

    @abstractmethod
    def expression(self, node: ast.expr) -> Expression:
        """Any expression, translated; the constructs below it are made of such."""


def counted(number: int, word: str) -> str:
    """A number of things: `1 argument`, `2 arguments`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def line_of(node: ast.expr) -> int:
    """The line that Python names when an access or a call fails: that of the name after the last dot."""
    named = node.func if isinstance(node, ast.Call) else node
    return (named.end_lineno or named.lineno) if isinstance(named, ast.Attribute) else node.lineno
