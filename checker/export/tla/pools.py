"""Pools: new objects, the last reference to one, and its end."""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.machines import Machine
from ....spec.language.types import Field
from ..objects import pointers_to
from .model import TlaModel
from .text import changed, either, record


def blank(model: TlaModel, machine: type[Machine]) -> str:
    """A static object that nothing has happened to, or a new one without its values."""
    fields = model.fields(machine)
    return model.defined(
        ("blank", machine),
        model.names["blank", machine],
        [],
        lambda: record((model.label(made), model.blank(made)) for made in fields),
    )


def made(model: TlaModel, machine: type[Machine], values: Sequence[tuple[Field, str]]) -> str:
    """An object with some values."""
    return changed(blank(model, machine), ((model.label(field), value) for field, value in values))


def free(model: TlaModel, machine: type[Machine]) -> str:
    """The lowest free slot, if there is one; what was freed in this step is not free."""

    def body() -> str:
        slots = f"{model.slots(machine)} \\ (DOMAIN {model.pool('s', machine)} \\union {freed(model, 's', machine)})"
        return f"Lowest({slots})"

    return model.defined(("free", machine), model.names["allocate", machine], ["s"], body)


def freed(model: TlaModel, state: str, machine: type[Machine]) -> str:
    """The slots whose objects have died in this step."""
    return f"{state}.{model.names['freed', machine]}"


def last(model: TlaModel, machine: type[Machine]) -> str:
    """Whether a live object has lost its last owner."""

    def body() -> str:
        owners = [
            f"\\E y \\in DOMAIN {model.pool('s', each.machine)} : {model.field('s', 'y', each)} = x"
            for each in pointers_to(model, machine, own=True)
        ]
        there = f"x \\in DOMAIN {model.pool('s', machine)}"
        return f"{there} /\\ ~({either(owners)})" if owners else there

    return model.defined(("last", machine), model.names["last", machine], ["s", "x"], body)


def gone(model: TlaModel, machine: type[Machine]) -> str:
    """The state without an object: every pointer to it dangles."""

    def body() -> str:
        updates = []
        for holder in model.machines:
            pointing = [each for each in pointers_to(model, machine) if each.machine is holder]
            if not pointing and holder is not machine:
                continue
            dangling = [(model.label(each), "IF @ = x THEN Dangling ELSE @") for each in pointing]
            pool = model.pool("s", holder)
            domain = f"DOMAIN {pool}" + (" \\ {x}" if holder is machine else "")
            updates.append((model.names[holder], f"[y \\in {domain} |-> {changed(f'{pool}[y]', dangling)}]"))
        updates.append((model.names["freed", machine], "@ \\union {x}"))
        return changed("s", updates)

    return model.defined(("gone", machine), model.names["dangle", machine], ["s", "x"], body)
