"""Murphi's routines for the slots of a pool: without an object, a new object, the last reference to one."""

from __future__ import annotations

from ....spec.language.errors import DoubleFree
from ....spec.language.machines import Machine
from ....spec.language.types import Field, QueueValue, SetValue
from ..objects import FULL, pointers_to
from ..text import Lines, block, joined
from .model import MurphiModel
from .text import check, routine


def blanked(model: MurphiModel, made: Field, slot: str) -> str:
    """A field forgets what it holds, without more ado."""
    if isinstance(made.value, SetValue | QueueValue):
        return f"clear {model.at(slot, made)};"
    return f"{model.at(slot, made)} := {model.blank(made)};"


def blank(model: MurphiModel, machine: type[Machine]) -> str:
    """A slot without an object, or a static object that nothing has happened to."""
    name = model.names["blank", machine]

    def fill() -> Lines:
        body = [blanked(model, made, "x") for made in machine.fields.values()]
        return routine(f"procedure {name}(x: {model.slots(machine)})", [], body, end="endprocedure")

    return model.routine(("blank", machine), name, fill)


def allocate(model: MurphiModel, machine: type[Machine]) -> str:
    """A new object in the lowest free slot; a slot that was freed in this step is not used again."""
    name = model.names["allocate", machine]

    def fill() -> Lines:
        slots = model.slots(machine)
        taken = [f"{model.live(machine, 'x')} := true;", "return x;"]
        free = f"!{model.live(machine, 'x')} & !{model.names['freed', machine]}[x]"
        body = block(f"for x: {slots} do", block(f"if {free} then", taken, "endif;"), "endfor;")
        return routine(f"function {name}(): {slots}", [], [*body, *check("false", FULL)], end="endfunction")

    return model.routine(("allocate", machine), name, fill)


def last(model: MurphiModel, machine: type[Machine]) -> str:
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
