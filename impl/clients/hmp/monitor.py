"""The human's monitor, without readline: nothing is echoed, there are no escape sequences, and nothing is completed.

QEMU's monitor in this mode edits the line itself. Here that is left to whoever is at the other end: a terminal, which
is asked to echo, or a client of a socket. A client hears the banner, the prompt and what its commands print, so that
a program needs to skip nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...version import version
from ..lines import Lines
from ..monitor import Monitor
from .commands import answer

if TYPE_CHECKING:
    from ...layer import Layer

MOST = 4095
"""How long a line may be (READLINE_CMD_BUF_SIZE)."""
PROMPT = "(qemu) "


class HmpMonitor(Monitor):
    """hmp.c, a monitor in readline mode."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.lines = Lines(MOST, ends=b"\r\n")

    def opened(self) -> None:
        """`monitor_event`: a new session begins with a banner."""
        self.lines.reset()
        number = ".".join(map(str, version(self.layer)))
        self.say(f"QEMU {number} monitor - type 'help' for more information\r\n{PROMPT}")

    def read(self, data: bytes) -> None:
        """`monitor_read`: do what each line says."""
        for line in self.lines.feed(data):
            if line is None:
                self.say(f"a line is at most {MOST:,} bytes\r\n{PROMPT}")
            else:
                self.handle(line)

    def handle(self, line: bytes) -> None:
        """`monitor_command_cb`: after the answer it prompts, unless there is nothing more to come."""
        said = answer(self.layer, line.decode(errors="replace"))
        self.say(said if self.layer.quits else f"{said}{PROMPT}")

    def say(self, text: str) -> None:
        """`monitor_puts`."""
        self.send(text.encode())
