"""What can't be otherwise with the lock, in any version: where it does not hold, the model is wrong, and not QEMU."""

from __future__ import annotations

from .backend import Kind, Peer
from .change import Change
from .chardev import Chardev
from .device import Device
from .frontend import Frontend, Role
from .language import action, invariant
from .registry import Id


@invariant
def backend_was_offered(id: Id) -> bool:
    """A name has a backend that the commands put there."""
    return id.chardev is None or id.chardev.kind in id.backends


@invariant
def address_is_of_its_listener(id: Id) -> bool:
    """Only a unix socket is reached by a path, only a TCP socket by a port, and every TCP listener is."""
    if id.state is Id.unused:
        return True
    if id.address.path is not None and id.address.path.kind not in (Kind.unix, Kind.waiting):
        return False
    if id.address.port is not None and id.address.port.kind is not Kind.tcp:
        return False
    return id.chardev is None or id.chardev.kind is not Kind.tcp or id.address.port is id.chardev


@invariant
def peer_was_expected(chardev: Chardev) -> bool:
    """Who is at the other end of a listener knows its address; spice is there while the frontend is open."""
    if chardev.peer is Peer.absent or not chardev.kind.accepts:
        return True
    return chardev.label.address.known and (chardev.kind is not Kind.spicevmc or chardev.fe_open)


@action
def who_left_is_gone(before: Chardev, after: Chardev) -> bool:
    """A peer that has left does not come back before QEMU has noticed."""
    if before.connected and before.peer is Peer.absent and after.connected:
        return after.peer is Peer.absent
    return True


@action
def client_is_made_connected(before: Change, after: Change) -> bool:
    """A backend that finds its other end when it is created is connected from then on."""
    if before.fresh is not None or after.fresh is None or after.fresh.kind not in (Kind.pipe, Kind.client):
        return True
    return after.fresh.connected and after.fresh.peer is Peer.present


@invariant
def spare_is_of_no_stack(frontend: Frontend) -> bool:
    """The frontends that are parts of a mux or a hub are those that know it."""
    return (frontend.role is Role.stack) == (frontend.stack is not None)


@invariant
def device_is_of_its_model(device: Device) -> bool:
    """A device waits, and is open, as its model is, and hears a chardev that it can use, in the thread that it has."""
    if device.state not in (Device.plugged, Device.blocked):
        return True
    if device.state is Device.blocked and not device.can_wait():
        return False
    if device.model.opens and not device.asks_open:
        return False
    frontend = device.frontend
    if frontend.chr is None or not frontend.chr_event:
        return True
    if frontend.chr.kind.yanks:
        return frontend.chr.context is device.thread_of_events()
    return not device.model.reconnects


WORLD = (
    backend_was_offered,
    address_is_of_its_listener,
    peer_was_expected,
    who_left_is_gone,
    client_is_made_connected,
    spare_is_of_no_stack,
    device_is_of_its_model,
)
