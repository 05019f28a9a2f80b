"""Routines that make objects and end them: allocation, references, finalisation."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.errors import DoubleFree, UseAfterFree
from ...spec.language.machines import Machine
from ...spec.language.types import Field, QueueValue, RefValue, SetValue
from ..compile.program import finalizer
from .fields import kept
from .knots import Depth
from .model import Model
from .text import Lines, block, check, joined, routine

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


def dropped(model: Model, machine: type[Machine], pointer: str, depth: Depth) -> Lines:
    """A reference is gone; the last one finalises its object."""
    return block(f"if {last(model, machine)}({pointer}) then", finalised(model, machine, pointer, depth), "endif;")


def finalised(model: Model, machine: type[Machine], pointer: str, depth: Depth) -> Lines:
    """An object is finalised."""
    inner = model.knots.enter(machine, depth)
    if inner is None:  # one of as many as there are slots is finalised twice
        return check("false", DoubleFree.name)
    name = model.copy(("finalise", machine), inner)
    model.routine(("finalise", machine, inner), name, lambda: _finalise(model, machine, name, inner))
    return [f"{name}({pointer});"]


def _finalise(model: Model, machine: type[Machine], name: str, depth: Depth) -> Lines:
    """The finalizer runs, every pointer to the object dangles, and what it owned is dropped."""
    from .rows import called

    live = check(model.live(machine, "x"), DoubleFree.name)
    body = list(live)
    row = finalizer(machine)
    if row is not None:
        body += [f"{called(model, row, ['x'], depth)};", *live]
    owned = [made for made in machine.fields.values() if isinstance(made.value, RefValue) and made.value.own]
    variables = []
    for made in owned:
        variables.append((f"old_{model.names['field', made]}", model.kind(made.value)))
        body.append(f"old_{model.names['field', made]} := {model.at('x', made)};")
    body += [f"{blank(model, machine)}(x);", f"{model.names['freed', machine]}[x] := true;"]
    for made in pointers_to(model, machine):
        dangle = block(f"if {model.at('i', made)} = x then", [f"{model.at('i', made)} := Dangling;"], "endif;")
        body += block(f"for i: {model.slots(made.machine)} do", dangle, "endfor;")
    for made, (variable, _) in zip(owned, variables, strict=True):
        assert isinstance(made.value, RefValue)
        body += dropped(model, made.value.machine, variable, depth)
    comment = "Its finalizer, then every pointer to it dangles, then what it owned is dropped."
    head = f"procedure {name}(x: {model.slots(machine)})"
    return routine(head, variables, body, comment=comment, end="endprocedure")


def store_own(model: Model, made: Field, depth: Depth) -> str:
    """Have a field own another object, and drop the one that it owned."""
    value = made.value
    assert isinstance(value, RefValue)
    target = value.machine
    place = model.knots.along(target, depth)
    name = model.copy(("set", made), place)

    def fill() -> Lines:
        kind, here = model.kind(value), model.at("x", made)
        body = [
            f"old := {here};",
            f"{here} := {kept(model, target)}(value);",
            *dropped(model, target, "old", place),
        ]
        head = f"procedure {name}(x: {model.slots(made.machine)}; value: {kind})"
        return routine(head, [("old", kind)], body, end="endprocedure")

    return model.routine(("set", made, place), name, fill)


def clear(model: Model, machine: type[Machine], depth: Depth) -> str:
    """Blank all fields but the control state, in order; what was owned goes, and may take the object along."""
    owned = [made for made in machine.fields.values() if isinstance(made.value, RefValue) and made.value.own]
    places = [model.knots.along(made.value.machine, depth) for made in owned if isinstance(made.value, RefValue)]
    place = next((known for known in places if known.circle), Depth())
    name = model.copy(("clear", machine), place)

    def fill() -> Lines:
        body: Lines = []
        for made in machine.fields.values():
            if made.name in ("live", "state"):
                continue
            if machine.dynamic:
                body += check(model.live(machine, "x"), UseAfterFree.name)
            body.append(f"{store_own(model, made, place)}(x, None);" if made in owned else blanked(model, made, "x"))
        head = f"procedure {name}(x: {model.slots(machine)})"
        return routine(head, [], body, end="endprocedure")

    return model.routine(("clear", machine, place), name, fill)
