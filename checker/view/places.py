"""File names as a reader wants them."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def shown(file: str) -> str:
    """A file's name without symlinks, relative to the current folder when it is below that."""
    if not file:
        return ""
    path = Path(file).resolve()
    try:
        return str(path.relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def place(file: str, line: int) -> str:
    """`file:line`, or nothing where it is not known."""
    return f"{shown(file)}:{line}" if file else ""
