"""A stimulus: what somebody outside does to an implementation, as the step of the spec by which it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ...spec.language.plain import Edge

_FORM = re.compile(
    r"(?P<machine>[A-Za-z_]+)(?P<slot>\d+)\.(?P<row>\w+)(?:\((?P<arguments>.*)\))?(?P<labels>(?: \[[^]]*\])*)"
)


@dataclass(frozen=True, order=True)
class Stimulus:
    """A command, a doing of the guest, or of whoever is at the other end of a chardev.

    `circumstances` are the labels of the choices that are to come out true while it is carried out: what is missing, or
    who refuses. All others come out false.
    """

    machine: str
    slot: int
    row: str
    arguments: tuple[tuple[str, str], ...] = ()
    """By the names of the row's parameters, in their order."""
    circumstances: tuple[str, ...] = ()

    @property
    def qualname(self) -> str:
        """The row, as `Change.find`."""
        return f"{self.machine}.{self.row}"

    @property
    def instance(self) -> str:
        """Whose row it is, as `Chardev1`."""
        return f"{self.machine}{self.slot}"

    def argument(self, name: str) -> str:
        """The word for a parameter."""
        return dict(self.arguments)[name]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={word}" for name, word in self.arguments)
        labels = "".join(f" [{label}]" for label in self.circumstances)
        return f"{self.instance}.{self.row}" + (f"({given})" if given else "") + labels


def begins(edge: Edge, circumstances: tuple[str, ...] = ()) -> Stimulus:
    """The stimulus by which a step is begun."""
    machine = edge.row.machine
    assert machine is not None
    code = edge.row.body.__code__
    names = code.co_varnames[1 : code.co_argcount]
    words = tuple(zip(names, map(_word, edge.arguments), strict=True))
    return Stimulus(machine.__name__, edge.instance, edge.row.name, words, circumstances)


def read(text: str) -> Stimulus:
    """A stimulus as `str` writes it. Raises ValueError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no step: it looks like `Change0.find(id=Id0, kind=null, base=Id0) [open fails]`")
    given = [part.partition("=") for part in (found["arguments"] or "").split(", ") if part]
    arguments = tuple((name, word) for name, _, word in given)
    labels = tuple(re.findall(r"\[([^]]*)\]", found["labels"]))
    return Stimulus(found["machine"], int(found["slot"]), found["row"], arguments, labels)


def _word(value: Any) -> str:
    """A slot, a constant, a bool."""
    return str(value.name) if hasattr(value, "name") and not hasattr(value, "_slot") else str(value)
