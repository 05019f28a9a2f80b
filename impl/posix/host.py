"""Files, sockets and terminals of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import termios
import tty
from collections.abc import Callable

from ..host import Address, Channel, Interface, Port
from .address import checked, connected, connected_for_datagrams
from .attempt import PosixAttempt
from .channel import PosixChannel
from .listener import PosixListener, Waiting, listen_at_port, listen_beside
from .terminal import PosixTerminal


class PosixHost:
    """Files, sockets and terminals of this machine."""

    threads = 64

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        waiting: Waiting = contextlib.nullcontext,
        *,
        transparent: bool = False,
    ) -> None:
        self.loop, self.waiting = loop, waiting
        self.terminal = PosixTerminal(loop, transparent=transparent)
        self.names = (f".{os.getpid():x}-{number:x}" for number in itertools.count(1))
        """For sockets that are not at their paths yet."""

    def listen(self, address: Address, *, beside: bool) -> PosixListener:
        """What was at a path is replaced when somebody listens there, or only when he is published."""
        if isinstance(address, Port):
            with self.waiting():
                return listen_at_port(address, self.waiting)
        listener = listen_beside(address.path, self.waiting, self.names)
        if not beside:
            _take_path(listener)
        return listener

    def connect(self, address: Address) -> PosixChannel:
        """As QEMU does, it waits."""
        with self.waiting():
            return PosixChannel.of(connected(address))

    def start_connecting(self, address: Address, answered: Callable[[Channel | None], None]) -> PosixAttempt:
        """Meanwhile the loop goes on."""
        return PosixAttempt(self.loop, address, answered)

    def open_file(
        self, out: str, in_: str | None = None, *, append: bool = False, truncate: bool = False
    ) -> PosixChannel:
        """The one to write is made if there is none."""
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else 0) | (os.O_TRUNC if truncate else 0)
        with self.waiting():  # of a FIFO for who has the other end
            written = os.open(checked(out), flags, 0o666)
            try:
                read = os.open(checked(in_), os.O_RDONLY) if in_ is not None else None
            except BaseException:
                os.close(written)
                raise
        return PosixChannel(read, written)

    def open_pipe(self, path: str) -> PosixChannel:
        """A pair of FIFOs beside the name, or one FIFO of the name for both."""
        checked(path)
        try:
            inward = os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK)
        except FileNotFoundError:
            both = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            return PosixChannel(both, both)
        try:
            return PosixChannel(inward, os.open(f"{path}.out", os.O_RDWR | os.O_NONBLOCK))
        except OSError:
            os.close(inward)
            raise

    def open_tty(self, path: str) -> PosixChannel:
        """It is put into raw mode, if it is a terminal."""
        both = os.open(checked(path), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        with contextlib.suppress(termios.error):
            tty.setraw(both)
        return PosixChannel(both, both)

    def open_pty(self) -> tuple[PosixChannel, str]:
        """In raw mode, with the other end closed."""
        master, slave = os.openpty()
        tty.setraw(slave)
        path = os.ttyname(slave)
        os.close(slave)
        return PosixChannel(master, master), path

    def link(self, target: str, path: str) -> None:
        """A path that is taken stays as it is."""
        os.symlink(target, checked(path))

    def unlink(self, path: str) -> None:
        """Whosever it is."""
        with contextlib.suppress(OSError):
            os.unlink(path)

    def open_udp(self, address: Port, local: Port | None = None) -> PosixChannel:
        """At the first address that its name stands for."""
        with self.waiting():
            return PosixChannel.of(connected_for_datagrams(address, local))

    def spice_interface(self) -> Interface:
        """There is no SPICE server here."""
        raise NotImplementedError("there is no SPICE server here")

    def is_open(self, descriptor: int) -> bool:
        """Whether the process has such a descriptor."""
        try:
            os.fstat(descriptor)
        except OSError:
            return False
        return True

    def stdio(self, *, copied: bool) -> PosixChannel:
        """The descriptors 0 and 1, or copies of them."""
        return PosixChannel(os.dup(0), os.dup(1)) if copied else PosixChannel(0, 1)

    def set_terminal(self, *, echo: bool, signal: bool | None) -> None:
        """As `qemu_chr_set_echo_stdio` has it."""
        self.terminal.set(echo=echo, signal=signal)

    def restore_terminal(self) -> None:
        """`term_exit`."""
        self.terminal.restore()


def _take_path(listener: PosixListener) -> None:
    """One that can't is gone without a trace. Raises `OSError`."""
    try:
        listener.take_path()
    except OSError:
        listener.unlink()
        listener.close()
        raise
