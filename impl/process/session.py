"""A session in the sense of `setsid(2)`: a command that leads it, on a controlling terminal of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import termios
from collections.abc import Sequence
from contextlib import suppress

from ..posix.channel import PosixChannel


class Session:
    """The command's process, its pseudo terminal, and this side of that.

    The terminal is kept open here, too: what the command closes and opens again is no end of it.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        master, self.slave = os.openpty()
        self.terminal = PosixChannel(master, master)
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """As a shell counts: the exit code, or 128 and the signal."""
        with suppress(termios.error):  # nobody started this from a terminal
            termios.tcsetattr(self.slave, termios.TCSANOW, termios.tcgetattr(0))
        self.resize()

    def start(self) -> None:
        """Raises `OSError`."""
        self.process = subprocess.Popen(self.words, preexec_fn=self._log_in)
        self.pidfd = os.pidfd_open(self.process.pid)
        self.ended.get_loop().add_reader(self.pidfd, self._end)

    def _log_in(self) -> None:
        """Who started this may ignore signals (`nohup`, a job in the background): a terminal's own are another's."""
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        os.login_tty(self.slave)

    def resize(self) -> None:
        """Its terminal is as large as the one that this was started from; the kernel tells the command."""
        with suppress(termios.error):
            termios.tcsetwinsize(self.slave, termios.tcgetwinsize(0))

    def _end(self) -> None:
        self.ended.get_loop().remove_reader(self.pidfd)
        os.close(self.pidfd)
        code = self.process.wait()
        self.ended.set_result(code if code >= 0 else 128 - code)

    def close(self) -> None:
        """Whoever still has the terminal is hung up on."""
        if not self.terminal.closed:
            os.close(self.slave)
            self.terminal.close()
