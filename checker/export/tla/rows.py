"""Rows: what a call checks, the body, and the control state at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ....spec.language.rows import Declaration
from ...compile.ir import NOTHING, Expression, Function, Pointer, Statement
from ..text import Lines
from .cells import GOAL
from .expressions import Continuation
from .here import Here, Update
from .model import TlaModel, definition
from .names import Fresh
from .outcomes import One, Outcomes, bind, branch, given
from .plain import fitting
from .statements import Statements
from .text import one_of, record


class Row:
    """One row as an operator, or as the body of an action."""

    def __init__(self, model: TlaModel, row: Declaration, function: Function) -> None:
        self.model, self.row, self.function = model, row, function
        self.fresh = Fresh(model.names)
        self.text = Statements(model, self.fresh, self._finish)
        self.state = "state" if row.kind == "step" else self.fresh("s")
        self.names = [self.fresh(name) for name, _ in function.parameters]
        self.me = self.names[0] if self.names else ""

    def lines(self) -> Lines:
        """The operator."""
        body = self._entered(self.begun(), lambda here: self.body(self.function.body, here))
        return definition(self.model.names[self.row], [self.state, *self.names], body, self.row.summary)

    def begun(self) -> Here:
        """What is known where it begins."""
        here = Here(self.state)
        for (name, kind), text in zip(self.function.parameters, self.names, strict=True):
            here = here.has(name, text)
            if isinstance(kind, Pointer) and self.row.kind in ("step", "property"):
                here = here.knows(some=text, sound=text if kind.machine.dynamic else "")
        return here.knows(some=self.me) if self.row.machine is not None else here

    def body(self, body: Sequence[Statement], here: Here) -> Outcomes:
        """What it does."""
        return self.text.block(body, here, lambda end: self._finish(end, None, ""))

    # -- what a call checks, then the monitors that are told of it ----------------------------------------------------

    def _entered(self, here: Here, then: Continuation) -> Outcomes:
        model, row = self.model, self.row
        if row.kind not in ("operation", "finalizer", "observable"):
            return then(here)
        holds: list[str] = []
        if row.depth is not None:
            counter = model.counter(row)
            holds.append(f"{here.state}.{counter} < {row.depth}")
            here = here.updated(Update(counter, "@ + 1"))
        if row.sources:
            assert row.machine is not None
            found, here = self._found(here)
            holds += [*found, model.in_states(row.machine, here.state, self.me, row.sources)]
        return given(holds, self._told(here, [handler for _, handler in model.told.get(row, ())], then))

    def _told(self, here: Here, handlers: Sequence[Declaration], then: Continuation) -> Outcomes:
        if not handlers:
            return then(here)
        arguments = [self.me, *self.names]
        return self.text.perform(handlers[0], arguments, here, lambda now: self._told(now, handlers[1:], then))

    def _found(self, here: Here) -> tuple[list[str], Here]:
        """That its object lives."""
        if self.row.machine is None or not self.row.machine.dynamic or self.me in here.sound:
            return [], here
        there = self.model.there(here.state, self.row.machine, self.me)
        return [there], here.knows(sound=self.me)

    # -- where it ends -----------------------------------------------------------------------------------------------

    def _finish(self, here: Here, node: Expression | None, value: str) -> Outcomes:
        """The control state changes; entering one that forgets blanks the fields."""
        holds = () if node is None else fitting(value, node.type, self.function.result)
        if not self.row.targets:
            return given(holds, self._left(here, value))
        assert self.row.machine is not None
        goal = here.locals.get(GOAL) or self.model.word(self.row.targets[0])
        found, here = self._found(here)
        after = here.updated(self.text.update(self.row.machine.fields["state"], self.me, goal))
        return given([*holds, *found], self._forgotten(after, goal, lambda end: self._left(end, value)))

    def _forgotten(self, here: Here, goal: str, then: Continuation) -> Outcomes:
        machine = self.row.machine
        assert machine is not None
        words = [self.model.word(target) for target in self.row.targets if target.clear]
        known = goal.startswith('"')
        if not words or (known and goal not in words):
            return then(here)
        if known:
            return self.text.perform(("clear", machine), [self.me], here, then)

        def cleared(now: Here) -> Outcomes:
            name = self.fresh("s")
            clear = self.text.operator(("clear", machine), [now.state, self.me])
            return bind(branch(one_of(goal, words), clear, One(now.state)), name, then(now.beyond(name)))

        return self.text.settled(here, cleared)

    def _left(self, here: Here, value: str) -> Outcomes:
        if self.function.result != NOTHING and self.row not in self.model.impure:
            return One(value)
        if self.row.depth is not None:
            here = _returned(here, self.model.counter(self.row))
        if self.function.result == NOTHING:
            return One(here.now)
        return One(record([("state", here.now), ("value", value)]))


def _returned(here: Here, counter: str) -> Here:
    """What counts how deep an operation is nested is as before; if it was not called on meanwhile, it never changed."""
    begun = Update(counter, "@ + 1")
    if begun in here.updates:
        return replace(here, updates=tuple(update for update in here.updates if update != begun))
    return here.updated(Update(counter, "@ - 1"))
