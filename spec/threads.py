"""Who acts, and under which lock."""

from __future__ import annotations

from .language import STRONG, WEAK, Lock, Thread

BQL = Lock("bql", "The big QEMU lock: the main loop and the guest's device accesses exclude one another by it.")

MAIN_LOOP = Thread(
    "main",
    "QEMU's main loop: QMP commands, accepted and lost connections, watches. In each round it does all that is ready.",
    needs=BQL,
    fair=STRONG,
)
VCPU = Thread("vcpu", "A virtual CPU in a device's registers or queues.", needs=BQL)
MONITOR = Thread("monitor", "The monitor's own thread. It runs out-of-band commands, and never waits for the lock.")
IO_THREAD = Thread(
    "io",
    "The I/O thread of a device that has one: it takes what its chardev says without the lock.",
    fair=STRONG,
)
WORKER = Thread("worker", "A thread of the pool, which waits in `connect`: that ends some time.", fair=WEAK)
PEER = Thread("peer", "Whoever is at the other end of a socket. Nobody holds him up: he also acts inside a command.")
