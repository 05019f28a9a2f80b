"""The chardev protocol from outside: what its users, the guest and the peers do, and what they are told."""

from __future__ import annotations

from .backend import Kind
from .change import Change
from .chardev import Chardev
from .connect import Connect
from .device import Device
from .language import Interface, Where
from .models import Model
from .qmp import Qmp
from .registry import Id
from .write_all import WriteAll
from .yank import Yank

INTERFACE = Interface(
    stimuli=(
        # Who has the monitor.
        Change.wait,
        Change.chardev_add,
        Change.find,
        Qmp.chardev_remove,
        Qmp.chardev_send_break,
        Qmp.device_add,
        Qmp.device_del,
        Qmp.stop,
        Qmp.cont,
        Yank.yank,
        # The guest.
        Device.guest_writes,
        Device.guest_writes_in_vain,
        Device.guest_connects,
        Device.use_driver,
        WriteAll.write_all,
        # Who is at the other end of a chardev.
        Chardev.peer_connects,
        Chardev.peer_leaves,
        Chardev.peer_stalls,
        Chardev.peer_drains,
        Chardev.line_turns,
        Chardev.escape,
        Connect.answered,
    ),
    timers=(
        Chardev.reconnect,
        Where(Chardev.accept, lambda chardev: chardev.kind is Kind.pty),
        Where(Chardev.disconnect, lambda chardev: chardev.kind is Kind.pty),
        Device.lines_are_read,
    ),
    replies=(Change, Qmp),
    heard=(Device.event,),
    hidden=(
        Where(Id.connected, lambda id: id.chardev is None or not id.chardev.kind.yanks),
        Device.backend_connected,
        Where(Device.host_connected, lambda device: device.model is not Model.virtserialport),
        Where(Device.event, lambda device: device.model is not Model.virtserialport),
        Where(Device.waits, lambda device: device.model not in (Model.virtserialport, Model.serial)),
    ),
)
"""A pty learns of its other end by asking, once a second; so does a UART of its modem lines.

What `query-chardev` says of a backend is whether it is connected only if it is a socket. Of the devices `info qtree`
shows the virtio ports, and a UART's registers show that it waits; the events that are heard are those of a trace.
"""
