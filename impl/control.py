"""The control state of an object, kept by a `transitions` machine that has the spec's rows and no others."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import transitions

from ..spec.language.control import control
from ..spec.language.machines import Machine
from .errors import IllegalTransition


class Control:
    """Where an object is, as the spec's machine has it. Nothing but `taking` changes that."""

    state: str
    """What `transitions` keeps."""

    def __init__(self, machine: type[Machine]) -> None:
        self._rules = _rules(machine)
        self._rules.chart.set_state(self._rules.initial, self)

    @contextmanager
    def taking(self, row: str) -> Iterator[Taking]:
        """Take a row: it has to be there at the beginning, and the state changes at the end.

        Of a row with several targets, `to` says which one. Raises `IllegalTransition`.
        """
        rules = self._rules
        events = rules.events.get(row, {})
        if not any(self.state in event.transitions for event in events.values()):
            raise self._no_row(row)
        taken = Taking()
        yield taken
        event = events[taken.to] if taken.to in events else events.get("")
        try:
            if event is None:
                raise self._no_row(f"{row}:{taken.to}")
            event.trigger(self)
        except transitions.MachineError:
            raise self._no_row(row) from None
        if taken.to not in ("", self.state):
            raise self._no_row(f"{row}:{taken.to}")

    def _no_row(self, row: str) -> IllegalTransition:
        machine, state = self._rules.machine, self.state
        said = next((f": {known.documentation}" for known in machine.rows if known.name == row), "")
        return IllegalTransition(f"{machine.__name__} has no row {row} in the state {state}{said}")


@dataclass
class Taking:
    """A row that is being taken."""

    to: str = ""
    """Which target it leads to; it has to be said if there are several."""


@dataclass(frozen=True)
class Rules:
    """A machine's rows, as `transitions` has them."""

    machine: type[Machine]
    chart: transitions.Machine
    initial: str
    events: Mapping[str, Mapping[str, transitions.Event]]
    """Of each row, the trigger for each of its targets, or the one for all."""


@functools.cache
def _rules(machine: type[Machine]) -> Rules:
    chart = control(machine)
    events: dict[str, dict[str, transitions.Event]] = {}
    for name, event in chart.events.items():
        row, _, target = name.partition(":")
        events.setdefault(row, {})[target] = event
    return Rules(machine, chart, str(chart.initial), events)
