"""The PCI bus of QEMU's machine `pc`, as far as a guest has to know it to use a card, and to let go of one."""

from __future__ import annotations

from .qtest import QTest

CONFIG_ADDRESS, CONFIG_DATA = 0xCF8, 0xCFC
ENABLE = 1 << 31
COMMAND, BAR0 = 0x04, 0x10
IO, MEMORY, MASTER = 1, 2, 4

EJECT, BUS = 0xAE08, 0xAE10
"""Ports of the ACPI hot-plug controller: which cards of a bus are to be ejected, a bit for each slot, and which bus."""


class Pci:
    """The cards of the root bus, by their slots."""

    def __init__(self, qtest: QTest) -> None:
        self.qtest = qtest

    def write(self, slot: int, register: int, value: int) -> None:
        """Write a register of a card's configuration space."""
        address = ENABLE | slot << 11 | register
        self.qtest.do(f"outl {CONFIG_ADDRESS:#x} {address:#x}", f"outl {CONFIG_DATA:#x} {value:#x}")

    def enable(self, slot: int, port: int) -> None:
        """Have the card's registers at a port, and let it read memory."""
        self.write(slot, BAR0, port)
        self.write(slot, COMMAND, IO | MEMORY | MASTER)

    def eject(self, slot: int) -> None:
        """What a guest does when it was asked to let go of a card."""
        self.qtest.do(f"outl {BUS:#x} 0", f"outl {EJECT:#x} {1 << slot:#x}")
