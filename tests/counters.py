"""Specs in which steps can be put off, and those in which that has to be done with care."""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import Machine, Range, State, System, invariant, require, step


class Counter(Machine):
    """Counts to the end, and knows of no other."""

    value: Annotated[int, Range(0, 3)]

    @step()
    def count(self) -> None:
        require(self.value < 3)
        self.value += 1


COUNTERS = System("counters", [Counter], {"small": {Counter: 3}, "large": {Counter: 8}})


class Spinner(Machine):
    """Never ends."""

    up: bool

    @step()
    def spin(self) -> None:
        self.up = not self.up


class Sleeper(Machine):
    """Could go wrong at any time."""

    @step()
    def wake(self) -> None:
        assert False  # noqa: B011, PT015


IGNORED = System("ignored", [Spinner, Sleeper], {"small": {Spinner: 1, Sleeper: 1}})
"""Whoever always takes the spinner's step first never sees the other."""


class First(Machine):
    """Comes first, if it has its way."""

    before, behind = State(initial=True), State()

    @step(before, to=behind)
    def go(self) -> None:
        """It passes."""


class Second(Machine):
    """May be faster."""

    before, behind = State(initial=True), State()

    @step(before, to=behind)
    def go(self) -> None:
        """It passes."""


@invariant
def first_is_first(first: First, second: Second) -> bool:
    """Nobody passes before the first."""
    return second.state is Second.before or first.state is First.behind


UNSEEN = System("unseen", [First, Second], {"small": {First: 1, Second: 1}}, properties=[first_is_first])
"""Whoever takes one of the two orders only may take the wrong one."""


class Command(Machine, command=True):
    """It can begin once, and end."""

    idle = State(initial=True)
    running = State()
    begun: bool

    @step(idle, to=running)
    def begin(self) -> None:
        """It begins."""
        require(not self.begun)
        self.begun = True

    @step(running, to=idle)
    def end(self) -> None:
        """And ends."""


class Waiter(Machine):
    """Has not to wait for the command."""

    waiting = State(initial=True, waiting=True)
    served = State()

    @step(waiting, to=served)
    def go(self) -> None:
        """It goes on."""


COMMANDED = System("commanded", [Command, Waiter], {"small": {Command: 1, Waiter: 1}})
"""Whoever lets the command begin first finds that the waiter goes on after a new command only."""
