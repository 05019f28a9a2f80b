"""`hotswap serve` as a target: the same commands over QMP as QEMU's, its guest over qtest and a socket of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from .guest import Guest
from .monitor import Hangs, Monitor
from .over_qmp import LIMIT, OverQmp
from .place import Place
from .qtest import QTest
from .uart import Uart

PORTS = (0x2E8, 0x3E8, 0x2F8, 0x3F8)
"""Where serial cards are, the first one first (`_serial_port`)."""
CHUNK = bytes(1 << 15)
MOST = 1 << 8
"""After so many chunks somebody reads them all."""

WITHOUT = {
    "spicevmc": "`hotswap serve` has no SPICE",
    **dict.fromkeys(
        ("sifive", "htif", "refuser", "monitor", "gdbstub", "vhost_user", "colo_compare", "rng_egd"),
        "`hotswap serve` has no such device",
    ),
}


class VirtConsole(Place):
    """A console, of which nothing is seen."""

    driver = "virtconsole"

    def __init__(self, monitor: Monitor, guest: Guest, slot: int, settle: Callable[[], None]) -> None:
        super().__init__(monitor, slot)
        self.guest, self.settle = guest, settle

    def plug(self, chardev: str) -> None:
        """Into the controller."""
        self.add(self.driver, chardev)


class VirtSerialPort(VirtConsole):
    """A port."""

    driver = "virtserialport"

    def connect(self, opened: bool) -> None:
        """The guest opens or closes it."""
        self.guest.do(self.name, "open" if opened else "close")

    def write(self) -> None:
        """Until it is throttled, and stays so when everybody has had his turn. Raises `Hangs`."""
        for _ in range(MOST):
            if self.guest.do(self.name, "status")["throttled"]:
                self.settle()
                if self.guest.do(self.name, "status")["throttled"]:
                    return
            self.guest.do(self.name, "send", CHUNK)
        raise Hangs(f"{self.name} has sent {MOST * len(CHUNK)} bytes, and nobody was to read them")

    def write_in_vain(self) -> None:
        """One byte."""
        self.guest.do(self.name, "send", b"x")

    def look(self) -> Iterator[tuple[str, bool]]:
        """The guest knows."""
        said = self.guest.do(self.name, "status")
        yield "host_connected", said["host"]
        yield "waits", said["throttled"]


class Serial(Place):
    """A UART on a card, which is at the last port that is free."""

    def __init__(self, monitor: Monitor, qtest: QTest, slot: int, taken: set[int], settle: Callable[[], None]) -> None:
        super().__init__(monitor, slot)
        self.qtest, self.taken, self.settle = qtest, taken, settle
        self.uart = Uart(qtest, PORTS[0])

    def plug(self, chardev: str) -> None:
        """At the first of the ports that no other card is at."""
        self.add("pci-serial", chardev)
        port = next(port for port in PORTS if port not in self.taken)
        self.taken.add(port)
        self.uart = Uart(self.qtest, port)

    def unplug(self) -> None:
        """At once."""
        super().unplug()
        self.taken.discard(self.uart.port)

    def write(self) -> None:
        """The driver writes a byte at a time."""
        self.uart.fill(self.settle)

    def receive(self) -> bytes:
        """The driver reads a byte at a time."""
        return self.uart.receive()

    def look(self) -> Iterator[tuple[str, bool]]:
        """The guest can ask whether it has anything left."""
        yield "waits", self.uart.waits()


class Serve(OverQmp):
    """A process of this project, which behaves as a profile does."""

    without = WITHOUT

    def __init__(self, profile: str, limit: float = LIMIT) -> None:
        super().__init__(limit)
        self.profile = profile
        self.environment = {"PYTHONPATH": os.pathsep.join(sys.path)}  # it has another folder than this process
        self.name = f"hotswap serve --profile {profile}"
        self.keeps_gaps = profile == "qemu-7.2"
        self.taken: set[int] = set()
        """The ports of the serial cards."""
        self.qtest: QTest | None = None
        self.guest: Guest | None = None

    def command(self) -> Sequence[str]:
        """With the interpreter that runs this."""
        return [
            *[sys.executable, "-m", f"{__package__.rpartition('.')[0]}", "serve", "--profile", self.profile],
            *["-qmp", "unix:qmp"],
            *["-qtest", "unix:qtest", "-guest", "unix:guest"],
            *["-device", "virtio-serial-pci"],
        ]

    def listen(self) -> None:
        """Its guest is played over two sockets."""
        self.qtest = self.at_end.enter_context(closing(QTest(str(self.folder / "qtest"), self.limit)))
        self.guest = self.at_end.enter_context(closing(Guest(str(self.folder / "guest"), self.limit)))

    def meet(self) -> None:
        """Both."""
        assert self.qtest is not None and self.guest is not None
        self.qtest.accept()
        self.guest.accept()

    def place(self, model: str, slot: int) -> Place:
        """A port or a card."""
        assert self.qtest is not None and self.guest is not None
        if model == "serial":
            return Serial(self._monitor, self.qtest, slot, self.taken, self.settle)
        port = VirtSerialPort if model == "virtserialport" else VirtConsole
        return port(self._monitor, self.guest, slot, self.settle)

    def turn(self) -> None:
        """By qtest."""
        assert self.qtest is not None
        self.qtest.turn()
