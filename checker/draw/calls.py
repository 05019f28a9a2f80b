"""Which machines call which: one picture of a whole protocol."""

from __future__ import annotations

from collections.abc import Mapping

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from . import look
from .known import Known
from .picture import Picture, canvas

MOST = 6
"""So many names beside an arrow."""

Calls = Mapping[tuple[type[Machine], type[Machine]], list[str]]


def calls(system: System, known: Known) -> Calls:
    """What the rows of a machine call of another one, as far as that changes something; through functions, too."""
    found: dict[tuple[type[Machine], type[Machine]], dict[str, None]] = {}
    for machine in system.machines:
        for row in machine.rows:
            if row.kind in ("step", "operation", "finalizer"):
                for called in _called(row, known, set()):
                    if called.machine is not None and called.machine in system.machines and called.machine != machine:
                        found.setdefault((machine, called.machine), {})[called.name] = None
    return {ends: list(names) for ends, names in found.items()}


def _called(row: Declaration, known: Known, seen: set[Declaration]) -> list[Declaration]:
    """What a row calls; what is called by a function that belongs to no machine counts as the row's own."""
    found = []
    for called in known.outlines[row].called if row in known.outlines else ():
        if called.machine is not None:
            found.append(called)
        elif called not in seen:
            found += _called(called, known, seen | {called})
    return found


def picture(system: System, known: Known) -> Picture | None:
    """An arrow from each machine to those whose operations it calls; None if none does."""
    edges = calls(system, known)
    if not edges:
        return None
    graph = canvas("calls", rankdir="LR", nodesep="0.5", ranksep="1.2")
    for machine in system.machines:
        if any(machine in ends for ends in edges):
            graph.node(machine.__name__, id=f"calls.{machine.__name__}")
    for (caller, called), names in edges.items():
        more = [f"and {len(names) - MOST} more"] if len(names) > MOST else []
        label = "".join(f" {name}\\l" for name in [*names[:MOST], *more])
        name = f"calls.{caller.__name__}.{called.__name__}"
        graph.edge(caller.__name__, called.__name__, label=label, color=look.FAINT, id=name)
    said = "; ".join(f"{a.__name__} calls {b.__name__}.{', '.join(names)}" for (a, b), names in edges.items())
    return Picture("calls", f"{system.name}: who calls whom", f"{said}.", graph.source)
