"""What is held to the spec: an implementation that can be started, moved from outside, looked at, and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .stimulus import Stimulus

Words = Mapping[str, str]
"""Of a state of the spec: each field of each slot, as `Chardev0.kind`, and what it is, in the spec's words."""


@dataclass(frozen=True)
class Observation:
    """What was seen after a stimulus, when nothing moved any more.

    A target leaves out what it can't show now; what it shows is in the spec's words.
    """

    state: Words
    """Fields (`Vm0.state`) and observables (`Id0.exists`)."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """Which commands have ended since the last stimulus (`Change0`), and by which error; empty if by none."""
    heard: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each device whose events can be seen (`Device0`): those that are new, as `opened`."""
    died: str = ""
    """How the implementation has ended: the signal, and what it said."""
    breaks: frozenset[str] | None = None
    """The properties that such an end may break; any, if that is not known."""
    unnoticed: frozenset[str] = field(default=frozenset(), compare=False)
    """The properties that it may break without a sign, to go on in any way: what is undefined in C."""
    hangs: str = ""
    """For what was waited in vain."""
    final: bool = field(default=False, compare=False)
    """Whether that stays so until the next stimulus, however often it is looked."""


class Overdue(Exception):
    """A timer has not run out in time."""


class Target(Protocol):
    """An implementation. One object is one run: it is started once."""

    @property
    def name(self) -> str:
        """As a report names it: `QEMU 7.2.22`."""

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        """Why it can't be moved so; empty if it can."""

    def lacks(self, initial: Words) -> str:
        """Why it can't be brought to an initial state; empty if it can."""

    def start(self, initial: Words) -> None:
        """Bring it to an initial state of the spec."""

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """Carry a stimulus out, and wait until it has arrived. What came of it is seen by `observe`."""

    def wait(self, timer: Stimulus, before: Words) -> None:
        """Wait until a timer has run out that the last stimulus has started. Raises `Overdue`."""

    def observe(self) -> Observation:
        """What is to be seen now: at least all that the last stimulus has brought at once.

        Asked again, it shows what has come since, too: `replies` begin at the last stimulus, and `heard` where what was
        seen before that has ended.
        """

    def sees(self, name: str, word: str) -> str:
        """How the spec's word for something looks from outside, where that is not all of it."""

    def log(self) -> list[str]:
        """The conversation so far, as lines."""

    def stop(self) -> None:
        """End it, whatever state it is in, and leave nothing behind."""


class Unguided(Target, Protocol):
    """One that can be moved by who does not follow the spec beside it."""

    def known(self) -> Words:
        """The state that it is in, as far as it, or who moves it, knows: enough to say what can be done, and to do it.

        Nothing while it does not answer.
        """
