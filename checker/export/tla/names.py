"""The names inside of one operator."""

from __future__ import annotations

from collections import Counter

from ..names import Names


class Fresh:
    """Gives names that nothing else has there: TLA+ knows no name that hides another."""

    def __init__(self, outer: Names) -> None:
        self._names = Names(outer)
        self._given: Counter[str] = Counter()

    def __call__(self, wanted: str) -> str:
        """A new name: as wanted, or with a number."""
        self._given[wanted] += 1
        count = self._given[wanted]
        return self._names.give(object(), wanted if count == 1 else f"{wanted.strip()}{count}")
