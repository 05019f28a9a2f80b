"""What tells two versions of a protocol apart: the shortest conversation that one of them can't have."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...spec.language.plain import Values
from ...spec.language.system import Configuration, Scope, System
from ...spec.language.variants import Profile
from .stimulus import Stimulus
from .suspension import DIES, Answer, Suspension

Shown = Mapping[str, str]
States = frozenset[Values]


@dataclass(frozen=True)
class Distinction:
    """A conversation by which two versions are told apart: what each shows at the end, of that only what differs."""

    configuration: Configuration
    initial: Values
    conversation: tuple[Stimulus, ...]
    one: tuple[Shown, ...]
    """The ways in which it can come out."""
    other: tuple[Shown, ...]

    @property
    def names(self) -> list[str]:
        """Of what is not the same."""
        return sorted({name for shown in [*self.one, *self.other] for name in shown})

    @property
    def kind(self) -> tuple[str, frozenset[str]]:
        """By which row, in what: slots are not told apart."""
        return self.conversation[-1].qualname, frozenset(re.sub(r"\d+", "", name) for name in self.names)


@dataclass(frozen=True)
class _Both:
    """Where two versions can be after a conversation that both can have."""

    pair: Pair
    initial: Values
    conversation: tuple[Stimulus, ...]
    one: States
    other: States


class Pair:
    """Two versions of a system in one configuration."""

    def __init__(self, system: System, one: Profile, other: Profile, configuration: Configuration) -> None:
        self.configuration = configuration
        self.one = Suspension(system, one, configuration, timers="waited")
        self.other = Suspension(system, other, configuration, timers="waited")

    def starts(self) -> Iterator[_Both]:
        """The states that both can start in."""
        for state in self.one.initial:
            if state in self.other.initial:
                yield _Both(self, state, (), frozenset({state}), frozenset({state}))

    def stimuli(self, here: _Both) -> Iterator[Stimulus]:
        """What can be done to both, whatever state they are in."""
        known = [(self.one, state) for state in here.one] + [(self.other, state) for state in here.other]
        first, *others = [suspension.stimuli(state) for suspension, state in known]
        for stimulus in first:
            if all(stimulus in each for each in others):
                variants = [suspension.variants(state, stimulus) for suspension, state in known]
                for variant in dict.fromkeys(each for found in variants for each in found):
                    if all(suspension.after(state, variant) for suspension, state in known):
                        yield variant


def distinctions(
    system: System, one: Profile, other: Profile, scope: Scope, watch: Callable[[int], None] = lambda tried: None
) -> Iterator[Distinction]:
    """The conversations that tell two versions apart, the shortest first. Behind one the versions are not compared.

    `watch` is told how many stimuli were tried.
    """
    waiting = deque(start for each in scope for start in Pair(system, one, other, each).starts())
    seen = {(here.pair, here.one, here.other) for here in waiting}
    tried = 0
    while waiting:
        here = waiting.popleft()
        for stimulus in here.pair.stimuli(here):
            tried += 1
            watch(tried)
            found = _compared(here, stimulus)
            if isinstance(found, Distinction):
                yield found
                continue
            for both in found:
                if (both.pair, both.one, both.other) not in seen:
                    seen.add((both.pair, both.one, both.other))
                    waiting.append(both)


def _compared(here: _Both, stimulus: Stimulus) -> Distinction | list[_Both]:
    """Where both can be after a stimulus, by what is seen of it; a distinction if nothing can be seen of both."""
    ones = _seen(here.pair.one, here.one, stimulus)
    others = _seen(here.pair.other, here.other, stimulus)
    conversation = (*here.conversation, stimulus)
    common = [shown for shown in ones if shown in others]
    if not common:
        one, other = _differing(list(map(dict, ones)), list(map(dict, others)))
        return Distinction(here.pair.configuration, here.initial, conversation, one, other)
    return [
        _Both(here.pair, here.initial, conversation, frozenset(ones[shown]), frozenset(others[shown]))
        for shown in common
        if ones[shown] and others[shown]
    ]


def _seen(
    suspension: Suspension, states: Iterable[Values], stimulus: Stimulus
) -> dict[frozenset[tuple[str, str]], list[Values]]:
    """Where it can be after a stimulus, by what is seen."""
    found: dict[frozenset[tuple[str, str]], list[Values]] = {}
    answers: list[Answer] = [answer for state in states for answer in suspension.after(state, stimulus)]
    for answer in answers:
        where = found.setdefault(frozenset(suspension.shown(answer).items()), [])
        if answer.state is not None:
            where.append(answer.state)
    return found


def _differing(ones: Sequence[Shown], others: Sequence[Shown]) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """Of what is shown, only what is not always the same."""
    names = {name for shown in [*ones, *others] for name in shown}
    if DIES in names:  # then nothing else is seen
        return tuple({DIES: shown.get(DIES, "no")} for shown in ones), tuple(
            {DIES: shown.get(DIES, "no")} for shown in others
        )
    same = {name for name in names if len({shown.get(name) for shown in [*ones, *others]}) == 1}

    def kept(shown: Shown) -> Shown:
        return {name: shown.get(name, "nothing") for name in sorted(names - same)}

    return tuple(map(kept, ones)), tuple(map(kept, others))
