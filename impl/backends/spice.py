"""The backend whose interface is there while its frontend is open: chardev/spice.c."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ..context import Condition
from .channel import ChannelChardev

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Source
    from ..layer import Layer


class SpiceVmc(ChannelChardev):
    """A channel of the SPICE server. The server says when a client is there, and when it has gone."""

    kind = "spicevmc"
    says_closed = False
    moves = False

    def __init__(self, layer: Layer, label: str) -> None:
        super().__init__(layer, label)
        self.interface = layer.host.spice_interface()

    def open(self) -> None:
        """`qemu_chr_open_spice_vmc`."""
        self.arm()

    def arm(self) -> None:
        """While it has no client, it waits for one."""
        super().arm()
        if not self.connected:
            self.sources.append(self.gcontext.watch(self.interface, Condition.readable, self.accept))

    def set_fe_open(self, opened: bool) -> None:
        """`spice_chr_set_fe_open`: register the interface, or unregister it."""
        super().set_fe_open(opened)
        if not opened:
            self.interface.unregister()

    def accept(self) -> None:
        """`vmc_state`: a client has come."""
        if self.interface.pending():
            self.channel = self.interface.accept()
            self.connected = True
            self.ended = False
            self.arm()
            self.be_event(Event.opened)

    def leave(self) -> None:
        """`vmc_state`: the client has gone."""
        self.disarm()
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        super().leave()
        self.arm()

    def put(self, data: bytes) -> int:
        """`vmc_write`: what is for a client who has gone is the server's to drop. Raises `BlockingIOError`."""
        try:
            return super().put(data)
        except BlockingIOError:
            raise
        except OSError:
            return len(data)

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`spice_chr_add_watch`: none without a client."""
        return super().add_watch(call) if self.connected else None

    def close(self) -> None:
        """`char_spice_finalize`."""
        super().close()
        self.interface.close()
