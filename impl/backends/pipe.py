"""char-pipe.c: a pair of FIFOs, or one for both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ..errors import ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from ..layer import Layer


class Pipe(ChannelChardev):
    """A pair of FIFOs."""

    kind = "pipe"

    def __init__(self, layer: Layer, label: str, path: str) -> None:
        super().__init__(layer, label)
        self.path = path

    def open(self) -> None:
        """`qemu_chr_open_pipe`."""
        try:
            self.channel = self.layer.host.open_pipe(self.path)
        except OSError as error:
            raise ChardevError(f"Could not open '{self.path}': {error.strerror}") from None
        self.connected = True
        self.arm()
        self.be_event(Event.opened)
