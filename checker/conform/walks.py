"""Conversations with an implementation: along every row of the spec, at random, or as they are written down."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...spec.language.plain import Values
from .conversation import Conversation, Move, conversations
from .held import LIMIT, Difference, Held
from .stimulus import Stimulus
from .suspension import Suspension
from .target import Target, Words

LENGTH = 40
"""Stimuli of a random conversation, before another one begins."""


MOST_TIMERS = 100
"""So many are waited for in one run, whatever for: each takes a second or so."""


@dataclass
class Patience:
    """How many timers are still waited for, and how many stimuli are still done at random."""

    timers: int = field(default_factory=lambda: MOST_TIMERS)
    stimuli: int = sys.maxsize


Start = Callable[[], Target]
"""Makes a target that was not started."""


@dataclass
class Report:
    """What has been done with a target in one configuration, and what came of it."""

    conversations: int = 0
    stimuli: int = 0
    timers: int = 0
    """How often a timer was waited for."""
    rows: set[str] = field(default_factory=set)
    """Those that were certainly taken."""
    drivable: set[str] = field(default_factory=set)
    """Those that can be had by what can be driven."""
    undriven: dict[str, set[str]] = field(default_factory=dict)
    """Which stimuli's rows can't be had, everywhere or somewhere, by the reason."""
    expected: set[str] = field(default_factory=set)
    """What the spec has shown of anything, as `Id.exists`, `Device hears`."""
    seen: set[str] = field(default_factory=set)
    """What the target has."""
    not_followed: list[tuple[Conversation, str]] = field(default_factory=list)
    """Of what was written down: how far it could not be had (with the stimulus that could not be begun), and why."""
    differences: list[tuple[Conversation, Difference]] = field(default_factory=list)


class Walks:
    """Conversations in one configuration, each with a target of its own."""

    def __init__(
        self, suspension: Suspension, start: Start, *, limit: float = LIMIT, patience: Patience | None = None
    ) -> None:
        self.suspension, self.start, self.limit = suspension, start, limit
        self.patience = patience or Patience()
        self.report = Report()
        self.initial = [state for state in suspension.initial if not start().lacks(suspension.words(state))]
        """Where a target can be started."""

    @contextmanager
    def held(self, initial: Values, limit: float | None = None) -> Iterator[Held]:
        """A target in an initial state, which is ended."""
        target = self.start()
        try:
            yield Held(self.suspension, target, initial, self.limit if limit is None else limit)
        finally:
            target.stop()

    def _noted(self, held: Held, found: Difference | None, initial: Values) -> bool:
        """Keep what came of a stimulus; whether the conversation is at its end."""
        if found is not None:
            self.report.differences.append((Conversation(initial, held.conversation), found))
            return True
        if held.lost:
            self.report.not_followed.append((Conversation(initial, held.conversation), held.lost))
            return True
        self.report.rows |= frozenset.intersection(*(answer.rows for answer in held.answers))
        self.report.timers += held.timers
        self.patience.timers -= held.timers
        shown = [name for answer in held.answers for name in self.suspension.shown(answer) if _is_of_somebody(name)]
        self.report.expected |= set(map(_kind, shown))
        heard = [f"{who} hears" for who in held.observation.heard]
        self.report.seen |= set(map(_kind, [*held.observation.state, *heard]))
        return not held.states

    def attempt(self, conversation: Conversation, limit: float | None = None) -> Difference | None:
        """Do what is written down, for no report; the difference that it shows."""
        with self.held(conversation.initial, limit) as held:
            found = held.begin()
            for stimulus in conversation.stimuli:
                if found is None and not self._hinders(held, stimulus):
                    found = held.take(stimulus)
                    self.patience.timers -= held.timers
        return found

    def follow(self, conversation: Conversation) -> bool:
        """Do what is written down; whether all of it could be done."""
        with self.held(conversation.initial) as held:
            self.report.conversations += 1
            ended = self._noted(held, held.begin(), conversation.initial)
            for stimulus in conversation.stimuli:
                if ended:
                    return False
                if why := self._hinders(held, stimulus):
                    so_far = Conversation(conversation.initial, (*held.conversation, stimulus))
                    self.report.not_followed.append((so_far, why))
                    return False
                self.report.stimuli += 1
                ended = self._noted(held, held.take(stimulus), conversation.initial)
        return True

    def _hinders(self, held: Held, stimulus: Stimulus) -> str:
        """Why that is not done now; empty if it is."""
        affordable = "" if self._is_affordable(held, stimulus) else "enough timers were waited for"
        return held.hinders(stimulus) or affordable

    def tour(self, paths: int = 0) -> Iterator[Report]:
        """Along every row that can be had, each by the shortest conversation; then along `paths` others."""
        rest = []
        for conversation, move in self._plan():
            self.report.drivable |= move.rows
            if move.rows <= self.report.rows:
                rest.append(conversation)
                continue
            self.follow(conversation)
            yield self.report
        for conversation in rest[:paths]:
            self.follow(conversation)
            yield self.report

    def _plan(self) -> Iterator[tuple[Conversation, Move]]:
        """A shortest conversation to everything that can be driven in any state."""
        target = self.start()

        def drives(stimulus: Stimulus, words: Words) -> str:
            why = target.drives(stimulus, words)
            if why:
                self.report.undriven.setdefault(why, set()).add(stimulus.qualname)
            return why

        known = set()
        for way, move in conversations(self.suspension, self.initial, drives):
            if move.before not in known:
                known.add(move.before)
                self._note_cuts(move.before)
            yield way, move

    def _note_cuts(self, state: Values) -> None:
        """What can't be begun in a state because the configuration is too small."""
        for stimulus in self.suspension.stimuli(state):
            if cut := self.suspension.cut(state, stimulus):
                why = f"its configuration has no room for one more {cut}"
                self.report.undriven.setdefault(why, set()).add(stimulus.qualname)

    def at_random(self, seed: int | str) -> Iterator[Report]:
        """One conversation of at most `LENGTH` stimuli after the other; the same ones for the same seed."""
        draw = random.Random(seed)
        while self.initial and self.patience.stimuli > 0:
            initial, done = draw.choice(self.initial), self.report.stimuli
            with self.held(initial) as held:
                self.report.conversations += 1
                ended = self._noted(held, held.begin(), initial)
                for _ in range(min(LENGTH, self.patience.stimuli)):
                    stimuli = [] if ended else self._affordable(held)
                    if not stimuli:
                        break
                    self.report.stimuli += 1
                    ended = self._noted(held, held.take(draw.choice(stimuli)), initial)
            self.patience.stimuli -= max(1, self.report.stimuli - done)  # one in which nothing can be done, too
            yield self.report

    def _affordable(self, held: Held) -> list[Stimulus]:
        """What can be done, without a timer when enough have been waited for."""
        found = [variant for stimulus in held.stimuli() for variant in held.variants(stimulus)]
        return [each for each in found if self._is_affordable(held, each)]

    def _is_affordable(self, held: Held, stimulus: Stimulus) -> bool:
        after = self.suspension.after
        return self.patience.timers > 0 or not any(a.timed for state in held.states for a in after(state, stimulus))


def _is_of_somebody(name: str) -> bool:
    """Whether that is what can be seen or heard of an instance, and no reply or end."""
    return bool(re.match(r"\w+\d+[. ]", name))


def _kind(name: str) -> str:
    """Of all instances, as `Id.exists`."""
    return re.sub(r"\d+(?=[. ])", "", name)
