"""What answers a client: a monitor, qtest, and who plays the guest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..devices.device import Device

if TYPE_CHECKING:
    from ..chardev import Chardev

MOST_UNREAD = 1 << 20
"""How many bytes may wait to be written before a client is not heard any more."""


class Conversation(Device):
    """A device whose client is at the other end of a chardev. Who does not read what he is told is not heard."""

    events = True
    waits = True

    def realize(self, chr: Chardev | None) -> None:
        """What it says to a client who is there already is written once it is plugged, when it can wait for room."""
        super().realize(chr)
        self.write_on()

    def can_read(self) -> int:
        """`chr_can_read`."""
        return 4096 if len(self.pending) < MOST_UNREAD else 0

    def send(self, text: bytes) -> None:
        """After what is still to be written."""
        if self.waiting or self.pending or not self.plugged:
            self.pending += text
        else:
            self.write(text)

    def write_on(self) -> None:
        """What has waited is written; then the client is heard again."""
        super().write_on()
        self.frontend.accept_input()

    def send_unasked(self, text: bytes) -> None:
        """Not hearing a client does not help here: who still does not read is sent away, or misses it."""
        if len(self.pending) < 2 * MOST_UNREAD:
            self.send(text)
        else:
            self.frontend.disconnect()

    def closed(self) -> None:
        """What the client wanted to know, nobody hears."""
        self.pending = b""
