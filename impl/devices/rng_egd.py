"""rng-egd.c, and xen_console.c: who keeps a pointer to his chardev."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..chardev import Chardev
from ..errors import Abort
from .device import Device

if TYPE_CHECKING:
    from ..layer import Layer


class RngEgd(Device):
    """No change handler, and a copy of the pointer."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.driver: Chardev | None = None
        """What `qemu_chr_fe_get_driver` returned, kept."""

    def attached(self, chr: Chardev) -> None:
        """It keeps the pointer."""
        self.driver = self.frontend.get_driver()

    def use_driver(self) -> None:
        """It follows the pointer that it kept."""
        if self.driver is None or self.driver.be is not self.frontend:
            raise Abort("the pointer that a device kept is not its chardev's")

    def forget(self) -> None:
        """The pointer is gone with it."""
        self.driver = None
