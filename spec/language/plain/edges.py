"""States and edges as values: what a firing of a row did, and where it broke."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..machines import Machine
from ..rows import Declaration

Values = tuple[int, ...]
"""One state: the raw value of every field of every slot, then the ghost copies of the observables."""

Choices = tuple[tuple[str, bool], ...]
"""The label of each `may` that was asked, and how it came out."""


@dataclass(frozen=True)
class Site:
    """Where in the spec a step broke: the property, the method, and the line."""

    property: str
    function: str
    file: str
    line: int
    message: str = field(default="", compare=False)


@dataclass
class Call:
    """An operation that ran inside a step: with what, between which values, and what it called in turn.

    `after` stays empty if the operation never returned.
    """

    operation: Declaration
    arguments: tuple[Any, ...]
    before: Values = ()
    after: Values = ()
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True)
class Edge:
    """One firing of a row: where it leads, or how it ends its path."""

    row: Declaration
    instance: int
    arguments: tuple[Any, ...]
    choices: Choices
    after: Values | None
    error: Site | None = None
    cut: type[Machine] | None = None
    broken: frozenset[str] = frozenset()
    failed: str | None = None
    calls: tuple[Call, ...] = ()
