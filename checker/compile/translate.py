"""From a method's syntax tree to the IR; what is outside the language is refused, with what to write instead."""

from __future__ import annotations

import ast
import builtins
import difflib
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NoReturn, cast

from ...spec.language import bodies, rows
from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine, StateValue, signature
from ...spec.language.properties import Monitor, monitor_property
from ...spec.language.rows import Declaration, State, declaration
from ...spec.language.system import System
from ...spec.language.tables import columns
from ...spec.language.types import (
    LARGEST_NUMBER,
    BoolValue,
    EnumValue,
    Field,
    IntValue,
    QueueValue,
    RefValue,
    SetValue,
    Value,
)
from ...spec.language.variants import Switch
from .ir import (
    BOOL,
    NOTHING,
    Assert,
    At,
    Binary,
    Call,
    Change,
    Column,
    Conditional,
    Constant,
    Contains,
    Ensure,
    Evaluate,
    Expression,
    Fail,
    For,
    Free,
    Function,
    Goto,
    If,
    Junction,
    Length,
    Load,
    Local,
    May,
    New,
    Not,
    NothingType,
    Pointer,
    Pop,
    Quantified,
    Require,
    Return,
    SetLocal,
    SlotOf,
    Statement,
    StateType,
    Store,
    Type,
    constant_type,
    type_of,
    walk,
)
from .source import tree

LARGEST = 1 << 62
"""Beyond this, an intermediate value could overflow a machine word."""

MOST_ROUNDS = 1000
"""How often a loop over a range runs at most."""

COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%"}


def translate(declared: Declaration, system: System, pools: dict[type[Machine], int]) -> Function:
    """One row or property body as IR. Raises `SpecError` for what is not in the language."""
    known: dict[str, Type] = {}
    for _ in range(4):
        translation = _Translation(declared, system, pools, known)
        function = translation.function()
        if translation.locals == known:
            return function
        known = dict(translation.locals)
    translation.refuse(
        translation.grown,
        f"the range of the local `{ast.unparse(translation.grown)}` grows with every round",
        "keep the number in a field, whose range is declared",
    )


@dataclass(frozen=True)
class _Name:
    """A name of the spec's module, resolved: a machine, a constant, a decorated function, a word of the language."""

    value: Any


class _Translation:
    def __init__(
        self, declared: Declaration, system: System, pools: dict[type[Machine], int], known: dict[str, Type]
    ) -> None:
        self.declared, self.system, self.pools, self.known = declared, system, pools, known
        self.node = tree(declared.body)
        self.parameters: dict[str, Type] = {}
        self.locals: dict[str, Type] = {}
        self.assigned: set[str] = set()
        self.loops: list[str] = []
        self.result: Type = NOTHING
        self.grown: ast.AST = self.node
        """The last assignment that gave a local variable more values than it was known to have."""

    # -- refusing ----------------------------------------------------------------------------------------------------

    def refuse(self, node: ast.AST, message: str, instead: str = "") -> NoReturn:
        line = getattr(node, "lineno", self.declared.line)
        raise SpecError(f"{self.declared.qualname}: {message}", file=self.declared.file, line=line, instead=instead)

    def unknown(self, node: ast.AST, message: str, name: str, choices: list[str]) -> NoReturn:
        close = difflib.get_close_matches(name, choices, 1)
        there = f"there are: {', '.join(choices)}" if choices else ""
        self.refuse(node, message, f"did you mean `{close[0]}`?" if close else there)

    # -- the function ------------------------------------------------------------------------------------------------

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
            if self._is_require(statement):
                if not head:
                    self.refuse(statement, "`require` after an effect", "move the guard to the head of the step")
            elif isinstance(statement, ast.Assign) and all(isinstance(t, ast.Name) for t in statement.targets):
                continue
            else:
                head = False
            for inner in ast.walk(statement):
                if isinstance(inner, ast.stmt) and inner is not statement and self._is_require(inner):
                    self.refuse(inner, "`require` inside a branch", "move the guard to the head of the step")

    def _is_require(self, statement: ast.stmt) -> bool:
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and isinstance(statement.value.func, ast.Name)
            and self._global(statement.value.func.id) is rows.require
        )

    def _arrives(self, body: list[ast.stmt]) -> None:
        """Every path of a row with several targets says where it ends."""
        if not _always(body, self._is_goto):
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

    # -- statements --------------------------------------------------------------------------------------------------

    def block(self, body: list[ast.stmt]) -> tuple[tuple[Statement, ...], bool]:
        """The statements, and whether every path through them returns."""
        result: list[Statement] = []
        ends = False
        for position, statement in enumerate(body):
            if position and _returns(body[position - 1]):
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
        if isinstance(function, _Name):
            word = function.value
            if word is rows.require:
                self._takes(call, "require", 1)
                if self.declared.kind != "step":
                    self.refuse(node, "`require` is the guard of a step; this is called", "write `assert` here")
                return [Require(line, self.condition(call.args[0]))]
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
        return Change(_line(call), function.attr, container, element)

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
        names = [known.name for known in self.system.all_properties if known.kind != "sometimes"]
        if name not in names:
            self.unknown(call, f"the system has no property `{name}`", name, names)
        return Ensure(call.lineno, self.condition(call.args[0]), name)

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        self.refuse(node, "a plain string is expected here", 'write it in quotes: "..."')

    def _takes(self, call: ast.Call, name: str, count: int) -> None:
        given = len(call.args) + len(call.keywords)
        if given != count:
            wanted = _count(count, "argument")
            self.refuse(call, f"`{name}` takes {wanted}, this has {given}", f"hand over {count or 'none'}")
        if call.keywords or any(isinstance(argument, ast.Starred) for argument in call.args):
            self.refuse(call, f"`{name}` takes plain arguments", "drop the keyword or the `*`")

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
            self.refuse(node, f"`{_symbol(node.op)}=` is outside the language", _operators(node.op))
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

    def _may_write(self, node: ast.AST, load: Load) -> None:
        """A monitor writes what is its own, and nobody writes the past."""
        machine, target = self.declared.machine, cast(Pointer, load.object.type)
        if machine is not None and issubclass(machine, Monitor) and target.machine is not machine:
            self.refuse(node, "a monitor only writes its own fields", "keep what it needs in the monitor")
        if target.before:
            self.refuse(node, "the state before a step can't be changed", "read it only")

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

    def _join(self, node: ast.AST, name: str, one: Type, two: Type) -> Type:
        if isinstance(one, IntValue) and isinstance(two, IntValue):
            return IntValue(min(one.low, two.low), max(one.high, two.high))
        if one != two:
            self.refuse(node, f"`{name}` is {one} and becomes {two}", "use two names: a name has one type")
        return one

    def _if(self, node: ast.If) -> tuple[list[Statement], bool]:
        folded = self._folded(node.test)
        if folded is not None:
            live, dead = (node.body, node.orelse) if folded else (node.orelse, node.body)
            kept = (set(self.assigned), dict(self.locals))
            self.block(dead)  # what is switched off has to be in the language too
            self.assigned, self.locals = kept
            statements, ends = self.block(live)
            return list(statements), ends
        test = self.condition(node.test)
        before = set(self.assigned)
        then, then_ends = self.block(node.body)
        after_then, self.assigned = self.assigned, set(before)
        other, other_ends = self.block(node.orelse)
        if other_ends and not then_ends:
            self.assigned = after_then
        elif not then_ends or other_ends:
            self.assigned &= after_then
        return [If(node.lineno, test, then, other)], then_ends and other_ends

    def _folded(self, test: ast.expr) -> bool | None:
        """The value of `SWITCH` or `not SWITCH`; None for any other condition."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self._folded(test.operand)
            return None if inner is None else not inner
        value = self._static(test) if isinstance(test, ast.Name) else None
        return bool(value) if isinstance(value, Switch) else None

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

    def _return(self, node: ast.Return) -> Return:
        if node.value is None:
            if not isinstance(self.result, NothingType):
                self.refuse(node, f"`return` without a value; the result is {self.result}", "return one")
            return Return(node.lineno, None)
        if isinstance(self.result, NothingType):
            hint = "write `-> bool`, or whatever it is" if self.declared.kind != "step" else "write `return`"
            self.refuse(node, "a value is returned, but no type is declared for it", hint)
        return Return(node.lineno, self.fitting(node.value, self.result, "the result"))

    # -- expressions -------------------------------------------------------------------------------------------------

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
        if isinstance(wanted, Pointer) and _is_none(made):
            return replace(made, type=wanted)
        if isinstance(wanted, IntValue) and isinstance(made.type, IntValue):
            if made.type.low > wanted.high or made.type.high < wanted.low:
                what = f"{made.type.low}" if made.type.low == made.type.high else str(made.type)
                self.refuse(node, f"{what} never fits {word}, which is {wanted}", "widen the Range, or mend the value")
            return made
        if made.type != wanted:
            self.refuse(node, f"{word} is {wanted}, this is {made.type}", _remedy(wanted, made.type))
        return made

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
            if isinstance(found, _Name):
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
                self.refuse(node, f"`{_symbol(node.op)}` is outside the language", _operators(node.op))
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

    def _name(self, node: ast.Name) -> Expression:
        name, line = node.id, node.lineno
        if name in self.parameters:
            return Local(self.parameters[name], line, name)
        if self._is_local(name):
            if name not in self.assigned:
                self.refuse(node, f"`{name}` may have no value yet on some path", "assign it on every path before")
            return Local(self._local_type(name), line, name)
        value = self._global(name)
        if isinstance(value, Switch):
            self.refuse(node, f"the switch `{name}` is no value", f"ask `if {name}:`")
        if isinstance(value, bool | int | Enum):
            return self._constant(node, value)
        owner = self.declared.machine
        if owner is not None and name in [state.name for state in owner.states]:
            self.refuse(node, f"`{name}` alone is no state", f"write `{owner.__name__}.{name}`")
        if value is _Missing:
            self._undefined(node, name)
        self.refuse(node, f"`{name}` is no value of the language", "use constants, enumerations, machines and switches")

    def _undefined(self, node: ast.AST, name: str) -> NoReturn:
        """Nothing has this name, neither here nor in the module."""
        names = [*self.parameters, *self.locals, *self.declared.body.__globals__]
        close = difflib.get_close_matches(name, [known for known in names if not known.startswith("_")], 1)
        hint = f"did you mean `{close[0]}`?" if close else "define it in the module, or import it"
        self.refuse(node, f"`{name}` is not defined", hint)

    def _is_local(self, name: str) -> bool:
        """Whether Python takes a name for a local variable: it is assigned somewhere in the body."""
        code = self.declared.body.__code__
        return name in self.locals or name in self.known or name in code.co_varnames[code.co_argcount :]

    def _local_type(self, name: str) -> Type:
        here, known = self.locals.get(name), self.known.get(name)
        if isinstance(here, IntValue) and isinstance(known, IntValue):
            return IntValue(min(here.low, known.low), max(here.high, known.high))
        found = here or known
        assert found is not None
        return found

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
        return getattr(builtins, name, _Missing)

    def _static(self, node: ast.expr) -> Any:
        """What a name or a dotted name stands for outside any object: a machine, a state, a constant."""
        if isinstance(node, ast.Name):
            return None if node.id in self.parameters or self._is_local(node.id) else self._global(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._static(node.value)
            if owner is None or owner is _Missing:
                return None
            if isinstance(owner, type) and issubclass(owner, Machine):
                return vars(owner).get(node.attr)
            if isinstance(owner, type) and issubclass(owner, Enum):
                return owner.__members__.get(node.attr)
        return None

    def _listed(self, node: ast.AST, machine: type[Machine]) -> None:
        if machine not in self.pools:
            self.refuse(node, f"the System does not list {machine.__name__}: it has no pool", "add it to `machines`")

    def _attribute(self, node: ast.Attribute) -> Expression | _Name:
        static = self._static(node.value)
        if isinstance(static, type) and issubclass(static, Enum):
            member = static.__members__.get(node.attr)
            if member is None:
                self.unknown(node, f"{static.__name__} has no `{node.attr}`", node.attr, list(static.__members__))
            return self._constant(node, member)
        if isinstance(static, type) and issubclass(static, Machine):
            state = vars(static).get(node.attr)
            if isinstance(state, State):
                return Constant(StateType(static), node.lineno, state.index)
            states = [known.name for known in static.states]
            self.unknown(node, f"{static.__name__} has no state `{node.attr}`", node.attr, states)
        if static is not None and static is not _Missing and not isinstance(static, Enum):
            constant = getattr(static, node.attr, _Missing)
            if isinstance(constant, bool | int | Enum):
                return self._constant(node, constant)
        value = self.expression(node.value)
        if isinstance(value.type, EnumValue):
            return self._column(node, value)
        if not isinstance(value.type, Pointer):
            self.refuse(node, f"`.{node.attr}` of {value.type}", "only objects and tables' rows have fields")
        machine = value.type.machine
        if node.attr == "index":
            if machine.dynamic:
                self.refuse(node, f"{machine.__name__} is dynamic: its slots mean nothing", "keep a number in a field")
            return SlotOf(IntValue(0, max(0, self.pools[machine] - 1)), _line(node), value)
        found = machine.fields.get(node.attr)
        if found is None or node.attr == "live":
            there = vars(machine).get(node.attr)
            if declaration(there):
                return _Name(there)
            if isinstance(there, State):
                self.refuse(node, f"`{ast.unparse(node)}`: a state is named by its machine", f"write `{there}`")
            if node.attr == "live":
                self.refuse(node, "nobody can ask an object whether it is live", "set what pointed to it to None")
            choices = [name for name in machine.fields if name != "live"]
            self.unknown(node, f"{machine.__name__} has no field `{node.attr}`", node.attr, choices)
        return Load(self._field_type(found, value.type.before), _line(node), value, found)

    @staticmethod
    def _field_type(field: Field, before: bool) -> Type:
        if isinstance(field.value, SetValue | QueueValue):
            return NOTHING
        if isinstance(field.value, StateValue):
            return StateType(field.value.machine)
        made = type_of(field.value)
        return Pointer(made.machine, before) if isinstance(made, Pointer) else made

    def _column(self, node: ast.Attribute, value: Expression) -> Expression:
        assert isinstance(value.type, EnumValue)
        members = value.type.members
        known = columns(members)
        if not known:
            hint = f"write `is {members.__name__}.{next(iter(members)).name}`"
            self.refuse(node, f"{members.__name__} has no columns: `.{node.attr}`", hint)
        if node.attr not in known:
            self.unknown(node, f"{members.__name__} has no column `{node.attr}`", node.attr, list(known))
        cells = [getattr(member, node.attr) for member in members]
        if not all(isinstance(cell, bool | int | Enum) for cell in cells):
            hint = "use bool, int or enumerations"
            self.refuse(node, f"the column `{node.attr}` has a cell that is no constant", hint)
        if len({type(cell) for cell in cells}) != 1:
            self.refuse(node, f"the column `{node.attr}` mixes types", "give all its cells one type")
        numbers = [list(type(cell)).index(cell) if isinstance(cell, Enum) else int(cell) for cell in cells]
        kind = constant_type(cells[0])
        if isinstance(kind, IntValue):
            kind = IntValue(min(numbers), max(numbers))
        if isinstance(value, Constant):
            return Constant(constant_type(cells[value.value]), node.lineno, numbers[value.value])
        return Column(kind, node.lineno, value, tuple(numbers))

    def _container(self, node: ast.expr) -> Load | None:
        """A set or queue field, if that is what `node` names."""
        if not isinstance(node, ast.Attribute):
            return None
        static = self._static(node.value)
        if isinstance(static, type):
            return None
        found = self._attribute(node)
        if isinstance(found, Load) and isinstance(found.field.value, SetValue | QueueValue):
            return found
        return None

    def _truth(self, node: ast.expr) -> Expression:
        """What is asked for its truth alone, so that a switch may stand in it; anywhere else a switch is no bool."""
        switch = self._static(node) if isinstance(node, ast.Name) else None
        if isinstance(switch, Switch):
            return Constant(BOOL, node.lineno, int(bool(switch)))
        return self._junction(node, asked=True) if isinstance(node, ast.BoolOp) else self.expression(node)

    def _junction(self, node: ast.BoolOp, *, asked: bool = False) -> Expression:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        made = self._operand(node.values[0], operator, asked)
        for value in node.values[1:]:
            made = Junction(BOOL, node.lineno, operator, made, self._operand(value, operator, asked))
        return made

    def _operand(self, node: ast.expr, operator: str, asked: bool) -> Expression:
        made = self._truth(node) if asked else self.expression(node)
        if made.type != BOOL:
            hint = "write `is not None`" if isinstance(made.type, Pointer) else "write a comparison"
            self.refuse(node, f"`{operator}` is for bools, this is {made.type}", hint)
        return made

    def _unary(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.Not):
            return Not(BOOL, node.lineno, self._operand(node.operand, "not", True))
        if isinstance(node.op, ast.USub):
            zero = Constant(IntValue(0, 0), node.lineno, 0)
            return self._arithmetic(node, "-", zero, self.expression(node.operand))
        self.refuse(node, f"`{_symbol(node.op)}` is outside the language", "use `not` and `-`")

    def _arithmetic(self, node: ast.AST, operator: str, left: Expression, right: Expression) -> Expression:
        for side in (left, right):
            if not isinstance(side.type, IntValue):
                self.refuse(node, f"`{operator}` of {side.type}", "arithmetic is for ints")
        a, b = cast(IntValue, left.type), cast(IntValue, right.type)
        if operator in ("//", "%"):
            if b.low <= 0:
                self.refuse(node, f"`{operator}` by something that may be 0 or negative", "divide by a positive number")
            ends = [x // y for x in (a.low, a.high) for y in (b.low, b.high)] if operator == "//" else [0, b.high - 1]
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
        if _is_none(left) and isinstance(right.type, Pointer):
            left = replace(left, type=right.type)
        if _is_none(right) and isinstance(left.type, Pointer):
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
            made = equal if made is None else Junction(BOOL, node.lineno, "or", made, equal)
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
        if _is_none(then) and isinstance(other.type, Pointer):
            then = replace(then, type=other.type)
        if _is_none(other) and isinstance(then.type, Pointer):
            other = replace(other, type=then.type)
        if NOTHING in (then.type, other.type):
            self.refuse(node, f"`{ast.unparse(node)}` has no type", "write a pointer on one side, or assign None")
        if then.type != other.type and not (isinstance(then.type, IntValue) and isinstance(other.type, IntValue)):
            self.refuse(node, f"`... if ... else ...` is {then.type} or {other.type}", "give both sides one type")
        return Conditional(self._join(node, "the expression", then.type, other.type), node.lineno, test, then, other)

    def _subscript(self, node: ast.Subscript) -> Expression:
        machine = self._static(node.value)
        if not (isinstance(machine, type) and issubclass(machine, Machine)):
            self.refuse(node, "`[...]` is for a pool", "write `Pool[i]`")
        self._listed(node, machine)
        if machine.dynamic:
            self.refuse(node, f"{machine.__name__} is dynamic: its slots mean nothing", "keep a pointer in a field")
        index = self.expression(node.slice)
        if not isinstance(index.type, IntValue):
            self.refuse(node, f"a pool's index is an int, this is {index.type}", "write `Pool[0]`")
        if index.type.low >= self.pools[machine]:
            size = _count(self.pools[machine], "slot")
            self.refuse(node, f"`{ast.unparse(node)}`: the pool has {size}", "count from 0, or enlarge the scope")
        return At(Pointer(machine), node.lineno, machine, index)

    # -- calls -------------------------------------------------------------------------------------------------------

    def _callee(self, call: ast.Call) -> _Name | None:
        """The module-level thing that a call names, if it does."""
        if not isinstance(call.func, ast.Name) or call.func.id in self.parameters or self._is_local(call.func.id):
            return None
        return _Name(self._global(call.func.id))

    def _call(self, call: ast.Call) -> Expression:
        line = _line(call)
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
        if value is _Missing:
            self._undefined(call, name)
        if isinstance(value, type) and issubclass(value, Machine):
            self.refuse(call, f"{name} is not called", f"write `{name}.new(field=value)`")
        if isinstance(value, type) and issubclass(value, Enum):
            self.refuse(call, f"{name} is not called", f"write `{name}.{next(iter(value.__members__), 'member')}`")
        if value is getattr(builtins, name, _Missing):
            hint = "use any, all, sum, len, min, max and abs, or an `@operation`"
            self.refuse(call, f"a call of `{name}`, which is outside the language", hint)
        self.refuse(call, f"a call of `{name}`, which is an arbitrary function", "decorate it with `@operation`")

    def _operation(self, call: ast.Call, found: Declaration, receiver: Expression | None) -> Expression:
        wanted, result = signature(found, self.system.names)
        before = isinstance(receiver, Expression) and isinstance(receiver.type, Pointer) and receiver.type.before
        given: dict[str, ast.expr] = {}
        if len(call.args) > len(wanted):
            takes, hint = _count(len(wanted), "argument"), f"hand over {', '.join(wanted) or 'none'}"
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
        return Call(kind, _line(call), found, receiver, arguments)

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
        return New(Pointer(machine), _line(call), machine, tuple(values))

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
        self.locals[name] = kind
        self.assigned.add(name)
        condition: Expression | None = None
        for test in part.ifs:
            made = self.condition(test)
            condition = made if condition is None else Junction(BOOL, call.lineno, "and", condition, made)
        if quantifier == "sum":
            body = self.expression(generator.elt)
            if not isinstance(body.type, IntValue):
                self.refuse(call, f"`sum` of {body.type}", "sum up ints: `sum(1 for x in Pool if ...)`")
            count = self.pools[over] if isinstance(over, type) else max(0, over[1] - over[0])
            result: Type = IntValue(min(0, body.type.low * count), max(0, body.type.high * count))
        else:
            body, result = self.condition(generator.elt), BOOL
        del self.locals[name]
        self.assigned.discard(name)
        return Quantified(result, call.lineno, quantifier, name, over, condition, body)

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


def _is_none(made: Expression) -> bool:
    """Whether this is `None` as it is written, not the result of a call that has none."""
    return isinstance(made, Constant) and isinstance(made.type, NothingType)


def _remedy(wanted: Type, given: Type) -> str:
    """What to write where a value of one type is given and one of another is wanted."""
    if isinstance(wanted, BoolValue):
        return "write `is not None`" if isinstance(given, Pointer) else "write True, False or a comparison"
    if isinstance(wanted, IntValue):
        return "write `1 if ... else 0`" if isinstance(given, BoolValue) else "write an int"
    if isinstance(wanted, EnumValue):
        return f"write a member, as in `{wanted.members.__name__}.{next(iter(wanted.members)).name}`"
    return f"write {wanted}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _symbol(operator: ast.operator | ast.unaryop) -> str:
    """An operator as it is written."""
    if isinstance(operator, ast.unaryop):
        return ast.unparse(ast.UnaryOp(operator, ast.Name("x")))[:-1].strip()
    return ast.unparse(ast.BinOp(ast.Name("x"), operator, ast.Name("y")))[1:-1].strip()


def _operators(operator: ast.operator) -> str:
    if isinstance(operator, ast.Div):
        return "write `//`"
    if isinstance(operator, ast.BitOr | ast.BitAnd):
        return "write `or` or `and` of bools; a Set has add and discard"
    return "use + - * // %"


class _Missing:
    """Stands for a name that is not defined anywhere."""


def _line(node: ast.expr) -> int:
    """The line that Python names when an access or a call fails: that of the name after the last dot."""
    named = node.func if isinstance(node, ast.Call) else node
    return (named.end_lineno or named.lineno) if isinstance(named, ast.Attribute) else node.lineno


def _returns(statement: ast.stmt) -> bool:
    """Whether every path through a statement returns, whatever the switches say."""
    if isinstance(statement, ast.If):
        return all(bool(branch) and _returns(branch[-1]) for branch in (statement.body, statement.orelse))
    return isinstance(statement, ast.Return)


def _always(body: list[ast.stmt], wanted: Any) -> bool:
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


__all__ = ["translate"]
