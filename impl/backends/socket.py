"""char-socket.c: the backend that is a socket, as a listener, as a client, and as a client that connects again."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import BIND_BESIDE, DROP_CONNECT, HUB, YANK_CONNECT
from ..connect import ConnectTask
from ..context import Condition, Source
from ..errors import ChardevError
from ..host import NoSuchHost, Path
from .channel import ChannelChardev

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..host import Address, Channel, Listener, Port
    from ..layer import Layer

PAUSE = 0.1
"""How long it waits before it tries again to accept who could not be, in seconds."""


class Socket(ChannelChardev):
    """A stream socket. A listener has one connection at a time."""

    kind = "socket"
    yanks = True

    def __init__(
        self,
        layer: Layer,
        label: str,
        address: Address,
        *,
        server: bool = True,
        wait: bool = False,
        reconnect: float = 0,
        nodelay: bool = False,
    ) -> None:
        super().__init__(layer, label)
        self.nodelay = nodelay
        self.address, self.server, self.wait, self.reconnect = address, server, wait, reconnect
        self.listener: Listener | None = None
        self.ends: tuple[Port, Port] | None = None
        """Of a connection between ports, this end and the other."""
        self.timer: Source | None = None
        """It will try to connect again."""
        self.registered_yank = False
        self.yank_function = False

    def open(self) -> None:
        """`qmp_chardev_open_socket`: register the yank instance, unless it is handed over, then listen or connect."""
        if not self.handover_yank_instance:
            self.layer.yank.register_instance(self.label)
        self.registered_yank = True
        if self.server:
            self._listen()
        elif self.reconnect:
            self.connect()
        else:
            try:
                channel = self.layer.host.connect(self.address)
            except NoSuchHost as error:
                raise self._unresolved(error) from None
            except OSError as error:
                raise ChardevError(f"Failed to connect to '{self.address}': {error.strerror}") from None
            self.made(channel)

    def _unresolved(self, error: NoSuchHost) -> ChardevError:
        return ChardevError(f"address resolution failed for {self.address}: {error.strerror}")

    def filename(self) -> str:
        """`qemu_chr_compute_filename`; QEMU 7.2 asks a client's own end, which has no path."""
        server = ",server=on" if self.server else ""
        if isinstance(self.address, Path):
            nameless = self.connected and not self.server and HUB not in self.layer.switches
            return f"{'' if self.connected else 'disconnected:'}unix:{'' if nameless else self.address}{server}"
        if not self.connected or self.ends is None:
            return f"{'' if self.connected else 'disconnected:'}tcp:{self.address}{server}"
        here, there = (f"[{end.host}]:{end.port}" if ":" in end.host else str(end) for end in self.ends)
        return f"tcp:{here}{server} <-> {there}"

    # As a listener.

    def _listen(self) -> None:
        """`qio_net_listener_open_sync`: a path is taken over, a port has to be free."""
        beside = BIND_BESIDE in self.layer.switches
        try:
            self.listener = self.layer.host.listen(self.address, beside=beside)
        except NoSuchHost as error:
            raise self._unresolved(error) from None
        except OSError as error:
            if isinstance(self.address, Path):
                raise ChardevError(f"Failed to bind socket to {self.address}: {error.strerror}") from None
            failed = "find an available port" if error.errno == errno.EADDRINUSE else "bind socket"
            raise ChardevError(f"Failed to {failed}: {error.strerror}") from None
        self.address = self.listener.address
        self.arm()

    def settle(self) -> None:
        """The path is taken over when the creation is settled."""
        super().settle()
        if BIND_BESIDE in self.layer.switches and self.listener is not None and isinstance(self.address, Path):
            self.listener.publish()

    def arm(self) -> None:
        """While it has no connection, it waits for one."""
        super().arm()
        if self.listener is not None and not self.connected:
            self.sources.append(self.gcontext.watch(self.listener, Condition.readable, self.accept))

    def accept(self) -> None:
        """`tcp_chr_accept`."""
        if self.listener is None or not self.listener.pending():
            return
        try:
            channel = self.listener.accept()
        except OSError:  # he has given up meanwhile, or there is no descriptor left for him
            self.disarm()
            self.sources.append(self.gcontext.timer(PAUSE, self.arm))
            return
        self.made(channel)

    # As a client.

    def connect(self) -> None:
        """`tcp_chr_connect_client_async`: a task tries to connect; with no thread to spare, a little later."""
        if self.timer is not None:
            self.timer.destroy()
        self.timer = None
        if len(self.layer.tasks) >= self.layer.host.threads:
            self._try_again()
            return
        self._register_function()
        self.layer.tasks.append(ConnectTask(self.layer, self))

    def _try_again(self) -> None:
        """`qemu_chr_socket_restart_timer`."""
        self.timer = self.layer.main.timer(self.reconnect, self.connect)

    def connection_failed(self) -> None:
        """`qemu_chr_socket_connected`, with an error."""
        self._unregister_function()
        self._try_again()

    def abandon(self) -> None:
        """In `repaired` it does not wait for its connect task."""
        if DROP_CONNECT in self.layer.switches:
            for task in self._tasks():
                self._unregister_function()
                task.cancel()

    def _tasks(self) -> list[ConnectTask]:
        return [task for task in self.layer.tasks if task.chardev is self]

    # As both.

    def made(self, channel: Channel) -> None:
        """`tcp_chr_new_client`, `tcp_chr_connect`: there is a connection."""
        self.channel = channel
        if self.nodelay:
            channel.send_at_once()
        self.ends = channel.ends()
        if not self.yank_function:
            self._register_function()
        self.connected = True
        self.ended = False
        self.arm()
        self.be_event(Event.opened)

    def leave(self) -> None:
        """`tcp_chr_disconnect`: listen again, or connect again after a while."""
        self._unregister_function()
        self.disarm()
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        super().leave()
        self.arm()
        if self.reconnect:
            self._try_again()

    def disconnect(self) -> None:
        """`tcp_chr_disconnect`."""
        if self.connected:
            self.leave()

    def shut_down(self) -> None:
        """`char_socket_yank_iochannel`: neither end gets anything any more; in `repaired` `connect(2)` fails."""
        if self.connected and self.channel is not None:
            self.channel.shutdown()
        else:
            for task in self._tasks():
                if YANK_CONNECT in self.layer.switches or task.has_returned():
                    task.shut_down()

    def put(self, data: bytes) -> int:
        """`tcp_chr_write`: if it fails, QEMU notices that the connection is gone. Raises `OSError`."""
        if self.channel is None or not self.connected:
            raise OSError(5, "Input/output error")
        try:
            return self.channel.write(data)
        except BlockingIOError:
            raise
        except OSError:
            self.leave()
            raise

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`tcp_chr_add_watch`: none without a connection."""
        if self.channel is None or not self.connected:
            return None
        return self.gcontext.watch(self.channel, Condition.writable, call)

    def close(self) -> None:
        """`char_socket_finalize`: drop the connection, stop listening, and unregister the yank instance."""
        if self.connected:
            self._unregister_function()
        if self.timer is not None:
            self.timer.destroy()
        super().close()
        if self.listener is not None:
            if isinstance(self.address, Path) and self._may_unlink(self.listener):
                self.listener.unlink()
            self.listener.close()
        if self.registered_yank and not self.handover_yank_instance:
            self.layer.yank.unregister_instance(self.label)

    def _may_unlink(self, listener: Listener) -> bool:
        return BIND_BESIDE not in self.layer.switches or listener.owns_path()

    def _register_function(self) -> None:
        self.layer.yank.register_function(self.label, self.shut_down)
        self.yank_function = True

    def _unregister_function(self) -> None:
        self.layer.yank.unregister_function(self.label, self.shut_down)
        self.yank_function = False
