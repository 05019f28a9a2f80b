"""The devices of a real QEMU, and the guest's drivers for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from .monitor import Monitor, Refused
from .pci import Pci
from .place import Place
from .qtest import QTest
from .uart import Uart
from .virtio_serial import VirtioSerial

CONTROLLER, USB, CARDS = 3, 4, 8
"""The slots of the PCI bus: of virtio-serial, of USB, and from where on those of serial cards are."""
PORTS = 0xC000
"""Where the registers of the cards are, from the first slot on."""
PER_SLOT = 0x100
MOST = 4
"""How many devices there can be."""


class Board:
    """What the devices of one machine have in common; the guest has its drivers before there is any device."""

    def __init__(self, monitor: Monitor, qtest: QTest, settle: Callable[[], None]) -> None:
        self.monitor, self.qtest = monitor, qtest
        self.settle = settle
        """Let everybody have his turn."""
        self.pci = Pci(qtest)
        self.virtio = monitor.record.meets(
            "virtio", "VirtioSerial", CONTROLLER, port(CONTROLLER), MOST, needed_by='"virt'
        )
        self.pci.enable(CONTROLLER, port(CONTROLLER))
        self.controller = VirtioSerial(qtest, port(CONTROLLER), MOST)

    def virtio_port(self, number: int) -> dict[str, str]:
        """What is said of a port: `guest`, `host`, `throttle`, on or off."""
        said = self.monitor.type("info qtree")
        found = re.search(rf"port {number}, guest (\w+), host (\w+), throttle (\w+)", said)
        assert found is not None, f"there is no port {number}"
        return dict(zip(("guest", "host", "throttle"), found.groups(), strict=True))


def port(slot: int) -> int:
    """Where a card's registers are."""
    return PORTS + slot * PER_SLOT


class OnBoard(Place):
    """A device of such a machine."""

    def __init__(self, board: Board, slot: int) -> None:
        super().__init__(board.monitor, slot)
        self.board = board


class VirtConsole(OnBoard):
    """virtio-console.c, a console."""

    driver = "virtconsole"

    @property
    def number(self) -> int:
        """Of the port; that of number 0 is always a console."""
        return self.slot + 1

    def plug(self, chardev: str) -> None:
        """Into the controller."""
        self.add(self.driver, chardev, nr=self.number)


class VirtSerialPort(VirtConsole):
    """virtio-console.c, a port."""

    driver = "virtserialport"

    def connect(self, opened: bool) -> None:
        """The driver says so."""
        self.board.virtio.did("open" if opened else "close", self.number)
        self.board.controller.is_there(self.number)
        self.board.controller.open(self.number, opened)

    def write(self) -> None:
        """The driver has buffers left that the controller has not taken."""
        self.board.virtio.did("fill", self.number)
        self.board.controller.fill(self.number, self.board.settle)

    def write_in_vain(self) -> None:
        """One buffer."""
        self.board.virtio.did("send", self.number)
        self.board.controller.send(self.number)

    def look(self) -> Iterator[tuple[str, bool]]:
        """The controller knows."""
        said = self.board.virtio_port(self.number)
        yield "host_connected", said["host"] == "on"
        yield "waits", said["throttle"] == "on"


class PciSerial(OnBoard):
    """serial-pci.c, a UART on a card."""

    @property
    def card(self) -> int:
        """Its slot on the bus."""
        return CARDS + self.slot

    @cached_property
    def uart(self) -> Uart:
        """The driver."""
        return Uart(self.board.qtest, port(self.card))

    def plug(self, chardev: str) -> None:
        """The guest finds a new card."""
        self.add("pci-serial", chardev, addr=f"{self.card:#x}")
        self.driver = self.board.monitor.record.meets("uart", "Uart", self.card, port(self.card))
        self.board.pci.enable(self.card, port(self.card))

    def unplug(self) -> None:
        """The guest lets go of the card."""
        self.monitor.execute("device_del", {"id": self.name})
        self.driver.did("eject")
        self.board.pci.eject(self.card)
        self.monitor.event("DEVICE_DELETED", device=self.name)

    def write(self) -> None:
        """The driver writes a byte at a time."""
        self.driver.did("fill")
        self.uart.fill(self.board.settle)

    def receive(self) -> bytes:
        """The driver reads a byte at a time."""
        if came := self.uart.receive():
            self.driver.did("receive")
        return came

    def look(self) -> Iterator[tuple[str, bool]]:
        """The guest can ask whether it has anything left."""
        yield "waits", self.uart.waits()


class UsbSerial(OnBoard):
    """dev-serial.c, which stands for all devices that can't change their chardev."""

    def plug(self, chardev: str) -> None:
        """At once: USB is made for it."""
        self.add("usb-serial", chardev)


class RngEgd(OnBoard):
    """rng-egd.c, which is no device."""

    def plug(self, chardev: str) -> None:
        """An object."""
        self.monitor.execute("object-add", {"qom-type": "rng-egd", "id": self.name, "chardev": chardev})

    def unplug(self) -> None:
        """The same."""
        self.monitor.execute("object-del", {"id": self.name})

    def use_driver(self) -> None:
        """It says the name of its chardev (`rng_egd_get_chardev`)."""
        self.monitor.execute("qom-get", {"path": f"/objects/{self.name}", "property": "chardev"})


class GdbServer(OnBoard):
    """gdbstub.c, which there is one of."""

    def plug(self, chardev: str) -> None:
        """A command of the monitor for people. Raises `Refused`."""
        said = self.monitor.type(f"gdbserver chardev:{chardev}")
        if "Could not open" in said:
            raise Refused(said.strip())


PLACES: dict[str, type[OnBoard]] = {
    "virtconsole": VirtConsole,
    "virtserialport": VirtSerialPort,
    "serial": PciSerial,
    "monitor": UsbSerial,
    "gdbstub": GdbServer,
    "rng_egd": RngEgd,
}

WITHOUT = {
    "sifive": "only RISC-V machines have a SiFive UART",
    "htif": "only RISC-V machines have an HTIF console",
    "refuser": "no device of QEMU's refuses",
    "vhost_user": "a vhost-user device needs a process that does its work",
    "colo_compare": "colo-compare needs a network between two guests",
}
"""The models that can't be had, and why."""
