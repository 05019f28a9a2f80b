"""Constant tables: an enumeration whose members have columns."""

from __future__ import annotations

import difflib
from enum import Enum
from typing import Any, get_type_hints

from .classes import at, lines, place
from .errors import SpecError


class _Columns:
    """The columns of one row, until its table takes them."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns

    def __repr__(self) -> str:
        return f"row({', '.join(f'{name}={value!r}' for name, value in self.columns.items())})"


def row(**columns: Any) -> Any:
    """One row of a `Table`: a value for each of its columns; a `bool` column that it leaves out is False."""
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
            raise self._refused("is not made by `row`", f"write `{self.name} = row(column=value, ...)`")
        declared = [name for name in type(self).__annotations__ if not name.startswith("_")]
        for name in declared:
            if name in ("name", "value"):
                raise self._refused(f"has a column `{name}`, which every member has", "use another name")
            if name not in columns.columns:
                if type(self).__annotations__[name] not in ("bool", bool):
                    raise self._refused(f"has no value for its column `{name}`", f"write `{name}=...`")
                setattr(self, name, False)
        for name, value in columns.columns.items():
            if name not in declared:
                close = difflib.get_close_matches(name, declared, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"declare `{name}: bool` above the rows"
                raise self._refused(f"has a value for `{name}`, which is no column of the table", hint)
            setattr(self, name, value)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, kind in columns(cls).items():
            for member in cls if isinstance(kind, type) else ():
                cell = getattr(member, name)
                if not isinstance(cell, kind) or (kind is int and isinstance(cell, bool)):
                    raise member._refused(f"has {cell!r} for `{name}`", f"the column is {kind.__name__}")

    def _refused(self, message: str, instead: str) -> SpecError:
        """An error that stands where the row does."""
        table = type(self)
        file, line = place(table)
        line = lines(table).get(self.name, [line])[-1]
        return SpecError(f"row {table.__name__}.{self.name} {message}", file=file, line=line, instead=instead)

    __hash__ = object.__hash__


def columns(table: type[Enum]) -> dict[str, type]:
    """The columns of a table and their types, in declaration order; none for a plain enumeration."""
    if not issubclass(table, Table):
        return {}
    try:
        hints = get_type_hints(table)
    except NameError as error:
        raise at(table, f"{table.__name__}: the type `{error.name}` is not defined", "import it above") from None
    return {name: kind for name, kind in hints.items() if not name.startswith("_")}
