"""An open descriptor, or two."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios

from ..host import Port
from .address import port_of

CTS = 0x020
"""`TIOCM_CTS`: clear to send."""
TIOCGPTPEER = 0x5441
"""Open the other end of a pseudo terminal (`ioctl_tty(2)`)."""


class PosixChannel:
    """A descriptor to read from and one to write to, which may be the same, and neither blocks.

    Who watches it holds it, so that a watch can still say that the channel is gone.
    """

    def __init__(self, in_: int | None, out: int | None, kept: socket.socket | None = None) -> None:
        self.in_, self.out, self.kept = in_, out, kept
        self.holders = 0
        self.closed = False
        self.blocked = [each for each in {in_, out} - {None} if each is not None and os.get_blocking(each)]
        """What is to block again when it is let go of: others may have the same open."""
        self.descriptors = frozenset(each for each in (in_, out) if each in (0, 1))
        for descriptor in {in_, out} - {None}:
            assert descriptor is not None
            os.set_blocking(descriptor, False)

    @classmethod
    def of(cls, made: socket.socket) -> PosixChannel:
        """On a socket, for both."""
        return cls(made.fileno(), made.fileno(), made)

    def read(self, size: int) -> bytes:
        """A pseudo terminal whose other end is closed says EIO, which is its end."""
        if self.in_ is None:
            raise BlockingIOError
        try:
            return os.read(self.in_, size)
        except OSError as error:
            if error.errno in (errno.EIO, errno.ECONNRESET):
                return b""
            raise

    def write(self, data: bytes) -> int:
        """As much as fits."""
        if self.out is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return os.write(self.out, data)

    def hung_up(self) -> bool:
        """Whether the other end is gone."""
        return bool(self._events() & (select.POLLHUP | select.POLLERR | select.POLLRDHUP))

    def unread(self) -> int:
        """How many bytes there are to read now."""
        if self.in_ is None:
            return 0
        try:
            waiting = fcntl.ioctl(self.in_, termios.FIONREAD, struct.pack("i", 0))
        except OSError:  # /dev/null has no such count
            return 0
        return int.from_bytes(waiting, sys.byteorder)

    def end_input(self) -> None:
        """Only at the other end of a unix socket does that show."""
        if self.kept is not None:
            with contextlib.suppress(OSError):
                self.kept.shutdown(socket.SHUT_RD)

    def _events(self) -> int:
        if self.in_ is None:
            return 0
        poll = select.poll()
        poll.register(self.in_, select.POLLIN | select.POLLRDHUP)
        return next((events for _, events in poll.poll(0)), 0)

    def clear_to_send(self) -> bool:
        """What the modem lines say; a terminal without any is ready."""
        if self.in_ is None:
            return True
        try:
            lines = fcntl.ioctl(self.in_, termios.TIOCMGET, struct.pack("I", 0))
        except OSError:
            return True
        return bool(struct.unpack("I", lines)[0] & CTS)

    def is_unread(self) -> bool:
        """Whether the other end of a pseudo terminal has something still to read, which is lost when this end closes.

        Only the other end can be asked, so it is opened once more; and only `poll(2)` counts what is on its way there.
        """
        if self.in_ is None:
            return False
        other = PosixChannel(fcntl.ioctl(self.in_, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY), None)
        try:
            return bool(other._events() & select.POLLIN)
        finally:
            other.close()

    def truncate(self) -> None:
        """What is no file has nothing to be emptied of."""
        if self.out is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self.out, 0)

    def ends(self) -> tuple[Port, Port] | None:
        """Of a socket that has ports; one that is gone already has no other end."""
        if self.kept is None or self.kept.family == socket.AF_UNIX:
            return None
        try:
            return port_of(self.kept.getsockname()), port_of(self.kept.getpeername())
        except OSError:
            return None

    def send_at_once(self) -> None:
        """`TCP_NODELAY`, of a socket that has it."""
        if self.kept is not None:
            with contextlib.suppress(OSError):
                self.kept.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shutdown(self) -> None:
        """Only a socket can be."""
        if self.kept is not None:
            with contextlib.suppress(OSError):
                self.kept.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """A source is on it (`g_io_channel_ref`)."""
        self.holders += 1

    def release(self) -> None:
        """No longer."""
        self.holders -= 1
        self._close()

    def close(self) -> None:
        """For whoever is at the other end, at once; the descriptors go with the last source."""
        self.closed = True
        if self.holders:
            self.shutdown()
        self._close()

    def _close(self) -> None:
        if not self.closed or self.holders:
            return
        for blocked in self.blocked:
            os.set_blocking(blocked, True)
        if self.kept is not None:
            self.kept.close()
        else:
            for descriptor in {self.in_, self.out} - {None}:
                assert descriptor is not None
                os.close(descriptor)
        self.in_ = self.out = self.kept = None
        self.blocked = []
