"""Statements: each is followed by what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from . import cells
from .cells import GOAL, Cells, returns
from .expressions import Expressions
from .here import Here
from .model import TlaModel
from .names import Fresh
from .outcomes import Define, Noted, Of, One, Outcomes, bind, branch, given
from .text import applied

Further = Callable[[Here], Outcomes]
"""What comes next."""


class Statements(Expressions):
    """The statements of one body. `finish` says what it ends with, where something is known and it returns a value."""

    def __init__(self, model: TlaModel, fresh: Fresh, finish: Callable[[Here, Expression | None, str], Outcomes]) -> None:
        super().__init__(model, fresh)
        self.finish = finish

    def block(self, body: Sequence[Statement], here: Here, then: Further) -> Outcomes:
        """Statements one after the other."""
        if not body:
            return then(here)
        return self.statement(body[0], here, lambda now: self.block(body[1:], now, then))

    def statement(self, node: Statement, here: Here, then: Further) -> Outcomes:
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
            case Return(_, value):
                assert value is not None
                return self.value(value, here, lambda now, text: self.finish(now, value, text), wanted="result")
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

    def perform(self, node: Node, arguments: Sequence[str], here: Here, then: Further) -> Outcomes:
        """What an operator does to the state."""
        from .routines import apply

        def performed(now: Here) -> Outcomes:
            name = self.fresh("s")
            return bind(Of(apply(self.model, node, [now.state, *arguments])), name, then(now.beyond(name)))

        return self.settled(here, performed)

    # -- one after the other -----------------------------------------------------------------------------------------

    def _assign(self, name: str, text: str, here: Here, then: Further) -> Outcomes:
        """A local variable; what has a short text needs no other name."""
        if text.isidentifier() or text.strip('"').isidentifier() or text.lstrip("-").isdigit():
            return then(here.has(name, text))
        given_ = self.fresh(name)
        known = here.knows(some=given_ if text in here.some else "", sound=given_ if text in here.sound else "")
        return bind(One(text), given_, then(known.has(name, given_)))

    def _store(self, node: Store, here: Here, then: Further) -> Outcomes:
        kind = node.field.value

        def stored(now: Here, texts: list[str]) -> Outcomes:
            known = self.found(node.object, texts[1], now)
            if isinstance(kind, RefValue) and kind.own:
                return given(known.holds, self.perform(("set", node.field), [known.text, texts[0]], known.here, then))
            value = self.stored(node.field, node.value, texts[0], known.here)
            after = value.here.updated(self.update(node.field, known.text, value.text))
            return given([*known.holds, *value.holds], then(after))

        return self.values([node.value, node.object], here, stored)

    def _change(self, node: Change, here: Here, then: Further) -> Outcomes:
        load, made = node.container, node.container.field
        if here.touched(made):
            return self.settled(here, lambda now: self._change(node, now, then))
        if node.element is None:
            return self.value(load.object, here, lambda now, target: self._changed(node, now, target, "", then))
        return self.values(
            [load.object, node.element], here, lambda now, texts: self._changed(node, now, texts[0], texts[1], then)
        )

    def _changed(self, node: Change, here: Here, target: str, element: str, then: Further) -> Outcomes:
        made, kind = node.container.field, node.container.field.value
        known = self.found(node.container.object, target, here)
        holds = list(known.holds)
        if node.element is None:
            value = self.model.blank(made)
        else:
            inner = self.element(made, node.element, element, known.here, known.holds)
            holds, known = list(inner.holds), inner
            if isinstance(kind, SetValue):
                sign = "\\union" if node.action == "add" else "\\"
                value = f"@ {sign} {{{element}}}"
            else:
                assert isinstance(kind, QueueValue)
                holds.append(f"Len({self.model.field(here.state, target, made)}) < {kind.capacity}")
                value = applied("Append", ["@", element])
        return given(holds, then(known.here.updated(self.update(made, target, value))))

    def _free(self, target: Expression, text: str, here: Here, then: Further) -> Outcomes:
        assert isinstance(target.type, Pointer)
        holds = [] if text in here.some else [f"{text} # None"]
        return given(holds, self.perform(("finalise", target.type.machine), [text], here, then))

    # -- branches and loops ------------------------------------------------------------------------------------------

    def _if(self, node: If, here: Here, then: Further) -> Outcomes:
        def asked(now: Here, test: str) -> Outcomes:
            sides = tuple(side for side in (node.then, node.other) if not ends(side))
            if len(sides) < 2:
                return self._sides(node, test, now, then)
            handed = cells.cells(self.model, now, sides, certainly=True, value="")
            return self.handed(
                handed, now, returns(sides), lambda leave: self._sides(node, test, now, leave), lambda end, _: then(end)
            )

        return self.value(node.test, here, lambda now, test: self.settled(now, lambda later: asked(later, test)))

    def _sides(self, node: If, test: str, here: Here, then: Further) -> Outcomes:
        return branch(
            test,
            self.block(node.then, self.assuming(node.test, here, True), then),
            self.block(node.other, self.assuming(node.test, here, False), then),
        )

    def handed(
        self,
        handed: Cells,
        here: Here,
        returning: bool,
        make: Callable[[Further], Outcomes],
        then: Callable[[Here, str], Outcomes],
    ) -> Outcomes:
        """Where several ways come together; if one of them may return, what comes next is an operator of its own."""
        if not returning:
            made = make(lambda end: One(handed.packed(end)))
            name = handed.name(self.fresh)
            return bind(made, name, then(*handed.taken(here, handed.parts(name))))
        operator, names = self.fresh("go_on"), handed.names(self.fresh)
        rest = then(*handed.taken(here, names))
        return Define(operator, tuple(names), rest, make(lambda end: Of(applied(operator, handed.texts(end)))))

    def _for(self, node: For, here: Here, then: Further) -> Outcomes:
        low, high = self.bounds(node.over)
        if low > high:
            return then(here)
        handed = cells.cells(self.model, here, (node.body,), certainly=False, value="")
        outside = {name: text for name, text in here.locals.items()}

        def after(end: Here) -> Here:
            kept = {name: end.locals[name] for name in handed.locals}
            return Here(end.state, {**outside, **kept}, end.updates, end.some, end.sound)

        def looped(leave: Further) -> Outcomes:
            turn, variable, names = self.fresh("round"), self.fresh(node.variable), handed.names(self.fresh)
            inner, _ = handed.taken(here, names)
            next_ = f"{variable} + 1"

            def again(end: Here) -> Outcomes:
                return Of(applied(turn, [next_, *handed.texts(end)]))

            begun = inner.has(node.variable, variable)
            body = self.living(
                node.over, variable, begun, lambda now: self.block(node.body, now, lambda end: again(after(end))), again(inner)
            )
            whole = branch(f"{variable} > {high}", leave(after(inner)), body)
            first = Of(applied(turn, [str(low), *handed.texts(here)]))
            return Define(turn, (variable, *names), whole, first, recursive=True)

        if returns(node.body):
            return looped(then)
        return self.handed(handed, here, False, looped, lambda end, _: then(after(end)))
