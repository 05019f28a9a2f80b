"""char-stdio.c: the backend that is the layer's own terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import DUP_STDIO, OWN_TERMINAL
from ..errors import Abort, ChardevError
from .channel import ChannelChardev

if TYPE_CHECKING:
    from ..layer import Layer


class Stdio(ChannelChardev):
    """The descriptors 0 and 1."""

    kind = "stdio"
    has_terminal = False

    def __init__(self, layer: Layer, label: str, signal: bool | None = None) -> None:
        super().__init__(layer, label)
        self.signal = signal
        """Whether Ctrl-C is a signal for this process, or a byte; if that was not said, the host decides."""

    def open(self) -> None:
        """`qemu_chr_open_stdio`, `qemu_chr_open_fd`: only one at a time, and both descriptors have to be open."""
        if self.layer.stdio_in_use:
            raise ChardevError("cannot use stdio by multiple character devices")
        self.layer.stdio_in_use = self.has_terminal = True
        if not self.layer.host.is_open(0):
            raise ChardevError("Failed to set FD nonblocking: Bad file descriptor")
        if not self.layer.host.is_open(1):
            raise Abort("chardev/char-fd.c: qemu_chr_open_fd: Assertion '!\"Failed to set FD nonblocking\"' failed.")
        self.channel = self.layer.host.stdio(copied=DUP_STDIO in self.layer.switches)
        self.set_echo(False)
        self.be_event(Event.opened)

    def set_echo(self, echo: bool) -> None:
        """`qemu_chr_set_echo_stdio`."""
        self.layer.host.set_terminal(echo=echo, signal=self.signal)

    def close(self) -> None:
        """`char_stdio_finalize`: give the terminal back."""
        if self.has_terminal or OWN_TERMINAL not in self.layer.switches:
            self.layer.stdio_in_use = False
            self.layer.host.restore_terminal()
        super().close()
