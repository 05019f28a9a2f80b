"""What things are called: as in the spec, as far as the language allows it and nobody else has the name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable


def spelt(wanted: str, reserved: Container[str]) -> str:
    """A name, letters and digits only, that is no reserved word."""
    joined = "_".join(wanted.split())
    name = "".join(sign if re.match(r"[A-Za-z0-9_]", sign) else f"u{ord(sign):x}" for sign in joined)
    name = name if name[:1].isalpha() else f"x{name}"
    return f"{name}_" if name in reserved or name.lower() in reserved else name


class Names:
    """One name for each thing; those of `outer` are taken, and those to `avoid` are not given."""

    def __init__(
        self, outer: Names | None = None, *, avoid: Iterable[str] = (), reserved: Container[str] = frozenset()
    ) -> None:
        self._outer, self._avoid = outer, frozenset(avoid)
        self._reserved: Container[str] = outer._reserved if outer else reserved
        self._known: dict[object, str] = {}
        self._taken: set[str] = set()

    def __getitem__(self, thing: object) -> str:
        return self._known[thing]

    def __contains__(self, thing: object) -> bool:
        return thing in self._known

    def get(self, thing: object, other: str) -> str:
        """The name of a thing, or another if it has none."""
        return self._known.get(thing, other)

    def give(self, thing: object, wanted: str, others: Container[str] = ()) -> str:
        """Name a thing: as wanted, or nearly so where that is taken, or a name of `others`."""
        name = spelt(wanted, self._reserved)
        while self._is_taken(name) or name in self._avoid or name in others:
            name += "_"
        self._taken.add(name)
        self._known[thing] = name
        return name

    def put(self, thing: object, name: str) -> None:
        """Call a thing by a name that somebody else has been given."""
        self._known[thing] = name

    def _is_taken(self, name: str) -> bool:
        return name in self._taken or (self._outer is not None and self._outer._is_taken(name))
