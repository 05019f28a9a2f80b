"""char-serial.c: the host's serial line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ..errors import ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from ..host import Terminal
    from ..layer import Layer


class Tty(ChannelChardev):
    """A terminal of the host, which has modem lines."""

    kind = "serial"
    has_modem_lines = True

    def __init__(self, layer: Layer, label: str, path: str) -> None:
        super().__init__(layer, label)
        self.path = path
        self.line: Terminal | None = None

    def open(self) -> None:
        """`qmp_chardev_open_serial`."""
        try:
            self.channel = self.line = self.layer.host.open_tty(self.path)
        except OSError as error:
            raise ChardevError(f"Could not open '{self.path}': {error.strerror}") from None
        self.be_event(Event.opened)

    def clear_to_send(self) -> bool:
        """`CHR_IOCTL_SERIAL_GET_TIOCM`."""
        return self.line.clear_to_send() if self.line is not None else True
