"""The values that an expression may have, as far as its text says."""

from __future__ import annotations

from collections.abc import Iterable

from ...spec.language.types import RefValue, SetValue

Possible = frozenset[int] | None
"""Raw values; None if they are too many to list."""

MOST_VALUES = 64


def slots_of(pointers: Possible) -> list[int]:
    """The slots that are named by these values."""
    assert pointers is not None
    return [each - 1 for each in pointers if each > 0]


def elements_of(kind: SetValue, values: frozenset[int]) -> Iterable[int]:
    """The parts of a set's cells that these values are."""
    return [each - 1 for each in values if each > 0] if isinstance(kind.element, RefValue) else values


def joined(*values: Possible) -> Possible:
    """What may be any of these."""
    if any(each is None for each in values):
        return None
    union = frozenset[int]().union(*(each for each in values if each is not None))
    return union if len(union) <= MOST_VALUES else None


def may_be(values: Possible, value: int) -> bool:
    """Whether this can be the value."""
    return values is None or value in values
