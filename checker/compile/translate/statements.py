"""Every kind of statement."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import replace

from ....spec.language import bodies, rows
from ....spec.language.properties import Monitor, monitor_property
from ....spec.language.rows import State
from ....spec.language.types import (
    QueueValue,
    SetValue,
)
from ..ir import (
    Assert,
    Call,
    Change,
    Constant,
    Ensure,
    Evaluate,
    Expression,
    Fail,
    For,
    Free,
    Goto,
    If,
    Load,
    NothingType,
    Pointer,
    Require,
    Return,
    SetLocal,
    Statement,
    Store,
    type_of,
)
from .expressions import Expressions
from .operators import ARITHMETIC, operators_hint, symbol
from .scope import Name, line_of


class Statements(Expressions):
    """Any statement."""

    def block(self, body: list[ast.stmt]) -> tuple[tuple[Statement, ...], bool]:
        """The statements, and whether every path through them returns."""
        result: list[Statement] = []
        ends = False
        for position, statement in enumerate(body):
            if position and returns_always(body[position - 1]):
                self.refuse(statement, "nothing reaches this statement", "remove it, or the `return` before it")
            made, returns = self.statement(statement)
            if not ends:  # what a switch cuts off has to be in the language too
                result += made
            ends = ends or returns
        return tuple(result), ends

    def statement(self, node: ast.stmt) -> tuple[list[Statement], bool]:
        if isinstance(node, ast.Pass):
            return [], False
        if isinstance(node, ast.Expr):
            return self._expression_statement(node), False
        if isinstance(node, ast.Assign):
            return [self._assign(node)], False
        if isinstance(node, ast.AugAssign):
            return [self._augmented(node)], False
        if isinstance(node, ast.If):
            return self._if(node)
        if isinstance(node, ast.For):
            return [self._for(node)], False
        if isinstance(node, ast.Return):
            return [self._return(node)], True
        if isinstance(node, ast.Assert):
            if node.msg is not None and not isinstance(node.msg, ast.Constant):
                self.refuse(node, "an assertion's message is a plain string", "write `assert condition`")
            return [Assert(node.lineno, self.condition(node.test))], False
        if isinstance(node, ast.AnnAssign):
            self.refuse(node, "a local variable has no annotation here", "assign it; its type is that of the value")
        words: dict[type[ast.stmt], tuple[str, str]] = {
            ast.While: ("`while` is outside the language: it may not end", "write `for x in Pool` or `range(n)`"),
            ast.Try: ("`try` is outside the language", "return a bool that says what went wrong"),
            ast.With: ("`with` is outside the language", "call the operations one after the other"),
            ast.Raise: ("`raise` is outside the language", "write `assert`, or return a bool"),
            ast.Delete: ("`del` is outside the language", "assign None, or call `free`"),
            ast.Global: ("`global` is outside the language", "keep state in a machine's field"),
            ast.FunctionDef: ("a function inside a body", "write a module-level `@operation`"),
            ast.Import: ("an import inside a body", "import at the head of the file"),
            ast.ImportFrom: ("an import inside a body", "import at the head of the file"),
            ast.Break: ("`break` is outside the language", "use `any(...)`, or return from an operation"),
            ast.Continue: ("`continue` is outside the language", "put the rest of the body under an `if`"),
            ast.Match: ("`match` is outside the language", "write `if` and `elif`"),
            ast.TryStar: ("`try` is outside the language", "return a bool that says what went wrong"),
            ast.ClassDef: ("a class inside a body", "write it beside the machines"),
            ast.AsyncFor: ("`async` is outside the language", "write one row for each action"),
            ast.AsyncWith: ("`async` is outside the language", "write one row for each action"),
        }
        other = (f"`{ast.unparse(node)}` is outside the language", "write assignments, calls, `if` and `for`")
        message, instead = words.get(type(node), other)
        self.refuse(node, message, instead)

    def _expression_statement(self, node: ast.Expr) -> list[Statement]:
        call = node.value
        line = node.lineno
        if isinstance(call, ast.Yield | ast.YieldFrom | ast.Await):
            self.expression(call)
        if not isinstance(call, ast.Call):
            self.refuse(node, "an expression whose value nobody uses", "call it, assign it, or remove it")
        function = self._callee(call)
        if isinstance(function, Name):
            word = function.value
            if word is rows.require:
                self._takes(call, "require", 1)
                if self.declared.kind != "step":
                    self.refuse(node, "`require` is the guard of a step; this is called", "write `assert` here")
                return self._require(call)
            if word is bodies.ensure:
                return [self._ensure(call)]
            if word is bodies.fail:
                self._takes(call, "fail", 1)
                return [Fail(line, self._text(call.args[0]))]
            if word is bodies.free:
                self._takes(call, "free", 1)
                freed = self.expression(call.args[0])
                if not isinstance(freed.type, Pointer) or not freed.type.machine.dynamic:
                    self.refuse(node, f"`free` of {freed.type}", "free an instance of a dynamic machine")
                return [Free(line, freed)]
        if isinstance(call.func, ast.Attribute):
            special = self._special_method(call, call.func)
            if special is not None:
                return [special]
        return [Evaluate(line, self.expression(call))]

    def _special_method(self, call: ast.Call, function: ast.Attribute) -> Statement | None:
        """`self.goto(...)`, and what is done to a set or a queue."""
        if function.attr == "goto":
            self._is_self(call, function.value)
            self._takes(call, "goto", 1)
            state = self._state(call.args[0])
            if len(self.declared.targets) < 2:
                self.refuse(call, "`goto` in a row with a single end", "drop it, or name several states in `to`")
            if state not in self.declared.targets:
                there = ", ".join(map(str, self.declared.targets))
                self.refuse(call, f"{state} is not among the row's targets", f"name it in `to`: {there}")
            return Goto(call.lineno, state)
        container = self._container(function.value)
        if container is None:
            return None
        value = container.field.value
        known = ("add", "discard", "clear") if isinstance(value, SetValue) else ("append", "popleft", "clear")
        if function.attr not in known:
            self.unknown(call, f"a {value} has no `{function.attr}`", function.attr, list(known))
        if function.attr == "popleft":
            return None
        self._may_write(call, container)
        self._takes(call, function.attr, 0 if function.attr == "clear" else 1)
        element = None
        if call.args:
            assert isinstance(value, SetValue | QueueValue)
            element = self.fitting(call.args[0], type_of(value.element), "the element")
        return Change(line_of(call), function.attr, container, element)

    def _is_self(self, call: ast.Call, receiver: ast.expr) -> None:
        machine, code = self.declared.machine, self.declared.body.__code__
        if machine is None or not isinstance(receiver, ast.Name) or receiver.id != code.co_varnames[0]:
            text = ast.unparse(receiver)
            self.refuse(call, f"`{text}.goto`: a row ends its own object's step", "write `self.goto(...)`")

    def _state(self, node: ast.expr) -> State:
        """The state that a `goto` names."""
        state = self._static(node)
        if isinstance(state, State):
            return state
        assert self.declared.machine is not None
        owner, states = self.declared.machine.__name__, [known.name for known in self.declared.machine.states]
        last = ast.unparse(node).rpartition(".")[2].strip("'")
        close = difflib.get_close_matches(last, states, 1)
        hint = f"did you mean `{owner}.{close[0]}`?" if close else f"there are: {', '.join(states) or 'none'}"
        self.refuse(node, f"`goto` names a state of {owner}, this is `{ast.unparse(node)}`", hint)

    def _require(self, call: ast.Call) -> list[Statement]:
        """A statement for each part of the guard, but for those that a switch decides."""
        self.condition(call.args[0])
        parts = [(self.condition(part), ast.unparse(part)) for part in conjuncts(call.args[0])]
        kept = [(made, text) for made, text in parts if not (isinstance(made, Constant) and made.value)]
        return [Require(call.lineno, made, text, next(self.numbers)) for made, text in kept]

    def _ensure(self, call: ast.Call) -> Ensure:
        if len(call.args) not in (1, 2) or call.keywords:
            self.refuse(call, "`ensure` takes a condition and a name", 'write `ensure(condition, "name")`')
        if len(call.args) == 2:
            name = self._text(call.args[1])
        else:
            machine = self.declared.machine
            if machine is None or not issubclass(machine, Monitor):
                self.refuse(call, "`ensure` outside a monitor names its property", 'write `ensure(condition, "name")`')
            name = monitor_property(machine).name
        known = {
            each.name: each for each in self.system.all_properties if each.kind != "sometimes" and not each.liveness
        }
        if name not in known:
            self.unknown(call, f"the system has no property `{name}`", name, list(known))
        if known[name].by:
            self.refuse(call, f"`ensure` does not say by which `{known[name].by}` it breaks `{name}`", "drop its `by`")
        return Ensure(call.lineno, self.condition(call.args[0]), name)

    def _assign(self, node: ast.Assign) -> Statement:
        if len(node.targets) != 1:
            self.refuse(node, "one assignment sets one thing", "write one line for each")
        target = node.targets[0]
        if isinstance(target, ast.Tuple | ast.List):
            self.refuse(node, "an assignment to several things at once", "write one line for each")
        if isinstance(target, ast.Name):
            value = self.expression(node.value)
            return self._set_local(target, value)
        if isinstance(target, ast.Attribute):
            load = self._load_target(target)
            value = self.fitting(node.value, load.type, f"`{target.attr}`")
            return Store(load.line, load.object, load.field, value)
        self.refuse(node, f"`{ast.unparse(target)}` can't be assigned", "assign to a local variable or a field")

    def _augmented(self, node: ast.AugAssign) -> Statement:
        operator = ARITHMETIC.get(type(node.op))
        if operator is None:
            self.refuse(node, f"`{symbol(node.op)}=` is outside the language", operators_hint(node.op))
        right = self.expression(node.value)
        if isinstance(node.target, ast.Name):
            left = self.expression(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
            return self._set_local(node.target, self._arithmetic(node, operator, left, right))
        if isinstance(node.target, ast.Attribute) and isinstance(node.target.value, ast.Name):
            load = self._load_target(node.target)
            value = self._arithmetic(node, operator, load, right)
            value = self._fit(node, value, load.type, f"`{node.target.attr}`")
            return Store(load.line, load.object, load.field, value)
        text = ast.unparse(node.target)
        hint = "name its object first: `x = ...`, then `x.field += 1`"
        self.refuse(node, f"`{text}` can't be updated in place", hint)

    def _load_target(self, target: ast.Attribute) -> Load:
        found = self._attribute(target)
        if not isinstance(found, Load):
            self.refuse(target, f"`{target.attr}` can't be assigned", "assign to a field")
        if isinstance(found.field.value, SetValue | QueueValue):
            self.refuse(target, "a set or queue is changed in place", "use add, discard, clear, append or popleft")
        if found.field.name in ("state", "live"):
            self.refuse(target, "the control state is not assigned", "name the row's end in `to`, or call `self.goto`")
        self._may_write(target, found)
        return found

    def _set_local(self, target: ast.Name, value: Expression) -> SetLocal:
        name = target.id
        before = self.locals.get(name, self.known.get(name))
        if isinstance(value.type, NothingType):
            if isinstance(value, Call):
                called = value.operation.qualname
                self.refuse(target, f"`{name}` gets the result of {called}, which has none", "only call it")
            if not isinstance(before, Pointer):
                self.refuse(target, f"`{name}` gets None, which has no type by itself", "assign an object first")
            value = replace(value, type=before)
        if name in self.parameters:
            self.refuse(target, f"the parameter `{name}` is assigned", "use another name")
        if name in self.loops:
            self.refuse(target, f"the loop's variable `{name}` is assigned", "use another name")
        self.locals[name] = value.type if before is None else self._join(target, name, before, value.type)
        if self.locals[name] != self.known.get(name):
            self.grown = target
        self.assigned.add(name)
        return SetLocal(target.lineno, name, value)

    def _if(self, node: ast.If) -> tuple[list[Statement], bool]:
        test = self.condition(node.test)
        if isinstance(test, Constant):
            live, dead = (node.body, node.orelse) if test.value else (node.orelse, node.body)
            kept = (set(self.assigned), dict(self.locals))
            self.block(dead)  # what is switched off has to be in the language too
            self.assigned, self.locals = kept
            statements, ends = self.block(live)
            return list(statements), ends
        before = set(self.assigned)
        then, then_ends = self.block(node.body)
        after_then, self.assigned = self.assigned, set(before)
        other, other_ends = self.block(node.orelse)
        if other_ends and not then_ends:
            self.assigned = after_then
        elif not then_ends or other_ends:
            self.assigned &= after_then
        return [If(node.lineno, test, then, other, ast.unparse(node.test))], then_ends and other_ends

    def _for(self, node: ast.For) -> Statement:
        if node.orelse:
            self.refuse(node, "`else` of a loop is outside the language", "put it after the loop")
        if not isinstance(node.target, ast.Name):
            self.refuse(node, "a loop has one variable", "write `for x in Pool`")
        name, over, kind = node.target.id, *self._domain(node.iter)
        if name in self.locals or name in self.parameters:
            self.refuse(node, f"the loop's variable `{name}` is used already", "use another name")
        before = set(self.assigned)
        self.loops.append(name)
        self.locals[name] = kind
        self.assigned.add(name)
        body, _ = self.block(node.body)
        self.loops.pop()
        self.assigned = before
        del self.locals[name]
        return For(node.lineno, name, over, body)

    def _return(self, node: ast.Return) -> Return:
        if node.value is None:
            if not isinstance(self.result, NothingType):
                self.refuse(node, f"`return` without a value; the result is {self.result}", "return one")
            return Return(node.lineno, None)
        if isinstance(self.result, NothingType):
            hint = "write `-> bool`, or whatever it is" if self.declared.kind != "step" else "write `return`"
            self.refuse(node, "a value is returned, but no type is declared for it", hint)
        return Return(node.lineno, self.fitting(node.value, self.result, "the result"))


def returns_always(statement: ast.stmt) -> bool:
    """Whether every path through a statement returns, whatever the switches say."""
    if isinstance(statement, ast.If):
        return all(bool(branch) and returns_always(branch[-1]) for branch in (statement.body, statement.orelse))
    return isinstance(statement, ast.Return)


def conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of a condition that all have to hold, from left to right."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from conjuncts(value)
    else:
        yield node
