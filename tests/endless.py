"""A system that nobody can finish: four counters that count far."""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import Machine, Range, System, require, step


class Counter(Machine):
    """Counts up."""

    value: Annotated[int, Range(0, 1_000_000)]

    @step()
    def count(self) -> None:
        """One more."""
        require(self.value < 1_000_000)
        self.value = self.value + 1


ENDLESS = System("endless", [Counter], {"small": {Counter: 4}})
