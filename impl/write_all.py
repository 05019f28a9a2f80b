"""A write that does not return before everything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec import write_all as spec
from .control import Control

if TYPE_CHECKING:
    from .devices.device import Device


class WriteAll:
    """`qemu_chr_fe_write_all`, called by a virtual CPU: while the peer does not read, it tries again with the lock."""

    def __init__(self) -> None:
        self.control = Control(spec.WriteAll)
        self.device: Device | None = None
        """Whose output is not written yet."""
        self.data = b""

    def write_all(self, device: Device, data: bytes) -> None:
        """Begin: what does not fit is tried again."""
        with self.control.taking("write_all"):
            self.device, self.data = device, data

    def try_again(self) -> bool:
        """Whether everything is written, or can't be."""
        assert self.device is not None
        try:
            self.device.frontend.write(self.data)
        except BlockingIOError:
            return False
        except OSError:
            pass
        with self.control.taking("written"):
            self.device, self.data = None, b""
        return True
