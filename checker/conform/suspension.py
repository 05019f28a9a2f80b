"""The spec as it is from outside: after a stimulus it moves until nothing can move any more, and then shows something.

This is the suspension automaton of Tretmans's "Test generation with inputs, outputs and repetitive quiescence" (1996),
made on the way: which states it can be in is known only as far as what was seen tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

from ...spec.language.interface import declared, places
from ...spec.language.machines import Machine
from ...spec.language.plain import Call, Edge, PlainWorld, Values
from ...spec.language.rows import Declaration
from ...spec.language.system import Configuration, System
from ...spec.language.variants import Profile, variant
from ..explore.words import word
from .stimulus import Stimulus, begins
from .target import Words

DIES = "dies"
"""Under which name it is shown that a step ended in an error."""

Timers = Literal["by hand", "waited", "free"]

Timed = tuple[Stimulus, Values]
"""A timer that has run out, and in which state."""

MOST_ANSWERS = 50_000
"""Of how many stimuli in how many states the answers are kept, so that they are not found again."""


@dataclass(frozen=True)
class Answer:
    """One way in which the spec lets a stimulus come out."""

    state: Values | None
    """Where it comes to rest; nowhere if a step ended in an error."""
    replies: tuple[tuple[str, str], ...] = ()
    """Which commands have ended, in that order, and by which error; empty if by none."""
    heard: tuple[tuple[str, str], ...] = ()
    """Who has heard what, in that order."""
    died: str = ""
    """The property that the error breaks."""
    cut: str = ""
    """The machine of which there is no slot left: where a step leads that needs one, nobody knows."""
    broken: frozenset[str] = frozenset()
    """The findings on the way, as `property@row`."""
    taken: frozenset[str] = frozenset()
    """The labels of the circumstances that came out true."""
    left: frozenset[str] = frozenset()
    """Of those that came out false."""
    rows: frozenset[str] = field(default=frozenset(), compare=False)
    """The rows on the way; of several ways, those on all of them."""
    failing: tuple[tuple[str, str], ...] = ()
    """The commands in flight that have failed, and are still to end."""
    timed: tuple[Timed, ...] = field(default=(), compare=False)
    """The timers that have run out on the way, and in which states."""

    def fits(self, circumstances: Iterable[str]) -> bool:
        """Whether it comes out so when these choices come out true, and all others false."""
        return self.taken <= set(circumstances) and self.left.isdisjoint(circumstances)


class Suspension:
    """A configuration of a system under a profile, from outside.

    `timers`: they run out `by hand`, as stimuli; they are `waited` for whenever nothing else moves; or they are `free`
    to run out then or later. `judging`: it is found out which properties break on the way. `choices`: the labels of
    those that are circumstances; all others are the implementation's own. By default all are circumstances.
    """

    def __init__(
        self,
        system: System,
        profile: Profile,
        configuration: Configuration,
        *,
        timers: Timers = "by hand",
        judging: bool = False,
        choices: Container[str] | None = None,
    ) -> None:
        self.system, self.profile, self.configuration = system, profile, configuration
        self.timers, self.judging, self.choices = timers, judging, choices
        with variant(profile):
            self.world = PlainWorld(system, system.pools((configuration,)))
            self.initial = tuple(self.world.initial((configuration,)))
        self.begun = lru_cache(MOST_ANSWERS)(self._begun)
        self.moves = lru_cache(MOST_ANSWERS)(self._moves)
        self.answers = lru_cache(MOST_ANSWERS)(self._answers)
        self.words = lru_cache(MOST_ANSWERS)(self._words)

    @cached_property
    def rows(self) -> list[Declaration]:
        """Those by which stimuli begin."""
        return [declared(row) for row in self.system.outside.stimuli]

    @cached_property
    def _timers(self) -> dict[Declaration, Callable[[Machine], bool]]:
        return dict(places(self.system.outside.timers))

    @cached_property
    def _hidden(self) -> dict[Declaration, Callable[[Machine], bool]]:
        return dict(places(self.system.outside.hidden))

    @cached_property
    def _heard_rows(self) -> list[Declaration]:
        return [declared(row) for row in self.system.outside.heard]

    @cached_property
    def _instances(self) -> dict[str, Machine]:
        return {str(each): each for machine in self.system.machines for each in self.world.instances(machine)}

    @cached_property
    def _own(self) -> list[Declaration]:
        """The steps that it takes by itself, sooner or later."""
        return [row for row in self.system.steps if row not in self.rows]

    # What can be done.

    def stimuli(self, state: Values) -> list[Stimulus]:
        """What somebody outside can begin, and the timers that can run out by hand, without circumstances."""
        return [each for each, edges in self.begun(state).items() if any(edge.cut is None for edge in edges)]

    def _begun(self, state: Values) -> dict[Stimulus, list[Edge]]:
        """The steps by which each stimulus can begin, one for each way in which it comes out."""
        with variant(self.profile):
            edges = list(self.world.edges(state, rows=self.rows, recording=True))
            if self.timers == "by hand":
                timed = self.world.edges(state, rows=list(self._timers), recording=True)
                edges += [edge for edge in timed if self._is_timed(state, edge)]
        found: dict[Stimulus, list[Edge]] = {}
        for edge in edges:
            found.setdefault(begins(edge), []).append(edge)
        return found

    def variants(self, state: Values, stimulus: Stimulus) -> list[Stimulus]:
        """A stimulus in all the circumstances that make a difference in a state."""
        labels = {tuple(sorted(answer.taken)) for answer in self.answers(state, stimulus)}
        found = [replace(stimulus, circumstances=each) for each in sorted(labels)]
        return [each for each in found if self.after(state, each)]

    def after(self, state: Values, stimulus: Stimulus) -> list[Answer]:
        """All the ways in which it can come out; none if it can't be begun, or not all of them are known."""
        return [] if self.cut(state, stimulus) else self._fitting(state, stimulus)

    def cut(self, state: Values, stimulus: Stimulus) -> str:
        """The machine of which the configuration has too few slots for a stimulus; empty if there are enough."""
        return next((answer.cut for answer in self._fitting(state, stimulus) if answer.cut), "")

    def _fitting(self, state: Values, stimulus: Stimulus) -> list[Answer]:
        bare = replace(stimulus, circumstances=())
        return [answer for answer in self.answers(state, bare) if answer.fits(stimulus.circumstances)]

    # What comes of it.

    def _answers(self, state: Values, stimulus: Stimulus) -> tuple[Answer, ...]:
        found: dict[Answer, frozenset[str]] = {}
        with variant(self.profile):
            waiting = [self._step(state, edge, Answer(state)) for edge in self.begun(state).get(stimulus, ())]
            seen = set(waiting)
            while waiting:
                here = waiting.pop()
                going, rests = self._going(here)
                if rests:
                    found[here] = found.get(here, here.rows) & here.rows
                for answer in going:
                    if answer not in seen:
                        seen.add(answer)
                        waiting.append(answer)
        return tuple(replace(answer, rows=rows) for answer, rows in found.items())

    def _going(self, here: Answer) -> tuple[list[Answer], bool]:
        """Where it can go on to by itself, and whether it may also rest."""
        if here.state is None:
            return [], True
        sure, timed = self.moves(here.state)
        going = [self._step(here.state, edge, here) for edge in sure]
        if going or self.timers == "by hand":
            return going, not going
        passed = [
            replace(self._step(here.state, edge, here), timed=(*here.timed, (begins(edge), here.state)))
            for edge in timed
            if edge.after != here.state
        ]
        return passed, not passed or self.timers == "free"

    def _moves(self, state: Values) -> tuple[list[Edge], list[Edge]]:
        """The steps that it takes by itself: at once, and when a time is over."""
        edges = list(self.world.edges(state, rows=self._own, recording=True))
        timed = [edge for edge in edges if self._is_timed(state, edge)]
        return [edge for edge in edges if edge not in timed], timed

    def _is_timed(self, state: Values, edge: Edge) -> bool:
        if edge.row not in self._timers:
            return False
        assert edge.row.machine is not None
        with self.world.using(state):
            return self._timers[edge.row](self.world.instances(edge.row.machine)[edge.instance])

    def _step(self, state: Values, edge: Edge, before: Answer) -> Answer:
        """An answer that is a step longer."""
        assert edge.row.machine is not None
        instance = f"{edge.row.machine.__name__}{edge.instance}"
        failing = dict(before.failing)
        replies = before.replies
        if edge.row.machine in self.system.outside.replies:
            if edge.failed is not None:
                failing[instance] = edge.failed
            if edge.after is not None and not self._in_flight(edge.after, edge):
                replies = (*replies, (instance, failing.pop(instance, "")))
        return Answer(
            edge.after,
            replies,
            (*before.heard, *self._heard(edge.calls)),
            edge.error.property if edge.error is not None else "",
            edge.cut.__name__ if edge.cut is not None else "",
            before.broken | (frozenset(self._broken(state, edge)) if self.judging else frozenset()),
            before.taken | {label for label, chosen in edge.choices if chosen and self._is_given(label)},
            before.left | {label for label, chosen in edge.choices if not chosen and self._is_given(label)},
            before.rows | {edge.row.qualname},
            tuple(failing.items()),
            before.timed,
        )

    def _is_given(self, label: str) -> bool:
        return self.choices is None or label in self.choices

    def _in_flight(self, state: Values, edge: Edge) -> bool:
        assert edge.row.machine is not None
        return self.world.instances(edge.row.machine)[edge.instance] in self.world.busy(state)

    def _heard(self, calls: Iterable[Call]) -> Iterator[tuple[str, str]]:
        for call in calls:
            if call.operation in self._heard_rows:
                said = call.arguments[-1]
                yield str(call.arguments[0]), str(getattr(said, "name", said))
            yield from self._heard(call.calls)

    def _broken(self, state: Values, edge: Edge) -> Iterator[str]:
        """The findings of a step, by the names that a check gives them."""
        if edge.error is not None:
            yield f"{edge.error.property}@{edge.error.function}:{edge.error.line}"
        else:
            yield from (f"{name}@{edge.row.qualname}" for name in self.world.broken_by(state, edge))

    # What is seen of it.

    def _is_hidden(self, state: Values, rows: Iterable[Declaration], instance: Machine) -> bool:
        with self.world.using(state):
            return any(row in self._hidden and self._hidden[row](instance) for row in rows)

    def is_heard(self, state: Values, who: str) -> bool:
        """Whether somebody outside knows what this one hears."""
        return not self._is_hidden(state, self._heard_rows, self._instances[who])

    def shown(self, answer: Answer) -> Mapping[str, str]:
        """What somebody outside can know of an answer who sees all that the spec calls observable.

        While a command has not come back, that is all that is known.
        """
        if answer.state is None:
            return {DIES: "yes"}
        found = {f"reply of {command}": error or "done" for command, error in answer.replies}
        with variant(self.profile):
            busy = [each for each in self.world.busy(answer.state) if type(each) in self.system.outside.replies]
        if busy:
            return {**found, **{f"reply of {each}": "none" for each in busy}}
        for who, what in answer.heard:
            if self.is_heard(answer.state, who):
                found[f"{who} hears"] = f"{found[f'{who} hears']}, {what}" if f"{who} hears" in found else what
        words = self.words(answer.state)
        for row, instance in self.world.observed():
            name = f"{instance}.{row.name}"
            if name in words and not self._is_hidden(answer.state, [row], instance):
                found[name] = words[name]
        return found

    def _words(self, state: Values) -> Words:
        """All that can be said of a state: its fields, and what the spec calls observable."""
        found = {
            name: _sorted(word(value, raw))
            for (name, value), raw in zip(self.world.positions, state, strict=True)
            if value is not None
        }
        dead = {name.partition(".")[0] for name, said in found.items() if name.endswith(".live") and said == "False"}
        shown = {name: said for name, said in found.items() if name.partition(".")[0] not in dead}
        with variant(self.profile):
            seen = self.world.observe(state)
        for (row, instance), raw in zip(self.world.observed(), seen, strict=True):
            value = self.world.result(row)
            if raw:  # else a memory error keeps it from being seen
                shown[f"{instance}.{row.name}"] = word(value, raw - 1 + value.limits(self.world.pools)[0])
        return shown


def _sorted(text: str) -> str:
    """A set's members in the order of the alphabet; anything else as it is."""
    return "{" + ", ".join(sorted(text[1:-1].split(", "))) + "}" if text.startswith("{") else text
