"""A driver of a virtio-serial controller, of the legacy kind, that lives outside the guest (virtio 1.0, 4.1, 5.3)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from .monitor import Hangs
from .qtest import QTest

# The registers of the legacy interface.
DRIVER_FEATURES, QUEUE_ADDRESS, QUEUE_SIZE, QUEUE_SELECT, QUEUE_NOTIFY, STATUS = 4, 8, 12, 14, 16, 18
ACKNOWLEDGE, DRIVER, DRIVER_OK = 1, 2, 4
MULTIPORT = 1 << 1

# Control messages.
CONTROL_IN, CONTROL_OUT = 2, 3
DEVICE_READY, PORT_READY, PORT_OPEN = 0, 3, 6

PAGE = 4096
MEMORY, PER_QUEUE = 0x100000, 0x10000
"""Where the driver has its memory, and how much of it each queue."""
BATCH = 32
"""How many buffers are sent before it is looked whether they were taken."""
MOST = 1 << 12
"""After so many buffers somebody reads them all."""


class Queue:
    """One queue. All its buffers are one page, which is sent again and again."""

    def __init__(self, qtest: QTest, port: int, number: int) -> None:
        self.qtest, self.port, self.number = qtest, port, number
        qtest.out("w", port + QUEUE_SELECT, number)
        self.size = qtest.in_("w", port + QUEUE_SIZE)
        self.descriptors = MEMORY + number * PER_QUEUE
        self.available = self.descriptors + 16 * self.size
        self.used = -(-(self.available + 6 + 2 * self.size) // PAGE) * PAGE
        self.page = MEMORY + (number + 1) * PER_QUEUE - PAGE
        self.sent = 0
        qtest.clear(self.descriptors, PER_QUEUE)
        qtest.write(self.available + 4, b"".join(struct.pack("<H", each) for each in range(self.size)))
        self.buffers(PAGE)
        qtest.out("l", port + QUEUE_ADDRESS, self.descriptors // PAGE)

    def buffers(self, length: int) -> None:
        """From now on each buffer is so long."""
        self.qtest.write(self.descriptors, struct.pack("<QIHH", self.page, length, 0, 0) * self.size)

    def send(self, count: int) -> None:
        """So many buffers."""
        self.sent += count
        self.qtest.write(self.available + 2, struct.pack("<H", self.sent & 0xFFFF))
        self.qtest.out("w", self.port + QUEUE_NOTIFY, self.number)

    def left(self) -> int:
        """How many were not taken."""
        (taken,) = struct.unpack("<H", self.qtest.read(self.used + 2, 2))
        return (self.sent - int(taken)) & 0xFFFF


class VirtioSerial:
    """A controller at a port, and its ports by their numbers, from 1."""

    def __init__(self, qtest: QTest, port: int, ports: int) -> None:
        self.qtest = qtest
        for status in (0, ACKNOWLEDGE, ACKNOWLEDGE | DRIVER):
            qtest.out("b", port + STATUS, status)
        qtest.out("l", port + DRIVER_FEATURES, MULTIPORT)
        self.control = Queue(qtest, port, CONTROL_OUT)
        self.control.buffers(8)
        self.queues = {number: Queue(qtest, port, 2 * number + 3) for number in range(1, ports + 1)}
        qtest.out("b", port + STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK)
        self._tell(0, DEVICE_READY, 1)

    def _tell(self, number: int, event: int, value: int) -> None:
        self.qtest.write(self.control.page, struct.pack("<IHH", number, event, value))
        self.control.send(1)
        assert not self.control.left()

    def is_there(self, number: int) -> None:
        """The driver has found a port."""
        self._tell(number, PORT_READY, 1)

    def open(self, number: int, opened: bool) -> None:
        """The guest opens its end of a port, or closes it."""
        self._tell(number, PORT_OPEN, int(opened))

    def send(self, number: int) -> None:
        """The guest writes one buffer."""
        self.queues[number].send(1)

    def fill(self, number: int, settle: Callable[[], None]) -> None:
        """The guest writes until something is left, and stays so when everybody has had his turn. Raises `Hangs`."""
        queue = self.queues[number]
        before = queue.left()
        for _ in range(0, MOST, BATCH):
            queue.send(BATCH)
            if queue.left() > before:
                settle()
                if queue.left() > before:
                    return
        raise Hangs(f"port {number} has sent {MOST} buffers, and nobody was to read them")
