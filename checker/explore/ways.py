"""How states were reached, as far as a search has not forgotten it.

A search whose table keeps the states themselves needs the array of states, and their parents, only for the way back to
a finding. When memory gets short it forgets those before the level that it is in. What was found until then has its
way at once; of what is found later, the way leads back to that level only. How its first state was reached is found by
searching again, as far as that level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .store import Store

CHUNK = 1 << 20
"""How many states are looked through at once."""


@dataclass(frozen=True)
class Way:
    """The words of the states on the way to one.

    `start` is the number of the initial state that it begins with. It is -1 if that is forgotten; then it begins with a
    state in this level, or in one before.
    """

    states: tuple[tuple[int, ...], ...]
    start: int
    level: int = 0

    def after(self, before: Mapping[int, Way]) -> Way:
        """This way from an initial state on, given the ways of the states that those begin with which do not."""
        if self.start >= 0:
            return self
        first = before[self.states[0][0]]
        return Way(first.states + self.states[1:], first.start)


class Ways:
    """The ways of one search. The states that are `wanted`, by their only word, are looked out for."""

    def __init__(self, store: Store, wanted: Iterable[int] = ()) -> None:
        self.store, self.wanted = store, set(wanted)
        self.met: dict[int, Way] = {}
        """The ways of those of them that were reached."""
        self._known: dict[int, Way] = {}
        self._level = 0

    def of(self, index: int) -> Way:
        """The way of a state that is not forgotten, or was a source of a finding when it was."""
        return self._known.get(index) or self._followed(index)

    def forget(self, before: int, level: int, states: int, sources: Iterable[int]) -> None:
        """Forget the states before a number, but the ways of the sources.

        `level` is that of the first to be kept, or of one behind it.
        """
        for source in sources:
            self._known.setdefault(source, self.of(source))
        self.look_out(states)
        self.store.forget(before)
        self._level = level

    def look_out(self, states: int) -> None:
        """Look for the wanted ones among so many states."""
        for word, index in self._found(states):
            self.met.setdefault(word, self._followed(index))
        self.wanted -= self.met.keys()

    def _found(self, states: int) -> Iterator[tuple[int, int]]:
        wanted = np.array(sorted(self.wanted), np.uint64)
        for first in range(self.store.forgotten, states if self.wanted else 0, CHUNK):
            chunk = self.store.states[first : min(first + CHUNK, states)]
            for at in np.flatnonzero(np.isin(chunk, wanted)):
                yield int(chunk[at]), first + int(at)

    def _followed(self, index: int) -> Way:
        states: list[tuple[int, ...]] = []
        start = -1
        while index >= self.store.forgotten and index >= 0:
            states.append(tuple(self.store.state(index)))
            start, index = index, self.store.parent(index)
        return Way(tuple(reversed(states)), start if index < 0 else -1, self._level)


def forgotten(states: int) -> tuple[str, ...]:
    """What a report says of a search that has forgotten so many states."""
    if not states:
        return ()
    return (f"Memory was short: of the first {states:,} states no more was kept than that they were reached.",)
