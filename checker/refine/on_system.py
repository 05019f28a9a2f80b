"""A layer's surroundings on this machine: real sockets, pseudo terminals, pipes and files, moved one step at a time."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path as Folder

from ...impl.backends import pipe, pty
from ...impl.backends.channel import ChannelChardev
from ...impl.backends.socket import Socket
from ...impl.chardev import Chardev
from ...impl.connect import ConnectTask
from ...impl.context import Condition
from ...impl.host import Address, Channel, Interface, Listener, Path, Port
from ...impl.layer import Layer
from ...impl.posix.attempt import PosixAttempt
from ...impl.posix.channel import PosixChannel
from ...impl.posix.host import PosixHost
from ...impl.posix.listener import PosixListener
from ...spec.language.plain import Edge
from .memory import MemoryContext, MemorySource
from .outside import NotPossible, must

WAITS_ON = "a connection that nobody has accepted waits on when whoever made it has gone"
SERIAL_LINE = "this needs a serial line with modem lines"
NEVER_HUNG_UP = "a pipe is open for both here, so that it is never hung up"
TAKES_MORE = "a pseudo terminal that is full takes more a little later"
ROUTED = "whether datagrams can be sent is not for a test to change"
EVENTS = {
    Condition.readable: select.POLLIN,
    Condition.writable: select.POLLOUT,
    Condition.hung_up: select.POLLRDHUP,
}
ENDS = select.POLLHUP | select.POLLERR


class HeldSource(MemorySource):
    """A source that is dispatched by hand, and that holds what it is on."""

    def __init__(
        self, context: MemoryContext, on: PosixChannel | PosixListener, condition: Condition, call: Callable[[], None]
    ) -> None:
        super().__init__(context, on, condition, call, once=False)
        self.held = on
        on.hold()

    def destroy(self) -> None:
        """`g_source_destroy`."""
        if self.attached:
            super().destroy()
            self.held.release()


class HeldContext(MemoryContext):
    """A loop that runs one source at a time, when it is told to."""

    def watch(
        self, channel: Channel | Listener | Interface, condition: Condition, call: Callable[[], None]
    ) -> MemorySource:
        """For as long as it is not destroyed."""
        assert isinstance(channel, PosixChannel | PosixListener)
        return HeldSource(self, channel, condition, call)


class OnSystem:
    """See `Outside`."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.host = PosixHost(self.loop)
        self.host.threads = 1
        self.main, self.io = HeldContext(), HeldContext()
        self.hidden: set[str] = set()
        self.ports: list[Port] = []
        self.homes: dict[str, socket.socket] = {}
        """The listeners that clients connect to, by their paths."""
        self.callers: dict[PosixListener, list[socket.socket]] = {}
        """Who has connected, and was not accepted yet."""
        self.others: dict[PosixChannel, int | None] = {}
        """The other ends, until they are closed."""
        self.lines: list[int] = []
        """The other ends of the terminals that stand for serial lines."""
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(("127.0.0.1", 0))

    def place(self, name: str) -> str:
        """In a folder of its own."""
        return str(self.folder / name)

    def port(self, slot: int) -> Port:
        """One that was free."""
        with socket.create_server(("127.0.0.1", 0)) as made:
            self.ports.append(Port("127.0.0.1", made.getsockname()[1]))
        return self.ports[-1]

    def datagrams(self, name: str) -> Port:
        """Nobody reads them."""
        return Port(*self.sink.getsockname())

    def furnish(self, names: list[str]) -> None:
        """Files, FIFOs, a terminal, and a listener for clients."""
        for name in names:
            (self.folder / f"{name}.out").write_bytes(b"precious")
            (self.folder / f"{name}.in").write_bytes(b"")
            for end in ("in", "out"):
                os.mkfifo(self.place(f"{name}.pipe.{end}"))
            line, terminal = os.openpty()
            os.symlink(os.ttyname(terminal), self.place(f"{name}.tty"))
            os.close(terminal)
            self.lines.append(line)
            home = socket.socket(socket.AF_UNIX)
            home.bind(self.place(f"{name}.peer"))
            home.listen()
            home.setblocking(False)
            self.homes[self.place(f"{name}.peer")] = home

    def hide(self, missing: frozenset[str]) -> None:
        """What is to be written is a folder then; anything else is somewhere else."""
        for path in sorted(self.hidden - missing):
            self._unhide(Folder(self.place(path)))
        for path in sorted(missing - self.hidden):
            self._hide(Folder(self.place(path)))
        self.hidden = set(missing)

    def _hide(self, path: Folder) -> None:
        for each in [path, *(path.with_name(f"{path.name}.{end}") for end in ("in", "out"))]:
            if each.exists():
                each.rename(each.with_name(f"hidden.{each.name}"))
        if path.suffix == ".out":
            path.mkdir()

    def _unhide(self, path: Folder) -> None:
        if path.suffix == ".out":
            path.rmdir()
        for each in [path, *(path.with_name(f"{path.name}.{end}") for end in ("in", "out"))]:
            there = each.with_name(f"hidden.{each.name}")
            if there.exists():
                there.rename(each)

    def is_ready(self, source: MemorySource) -> bool:
        """As `poll(2)` says; timers and bottom halves are."""
        if source.condition is None:
            return True
        assert isinstance(source, HeldSource)
        descriptor = source.held.out if source.condition is Condition.writable else source.held.in_
        return descriptor is not None and bool(_polled(descriptor, EVENTS[source.condition]))

    def settle(self, layer: Layer) -> None:
        """Who was accepted, and who has accepted."""
        for chardev in layer.chardevs:
            if isinstance(chardev, Socket) and chardev.channel is not None and chardev.channel not in self.others:
                self._meet(chardev, _channel(chardev))

    def _meet(self, chardev: Socket, channel: PosixChannel) -> None:
        """Of a connection that is new, the other end."""
        if isinstance(chardev.listener, PosixListener):
            self.others[channel] = self.callers[chardev.listener].pop(0).detach()
        else:
            assert isinstance(chardev.address, Path)
            self._welcome(channel, chardev.address.path)

    def _welcome(self, channel: PosixChannel, path: str) -> None:
        """Accept a client."""
        other, _ = self.homes[path].accept()
        other.setblocking(False)
        self.others[channel] = other.detach()

    def end(self, layer: Layer) -> None:
        """Everything is closed, also what QEMU would have left open."""
        self._abandon(layer)
        for descriptor in filter(None, self.others.values()):
            os.close(descriptor)
        for caller in (caller for callers in self.callers.values() for caller in callers):
            caller.close()
        for task in (tasks := asyncio.all_tasks(self.loop)):
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.close()

    def close(self) -> None:
        """What it has of its own."""
        for made in [*self.homes.values(), self.sink]:
            made.close()
        for line in self.lines:
            os.close(line)
        self.loop.close()

    def _abandon(self, layer: Layer) -> None:
        for source in [*self.main.sources, *self.io.sources]:
            source.destroy()
        for task in layer.tasks:
            if task.channel is not None:
                task.channel.close()
        for chardev in layer.chardevs:
            if isinstance(chardev, ChannelChardev) and chardev.channel is not None:
                chardev.channel.close()
            if isinstance(chardev, Socket) and chardev.listener is not None:
                chardev.listener.close()

    def drives(self, edge: Edge, before: dict[str, str]) -> str:
        """What a kernel does not do, or not when it is asked to."""
        chardev = f"Chardev{edge.instance}"
        kind = before.get(f"{chardev}.kind")
        fails = any("open fails" in label and chosen for label, chosen in edge.choices)
        if fails and before.get(f"Change{edge.instance}.kind") == "udp":
            return ROUTED
        match edge.row.name:
            case "line_turns":
                return SERIAL_LINE
            case "peer_leaves" if before[f"{chardev}.connected"] == "False" and kind != "pty":
                return WAITS_ON
            case "peer_leaves" if kind == "pipe":
                return NEVER_HUNG_UP
            case "peer_stalls" if kind == "pty":
                return TAKES_MORE
        return ""

    # What can be seen.

    def sources(self) -> list[MemorySource]:
        """Of both loops."""
        return self.main.sources + self.io.sources

    def channels(self) -> list[PosixChannel]:
        """Those that somebody is at the other end of, as far as he knows."""
        return [channel for channel in self.others if not channel.closed]

    def peer(self, channel: Channel) -> str:
        """As `poll(2)` says."""
        assert isinstance(channel, PosixChannel)
        if channel.hung_up():
            return "absent"
        return "present" if channel.out is not None and _polled(channel.out, select.POLLOUT) else "stalled"

    def is_reached(self, address: Address) -> bool:
        """Whether there is a file; at a port, whether it is taken."""
        if isinstance(address, Path):
            return os.path.exists(address.path)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((address.host, address.port))
                tried.listen()
            except OSError:
                return True
        return False

    def reaches(self, address: Address, listener: Listener) -> bool:
        """By the inode, or by the name that the kernel has for it."""
        assert isinstance(listener, PosixListener)
        if isinstance(address, Path):
            with suppress(OSError):
                return listener.path is not None and os.stat(address.path).st_ino == listener.inode
            return False
        return listener.path is None and listener.socket.getsockname() == (address.host, address.port)

    def is_emptied(self, path: str) -> bool:
        """Whether what was in it is gone."""
        return not Folder(path).read_bytes().startswith(b"precious")

    # What those at the other ends do.

    def connect(self, chardev: Chardev) -> None:
        """Somebody waits to be accepted, or opens the other end."""
        if isinstance(chardev, pty.Pty):
            assert isinstance(chardev.channel, PosixChannel)
            self.others[chardev.channel] = os.open(chardev.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            return
        assert isinstance(chardev, Socket) and isinstance(chardev.listener, PosixListener)
        must(self.reaches(chardev.address, chardev.listener))
        caller = socket.socket(socket.AF_UNIX if isinstance(chardev.address, Path) else socket.AF_INET)
        address = chardev.address
        caller.connect(address.path if isinstance(address, Path) else (address.host, address.port))
        caller.setblocking(False)
        self.callers.setdefault(chardev.listener, []).append(caller)

    def leave(self, chardev: Chardev) -> None:
        """Who is connected goes."""
        os.close(self._other(chardev))
        self.others[_channel(chardev)] = None

    def stall(self, chardev: Chardev) -> None:
        """Nobody reads, and there is no room any more: neither for much nor for a byte."""
        channel = _channel(chardev)
        for data in (bytes(4096), bytes(1)):
            with suppress(BlockingIOError):
                while True:
                    channel.write(data)

    def drain(self, chardev: Chardev) -> None:
        """Whoever is at the other end reads what there is."""
        if isinstance(chardev, pipe.Pipe):
            other = os.open(f"{chardev.path}.out", os.O_RDONLY | os.O_NONBLOCK)
        else:
            other = os.dup(self._other(chardev))
        with suppress(BlockingIOError):
            while os.read(other, 1 << 16):
                pass
        os.close(other)

    def _other(self, chardev: Chardev) -> int:
        other = self.others[_channel(chardev)]
        assert other is not None
        return other

    def turn_line(self, chardev: Chardev) -> None:
        """Nobody can."""
        raise NotPossible(SERIAL_LINE)

    def answer(self, task: ConnectTask, *, connected: bool) -> None:
        """It is tried now, while somebody is there, or nobody."""
        assert isinstance(task.attempt, PosixAttempt) and isinstance(task.chardev.address, Path)
        path = Folder(task.chardev.address.path)
        if not connected:
            self._hide(path)
        self.loop.run_until_complete(asyncio.wait([task.attempt.task]))
        if not connected:
            self._unhide(path)
        elif isinstance(task.channel, PosixChannel):
            self._welcome(task.channel, str(path))


def _channel(chardev: Chardev) -> PosixChannel:
    assert isinstance(chardev, ChannelChardev)
    must(isinstance(chardev.channel, PosixChannel))
    assert isinstance(chardev.channel, PosixChannel)
    return chardev.channel


def _polled(descriptor: int, events: int) -> int:
    """What of that has happened."""
    poll = select.poll()
    poll.register(descriptor, events)
    return next((found for _, found in poll.poll(0)), 0)
