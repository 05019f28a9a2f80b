"""The terminal that reports are printed to."""

from __future__ import annotations

import os
import shutil
import sys

from rich.console import Console, RenderableType
from rich.table import Table

WIDEST = 120


class _Terminal(Console):
    """Rich's console, but that a reader who has enough is the command line's to deal with."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output: no wider than a reader likes, and without any escape codes where no colour is wanted."""
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    width = min(shutil.get_terminal_size((WIDEST, 40)).columns, WIDEST)
    return _Terminal(
        width=max(width, 60), color_system=None if plain else "auto", highlight=False, markup=False, emoji=False
    )


def columns(*names: str, right: tuple[str, ...] = ()) -> Table:
    """A table without lines: a row of names, and two spaces between columns."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def put(console: Console, what: RenderableType) -> None:
    """Print a table or a text, or several; no line ends in spaces."""
    with console.capture() as captured:
        console.print(what)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
