"""char-socket.c: the backend that is a socket, as a listener, as a client, and as a client that connects again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Kind, Peer
from .connect import Connect
from .language import may, operation
from .profiles import BIND_BESIDE, DROP_CONNECT, YANK, YANK_CONNECT

if TYPE_CHECKING:
    from .chardev import Chardev


@operation
def open_socket(chardev: Chardev) -> bool:
    """`qmp_chardev_open_socket`: register the yank instance, unless it is handed over, then listen or connect."""
    if YANK:
        if not chardev.handover:
            if chardev.label.yank.has_entry():
                return False
            chardev.label.yank.register_instance()
        chardev.registered_yank = True
    if chardev.kind is Kind.reconnect:
        connect(chardev)
        return True
    if chardev.kind is Kind.client:
        if may("connection refused"):
            return False
        made(chardev)
        return True
    return listen(chardev)


@operation
def listen(chardev: Chardev) -> bool:
    """`qio_net_listener_open_sync`: a path is taken over, a port has to be free."""
    if chardev.kind is Kind.tcp:
        return chardev.label.address.bind_port(chardev)
    chardev.listening = True
    if not BIND_BESIDE:
        chardev.label.address.bind_path(chardev)
    return True


@operation
def connect(chardev: Chardev) -> None:
    """`tcp_chr_connect_client_async`: a task tries to connect; with no thread to spare, a little later."""
    for task in Connect:
        if task.state is Connect.idle:
            if chardev.registered_yank:
                chardev.label.yank.register_function(chardev)
            chardev.timer = False
            task.start(chardev)
            return
    chardev.timer = True


@operation
def connection_failed(chardev: Chardev) -> None:
    """`qemu_chr_socket_connected` with an error, then `qemu_chr_socket_restart_timer`."""
    if chardev.registered_yank:
        chardev.label.yank.unregister_function(chardev)
    chardev.timer = True


@operation
def made(chardev: Chardev) -> None:
    """`tcp_chr_new_client`, `tcp_chr_connect`: there is a connection."""
    if chardev.peer is Peer.absent:
        chardev.peer = Peer.present
    if chardev.registered_yank and not chardev.yank_function:
        chardev.label.yank.register_function(chardev)
    chardev.connection_made()


@operation
def lost(chardev: Chardev) -> None:
    """`tcp_chr_disconnect`: listen again, or connect again after a while."""
    if chardev.registered_yank:
        chardev.label.yank.unregister_function(chardev)
    chardev.connection_lost()
    if chardev.kind is Kind.reconnect:
        chardev.timer = True


@operation
def shut_down(chardev: Chardev) -> None:
    """`char_socket_yank_iochannel`: neither end gets anything any more; in `repaired` `connect(2)` fails."""
    if chardev.connected:
        chardev.peer = Peer.absent
    else:
        for task in Connect:
            if task.state is not Connect.idle and task.chardev is chardev:
                if YANK_CONNECT:
                    task.shut_down()
                elif task.state is not Connect.connecting:
                    task.shut_down()


@operation
def abandon(chardev: Chardev) -> None:
    """The chardev has lost its name: in `repaired` it does not wait for its connect task."""
    if DROP_CONNECT:
        for task in Connect:
            if task.state is not Connect.idle and task.chardev is chardev:
                chardev.label.yank.unregister_function(chardev)
                task.cancel()


@operation
def close_socket(chardev: Chardev) -> None:
    """`char_socket_finalize`: drop the connection, stop listening, and unregister the yank instance."""
    if chardev.connected:
        chardev.connected = False
        if chardev.registered_yank:
            chardev.label.yank.unregister_function(chardev)
    if chardev.listening:
        if BIND_BESIDE:
            if chardev.label.address.path is chardev:
                chardev.label.address.unlink()
        else:
            chardev.label.address.unlink()
    chardev.label.address.release(chardev)
    if chardev.registered_yank and not chardev.handover:
        chardev.label.yank.unregister_instance()
