"""Routines that make objects and end them: allocation, references, finalisation."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.errors import DoubleFree, UseAfterFree
from ...spec.language.machines import Machine
from ...spec.language.types import Field, QueueValue, RefValue, SetValue
from ..compile.program import finalizer
from .circles import Circle
from .fields import kept
from .frame import Frame
from .knots import owning
from .model import Model
from .routines import call
from .text import Lines, Part, block, check, joined, routine

FULL = "no slot is free"


def pointers_to(model: Model, machine: type[Machine], *, own: bool = False) -> Iterator[Field]:
    """The fields that may point to a machine's objects."""
    for holder in model.machines:
        for made in holder.fields.values():
            if isinstance(made.value, RefValue) and made.value.machine is machine and (made.value.own or not own):
                yield made


def blanked(model: Model, made: Field, slot: str) -> str:
    """A field forgets what it holds, without more ado."""
    if isinstance(made.value, SetValue | QueueValue):
        return f"clear {model.at(slot, made)};"
    return f"{model.at(slot, made)} := {model.blank(made)};"


def blank(model: Model, machine: type[Machine]) -> str:
    """A slot without an object, or a static object that nothing has happened to."""
    name = model.names["blank", machine]

    def fill() -> Lines:
        body = [blanked(model, made, "x") for made in machine.fields.values()]
        return routine(f"procedure {name}(x: {model.slots(machine)})", [], body, end="endprocedure")

    return model.routine(("blank", machine), name, fill)


def allocate(model: Model, machine: type[Machine]) -> str:
    """A new object in the lowest free slot; a slot that was freed in this step is not used again."""
    name = model.names["allocate", machine]

    def fill() -> Lines:
        slots = model.slots(machine)
        taken = [f"{model.live(machine, 'x')} := true;", "return x;"]
        free = f"!{model.live(machine, 'x')} & !{model.names['freed', machine]}[x]"
        body = block(f"for x: {slots} do", block(f"if {free} then", taken, "endif;"), "endfor;")
        return routine(f"function {name}(): {slots}", [], [*body, *check("false", FULL)], end="endfunction")

    return model.routine(("allocate", machine), name, fill)


def last(model: Model, machine: type[Machine]) -> str:
    """Whether a reference that was just dropped was the last to a live object."""
    name = model.names["last", machine]

    def fill() -> Lines:
        owners = [
            f"(exists i: {model.slots(made.machine)} do {model.at('i', made)} = x endexists)"
            for made in pointers_to(model, machine, own=True)
        ]
        head = f"function {name}(x: {model.names['Pointer', machine]}): boolean"
        body = [
            *check("x != Dangling", DoubleFree.name),
            *block(f"if x = None | !{model.live(machine, 'x')} then", ["return false;"], "endif;"),
            f"return !({joined('|', owners)});",
        ]
        return routine(head, [], body, end="endfunction")

    return model.routine(("last", machine), name, fill)


def dropped(model: Model, machine: type[Machine], pointer: str, circle: Circle | None) -> Lines:
    """A reference is gone; the last one finalises its object."""
    ended = f"{call(model, ('finalise', machine), [pointer], circle)};"
    return block(f"if {last(model, machine)}({pointer}) then", [ended], "endif;")


def finalisation(model: Model, machine: type[Machine], frame: Frame) -> Part:
    """The finalizer runs, every pointer to the object dangles, and what it owned is dropped."""
    x = frame.names["x"]
    body = live = check(model.live(machine, x), DoubleFree.name)
    row = finalizer(machine)
    if row is not None:
        body = [*live, f"{call(model, row, [x], frame.circle)};", *live]
    before = {made: frame.variable(f"old_{made.name}", model.kind(made.value)) for made in owning(machine)}
    body = [*body, *(f"{old} := {model.at(x, made)};" for made, old in before.items())]
    body += [f"{blank(model, machine)}({x});", f"{model.names['freed', machine]}[{x}] := true;"]
    for made in pointers_to(model, machine):
        dangle = block(f"if {model.at('i', made)} = {x} then", [f"{model.at('i', made)} := Dangling;"], "endif;")
        body += block(f"for i: {model.slots(made.machine)} do", dangle, "endfor;")
    for made, old in before.items():
        assert isinstance(made.value, RefValue)
        body += dropped(model, made.value.machine, old, frame.circle)
    return Part(body, "Its finalizer, then every pointer to it dangles, then what it owned is dropped.")


def setting(model: Model, made: Field, frame: Frame) -> Part:
    """A field owns another object, and the one that it owned is dropped."""
    assert isinstance(made.value, RefValue)
    target, here = made.value.machine, model.at(frame.names["x"], made)
    old = frame.variable("old", model.kind(made.value))
    owns = f"{here} := {kept(model, target)}({frame.names['value']});"
    return Part([f"{old} := {here};", owns, *dropped(model, target, old, frame.circle)])


def blanking(model: Model, machine: type[Machine], frame: Frame) -> Part:
    """All fields but the control state are blanked, in order; what was owned goes, and may take the object along."""
    x = frame.names["x"]
    body: Lines = []
    for made in machine.fields.values():
        if made.name in ("live", "state"):
            continue
        if machine.dynamic:
            body += check(model.live(machine, x), UseAfterFree.name)
        owns = made in owning(machine)
        gone = f"{call(model, ('set', made), [x, 'None'], frame.circle)};" if owns else blanked(model, made, x)
        body.append(gone)
    return Part(body)
