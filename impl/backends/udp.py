"""char-udp.c."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ChardevError
from ..host import NoSuchHost, NotBound
from .channel import ChannelChardev

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Source
    from ..host import Channel, Port
    from ..layer import Layer

LARGEST = 65536
"""No datagram has more bytes; QEMU cuts off what is beyond the first 4096."""
MOST_WAITING = 4096
"""No more datagrams wait than this; but more may come while they are read."""


class Udp(ChannelChardev):
    """Datagrams to an address. Nobody tells whether somebody is there, so it is never open, and never waits.

    A datagram is read whole, whatever the frontend takes: what it leaves is not there to be read again.
    """

    kind = "udp"

    def __init__(self, layer: Layer, label: str, address: Port, local: Port | None = None) -> None:
        super().__init__(layer, label)
        self.address, self.local = address, local
        self.kept = b""
        """What the frontend has not taken yet, of the datagram that came last."""

    def open(self) -> None:
        """`qmp_chardev_open_udp`."""
        try:
            self.channel = self.layer.host.open_udp(self.address, self.local)
        except NoSuchHost as error:
            raise ChardevError(f"address resolution failed for {error.filename}: {error.strerror}") from None
        except NotBound as error:
            raise ChardevError(f"Failed to bind socket: {error.strerror}") from None
        except OSError as error:
            raise ChardevError(f"Failed to connect to '{self.address}': {error.strerror}") from None

    def arm(self) -> None:
        """`udp_chr_read_poll`: what is kept comes first, as soon as the frontend takes more."""
        super().arm()
        if self.kept and self.room() > 0:
            self.sources.append(self.gcontext.idle(self.flush))

    def can_come(self) -> bool:
        """No other datagram while one is kept."""
        return super().can_come() and not self.kept

    def readable(self) -> None:
        """`udp_chr_read`."""
        super().readable()
        self.flush()

    def receive(self, channel: Channel, room: int) -> bytes:
        """The rest of the datagram is kept."""
        datagram = channel.read(LARGEST)
        self.kept = datagram[room:]
        return datagram[:room]

    def flush(self) -> None:
        """`udp_chr_flush_buffer`: hand the frontend what it takes, until it takes no more."""
        while self.kept and (room := self.room()) > 0:
            data, self.kept = self.kept[:room], self.kept[room:]
            self.deliver(data)
        self.arm()

    def rest(self) -> bytes:
        """What is kept, and the datagrams that wait."""
        data, self.kept = self.kept, b""
        with suppress(OSError):
            for _ in range(MOST_WAITING):
                if self.channel is not None:
                    data += self.channel.read(LARGEST)
        return data

    def leave(self) -> None:
        """`udp_chr_read`: after an error it reads no more, and says nothing."""
        self.ended = True
        self.disarm()

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """It has no `chr_add_watch`."""
        return None
