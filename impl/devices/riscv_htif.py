"""riscv_htif.c: the console of a RISC-V host."""

from __future__ import annotations

from .device import Device


class Htif(Device):
    """It writes until everything is written."""

    hotswap = True
    drops_watch = False
