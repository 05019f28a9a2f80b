"""The pictures of a system."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from ...spec.language.machines import Machine
from ...spec.language.system import System
from . import calls, flow, pointers
from .known import Known
from .machine import drawing
from .picture import Picture


def machines(system: System) -> list[type[Machine]]:
    """Those that have control states."""
    return [machine for machine in system.machines if machine.states]


def pictures(system: System, about: Known) -> Iterator[Picture]:
    """Who calls whom and who points to whom, if anybody does; then each machine that has control states, and each
    command as a flow."""
    for whole in (calls.picture(system, about), pointers.picture(system)):
        if whole is not None:
            yield whole
    for machine in machines(system):
        what = inspect.cleandoc(machine.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        states = ", ".join(state.name for state in machine.states)
        title = f"{system.name}: {machine.__name__}"
        yield Picture(machine.__name__, title, f"{what} Its states: {states}.".strip(), drawing(machine, about).source)
        course = flow.picture(system.name, machine, about)
        if course is not None:
            yield course
