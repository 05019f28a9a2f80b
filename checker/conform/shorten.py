"""The shortest conversation that shows a difference, found by having shorter ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from ...spec.language.plain import Values
from .conversation import Conversation, conversations
from .held import Difference
from .stimulus import Stimulus
from .suspension import Suspension

Try = Callable[[Conversation, float], Difference | None]
"""Has a conversation with a target that is started for it and has so many seconds to show what the spec says.

None if it shows no difference, or can't be had.
"""

HURRY = 1.0
"""Seconds in which shorter conversations are tried. The one that is left has all the time there is."""

MOST_MOVES = 100_000
"""Along so many a shorter way is looked for."""


def shortest(
    suspension: Suspension, conversation: Conversation, difference: Difference, attempt: Try, limit: float
) -> Difference:
    """First by the shortest way to where the last stimulus was begun, then without one stimulus after the other.

    What is otherwise stays the same: a shorter conversation may show another difference, which is found by itself. One
    that shows it only for a while, and not after `limit` seconds, is none.
    """

    def shows(shorter: Conversation, seconds: float) -> Difference | None:
        found = attempt(shorter, seconds)
        return found if found is not None and found.kind == difference.kind else None

    hurry = min(HURRY, limit)
    best, short = difference, conversation
    for way in _ways(suspension, conversation):
        if len(way.stimuli) < len(short.stimuli) and (found := shows(way, hurry)):
            short, best = Conversation(way.initial, found.conversation), found
    position = len(short.stimuli) - 2
    while position >= 0:
        left = (*short.stimuli[:position], *short.stimuli[position + 1 :])
        if found := shows(Conversation(short.initial, left), hurry):
            short, best = Conversation(short.initial, found.conversation), found
        position = min(position, len(short.stimuli) - 1) - 1
    return best if best is difference else shows(short, limit) or difference


def _ways(suspension: Suspension, conversation: Conversation) -> Iterator[Conversation]:
    """The shortest way to each state in which the last stimulus can have been begun, and that stimulus."""
    if not conversation.stimuli:
        return
    *before, last = conversation.stimuli
    states = {conversation.initial}
    for stimulus in before:
        states = {a.state for state in states for a in suspension.after(state, stimulus) if a.state is not None}
    for state in sorted(states):
        way = _way(suspension, conversation.initial, state)
        if way is not None:
            yield Conversation(conversation.initial, (*way, last))


def _way(suspension: Suspension, start: Values, goal: Values) -> tuple[Stimulus, ...] | None:
    """The fewest stimuli from one state to another that is known to be reached; None if that is too far."""
    if start == goal:
        return ()
    ways = islice(conversations(suspension, [start]), MOST_MOVES)
    return next((way.stimuli for way, move in ways if any(answer.state == goal for answer in move.answers)), None)
