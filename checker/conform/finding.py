"""From a finding of a check to a conversation that an implementation can have, and by which the defect is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain

from ...spec.language.plain import Values
from ...spec.language.system import Configuration, Scope, System
from ...spec.language.variants import Profile
from ..explore.result import Finding, Trace
from ..explore.trace import show
from .conversation import Conversation, Drives, conversations
from .stimulus import Stimulus
from .suspension import Suspension, Timers
from .target import Words

TIMERS: tuple[Timers, ...] = ("waited", "by hand")
"""A trace may need that a timer has not run out yet."""


class NotDrivable(Exception):
    """There is no conversation that leads to a finding, and why."""


@dataclass(frozen=True)
class Route:
    """A conversation that ends in a finding."""

    finding: Finding
    suspension: Suspension
    conversation: Conversation
    as_found: bool
    """Whether it is the trace of the check; if not, another that can be driven."""


def route(system: System, profile: Profile, scope: Scope, finding: Finding, drives: Drives) -> Route:
    """The trace's own conversation, if that can be driven and brings the finding; else the shortest that does.

    That is looked for in the trace's configuration first, then in those like it. Raises `NotDrivable`.
    """
    configuration, initial = start(system, profile, scope, finding.trace.initial)
    own = Conversation(initial, tuple(stimuli(system, finding.trace)))
    why: dict[str, None] = {}
    made = [_judging(system, profile, configuration, timers) for timers in TIMERS]
    for suspension in made:
        if _brings(suspension, own, finding, drives, why):
            return Route(finding, suspension, own, True)
    like = (_judging(system, profile, each, "waited") for each in scope if _is_like(each, configuration))
    for suspension in chain(made, like):
        for conversation in _search(suspension, finding, drives, why):
            return Route(finding, suspension, conversation, False)
    raise NotDrivable("; ".join(why) or "what happens between the steps of one command is not ours to choose")


def _is_like(one: Configuration, other: Configuration) -> bool:
    """Whether two configurations differ in one field only."""
    if not isinstance(one, type(other)) or not is_dataclass(one):
        return False
    return sum(getattr(one, each.name) != getattr(other, each.name) for each in fields(one)) == 1


def _judging(system: System, profile: Profile, configuration: Configuration, timers: Timers) -> Suspension:
    return Suspension(system, profile, configuration, timers=timers, judging=True)


def start(system: System, profile: Profile, scope: Scope, begins: Words) -> tuple[Configuration, Values]:
    """The configuration in which a trace begins with these words, and the state. Raises `NotDrivable`."""
    for configuration in scope:
        suspension = Suspension(system, profile, configuration, timers="waited")
        for state in suspension.initial:
            if _is_start(begins, suspension, state):
                return configuration, state
    raise NotDrivable("it begins in no state of the scope")


def _is_start(begins: Words, suspension: Suspension, state: Values) -> bool:
    """Whether that is what the words say; a check has as many slots as the largest configuration, mostly unused."""
    mine = show(suspension.world, state)
    known = {name for name, _ in suspension.world.positions}
    unused = {machine.__name__: machine.states[0].name for machine in suspension.system.machines if machine.states}
    return (
        all(mine.get(name) == word for name, word in begins.items() if name in known)
        and all(
            word == unused.get(name.partition(".")[0].rstrip("0123456789"))
            for name, word in begins.items()
            if name not in known
        )
        and mine.keys() <= begins.keys()
    )


def stimuli(system: System, trace: Trace) -> Iterator[Stimulus]:
    """What somebody outside has to do for a trace; what is chosen after that are its circumstances."""
    names = {f"{row.__qualname__}" for row in system.outside.stimuli}
    current: Stimulus | None = None
    for step in trace.steps:
        labels = tuple(label for label in step.choices if not label.startswith("not "))
        machine = step.machine.rstrip("0123456789")
        if f"{machine}.{step.row}" in names:
            if current is not None:
                yield current
            slot = int(step.machine.removeprefix(machine))
            current = Stimulus(machine, slot, step.row, tuple(step.arguments.items()), labels)
        elif current is not None and labels:
            current = replace(current, circumstances=tuple(sorted({*current.circumstances, *labels})))
    if current is not None:
        yield current


def _brings(
    suspension: Suspension, conversation: Conversation, finding: Finding, drives: Drives, why: dict[str, None]
) -> bool:
    states = {conversation.initial}
    broken = False
    for stimulus in conversation.stimuli:
        if not states:
            return False
        reason = drives(stimulus, suspension.words(min(states)))
        if reason:
            why[reason] = None
            return False
        answers = [suspension.after(state, stimulus) for state in states]
        if not all(answers):
            return False
        flat = [answer for each in answers for answer in each]
        broken = all(finding.id in answer.broken for answer in flat)
        states = {answer.state for answer in flat if answer.state is not None}
    return broken


def _search(suspension: Suspension, finding: Finding, drives: Drives, why: dict[str, None]) -> Iterator[Conversation]:
    """The conversations whose last stimulus certainly brings a finding, the shortest first."""

    def driven(stimulus: Stimulus, words: Words) -> str:
        reason = drives(stimulus, words)
        if reason:
            why[reason] = None
        return reason

    for way, move in conversations(suspension, suspension.initial, driven):
        if all(finding.id in answer.broken for answer in move.answers):
            yield way
