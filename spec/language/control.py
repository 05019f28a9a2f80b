"""A machine's control states as a `transitions.Machine`, whose triggers are the rows."""

from __future__ import annotations

from collections.abc import Iterator

import transitions

from .errors import SpecError
from .machines import Machine
from .rows import Declaration, State


def arrows(machine: type[Machine]) -> Iterator[tuple[Declaration, State, State | None]]:
    """Each row as (row, from, to), once for every pair of states; `to` is None where the state stays."""
    for row in machine.rows:
        if row.kind not in ("step", "operation"):
            continue
        for source in row.sources or machine.states:
            for target in row.targets or (None,):
                yield row, source, target


def control(
    machine: type[Machine], model: object | None = None, kind: type[transitions.Machine] = transitions.Machine
) -> transitions.Machine:
    """The control states of a machine as a `transitions.Machine`, whose triggers are the rows.

    A row with several targets has one trigger for each, `row:target`: which of them happens, the spec's body decides.
    """
    has_states(machine)
    made = kind(
        model=model,
        states=[state.name for state in machine.states],
        initial=next(state.name for state in machine.states if state.initial),
        auto_transitions=False,
        send_event=False,
        name=machine.__name__,
    )
    for row, source, target in arrows(machine):
        made.add_transition(trigger(row, target), source.name, target.name if target else None)
    return made


def trigger(row: Declaration, target: State | None) -> str:
    """The name of the trigger that takes a row to one of its targets."""
    return f"{row.name}:{target.name}" if target is not None and len(row.targets) > 1 else row.name


def has_states(machine: type[Machine]) -> None:
    """Raises `SpecError` of a machine that has none."""
    if not machine.states:
        raise SpecError(f"{machine.__name__} has no control states to draw", instead="draw a machine with states")
