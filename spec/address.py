"""What a listening socket is reached by: the path and the port that go with each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .language import Machine, Ref, observable, operation

if TYPE_CHECKING:
    from .chardev import Chardev


class Address(Machine):
    """The unix path and the TCP port that the commands use for one name. A path can be taken over, a port can't."""

    known: bool
    """Somebody outside connects to it."""
    path: Ref[Chardev]
    """Whose socket file is at the path."""
    port: Ref[Chardev]
    """Who listens at the port."""

    @operation
    def publish(self) -> None:
        """Somebody outside knows it."""
        self.known = True

    @operation
    def bind_path(self, chardev: Chardev) -> None:
        """`unix_listen_saddr`: unlink whatever file is there, and bind."""
        self.path = chardev

    @operation
    def unlink(self) -> None:
        """`qio_channel_socket_finalize` removes the file by its name, whosever it is."""
        self.path = None

    @operation
    def bind_port(self, chardev: Chardev) -> bool:
        """`inet_listen_saddr`: it is an error if somebody listens there."""
        if self.port is not None:
            return False
        self.port = chardev
        return True

    @operation
    def release(self, chardev: Chardev) -> None:
        """The kernel: the port is free when its listener closes."""
        if self.port is chardev:
            self.port = None

    @observable
    def reachable(self) -> bool:
        """Whether `connect(2)` to the path succeeds."""
        return self.path is not None
