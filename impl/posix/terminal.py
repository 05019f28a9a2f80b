"""The terminal that this process was started from, if it was."""

from __future__ import annotations

import asyncio
import contextlib
import signal as signals
import termios
from typing import Any


class PosixTerminal:
    """The one that is descriptor 0. It is given back as it was found."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, transparent: bool) -> None:
        self.loop = loop
        self.transparent = transparent
        """It passes on all bytes as they are: what is behind it has a terminal of its own."""
        self.found: list[Any] | None = None
        """How it was."""

    def set(self, *, echo: bool, signal: bool | None) -> None:
        """Now, and when the process goes on after it was stopped."""
        if self.found is None:
            with contextlib.suppress(termios.error):
                self.found = termios.tcgetattr(0)
        if self.found is not None:
            mode = self._mode(self.found, echo=echo, signal=not self.transparent if signal is None else signal)
            self._apply(mode)
            self.loop.add_signal_handler(signals.SIGCONT, self._apply, mode)

    def _apply(self, mode: list[Any]) -> None:
        with contextlib.suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(0, termios.TCSANOW, mode)

    def _mode(self, found: list[Any], *, echo: bool, signal: bool) -> list[Any]:
        iflag, oflag, cflag, lflag, ispeed, ospeed, characters = found
        if not echo:
            iflag &= ~(termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP)
            iflag &= ~(termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON)
            lflag &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.IEXTEN)
            cflag = cflag & ~(termios.CSIZE | termios.PARENB) | termios.CS8
            characters = [*characters]
            characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        if self.transparent:
            oflag &= ~termios.OPOST
        if not signal:
            lflag &= ~termios.ISIG
        return [iflag, oflag, cflag, lflag, ispeed, ospeed, characters]

    def restore(self) -> None:
        """`term_exit`."""
        if self.found is not None:
            self.loop.remove_signal_handler(signals.SIGCONT)
            self._apply(self.found)
            self.found = None
