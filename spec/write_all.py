"""A write that does not return before everything is written."""

from __future__ import annotations

from .backend import Peer
from .device import Device
from .language import Machine, Ref, State, operation, require, step
from .profiles import HTIF_WRITE_ALL
from .threads import BQL, VCPU
from .vm import Vm


class WriteAll(Machine, command=True, holds=BQL, thread=VCPU):
    """`qemu_chr_fe_write_all`, called by a virtual CPU: while the peer does not read, it tries again with the lock."""

    idle = State(initial=True, clear=True)
    spinning = State(waiting=True)

    device: Ref[Device]

    @operation
    def holds_lock(self) -> bool:
        """Whether it is the one that the others wait for."""
        return self.state is WriteAll.spinning

    @step(idle, to=spinning)
    def write_all(self, device: Device) -> None:
        """`htif_handle_tohost_write`, `qemu_chr_write_buffer`: EAGAIN, so sleep for 100 us and try again."""
        require(spins(device))
        self.device = device

    @step(spinning, to=idle)
    def written(self) -> None:
        """The peer has read, or is gone."""
        require(self.device.frontend.chr is None or self.device.frontend.chr.peer is not Peer.stalled)
        if self.device.frontend.chr is not None and self.device.frontend.chr.write_fails():
            self.device.frontend.chr.write_in_vain()


@operation
def spins(device: Device) -> bool:
    """Whether the device writes to a peer that does not read, and does not give up."""
    if HTIF_WRITE_ALL and Vm[0].runs() and device.state is Device.plugged and device.model.spins:
        return device.frontend.chr is not None and device.frontend.chr.peer is Peer.stalled
    return False
