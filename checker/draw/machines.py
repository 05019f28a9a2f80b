"""The pictures of a system's machines."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from ...spec.language.machines import Machine
from ...spec.language.system import System
from .known import Known
from .machine import drawing
from .picture import Picture


def machines(system: System) -> list[type[Machine]]:
    """Those that have control states."""
    return [machine for machine in system.machines if machine.states]


def pictures(system: System, about: Known | None = None) -> Iterator[Picture]:
    """One of each machine that has control states."""
    for machine in machines(system):
        what = inspect.cleandoc(machine.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        states = ", ".join(state.name for state in machine.states)
        title = f"{system.name}: {machine.__name__}"
        yield Picture(machine.__name__, title, f"{what} Its states: {states}.".strip(), drawing(machine, about).source)
