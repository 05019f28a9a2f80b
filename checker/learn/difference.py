"""Where a Mealy machine does what the spec does not allow: the words after which that is seen, the shortest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...spec.language.plain import Values
from ..conform.held import Otherwise, otherwise
from ..conform.suspension import Answer, Suspension
from .letter import Letter
from .mealy import NOT_POSSIBLE, Mealy, Output, Word

Sees = Callable[[str, str], str]
"""How the spec's word for something looks from outside (`Target.sees`)."""


@dataclass(frozen=True)
class Difference:
    """A word that tells a machine and the spec apart."""

    word: Word
    spec: tuple[Mapping[str, str], ...]
    """The ways in which it can come out, of each that which is seen to be otherwise."""
    seen: Mapping[str, str]


class Comparison:
    """A machine and the spec, side by side along all words of letters that the spec lets somebody do.

    Where the spec does not say what comes of a letter, as in Tretmans's `ioco`, nothing that comes of it is wrong.
    """

    def __init__(
        self, suspension: Suspension, initial: Values, letters: Sequence[Letter], machine: Mealy, sees: Sees
    ) -> None:
        self.suspension, self.initial, self.letters = suspension, initial, letters
        self.machine, self.sees = machine, sees
        self.met: set[tuple[frozenset[Values], int]] = set()
        """In which states both were: those of the spec that fit to all that was seen, and that of the machine."""

    def differences(self) -> Iterator[Difference]:
        """Breadth first. Behind a difference, nothing is compared."""
        fits, difference = self._held([Answer(self.initial)], self.machine.first, ())
        if difference is not None:
            yield difference
        start = (fits, 0)
        ways: dict[tuple[frozenset[Values], int], Word] = {start: ()}
        waiting = deque([start] if fits else [])
        while waiting:
            states, state = waiting.popleft()
            self.met.add((states, state))
            for number, letter in enumerate(self.letters):
                output, after = self.machine.steps[state][number]
                answers = self._answers(states, letter)
                if not answers or output.undone not in ("", NOT_POSSIBLE):
                    continue
                word = (*ways[states, state], number)
                fits, difference = self._held(answers, output, word)
                if difference is not None:
                    yield difference
                elif fits and (fits, after) not in ways:
                    ways[fits, after] = word
                    waiting.append((fits, after))

    def _answers(self, states: frozenset[Values], letter: Letter) -> list[Answer]:
        """The ways in which a letter can come out; none if it can't be begun in whatever state the spec is."""
        found = []
        for state in sorted(states):
            stimulus = letter.stimulus(self.suspension.words(state))
            answers = self.suspension.after(state, stimulus) if stimulus is not None else []
            if not answers:
                return []
            found += answers
        return found

    def _held(
        self, answers: Sequence[Answer], output: Output, word: Word
    ) -> tuple[frozenset[Values], Difference | None]:
        """The states of the spec that fit to what is seen; a difference if there are none."""
        ways = [(answer, self._differs(answer, output)) for answer in answers]
        fits = [answer for answer, way in ways if not way]
        if fits:
            return frozenset(answer.state for answer in fits if answer.state is not None), None
        said = ({name: words[0] for name, words in sorted(way.items())} for _, way in ways)
        distinct = {tuple(each.items()): each for each in said}
        seen = {name: words[1] for _, way in ways for name, words in sorted(way.items())}
        return frozenset(), Difference(word, tuple(distinct.values()), seen)

    def _differs(self, answer: Answer, output: Output) -> Otherwise:
        if output.undone:
            return {"it": ("is possible", output.undone)}
        words = self.suspension.words(answer.state) if answer.state is not None else {}
        return otherwise(answer, words, output.observation, self.sees)
