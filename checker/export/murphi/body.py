"""Bodies as Murphi text: what has an effect is a call of a function, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.machines import Machine
from ....spec.language.types import EnumValue, Field, SetValue
from ...compile.ir import BOOL, NOTHING, Call, Column, Quantified, Type
from ..knots import Node
from ..objects import pointers_to
from ..statements import Statements
from ..text import Lines, block, indented, joined, tight
from . import fields, pools
from .choices import may
from .frame import MurphiFrame
from .model import MurphiModel
from .routines import call
from .text import check, routine


class Body(Statements):
    """One body; with `lenient` it may also be met beside a step, where an error is noted and ends nothing."""

    model: MurphiModel
    frame: MurphiFrame

    def __init__(
        self, model: MurphiModel, frame: MurphiFrame, wanted: Type = NOTHING, *, lenient: bool = False
    ) -> None:
        super().__init__(model, frame, wanted)
        self.lenient = lenient

    def is_variable(self, text: str) -> bool:
        return text.isidentifier()

    # -- what is done ------------------------------------------------------------------------------------------------

    def branch(self, test: str, then: Lines, other: Sequence[str] = ()) -> Lines:
        lines = [f"if {test} then", *indented(then)]
        if other and _is_if(other):
            return [*lines, f"els{other[0]}", *other[1:]]
        return [*lines, *(["else", *indented(other)] if other else []), "endif;"]

    def counter(self, key: object, wanted: str) -> str:
        return self.names.give(key, wanted)

    def loop(self, name: str, over: type[Machine] | tuple[int, int], body: Lines) -> Lines:
        return block(f"for {self._domain(name, over)} do", body, "endfor;")

    def _domain(self, name: str, over: type[Machine] | tuple[int, int]) -> str:
        return f"{name}: {f'{over[0]}..{over[1] - 1}' if isinstance(over, tuple) else self.model.slots(over)}"

    def check(self, holds: str, name: str) -> Lines:
        return check(holds, name, [] if self.lenient else None)

    def enter(self, holds: str, name: str) -> Lines:
        return check(holds, name, self.returned(self.model.some(self.wanted)) if self.lenient else None)

    def perform(self, node: Node, arguments: Sequence[str]) -> Lines:
        return [f"{call(self.model, node, arguments, self.frame.circle)};"]

    def performed(self, text: str) -> Lines:
        return [f"{text};"]

    def ignored(self, text: str, kind: Type, comment: str = "") -> Lines:
        name = self.frame.common("ignored", self.model.kind(kind))
        return [self.becomes(name, text) + (f" -- {comment}" if comment else "")]

    def returned(self, text: str) -> Lines:
        circle = self.frame.circle
        if self.wanted == NOTHING:
            return ["return;"]
        return [f"return {text};"] if circle is None else [f"{circle.results[self.wanted]} := {text};", "return;"]

    # -- values ------------------------------------------------------------------------------------------------------

    def chosen(self, test: str, then: str, other: str) -> str:
        return f"({test} ? {tight(then)} : {tight(other)})"

    def quantified(self, node: Quantified) -> str:
        known = self.each(node)
        if node.quantifier == "sum" or known.before_test or known.before_body:
            return self.looped(node, known)
        domain = self._domain(known.name, node.over)
        conditions = [part for part in (known.live, known.test) if part]
        if node.quantifier == "any":
            return f"(exists {domain} do {joined('&', [*conditions, known.body])} endexists)"
        holds = f"{tight(joined('&', conditions))} -> {tight(known.body)}" if conditions else known.body
        return f"(forall {domain} do {holds} endforall)"

    def column(self, node: Column) -> str:
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

    def floor(self, operator: str) -> str:
        return fields.floor(self.model, operator)

    def within(self, low: int, high: int, text: str) -> str:
        return f"{fields.within(self.model)}({low}, {high}, {text})"

    def may(self, label: str) -> str:
        return f"{may(self.model, label)}()"

    def asked(self, node: Call, arguments: Sequence[str]) -> str:
        """A part of the same circle leaves its value in a variable."""
        circle, operation = self.frame.circle, node.operation
        if circle is None or self.model.circles.get(operation) is not circle:
            return call(self.model, operation, arguments, circle)
        result = self.model.program.functions[operation].result
        if result == NOTHING:
            return circle.call(operation, arguments, circle.results)
        answer = self.frame.variable("answer", self.model.kind(result))
        self.say(f"{circle.call(operation, arguments, circle.results | {result: answer})};")
        return answer

    # -- objects and their fields ------------------------------------------------------------------------------------

    def found(self, machine: type[Machine], text: str) -> str:
        return f"{fields.the(self.model, machine)}({text})"

    def read(self, made: Field, text: str) -> str:
        return f"{fields.read(self.model, made)}({text})"

    def kept(self, machine: type[Machine], text: str) -> str:
        return f"{fields.kept(self.model, machine)}({text})"

    def contains(self, made: Field, slot: str, element: str) -> str:
        return f"{self.model.at(slot, made)}[{element}]"

    def length(self, made: Field, slot: str) -> str:
        if isinstance(made.value, SetValue):
            return f"{fields.count(self.model, made)}({slot})"
        return f"{self.model.at(slot, made)}.length"

    def pop(self, made: Field, slot: str) -> str:
        return f"{fields.pop(self.model, made)}({slot})"

    def append(self, made: Field, slot: str, element: str) -> Lines:
        return [f"{fields.append(self.model, made)}({slot}, {element});"]

    def included(self, made: Field, slot: str, element: str, there: bool) -> Lines:
        return [f"{self.model.at(slot, made)}[{element}] := {'true' if there else 'false'};"]

    def cleared(self, made: Field, slot: str) -> Lines:
        return [f"clear {self.model.at(slot, made)};"]

    def blanked(self, machine: type[Machine], slot: str) -> Lines:
        return [f"{pools.blank(self.model, machine)}({slot});"]

    def allocated(self, machine: type[Machine], new: str) -> Lines:
        return [f"{new} := {pools.allocate(self.model, machine)}();"]

    def last(self, machine: type[Machine], pointer: str) -> str:
        return f"{pools.last(self.model, machine)}({pointer})"

    def dangle(self, machine: type[Machine], pointer: str) -> Lines:
        lines: Lines = []
        for made in pointers_to(self.model, machine):
            place = self.model.at("i", made)
            inner = block(f"if {place} = {pointer} then", [f"{place} := Dangling;"], "endif;")
            lines += block(f"for i: {self.model.slots(made.machine)} do", inner, "endfor;")
        return lines


def _is_if(lines: Sequence[str]) -> bool:
    """Whether lines are one `if` and nothing else."""
    return (
        lines[0].startswith("if ")
        and lines[-1] == "endif;"
        and all(line.startswith((" ", "els")) for line in lines[1:-1])
    )
