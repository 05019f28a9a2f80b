"""What can go wrong: a spec that is not in the language, and a protocol that breaks a rule."""

from __future__ import annotations

import sys

Place = tuple[str, int]
"""A file and a line of it."""


def here() -> Place:
    """Where the spec is that runs now: the innermost caller outside the language."""
    frame = sys._getframe(1)
    while _inside(frame.f_globals.get("__name__", "")) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _inside(module: str) -> bool:
    return module.startswith(f"{__package__}.") or module in ("enum", "dataclasses")


class SpecError(Exception):
    """A spec says something that the language has no meaning for.

    Shown as one line: where (file and line), what, and what to write instead.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0, instead: str = "") -> None:
        self.message = message
        self.file = file
        self.line = line
        self.instead = instead
        super().__init__(message)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file else ""
        instead = f"; {self.instead}" if self.instead else ""
        return f"{where}{self.message}{instead}"


class Violation(Exception):
    """A step did what has no meaning: its path ends there. `name` is the property that it breaks."""

    name = ""


class NullDereference(Violation):
    """A field or an operation was asked of None."""

    name = "no-null-dereference"


class UseAfterFree(Violation):
    """A pointer was used after the object that it named was finalised."""

    name = "no-use-after-free"


class DoubleFree(Violation):
    """An object that is not live was finalised, or a reference to it was dropped."""

    name = "no-double-free"


class FailedAssertion(Violation):
    """An `assert` of the protocol does not hold."""

    name = "no-failed-assertion"


class IllegalTransition(Violation):
    """An operation was called in a control state that has no row for it."""

    name = "no-illegal-transition"


class RunawayCallback(Violation):
    """An operation is nested in itself deeper than it declares."""

    name = "no-runaway-callback"


class OutOfRange(Violation):
    """A value does not fit the range of what holds it."""

    name = "in-range"


VIOLATIONS: tuple[type[Violation], ...] = (
    NullDereference,
    UseAfterFree,
    DoubleFree,
    FailedAssertion,
    IllegalTransition,
    RunawayCallback,
    OutOfRange,
)
"""The errors of a step, in the order in which reports list them."""


class Disabled(Exception):
    """A guard of the step does not hold: there is no such step here."""


class PoolFull(Exception):
    """An allocation found every slot of its pool taken: the step is cut, not judged."""

    def __init__(self, pool: type) -> None:
        self.pool = pool
        super().__init__(pool.__name__)
