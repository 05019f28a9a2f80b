"""Calls: of operations, and of `may`, `new`, `any`, `all`, `sum`, `len`, `min`, `max` and `abs`."""

from __future__ import annotations

import ast
import builtins
from enum import Enum
from typing import Any, cast

from ....spec.language import bodies, rows
from ....spec.language.machines import Machine, signature
from ....spec.language.rows import Declaration, declaration
from ....spec.language.types import (
    IntValue,
    QueueValue,
    SetValue,
)
from ..ir import (
    BOOL,
    NOTHING,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Junction,
    Length,
    May,
    New,
    Pointer,
    Pop,
    Quantified,
    Type,
    type_of,
)
from .operators import Operators
from .scope import Missing, Name, counted, line_of

MOST_ROUNDS = 1000
"""How often a loop over a range runs at most."""


class Calls(Operators):
    """What is called."""

    def _callee(self, call: ast.Call) -> Name | None:
        """The module-level thing that a call names, if it does."""
        if not isinstance(call.func, ast.Name) or call.func.id in self.parameters or self._is_local(call.func.id):
            return None
        return Name(self._global(call.func.id))

    def _call(self, call: ast.Call) -> Expression:
        line = line_of(call)
        named = self._callee(call)
        if named is not None:
            return self._call_named(call, named.value)
        if not isinstance(call.func, ast.Attribute):
            self.refuse(call, f"`{ast.unparse(call.func)}` is no operation", "call operations by name")
        function = call.func
        static = self._static(function.value)
        if isinstance(static, type) and issubclass(static, Machine):
            if function.attr == "new":
                return self._new(call, static)
            self.refuse(call, f"`{static.__name__}.{function.attr}` is called on the class", "call it on an instance")
        container = self._container(function.value)
        if container is not None:
            if isinstance(container.field.value, QueueValue) and function.attr == "popleft":
                self._takes(call, "popleft", 0)
                self._may_write(call, container)
                return Pop(type_of(container.field.value.element), line, container)
            self.refuse(call, f"`{function.attr}` has no value", "write it as a statement of its own")
        if function.attr == "goto":
            self.refuse(call, "`goto` has no value", "write it as a statement of its own")
        receiver = self.expression(function.value)
        if not isinstance(receiver.type, Pointer):
            self.refuse(call, f"`.{function.attr}()` of {receiver.type}", "only objects have operations")
        machine = receiver.type.machine
        found = declaration(vars(machine).get(function.attr))
        if found is None:
            if function.attr in machine.fields:
                self.refuse(call, f"{machine.__name__}.{function.attr} is a field: it is not called", "drop the `()`")
            choices = [row.name for row in machine.rows if row.kind in ("operation", "observable", "finalizer")]
            self.unknown(call, f"{machine.__name__} has no operation `{function.attr}`", function.attr, choices)
        if found.kind not in ("operation", "finalizer", "observable"):
            self.refuse(call, f"{found.qualname} is a {found.kind}: it is not called", "make it an `@operation`")
        return self._operation(call, found, receiver)

    def _call_named(self, call: ast.Call, value: Any) -> Expression:
        line = call.lineno
        if value is bodies.may:
            self._takes(call, "may", 1)
            return May(BOOL, line, self._text(call.args[0]))
        if value in (builtins.any, builtins.all, builtins.sum):
            return self._quantified(call, value.__name__)
        if value is builtins.len:
            return self._length(call)
        if value in (builtins.min, builtins.max):
            return self._extreme(call, value.__name__)
        if value is builtins.abs:
            self._takes(call, "abs", 1)
            made = self._repeatable(call, self.expression(call.args[0]))
            zero = Constant(IntValue(0, 0), line, 0)
            minus = self._arithmetic(call, "-", zero, made)
            test = Binary(BOOL, line, "<", made, zero)
            assert isinstance(made.type, IntValue)
            high = max(abs(made.type.low), abs(made.type.high))
            return Conditional(IntValue(0, high), line, test, minus, made)
        found = declaration(value)
        if found is not None and found.machine is None:
            if found.kind != "operation":
                self.refuse(call, f"{found.name} is a {found.kind}: it is not called", "make it an `@operation`")
            return self._operation(call, found, None)
        if value in (rows.require, bodies.ensure, bodies.fail, bodies.free):
            self.refuse(call, f"`{value.__name__}` has no value", "write it as a statement of its own")
        name = ast.unparse(call.func)
        if value is Missing:
            self._undefined(call, name)
        if isinstance(value, type) and issubclass(value, Machine):
            self.refuse(call, f"{name} is not called", f"write `{name}.new(field=value)`")
        if isinstance(value, type) and issubclass(value, Enum):
            self.refuse(call, f"{name} is not called", f"write `{name}.{next(iter(value.__members__), 'member')}`")
        if value is getattr(builtins, name, Missing):
            hint = "use any, all, sum, len, min, max and abs, or an `@operation`"
            self.refuse(call, f"a call of `{name}`, which is outside the language", hint)
        self.refuse(call, f"a call of `{name}`, which is an arbitrary function", "decorate it with `@operation`")

    def _operation(self, call: ast.Call, found: Declaration, receiver: Expression | None) -> Expression:
        wanted, result = signature(found, self.system.names)
        before = isinstance(receiver, Expression) and isinstance(receiver.type, Pointer) and receiver.type.before
        given: dict[str, ast.expr] = {}
        if len(call.args) > len(wanted):
            takes, hint = counted(len(wanted), "argument"), f"hand over {', '.join(wanted) or 'none'}"
            self.refuse(call, f"{found.qualname} takes {takes}, this has {len(call.args)}", hint)
        for name, argument in zip(wanted, call.args, strict=False):
            if isinstance(argument, ast.Starred):
                self.refuse(argument, "`*` in a call is outside the language", "write the arguments out")
            given[name] = argument
        for keyword in call.keywords:
            if keyword.arg is None:
                self.refuse(call, "`**` in a call is outside the language", "write the arguments out")
            if keyword.arg not in wanted:
                self.unknown(call, f"{found.qualname} has no parameter `{keyword.arg}`", keyword.arg, list(wanted))
            if keyword.arg in given:
                self.refuse(call, f"`{keyword.arg}` is given twice", "hand it over once")
            given[keyword.arg] = keyword.value
        if list(given) != [name for name in wanted if name in given]:
            self.refuse(call, "keyword arguments out of order", "write them in the order of the parameters")
        for name in wanted:
            if name not in given:
                self.refuse(call, f"{found.qualname} needs its argument `{name}`", f"hand over {', '.join(wanted)}")
        arguments = tuple(
            self.fitting(given[name], self._dated(type_of(value), before), f"`{name}` of {found.qualname}")
            for name, value in wanted.items()
        )
        kind = NOTHING if result is None else self._dated(type_of(result), before)
        return Call(kind, line_of(call), found, receiver, arguments)

    @staticmethod
    def _dated(kind: Type, before: bool) -> Type:
        return Pointer(kind.machine, before) if isinstance(kind, Pointer) else kind

    def _new(self, call: ast.Call, machine: type[Machine]) -> Expression:
        self._listed(call, machine)
        if not machine.dynamic:
            self.refuse(
                call,
                f"{machine.__name__} is static: all its instances are there from the start",
                f"declare `class {machine.__name__}(Machine, dynamic=True)`",
            )
        if call.args:
            self.refuse(call, f"`{machine.__name__}.new` takes keywords", "write `new(field=value)`")
        values = []
        for keyword in call.keywords:
            if keyword.arg is None:
                self.refuse(call, "`**` in a call is outside the language", "write the arguments out")
            found = machine.fields.get(keyword.arg)
            if found is None or keyword.arg in ("live", "state"):
                choices = [name for name in machine.fields if name not in ("live", "state")]
                self.unknown(call, f"{machine.__name__} has no field `{keyword.arg}`", keyword.arg, choices)
            if isinstance(found.value, SetValue | QueueValue):
                self.refuse(call, f"`{keyword.arg}` is a container, which starts empty", "add to it afterwards")
            kind = self._field_type(found, False)
            values.append((found, self.fitting(keyword.value, kind, f"`{found.name}`")))
        return New(Pointer(machine), line_of(call), machine, tuple(values))

    def _quantified(self, call: ast.Call, quantifier: str) -> Expression:
        if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.GeneratorExp):
            text = ", ".join(map(ast.unparse, call.args))
            self.refuse(call, f"`{quantifier}` of `{text}`", f"write `{quantifier}(... for x in Pool)`")
        generator = call.args[0]
        if len(generator.generators) != 1:
            self.refuse(call, "a generator over several pools", "nest two: `any(any(...) for ...)`")
        part = generator.generators[0]
        if part.is_async:
            self.refuse(call, "`async` is outside the language", "write `for x in Pool`")
        if not isinstance(part.target, ast.Name):
            self.refuse(call, "a generator has one variable", "write `for x in Pool`")
        name, over, kind = part.target.id, *self._domain(part.iter)
        if name in self.locals or name in self.parameters:
            self.refuse(call, f"the generator's variable `{name}` is used already", "use another name")
        self.loops.append(name)
        self.locals[name] = kind
        self.assigned.add(name)
        condition: Expression | None = None
        for test in part.ifs:
            made = self.condition(test)
            condition = (
                made if condition is None else Junction(BOOL, call.lineno, "and", condition, made, next(self.numbers))
            )
        if quantifier == "sum":
            body = self.expression(generator.elt)
            if not isinstance(body.type, IntValue):
                self.refuse(call, f"`sum` of {body.type}", "sum up ints: `sum(1 for x in Pool if ...)`")
            count = self.pools[over] if isinstance(over, type) else max(0, over[1] - over[0])
            result: Type = IntValue(min(0, body.type.low * count), max(0, body.type.high * count))
        else:
            body, result = self.condition(generator.elt), BOOL
        self.loops.pop()
        del self.locals[name]
        self.assigned.discard(name)
        return Quantified(result, call.lineno, quantifier, name, over, condition, body)

    def _domain(self, node: ast.expr) -> tuple[type[Machine] | tuple[int, int], Type]:
        """What a loop ranges over, and the type of its variable."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            if len(node.args) not in (1, 2) or node.keywords:
                self.refuse(node, "`range` takes one or two constants", "write `range(n)` or `range(low, n)`")
            ends = [self._constant_int(argument) for argument in node.args]
            low, high = (0, ends[0]) if len(ends) == 1 else (ends[0], ends[1])
            if high - low > MOST_ROUNDS:
                self.refuse(node, f"a loop of {high - low} rounds", f"keep to {MOST_ROUNDS}: a model is small")
            return (low, high), IntValue(low, max(low, high - 1))
        machine = self._static(node)
        if isinstance(machine, type) and issubclass(machine, Machine):
            if self.declared.kind == "action":
                self.refuse(node, "an action property looks at one instance", "use its `before` and `after`")
            self._listed(node, machine)
            return machine, Pointer(machine)
        text = ast.unparse(node)
        self.refuse(node, f"a loop over `{text}`, which is no pool", "write `for x in Pool` or `for i in range(n)`")

    def _constant_int(self, node: ast.expr) -> int:
        value = self.expression(node)
        if isinstance(value, Constant) and isinstance(value.type, IntValue):
            return value.value
        self.refuse(node, "a loop's bound is a constant", "write a number or a module's constant")

    def _length(self, call: ast.Call) -> Expression:
        self._takes(call, "len", 1)
        machine = self._static(call.args[0])
        if isinstance(machine, type) and issubclass(machine, Machine):
            self._listed(call, machine)
            size = self.pools[machine]
            return Constant(IntValue(size, size), call.lineno, size)
        container = self._container(call.args[0])
        if container is None:
            self.refuse(call, "`len` is for a pool, a Set or a Queue", "count with `sum(1 for x in Pool if ...)`")
        value = container.field.value
        most = value.size(self.pools) if isinstance(value, SetValue) else cast(QueueValue, value).capacity
        return Length(IntValue(0, most), call.lineno, container)

    def _extreme(self, call: ast.Call, name: str) -> Expression:
        self._takes(call, name, 2)
        left, right = (self._repeatable(call, self.expression(argument)) for argument in call.args)
        for side in (left, right):
            if not isinstance(side.type, IntValue):
                self.refuse(call, f"`{name}` of {side.type}", f"`{name}` is for ints")
        a, b = cast(IntValue, left.type), cast(IntValue, right.type)
        pick = min if name == "min" else max
        kind = IntValue(pick(a.low, b.low), pick(a.high, b.high))
        test = Binary(BOOL, call.lineno, "<=" if name == "min" else ">=", left, right)
        return Conditional(kind, call.lineno, test, left, right)
