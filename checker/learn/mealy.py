"""A Mealy machine: for each state and letter what is seen, and the next state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ..conform.target import Observation

Word = tuple[int, ...]
"""Letters, by their places in an alphabet."""
S = TypeVar("S", bound=Hashable)

NOT_POSSIBLE = "not possible"


@dataclass(frozen=True)
class Output:
    """What is seen after a letter."""

    state: tuple[tuple[str, str], ...] = ()
    """Observables, by their names."""
    replies: tuple[tuple[str, str], ...] = ()
    heard: tuple[tuple[str, tuple[str, ...]], ...] = ()
    died: str = ""
    undone: str = ""
    """Why the letter was not carried out: in this state there is no way to, or the target has none at all."""

    @property
    def observation(self) -> Observation:
        """The same, to be held to the spec."""
        return Observation(dict(self.state), dict(self.replies), dict(self.heard), self.died)

    @property
    def shown(self) -> Mapping[str, str]:
        """The same, as a report names it."""
        if self.undone:
            return {"it": self.undone}
        return {
            **({"it": self.died} if self.died else {}),
            **{f"reply of {command}": error or "done" for command, error in self.replies},
            **{f"{who} hears": ", ".join(events) for who, events in self.heard if events},
            **dict(self.state),
        }


@dataclass(frozen=True)
class Mealy:
    """States are numbers, and it starts in the first: `steps[state][letter]` is what is seen, and the next state."""

    first: Output
    """What is seen before there was a letter."""
    steps: tuple[tuple[tuple[Output, int], ...], ...]

    def outputs(self, word: Word) -> list[Output]:
        """What is seen along a word."""
        state, found = 0, []
        for letter in word:
            output, state = self.steps[state][letter]
            found.append(output)
        return found


def mealy(first: Output, start: S, letters: int, step: Callable[[S, int], tuple[Output, S]]) -> Mealy:
    """A machine of any objects as states: they are numbered in the order of the shortest words that lead to them."""
    numbers = {start: 0}
    rows = []
    todo = [start]
    for state in todo:
        row = []
        for letter in range(letters):
            output, after = step(state, letter)
            if after not in numbers:
                numbers[after] = len(numbers)
                todo.append(after)
            row.append((output, numbers[after]))
        rows.append(tuple(row))
    return Mealy(first, tuple(rows))
