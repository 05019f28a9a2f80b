"""What is known of an implementation of which it is not known in which of some states it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .target import Words


class Unknown(Exception):
    """A word that is not the same in all of them was read."""


class Agreed(Mapping[str, str]):
    """The words in which all states agree. Whoever reads another would be told what may not be so: `Unknown`."""

    def __init__(self, states: Sequence[Words]) -> None:
        self._first, *self._others = states

    def __getitem__(self, name: str) -> str:
        if any(other.get(name) != self._first.get(name) for other in self._others):
            raise Unknown(f"what {name} is could be told from nothing that was seen")
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)
