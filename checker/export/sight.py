"""Failure atomicity: what the outside sees, and which commands in flight keep a copy of it.

The copies are a part of the engine's states, so they are a part of those of every text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...spec.language.machines import Machine, signature
from ...spec.language.rows import Declaration, State, sources_of
from ...spec.language.system import lock_of
from ...spec.language.types import Value
from .model import Model


def commands(model: Model) -> list[type[Machine]]:
    """The commands that keep copies."""
    return list(dict.fromkeys(type(instance) for instance in model.world.ghost_commands())) if model.copies else []


def begins(model: Model, row: Declaration, command: type[Machine]) -> bool:
    """Whether a step can bring a command to be in flight."""
    return any(state.in_flight for state in targets(model, row, command))


def targets(model: Model, row: Declaration, command: type[Machine]) -> set[State]:
    """The control states that a step can bring a command to."""
    reached = (other for other in (row, *model.knots.reached[row]) if isinstance(other, Declaration))
    return {state for other in reached if other.machine is command for state in other.targets}


def concerns(model: Model, row: Declaration, command: type[Machine]) -> bool:
    """Whether a command may be in flight before a step or after it: if no lock keeps them apart."""
    goes_on = row.machine is command and any(state.in_flight for state in sources_of(row))
    kept_apart = command.holds is not None and command.holds is lock_of(row)
    return goes_on or not kept_apart or begins(model, row, command)


@dataclass(frozen=True)
class Observable:
    """What is seen of each instance of a machine; the first of them has this number."""

    row: Declaration
    machine: type[Machine]
    value: Value
    first: int


def observables(model: Model) -> list[Observable]:
    """Every observable, as `look` numbers them."""
    result: list[Observable] = []
    for number, (row, instance) in enumerate(model.world.observed()):
        if not result or row is not result[-1].row:
            value = signature(row, model.system.names)[1]
            assert value is not None
            result.append(Observable(row, type(instance), value, number))
    return result
