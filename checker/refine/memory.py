"""An operating system and a main loop in memory, in which nothing happens that is not asked for.

Peers, answers and timers are moved by whoever drives the layer: a test, or a checker that walks through every
interleaving.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from ...impl.context import Condition
from ...impl.host import Address, Channel, Interface, Listener, Path, Port


class Peer(Enum):
    """The other end of a channel."""

    gone = "absent"
    reads = "present"
    stalled = "stalled"


class MemoryChannel:
    """A channel whose other end is moved by hand."""

    def __init__(
        self,
        host: MemoryHost,
        descriptors: frozenset[int] = frozenset(),
        peer: Peer = Peer.reads,
        path: str | None = None,
    ) -> None:
        self.host, self.descriptors, self.peer, self.path = host, descriptors, peer, path
        self.cts = True
        self.received = bytearray()
        """What the other end has sent, and was not read yet."""
        self.written = bytearray()

    def read(self, size: int) -> bytes:
        """What has come, or the end."""
        if self.received:
            data = bytes(self.received[:size])
            del self.received[:size]
            return data
        if self.peer is Peer.gone:
            return b""
        raise BlockingIOError

    def write(self, data: bytes) -> int:
        """Everything, if the other end reads."""
        if self.peer is Peer.gone:
            raise BrokenPipeError(32, "Broken pipe")
        if self.peer is Peer.stalled:
            raise BlockingIOError
        self.written += data
        return len(data)

    def hung_up(self) -> bool:
        """Whether the other end is gone."""
        return self.peer is Peer.gone

    def unread(self) -> int:
        """How many bytes there are to read now."""
        return len(self.received)

    def end_input(self) -> None:
        """Nobody sends anything that was not asked for."""

    def clear_to_send(self) -> bool:
        """What the modem lines say."""
        return self.cts

    def is_ready(self, condition: Condition | None) -> bool:
        """Whether a loop would tell whoever waits for that."""
        if condition is Condition.readable:
            return bool(self.received) or self.hung_up()
        return self.peer is not Peer.stalled if condition is Condition.writable else self.hung_up()

    def is_unread(self) -> bool:
        """Whoever is there reads at once."""
        return False

    def truncate(self) -> None:
        """What was in its file is gone."""
        if self.path is not None:
            self.host.files[self.path] = b""

    def ends(self) -> tuple[Port, Port] | None:
        """Nobody has a port."""
        return None

    def send_at_once(self) -> None:
        """What is written has come."""

    def shutdown(self) -> None:
        """Neither end gets anything any more."""
        self.peer = Peer.gone

    def close(self) -> None:
        """The descriptors are free, and nobody is at the other end any more."""
        if self in self.host.channels:
            self.host.channels.remove(self)
        self.host.open_descriptors -= self.descriptors
        self.peer = Peer.gone


class MemoryListener:
    """A listener whose connections are made by hand; at its address unless another took it over."""

    def __init__(self, host: MemoryHost, address: Address) -> None:
        self.host, self.address = host, address
        self.backlog: list[MemoryChannel] = []

    def pending(self) -> bool:
        """Whether a connection waits to be accepted."""
        return bool(self.backlog)

    def wait(self) -> None:
        """Nobody would come."""
        raise NotImplementedError("whoever drives the layer decides when somebody comes")

    def accept(self) -> Channel:
        """The connection that has waited longest."""
        return self.host.opened(self.backlog.pop(0))

    def publish(self) -> None:
        """`rename(2)`."""
        self.host.bound[self.address] = self

    def owns_path(self) -> bool:
        """Whether the file at its path is its own."""
        return self.host.bound.get(self.address) is self

    def unlink(self) -> None:
        """`unlink(2)`."""
        self.host.bound.pop(self.address, None)

    def close(self) -> None:
        """A port is free then; a path is not."""
        if isinstance(self.address, Port) and self.owns_path():
            self.unlink()


class MemoryInterface:
    """An interface whose client comes by hand."""

    def __init__(self) -> None:
        self.waiting: MemoryChannel | None = None
        self.client: MemoryChannel | None = None

    def pending(self) -> bool:
        """Whether a client has come."""
        return self.waiting is not None

    def accept(self) -> Channel:
        """The client."""
        assert self.waiting is not None
        self.client, self.waiting = self.waiting, None
        return self.client.host.opened(self.client)

    def unregister(self) -> None:
        """Whoever is there is sent away."""
        self.waiting = None
        if self.client is not None:
            self.client.shutdown()

    def close(self) -> None:
        """The chardev is gone."""
        self.unregister()


class MemoryAttempt:
    """A `connect(2)` that is answered by hand."""

    def __init__(self, host: MemoryHost, answered: Callable[[Channel | None], None]) -> None:
        self.host, self.answered = host, answered
        host.attempts.append(self)

    def answer(self, *, connected: bool) -> None:
        """Somebody accepts, or nobody does."""
        self.cancel()
        self.answered(self.host.opened(MemoryChannel(self.host)) if connected else None)

    def cancel(self) -> None:
        """It is over."""
        if self in self.host.attempts:
            self.host.attempts.remove(self)


class MemoryHost:
    """Files, sockets and terminals. What is at a path in `missing` can't be opened, nor can such a port be reached."""

    threads = 1

    def __init__(self) -> None:
        self.bound: dict[Address, MemoryListener] = {}
        """Who is reached at which address."""
        self.attempts: list[MemoryAttempt] = []
        self.files: dict[str, bytes] = {}
        self.channels: list[MemoryChannel] = []
        """What was opened, connected or accepted, until it is closed."""
        self.open_descriptors = {0, 1}
        """Of the first two."""
        self.missing: set[str] = set()
        self.echo = True
        """Whether the terminal shows what is typed."""

    def opened(self, channel: MemoryChannel) -> MemoryChannel:
        """From now on the layer has it."""
        self.channels.append(channel)
        return channel

    def _find(self, path: str) -> None:
        if path in self.missing:
            raise FileNotFoundError(2, "No such file or directory", path)

    def listen(self, address: Address, *, beside: bool) -> Listener:
        """A path is taken over at once or later, a port has to be free."""
        listener = MemoryListener(self, address)
        if isinstance(address, Port) and address in self.bound:
            raise OSError(98, "Address already in use")
        if not beside or isinstance(address, Port):
            listener.publish()
        return listener

    def connect(self, address: Address) -> Channel:
        """To whoever is there."""
        if (address.path if isinstance(address, Path) else address.host) in self.missing:
            raise ConnectionRefusedError(111, "Connection refused")
        return self.opened(MemoryChannel(self))

    def start_connecting(self, address: Address, answered: Callable[[Channel | None], None]) -> MemoryAttempt:
        """Until somebody answers."""
        return MemoryAttempt(self, answered)

    def open_file(self, out: str, in_: str | None = None, *, append: bool = False, truncate: bool = False) -> Channel:
        """On the lowest descriptor that is free."""
        self._find(out)
        if truncate:
            self.files[out] = b""
        if in_ is not None:
            self._find(in_)
        free = sorted({0, 1} - self.open_descriptors)[:1]
        self.open_descriptors.update(free)
        return self.opened(MemoryChannel(self, frozenset(free), path=out))

    def open_pipe(self, path: str) -> Channel:
        """Somebody has the other end open."""
        self._find(path)
        return self.opened(MemoryChannel(self))

    def open_tty(self, path: str) -> MemoryChannel:
        """A line that is ready."""
        self._find(path)
        return self.opened(MemoryChannel(self))

    def open_pty(self) -> tuple[MemoryChannel, str]:
        """Nobody has the other end open yet."""
        return self.opened(MemoryChannel(self, peer=Peer.gone)), "/dev/pts/0"

    def link(self, target: str, path: str) -> None:
        """There are no links."""

    def unlink(self, path: str) -> None:
        """So there are none to remove."""

    def open_udp(self, address: Port, local: Port | None = None) -> Channel:
        """Whoever is there."""
        self._find(address.host)
        return self.opened(MemoryChannel(self))

    def spice_interface(self) -> Interface:
        """Nobody is there yet."""
        return MemoryInterface()

    def is_open(self, descriptor: int) -> bool:
        """Whether the process has such a descriptor."""
        return descriptor in self.open_descriptors

    def stdio(self, *, copied: bool) -> Channel:
        """The descriptors 0 and 1, or copies of them."""
        return self.opened(MemoryChannel(self, frozenset() if copied else frozenset({0, 1})))

    def set_terminal(self, *, echo: bool, signal: bool | None) -> None:
        """Somebody has the terminal."""
        self.echo = echo

    def restore_terminal(self) -> None:
        """It is as it was."""
        self.echo = True


class MemorySource:
    """A source that is dispatched by hand."""

    def __init__(
        self,
        context: MemoryContext,
        on: object,
        condition: Condition | None,
        call: Callable[[], None],
        *,
        once: bool,
        timed: bool = False,
    ) -> None:
        self.context, self.on, self.condition, self.call, self.once = context, on, condition, call, once
        self.timed = timed
        """It waits for a time to be over."""
        context.sources.append(self)

    @property
    def attached(self) -> bool:
        """Whether it was not destroyed."""
        return self in self.context.sources

    def destroy(self) -> None:
        """`g_source_destroy`."""
        if self.attached:
            self.context.sources.remove(self)

    def dispatch(self) -> None:
        """Call it, as if it were ready."""
        if self.once:
            self.destroy()
        self.call()


class MemoryContext:
    """A main loop that runs one source at a time, when it is told to."""

    def __init__(self) -> None:
        self.sources: list[MemorySource] = []

    def watch(
        self, channel: Channel | Listener | Interface, condition: Condition, call: Callable[[], None]
    ) -> MemorySource:
        """For as long as it is not destroyed."""
        return MemorySource(self, channel, condition, call, once=False)

    def timer(self, seconds: float, call: Callable[[], None]) -> MemorySource:
        """Once."""
        return MemorySource(self, None, None, call, once=True, timed=True)

    def idle(self, call: Callable[[], None]) -> MemorySource:
        """Once."""
        return MemorySource(self, None, None, call, once=True)
