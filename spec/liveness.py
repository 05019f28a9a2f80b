"""What has to come in the end: QEMU's threads do what there is to do, while guests, peers and operators may rest.

The chardev once more, as a system of its own: what has to come is judged over whole runs, which takes several times as
long as the search for them. Mutants, the largest scope and saturation are about what must never happen, and go without.
"""

from __future__ import annotations

from dataclasses import replace

from . import system
from .backend import Peer
from .change import Change
from .chardev import Chardev
from .device import Device
from .language import Defect, Edit, always_eventually, leads_to, operation
from .properties import done_as_asked
from .write_all import WriteAll


def has_ended(change: Change) -> bool:
    """It has, or a virtual CPU that writes everything has the lock: until its peer reads."""
    return change.state is Change.idle or any(write.holds_lock() for write in WriteAll)


@leads_to(has_ended)
def change_completes(change: Change) -> bool:
    """Every change that is asked for ends, whatever its peers do."""
    return change.state is not Change.idle


def goes_on(device: Device) -> bool:
    """It writes, or whom it writes to does not read again."""
    return device.state is not Device.blocked or (device.frontend.chr is not None and device.frontend.chr.would_block())


@leads_to(goes_on)
def blocked_writer_resumes(device: Device) -> bool:
    """A device that waits to write goes on when its peer reads, or is gone."""
    return device.state is Device.blocked


@operation(depth=2)
def knows(device: Device, chardev: Chardev) -> bool:
    """Whether a device believes what is so of who is at the other end of a chardev, or of its base."""
    if chardev.kind.stacks:
        return chardev.own.chr is None or knows(device, chardev.own.chr)
    return not chardev.kind.peers or device.sees_open == (chardev.peer is not Peer.absent)


@always_eventually
def open_state_settles(device: Device) -> bool:
    """Again and again, a device believes what is so: that somebody is at the other end, or nobody."""
    frontend = device.frontend
    return frontend is None or frontend.chr is None or not frontend.chr_event or knows(device, frontend.chr)


DEFECTS = (
    Defect(
        "drain-first",
        "A change waits, with the lock, until the peer of the old chardev has read all that was written to it.",
        breaks="change-completes",
        edits=(
            Edit(
                Change.opened,
                "require(not waits(self.kind) or self.fresh.comes())",
                "require(self.old is None or not self.old.would_block())",
            ),
        ),
    ),
    Defect(
        "forget-the-hang-up",
        "A watch waits for room, and is not told when the other end is closed.",
        breaks="blocked-writer-resumes",
        edits=(
            Edit(
                Device.watch_fires,
                "require(self.watch.peer is not Peer.stalled)",
                "require(self.watch.peer is Peer.present)",
            ),
        ),
    ),
    Defect(
        "deaf-when-closed",
        "That the other end is closed is noticed only while the frontend is open.",
        breaks="open-state-settles",
        edits=(
            Edit(
                Chardev.goes,
                "return self.kind.peers and self.peer is Peer.absent and self.connected",
                "return self.kind.peers and self.peer is Peer.absent and self.connected and self.fe_open",
            ),
        ),
    ),
)

# The rows say themselves whether they did what they were asked: that property comes with them.
LIVENESS = replace(
    system.CHARDEV,
    name="chardev-liveness",
    properties=(done_as_asked, change_completes, blocked_writer_resumes, open_state_settles),
    defects=DEFECTS,
    documentation=__doc__ or "",
)
