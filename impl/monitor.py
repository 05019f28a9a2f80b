"""monitor.c: what the machine's and the human's monitor have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .devices.device import Device

if TYPE_CHECKING:
    from .chardev import Chardev

MOST_UNREAD = 1 << 20
"""How many bytes may wait to be written before a client is not heard any more."""


class Monitor(Device):
    """A frontend whose client sends commands. It has no change handler."""

    events = True
    waits = True

    def attached(self, chr: Chardev) -> None:
        """On a terminal, whoever types sees it, and edits a line before it is sent."""
        self.frontend.set_echo(True)

    def can_read(self) -> int:
        """A client who does not read what is said to him is not heard."""
        return 4096 if len(self.pending) < MOST_UNREAD else 0

    def write_on(self) -> None:
        """What has waited is written; then the client is heard again."""
        super().write_on()
        self.frontend.accept_input()

    def closed(self) -> None:
        """What the client wanted to know, nobody hears."""
        self.pending = b""
