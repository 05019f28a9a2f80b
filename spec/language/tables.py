"""Constant tables: an enumeration whose members have columns."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_type_hints

from .errors import SpecError


class _Columns:
    """The columns of one row, until its table takes them."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns


def row(**columns: Any) -> Any:
    """One row of a `Table`: a value for each of its columns."""
    return _Columns(columns)


class Table(Enum):
    """Constants with columns, one member a row; equal rows stay two members.

    >>> class Kind(Table):
    ...     opens: bool
    ...     null = row(opens=False)
    ...     file = row(opens=True)
    >>> Kind.file.opens
    True
    """

    def __new__(cls, columns: Any) -> Table:
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        return member

    def __init__(self, columns: Any) -> None:
        if not isinstance(columns, _Columns):
            raise SpecError(
                f"{type(self).__name__}.{self.name} is not a row", instead="write `name = row(column=value, ...)`"
            )
        declared = {name for name in type(self).__annotations__ if not name.startswith("_")}
        given = set(columns.columns)
        for name in sorted(declared - given):
            raise SpecError(f"row {type(self).__name__}.{self.name} has no value for its column `{name}`")
        for name in sorted(given - declared):
            raise SpecError(
                f"row {type(self).__name__}.{self.name} has a value for `{name}`, which is no column of the table",
                instead=f"declare `{name}: bool` in {type(self).__name__}",
            )
        for name, value in columns.columns.items():
            setattr(self, name, value)

    __hash__ = object.__hash__


def columns(table: type[Enum]) -> dict[str, type]:
    """The columns of a table and their types, in declaration order; none for a plain enumeration."""
    if not issubclass(table, Table):
        return {}
    return {name: kind for name, kind in get_type_hints(table).items() if not name.startswith("_")}
