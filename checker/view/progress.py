"""How far a search is: one line on standard error, rewritten in place, and only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from ..explore.search import Progress, Watch
from .text import size

EVERY = 0.1


@contextmanager
def progress_line(stream: TextIO | None = None, *, quiet: bool = False) -> Iterator[Watch]:
    """The watch to hand to a search; the line is gone when it ends."""
    with progress(stream, quiet=quiet) as line:
        yield lambda now: line(lambda: words(now))


@contextmanager
def progress(stream: TextIO | None = None, *, quiet: bool = False) -> Iterator[Callable[[Callable[[], str]], None]]:
    """What takes the words of a line that is rewritten in place; it asks for them only when it is time for new ones."""
    stream = stream or sys.stderr
    if quiet or not stream.isatty():
        yield lambda say: None
        return
    line = _Line(stream)
    try:
        yield line
    finally:
        line.clear()


def words(now: Progress) -> str:
    """What the line says."""
    if now.phase != "exploring":
        return f"{now.phase} ..."
    rate = now.states / now.seconds if now.seconds > 0.01 else 0.0
    parts = [f"{now.states:,} states", f"{rate:,.0f} states/s", f"depth {now.depth}", f"frontier {now.frontier:,}"]
    if now.bytes:
        parts.append(size(now.bytes))
    return "  ".join(parts)


class _Line:
    def __init__(self, stream: TextIO) -> None:
        self.stream, self.last, self.shown = stream, 0.0, False

    def __call__(self, say: Callable[[], str]) -> None:
        moment = time.monotonic()
        if self.shown and moment - self.last < EVERY:
            return
        self.last, self.shown = moment, True
        self.stream.write(f"\r{say()}\x1b[K")
        self.stream.flush()

    def clear(self) -> None:
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
