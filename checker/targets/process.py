"""A process that is held to the spec: it is started, watched from outside, and ended whatever happens."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

LIBC = ctypes.CDLL(None)
"""Looked for here: between fork and exec nothing may take a lock."""
PR_SET_PDEATHSIG = 1
"""prctl(2): by which signal a process learns that whoever started it is gone."""

BLOCKING = {7: "poll", 219: "poll", 42: "connect", 43: "accept", 288: "accept4"}
"""System calls in which a main loop waits for one thing only (x86-64); one that turns waits in ppoll or epoll_wait.

A poll that was interrupted goes on as restart_syscall (219), which ppoll and epoll_wait never do.
"""

LISTENS = 0x10000
"""The flag of a socket that listens, in /proc/net/unix."""
UNCONNECTED = 1
"""The state of one that is not connected, or not yet."""


class CannotStart(Exception):
    """There is no such program, or it ends before anybody could talk to it."""


class Process:
    """One process, and all that it starts. It ends with this object, with the interpreter, and with whoever started it.

    It runs in a folder, and has a session of its own, so that Ctrl-C at a terminal is not meant for it.
    """

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._said = folder / "stderr"
        with open(self._said, "wb") as errors, open(folder / "stdout", "wb") as output:
            try:
                # What it could read comes from a pipe into which nobody writes.
                self._started = subprocess.Popen(
                    command,
                    executable=os.path.abspath(shutil.which(command[0]) or command[0]),
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=errors,
                    start_new_session=True,
                    preexec_fn=partial(_alone, os.getpid()),
                )
            except OSError as error:
                raise CannotStart(f"{command[0]} can't be started: {error.strerror}") from None
        self.pid = self._started.pid
        """Whom to watch: what was started, or, if that is a script, what it has started in turn."""
        self._ending = os.pidfd_open(self.pid)
        self.end = weakref.finalize(self, _end, self._started, self._ending)
        """Kill it, and all that it has started, if they still run."""

    def said(self) -> str:
        """What it has written to standard error."""
        return self._said.read_text("utf-8", "replace").strip()

    def has_ended(self) -> bool:
        """Whether there is nothing left of it but its exit code."""
        return self._code() is not None

    def how(self, seconds: float = 0) -> str:
        """How it has ended: the signal or the exit code, and what it said last; empty if it still runs."""
        code = self._code(seconds)
        if code is None:
            return ""
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        last = self.said().splitlines()[-1:]
        return ": ".join([how, *last])

    def _code(self, seconds: float = 0) -> int | None:
        """The exit code, or the signal as a number below 0. It is not reaped, so that its group stays its own."""
        poll = select.poll()
        poll.register(self._ending, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return None
        ended = os.waitid(os.P_PID, self._started.pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        if ended.si_code != os.CLD_EXITED:
            return -ended.si_status
        # A shell has its own way to say by which signal what it has started was ended.
        return 128 - ended.si_status if self.pid != self._started.pid and ended.si_status > 128 else ended.si_status

    def waits_in(self) -> str:
        """The system call in which its main thread waits for one thing only; empty if it does not."""
        with suppress(OSError, ValueError):
            number = Path(f"/proc/{self.pid}/syscall").read_text("ascii").split()[0]
            return BLOCKING.get(int(number), "")
        return ""

    def is_closed(self, descriptor: int) -> bool:
        """Whether it has closed one of its descriptors."""
        return not os.path.lexists(f"/proc/{self.pid}/fd/{descriptor}")

    def connects(self) -> bool:
        """Whether it tries to connect to a unix socket and has not been answered: there is a socket that it has made,
        on which it does not listen, and that is not connected."""
        mine = set()
        with suppress(OSError):
            for each in os.scandir(f"/proc/{self.pid}/fd"):
                with suppress(OSError):
                    mine.add(os.readlink(each.path))
        for line in Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()[1:]:
            _, _, _, flags, _, state, inode, *_ = line.split()
            if int(state, 16) == UNCONNECTED and not int(flags, 16) & LISTENS and f"socket:[{inode}]" in mine:
                return True
        return False


def connected_by(connection: socket.socket) -> int:
    """The process at the other end of a unix socket."""
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)


def _alone(parent: int) -> None:
    """In the new process: it goes when its parent goes, who may be gone already, and leaves no core."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(started: subprocess.Popen[bytes], ending: int) -> None:
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    os.close(ending)
    assert started.stdin is not None
    started.stdin.close()
