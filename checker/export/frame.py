"""What the lines of one routine share."""

from __future__ import annotations

from typing import Protocol

from .names import Names


class Frame(Protocol):
    """The names and the variables of a routine."""

    names: Names

    def variable(self, wanted: str, kind: str, thing: object = None) -> str:
        """A variable for a thing, or for what has no name."""

    def common(self, wanted: str, kind: str) -> str:
        """A variable that is there once, for whoever wants one of that name and type."""
