"""Statements of a body, as Murphi text."""

from __future__ import annotations

from collections.abc import Sequence

from ...spec.language.errors import FailedAssertion, NullDereference
from ...spec.language.types import QueueValue, RefValue, SetValue
from ..compile.ir import (
    NOTHING,
    Assert,
    Call,
    Change,
    Ensure,
    Evaluate,
    Fail,
    For,
    Free,
    Goto,
    If,
    Local,
    New,
    NothingType,
    Pointer,
    Require,
    Return,
    SetLocal,
    Statement,
    Store,
    Type,
    walk,
)
from .expressions import Expressions
from .fields import append, fitted
from .frame import Frame
from .model import Model
from .routines import call
from .text import Lines, block, check, indented


class Statements(Expressions):
    """The statements of one body, which ends by `leaving`."""

    def __init__(self, model: Model, frame: Frame, wanted: Type, *, lenient: bool = False) -> None:
        super().__init__(model, frame, lenient=lenient)
        self.wanted = wanted
        self.destination = ""
        self.leaving: Lines = []

    def statements(self, body: Sequence[Statement]) -> Lines:
        """The text of statements one after the other."""
        with self.apart() as lines:
            for statement in body:
                self.statement(statement)
        return lines

    def say(self, *lines: str) -> None:
        """Add lines."""
        self.lines.extend(lines)

    def statement(self, node: Statement) -> None:
        """Add the text of any statement."""
        match node:
            case SetLocal(_, name, New() as value) if not any(
                isinstance(part, Local) and part.name == name for part in walk(value.values)
            ):
                self.new(value, self.names[name])
            case SetLocal(_, name, value):
                self.say(f"{self.names[name]} := {self.value(value)};")
            case Store():
                self._store(node)
            case Change():
                self._change(node)
            case Evaluate(_, value):
                self._evaluate(node)
            case If():
                before, lines = self._if(node)
                self.say(*before, *lines)
            case For():
                self._for(node)
            case Return():
                self._return(node)
            case Assert(_, condition):
                self.say(*check(self.value(condition), FailedAssertion.name, [] if self.lenient else None))
            case Require(_, condition):
                self.say(*check(self.value(condition), "there is no such step"))
            case Ensure(_, condition, name):
                kept = self.value(condition)
                self.say(f"{self.frame.common('ignored', 'boolean')} := {kept}; -- ensure {name}")
            case Goto(_, state):
                self.say(f"{self.destination} := {self.model.names[state]};")
            case Fail(_, message):
                self.say(f"-- fail: {' '.join(message.split())}")
            case Free(_, target):
                assert isinstance(target.type, Pointer)
                freed = self.value(target)
                if not freed.isidentifier():
                    freed = self.kept_first(freed, target.type, "freed")
                self.say(*check(f"{freed} != None", NullDereference.name))
                self.say(f"{call(self.model, ('finalise', target.type.machine), [freed], self.frame.circle)};")
            case _:
                raise TypeError(node)

    def _evaluate(self, node: Evaluate) -> None:
        text = self.value(node.value)
        if isinstance(node.value.type, NothingType):
            if isinstance(node.value, Call) and text != "None":
                self.say(f"{text};")
        elif not text.isidentifier():
            self.say(f"{self.frame.common('ignored', self.model.kind(node.value.type))} := {text};")

    def _store(self, node: Store) -> None:
        value, target = self.operands([node.value, node.object], checked=self.checked(node.object))
        kind = node.field.value
        slot = self.slot(node.object, target)
        if isinstance(kind, RefValue) and kind.own:
            self.say(f"{call(self.model, ('set', node.field), [slot, value], self.frame.circle)};")
        else:
            self.say(f"{self.model.at(slot, node.field)} := {self.stored(node.field, node.value, value)};")

    def _change(self, node: Change) -> None:
        load = node.container
        kind = load.field.value
        if node.element is None:
            self.say(f"clear {self.place(load, self.value(load.object))};")
            return
        target, element = self.operands([load.object, node.element], checked=self.checked(load.object))
        if isinstance(kind, SetValue):
            index = self.element(load.field, node.element, element)
            self.say(f"{self.place(load, target)}[{index}] := {'true' if node.action == 'add' else 'false'};")
            return
        assert isinstance(kind, QueueValue)
        fit = fitted(self.model, element, node.element.type, kind.element)
        self.say(f"{append(self.model, load.field)}({self.slot(load.object, target)}, {fit});")

    def _if(self, node: If) -> tuple[Lines, Lines]:
        """What goes before an `if`, and the `if` itself."""
        with self.apart() as before:
            test = self.value(node.test)
        lines = [f"if {test} then", *indented(self.statements(node.then))]
        if len(node.other) == 1 and isinstance(node.other[0], If):
            before_other, other = self._if(node.other[0])
            if not before_other:
                return before, [*lines, f"els{other[0]}", *other[1:]]
            return before, [*lines, *block("else", [*before_other, *other], "endif;")]
        if node.other:
            lines += ["else", *indented(self.statements(node.other))]
        return before, [*lines, "endif;"]

    def _for(self, node: For) -> None:
        if isinstance(node.over, tuple) and node.over[0] >= node.over[1]:
            return
        with self.over(node.variable, node.over) as (domain, live):
            body = self.statements(node.body)
        self.say(*block(f"for {domain} do", block(f"if {live} then", body, "endif;") if live else body, "endfor;"))

    def _return(self, node: Return) -> None:
        if node.value is None:
            self.say(*self.leaving, "return;")
            return
        text = fitted(self.model, self.value(node.value), node.value.type, self.wanted)
        if self.leaving:
            result = self.frame.common("result", self.model.kind(self.wanted))
            self.say(f"{result} := {text};")
            text = result
        self.say(*self.leaving, *self.returned(text))

    def returned(self, text: str) -> Lines:
        """Return a value; a part of a circle leaves it in a result."""
        circle = self.frame.circle
        if self.wanted == NOTHING:
            return ["return;"]
        return [f"return {text};"] if circle is None else [f"{circle.results[self.wanted]} := {text};", "return;"]


def ends(body: Sequence[Statement]) -> bool:
    """Whether every path through statements returns."""
    if not body:
        return False
    final = body[-1]
    return isinstance(final, Return) or (isinstance(final, If) and ends(final.then) and ends(final.other))
