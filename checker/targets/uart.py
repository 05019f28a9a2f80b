"""A 16550, as a guest's driver sees it."""

from __future__ import annotations

from collections.abc import Callable

from .monitor import Hangs
from .qtest import QTest

DATA, LINE_STATUS = 0, 5
READABLE, EMPTY = 0x01, 0x40
"""Of the line status: there is a byte to read; nothing is left to transmit."""

BATCH = 256
"""How many bytes are written before it is looked whether they went."""
MOST = 1 << 20
"""After so many bytes somebody reads them all."""


class Uart:
    """At a port."""

    def __init__(self, qtest: QTest, port: int) -> None:
        self.qtest, self.port = qtest, port

    def status(self) -> int:
        """The line status."""
        return self.qtest.in_("b", self.port + LINE_STATUS)

    def waits(self) -> bool:
        """Whether it has a byte that it could not transmit."""
        return not self.status() & EMPTY

    def fill(self, settle: Callable[[], None]) -> None:
        """Write until it waits, and goes on waiting when everybody has had his turn. Raises `Hangs`."""
        for _ in range(0, MOST, BATCH):
            if self.waits():
                settle()
                if self.waits():
                    return
            self.qtest.do(*[f"outb {self.port + DATA:#x} 0x78"] * BATCH)
        raise Hangs(f"the UART has transmitted {MOST} bytes, and nobody was to read them")

    def receive(self) -> bytes:
        """What has come."""
        came = b""
        while self.status() & READABLE:
            came += bytes([self.qtest.in_("b", self.port + DATA)])
        return came
