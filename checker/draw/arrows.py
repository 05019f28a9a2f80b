"""The arrows of a machine's picture: rows that lead from one state to another."""

from __future__ import annotations

from dataclasses import dataclass

from ...spec.language.control import arrows
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ...spec.language.system import thread_of


@dataclass(frozen=True)
class Bundle:
    """The rows of one kind and one thread that lead from one state to one other: a single arrow of a picture."""

    source: State
    target: State
    kind: str
    rows: tuple[Declaration, ...]


def bundles(machine: type[Machine]) -> list[Bundle]:
    """The arrows of a picture, in the order of the rows.

    A row that can be taken in every state and stays there has none: a loop on each state says nothing.
    """
    found: dict[tuple[State, State, str, str], list[Declaration]] = {}
    for row, source, target in arrows(machine):
        if row.sources or target is not None:
            thread = thread_of(row).name if row.kind == "step" else ""
            found.setdefault((source, target or source, row.kind, thread), []).append(row)
    return [Bundle(source, target, kind, tuple(rows)) for (source, target, kind, _), rows in found.items()]


def anywhere(machine: type[Machine]) -> list[Declaration]:
    """The rows that a picture leaves out: they can be taken in every state, and name none to go to."""
    return [row for row in machine.rows if row.kind in ("step", "operation") and not row.sources and not row.targets]
