"""Who acts, and under which lock."""

from __future__ import annotations

from .language import Lock, Thread

BQL = Lock("bql", "The big QEMU lock: the main loop and the guest's device accesses exclude one another by it.")

MAIN_LOOP = Thread("main", "QEMU's main loop: QMP commands, accepted and lost connections, watches.", needs=BQL)
VCPU = Thread("vcpu", "A virtual CPU in a device's registers or queues.", needs=BQL)
PEER = Thread("peer", "Whoever is at the other end of a socket. Nobody holds him up: he also acts inside a command.")
