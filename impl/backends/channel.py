"""What the backends have in common that are on a channel of the operating system (char-fd.c, char-io.c)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ...spec.backend import Event
from ..chardev import Chardev
from ..context import Condition, Source

if TYPE_CHECKING:
    from ..host import Channel
    from ..layer import Layer


class ChannelChardev(Chardev):
    """A chardev on a channel. It reads only what its frontend takes."""

    moves = True
    says_closed = True

    def __init__(self, layer: Layer, label: str) -> None:
        super().__init__(layer, label)
        self.channel: Channel | None = None
        self.connected = False
        """Somebody is at the other end, of a kind that knows."""
        self.ended = False
        """What there was to read was read to the end."""
        self.sources: list[Source] = []

    # What the main loop calls.

    def arm(self) -> None:
        """Ask the context for what is to be noticed now, and for nothing else.

        What has come is read before it is noticed that the other end is gone: until the frontend takes it, nothing is.
        """
        self.disarm()
        if self.channel is None:
            return
        if self.room() > 0 and self.can_come():
            self.sources.append(self.gcontext.watch(self.channel, Condition.readable, self.readable))
        if self.connected and (not self._is_heard() or not self.channel.unread()):
            self.sources.append(self.gcontext.watch(self.channel, Condition.hung_up, self.hung_up))

    def room(self) -> int:
        """`qemu_chr_be_can_write`: how much the frontend takes."""
        return self.be.can_read() if self.be is not None else 0

    def can_come(self) -> bool:
        """Whether there may be something to read yet."""
        return not self.ended

    def _is_heard(self) -> bool:
        return self.be is not None and self.be.handlers.read is not None

    def hung_up(self) -> None:
        """The other end is gone."""
        if self.channel is not None and self._is_heard() and self.channel.unread():
            self.arm()
        else:
            self.leave()

    def disarm(self) -> None:
        """Ask for nothing."""
        for source in self.sources:
            source.destroy()
        self.sources = []

    def readable(self) -> None:
        """`fd_chr_read`, `tcp_chr_read`: hand the frontend what it takes."""
        room = self.room()
        if room <= 0 or self.channel is None:
            self.arm()
            return
        try:
            data = self.receive(self.channel, room)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.deliver(data)
        else:
            self.leave()

    def receive(self, channel: Channel, room: int) -> bytes:
        """No more than the frontend takes."""
        return channel.read(room)

    def rest(self) -> bytes:
        """What a file has can be read again; anybody else's bytes would be gone with the channel."""
        data = b""
        if self.channel is not None and self.connected:
            self.channel.end_input()
            left = self.channel.unread()
            with suppress(OSError):
                while len(data) < left and (more := self.channel.read(left - len(data))):
                    data += more
        return data

    def leave(self) -> None:
        """The other end is gone: CLOSED."""
        self.connected = False
        self.ended = True
        self.disarm()
        self.be_event(Event.closed)

    # What QEMU calls.

    def moved(self) -> None:
        """`chr_update_read_handler`."""
        self.arm()

    def accept_input(self) -> None:
        """`chr_accept_input`."""
        self.arm()

    def put(self, data: bytes) -> int:
        """`chr_write`."""
        return self.channel.write(data) if self.channel is not None else len(data)

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`fd_chr_add_watch`: there is one for as long as there is a channel."""
        return self.gcontext.watch(self.channel, Condition.writable, call) if self.channel is not None else None

    def close(self) -> None:
        """Let go of the channel."""
        self.disarm()
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        self.connected = False
