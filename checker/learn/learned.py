"""What was learned of a target, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from ...spec.language.system import Configuration
from .difference import Difference
from .letter import Letter
from .mealy import NOT_POSSIBLE, Mealy


@dataclass(frozen=True)
class Thoroughness:
    """How far it is looked for what a hypothesis gets wrong, when the spec knows of nothing.

    `depth`: the machine is right if the target has at most so many states more (the Wp-method). `words`: so many at
    random, drawn by `seed`.
    """

    depth: int = 1
    words: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Learned:
    """A target's machine, what it took to learn it, and where it is not what the spec says."""

    target: str
    profile: str
    configuration: Configuration
    letters: tuple[Letter, ...]
    thoroughness: Thoroughness
    machine: Mealy
    difference: Difference | None
    """The shortest, of those that are as short the first."""
    held: int
    """How many of its states are reached by words of which the spec says something, and no difference is on the way."""
    starts: int
    """How often the target was started."""
    steps: int
    """How many letters were asked of it."""
    hypotheses: int

    @property
    def undriven(self) -> dict[Letter, str]:
        """The letters that a target can't be moved by, and why: where that is so, nothing is compared."""
        return {
            letter: output.undone
            for row in self.machine.steps
            for letter, (output, _) in zip(self.letters, row, strict=True)
            if output.undone not in ("", NOT_POSSIBLE)
        }
