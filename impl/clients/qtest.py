"""The server's side of QEMU's qtest protocol, of which a guest's serial ports and its clock are offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..devices import drivers
from .conversation import Conversation
from .lines import Lines

if TYPE_CHECKING:
    from ..devices.uart import Serial
    from ..layer import Layer

NOBODY = 0xFF
"""What is read where nobody is."""
TICK = 10_000_000
"""How far the next deadline is, in nanoseconds: that of a timer by which a UART reads the modem lines."""
MOST = 1 << 16
"""How long a line may be."""


class QTest(Conversation):
    """`qtest_server_start`: the server, whose client is at the other end of a chardev."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.commands = Commands(layer)
        self.lines = Lines(MOST)

    def closed(self) -> None:
        """The client has gone, in the middle of a line maybe."""
        super().closed()
        self.lines.reset()

    def read(self, data: bytes) -> None:
        """`qtest_process_inbuf`: answer each line."""
        for line in self.lines.feed(data):
            if line is None:
                self.say(f"FAIL A line is at most {MOST} bytes")
            else:
                self.say(self.commands.answer(line.decode("ascii", "replace")))

    def say(self, answer: str) -> None:
        """`qtest_send`."""
        self.send(answer.encode() + b"\n")


class Commands:
    """What a client can have done, a line at a time. Nothing is read or sent here."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.now = 0
        """The guest's clock, in nanoseconds."""

    def answer(self, line: str) -> str:
        """`qtest_process_command`: the reply to a line. Neither has its end."""
        try:
            return self._do(line)
        except ValueError as error:
            return f"FAIL {error}"

    def _do(self, line: str) -> str:
        match line.split():
            case ["outb", address, value]:
                self._outb(_port(address), _number(value) & 0xFF)
                return "OK"
            case ["inb", address]:
                return f"OK 0x{self._inb(_port(address)):04x}"
            case ["clock_step"]:
                return self._step(TICK)
            case ["clock_step", duration]:
                return self._step(_number(duration))
            case ["endianness"]:
                return "OK little"
            case ["outb" | "inb" | "clock_step" | "endianness" as command, *_]:
                raise ValueError(f"'{command}' takes other arguments")
            case ["outw" | "outl" | "inw" | "inl" as command, *_]:
                raise ValueError(f"'{command}' is not offered: the registers of a UART are of one byte")
            case words:
                raise ValueError(f"Unknown command '{''.join(words[:1])}'")

    def _outb(self, port: int, value: int) -> None:
        uart = self._uart(port)
        if uart is not None:
            uart.outb(port & 7, value)

    def _inb(self, port: int) -> int:
        uart = self._uart(port)
        return uart.inb(port & 7) if uart is not None else NOBODY

    def _uart(self, port: int) -> Serial | None:
        """Each has eight ports."""
        return drivers.serial_ports(self.layer).get(port & ~7)

    def _step(self, duration: int) -> str:
        """`qemu_clock_advance_virtual_time`."""
        if duration <= 0:
            raise ValueError("could not advance time")
        self.now += duration
        return f"OK {self.now}"


def _port(word: str) -> int:
    """Of all that there are."""
    port = _number(word)
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"No port '{word}'")
    return port


def _number(word: str) -> int:
    """Decimal, or with a prefix."""
    try:
        return int(word, 0)
    except ValueError:
        raise ValueError(f"Not a number: '{word}'") from None
