"""The variables of one routine: hidden, and of a routine that may call itself, one for each depth of the calls."""

from __future__ import annotations

from ..names import Names
from .model import MOST_CALLS, PromelaModel

RESULT = ("result",)
"""What a routine returns: no local variable is called so."""


class PromelaFrame:
    """The names and the variables of a routine, which are global in Promela: they begin with the routine's name."""

    def __init__(self, model: PromelaModel, owner: str, *, stacked: bool = False) -> None:
        self.model, self.owner, self.stacked = model, owner, stacked
        self.names = Names(model.names)

    def variable(self, wanted: str, kind: str, thing: object = None) -> str:
        """A variable for a thing, or for what has no name."""
        key = object() if thing is None else thing
        name = self.model.names.give((self.owner, key), f"{self.owner}_{wanted}")
        self.model.hidden(name, kind, MOST_CALLS if self.stacked else None)
        self.names.put(key, f"{name}[deep]" if self.stacked else name)
        return self.names[key]

    def common(self, wanted: str, kind: str) -> str:
        """A variable that is there once, for whoever wants one of that name and type."""
        key = (wanted, kind)
        return self.names[key] if key in self.names else self.variable(wanted, kind, key)

    def given(self, wanted: object) -> str:
        """A parameter or the result, as the caller names it: it is one call less deep."""
        name = self.model.names[self.owner, wanted]
        return f"{name}[deep + 1]" if self.stacked else name
