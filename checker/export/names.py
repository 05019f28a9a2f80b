"""What things are called in Murphi: as in the spec, as far as that is possible and nobody else has the name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

WORDS = """
    alias array assert assume begin boolean by case clear const cover do else elsif end endalias endexists endfor
    endforall endfunction endif endprocedure endrecord endrule endruleset endstartstate endswitch endwhile enum error
    exists for forall function if invariant isundefined liveness multiset of procedure program put real record return
    rule ruleset scalarset startstate switch then to traceuntil type undefine union var while false true
"""
RESERVED = frozenset(WORDS.split())
"""The words of Murphi, whose case does not matter, and those of its dialects."""


def spelt(wanted: str) -> str:
    """A name, letters and digits only, that is no word of Murphi."""
    joined = "_".join(wanted.split())
    name = "".join(sign if re.match(r"[A-Za-z0-9_]", sign) else f"u{ord(sign):x}" for sign in joined)
    name = name if name[:1].isalpha() else f"x{name}"
    return f"{name}_" if name.lower() in RESERVED else name


class Names:
    """One name for each thing; those of `outer` are taken, and those to `avoid` are not given."""

    def __init__(self, outer: Names | None = None, avoid: Iterable[str] = ()) -> None:
        self._outer, self._avoid = outer, frozenset(avoid)
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
        name = spelt(wanted)
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
