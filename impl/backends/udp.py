"""char-udp.c."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Source
    from ..host import Port
    from ..layer import Layer


class Udp(ChannelChardev):
    """Datagrams to an address. Nobody tells whether somebody is there, so it is never open, and never waits."""

    kind = "udp"

    def __init__(self, layer: Layer, label: str, address: Port) -> None:
        super().__init__(layer, label)
        self.address = address

    def open(self) -> None:
        """`qmp_chardev_open_udp`."""
        try:
            self.channel = self.layer.host.open_udp(self.address)
        except OSError as error:
            raise ChardevError(f"address resolution failed for {self.address}: {error.strerror}") from None

    def leave(self) -> None:
        """`udp_chr_read`: after an error it reads no more, and says nothing."""
        self.ended = True
        self.disarm()

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """It has no `chr_add_watch`."""
        return None
