"""A target as a black box: it is asked words, and what is seen after each letter is remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

from ...spec.language.errors import SpecError
from ...spec.language.plain import Values
from ..conform.suspension import Answer, Suspension
from ..conform.target import Observation, Unguided
from .known import state
from .letter import Letter
from .mealy import NOT_POSSIBLE, Output, Word

DEAD = Output(died="is dead")
LOOKS = 20
"""How often a target is looked at until it shows the same twice."""


class NotDeterministic(SpecError):
    """The same word has two outputs: no Mealy machine does that."""


class Run:
    """A target that was started, and a word that was asked of it."""

    def __init__(self, suspension: Suspension, target: Unguided, initial: Values, letters: Sequence[Letter]) -> None:
        self.suspension, self.target, self.letters = suspension, target, letters
        self.names = {f"{instance}.{row.name}" for row, instance in suspension.world.observed()}
        self.word: Word = ()
        target.start(suspension.words(initial))
        self.output = self._look()

    def take(self, letter: int) -> Output:
        """Carry a letter out, and look."""
        self.word += (letter,)
        self.output = DEAD if self.output.died else self._take(self.letters[letter])
        return self.output

    def _take(self, letter: Letter) -> Output:
        """What an outsider can do at all is what the spec lets him do in the state that the target says it is in."""
        here = state(self.suspension.world, self.target.known())
        words = self.suspension.words(here)
        stimulus = letter.stimulus(words)
        if stimulus is None or replace(stimulus, circumstances=()) not in self.suspension.begun(here):
            return Output(undone=NOT_POSSIBLE)
        if why := self.target.drives(stimulus, words):
            return Output(undone=why)
        self.target.do(stimulus, words)
        return self._look()

    def _look(self) -> Output:
        """When it shows the same twice, nothing moves any more."""
        seen = self.target.observe()
        for _ in range(LOOKS):
            before, seen = seen, self.target.observe()
            if seen == before:
                break
        return self._output(seen)

    def _output(self, seen: Observation) -> Output:
        """Of what it shows, that which can be seen from outside."""
        if seen.died:
            return Output(died=seen.died)
        shown = {name: word for name, word in seen.state.items() if name in self.names}
        heard = seen.heard
        if seen.state and not shown:
            # It shows its fields, all of them. What can be seen of these is for the spec to say.
            here = state(self.suspension.world, seen.state)
            shown = {name: word for name, word in self.suspension.shown(Answer(here)).items() if name in self.names}
            heard = {who: events for who, events in heard.items() if self.suspension.is_heard(here, who)}
        return Output(tuple(sorted(shown.items())), tuple(seen.replies.items()), tuple(sorted(heard.items())))


class BlackBox:
    """Asks a target words, each from a new start unless a run is there already; leaving it ends the run."""

    def __init__(
        self,
        suspension: Suspension,
        start: Callable[[], Unguided],
        initial: Values,
        letters: Sequence[Letter],
        watch: Callable[[int, int], None] = lambda starts, steps: None,
    ) -> None:
        self.suspension, self.start, self.initial, self.letters = suspension, start, initial, letters
        self.watch = watch
        self.starts = self.steps = 0
        self.outputs: dict[Word, Output] = {}
        self._target: Unguided | None = None
        self._run: Run | None = None

    def ask(self, word: Word) -> list[Output]:
        """What is seen after each of its letters."""
        return [self.last(word[: length + 1]) for length in range(len(word))]

    def last(self, word: Word) -> Output:
        """What is seen after its last letter. Raises `NotDeterministic`."""
        if word not in self.outputs:
            run = self._there(word[:-1])
            if word:
                self._note(word, run.take(word[-1]))
        return self.outputs[word]

    def _there(self, word: Word) -> Run:
        """A run in which that was asked: the last one, if it can go on."""
        if self._run is None or self._run.word != word[: len(self._run.word)]:
            self._run = self._started()
        for letter in word[len(self._run.word) :]:
            self._note((*self._run.word, letter), self._run.take(letter))
        return self._run

    def _started(self) -> Run:
        self._stop()
        self.starts += 1
        self._target = self.start()
        run = Run(self.suspension, self._target, self.initial, self.letters)
        self._note((), run.output)
        return run

    def _note(self, word: Word, output: Output) -> None:
        self.steps += bool(word)
        self.watch(self.starts, self.steps)
        known = self.outputs.setdefault(word, output)
        if known != output:
            letters = ", ".join(str(self.letters[letter]) for letter in word) or "the start"
            names = sorted({name for name, _ in {*known.shown.items()} ^ {*output.shown.items()}})
            ways = (
                ", ".join(f"{name}: {each.shown.get(name, 'nothing')}" for name in names) for each in (known, output)
            )
            raise NotDeterministic(
                f"after {letters} it shows now {' and now '.join(ways)}", instead="leave that out of the alphabet"
            )

    def __enter__(self) -> BlackBox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._target is not None:
            self._target.stop()
        self._target = self._run = None
