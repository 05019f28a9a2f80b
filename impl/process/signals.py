"""SIGTERM, SIGHUP and Ctrl-C: the process ends, in good order, even while it waits for somebody."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

CODES = {signal.SIGTERM: 0, signal.SIGHUP: 0, signal.SIGINT: 128 + signal.SIGINT}
"""The exit code after each."""


class Ended(SystemExit):
    """Somebody wants the process to end while it waits; asyncio lets nothing else out of a callback."""


class Signals:
    """Whether the process is to end. QEMU takes no notice before it has waited to the end."""

    def __init__(self) -> None:
        self.code: int | None = None
        """What to exit with, since a signal has come."""
        self.waits = False
        self.end: Callable[[], object] = lambda: None
        self.minds_hang_up: Callable[[], bool] = lambda: True
        for number in CODES:
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` means it
                signal.signal(number, self._heard)

    def tell(
        self,
        loop: asyncio.AbstractEventLoop,
        end: Callable[[], None],
        *,
        minds_hang_up: Callable[[], bool] = lambda: True,
    ) -> None:
        """Have this loop call that, at once if a signal has come already; SIGHUP counts only if it is minded then."""
        self.minds_hang_up = minds_hang_up
        self.end = lambda: loop.call_soon_threadsafe(end)
        if self.code is not None:
            self.end()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What is done herein may take long. Raises `Ended`."""
        self.waits = True
        try:
            self._check()
            yield
        finally:
            self.waits = False

    def over(self) -> None:
        """The process ends already: what is heard from now on changes nothing, and Python's own end is no exception."""
        for number in CODES:
            signal.signal(number, signal.SIG_IGN)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP and not self.minds_hang_up():
            return
        self.code = CODES[signal.Signals(number)]
        self._check()
        with suppress(RuntimeError):  # the loop has ended
            self.end()

    def _check(self) -> None:
        if self.waits and self.code is not None:
            raise Ended(self.code)
