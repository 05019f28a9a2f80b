"""Statements of a body, as the text of a language."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from ...spec.language.errors import FailedAssertion, NullDereference
from ...spec.language.machines import Machine
from ...spec.language.types import Field, QueueValue, RefValue, SetValue
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
from .frame import Frame
from .knots import Node
from .model import Model
from .text import Lines


class Statements(Expressions):
    """The statements of one body, which ends by `leaving`."""

    def __init__(self, model: Model, frame: Frame, wanted: Type = NOTHING) -> None:
        super().__init__(model, frame)
        self.wanted = wanted
        self.destination = ""
        self.leaving: Lines = []

    def leave_by(self, lines: Lines) -> None:
        """Have whatever returns do this first."""
        self.leaving = lines

    def statements(self, body: Sequence[Statement]) -> Lines:
        """The text of statements one after the other."""
        with self.apart() as lines:
            for statement in body:
                self.statement(statement)
        return lines

    def statement(self, node: Statement) -> None:
        """Add the text of any statement."""
        match node:
            case SetLocal(_, name, New() as value) if not any(
                isinstance(part, Local) and part.name == name for part in walk(value.values)
            ):
                self.new(value, self.names[name])
            case SetLocal(_, name, value):
                self.say(self.becomes(self.names[name], self.value(value)))
            case Store():
                self._store(node)
            case Change():
                self._change(node)
            case Evaluate(_, value):
                self._evaluate(node)
            case If():
                self._if(node)
            case For():
                self._for(node)
            case Return():
                self._return(node)
            case Assert(_, condition):
                self.say(*self.check(self.value(condition), FailedAssertion.name))
            case Require(_, condition):
                self.say(*self.check(self.value(condition), "there is no such step"))
            case Ensure(_, condition, name):
                self.say(*self.ignored(self.value(condition), condition.type, f"ensure {name}"))
            case Goto(_, state):
                self.say(self.becomes(self.destination, self.model.names[state]))
            case Fail(_, message):
                self.say(self.syntax.comment.format(f"fail: {' '.join(message.split())}"))
            case Free(_, target):
                assert isinstance(target.type, Pointer)
                freed = self.value(target)
                if not self.is_variable(freed):
                    freed = self.kept_first(freed, target.type, "freed")
                self.say(*self.check(f"{freed} != None", NullDereference.name))
                self.say(*self.perform(("finalise", target.type.machine), [freed]))
            case _:
                raise TypeError(node)

    def _evaluate(self, node: Evaluate) -> None:
        text = self.value(node.value)
        if isinstance(node.value.type, NothingType):
            if isinstance(node.value, Call):
                self.say(*self.performed(text))
        elif not self.is_variable(text):
            self.say(*self.ignored(text, node.value.type))

    def _store(self, node: Store) -> None:
        value, target = self.operands([node.value, node.object], checked=self.checked(node.object))
        kind = node.field.value
        slot = self.slot(node.object, target)
        if isinstance(kind, RefValue) and kind.own:
            self.say(*self.perform(("set", node.field), [slot, value]))
        else:
            stored = self.stored(node.field, node.value, value)
            self.say(self.becomes(self.model.at(slot, node.field), stored))

    def _change(self, node: Change) -> None:
        load = node.container
        made, kind = load.field, load.field.value
        if node.element is None:
            self.say(*self.cleared(made, self.slot(load.object, self.value(load.object))))
            return
        target, element = self.operands([load.object, node.element], checked=self.checked(load.object))
        if isinstance(kind, SetValue):
            index = self.element(made, node.element, element)
            self.say(*self.included(made, self.slot(load.object, target), index, node.action == "add"))
            return
        assert isinstance(kind, QueueValue)
        fit = self.fitted(element, node.element.type, kind.element)
        self.say(*self.append(made, self.slot(load.object, target), fit))

    def _if(self, node: If) -> None:
        test = self.value(node.test)
        self.say(*self.branch(test, self.statements(node.then), self.statements(node.other)))

    def _for(self, node: For) -> None:
        if isinstance(node.over, tuple) and node.over[0] >= node.over[1]:
            return
        with self.over(node.variable, node.over) as (name, live):
            body = self.statements(node.body)
        self.say(*self.loop(name, node.over, self.branch(live, body) if live else body))

    def _return(self, node: Return) -> None:
        if node.value is None:
            self.say(*self.leaving, *self.returned(""))
            return
        text = self.fitted(self.value(node.value), node.value.type, self.wanted)
        if self.leaving:
            result = self.frame.common("result", self.model.kind(self.wanted))
            self.say(self.becomes(result, text))
            text = result
        self.say(*self.leaving, *self.returned(text))

    # -- what each language has its own words for -------------------------------------------------------------------

    @abstractmethod
    def check(self, holds: str, name: str) -> Lines:
        """What ends the path of a step unless `holds`."""

    @abstractmethod
    def enter(self, holds: str, name: str) -> Lines:
        """The same, at the head of a routine."""

    @abstractmethod
    def perform(self, node: Node, arguments: Sequence[str]) -> Lines:
        """A call of a routine that returns nothing."""

    @abstractmethod
    def performed(self, text: str) -> Lines:
        """A call of an operation that returns nothing, from what `asked` made of it."""

    @abstractmethod
    def ignored(self, text: str, kind: Type, comment: str = "") -> Lines:
        """An expression that is only evaluated."""

    @abstractmethod
    def returned(self, text: str) -> Lines:
        """Return a value, or nothing."""

    @abstractmethod
    def blanked(self, machine: type[Machine], slot: str) -> Lines:
        """A slot becomes one without an object."""

    @abstractmethod
    def cleared(self, made: Field, slot: str) -> Lines:
        """A set or a queue becomes empty."""

    @abstractmethod
    def included(self, made: Field, slot: str, element: str, there: bool) -> Lines:
        """A set has an element, or has it not."""

    @abstractmethod
    def append(self, made: Field, slot: str, element: str) -> Lines:
        """An element comes to the end of a queue that has room for it."""

    @abstractmethod
    def last(self, machine: type[Machine], pointer: str) -> str:
        """Whether a reference that was just dropped was the last to a live object."""

    @abstractmethod
    def dangle(self, machine: type[Machine], pointer: str) -> Lines:
        """Every pointer to an object dangles."""


def ends(body: Sequence[Statement]) -> bool:
    """Whether every path through statements returns."""
    if not body:
        return False
    final = body[-1]
    return isinstance(final, Return) or (isinstance(final, If) and ends(final.then) and ends(final.other))
