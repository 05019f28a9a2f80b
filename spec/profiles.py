"""Versions of the protocol: the switches, each one repair, and the profiles that set them."""

from __future__ import annotations

from .language import Profile, Switch

CREATE_FIRST = Switch(
    "create-first",
    "A chardev without a frontend is replaced only when the new one exists; QEMU drops the old one first.",
    source="qmp_chardev_change, since 7bb86085",
)
ASK_FIRST = Switch(
    "ask-first",
    "A frontend may refuse before anything has changed, and not later; QEMU hears it when the new chardev is attached.",
    source="qmp_chardev_change, since 7bb86085",
)
CLOSED_FIRST = Switch(
    "closed-first",
    "A frontend hears CLOSED of every open chardev that it leaves; QEMU saves it if the new one is open, "
    "and then says OPENED twice.",
    source="qmp_chardev_change, since 7bb86085",
)
REPLAY_OPEN = Switch(
    "replay-open",
    "A change handler tells the new chardev whether the guest has the port open; virtio-console does not.",
    source="virtio-console.c, since af50855c",
)
RESUME = Switch(
    "resume",
    "A change handler that gets no watch on the new chardev goes on without; serial and virtio-console wait on.",
    source="serial.c, since 1a29cc8f; virtio-console.c, since af50855c",
)
DROP_WATCH = Switch(
    "drop-watch",
    "Every device removes its watch when it is unplugged; serial leaves it behind.",
    source="serial.c, serial_exit_core",
)

QEMU_2_10 = Profile("qemu-2.10", "QEMU as it got the hotswap in 2017: commit 7bb86085 and the twelve around it.")
REPAIRED = Profile(
    "repaired",
    "The protocol with the repairs that it takes for every property to hold.",
    (CREATE_FIRST, ASK_FIRST, CLOSED_FIRST, REPLAY_OPEN, RESUME, DROP_WATCH),
)
PROFILES = (QEMU_2_10, REPAIRED)
