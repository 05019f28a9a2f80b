"""Conversations that a spec allows: what a tester can do in every state at rest, and how to get there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ...spec.language.plain import Values
from .stimulus import Stimulus
from .suspension import Answer, Suspension
from .target import Words

Drives = Callable[[Stimulus, Words], str]
"""Why a target can't be moved so in such a state; empty if it can."""


@dataclass(frozen=True)
class Conversation:
    """Where it starts, and what is done."""

    initial: Values
    stimuli: tuple[Stimulus, ...]


@dataclass(frozen=True)
class Move:
    """A stimulus in a state at rest, and the ways in which it can come out: at least one."""

    before: Values
    stimulus: Stimulus
    answers: tuple[Answer, ...]

    @property
    def rows(self) -> frozenset[str]:
        """Those that it certainly brings."""
        return frozenset.intersection(*(answer.rows for answer in self.answers))

    @property
    def after(self) -> Values | None:
        """Where it certainly comes to rest; none if that may be here or there, or if it ends in an error."""
        states = {answer.state for answer in self.answers}
        return states.pop() if len(states) == 1 else None


def conversations(
    suspension: Suspension, initial: Iterable[Values], drives: Drives | None = None
) -> Iterator[tuple[Conversation, Move]]:
    """The shortest conversation to everything that can be done in any state, with what is done last, in that order."""
    ways = {state: Conversation(state, ()) for state in initial}
    waiting = deque(ways)
    while waiting:
        state = waiting.popleft()
        for move in moves(suspension, state, drives):
            way = Conversation(ways[state].initial, (*ways[state].stimuli, move.stimulus))
            yield way, move
            for answer in move.answers:
                if answer.state is not None and answer.state not in ways:
                    ways[answer.state] = way
                    waiting.append(answer.state)


def moves(suspension: Suspension, state: Values, drives: Drives | None = None) -> Iterator[Move]:
    """What can be done in a state, in all the circumstances that make a difference."""
    for bare in suspension.stimuli(state):
        for stimulus in suspension.variants(state, bare):
            if drives is None or not drives(stimulus, suspension.words(state)):
                yield Move(state, stimulus, tuple(suspension.after(state, stimulus)))
