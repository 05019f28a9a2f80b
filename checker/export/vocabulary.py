"""The names of a file, all given before it is written, so that no local variable comes to hide one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration
from ...spec.language.tables import columns
from ..compile.ir import Judged
from .names import Names
from .text import Syntax

TYPES = "Slot Pointer States"
"""What there is for a machine: `ChardevSlot`."""

OBJECTS = """
    the kept last allocate finalise blank clear freed dangle saw keep in_flight holds_lock judge settle before after
"""
"""And for its objects: `the_Chardev`."""

FIELDS = "get set append pop count elements length old"
"""And for its fields: `set_Chardev_label`."""


def vocabulary(
    syntax: Syntax,
    machines: Iterable[type[Machine]],
    enumerations: Iterable[type[Enum]],
    rows: Iterable[Declaration],
    labels: Iterable[str],
    standing: Iterable[Judged],
) -> Names:
    """A name for everything that a file may mention."""
    names = Names(avoid=syntax.variables, reserved=syntax.reserved)
    for word in syntax.own:
        names.give(word, word)
    for machine in machines:
        _machine(names, machine)
    for enumeration in enumerations:
        _enumeration(names, enumeration)
    for row in rows:
        name = f"{names[row.machine]}_{row.name}" if row.machine else row.name
        names.give(row, name)
        names.give(("depth", row), f"depth_of_{name}")
        names.give(("can", row), f"can_{name}")
    for label in labels:
        names.give(("may", label), f"may_{label}")
    for known in standing:
        name = names.give(known.function.declaration, known.function.declaration.name)
        names.give(("standing", known.property), f"standing_{name}")
        names.give(("judge", known.property), f"judge_{name}")
    return names


def _machine(names: Names, machine: type[Machine]) -> None:
    name = names.give(machine, machine.__name__)
    for word in TYPES.split():
        names.give((word, machine), f"{name}{word}")
    for word in OBJECTS.split():
        names.give((word, machine), f"{word}_{name}")
    for state in machine.states:
        names.give(state, f"{name}_{state.name}")
    for made in machine.fields.values():
        names.give(made, f"{name}_{made.name}")
        for word in FIELDS.split():
            names.give((word, made), f"{word}_{name}_{made.name}")


def _enumeration(names: Names, enumeration: type[Enum]) -> None:
    name = names.give(enumeration, enumeration.__name__)
    names.give(("place", enumeration), f"place_of_{name}")
    for member in enumeration:
        names.give(member, f"{name}_{member.name}")
    for column in columns(enumeration):
        names.give(("column", enumeration, column), f"{name}_{column}")
