"""What the lines of one routine share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..names import Names

if TYPE_CHECKING:
    from .circles import Circle


@dataclass
class MurphiFrame:
    """The names and the variables of a routine, and the circle that it is a part of, if any.

    The parts of a circle share their variables: no two of them run in one call.
    """

    names: Names
    circle: Circle | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def variable(self, wanted: str, kind: str, thing: object = None) -> str:
        """A variable for a thing, or for what has no name; one of another part, if it has the same type."""
        others = {name for name, known in self.variables.items() if known != kind}
        name = self.names.give(object() if thing is None else thing, wanted, others)
        self.variables[name] = kind
        return name

    def common(self, wanted: str, kind: str) -> str:
        """A variable that is there once, for whoever wants one of that name and type."""
        key = (wanted, kind)
        return self.names[key] if key in self.names else self.variable(wanted, kind, key)
