"""The ways through a command: its steps in order, and how each way ends, done or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from .known import Known


@dataclass(frozen=True)
class Ways:
    """A command's steps, and where they lead.

    The command is over when it is back in its first state: refused if the last step is one that can fail, and done if
    it is not. What it does while it waits for its turn is left out.
    """

    steps: tuple[Declaration, ...]
    nexts: Mapping[Declaration, tuple[State, ...]]
    """The states that a step leads to before the command is over."""
    done: frozenset[Declaration]
    refused: frozenset[Declaration]
    never: frozenset[Declaration] = frozenset()
    """The steps that are not taken, in this version."""

    def of(self, state: State) -> Iterator[Declaration]:
        """The steps that can be next in a state."""
        return (row for row in self.steps if state in row.sources)

    @property
    def first(self) -> tuple[Declaration, ...]:
        """The steps that begin it."""
        return tuple(row for row in self.steps if any(source.initial for source in row.sources))

    @property
    def undoing(self) -> frozenset[State]:
        """The states behind a refusal: all ways out of them lead to it."""
        return self._all - self._reaching(self.done)

    @property
    def settled(self) -> frozenset[State]:
        """The states from which it is not refused any more, by steps that are taken."""
        return self._all - self._reaching(self.refused - self.never)

    @property
    def _all(self) -> frozenset[State]:
        return frozenset(state for states in self.nexts.values() for state in states)

    def _reaching(self, ends: frozenset[Declaration]) -> frozenset[State]:
        """The states from which one of these ends can be reached."""
        found: set[State] = set()
        while more := {
            state
            for state in self._all - found
            if any(row in ends or found.intersection(self.nexts[row]) for row in self.of(state))
        }:
            found |= more
        return frozenset(found)


def ways(machine: type[Machine], known: Known) -> Ways | None:
    """The ways through a command, given what is known of its steps; None if it is none that is both done and refused.

    A command of a single step has none either: there is nothing between its beginning and its end.
    """
    outlines = known.outlines
    steps = tuple(row for row in machine.rows if row.kind == "step" and not _of_the_queue(row))
    ends = {row: outlines[row].ends for row in steps if row in outlines}
    over = [row for row, states in ends.items() if any(state.initial for state in states)]
    refused = frozenset(row for row in over if outlines[row].fails)
    done = frozenset(over) - refused
    nexts = {row: tuple(state for state in ends.get(row, ()) if not state.initial) for row in steps}
    if not machine.command or not done or not refused or not any(nexts.values()):
        return None
    return Ways(steps, nexts, done, refused, frozenset(row for row in steps if row.qualname in known.never))


def _of_the_queue(row: Declaration) -> bool:
    return any(state.queued for state in (*row.sources, *row.targets))
