"""A console whose other side is a command on a pseudo terminal of its own, in place of a guest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..backends.pty import Pty
from ..context import Condition, Source
from .device import Device, bottom

if TYPE_CHECKING:
    from ..host import Channel
    from ..layer import Layer

ROOM = 4096
"""How many bytes are carried at a time."""


class Console(Device):
    """It carries bytes both ways, no more than the one who is to have them takes: the others wait where they are.

    What the command writes is discarded if there is nobody to have it (null, a listener without a client); but on a
    pseudo terminal that nobody has open it waits, since nobody could have opened a new one before.
    """

    hotswap = True
    events = True
    waits = True
    moves_watch = True

    def __init__(self, layer: Layer, terminal: Channel) -> None:
        super().__init__(layer)
        self.terminal = terminal
        """The command's, seen from outside."""
        self.output: Source | None = None
        """The command may have written something."""
        self.input: Source | None = None
        """The command may have read something."""
        self.typed = b""
        """What has come for the command, and its terminal has not taken yet."""
        self.delivered: Callable[[], None] | None = None
        """The command has ended: to be called when its last output is delivered."""

    def synchronise(self) -> None:
        """It is on a chardev, maybe another one: once that is settled, there may be somebody to write to."""
        self.layer.main.idle(self.write_on)

    def opened(self) -> None:
        """There is somebody to write to."""
        self.write_on()

    def unrealize(self) -> None:
        """The command is neither heard nor told anything."""
        self._drop_output()
        self._drop_input()
        super().unrealize()

    # From the command.

    def arm(self) -> None:
        """Hear the command while its output has somewhere to go."""
        if self.delivered is not None:
            self.carry_rest(self.delivered)
        elif self.is_blocked():
            self._drop_output()
        elif self.output is None:
            self.output = self.layer.main.watch(self.terminal, Condition.readable, self.readable)

    def is_blocked(self) -> bool:
        """Whether output would have to wait."""
        return self.waiting or bool(self.pending) or self.is_awaiting()

    def is_awaiting(self) -> bool:
        """Whether nobody has the pseudo terminal open that it is on."""
        chr = bottom(self.frontend.chr)
        return isinstance(chr, Pty) and not chr.connected

    def readable(self) -> None:
        """The command has written something."""
        if not self.is_blocked():
            self.carry()
        self.arm()

    def carry(self) -> bool:
        """Write what the command has written; whether there was anything."""
        try:
            data = self.terminal.read(ROOM)
        except BlockingIOError:
            return False
        self.write(data)
        return bool(data)

    def write_on(self) -> None:
        """What has waited is written; then the command is heard again."""
        if self.pending and not self.is_awaiting():
            super().write_on()
        if self.plugged:
            self.arm()

    def finish(self, delivered: Callable[[], None]) -> None:
        """The command has ended: call when its last output is written."""
        self._drop_output()
        self.delivered = delivered
        self.arm()

    def carry_rest(self, delivered: Callable[[], None]) -> None:
        """Nobody writes any more: as much as can be written, and if that is all, it is delivered."""
        while not self.is_blocked():
            if not self.carry():
                delivered()
                return

    def is_unread(self) -> bool:
        """Whether somebody has a pseudo terminal open, and has not read all that was written to it."""
        chr = bottom(self.frontend.chr)
        return isinstance(chr, Pty) and chr.is_unread()

    def _drop_output(self) -> None:
        if self.output is not None:
            self.output.destroy()
        self.output = None

    # To the command.

    def can_read(self) -> int:
        """`chr_can_read`: nothing while the command's terminal is full."""
        return 0 if self.typed else ROOM

    def read(self, data: bytes) -> None:
        """`chr_read`: for the command."""
        self.typed += data
        self.type_on()

    def type_on(self) -> None:
        """As much as the command's terminal takes; when that is all, there may be more."""
        try:
            taken = self.terminal.write(self.typed)
        except BlockingIOError:
            taken = 0
        except OSError:  # the command has ended
            taken = len(self.typed)
        self.typed = self.typed[taken:]
        if self.typed and self.input is None:
            self.input = self.layer.main.watch(self.terminal, Condition.writable, self.type_on)
        elif not self.typed and self.input is not None:
            self._drop_input()
            self.frontend.accept_input()

    def _drop_input(self) -> None:
        if self.input is not None:
            self.input.destroy()
        self.input = None
