"""The background task in which a socket client connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec import connect as spec
from .control import Control

if TYPE_CHECKING:
    from .backends.socket import Socket
    from .context import Source
    from .host import Attempt, Channel
    from .layer import Layer


class ConnectTask:
    """A `QIOTask`, which QEMU runs in a thread of its pool: `connect(2)`, of whose end the main loop is told."""

    def __init__(self, layer: Layer, chardev: Socket) -> None:
        self.layer = layer
        self.control = Control(spec.Connect)
        self.chardev = chardev
        self.reference = chardev.ref()
        self.channel: Channel | None = None
        self.source: Source | None = None
        """What has the main loop take notice that `connect(2)` has returned."""
        with self.control.taking("start"):
            self.attempt: Attempt = layer.host.start_connecting(chardev.address, self.answered)

    def answered(self, channel: Channel | None) -> None:
        """`tcp_chr_connect_client_task`: whoever listens there accepts, or nobody does."""
        with self.control.taking("answered") as row:
            row.to = "connected" if channel is not None else "failed"
            self.channel = channel
            self.source = self.layer.main.idle(self.end)

    def end(self) -> None:
        """`qemu_chr_socket_connected`: the chardev has its connection, or will try again."""
        channel = self.channel
        if channel is not None:
            with self.control.taking("take"):
                self.chardev.made(channel)
        else:
            with self.control.taking("give_up"):
                self.chardev.connection_failed()
        self._clear()

    def has_returned(self) -> bool:
        """Whether `connect(2)` has, and the main loop is still to take notice."""
        return self.source is not None

    def shut_down(self) -> None:
        """`qio_channel_shutdown`, from another thread: what `connect(2)` has made or will make is of no use."""
        with self.control.taking("shut_down"):
            self.attempt.cancel()
            if self.channel is not None:
                self.channel.close()
            self.channel = None
            if self.source is None:
                self.source = self.layer.main.idle(self.end)

    def cancel(self) -> None:
        """Nobody wants to know any more. QEMU has no such call."""
        with self.control.taking("cancel"):
            self.attempt.cancel()
            if self.source is not None:
                self.source.destroy()
            if self.channel is not None:
                self.channel.close()
        self._clear()

    def _clear(self) -> None:
        self.layer.tasks.remove(self)
        self.reference.unref()
