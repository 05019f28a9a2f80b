"""What a mutant of `repaired` may do unnoticed, and why no property has to mind; and what is kept though another
property notices the same mutants, or no mutant at all.

Mutants and properties are named as `hotswap mutate` names them.
"""

from __future__ import annotations

from collections.abc import Mapping

_NOBODY_HAS_TO = "Nobody outside has to do anything: a peer who never does is one of the peers."
_ASKED_AGAIN = "A pty is asked again by its timer: what is not noticed at once is noticed later."
_FOCUS = "Who has a mux's focus is for whoever types there to say: what is typed goes to it, and data is left out."

REPAIRED: Mapping[str, str] = {
    "drop-assignment@Chardev.peer_connects: self.peer = Peer.present": _NOBODY_HAS_TO,
    "drop-assignment@Chardev.peer_leaves: self.peer = Peer.absent": _NOBODY_HAS_TO,
    "drop-assignment@Chardev.peer_stalls: self.peer = Peer.stalled": _NOBODY_HAS_TO,
    "drop-assignment@Chardev.peer_drains: self.peer = Peer.present": _NOBODY_HAS_TO,
    "drop-call@Chardev.escape: move_focus(self)": _FOCUS,
    "drop-assignment@move_focus: chardev.focus = frontend": _FOCUS,
    "drop-call@Chardev.update_read_handler: poll(self)": _ASKED_AGAIN,
    "drop-call@poll: chardev.connection_made()": _ASKED_AGAIN,
    "drop-call@poll: chardev.connection_lost()": _ASKED_AGAIN,
    "drop-guard@Qmp.device_add: device.takes(id.chardev)": (
        "vhost-user and colo-compare wait for their peer when they are plugged. They need not, for anything to hold."
    ),
    "drop-guard@Qmp.stop: any((device.is_told() for device in Device))": (
        "The guard only spares states: a stop that no device is told of matters to none."
    ),
    "never-alone@one-chardev-per-id": "It says what is wrong, where others see what comes of it.",
    "never-alone@id-never-lost": "It is the promise of the command: no single slip breaks it, an order of steps does.",
    "never-alone@blocked-writer-has-wakeup": "It is broken at once; a deadlock needs everybody to stand still.",
    "never-alone@stdio-owned-once": "Descriptors come to be shared by several commands, not by a single slip.",
}
