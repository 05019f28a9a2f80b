"""Bodies as Promela text: what has an effect, or may fail, is a statement of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....spec.language.errors import DoubleFree, NullDereference, OutOfRange, UseAfterFree
from ....spec.language.machines import Machine
from ....spec.language.types import EnumValue, Field, IntValue, QueueValue, RefValue, SetValue
from ...compile.ir import BOOL, NOTHING, Call, Column, Expression, May, Quantified, Type, walk
from ..knots import Node
from ..statements import Statements
from ..text import Lines, block, indented, joined, tight
from . import macros
from .frame import RESULT, PromelaFrame
from .model import PromelaModel
from .routines import call, result_of

MOST_UNROLLED = 8
"""A quantifier over more values is a loop."""


class Body(Statements):
    """One body, which returns by going to `end`."""

    model: PromelaModel
    frame: PromelaFrame

    def __init__(self, model: PromelaModel, frame: PromelaFrame, wanted: Type = NOTHING, *, end: str = "") -> None:
        super().__init__(model, frame, wanted)
        self.end = end
        self.behind: Lines = []
        """What follows where all paths have come to the end."""

    def leave_by(self, lines: Lines) -> None:
        self.behind = lines

    def is_variable(self, text: str) -> bool:
        return re.fullmatch(r"\w+(\[deep\])?", text) is not None

    # -- what is done ------------------------------------------------------------------------------------------------

    def branch(self, test: str, then: Lines, other: Sequence[str] = ()) -> Lines:
        return branch(test, then, other)

    def counter(self, key: object, wanted: str) -> str:
        return self.frame.variable(wanted, "int", key)

    def loop(self, name: str, over: type[Machine] | tuple[int, int], body: Lines) -> Lines:
        values = self._values(over)
        if not self.frame.stacked:
            return block(f"for ({name} : {values[0]} .. {values[-1]}) {{", body, "}")
        going = [f":: {name} < {values.stop} ->", *indented(indented([*body, f"{name}++"])), ":: else -> break"]
        return [f"{name} = {values.start};", "do", *going, "od;"]

    def _values(self, over: type[Machine] | tuple[int, int]) -> range:
        return range(*over) if isinstance(over, tuple) else self.model.slots(over)

    def check(self, holds: str, name: str) -> Lines:
        return [f"check({holds}); /* {name} */"]

    enter = check

    def perform(self, node: Node, arguments: Sequence[str]) -> Lines:
        return call(self.model, node, arguments)

    def performed(self, text: str) -> Lines:
        return []  # `asked` has said it

    def ignored(self, text: str, kind: Type, comment: str = "") -> Lines:
        return [f"/* {comment} */"] if comment else []  # what may fail stands before it

    def returned(self, text: str) -> Lines:
        kept = [self.becomes(self.names[RESULT], text)] if text else []
        return [*kept, f"goto {self.end};"]

    # -- values ------------------------------------------------------------------------------------------------------

    def chosen(self, test: str, then: str, other: str) -> str:
        return f"({tight(test)} -> {tight(then)} : {tight(other)})"

    def quantified(self, node: Quantified) -> str:
        values = self._values(node.over)
        parts = self._unrolled(node, values) if len(values) <= MOST_UNROLLED else None
        if parts is None:
            return self.looped(node, self.each(node))
        sign = {"any": " || ", "all": " && ", "sum": " + "}[node.quantifier]
        return f"({sign.join(parts)})"

    def _unrolled(self, node: Quantified, values: range) -> list[str] | None:
        """What a quantifier asks of each value, if no part needs statements."""
        if any(isinstance(part, Call | May) for part in walk(node)):
            return None
        hidden = self.names.get(node.variable, "")
        self.sure |= {node.variable} if isinstance(node.over, type) else set()
        parts: list[str] | None = []
        for value in values:
            self.names.put(node.variable, str(value))
            with self.apart() as before:
                test = [] if node.condition is None else [self.value(node.condition)]
                if isinstance(node.over, type) and node.over.dynamic:
                    test = [self.model.live(node.over, str(value)), *test]
                body = self.value(node.body)
            if before:
                parts = None
                break
            assert parts is not None
            parts.append(_part(node.quantifier, test, body))
        self.sure -= {node.variable} if isinstance(node.over, type) else set()
        self.names.put(node.variable, hidden)
        return parts

    def column(self, node: Column) -> str:
        return macros.column(self.model, node)

    def floor(self, operator: str) -> str:
        return macros.floor(self.model, operator)

    def within(self, low: int, high: int, text: str) -> str:
        value = tight(text)
        self.say(*self.check(f"{low} <= {value} && {value} <= {high}", OutOfRange.name))
        return text

    def may(self, label: str) -> str:
        answer = self.frame.variable("answer", self.model.kind(BOOL))
        self.say(f"may({answer}); /* {label} */")
        return answer

    def asked(self, node: Call, arguments: Sequence[str]) -> str:
        self.say(*call(self.model, node.operation, arguments))
        result = self.model.program.functions[node.operation].result
        if result == NOTHING:
            return "None"
        return self.kept_first(result_of(self.model, node.operation), result, "answer")

    # -- objects and their fields ------------------------------------------------------------------------------------

    def found(self, machine: type[Machine], text: str) -> str:
        self.say(*self.check(f"{text} != None", NullDereference.name))
        if machine.dynamic:
            self.say(*self.check(self.model.live(machine, text), UseAfterFree.name))
        return text

    def read(self, made: Field, text: str) -> str:
        place = self.model.at(text, made)
        self.found(made.machine, text)
        if isinstance(made.value, RefValue) and made.value.machine.dynamic:
            self.say(*self.check(f"{place} != Dangling", UseAfterFree.name))
        return place

    def kept(self, machine: type[Machine], text: str) -> str:
        return f"{macros.kept(self.model, machine)}({text})"

    def element(self, made: Field, node: Expression, text: str) -> str:
        """The bit of an element."""
        index = super().element(made, node, text)
        assert isinstance(made.value, SetValue)
        low = made.value.element.low if isinstance(made.value.element, IntValue) else 0
        return f"{tight(index)} - {low}" if low > 0 else f"{tight(index)} + {-low}" if low < 0 else index

    def contains(self, made: Field, slot: str, element: str) -> str:
        return f"({self.model.at(slot, made)} >> {tight(element)} & 1)"

    def included(self, made: Field, slot: str, element: str, there: bool) -> Lines:
        place, bit = self.model.at(slot, made), f"(1 << {tight(element)})"
        return [f"{place} = {place} | {bit};" if there else f"{place} = {place} & ~{bit};"]

    def length(self, made: Field, slot: str) -> str:
        if isinstance(made.value, SetValue):
            return f"{macros.count(self.model, made)}({slot})"
        return f"{self.model.names['length', made]}[{slot}]"

    def append(self, made: Field, slot: str, element: str) -> Lines:
        assert isinstance(made.value, QueueValue)
        length = self.length(made, slot)
        return [
            *self.check(f"{length} < {made.value.capacity}", OutOfRange.name),
            f"{macros.element(self.model, made, slot, length)} = {element};",
            f"{length}++;",
        ]

    def pop(self, made: Field, slot: str) -> str:
        assert isinstance(made.value, QueueValue)
        self.say(*self.check(f"{self.length(made, slot)} > 0", OutOfRange.name))
        first = self.kept_first(macros.element(self.model, made, slot, "0"), _type_of(made.value), "first")
        self.say(f"{macros.shift(self.model, made)}({slot});")
        return first

    def cleared(self, made: Field, slot: str) -> Lines:
        return macros.cleared(self.model, made, slot)

    def blanked(self, machine: type[Machine], slot: str) -> Lines:
        return [f"{macros.blank(self.model, machine)}({slot});"]

    def allocated(self, machine: type[Machine], new: str) -> Lines:
        return [f"{macros.allocate(self.model, machine)}({new});"]

    def last(self, machine: type[Machine], pointer: str) -> str:
        self.say(*self.check(f"{pointer} != Dangling", DoubleFree.name))
        return f"{macros.last(self.model, machine)}({pointer})"

    def dangle(self, machine: type[Machine], pointer: str) -> Lines:
        return [f"{macros.dangle(self.model, machine)}({pointer});"]


def branch(test: str, then: Sequence[str], other: Sequence[str] = ()) -> Lines:
    """An `if`, which goes on where the test is false."""
    return ["if", *_option(test, then), *_option("else", other), "fi;"]


def _option(test: str, lines: Sequence[str]) -> Lines:
    if all(line.startswith("/*") for line in lines):
        return [f":: {test}"]
    return [f":: {test} ->", *indented(indented(lines))]


def _part(quantifier: str, test: list[str], body: str) -> str:
    """What a quantifier asks of one value."""
    condition = joined("&&", test)
    if quantifier == "any":
        return f"({joined('&&', [*test, body])})"
    if not test:
        return tight(body)
    return f"({tight(condition)} -> {tight(body)} : {'true' if quantifier == 'all' else '0'})"


def _type_of(queue: QueueValue) -> Type:
    assert isinstance(queue.element, IntValue | EnumValue) or queue.element == BOOL
    return queue.element
