"""char-pty.c: the backend that is a pseudo terminal, which learns of its other end by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import PTY_CLOSED
from ..context import Condition
from ..errors import ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Source
    from ..host import Terminal
    from ..layer import Layer

PERIOD = 1.0
"""How often it asks, in seconds (`pty_chr_rearm_timer`)."""


class Pty(ChannelChardev):
    """A pseudo terminal."""

    kind = "pty"

    def __init__(self, layer: Layer, label: str, link: str | None = None) -> None:
        super().__init__(layer, label)
        self.line: Terminal | None = None
        self.path = ""
        self.link = link
        """Where a link to the path is to be."""
        self.linked = False

    def open(self) -> None:
        """`char_pty_open`."""
        try:
            self.line, self.path = self.layer.host.open_pty()
        except OSError as error:
            raise ChardevError(f"Failed to create PTY: {error.strerror}") from None
        self.channel = self.line
        self._link()
        self.arm()

    def _link(self) -> None:
        """It takes no path that somebody has, not even the chardev that it is to replace."""
        if self.link is None:
            return
        try:
            self.layer.host.link(self.path, self.link)
        except OSError as error:
            raise ChardevError(f"Failed to create PTY symlink: {error.strerror}") from None
        self.linked = True

    def filename(self) -> str:
        """With the path of its other end."""
        return f"pty:{self.path}"

    def can_come(self) -> bool:
        """While somebody is there."""
        return self.connected

    def arm(self) -> None:
        """While nobody is there, it asks from time to time."""
        super().arm()
        if self.channel is not None and not self.connected:
            self.sources.append(self.gcontext.timer(PERIOD, self.poll))

    def moved(self) -> None:
        """`pty_chr_update_read_handler`: ask at once."""
        self.poll()

    def poll(self) -> None:
        """`pty_chr_state`: whether the other end is open, if that is news."""
        if self.channel is not None and self.connected == self.channel.hung_up():
            if self.connected:
                self.leave()
            else:
                self.connected = True
                self.be_event(Event.opened)
        self.arm()

    def leave(self) -> None:
        """`pty_chr_state(0)`."""
        self.connected = False
        if PTY_CLOSED in self.layer.switches:
            self.be_event(Event.closed)
        self.arm()

    def put(self, data: bytes) -> int:
        """`char_pty_chr_write`: what nobody would read is swallowed."""
        return super().put(data) if self.connected else len(data)

    def is_unread(self) -> bool:
        """Whether whoever is there has not read everything."""
        return self.connected and self.line is not None and self.line.is_unread()

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`pty_chr_add_watch`: none while nobody is there."""
        if self.channel is None or not self.connected:
            return None
        return self.gcontext.watch(self.channel, Condition.writable, call)

    def close(self) -> None:
        """`char_pty_finalize`."""
        if self.link is not None and self.linked:
            self.layer.host.unlink(self.link)
        super().close()
