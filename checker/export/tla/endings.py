"""What ends objects: references that are dropped, finalisation, and fields that are blanked."""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.machines import Machine
from ....spec.language.types import Field, RefValue
from ...compile.program import finalizer
from ..knots import owning
from ..text import Lines
from . import pools
from .expressions import Continuation
from .here import Here
from .model import TlaModel, definition
from .names import Fresh
from .outcomes import One, Outcomes, bind, branch, given
from .statements import Statements
from .text import applied


def setting(model: TlaModel, made: Field) -> Lines:
    """A field owns another object, and the one that it owned is dropped."""
    assert isinstance(made.value, RefValue)
    text = _text(model)
    s, x, value = (text.fresh(name) for name in ("s", "x", "value"))
    old = model.field(s, x, made)
    after = Here(s).updated(text.update(made, x, applied("Kept", [model.pool(s, made.value.machine), value])))
    body = text.settled(after, lambda here: _dropped(text, made, old, here, lambda end: One(end.now)))
    return definition(model.names["set", made], [s, x, value], body)


def finalisation(model: TlaModel, machine: type[Machine]) -> Lines:
    """The finalizer runs, every pointer to the object dangles, and what it owned is dropped."""
    text = _text(model)
    s, x = text.fresh("s"), text.fresh("x")
    row = finalizer(machine)

    def alive(here: Here, then: Continuation) -> Outcomes:
        return given([model.there(here.state, machine, x)], then(here))

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


def blanking(model: TlaModel, machine: type[Machine]) -> Lines:
    """All fields but the control state are blanked, in order; what was owned goes, and may take the object along."""
    text = _text(model)
    s, x = text.fresh("s"), text.fresh("x")

    def forget(fields: Sequence[Field], here: Here) -> Outcomes:
        if not fields:
            return One(here.now)
        first, rest = fields[0], fields[1:]
        sure = not machine.dynamic or x in here.sound
        holds = [] if sure else [model.there(here.state, machine, x)]
        here = here.knows(sound=x)
        if first in owning(machine):
            return given(holds, text.perform(("set", first), [x, "None"], here, lambda now: forget(rest, now)))
        return given(holds, forget(rest, here.updated(text.update(first, x, model.blank(first)))))

    fields = [made for made in model.fields(machine) if made.name != "state"]
    return definition(model.names["clear", machine], [s, x], forget(fields, Here(s)))


def _text(model: TlaModel) -> Statements:
    return Statements(model, Fresh(model.names), lambda here, *_: One(here.now))


def _dropped(text: Statements, made: Field, pointer: str, here: Here, then: Continuation) -> Outcomes:
    """A reference is gone; the last one finalises its object."""
    assert isinstance(made.value, RefValue)
    model, machine = text.model, made.value.machine

    def gone(now: Here) -> Outcomes:
        name = text.fresh("s")
        last = applied(pools.last(model, machine), [now.state, pointer])
        finalised = text.operator(("finalise", machine), [now.state, pointer])
        return bind(branch(last, finalised, One(now.state)), name, then(now.beyond(name)))

    return given([f"{pointer} # Dangling"], text.settled(here, gone))
