"""virtio-console.c: a console, and a port that the guest opens and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.profiles import RESUME
from .device import Device

if TYPE_CHECKING:
    from ..layer import Layer


ROOM = 65536
"""How many bytes the guest has buffers for."""


class VirtConsole(Device):
    """A console: it never waits, what does not fit is lost."""

    hotswap = True
    virtio = True
    moves_watch = True

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.received = bytearray()
        """What the guest has not read yet."""

    @property
    def throttled(self) -> bool:
        """Whether it has something still to write, and takes no more."""
        return self.waiting or bool(self.pending)

    def can_read(self) -> int:
        """`chr_can_read`: as much as the guest has buffers for, while it runs."""
        return ROOM - len(self.received) if self.layer.runs else 0

    def read(self, data: bytes) -> None:
        """`chr_read`: for the guest."""
        self.received += data

    def guest_reads(self, size: int) -> bytes:
        """The guest takes what has come, at most `size` bytes."""
        data = bytes(self.received[:size])
        del self.received[:size]
        self.frontend.accept_input()
        return data

    def forget(self) -> None:
        """What the guest has not read is gone."""
        self.received.clear()


class VirtSerialPort(VirtConsole):
    """A port: the guest opens and closes it, and it is throttled while it waits."""

    events = True
    opens = False
    waits = True

    def can_read(self) -> int:
        """`virtio_serial_guest_ready`: nothing while the guest has it closed."""
        return super().can_read() if self.asks_open else 0

    def guest_connects(self, opened: bool) -> None:
        """`set_guest_connected`: the guest opens or closes its end of the port."""
        with self.control.taking("guest_connects"):
            self.asks_open = opened
            self.frontend.set_open(opened)
        if not opened:
            self.received.clear()
        self.frontend.accept_input()

    def opened(self) -> None:
        """What was kept is written."""
        if self.pending and not self.waiting:
            self.layer.main.idle(self.write_on)

    def closed(self) -> None:
        """`virtio_serial_close`: it is not throttled any more, and in QEMU has nothing any more to write."""
        self.drop_watch()
        if self.waiting:
            self.resume()
        if RESUME not in self.layer.switches:
            self.pending = b""

    def write(self, data: bytes) -> None:
        """`handle_output`: while nobody is there QEMU discards what the guest sends; `repaired` keeps it."""
        if self.host_connected:
            super().write(data)
        else:
            self.keep(data)

    def failed(self, data: bytes) -> None:
        """`flush_buf`: a write that fails is one that does not fit."""
        with self.control.taking("write_in_vain") as row:
            self.ask_for_watch()
            self.waiting = self.watch is not None or RESUME not in self.layer.switches
            row.to = "blocked" if self.waiting else "plugged"
        self.keep(data)

    def keep(self, data: bytes) -> None:
        """Until somebody is there; without a chardev nobody ever will be."""
        if self.waiting or (RESUME in self.layer.switches and self.frontend.chr is not None):
            self.pending = data
