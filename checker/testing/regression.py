"""What a failure leaves: the shortest conversation that shows the same, and a test of it to keep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...spec.language.system import System
from ..conform.conversation import Conversation
from ..conform.held import Difference, Held
from ..conform.shorten import shortest
from ..conform.target import Target
from .agreement import Implementation, running
from .replayed import Replayed


@dataclass(frozen=True)
class Regression:
    """A difference that was found; what it leaves is found out only when somebody wants to read it."""

    held: Held
    implementation: Implementation
    make: Callable[[], Target]
    place: tuple[str, int]
    data: Mapping[str, Any]
    found: Difference

    @cached_property
    def shortest(self) -> Difference:
        """The shortest way to where the last stimulus was begun, as the states of the spec have it, if that shows it.

        What is drawn stays what it was.
        """
        initial = self.held.suspension.initial[self.place[1]]
        conversation = Conversation(initial, self.found.conversation)
        return shortest(self.held.suspension, conversation, self.found, self._attempt, self.held.limit)

    def _attempt(self, conversation: Conversation, limit: float) -> Difference | None:
        rows = {stimulus.qualname for stimulus in conversation.stimuli}
        if not rows & getattr(self.implementation, "data", {}).keys() <= self.data.keys():
            return None
        with running(self.held.suspension, self.make(), conversation.initial, self.data, limit) as held:
            found = held.begin()
            for stimulus in conversation.stimuli:
                if found is None and held.can(stimulus):
                    found = held.take(stimulus)
        return found

    def test(self) -> str:
        """A plain pytest function that has the shortest conversation."""
        suspension = self.held.suspension
        system, made = named(suspension.system), named(self.implementation)
        text, number = self.place
        replayed = Replayed(
            tuple((module, name) for module, name in (system, made) if module),
            system[1],
            made[1],
            self.shortest.conversation,
            suspension.profile.name,
            text,
            number,
            says=f"The implementation does what {suspension.system.name} says.",
            data=self.data,
        )
        return replayed.text()

    def __str__(self) -> str:
        ways = [f"  {stimulus}" for stimulus in self.shortest.conversation] or ["  the start"]
        head = ["", "The shortest conversation that shows it:", *ways, "", "As a test to keep:", "", self.test(), ""]
        return "\n".join(head)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As Hypothesis prints it: only of the failure that it reports."""
        printer.text(str(self))


def named(thing: object) -> tuple[str, str]:
    """The module that a test imports something from, and the name that it has there: none for a local one."""
    file = thing.place[0] if isinstance(thing, System) else ""
    home = getattr(thing, "__module__", "")
    for module in list(sys.modules.values()):
        if module.__name__ == home or (file and getattr(module, "__file__", "") == file):
            for name, value in vars(module).items():
                if value is thing:
                    return _outermost(module.__name__, name, thing), name
    return "", getattr(thing, "__name__", "implementation")


def _outermost(module: str, name: str, thing: object) -> str:
    """The package that passes it on to its users."""
    packages = [module.rsplit(".", levels)[0] for levels in range(module.count("."), -1, -1)]
    return next(each for each in packages if getattr(sys.modules.get(each), name, None) is thing)
