"""A target's Mealy machine, learned by L# (Vaandrager et al., "A New Approach for Active Automata Learning Based on
Apartness", TACAS 2022) as AALpy has it, with the spec as one that may know better."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aalpy import MealyMachine, MealyState
from aalpy.base import SUL, Oracle
from aalpy.learning_algs import run_Lsharp
from aalpy.oracles import RandomWpMethodEqOracle, WpMethodEqOracle

from ...spec.language.plain import Values
from ..conform.suspension import Suspension
from ..conform.target import Unguided
from .black_box import BlackBox
from .difference import Comparison
from .learned import Learned, Thoroughness
from .letter import Letter
from .mealy import Mealy, Output, Word, mealy

Hypothesis = MealyMachine[int, int]
State = MealyState[int, int]
"""Letters and outputs are numbers, so that nothing depends on how text is hashed."""


def learn(
    suspension: Suspension,
    start: Callable[[], Unguided],
    initial: Values,
    letters: Sequence[Letter],
    thoroughness: Thoroughness,
    watch: Callable[[int, int], None] = lambda starts, steps: None,
) -> Learned:
    """Learn what `start` makes, and compare it with the spec. Raises `NotDeterministic`.

    The same arguments ask the same of it, in the same order.
    """
    target = start()
    with BlackBox(suspension, start, initial, letters, watch) as box:
        system = _System(box)

        def compared(hypothesis: Hypothesis) -> Comparison:
            return Comparison(suspension, initial, letters, system.machine(hypothesis), target.sees)

        random.seed(thoroughness.seed)  # AALpy draws from Python's own generator
        oracle = _Doubts(system, compared, thoroughness)
        hypothesis = run_Lsharp(oracle.alphabet, system, oracle, "mealy", cache_and_non_det_check=False, print_level=0)
        assert isinstance(hypothesis, MealyMachine)
    comparison = compared(hypothesis)
    differences = list(comparison.differences())
    return Learned(
        target.name,
        suspension.profile.name,
        suspension.configuration,
        tuple(letters),
        thoroughness,
        comparison.machine,
        differences[0] if differences else None,
        len({state for _, state in comparison.met}),
        box.starts,
        box.steps,
        oracle.num_queries,
    )


class _System(SUL):
    """A black box as AALpy asks one."""

    def __init__(self, box: BlackBox) -> None:
        super().__init__()
        self.box = box
        self.numbers: dict[Output, int] = {}
        self.word: Word = ()

    def pre(self) -> None:
        """A new word."""
        self.word = ()

    def post(self) -> None:
        """It is over: the box keeps its run until it needs another."""

    def step(self, letter: Any) -> int:
        """The word, longer by a letter."""
        self.word += (letter,)
        return self.numbers.setdefault(self.box.last(self.word), len(self.numbers))

    def machine(self, hypothesis: Hypothesis) -> Mealy:
        """AALpy's machine, with the outputs themselves."""
        outputs = list(self.numbers)

        def step(state: State, letter: int) -> tuple[Output, State]:
            return outputs[state.output_fun[letter]], state.transitions[letter]

        return mealy(self.box.last(()), hypothesis.initial_state, len(self.box.letters), step)


class _Doubts(Oracle):
    """Looks for a word that a hypothesis gets wrong: first where it is not as the spec, then systematically.

    A word at whose end the spec says otherwise is asked of the target: the hypothesis is wrong, or the spec is.
    """

    def __init__(
        self, system: _System, compared: Callable[[Hypothesis], Comparison], thoroughness: Thoroughness
    ) -> None:
        super().__init__(list(range(len(system.box.letters))), system)
        self.system, self.compared, self.thoroughness = system, compared, thoroughness

    def find_cex(self, hypothesis: Any) -> Any:
        """One `Word`, or None."""
        self.num_queries += 1
        return next(self._wrong(hypothesis), None)

    def _wrong(self, hypothesis: Hypothesis) -> Iterator[Word]:
        for difference in self.compared(hypothesis).differences():
            word = difference.word
            if word and hypothesis.execute_sequence(hypothesis.initial_state, [*word]) != self.system.query(word):
                yield word
        oracles: list[Oracle] = [
            WpMethodEqOracle(self.alphabet, self.system, len(hypothesis.states) + self.thoroughness.depth),
            RandomWpMethodEqOracle(self.alphabet, self.system, num_tests=self.thoroughness.words),
        ]
        yield from filter(None, (oracle.find_cex(hypothesis) for oracle in oracles))
