"""What the layer asks of a main loop, GLib's GMainContext: to be called when something is ready."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from .host import Channel, Interface, Listener


class Condition(Enum):
    """What of a channel a source waits for."""

    readable = "in"
    """There is something to read, or somebody to accept."""
    writable = "out"
    """There is room to write, or nobody who would read."""
    hung_up = "hup"
    """The other end is gone."""


class Source(Protocol):
    """GLib's GSource: it is called until it is destroyed."""

    def destroy(self) -> None: ...


class Context(Protocol):
    """Who runs sources, one after the other, in one thread."""

    def watch(
        self, channel: Channel | Listener | Interface, condition: Condition, call: Callable[[], None]
    ) -> Source: ...

    def timer(self, seconds: float, call: Callable[[], None]) -> Source:
        """Call once, after a while."""

    def idle(self, call: Callable[[], None]) -> Source:
        """Call once, as soon as there is nothing else to do (a bottom half)."""
