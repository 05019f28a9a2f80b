"""The progress line."""

from __future__ import annotations

import io

from hotswap.checker.explore.search import Progress
from hotswap.checker.view.progress import progress_line, words

NOW = Progress(
    states=4_200_000,
    transitions=9_000_000,
    depth=23,
    frontier=12_345,
    bytes=150_000_000,
    seconds=1.0,
    phase="exploring",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_it_says() -> None:
    """States, states a second, depth, frontier, memory; before the search, what is being done."""
    assert words(NOW) == "4,200,000 states  4,200,000 states/s  depth 23  frontier 12,345  150 MB"
    assert words(Progress(0, 0, 0, 0, 0, 0.0, "compiling")) == "compiling ..."


def test_on_a_terminal() -> None:
    """The line is rewritten in place, and gone at the end."""
    terminal = Terminal()

    with progress_line(terminal) as watch:
        watch(NOW)
        watch(NOW)  # too soon to be seen

    assert terminal.getvalue() == f"\r{words(NOW)}\x1b[K\r\x1b[K"


def test_elsewhere() -> None:
    """A file or a pipe gets nothing, and neither does a terminal that was asked to be quiet."""
    stream, terminal = io.StringIO(), Terminal()

    for target, quiet in ((stream, False), (terminal, True)):
        with progress_line(target, quiet=quiet) as watch:
            watch(NOW)

    assert (stream.getvalue(), terminal.getvalue()) == ("", "")
