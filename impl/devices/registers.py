"""The registers of a 16550A, as the guest sees them."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Protocol

FIFO = 16
"""How many bytes a FIFO holds (`UART_FIFO_LENGTH`)."""
TRIGGERS = (1, 4, 8, 14)
"""How many received bytes call for an interrupt, by the two uppermost bits of the FIFO control register."""
DIVISOR_LATCH = 0x80
"""The bit of the line control register by which the first two registers are the divisor (`UART_LCR_DLAB`)."""


class Register(IntEnum):
    """Where each is, from the base port. Two have another name, and meaning, when they are written."""

    rbr = 0
    thr = 0
    ier = 1
    iir = 2
    fcr = 2
    lcr = 3
    mcr = 4
    lsr = 5
    msr = 6
    scr = 7


class Interrupt(IntFlag):
    """What the guest wants to be interrupted for: the interrupt enable register."""

    received = 0x01
    sent = 0x02
    line = 0x04
    modem = 0x08


class Cause(IntEnum):
    """Why there is an interrupt: the interrupt identification register."""

    modem = 0x00
    none = 0x01
    sent = 0x02
    received = 0x04
    line = 0x06
    timeout = 0x0C
    """Some bytes were received, but fewer than the guest wants to be interrupted for."""


WANTED = {
    Cause.line: Interrupt.line,
    Cause.timeout: Interrupt.received,
    Cause.received: Interrupt.received,
    Cause.sent: Interrupt.sent,
    Cause.modem: Interrupt.modem,
}
"""What the guest has to want for each cause, the most urgent first."""


class FifoControl(IntFlag):
    """The FIFO control register."""

    enable = 0x01
    clear_received = 0x02
    clear_unsent = 0x04
    dma = 0x08
    trigger = 0xC0


class ModemControl(IntFlag):
    """The lines to the modem: the modem control register."""

    dtr = 0x01
    rts = 0x02
    out1 = 0x04
    out2 = 0x08
    loop = 0x10
    """What is sent is received, and the lines to the modem are the lines from it."""


class LineStatus(IntFlag):
    """The line status register."""

    ready = 0x01
    """There is a byte to read."""
    overrun = 0x02
    break_ = 0x10
    room = 0x20
    """The guest may write a byte (THRE)."""
    idle = 0x40
    """Every byte was sent (TEMT)."""


class ModemStatus(IntFlag):
    """The lines from the modem, and which of them have turned: the modem status register."""

    cts_turned = 0x01
    cts = 0x10
    dsr = 0x20
    ri = 0x40
    dcd = 0x80


LOOPED = {
    ModemControl.dtr: ModemStatus.dsr,
    ModemControl.rts: ModemStatus.cts,
    ModemControl.out1: ModemStatus.ri,
    ModemControl.out2: ModemStatus.dcd,
}
"""Which line from the modem each line to it is, in a loop."""


class Line(Protocol):
    """What the registers are on: somebody who sends and receives."""

    @property
    def busy(self) -> bool:
        """Whether a byte waits to be sent."""

    def send(self, byte: int) -> None:
        """Send a byte, after those that wait."""

    def forget_queue(self) -> None:
        """Have only the byte wait that is being sent."""

    def modem_lines(self) -> ModemStatus:
        """Which lines from the modem are on."""

    def accept_input(self) -> None:
        """There may be room for what was received meanwhile."""


class Registers:
    """The part of a UART that a guest can see, by `inb` and `outb`."""

    def __init__(self, line: Line) -> None:
        """`serial_reset`: 9600 baud, no FIFO, no interrupts."""
        self.line = line
        self.divisor = 12
        self.ier = Interrupt(0)
        self.fcr = FifoControl(0)
        self.lcr = 0
        self.mcr = ModemControl.out2
        self.scr = 0
        self.received = bytearray()
        self.errors = LineStatus(0)
        """What went wrong, until the guest has seen it."""
        self.turned = ModemStatus(0)
        """Which lines have turned, until the guest has seen it."""
        self.knows_sent = False
        """The guest has seen the interrupt that says that it may write."""

    # What the guest does.

    def inb(self, offset: int) -> int:
        """`serial_ioport_read`: read a register. What a register tells once is seen then."""
        match Register(offset):
            case Register.rbr | Register.ier if self.lcr & DIVISOR_LATCH:
                return self.divisor.to_bytes(2, "little")[offset]
            case Register.rbr:
                return self._take()
            case Register.ier:
                return self.ier
            case Register.iir:
                return self._identify()
            case Register.lcr:
                return self.lcr
            case Register.mcr:
                return self.mcr
            case Register.lsr:
                return self._line_status()
            case Register.msr:
                return self._modem_status()
            case _:
                return self.scr

    def outb(self, offset: int, value: int) -> None:
        """`serial_ioport_write`: write a register. Both status registers stay as they are."""
        match Register(offset):
            case Register.thr | Register.ier if self.lcr & DIVISOR_LATCH:
                self._divide(offset, value)
            case Register.thr:
                self._send(value)
            case Register.ier:
                self._enable(Interrupt(value & 0x0F))
            case Register.fcr:
                self._control_fifos(FifoControl(value))
            case Register.lcr:
                self.lcr = value
            case Register.mcr:
                self.mcr = ModemControl(value & 0x1F)
            case Register.scr:
                self.scr = value

    @property
    def irq(self) -> bool:
        """Whether the guest is interrupted."""
        return self.cause is not Cause.none

    @property
    def cause(self) -> Cause:
        """`serial_update_irq`: the most urgent of what the guest wants to be interrupted for."""
        given = {
            Cause.line: bool(self.errors),
            # No time passes here: what is too little for an interrupt has waited long enough.
            Cause.timeout: 0 < len(self.received) < self.trigger,
            Cause.received: len(self.received) >= self.trigger,
            Cause.sent: not self.line.busy and not self.knows_sent,
            Cause.modem: bool(self.turned),
        }
        return next((cause for cause, wanted in WANTED.items() if given[cause] and wanted in self.ier), Cause.none)

    # What the line does.

    def receive(self, byte: int) -> None:
        """`serial_receive1`: with too many bytes a FIFO keeps the old ones, a single register has the new one."""
        if not self.room:
            self.errors |= LineStatus.overrun
            if self.has_fifos:
                return
            self.received.clear()
        self.received.append(byte)

    def receive_break(self) -> None:
        """`serial_receive_break`: it is received as a NUL."""
        self.receive(0)
        self.errors |= LineStatus.break_

    # The FIFOs.

    @property
    def has_fifos(self) -> bool:
        """Whether the guest has turned them on."""
        return FifoControl.enable in self.fcr

    @property
    def depth(self) -> int:
        """How many bytes each can hold."""
        return FIFO if self.has_fifos else 1

    @property
    def room(self) -> int:
        """How many bytes more can be received."""
        return self.depth - len(self.received)

    @property
    def trigger(self) -> int:
        """`recv_fifo_itl`: how many received bytes call for an interrupt."""
        return TRIGGERS[self.fcr >> 6] if self.has_fifos else 1

    def _control_fifos(self, control: FifoControl) -> None:
        """`serial_write_fcr`: to turn them on or off is to clear them."""
        switched = FifoControl.enable in control ^ self.fcr
        if switched or FifoControl.clear_received in control:
            self.received.clear()
            self.errors &= ~LineStatus.break_
        if switched or FifoControl.clear_unsent in control:
            self.line.forget_queue()
            self.knows_sent = False
        self.fcr = control & (FifoControl.enable | FifoControl.dma | FifoControl.trigger)

    # The registers that are more than a place to keep a value in.

    def _take(self) -> int:
        """The byte that was received first, or 0."""
        byte = self.received.pop(0) if self.received else 0
        if not self.received:
            self.errors &= ~LineStatus.break_
        if ModemControl.loop not in self.mcr:
            self.line.accept_input()
        return byte

    def _send(self, byte: int) -> None:
        self.knows_sent = False
        if ModemControl.loop in self.mcr:
            self.receive(byte)
        else:
            self.line.send(byte)

    def _divide(self, offset: int, value: int) -> None:
        """One of the two bytes."""
        latch = bytearray(self.divisor.to_bytes(2, "little"))
        latch[offset] = value
        self.divisor = int.from_bytes(latch, "little")

    def _enable(self, wanted: Interrupt) -> None:
        """A guest that wants to know anew that it may write is told so."""
        if Interrupt.sent in wanted ^ self.ier:
            self.knows_sent = False
        self.ier = wanted

    def _identify(self) -> int:
        cause = self.cause
        if cause is Cause.sent:
            self.knows_sent = True
        return cause | (0xC0 if self.has_fifos else 0)

    def _line_status(self) -> int:
        errors, self.errors = self.errors, LineStatus(0)
        ready = LineStatus.ready if self.received else LineStatus(0)
        sent = LineStatus(0) if self.line.busy else LineStatus.room | LineStatus.idle
        return errors | ready | sent

    def _modem_status(self) -> int:
        if ModemControl.loop in self.mcr:
            return sum(line for control, line in LOOPED.items() if control in self.mcr)
        lines = self.line.modem_lines()
        turned, self.turned = self.turned, ModemStatus(0)
        return lines | turned
