"""char-ringbuf.c: a buffer in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ..chardev import Chardev
from ..errors import ChardevError

if TYPE_CHECKING:
    from ..layer import Layer


class RingBuf(Chardev):
    """The last bytes that were written: the oldest are overwritten. Open from the start."""

    kind = "ringbuf"

    def __init__(self, layer: Layer, label: str, size: int = 65536) -> None:
        super().__init__(layer, label)
        self.size = size
        self.buffer = bytearray()

    def open(self) -> None:
        """`qemu_chr_open_ringbuf`."""
        if self.size & (self.size - 1):
            raise ChardevError("size of ringbuf chardev must be power of two")
        self.be_event(Event.opened)

    def put(self, data: bytes) -> int:
        """`ringbuf_chr_write`."""
        self.buffer += data
        del self.buffer[: max(0, len(self.buffer) - self.size)]
        return len(data)

    def take(self, size: int) -> bytes:
        """`ringbuf_chr_read`: the oldest bytes, which are gone then."""
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken


class Memory(RingBuf):
    """The same under its older name."""

    kind = "memory"
