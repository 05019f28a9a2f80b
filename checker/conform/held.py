"""One run of an implementation that is held to the spec: which states it can be in, as far as can be seen."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ...spec.language.plain import Values
from .agreed import Agreed, Unknown
from .stimulus import Stimulus
from .suspension import DIES, Answer, Suspension, Timed
from .target import Observation, Overdue, Target, Words

Otherwise = dict[str, tuple[str, str]]

HANGS = "hangs"
"""Under which name it is shown that something was waited for in vain."""

LIMIT = 5.0
"""Seconds in which what the spec says has to be seen."""


@dataclass(frozen=True)
class Difference:
    """What was seen, and is no way in which the spec lets the last stimulus come out."""

    conversation: tuple[Stimulus, ...]
    expected: tuple[str, ...]
    """What the spec allows, each way in a line, of that only which was seen to be otherwise."""
    observed: tuple[str, ...]
    log: tuple[str, ...]
    reference: tuple[str, ...] = field(default=(), compare=False)
    """The log of an implementation that does what the spec says, if there is one to compare with."""

    @property
    def kind(self) -> frozenset[str]:
        """What is otherwise."""
        return frozenset(line.partition(": ")[0] for line in self.observed)


class Held:
    """A target in an initial state, and the states of the spec that fit to all that was seen since."""

    def __init__(self, suspension: Suspension, target: Target, initial: Values, limit: float = LIMIT) -> None:
        self.suspension, self.target, self.limit = suspension, target, limit
        self.states = frozenset({initial})
        self.conversation: tuple[Stimulus, ...] = ()
        self.answers: tuple[Answer, ...] = ()
        """The ways in which the last stimulus can have come out."""
        self.observation = Observation({})
        self.lost = ""
        """Why it can't be said what comes of the last stimulus."""
        self.overdue: set[Timed] = set()
        """The timers that have not run out after the last stimulus."""
        target.start(suspension.words(initial))

    @property
    def words(self) -> Words:
        """What is known of the state that it is in."""
        return Agreed([self.suspension.words(state) for state in sorted(self.states)])

    def drives(self, stimulus: Stimulus) -> str:
        """Why it can't be moved so, as far as that is known; empty if it can."""
        try:
            return self.target.drives(stimulus, self.words)
        except Unknown as unknown:
            return str(unknown)

    @property
    def timers(self) -> int:
        """How many were waited for after the last stimulus."""
        return max((len(answer.timed) for answer in self.answers), default=0)

    def stimuli(self) -> list[Stimulus]:
        """What can be begun in whatever state it is in, and can be driven, without circumstances."""
        each = [self.suspension.stimuli(state) for state in sorted(self.states)]
        first, *others = each or [[]]
        return [
            stimulus for stimulus in first if all(stimulus in other for other in others) and not self.drives(stimulus)
        ]

    def variants(self, stimulus: Stimulus) -> list[Stimulus]:
        """A stimulus in all the circumstances in which it can be driven."""
        found = [self.suspension.variants(state, stimulus) for state in sorted(self.states)]
        return [each for each in dict.fromkeys(chain(*found)) if self.can(each)]

    def hinders(self, stimulus: Stimulus) -> str:
        """Why that can't be done now; empty if it can."""
        if not self.states or not all(self.suspension.after(state, stimulus) for state in self.states):
            return "it has moved on by then"
        return self.drives(stimulus)

    def can(self, stimulus: Stimulus) -> bool:
        """Whether that can be done now."""
        return not self.hinders(stimulus)

    def begin(self) -> Difference | None:
        """See that it is where it was to start."""
        return self._see([Answer(min(self.states))])

    def take(self, stimulus: Stimulus) -> Difference | None:
        """Carry out a stimulus, wait for the timers that it starts, and keep the states that fit to what is seen."""
        self.conversation += (stimulus,)
        answers = [answer for state in sorted(self.states) for answer in self.suspension.after(state, stimulus)]
        self.overdue.clear()
        try:
            self.target.do(stimulus, self.words)
            for timed in dict.fromkeys(timed for answer in answers for timed in answer.timed):
                self._wait(timed)
        except Unknown as unknown:
            self.lost = str(unknown)
            self.answers, self.states = (), frozenset()
            return None
        except Exception as error:
            return self._judged(answers, _raised(error))
        return self._see(answers)

    def _wait(self, timed: Timed) -> None:
        timer, state = timed
        try:
            self.target.wait(timer, self.suspension.words(state))
        except Overdue:
            self.overdue.add(timed)

    def _see(self, answers: Sequence[Answer]) -> Difference | None:
        """Look until it is somewhere where it may come to rest. It has until the limit is over."""
        until = time.monotonic() + self.limit
        while True:
            seen = self._look()
            found = self._judged(answers, seen)
            ended = seen.final or seen.died or seen.hangs or _is_answered_otherwise(answers, seen)
            if found is None or ended or time.monotonic() > until:
                return found

    def _look(self) -> Observation:
        try:
            return self.target.observe()
        except Exception as error:
            return _raised(error)

    def _judged(self, answers: Sequence[Answer], seen: Observation) -> Difference | None:
        """Keep the states that fit to what is seen."""
        self.observation = seen
        self.answers = tuple(answer for answer in answers if not self._differs(answer))
        self.states = frozenset(answer.state for answer in self.answers if answer.state is not None)
        return None if self.answers else self._difference(answers)

    def _difference(self, answers: Iterable[Answer]) -> Difference:
        ways = [self._differs(answer) for answer in answers]
        names = {name for way in ways for name in way}
        return Difference(
            self.conversation,
            tuple(dict.fromkeys("; ".join(f"{name}: {way[name][0]}" for name in sorted(way)) for way in ways)),
            tuple(f"{name}: {next(way[name][1] for way in ways if name in way)}" for name in sorted(names)),
            tuple(self.target.log()),
        )

    def _differs(self, answer: Answer) -> Otherwise:
        words = self.suspension.words(answer.state) if answer.state is not None else {}
        late = {str(timed[0]): ("runs out", "has not run out") for timed in answer.timed if timed in self.overdue}
        return late | otherwise(answer, words, self.observation, self.target.sees)


def _is_answered_otherwise(answers: Sequence[Answer], seen: Observation) -> bool:
    """Whether a command has come back as in none of these ways: however long it is looked, that stays so."""
    return all(
        any(not is_reply(dict(answer.replies).get(command), got) for command, got in seen.replies.items())
        for answer in answers
    )


def _raised(error: Exception) -> Observation:
    """A target that raises an error has done what no spec allows: that is a result, too."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(at.filename).name}:{at.lineno}"
    return Observation({}, died=f"{type(error).__name__} at {where}: {error}", breaks=frozenset())


def otherwise(answer: Answer, words: Words, seen: Observation, sees: Callable[[str, str], str]) -> Otherwise:
    """Where an answer, which rests in a state of these words, is not what is seen: what it says, and what is seen."""
    if seen.hangs:
        return {HANGS: ("no", seen.hangs)}
    if answer.state is None and not seen.died and answer.died in seen.unnoticed:
        return {}
    if answer.state is None or seen.died:
        same = answer.state is None and bool(seen.died) and (seen.breaks is None or answer.died in seen.breaks)
        return {} if same else {DIES: (answer.died or "goes on", seen.died or "goes on")}
    found = {}
    there = {name.partition(".")[0] for name in words}
    for name, word in seen.state.items():
        who = name.partition(".")[0]
        if who not in there:
            found[who] = ("is not there", "is there")
        elif (wanted := sees(name, words[name]) if name in words else "nothing") != word:
            found[name] = (wanted, word)
    replies = dict(answer.replies)
    for command in {**replies, **seen.replies}:
        expected, got = replies.get(command), seen.replies.get(command)
        if not is_reply(expected, got):
            found[f"reply of {command}"] = _reply(expected), _reply(got)
    for who, events in seen.heard.items():
        wanted_events = tuple(event for each, event in answer.heard if each == who)
        if wanted_events != events:
            found[f"{who} hears"] = ", ".join(wanted_events) or "nothing", ", ".join(events) or "nothing"
    return found


def is_reply(expected: str | None, got: str | None) -> bool:
    """Whether an error is the one that the spec names, maybe with where it came up before it."""
    if not expected or not got:
        return expected == got
    pattern = ".*".join(map(re.escape, expected.split("%s")))
    return expected == OWN_ERROR or re.fullmatch(f"(.*: )?{pattern}", got, re.DOTALL) is not None


OWN_ERROR = "the backend's own error"
"""The words of the spec for an error that is not the command's."""


def _reply(text: str | None) -> str:
    return "none" if text is None else text or "done"
