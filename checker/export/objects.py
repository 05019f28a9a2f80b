"""What ends objects: references that are dropped, finalisation, and fields that are blanked."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.errors import DoubleFree, UseAfterFree
from ...spec.language.machines import Machine
from ...spec.language.types import Field, QueueValue, RefValue, SetValue
from ..compile.program import finalizer
from .knots import owning
from .model import Model
from .statements import Statements
from .text import Lines, Part

FULL = "no slot is free"


def pointers_to(model: Model, machine: type[Machine], *, own: bool = False) -> Iterator[Field]:
    """The fields that may point to a machine's objects."""
    for holder in model.machines:
        for made in holder.fields.values():
            if isinstance(made.value, RefValue) and made.value.machine is machine and (made.value.own or not own):
                yield made


def blanked(text: Statements, made: Field, slot: str) -> Lines:
    """A field forgets what it holds, without more ado."""
    if isinstance(made.value, SetValue | QueueValue):
        return text.cleared(made, slot)
    return [text.becomes(text.model.at(slot, made), text.model.blank(made))]


def dropped(text: Statements, machine: type[Machine], pointer: str) -> Lines:
    """A reference is gone; the last one finalises its object."""
    with text.apart() as lines:
        last = text.last(machine, pointer)
    return [*lines, *text.branch(last, text.perform(("finalise", machine), [pointer]))]


def finalisation(text: Statements, machine: type[Machine]) -> Part:
    """The finalizer runs, every pointer to the object dangles, and what it owned is dropped."""
    model, x = text.model, text.names["x"]
    body = live = text.check(model.live(machine, x), DoubleFree.name)
    row = finalizer(machine)
    if row is not None:
        body = [*live, *text.perform(row, [x]), *live]
    before = {made: text.frame.variable(f"old_{made.name}", model.kind(made.value)) for made in owning(machine)}
    body = [*body, *(text.becomes(old, model.at(x, made)) for made, old in before.items())]
    body += [*text.blanked(machine, x), text.becomes(f"{model.names['freed', machine]}[{x}]", "true")]
    body += text.dangle(machine, x)
    for made, old in before.items():
        assert isinstance(made.value, RefValue)
        body += dropped(text, made.value.machine, old)
    return Part(body, "Its finalizer, then every pointer to it dangles, then what it owned is dropped.")


def setting(text: Statements, made: Field) -> Part:
    """A field owns another object, and the one that it owned is dropped."""
    assert isinstance(made.value, RefValue)
    target, here = made.value.machine, text.model.at(text.names["x"], made)
    old = text.frame.variable("old", text.model.kind(made.value))
    owns = text.becomes(here, text.kept(target, text.names["value"]))
    return Part([text.becomes(old, here), owns, *dropped(text, target, old)])


def blanking(text: Statements, machine: type[Machine]) -> Part:
    """All fields but the control state are blanked, in order; what was owned goes, and may take the object along."""
    model, x = text.model, text.names["x"]
    body: Lines = []
    for made in machine.fields.values():
        if made.name in ("live", "state"):
            continue
        if machine.dynamic:
            body += text.check(model.live(machine, x), UseAfterFree.name)
        body += text.perform(("set", made), [x, "None"]) if made in owning(machine) else blanked(text, made, x)
    return Part(body)
