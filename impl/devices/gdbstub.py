"""gdbstub.c: a debugger's frontend."""

from __future__ import annotations

from .unswappable import Unswappable


class GdbStub(Unswappable):
    """A debugger that connects stops the machine."""

    def opened(self) -> None:
        """`gdb_chr_event`."""
        self.layer.stop()
