"""Expressions of a body, as the text of a language.

What has an effect may stand inside of an expression. But in which order a language evaluates the operands of an
operator or a call is not said. So where that matters, they are kept in variables first, by statements that go before;
and where the right side of an `and` or an `or` needs such statements, it becomes an `if`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ...spec.language.machines import Machine
from ...spec.language.types import Field, IntValue, RefValue, SetValue
from ..compile.ir import (
    BOOL,
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
from .frame import Frame
from .model import Model
from .text import Lines, joined, tight


@dataclass(frozen=True)
class Round:
    """What a quantifier asks of one value: what has to hold of it, its condition, and its body, with what they need."""

    name: str
    live: str
    before_test: Lines
    test: str
    before_body: Lines
    body: str


class Expressions(ABC):
    """The expressions of one body, and the statements that go before the one that they stand in."""

    def __init__(self, model: Model, frame: Frame) -> None:
        self.model, self.frame, self.names, self.syntax = model, frame, frame.names, model.syntax
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

    def say(self, *lines: str) -> None:
        """Add lines."""
        self.lines.extend(lines)

    def becomes(self, place: str, value: str) -> str:
        """An assignment."""
        return f"{place} {self.syntax.becomes} {value};"

    def kept_first(self, text: str, kind: Type, wanted: str = "kept") -> str:
        """A value, kept in a variable."""
        name = self.frame.variable(wanted, self.model.kind(kind))
        self.say(self.becomes(name, text))
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
            if i <= last and loose[i] and (i < last or checked or any(loose[i + 1 :])) and not self.is_variable(text):
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
                return f"{self.column(node)}({self.value(node.row)})"
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
                return self.may(label)
            case New():
                return self.new(node, self.frame.variable("new", model.kind(node.type)))
            case At(_, _, machine, index):
                return self.fitted(self.value(index), index.type, IntValue(0, model.pools[machine] - 1))
            case SlotOf(_, _, target):
                return self.slot(target, self.value(target))
            case Quantified():
                return self._quantified(node)
            case Contains(_, _, container, element):
                first, second = self.operands([element, container.object], checked=True)
                slot = self.slot(container.object, second)
                return self.contains(container.field, slot, self.element(container.field, element, first))
            case Length(_, _, container):
                return self.length(container.field, self.slot(container.object, self.value(container.object)))
            case Pop(_, _, container):
                return self.pop(container.field, self.slot(container.object, self.value(container.object)))
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
        return self.found(machine, text) if self.checked(node) else text

    def _load(self, node: Load) -> str:
        value = node.field.value
        dangles = isinstance(value, RefValue) and value.machine.dynamic
        target = self.value(node.object)
        if not self.checked(node.object) and not dangles:
            return self.model.at(target, node.field)
        return self.read(node.field, target)

    def element(self, made: Field, node: Expression, text: str) -> str:
        """An element of a set, as its index."""
        assert isinstance(made.value, SetValue)
        if isinstance(made.value.element, RefValue):
            return self.slot(node, text)
        return self.fitted(text, node.type, made.value.element)

    def new(self, node: New, new: str) -> str:
        """A new object, in a variable; it is made when the values of its fields are there."""
        model = self.model
        texts = []
        for made, given in node.values:
            text = self.value(given)
            if not isinstance(given, Constant | Local):
                text = self.kept_first(text, given.type, made.name)
            texts.append(text)
        self.say(*self.allocated(node.machine, new))
        for (made, given), text in zip(node.values, texts, strict=True):
            stored = self.stored(made, given, text)
            self.say(self.becomes(model.at(new, made), stored))
        return new

    def stored(self, made: Field, node: Expression, text: str) -> str:
        """A value as a field keeps it."""
        value = made.value
        if isinstance(value, RefValue):
            plain = not value.machine.dynamic or isinstance(node, Constant)
            return text if plain else self.kept(value.machine, text)
        return self.fitted(text, node.type, value)

    def call(self, node: Call) -> str:
        """A call of an operation."""
        nodes = [*([] if node.receiver is None else [node.receiver]), *node.arguments]
        texts = self.operands(nodes)
        kinds = [kind for _, kind in self.model.program.functions[node.operation].parameters]
        fit = [self.fitted(text, given.type, kind) for text, given, kind in zip(texts, nodes, kinds, strict=True)]
        return self.asked(node, fit)

    def fitted(self, text: str, given: object, wanted: object) -> str:
        """A number as a value of a narrower type."""
        if not isinstance(given, IntValue) or not isinstance(wanted, IntValue):
            return text
        if wanted.low <= given.low and given.high <= wanted.high:
            return text
        return self.within(wanted.low, wanted.high, text)

    # -- operators ---------------------------------------------------------------------------------------------------

    def _binary(self, node: Binary) -> str:
        left, right = self.operands([node.left, node.right])
        if node.type == BOOL:
            sign = self.syntax.equal if node.operator == "==" else node.operator
            return f"{tight(left)} {sign} {tight(right)}"
        assert isinstance(node.left.type, IntValue)
        if node.operator in ("//", "%") and node.left.type.low < 0:
            return f"{self.floor(node.operator)}({left}, {right})"
        return f"{tight(left)} {node.operator[0]} {tight(right)}"

    def _junction(self, node: Junction) -> str:
        sign = self.syntax.both if node.operator == "and" else self.syntax.either
        left = self.value(node.left)
        with self.apart() as before:
            right = self.value(node.right)
        if not before:
            return joined(sign, [left, right])
        result = self.kept_first(left, BOOL)
        asked = result if node.operator == "and" else f"!{result}"
        self.say(*self.branch(asked, [*before, self.becomes(result, right)]))
        return result

    def _conditional(self, node: Conditional) -> str:
        test = self.value(node.test)
        with self.apart() as before_then:
            then = self.value(node.then)
        with self.apart() as before_other:
            other = self.value(node.other)
        if not before_then and not before_other:
            return self.chosen(test, then, other)
        result = self.frame.variable("chosen", self.model.kind(node.type))
        lines = [*before_then, self.becomes(result, then)]
        self.say(*self.branch(test, lines, [*before_other, self.becomes(result, other)]))
        return result

    # -- quantifiers -------------------------------------------------------------------------------------------------

    @contextmanager
    def over(self, variable: str, domain: type[Machine] | tuple[int, int]) -> Iterator[tuple[str, str]]:
        """The variable of a loop, and what has to hold of its value; a local of its name is hidden."""
        hidden = self.names.get(variable, "")
        key = ("loop", variable)
        name = self.names[key] if key in self.names else self.counter(key, variable)
        self.names.put(variable, name)
        if isinstance(domain, tuple):
            yield name, ""
        else:
            self.sure.add(variable)
            yield name, self.model.live(domain, name) if domain.dynamic else ""
            self.sure.discard(variable)
        self.names.put(variable, hidden)

    def _quantified(self, node: Quantified) -> str:
        if isinstance(node.over, tuple) and node.over[0] >= node.over[1]:
            return {"any": "false", "all": "true", "sum": "0"}[node.quantifier]
        return self.quantified(node)

    def each(self, node: Quantified) -> Round:
        """What a quantifier asks of each value."""
        with self.over(node.variable, node.over) as (name, live):
            with self.apart() as before_test:
                test = "" if node.condition is None else self.value(node.condition)
            with self.apart() as before_body:
                body = self.value(node.body)
        return Round(name, live, before_test, test, before_body, body)

    def looped(self, node: Quantified, known: Round) -> str:
        """A quantifier as a loop."""
        kind = self.model.kind(node.type)
        result = self.frame.variable("total" if node.quantifier == "sum" else "found", kind)
        start = {"any": "false", "all": "true", "sum": "0"}[node.quantifier]
        added = f"{result} + {tight(known.body)}" if node.quantifier == "sum" else known.body
        inner = [*known.before_body, self.becomes(result, added)]
        if known.test:
            inner = [*known.before_test, *self.branch(known.test, inner)]
        going = {"any": [f"!{result}"], "all": [result], "sum": []}[node.quantifier]
        going += [known.live] if known.live else []
        if going:
            inner = self.branch(joined(self.syntax.both, going), inner)
        self.say(self.becomes(result, start), *self.loop(known.name, node.over, inner))
        return result

    # -- what each language has its own words for -------------------------------------------------------------------

    @abstractmethod
    def is_variable(self, text: str) -> bool:
        """Whether a text is only a variable of the body."""

    @abstractmethod
    def branch(self, test: str, then: Lines, other: Sequence[str] = ()) -> Lines:
        """An `if`."""

    @abstractmethod
    def counter(self, key: object, wanted: str) -> str:
        """The variable of a loop, to be known by a key."""

    @abstractmethod
    def loop(self, name: str, over: type[Machine] | tuple[int, int], body: Lines) -> Lines:
        """A body, for each slot of a pool or each number of a range."""

    @abstractmethod
    def chosen(self, test: str, then: str, other: str) -> str:
        """One of two values."""

    @abstractmethod
    def quantified(self, node: Quantified) -> str:
        """`any`, `all` or `sum`."""

    @abstractmethod
    def column(self, node: Column) -> str:
        """What gives the column of a table for a row."""

    @abstractmethod
    def floor(self, operator: str) -> str:
        """What gives Python's `//` or `%` of what may be negative: languages round to zero."""

    @abstractmethod
    def within(self, low: int, high: int, text: str) -> str:
        """A number that has to be inside of its range."""

    @abstractmethod
    def found(self, machine: type[Machine], text: str) -> str:
        """The slot of the object that a pointer names, which there has to be."""

    @abstractmethod
    def read(self, made: Field, text: str) -> str:
        """The value of a field of whatever object; one that dangles can't be read."""

    @abstractmethod
    def kept(self, machine: type[Machine], text: str) -> str:
        """What a field keeps of a pointer: it dangles if its object has died in this step."""

    @abstractmethod
    def contains(self, made: Field, slot: str, element: str) -> str:
        """Whether a set has an element."""

    @abstractmethod
    def length(self, made: Field, slot: str) -> str:
        """How many elements a set or a queue has."""

    @abstractmethod
    def pop(self, made: Field, slot: str) -> str:
        """The oldest element of a queue, which is taken off."""

    @abstractmethod
    def allocated(self, machine: type[Machine], new: str) -> Lines:
        """A variable becomes a new object, in the lowest free slot; one that was freed in this step is not free."""

    @abstractmethod
    def may(self, label: str) -> str:
        """What the environment answers."""

    @abstractmethod
    def asked(self, node: Call, arguments: Sequence[str]) -> str:
        """What an operation returns."""
