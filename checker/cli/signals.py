"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it has begun is undone on the way out."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGTERM, signal.SIGHUP)
SOON = 0.001
"""Seconds."""


@contextmanager
def undone_when_ended() -> Iterator[None]:
    """Meanwhile either raises `SystemExit`, unless whoever has started the command had it ignored, as `nohup` does."""
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    before = sys.unraisablehook
    sys.unraisablehook = partial(_again, before)
    try:
        yield
    finally:
        sys.unraisablehook = before
        for number in ENDING:
            if signal.getsignal(number) is _end:
                signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _again(otherwise: Callable[[sys.UnraisableHookArgs], object], ignored: sys.UnraisableHookArgs) -> None:
    """A signal may come where Python ignores what is raised, as in what it calls at a fork: it is raised once more."""
    lost = ignored.exc_value
    if not isinstance(lost, SystemExit | KeyboardInterrupt):
        otherwise(ignored)
        return

    def raises(number: int, frame: FrameType | None) -> NoReturn:
        raise lost

    signal.signal(signal.SIGALRM, raises)
    signal.setitimer(signal.ITIMER_REAL, SOON)
