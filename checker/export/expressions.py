"""Expressions of a body, as Murphi text.

What has an effect may stand inside of a Murphi expression, as a call of a function. But in which order the operands of
an operator or a call are evaluated is not said. So where that matters, they are kept in variables first, by statements
that go before; and where the right side of an `and` or an `or` needs such statements, it becomes an `if`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...spec.language.machines import Machine
from ...spec.language.types import EnumValue, Field, IntValue, RefValue, SetValue
from ..compile.ir import (
    BOOL,
    NOTHING,
    At,
    Binary,
    Call,
    Column,
    Conditional,
    Constant,
    Contains,
    Expression,
    Junction,
    Length,
    Load,
    Local,
    May,
    New,
    Not,
    Pointer,
    Pop,
    Quantified,
    SlotOf,
    Type,
    walk,
)
from .choices import may
from .circles import Circle
from .fields import count, fitted, floor, kept, pop, read, the
from .frame import Frame
from .model import Model
from .objects import allocate
from .routines import call
from .text import Lines, block, indented, joined, routine, tight

COMPARISONS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Expressions:
    """The expressions of one body, and the statements that go before the one that they stand in."""

    def __init__(self, model: Model, frame: Frame, *, lenient: bool = False) -> None:
        self.model, self.frame, self.names, self.lenient = model, frame, frame.names, lenient
        self.lines: Lines = []
        self.sure: set[str] = set()
        """The variables that are never None."""

    @contextmanager
    def apart(self) -> Iterator[Lines]:
        """Collect the statements that are made meanwhile."""
        before, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = before

    def kept_first(self, text: str, kind: Type, wanted: str = "kept") -> str:
        """A value, kept in a variable."""
        name = self.frame.variable(wanted, self.model.kind(kind))
        self.lines.append(f"{name} := {text};")
        return name

    def acts(self, node: object) -> bool:
        """Whether evaluating an expression changes anything."""
        return any(
            isinstance(part, May | New | Pop) or (isinstance(part, Call) and part.operation in self.model.impure)
            for part in walk(node)
        )

    def operands(self, nodes: Sequence[Expression], *, checked: bool = False) -> list[str]:
        """Expressions that are evaluated one after the other; `checked` if there is a check after the last."""
        loose = [not isinstance(node, Constant | Local) for node in nodes]
        last = max((i for i, node in enumerate(nodes) if self.acts(node)), default=-1)
        texts = []
        for i, node in enumerate(nodes):
            text = self.value(node)
            if i <= last and loose[i] and (i < last or checked or any(loose[i + 1 :])) and not text.isidentifier():
                text = self.kept_first(text, node.type)
            texts.append(text)
        return texts

    # -- every kind --------------------------------------------------------------------------------------------------

    def value(self, node: Expression) -> str:
        """The text of any expression."""
        model = self.model
        match node:
            case Constant():
                return model.constant(node)
            case Local(_, _, name):
                return self.names[name]
            case Load():
                return self._load(node)
            case Column():
                return f"{self._column(node)}({self.value(node.row)})"
            case Binary():
                return self._binary(node)
            case Not(_, _, operand):
                return f"!{tight(self.value(operand))}"
            case Junction():
                return self._junction(node)
            case Conditional():
                return self._conditional(node)
            case Call():
                return self.call(node)
            case May(_, _, label):
                return f"{may(model, label)}()"
            case New():
                return self.new(node, self.frame.variable("new", model.names["Pointer", node.machine]))
            case At(_, _, machine, index):
                return fitted(model, self.value(index), index.type, IntValue(0, model.pools[machine] - 1))
            case SlotOf(_, _, target):
                return self.slot(target, self.value(target))
            case Quantified():
                return self._quantified(node)
            case Contains(_, _, container, element):
                first, second = self.operands([element, container.object], checked=True)
                return f"{self.place(container, second)}[{self.element(container.field, element, first)}]"
            case Length(_, _, container):
                text = self.value(container.object)
                if isinstance(container.field.value, SetValue):
                    return f"{count(model, container.field)}({self.slot(container.object, text)})"
                return f"{self.place(container, text)}.length"
            case Pop(_, _, container):
                return f"{pop(model, container.field)}({self.slot(container.object, self.value(container.object))})"
            case _:
                raise TypeError(node)

    # -- objects -----------------------------------------------------------------------------------------------------

    def _never_none(self, node: Expression) -> bool:
        return isinstance(node, At | New) or (isinstance(node, Local) and node.name in self.sure)

    def checked(self, node: Expression) -> bool:
        """Whether an object has to be looked at before one of its fields is touched."""
        return not self._never_none(node) or (isinstance(node.type, Pointer) and node.type.machine.dynamic)

    def slot(self, node: Expression, text: str) -> str:
        """The slot of an object, which there has to be."""
        assert isinstance(node.type, Pointer)
        machine = node.type.machine
        return f"{the(self.model, machine)}({text})" if self.checked(node) else text

    def place(self, load: Load, target: str) -> str:
        """A field, to be written or looked into; `target` is the text of its object."""
        return self.model.at(self.slot(load.object, target), load.field)

    def _load(self, node: Load) -> str:
        value = node.field.value
        dangles = isinstance(value, RefValue) and value.machine.dynamic
        target = self.value(node.object)
        if not self.checked(node.object) and not dangles:
            return self.model.at(target, node.field)
        return f"{read(self.model, node.field)}({target})"

    def element(self, made: Field, node: Expression, text: str) -> str:
        """An element of a set, as its index."""
        assert isinstance(made.value, SetValue)
        if isinstance(made.value.element, RefValue):
            return self.slot(node, text)
        return fitted(self.model, text, node.type, made.value.element)

    def new(self, node: New, new: str) -> str:
        """A new object, in a variable; it is made when the values of its fields are there."""
        model = self.model
        texts = []
        for made, given in node.values:
            text = self.value(given)
            if not isinstance(given, Constant | Local):
                text = self.kept_first(text, given.type, made.name)
            texts.append(text)
        self.lines.append(f"{new} := {allocate(model, node.machine)}();")
        for (made, given), text in zip(node.values, texts, strict=True):
            self.lines.append(f"{model.at(new, made)} := {self.stored(made, given, text)};")
        return new

    def stored(self, made: Field, node: Expression, text: str) -> str:
        """A value as a field keeps it."""
        value = made.value
        if isinstance(value, RefValue):
            plain = not value.machine.dynamic or isinstance(node, Constant)
            return text if plain else f"{kept(self.model, value.machine)}({text})"
        return fitted(self.model, text, node.type, value)

    def call(self, node: Call) -> str:
        """A call of an operation; one that is a part of the same circle leaves its value in a variable."""
        nodes = [*([] if node.receiver is None else [node.receiver]), *node.arguments]
        texts = self.operands(nodes)
        kinds = [kind for _, kind in self.model.program.functions[node.operation].parameters]
        fit = [
            fitted(self.model, text, given.type, kind) for text, given, kind in zip(texts, nodes, kinds, strict=True)
        ]
        circle = self.frame.circle
        if circle is None or self.model.circles.get(node.operation) is not circle:
            return call(self.model, node.operation, fit, circle)
        return self._asked(node, fit, circle)

    def _asked(self, node: Call, arguments: Sequence[str], circle: Circle) -> str:
        result = self.model.program.functions[node.operation].result
        if result == NOTHING:
            return circle.call(node.operation, arguments, circle.results)
        answer = self.frame.variable("answer", self.model.kind(result))
        self.lines.append(f"{circle.call(node.operation, arguments, circle.results | {result: answer})};")
        return answer

    # -- operators ---------------------------------------------------------------------------------------------------

    def _binary(self, node: Binary) -> str:
        left, right = self.operands([node.left, node.right])
        if node.operator in COMPARISONS:
            return f"{tight(left)} {COMPARISONS[node.operator]} {tight(right)}"
        assert isinstance(node.left.type, IntValue)
        if node.operator in ("//", "%") and node.left.type.low < 0:
            return f"{floor(self.model, node.operator)}({left}, {right})"
        return f"{tight(left)} {node.operator[0]} {tight(right)}"

    def _junction(self, node: Junction) -> str:
        sign = "&" if node.operator == "and" else "|"
        left = self.value(node.left)
        with self.apart() as before:
            right = self.value(node.right)
        if not before:
            return joined(sign, [left, right])
        result = self.kept_first(left, BOOL)
        asked = result if node.operator == "and" else f"!{result}"
        self.lines += block(f"if {asked} then", [*before, f"{result} := {right};"], "endif;")
        return result

    def _conditional(self, node: Conditional) -> str:
        test = self.value(node.test)
        with self.apart() as before_then:
            then = self.value(node.then)
        with self.apart() as before_other:
            other = self.value(node.other)
        if not before_then and not before_other:
            return f"({test} ? {tight(then)} : {tight(other)})"
        result = self.frame.variable("chosen", self.model.kind(node.type))
        self.lines += [
            f"if {test} then",
            *indented([*before_then, f"{result} := {then};"]),
            *block("else", [*before_other, f"{result} := {other};"], "endif;"),
        ]
        return result

    def _column(self, node: Column) -> str:
        """A column of a table as a function of its rows."""
        model = self.model
        assert isinstance(node.row.type, EnumValue)
        table = node.row.type.members
        name = model.names["column", table, node.name]

        def fill() -> Lines:
            head = f"function {name}(x: {model.names[table]}): {model.kind(node.type)}"
            if node.type == BOOL:
                true = [f"x = {model.names[member]}" for member, cell in zip(table, node.values, strict=True) if cell]
                return routine(head, [], [f"return {joined('|', true) or 'false'};"], end="endfunction")
            groups: dict[int, list[str]] = {}
            for member, cell in zip(table, node.values, strict=True):
                groups.setdefault(cell, []).append(model.names[member])
            cases = [
                f"case {', '.join(members)}: return {model.value(node.type, cell)};" for cell, members in groups.items()
            ]
            return routine(head, [], block("switch x", cases, "endswitch;"), end="endfunction")

        return model.routine(("column", table, node.name), name, fill)

    # -- quantifiers -------------------------------------------------------------------------------------------------

    @contextmanager
    def over(self, variable: str, domain: type[Machine] | tuple[int, int]) -> Iterator[tuple[str, str]]:
        """The variable of a loop with its values, and what has to hold of it; a local of its name is hidden."""
        hidden = self.names.get(variable, "")
        key = ("loop", variable)
        name = self.names[key] if key in self.names else self.names.give(key, variable)
        self.names.put(variable, name)
        if isinstance(domain, tuple):
            yield f"{name}: {domain[0]}..{domain[1] - 1}", ""
        else:
            self.sure.add(variable)
            yield f"{name}: {self.model.slots(domain)}", self.model.live(domain, name) if domain.dynamic else ""
            self.sure.discard(variable)
        self.names.put(variable, hidden)

    def _quantified(self, node: Quantified) -> str:
        if isinstance(node.over, tuple) and node.over[0] >= node.over[1]:
            return {"any": "false", "all": "true", "sum": "0"}[node.quantifier]
        with self.over(node.variable, node.over) as (domain, live):
            with self.apart() as before_test:
                test = "" if node.condition is None else self.value(node.condition)
            with self.apart() as before_body:
                body = self.value(node.body)
        conditions = [part for part in (live, test) if part]
        if node.quantifier != "sum" and not before_test and not before_body:
            if node.quantifier == "any":
                return f"(exists {domain} do {joined('&', [*conditions, body])} endexists)"
            holds = f"{tight(joined('&', conditions))} -> {tight(body)}" if conditions else body
            return f"(forall {domain} do {holds} endforall)"
        return self._looped(node, domain, live, (before_test, test), (before_body, body))

    def _looped(
        self, node: Quantified, domain: str, live: str, test: tuple[Lines, str], body: tuple[Lines, str]
    ) -> str:
        """A quantifier as a loop: a sum, or one whose parts need statements."""
        kind = self.model.kind(node.type)
        result = self.frame.variable("total" if node.quantifier == "sum" else "found", kind)
        start = {"any": "false", "all": "true", "sum": "0"}[node.quantifier]
        added = f"{result} + {tight(body[1])}" if node.quantifier == "sum" else body[1]
        inner = [*body[0], f"{result} := {added};"]
        if test[1]:
            inner = [*test[0], *block(f"if {test[1]} then", inner, "endif;")]
        going = {"any": [f"!{result}"], "all": [result], "sum": []}[node.quantifier] + ([live] if live else [])
        if going:
            inner = block(f"if {joined('&', going)} then", inner, "endif;")
        self.lines += [f"{result} := {start};", *block(f"for {domain} do", inner, "endfor;")]
        return result
