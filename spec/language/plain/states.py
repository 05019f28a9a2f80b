"""The initial states, and who waits in a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import (
    SpecError,
)
from ..machines import Machine
from ..rows import State
from ..system import Configuration, Pools, System
from .edges import Choices, Values
from .objects import Objects

MOST_OUTCOMES = 1_000_000
"""How often `boot` is run for one configuration: with one `may` more, it has twice as many outcomes."""


class States(Objects):
    """What can be said of a state without taking a step."""

    def initial(self, scope: Sequence[Configuration]) -> Iterator[Values]:
        """The outcomes of `boot` for each configuration, in order, each once."""
        found: set[Values] = set()
        for configuration in scope:
            yield from (state for state, _ in self.starts(configuration, found))

    def starts(self, configuration: Configuration, found: set[Values]) -> Iterator[tuple[Values, Choices]]:
        """The outcomes of `boot` for a configuration that are not found yet, and the choices that led to each."""
        tape: list[bool] | None = []
        runs = 0
        while tape is not None:
            if runs == MOST_OUTCOMES:
                raise _too_many(self.system, configuration, len(found))
            runs += 1
            state, choices = self._booted(configuration, tape)
            tape = next_tape([chosen for _, chosen in choices])
            if state not in found:
                found.add(state)
                yield state, choices

    def _booted(self, configuration: Configuration, tape: Sequence[bool]) -> tuple[Values, Choices]:
        """One outcome of `boot`, and the choices that it took."""
        arguments = () if isinstance(configuration, Pools) else (configuration,)
        self._rest(tape)
        with self.using(tuple(self._blank)):
            try:
                self.system.boot(*arguments)
            except SpecError:
                raise
            except Exception as error:
                raise _boot_fails(self.system, error) from error
            return tuple(self.values), tuple(self._choices)

    @property
    def can_wait(self) -> bool:
        """Whether the spec says of anything that it waits; if not, a deadlock is a state without a step."""
        return any(state.waits for machine in self.system.machines for state in machine.states)

    def busy(self, state: Values) -> list[Machine]:
        """The instances that wait, or that are commands between their steps."""
        return [
            instance
            for machine in self.system.machines
            if machine.states
            for instance in self._pools[machine]
            if (not machine.dynamic or state[instance._base]) and self._now(state, instance).waits
        ]

    @staticmethod
    def _now(state: Values, instance: Machine) -> State:
        """The control state that an instance is in."""
        machine = type(instance)
        return machine.states[state[instance._base + machine.fields["state"].offset]]

    def in_flight(self, state: Values, command: type[Machine]) -> bool:
        """Whether some instance of a command is between its steps."""
        return any(self._now(state, instance).in_flight for instance in self._pools[command])


def _too_many(system: System, configuration: Configuration, states: int) -> SpecError:
    code = system.boot.__code__
    message = (
        f"boot has more than {MOST_OUTCOMES:,} outcomes for {configuration} ({states:,} initial states until then)"
    )
    hint = "use a smaller scope, or let the first step make the choice"
    return SpecError(message, file=code.co_filename, line=code.co_firstlineno, instead=hint)


def _boot_fails(system: System, error: Exception) -> SpecError:
    """What is wrong with `boot`, at its innermost line that failed."""
    code = system.boot.__code__
    line, frame = code.co_firstlineno, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code is code:
            line = frame.tb_lineno
        frame = frame.tb_next
    text = str(error).partition(" and no __dict__")[0]  # Python 3.13 adds that
    what = f"{type(error).__name__}: {text}".rstrip(": ")
    hint = "the initial states have to be made without an error"
    return SpecError(f"boot fails: {what}", file=code.co_filename, line=line, instead=hint)


def next_tape(taken: list[bool]) -> list[bool] | None:
    """The tape after this one, as an odometer that counts False before True; None after the last."""
    while taken and taken[-1]:
        taken.pop()
    if not taken:
        return None
    return [*taken[:-1], True]
