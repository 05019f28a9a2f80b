"""A trace that somebody has chosen step by step, on an implementation: what of it is somebody else's doing, is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ...spec.language.plain import Values
from ...spec.language.system import Configuration, System
from ...spec.language.variants import Profile
from ..explore.result import Trace
from ..explore.trace import show
from .conversation import Conversation, Drives
from .finding import TIMERS, NotDrivable, start, stimuli
from .held import LIMIT, Difference, Held
from .stimulus import Stimulus
from .suspension import Suspension, Timers
from .target import Target, Words

Watch = Callable[[Stimulus], None]
"""Told of each stimulus before it is carried out."""


@dataclass(frozen=True)
class Way:
    """The conversation of a trace, and where it leads in the spec."""

    suspension: Suspension
    conversation: Conversation
    rests: frozenset[Values]
    """Where the spec may come to rest in the end: nowhere, if a step has ended in an error."""
    broken: frozenset[str]
    """The findings that the last stimulus certainly brings, as `property@row`."""

    def is_at(self, last: Words) -> bool:
        """Whether a trace that ends so has come to rest as well; if not, an implementation goes on from there."""
        return any(show(self.suspension.world, state).items() <= last.items() for state in self.rests)


@dataclass(frozen=True)
class Followed:
    """What came of it."""

    target: Target
    """The run, which has ended."""
    conversation: tuple[Stimulus, ...]
    """What was done."""
    difference: Difference | None
    hindered: str = ""
    """Why the next one could not be done."""


def way(
    system: System,
    profile: Profile,
    configuration: Configuration,
    trace: Trace,
    drives: Drives = lambda stimulus, before: "",
    timers: Sequence[Timers] = TIMERS,
) -> Way:
    """The conversation of a trace. Raises `NotDrivable`, with the first stimulus that can't be had, and why."""
    _, initial = start(system, profile, [configuration], trace.initial)
    own = Conversation(initial, tuple(stimuli(system, trace)))
    why: dict[str, None] = {}
    for each in timers:
        suspension = Suspension(system, profile, configuration, timers=each, judging=True)
        found = _along(suspension, own, drives, why)
        if found is not None:
            return found
    raise NotDrivable("; ".join(why))


def follow(way: Way, target: Target, limit: float = LIMIT, watch: Watch = lambda stimulus: None) -> Followed:
    """Have the conversation, and see after each stimulus that the target does what the spec says."""
    try:
        held = Held(way.suspension, target, way.conversation.initial, limit)
        difference, hindered = held.begin(), ""
        for stimulus in way.conversation.stimuli:
            hindered = held.hinders(stimulus) if difference is None else ""
            if difference is not None or hindered:
                break
            watch(stimulus)
            difference = held.take(stimulus)
        return Followed(target, held.conversation, difference, f"{stimulus}: {hindered}" if hindered else "")
    finally:
        target.stop()


def _along(suspension: Suspension, own: Conversation, drives: Drives, why: dict[str, None]) -> Way | None:
    states, broken = frozenset({own.initial}), frozenset[str]()
    for stimulus in own.stimuli:
        answers = [suspension.after(state, stimulus) for state in states]
        if not answers or not all(answers):
            why[f"{stimulus} can't be begun: an implementation has moved on by then, until nothing moved any more"] = (
                None
            )
            return None
        if reason := drives(stimulus, suspension.words(min(states))):
            why[f"{stimulus}: {reason}"] = None
            return None
        flat = [answer for each in answers for answer in each]
        broken = frozenset.intersection(*(answer.broken for answer in flat))
        states = frozenset(_rests(answer.state for answer in flat))
    return Way(suspension, own, states, broken)


def _rests(states: Iterable[Values | None]) -> Iterable[Values]:
    return (state for state in states if state is not None)
