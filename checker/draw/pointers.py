"""Who points to whom: the pointers of a protocol's machines, and which of them own."""

from __future__ import annotations

from ...spec.language.machines import Machine
from ...spec.language.system import System
from ...spec.language.types import RefValue, SetValue
from . import look
from .picture import Picture, canvas

Ends = tuple[type[Machine], type[Machine], str]
"""Who points, to whom, and how: it owns, it borrows, or the pointer may dangle."""

STYLES = {"owns": {"penwidth": "2.5"}, "borrows": {"penwidth": "1"}, "may dangle": {"style": "dashed"}}


def pointers(system: System) -> dict[Ends, list[str]]:
    """The fields that are pointers, or sets of pointers, of a machine to another one in the same way."""
    found: dict[Ends, list[str]] = {}
    for machine in system.machines:
        for name, made in machine.fields.items():
            value = made.value.element if isinstance(made.value, SetValue) else made.value
            if isinstance(value, RefValue):
                how = "owns" if value.own else "may dangle" if value.raw else "borrows"
                found.setdefault((machine, value.machine, how), []).append(name)
    return found


def picture(system: System) -> Picture | None:
    """An arrow for the pointers of each kind from a machine to another; None if there are none."""
    found = pointers(system)
    if not found:
        return None
    graph = canvas("pointers", rankdir="LR", nodesep="0.5", ranksep="1.2")
    for machine in system.machines:
        if any(machine in ends for ends in found):
            graph.node(machine.__name__, id=f"pointers.{machine.__name__}")
    for (holder, target, how), names in found.items():
        label = "".join(f" {name}\\l" for name in [*names, *(["(owns)"] if how == "owns" else [])])
        colour = look.INK if how == "owns" else look.FAINT
        name = f"pointers.{holder.__name__}.{target.__name__}.{how.replace(' ', '-')}"
        graph.edge(holder.__name__, target.__name__, label=label, color=colour, id=name, **STYLES[how])
    said = "; ".join(f"{a.__name__} {how}: {b.__name__} by {', '.join(names)}" for (a, b, how), names in found.items())
    return Picture("pointers", f"{system.name}: who points to whom", f"{said}.", graph.source)
