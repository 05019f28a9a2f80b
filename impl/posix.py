"""The operating system of a real process."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import errno
import fcntl
import os
import select
import signal as signals
import socket
import struct
import sys
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from .host import Address, Channel, Interface, NoSuchHost, Path, Port

Waiting = Callable[[], AbstractContextManager[None]]
"""What may take long is done in such a context, which may end it with an exception."""
CTS = 0x020
"""`TIOCM_CTS`: clear to send."""
TIOCGPTPEER = 0x5441
"""Open the other end of a pseudo terminal (`ioctl_tty(2)`)."""
MOST_UNIX = 107
"""How many bytes a unix socket's path may have (`unix(7)`)."""
PERIOD = 0.05
"""How often a unix socket tries to connect while its listener has no room, in seconds."""


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
        """The kernel tells the other end only, and what is on its way there `poll(2)` alone counts."""
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
            return _port(self.kept.getsockname()), _port(self.kept.getpeername())
        except OSError:
            return None

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


def _checked(path: str, most: int = 4095) -> str:
    """What no path can be, Python says in another way than the system. Raises `OSError`."""
    if not path:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        size = 0
    if "\0" in path or not size:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    if size > most:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    return path


def _port(where: Any, *, listens: bool = False) -> Port:
    """What `getsockname(2)` says of a port; of one that listens, whether it is of IPv4 or of IPv6."""
    host, number, *more = where
    return Port(host, number, ipv4=not more or None, ipv6=bool(more) or None) if listens else Port(host, number)


def _of(made: socket.socket) -> PosixChannel:
    return PosixChannel(made.fileno(), made.fileno(), made)


class PosixListener:
    """A socket that listens. Its chardev takes its source away before it is closed."""

    out: int | None = None

    def __init__(
        self, made: socket.socket, waiting: Waiting, path: str | None = None, bound: str | None = None
    ) -> None:
        self.socket, self.waiting, self.path, self.bound = made, waiting, path, bound
        self.address = Path(path) if path is not None else _port(made.getsockname(), listens=True)
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
        return _of(made)

    def publish(self) -> None:
        """`rename(2)`, which is atomic."""
        if self.bound is not None and self.path is not None and self.bound != self.path:
            with contextlib.suppress(OSError):  # the folder is gone: nobody can reach it anyway
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


class PosixAttempt:
    """A `connect(2)` that does not block, and nobody has to wait for when the process ends."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, address: Address, answered: Callable[[Channel | None], None]
    ) -> None:
        self.answered = answered
        self.cancelled = False
        self.task = loop.create_task(_reached(loop, address))
        self.task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """It ends unheard."""
        self.cancelled = True
        self.task.cancel()

    def _ended(self, task: asyncio.Task[socket.socket]) -> None:
        if task.cancelled():
            return
        try:
            channel: Channel | None = _of(task.result())
        except OSError:
            channel = None
        if not self.cancelled:
            self.answered(channel)
        elif channel is not None:
            channel.close()


async def _reached(loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
    """Connect, while others go on. Raises `OSError`."""
    where = await asyncio.wrap_future(_looked_up(address)) if isinstance(address, Port) else _at(address)
    made = socket.socket(*where.kind)
    made.setblocking(False)
    try:
        if isinstance(address, Path):
            await _queue(made, where.address)
        else:
            await loop.sock_connect(made, where.address)
    except BaseException:
        made.close()
        raise
    return made


async def _queue(made: socket.socket, path: str) -> None:
    """Connect to a unix socket. If its listener has no room there is nothing to poll that would say when it has."""
    while True:
        try:
            made.connect(path)
        except BlockingIOError:
            await asyncio.sleep(PERIOD)
        else:
            return


@dataclass(frozen=True)
class Where:
    """A socket's address, and the arguments of `socket(2)` for it."""

    kind: tuple[int, int, int]
    address: Any


def _looked_up(address: Port) -> concurrent.futures.Future[Where]:
    """In a thread of its own, which nobody has to wait for: who is asked for a name may not answer."""
    found: concurrent.futures.Future[Where] = concurrent.futures.Future()
    found.set_running_or_notify_cancel()

    def look() -> None:
        try:
            found.set_result(_at(address))
        except OSError as error:
            found.set_exception(error)

    threading.Thread(target=look, daemon=True).start()
    return found


def _at(address: Address, kind: int = socket.SOCK_STREAM, flags: int = socket.AI_V4MAPPED) -> Where:
    """The first that a name stands for. Raises `NoSuchHost`, and `OSError` for a path that can't be one."""
    if isinstance(address, Path):
        return Where((socket.AF_UNIX, kind, 0), _checked(address.path, MOST_UNIX))
    family = _family(address)
    try:
        found = socket.getaddrinfo(address.host or None, address.port, family=family, type=kind, flags=flags)
    except UnicodeError:
        raise NoSuchHost(socket.EAI_NONAME, "Name or service not known") from None
    except socket.gaierror as error:
        raise NoSuchHost(error.errno, error.strerror) from None
    family, kind, protocol, _, where = found[0]
    return Where((family, kind, protocol), where)


def _family(address: Port) -> int:
    """`inet_ai_family_from_address`: no name and both means a socket of IPv6 that takes IPv4 as well."""
    if address.ipv4 and address.ipv6:
        return socket.AF_UNSPEC if address.host else socket.AF_INET6
    if address.ipv6 or address.ipv4 is False:
        return socket.AF_INET6
    if address.ipv4 or address.ipv6 is False:
        return socket.AF_INET
    return socket.AF_UNSPEC


def _listening(made: socket.socket, where: Any) -> socket.socket:
    """Bind and listen; a socket that can't is closed. Raises `OSError`."""
    try:
        made.bind(where)
        made.listen(socket.SOMAXCONN)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _listening_port(address: Port) -> socket.socket:
    """`inet_listen_saddr`: at the first port that is free. Raises `OSError`."""
    found = _at(address, flags=socket.AI_PASSIVE)
    host, first, *more = found.address
    for number in range(first, (first if address.to is None else address.to) + 1):
        made = socket.socket(*found.kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(address.ipv4) != bool(address.ipv6))
        try:
            return _listening(made, (host, number, *more))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _connected(where: Where) -> socket.socket:
    """Connect, and wait for it. Raises `OSError`."""
    made = socket.socket(*where.kind)
    try:
        made.connect(where.address)
    except BaseException:
        made.close()
        raise
    return made


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
        self.transparent = transparent
        """The terminal passes on all bytes as they are: what is behind it has a terminal of its own."""
        self.terminal: list[Any] | None = None
        """How it was found."""
        self.names = 0
        """How many names it has made up."""

    def listen(self, address: Address, *, beside: bool) -> PosixListener:
        """Only its owner may connect to a path."""
        if isinstance(address, Port):
            with self.waiting():
                return PosixListener(_listening_port(address), self.waiting)
        path = _checked(address.path, MOST_UNIX)
        if os.path.isdir(path):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), path)
        bound = _checked(self._beside(path), MOST_UNIX) if beside else path
        with contextlib.suppress(FileNotFoundError):
            os.unlink(bound)
        before = os.umask(0o177)
        try:
            return PosixListener(_listening(socket.socket(socket.AF_UNIX), bound), self.waiting, path, bound)
        finally:
            os.umask(before)

    def _beside(self, path: str) -> str:
        """A name in the same folder that nobody has."""
        self.names += 1
        return os.path.join(os.path.dirname(path), f".{os.getpid():x}-{self.names:x}")

    def connect(self, address: Address) -> PosixChannel:
        """As QEMU does, it waits."""
        with self.waiting():
            return _of(_connected(_at(address)))

    def start_connecting(self, address: Address, answered: Callable[[Channel | None], None]) -> PosixAttempt:
        """Meanwhile the loop goes on."""
        return PosixAttempt(self.loop, address, answered)

    def open_file(
        self, out: str, in_: str | None = None, *, append: bool = False, truncate: bool = False
    ) -> PosixChannel:
        """The one to write is made if there is none."""
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else 0) | (os.O_TRUNC if truncate else 0)
        with self.waiting():  # of a FIFO for who has the other end
            written = os.open(_checked(out), flags, 0o666)
            try:
                read = os.open(_checked(in_), os.O_RDONLY) if in_ is not None else None
            except BaseException:
                os.close(written)
                raise
        return PosixChannel(read, written)

    def open_pipe(self, path: str) -> PosixChannel:
        """A pair of FIFOs beside the name, or one FIFO of the name for both."""
        _checked(path)
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
        both = os.open(_checked(path), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
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
        os.symlink(target, _checked(path))

    def unlink(self, path: str) -> None:
        """Whosever it is."""
        with contextlib.suppress(OSError):
            os.unlink(path)

    def open_udp(self, address: Port) -> PosixChannel:
        """Connected, so that it hears nobody else."""
        with self.waiting():
            return _of(_connected(_at(address, socket.SOCK_DGRAM)))

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
        """As `qemu_chr_set_echo_stdio` has it, now and when the process goes on after it was stopped."""
        if self.terminal is None:
            with contextlib.suppress(termios.error):
                self.terminal = termios.tcgetattr(0)
        if self.terminal is not None:
            mode = self._mode(self.terminal, echo=echo, signal=not self.transparent if signal is None else signal)
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

    def restore_terminal(self) -> None:
        """`term_exit`."""
        if self.terminal is not None:
            self.loop.remove_signal_handler(signals.SIGCONT)
            self._apply(self.terminal)
            self.terminal = None
