"""char-file.c: a file to write to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import TRUNCATE_LATE
from ..errors import ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from ..layer import Layer


class File(ChannelChardev):
    """A file to write to, and maybe another to read from."""

    kind = "file"

    def __init__(self, layer: Layer, label: str, out: str, in_: str | None = None, append: bool = False) -> None:
        super().__init__(layer, label)
        self.out, self.in_, self.append = out, in_, append

    def open(self) -> None:
        """`qmp_chardev_open_file`: the one to write, which empties it, then the one to read."""
        truncate = not self.append and TRUNCATE_LATE not in self.layer.switches
        try:
            self.channel = self.layer.host.open_file(self.out, self.in_, append=self.append, truncate=truncate)
        except OSError as error:
            raise ChardevError(f"Could not open '{error.filename}': {error.strerror}") from None
        self.be_event(Event.opened)

    def settle(self) -> None:
        """The file is emptied when it is sure to be written to."""
        super().settle()
        if TRUNCATE_LATE in self.layer.switches and not self.append:
            assert self.channel is not None
            self.channel.truncate()
