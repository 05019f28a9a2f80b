"""Operators for rows, and for what ends objects: from a state and arguments to the outcomes.

An outcome is a state; with what is returned, a record of both; or that alone, where nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.types import Field, RefValue
from ...compile.ir import NOTHING, Expression, Function, Pointer, Statement
from ...compile.program import finalizer
from ..knots import Node, owning
from ..text import Lines
from . import pools
from .cells import GOAL
from .here import Here, Update
from .model import TlaModel, definition
from .names import Fresh
from .outcomes import Of, One, Outcomes, bind, branch, given
from .plain import fitting
from .statements import Further, Statements
from .text import applied, one_of, record


def apply(model: TlaModel, node: Node, arguments: Sequence[str]) -> str:
    """An operator, applied to a state and to its arguments."""
    name = model.names[node]
    model.operator(node, name, ["s", *(name for name, _ in model.shape(node).parameters)], lambda: _whole(model, node))
    return applied(name, arguments)


def condition(model: TlaModel, row: Declaration, function: Function, arguments: Sequence[str]) -> str:
    """The same for a property, which is no row of the spec."""
    name = model.names[row]
    model.operator(row, name, ["s", *arguments], lambda: Row(model, row, function).lines())
    return applied(name, arguments)


def _whole(model: TlaModel, node: Node) -> Lines:
    match node:
        case Declaration():
            return Row(model, node, model.program.functions[node]).lines()
        case ("set", Field() as made):
            return _setting(model, made)
        case ("clear", machine):
            return _blanking(model, machine)
        case (_, machine):
            assert not isinstance(machine, Field)
            return _finalisation(model, machine)


class Row:
    """One row as an operator."""

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

    def _entered(self, here: Here, then: Further) -> Outcomes:
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
            found = self._found(here)
            made = row.machine.fields["state"]
            place = model.field(here.state, self.me, made)
            holds += [*found[0], one_of(place, [model.word(state) for state in row.sources])]
            here = found[1]
        return given(holds, self._told(here, [handler for _, handler in model.told.get(row, ())], then))

    def _told(self, here: Here, handlers: Sequence[Declaration], then: Further) -> Outcomes:
        if not handlers:
            return then(here)
        arguments = [self.me, *self.names]
        return self.text.perform(handlers[0], arguments, here, lambda now: self._told(now, handlers[1:], then))

    def _found(self, here: Here) -> tuple[tuple[str, ...], Here]:
        """That its object lives."""
        if self.row.machine is None or not self.row.machine.dynamic or self.me in here.sound:
            return (), here
        there = f"{self.me} \\in DOMAIN {self.model.pool(here.state, self.row.machine)}"
        return (there,), here.knows(sound=self.me)

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

    def _forgotten(self, here: Here, goal: str, then: Further) -> Outcomes:
        machine, model = self.row.machine, self.model
        assert machine is not None
        words = [model.word(target) for target in self.row.targets if target.clear]
        if goal.startswith('"'):
            words = [word for word in words if word == goal]
        if not words:
            return then(here)

        def cleared(now: Here) -> Outcomes:
            if goal.startswith('"'):
                return self.text.perform(("clear", machine), [self.me], now, then)
            name = self.fresh("s")
            clear = Of(apply(model, ("clear", machine), [now.state, self.me]))
            return bind(branch(one_of(goal, words), clear, One(now.state)), name, then(now.beyond(name)))

        return self.text.settled(here, cleared)

    def _left(self, here: Here, value: str) -> Outcomes:
        if self.function.result != NOTHING and self.row not in self.model.impure:
            return One(value)
        if self.row.depth is not None:
            here = here.updated(Update(self.model.counter(self.row), "@ - 1"))
        if self.function.result == NOTHING:
            return One(here.now)
        return One(record([("state", here.now), ("value", value)]))


# -- what ends objects -------------------------------------------------------------------------------------------------


def _text(model: TlaModel) -> Statements:
    return Statements(model, Fresh(model.names), lambda here, *_: One(here.now))


def _dropped(text: Statements, made: Field, pointer: str, here: Here, then: Further) -> Outcomes:
    """A reference is gone; the last one finalises its object."""
    assert isinstance(made.value, RefValue)
    model, machine = text.model, made.value.machine

    def gone(now: Here) -> Outcomes:
        name = text.fresh("s")
        last = applied(pools.last(model, machine), [now.state, pointer])
        finalised = Of(apply(model, ("finalise", machine), [now.state, pointer]))
        return bind(branch(last, finalised, One(now.state)), name, then(now.beyond(name)))

    return given([f"{pointer} # Dangling"], text.settled(here, gone))


def _setting(model: TlaModel, made: Field) -> Lines:
    """A field owns another object, and the one that it owned is dropped."""
    assert isinstance(made.value, RefValue)
    text = _text(model)
    s, x, value = (text.fresh(name) for name in ("s", "x", "value"))
    kept = applied("Kept", [model.pool(s, made.value.machine), value])
    after = Here(s).updated(text.update(made, x, kept))
    body = text.settled(
        after, lambda now: _dropped(text, made, model.field(s, x, made), now, lambda end: One(end.now))
    )
    return definition(model.names["set", made], [s, x, value], body)


def _finalisation(model: TlaModel, machine: type[Machine]) -> Lines:
    """The finalizer runs, every pointer to the object dangles, and what it owned is dropped."""
    text = _text(model)
    s, x = text.fresh("s"), text.fresh("x")
    row = finalizer(machine)

    def alive(here: Here, then: Further) -> Outcomes:
        return given([f"{x} \\in DOMAIN {model.pool(here.state, machine)}"], then(here))

    def ended(here: Here) -> Outcomes:
        name = text.fresh("s")
        end = One(applied(pools.gone(model, machine), [here.state, x]))
        return bind(end, name, drop(owning(machine), here.state, here.beyond(name)))

    def drop(fields: Sequence[Field], before: str, here: Here) -> Outcomes:
        if not fields:
            return One(here.now)
        old = model.field(before, x, fields[0])
        return _dropped(text, fields[0], old, here, lambda now: drop(fields[1:], before, now))

    def finalised(here: Here) -> Outcomes:
        return ended(here) if row is None else text.perform(row, [x], here, lambda now: alive(now, ended))

    comment = "Its finalizer, then every pointer to it dangles, then what it owned is dropped."
    return definition(model.names["finalise", machine], [s, x], alive(Here(s), finalised), comment)


def _blanking(model: TlaModel, machine: type[Machine]) -> Lines:
    """All fields but the control state are blanked, in order; what was owned goes, and may take the object along."""
    text = _text(model)
    s, x = text.fresh("s"), text.fresh("x")

    def forget(fields: Sequence[Field], here: Here) -> Outcomes:
        if not fields:
            return One(here.now)
        first, rest = fields[0], fields[1:]
        holds = [f"{x} \\in DOMAIN {model.pool(here.state, machine)}"] if machine.dynamic and x not in here.sound else []
        here = here.knows(some=x, sound=x)
        if first in owning(machine):
            return given(holds, text.perform(("set", first), [x, "None"], here, lambda now: forget(rest, now)))
        return given(holds, forget(rest, here.updated(text.update(first, x, model.blank(first)))))

    fields = [made for made in model.fields(machine) if made.name != "state"]
    return definition(model.names["clear", machine], [s, x], forget(fields, Here(s)))
