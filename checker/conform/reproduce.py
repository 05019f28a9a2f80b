"""A finding reproduced: its conversation with an implementation, until the defect is seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...spec.language.plain import Values
from ...spec.language.variants import Profile
from .conversation import Drives, moves
from .finding import Route
from .held import LIMIT, Difference, Held, Otherwise, otherwise
from .stimulus import Stimulus
from .suspension import Answer, Suspension
from .target import Target

MOST_TRIES = 20
"""How many ways to make a defect seen are tried."""

LONGEST = 4
"""How many stimuli a defect may need after it has come, to be seen."""


@dataclass(frozen=True)
class Reproduction:
    """What came of it."""

    conversation: tuple[Stimulus, ...]
    seen: Otherwise
    """What the mended version would show at the end, and what was seen instead."""
    mended: Profile | None
    """The version without the defect that this was compared with."""
    target: Target
    """The run, which has ended."""
    difference: Difference | None = None
    """Where the implementation left the way that leads to the defect."""

    @property
    def log(self) -> tuple[str, ...]:
        """What was said and done."""
        return tuple(self.target.log())

    @property
    def appeared(self) -> bool:
        """Whether the defect is there, for all to see."""
        return bool(self.seen)


def reproduce(route: Route, start: Callable[[], Target], limit: float = LIMIT) -> Reproduction:
    """Have the conversation, and then whatever it takes to see that this is not the version without the defect.

    The implementation has to show all along what the version with the defect does.
    """
    mended = _mended(route)
    last = None
    for tail in _tails(route, mended, start().drives):
        last = _run(route, mended, start(), tail, limit)
        if last.appeared or last.difference is not None:
            return last
    return last or _run(route, mended, start(), (), limit)


def _mended(route: Route) -> Suspension | None:
    """The version with the one repair that mends the defect, or with all of them; None if none is known."""
    broken = route.suspension
    system, profile = broken.system, broken.profile
    property = route.finding.id.partition("@")[0] + "@"
    repairs = [switch for switch in system.switches if switch not in profile.switches]
    for some in [*((repair,) for repair in repairs), tuple(repairs)]:
        name = f"{profile.name} with {some[0].name}" if len(some) == 1 else f"{profile.name} with every repair"
        version = Profile(name, profile.documentation, (*profile.switches, *some))
        made = Suspension(system, version, broken.configuration, timers=broken.timers, judging=True)
        answers = _answers(made, route.conversation.initial, route.conversation.stimuli)
        if answers and not any(each.startswith(property) for answer in answers for each in answer.broken):
            return made
    return None


def _run(
    route: Route, mended: Suspension | None, target: Target, tail: tuple[Stimulus, ...], limit: float
) -> Reproduction:
    conversation = (*route.conversation.stimuli, *tail)
    version = mended.profile if mended is not None else None
    try:
        held = Held(route.suspension, target, route.conversation.initial, limit)
        difference = held.begin()
        for stimulus in conversation:
            if difference is None:
                difference = held.take(stimulus)
        if difference is not None:
            return Reproduction(held.conversation, {}, version, target, difference)
        ways = _unlike(mended, route.conversation.initial, held) if mended is not None else []
        return Reproduction(conversation, ways[0] if ways and all(ways) else {}, version, target)
    finally:
        target.stop()


def _unlike(mended: Suspension, initial: Values, held: Held) -> list[Otherwise]:
    """What is seen otherwise than in each way in which a version can come out of the same conversation."""
    return [
        otherwise(answer, mended.words(answer.state) if answer.state else {}, held.observation, held.target.sees)
        for answer in _answers(mended, initial, held.conversation)
    ]


def _answers(suspension: Suspension, initial: Values, conversation: tuple[Stimulus, ...]) -> list[Answer]:
    """The ways in which a version can come out of a conversation; none if it can't have it."""
    answers = [Answer(initial)]
    for stimulus in conversation:
        states = {answer.state for answer in answers if answer.state is not None}
        answers = [answer for state in sorted(states) for answer in suspension.after(state, stimulus)]
    return answers


def _tails(route: Route, mended: Suspension | None, drives: Drives) -> Iterator[tuple[Stimulus, ...]]:
    """What may make the defect seen: what brings no other, and after which the two versions show something else."""
    if mended is None:
        return
    initial, stimuli, broken = route.conversation.initial, route.conversation.stimuli, route.suspension
    waiting: deque[tuple[Stimulus, ...]] = deque([()])
    known: set[tuple[frozenset[Values | None], ...]] = set()
    tries = 0
    while waiting and tries < MOST_TRIES:
        tail = waiting.popleft()
        ones = _answers(broken, initial, (*stimuli, *tail))
        others = _answers(mended, initial, (*stimuli, *tail))
        if not others or (tail and any(answer.broken for answer in ones)):
            continue
        shown = [broken.shown(answer) for answer in ones]
        if not any(mended.shown(answer) in shown for answer in others):
            tries += 1
            yield tail
        states = {answer.state for answer in ones if answer.state is not None}
        both = tuple(frozenset(answer.state for answer in answers) for answers in (ones, others))
        if len(tail) == LONGEST or not states or both in known:
            continue
        known.add(both)
        waiting += [(*tail, move.stimulus) for move in moves(broken, min(states), drives)]
