"""Statements: each is followed by what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ....spec.language.types import QueueValue, RefValue, SetValue
from ...compile.ir import (
    Assert,
    Change,
    Ensure,
    Evaluate,
    Expression,
    Fail,
    For,
    Free,
    Goto,
    If,
    Pointer,
    Require,
    Return,
    SetLocal,
    Statement,
    Store,
)
from ..knots import Node
from ..statements import ends
from .cells import GOAL, Cells, of_branches, of_rounds, returns
from .expressions import Continuation, Expressions
from .here import Here
from .model import TlaModel
from .names import Fresh
from .outcomes import Define, Noted, Of, One, Outcomes, Rounds, bind, branch, given
from .text import applied, some

Finish = Callable[[Here, Expression | None, str], Outcomes]
"""What a body ends with, where something is known and an expression, if any, has the value that is returned."""


class Statements(Expressions):
    """The statements of one body."""

    def __init__(self, model: TlaModel, fresh: Fresh, finish: Finish) -> None:
        super().__init__(model, fresh)
        self.finish = finish

    def block(self, body: Sequence[Statement], here: Here, then: Continuation) -> Outcomes:
        """Statements one after the other."""
        if not body:
            return then(here)
        return self.statement(body[0], here, lambda now: self.block(body[1:], now, then))

    def statement(self, node: Statement, here: Here, then: Continuation) -> Outcomes:
        """Any statement."""
        match node:
            case SetLocal(_, name, value):
                return self.value(value, here, lambda now, text: self._assign(name, text, now, then), wanted=name)
            case Store():
                return self._store(node, here, then)
            case Change():
                return self._change(node, here, then)
            case Evaluate(_, value) | Ensure(_, value, _):
                return self.value(value, here, lambda now, _: then(now), wanted="ignored")
            case If():
                return self._if(node, here, then)
            case For():
                return self._for(node, here, then)
            case Return(_, None):
                return self.finish(here, None, "")
            case Return(_, Expression() as value):
                return self.value(value, here, lambda now, text: self.finish(now, value, text))
            case Assert(_, condition) | Require(_, condition):
                return self.value(
                    condition, here, lambda now, text: given([text], then(self.assuming(condition, now, True)))
                )
            case Goto(_, state):
                return then(here.has(GOAL, self.model.word(state)))
            case Fail(_, message):
                return Noted(f"fail: {' '.join(message.split())}", then(here))
            case Free(_, target):
                return self.value(target, here, lambda now, text: self._free(target, text, now, then))
            case _:
                raise TypeError(node)

    def perform(self, node: Node, arguments: Sequence[str], here: Here, then: Continuation) -> Outcomes:
        """What a routine does to the state."""

        def performed(now: Here) -> Outcomes:
            name = self.fresh("s")
            return bind(self.operator(node, [now.state, *arguments]), name, then(now.beyond(name)))

        return self.settled(here, performed)

    # -- one after the other -----------------------------------------------------------------------------------------

    def _assign(self, name: str, text: str, here: Here, then: Continuation) -> Outcomes:
        """A local variable; what has a short text needs no other name."""
        if text.strip('"-').isalnum() or text.isidentifier():
            return then(here.has(name, text))
        kept = self.fresh(name)
        known = here.knows(some=kept if text in here.some else "", sound=kept if text in here.sound else "")
        return bind(One(text), kept, then(known.has(name, kept)))

    def _store(self, node: Store, here: Here, then: Continuation) -> Outcomes:
        kind = node.field.value

        def stored(now: Here, texts: list[str]) -> Outcomes:
            known = self.found(node.object, texts[1], now)
            if isinstance(kind, RefValue) and kind.own:
                return given(known.holds, self.perform(("set", node.field), [known.text, texts[0]], known.here, then))
            value = self.stored(node.field, node.value, texts[0], known.here)
            after = value.here.updated(self.update(node.field, known.text, value.text))
            return given([*known.holds, *value.holds], then(after))

        return self.values([node.value, node.object], here, stored)

    def _change(self, node: Change, here: Here, then: Continuation) -> Outcomes:
        if here.touched(node.container.field):
            return self.settled(here, lambda now: self._change(node, now, then))
        nodes = [node.container.object, *([] if node.element is None else [node.element])]
        return self.values(nodes, here, lambda now, texts: self._changed(node, now, texts, then))

    def _changed(self, node: Change, here: Here, texts: list[str], then: Continuation) -> Outcomes:
        made, kind = node.container.field, node.container.field.value
        known = self.found(node.container.object, texts[0], here)
        room: list[str] = []
        if node.element is None:
            value = self.model.blank(made)
        else:
            known = self.element(made, node.element, texts[1], known.here, known.holds)
            if isinstance(kind, SetValue):
                sign = "\\union" if node.action == "add" else "\\"
                value = f"@ {sign} {{{texts[1]}}}"
            else:
                assert isinstance(kind, QueueValue)
                room = [f"Len({self.model.field(here.state, texts[0], made)}) < {kind.capacity}"]
                value = applied("Append", ["@", texts[1]])
        return given([*known.holds, *room], then(known.here.updated(self.update(made, texts[0], value))))

    def _free(self, target: Expression, text: str, here: Here, then: Continuation) -> Outcomes:
        assert isinstance(target.type, Pointer)
        holds = [] if text in here.some else [some(text)]
        return given(holds, self.perform(("finalise", target.type.machine), [text], here, then))

    # -- branches and loops ------------------------------------------------------------------------------------------

    def _if(self, node: If, here: Here, then: Continuation) -> Outcomes:
        def branches(now: Here, test: str, leave: Continuation) -> Outcomes:
            return branch(
                test,
                self.block(node.then, self.assuming(node.test, now, True), leave),
                self.block(node.other, self.assuming(node.test, now, False), leave),
            )

        def asked(now: Here, test: str) -> Outcomes:
            sides = tuple(side for side in (node.then, node.other) if not ends(side))
            if len(sides) < 2:
                return branches(now, test, then)
            handed = of_branches(self.model, now, sides)
            if returns(sides):
                return self._apart(handed, now, lambda leave: branches(now, test, leave), then)
            return self._together(handed, now, lambda leave: branches(now, test, leave), then)

        return self.value(node.test, here, lambda now, test: self.settled(now, lambda later: asked(later, test)))

    def _together(
        self, handed: Cells, here: Here, make: Callable[[Continuation], Outcomes], then: Continuation
    ) -> Outcomes:
        """Where several ways come together."""
        made = make(lambda end: One(handed.packed(end)))
        name = handed.name(self.fresh)
        return bind(made, name, then(handed.taken(here, handed.parts(name))[0]))

    def _apart(
        self, handed: Cells, here: Here, make: Callable[[Continuation], Outcomes], then: Continuation
    ) -> Outcomes:
        """The same where one of them may return: what comes next is an operator of its own."""
        names = handed.names(self.fresh)
        rest = then(handed.taken(here, names)[0])
        if isinstance(rest, Of):
            word, _, operands = rest.text.partition("(")
            if operands == f"{', '.join(names)})":
                return make(lambda end: Of(applied(word, handed.texts(end))))
        operator = self.fresh("go_on")
        return Define(operator, tuple(names), rest, make(lambda end: Of(applied(operator, handed.texts(end)))))

    def _for(self, node: For, here: Here, then: Continuation) -> Outcomes:
        low, high = self.bounds(node.over)
        if low > high:
            return then(here)
        handed = of_rounds(self.model, here, node.body)
        variable = self.fresh(node.variable)

        def outside(end: Here) -> Here:
            """The variables of a round are not there behind it, and may have hidden others."""
            return replace(end, locals={**here.locals, **{name: end.locals[name] for name in handed.locals}})

        def one(inner: Here, leave: Continuation) -> Outcomes:
            begun = inner.has(node.variable, variable)
            return self.living(node.over, variable, begun, lambda now: self.block(node.body, now, leave), leave(inner))

        def each(leave: Continuation) -> Outcomes:
            name = handed.name(self.fresh)
            body = one(handed.taken(here, handed.parts(name))[0], leave)
            return Rounds("Each", (str(low), str(high), handed.packed(here)), (variable, name), body)

        if not returns(node.body):
            return self._together(handed, here, each, lambda end: then(outside(end)))
        turn, names = self.fresh("round"), handed.names(self.fresh)
        inner = handed.taken(here, names)[0]
        body = one(inner, lambda end: Of(applied(turn, [f"{variable} + 1", *handed.texts(end)])))
        whole = branch(f"{variable} > {high}", then(outside(inner)), body)
        return Define(
            turn, (variable, *names), whole, Of(applied(turn, [str(low), *handed.texts(here)])), recursive=True
        )
