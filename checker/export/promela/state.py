"""The arrays that a state is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....spec.language.machines import Machine
from ....spec.language.types import Field, QueueValue, SetValue
from ..text import Lines
from .macros import over
from .model import PromelaModel


@dataclass(frozen=True)
class Array:
    """The values of a field: so many for each slot of a pool."""

    machine: type[Machine]
    kind: str
    each: int
    blank: str


def arrays(model: PromelaModel) -> dict[str, Array]:
    """Every array of the spec's machines; a queue has two."""
    return {
        name: array
        for machine in model.machines
        for made in machine.fields.values()
        for name, array in _of(model, made)
    }


def _of(model: PromelaModel, made: Field) -> list[tuple[str, Array]]:
    name, machine, kind = model.names[made], made.machine, made.value
    if isinstance(kind, QueueValue):
        blank = model.value(kind.element, kind.element.blank)
        return [
            (model.names["length", made], Array(machine, "byte", 1, "0")),
            (name, Array(machine, model.kind(kind.element), kind.capacity, blank)),
        ]
    if isinstance(kind, SetValue):
        return [(name, Array(machine, model.kind(kind), 1, "0"))]
    blank = "false" if made.name == "live" else model.blank(made)
    return [(name, Array(machine, model.kind(kind), 1, blank))]


def forgotten(model: PromelaModel) -> Lines:
    """The slots that were freed in a step can be used by the next."""
    freed = {model.names["freed", machine]: model.pools[machine] for machine in model.dynamic}
    for name, length in freed.items():
        model.hidden(name, "bool", length)
    return each((length, f"{name}[nth] = false;") for name, length in freed.items())


def each(copies: Iterable[tuple[int, str]]) -> Lines:
    """What is done to the elements of arrays: one loop for those of one length."""
    together: dict[int, Lines] = {}
    for length, line in copies:
        together.setdefault(length, []).append(line)
    return [
        line
        for length, lines in together.items()
        for line in (
            over("nth", range(length), lines) if length > 1 else [one.replace("[nth]", "[0]") for one in lines]
        )
        if length
    ]
