"""A layer's surroundings in memory: all that the spec has can be had."""

from __future__ import annotations

from ...impl.backends import socket, spice
from ...impl.backends.channel import ChannelChardev
from ...impl.chardev import Chardev
from ...impl.connect import ConnectTask
from ...impl.context import Condition
from ...impl.host import Address, Channel, Listener, Port
from ...impl.layer import Layer
from ...spec.language.plain import Edge
from .memory import (
    MemoryAttempt,
    MemoryChannel,
    MemoryContext,
    MemoryHost,
    MemoryInterface,
    MemoryListener,
    MemorySource,
    Peer,
)
from .outside import must


class InMemory:
    """See `Outside`."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.main, self.io = MemoryContext(), MemoryContext()

    def place(self, name: str) -> str:
        """The name alone."""
        return name

    def port(self, slot: int) -> Port:
        """One for each name."""
        return Port("localhost", 4000 + slot)

    def datagrams(self, name: str) -> Port:
        """A host that can be hidden."""
        return Port(f"{name}.udp", 1)

    def furnish(self, names: list[str]) -> None:
        """Whatever is opened is there."""

    def hide(self, missing: frozenset[str]) -> None:
        """They can't be opened."""
        self.host.missing = set(missing)

    def is_ready(self, source: MemorySource) -> bool:
        """Whether what it is on is; a timer or a bottom half is on nothing."""
        if isinstance(source.on, MemoryChannel):
            return source.on.is_ready(source.condition)
        if isinstance(source.on, MemoryListener | MemoryInterface):
            return source.condition is Condition.readable and source.on.pending()
        return True

    def settle(self, layer: Layer) -> None:
        """Nobody else is there."""

    def end(self, layer: Layer) -> None:
        """There is nothing to close."""

    def drives(self, edge: Edge, before: dict[str, str]) -> str:
        """Everything can be had."""
        return ""

    # What can be seen.

    def sources(self) -> list[MemorySource]:
        """Of both loops."""
        return self.main.sources + self.io.sources

    def channels(self) -> list[MemoryChannel]:
        """Those that were handed out, and not closed."""
        return self.host.channels

    def peer(self, channel: Channel) -> str:
        """Where the other end was moved to."""
        assert isinstance(channel, MemoryChannel)
        return channel.peer.value

    def is_reached(self, address: Address) -> bool:
        """Whether somebody has listened there, and was not unlinked."""
        return address in self.host.bound

    def reaches(self, address: Address, listener: Listener) -> bool:
        """Whether it was this one, last."""
        return self.host.bound.get(address) is listener

    def is_emptied(self, path: str) -> bool:
        """Whether a file was truncated."""
        return path in self.host.files

    # What those at the other ends do.

    def connect(self, chardev: Chardev) -> None:
        """Somebody waits to be accepted, or opens the other end."""
        if isinstance(chardev, socket.Socket) and chardev.listener is not None:
            listener = self.host.bound[chardev.address]
            must(listener is chardev.listener)
            listener.backlog.append(MemoryChannel(self.host))
        elif isinstance(chardev, spice.SpiceVmc):
            assert isinstance(chardev.interface, MemoryInterface)
            chardev.interface.waiting = MemoryChannel(self.host)
        else:
            _channel(chardev).peer = Peer.reads

    def leave(self, chardev: Chardev) -> None:
        """Who is connected to it, or waits to be, goes."""
        if isinstance(chardev, socket.Socket) and not chardev.connected:
            assert isinstance(chardev.listener, MemoryListener)
            chardev.listener.backlog.clear()
        elif isinstance(chardev, spice.SpiceVmc) and not chardev.connected:
            assert isinstance(chardev.interface, MemoryInterface)
            chardev.interface.waiting = None
        else:
            _channel(chardev).peer = Peer.gone

    def stall(self, chardev: Chardev) -> None:
        """The other end does not read."""
        _channel(chardev).peer = Peer.stalled

    def drain(self, chardev: Chardev) -> None:
        """It does."""
        _channel(chardev).peer = Peer.reads

    def turn_line(self, chardev: Chardev) -> None:
        """Clear to send, or no longer."""
        line = _channel(chardev)
        line.cts = not line.cts

    def answer(self, task: ConnectTask, *, connected: bool) -> None:
        """Somebody is there, or nobody."""
        assert isinstance(task.attempt, MemoryAttempt)
        task.attempt.answer(connected=connected)


def _channel(chardev: Chardev) -> MemoryChannel:
    assert isinstance(chardev, ChannelChardev)
    must(isinstance(chardev.channel, MemoryChannel))
    assert isinstance(chardev.channel, MemoryChannel)
    return chardev.channel
