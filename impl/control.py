"""The control state of an object, kept by a `transitions` machine that has the spec's rows and no others."""

from __future__ import annotations

import functools
from collections.abc import Mapping
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
        self.taken = ""
        """The row that is being taken."""

    def taking(self, row: str) -> Taking:
        """Take a row: it has to be there at the beginning, and the state changes at the end.

        Of a row with several targets, `to` says which one. Raises `IllegalTransition`.
        """
        return Taking(self, self._rules, row)


class Taking:
    """A row that is being taken."""

    __slots__ = ("_control", "_row", "_rules", "to")

    to: str
    """Which target it leads to; it has to be said if there are several."""

    def __init__(self, control: Control, rules: Rules, row: str) -> None:
        self._control, self._rules, self._row = control, rules, row
        self.to = ""

    def __enter__(self) -> Taking:
        if self._control.state not in self._rules.sources.get(self._row, ()):
            raise self._no_row(self._row)
        if self._control.taken:
            raise IllegalTransition(f"{self._rules.machine.__name__} takes {self._row} inside {self._control.taken}")
        self._control.taken = self._row
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        self._control.taken = ""
        if raised is not None:
            return
        events = self._rules.events[self._row]
        event = events.get(self.to) or events.get("")
        try:
            if event is None:
                raise self._no_row(f"{self._row}:{self.to}")
            event.trigger(self._control)
        except transitions.MachineError:
            raise self._no_row(self._row) from None
        if self.to not in ("", self._control.state):
            raise self._no_row(f"{self._row}:{self.to}")

    def _no_row(self, row: str) -> IllegalTransition:
        machine, state = self._rules.machine, self._control.state
        said = next((f": {known.documentation}" for known in machine.rows if known.name == self._row), "")
        return IllegalTransition(f"{machine.__name__} has no row {row} in the state {state}{said}")


class Row(transitions.Event):
    """An event without callbacks: what `transitions` does around them is most of what an event costs."""

    def trigger(self, model: object, *_: object, **__: object) -> bool:
        """As `transitions` does, for one model. Raises `MachineError` where there is no transition."""
        state = self.machine.get_model_state(model).name
        found = self.transitions.get(state)
        if not found:
            raise transitions.MachineError(f"no {self.name} in the state {state}")
        if found[0].dest is not None:
            self.machine.set_state(found[0].dest, model)
        return True


class Chart(transitions.Machine):
    """A machine whose events have none."""

    event_cls = Row


@dataclass(frozen=True)
class Rules:
    """A machine's rows, as `transitions` has them."""

    machine: type[Machine]
    chart: transitions.Machine
    initial: str
    events: Mapping[str, Mapping[str, transitions.Event]]
    """Of each row, the trigger for each of its targets, or the one for all."""
    sources: Mapping[str, frozenset[str]]
    """Where each row can be taken."""


@functools.cache
def _rules(machine: type[Machine]) -> Rules:
    chart = control(machine, kind=Chart)
    events: dict[str, dict[str, transitions.Event]] = {}
    for name, event in chart.events.items():
        row, _, target = name.partition(":")
        events.setdefault(row, {})[target] = event
    sources = {
        row: frozenset(s for event in found.values() for s in event.transitions) for row, found in events.items()
    }
    return Rules(machine, chart, str(chart.initial), events, sources)
