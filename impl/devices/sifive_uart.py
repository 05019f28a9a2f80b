"""sifive_uart.c: the UART of a RISC-V board."""

from __future__ import annotations

from ...spec.profiles import SIFIVE_WATCH
from .device import Device


class SiFive(Device):
    """It does not keep the tag of its watch, and so never removes that."""

    hotswap = True
    events = True
    drops_watch = False

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """It learned to wait late."""
        return SIFIVE_WATCH in self.layer.switches
