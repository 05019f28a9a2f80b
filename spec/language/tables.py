"""Constant tables: an enumeration whose members have columns."""

from __future__ import annotations

import difflib
from enum import Enum
from typing import Any, get_type_hints

from .errors import SpecError, here


class _Columns:
    """The columns of one row, until its table takes them."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns
        self.file, self.line = here()

    def __repr__(self) -> str:
        return f"row({', '.join(f'{name}={value!r}' for name, value in self.columns.items())})"


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
        row_name, (file, line) = f"{type(self).__name__}.{self.name}", here()

        def refused(message: str, instead: str) -> SpecError:
            return SpecError(f"row {row_name} {message}", file=file, line=line, instead=instead)

        if not isinstance(columns, _Columns):
            raise refused("is not made by `row`", f"write `{self.name} = row(column=value, ...)`")
        file, line = columns.file, columns.line
        declared = [name for name in type(self).__annotations__ if not name.startswith("_")]
        for name in declared:
            if name in ("name", "value"):
                raise refused(f"can't have a column `{name}`: every member has that", "use another name")
            if name not in columns.columns:
                raise refused(f"has no value for its column `{name}`", f"write `{name}=...`")
        for name, value in columns.columns.items():
            if name not in declared:
                close = difflib.get_close_matches(name, declared, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"declare `{name}: bool` above the rows"
                raise refused(f"has a value for `{name}`, which is no column of the table", hint)
            setattr(self, name, value)

    __hash__ = object.__hash__


def columns(table: type[Enum]) -> dict[str, type]:
    """The columns of a table and their types, in declaration order; none for a plain enumeration."""
    if not issubclass(table, Table):
        return {}
    return {name: kind for name, kind in get_type_hints(table).items() if not name.startswith("_")}


def misfit(table: type[Enum]) -> str:
    """What is wrong with a table's cells: the first that is not of its column's type; empty if all are."""
    for name, kind in columns(table).items():
        for member in table:
            cell = getattr(member, name)
            if not isinstance(kind, type) or not isinstance(cell, kind) or (kind is int and isinstance(cell, bool)):
                return f"{member}: its column `{name}` is {getattr(kind, '__name__', kind)}, this is {cell!r}"
    return ""
