"""Where a protocol meets the outside: what is done to it, what it does when a time is over, and what can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import SpecError
from .machines import Machine
from .rows import Declaration, declaration

Row = Callable[..., Any]


@dataclass(frozen=True)
class Where:
    """A row of those instances of which something is true."""

    row: Row
    holds: Callable[[Any], bool] = lambda instance: True


@dataclass(frozen=True)
class Interface:
    """What an implementation can be held to without a look inside.

    `stimuli` are the steps that somebody outside begins. All others it takes by itself, at once, but for `timers`.
    `replies` are the commands whose end is told to who gave them. `heard` are operations of which the outside learns:
    whose they are, and their last argument. `hidden` are those of them, and those observables, that can't be seen.
    """

    stimuli: Sequence[Row]
    timers: Sequence[Row | Where] = ()
    replies: Sequence[type[Machine]] = ()
    heard: Sequence[Row] = ()
    hidden: Sequence[Row | Where] = ()


def places(rows: Sequence[Row | Where]) -> Iterator[tuple[Declaration, Callable[[Any], bool]]]:
    """The rows that are meant, and of which instances."""
    for each in rows:
        where = each if isinstance(each, Where) else Where(each)
        yield declared(where.row), where.holds


def declared(row: Row) -> Declaration:
    """The row that a method is. Raises `SpecError`."""
    found = declaration(row)
    if found is None:
        raise SpecError(f"{getattr(row, '__name__', row)} is no row", instead="name a step or an operation")
    return found
