"""What the layer asks of an operating system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Channel(Protocol):
    """One end of something to read from and to write to, without blocking."""

    descriptors: frozenset[int]
    """The file descriptors that it is on."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end. Raises `BlockingIOError` if there are none yet."""

    def write(self, data: bytes) -> int:
        """How many were taken. Raises `BlockingIOError` if none can be, and `OSError` if nobody is there to read."""

    def hung_up(self) -> bool:
        """Whether the other end is gone; what it sent before can still be read."""

    def unread(self) -> int:
        """How many bytes there are to read now."""

    def end_input(self) -> None:
        """Have the other end's next write fail, where that can be done; what it sent before can still be read."""

    def truncate(self) -> None:
        """Empty the file that it is on, if it is one (`ftruncate(2)`)."""

    def ends(self) -> tuple[Port, Port] | None:
        """This end and the other, of a connection between ports."""

    def send_at_once(self) -> None:
        """Over TCP, do not wait for more to send it together."""

    def shutdown(self) -> None:
        """End the connection, for both ends; the descriptor stays open."""

    def close(self) -> None: ...


class Listener(Protocol):
    """A socket that listens."""

    address: Address
    """Where it is reached: at a port that was free, if it was to take any."""

    def pending(self) -> bool:
        """Whether a connection waits to be accepted."""

    def wait(self) -> None:
        """Until one does; nothing else happens meanwhile."""

    def accept(self) -> Channel: ...

    def publish(self) -> None:
        """Take the path over, if that was not done when it was bound."""

    def owns_path(self) -> bool:
        """Whether the file at its path is its own."""

    def unlink(self) -> None:
        """Remove the file at its path, whosever it is."""

    def close(self) -> None: ...


class Terminal(Channel, Protocol):
    """The host's serial line, or one end of a pseudo terminal."""

    def clear_to_send(self) -> bool:
        """What the modem lines say."""

    def is_unread(self) -> bool:
        """Whether the other end of a pseudo terminal has not read everything."""


@dataclass(frozen=True)
class Path:
    """A unix socket's address."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Port:
    """A TCP or UDP address."""

    host: str
    port: int
    to: int | None = None
    """A listener takes the first that is free, up to this one."""
    ipv4: bool | None = None
    ipv6: bool | None = None
    """Which of the two it has to be, or may not be."""
    numeric: bool = False
    """A listener's host has to be an address, no name."""
    keep_alive: bool = False
    """Of a client: the system asks from time to time whether the other end is still there."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class NoSuchHost(OSError):
    """A name or a port that stands for no address; it says which."""


class NotBound(OSError):
    """A socket that can't have its own end where it is to be."""


Address = Path | Port


class Attempt(Protocol):
    """A `connect(2)` that nobody waits for."""

    def cancel(self) -> None:
        """Have it end, if it has not: nobody wants to know any more how."""


class Interface(Protocol):
    """A channel's interface at the SPICE server."""

    def pending(self) -> bool:
        """Whether a client has come."""

    def accept(self) -> Channel: ...

    def unregister(self) -> None:
        """Whoever is there, or waits to be, is sent away."""

    def close(self) -> None: ...


class Host(Protocol):
    """The operating system."""

    threads: int
    """How many connects can be tried at a time."""

    def listen(self, address: Address, *, beside: bool) -> Listener:
        """Bind and listen; `beside` leaves whatever is at the path until `publish`. Raises `OSError`."""

    def connect(self, address: Address) -> Channel:
        """Connect, and wait for it. Raises `OSError`."""

    def start_connecting(self, address: Address, answered: Callable[[Channel | None], None]) -> Attempt:
        """Connect, and call `answered` then: with the channel, or with None if nobody is there."""

    def open_file(self, out: str, in_: str | None = None, *, append: bool = False, truncate: bool = False) -> Channel:
        """The one to write, then the one to read. Raises `OSError`, with the name of the one."""

    def open_pipe(self, path: str) -> Channel:
        """Raises `OSError`."""

    def open_tty(self, path: str) -> Terminal:
        """Raises `OSError`."""

    def open_pty(self) -> tuple[Terminal, str]:
        """A new pseudo terminal, and the path of its other end."""

    def link(self, target: str, path: str) -> None:
        """`symlink(2)`. Raises `OSError`."""

    def unlink(self, path: str) -> None:
        """`unlink(2)`; there may be nothing."""

    def open_udp(self, address: Port, local: Port | None = None) -> Channel:
        """To an address, and from one of this machine. Raises `NotBound` if that can't be had, and `OSError`."""

    def spice_interface(self) -> Interface:
        """For one chardev."""

    def is_open(self, descriptor: int) -> bool:
        """Whether the process has such a descriptor."""

    def stdio(self, *, copied: bool) -> Channel:
        """The descriptors 0 and 1, or copies of them."""

    def set_terminal(self, *, echo: bool, signal: bool | None) -> None:
        """Have the terminal that is descriptor 0, if it is one, pass on each key, or lines that it echoes."""

    def restore_terminal(self) -> None:
        """As it was at first."""
