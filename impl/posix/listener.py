"""A socket that listens, at a port or at a path."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from ..host import Address, Channel, Path, Port
from .address import at, checked, port_of
from .channel import PosixChannel

Waiting = Callable[[], AbstractContextManager[None]]
"""What may take long is done in such a context, which may end it with an exception."""


class PosixListener:
    """A socket that listens. Its chardev takes its source away before it is closed."""

    out: int | None = None

    def __init__(
        self, made: socket.socket, waiting: Waiting, path: str | None = None, bound: str | None = None
    ) -> None:
        self.socket, self.waiting, self.path, self.bound = made, waiting, path, bound
        self.address: Address = Path(path) if path is not None else port_of(made.getsockname(), listens=True)
        self.in_: int | None = made.fileno()
        self.inode = os.stat(bound).st_ino if bound is not None else 0

    def hold(self) -> None:
        """Nothing depends on that."""

    def release(self) -> None:
        """Nor on that."""

    def pending(self) -> bool:
        """Whether a connection waits to be accepted."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def wait(self) -> None:
        """As `tcp_chr_accept_server_sync` does."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        with self.waiting():
            poll.poll()

    def accept(self) -> Channel:
        """The one that has waited longest. Raises `BlockingIOError` if it has given up meanwhile."""
        made, _ = self.socket.accept()
        return PosixChannel.of(made)

    def publish(self) -> None:
        """`rename(2)`, which is atomic."""
        with contextlib.suppress(OSError):  # the folder is gone: nobody can reach it anyway
            self.take_path()

    def take_path(self) -> None:
        """Whosever it was. Raises `OSError`."""
        if self.bound is not None and self.path is not None and self.bound != self.path:
            os.rename(self.bound, self.path)
            self.bound = self.path

    def owns_path(self) -> bool:
        """By the inode. Of one that was never published, the file beside the path is."""
        with contextlib.suppress(OSError):
            return self.bound is not None and os.stat(self.bound).st_ino == self.inode
        return False

    def unlink(self) -> None:
        """Whosever it is."""
        if self.bound is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.bound)

    def close(self) -> None:
        """Nobody is accepted any more."""
        self.socket.close()
        self.in_ = None


def listen_at_port(address: Port, waiting: Waiting) -> PosixListener:
    """`inet_listen_saddr`: at the first port that is free. Raises `OSError`."""
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV if address.numeric else 0
    found = at(address, flags=socket.AI_PASSIVE | numeric)
    host, first, *more = found.address
    for number in range(first, (first if address.to is None else address.to) + 1):
        made = socket.socket(*found.kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(address.ipv4) != bool(address.ipv6))
        if _listens(made, (host, number, *more)):
            return PosixListener(made, waiting)
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def listen_beside(path: str, waiting: Waiting, names: Iterator[str]) -> PosixListener:
    """At the first of the names in the path's folder that nobody has; only its owner may connect. Raises `OSError`.

    `bind(2)` is told the folder by its descriptor: a name beside the path may be too long where the path is not.
    """
    if os.path.isdir(checked(path)):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), path)
    folder = os.path.dirname(path)
    opened = os.open(folder or ".", os.O_PATH | os.O_DIRECTORY)
    before = os.umask(0o177)
    try:
        made, name = next(
            (made, name)
            for name in names
            if _listens(made := socket.socket(socket.AF_UNIX), f"/proc/self/fd/{opened}/{name}")
        )
    finally:
        os.umask(before)
        os.close(opened)
    return PosixListener(made, waiting, path, os.path.join(folder, name))


def _listens(made: socket.socket, where: Any) -> bool:
    """Bind and listen; a socket that can't is closed. False if somebody has that address. Raises `OSError`."""
    try:
        made.bind(where)
        made.listen(socket.SOMAXCONN)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    return True
