"""The registers of a 16550A, as the guest sees them."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Protocol

FIFO = 16
"""How many bytes a FIFO holds (`UART_FIFO_LENGTH`)."""
TRIGGERS = (1, 4, 8, 14)
"""How many received bytes call for an interrupt, by the two uppermost bits of the FIFO control register."""
BASE = 115_200
"""How many bits are sent in a second if the divisor is 1 (`baudbase`)."""
SLOWEST = 3500
"""How many, if the divisor is 0."""
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
    """There are bytes in the FIFO, and for some time nobody has sent or read another one."""


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
        """Whether a byte is being sent."""

    @property
    def queued(self) -> int:
        """How many bytes wait behind it."""

    def send(self, byte: int) -> None:
        """Send a byte, after those that wait."""

    def forget_queue(self) -> None:
        """Have no byte wait any more."""

    def start_timer(self, seconds: float) -> None:
        """Call `time_out` then, and not when it was to be called before."""

    def stop_timer(self) -> None:
        """Don't call it."""

    def modem_lines(self) -> ModemStatus:
        """Which lines from the modem are on."""

    def accept_input(self) -> None:
        """There may be room now for what has come (QEMU's main loop asks for that at every turn)."""


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
        """The FIFO of the receiver."""
        self.last_received = 0
        """The single register (`rbr`), which is read when the FIFOs are off."""
        self.ready = LineStatus(0)
        """Whether there is a byte to read."""
        self.timed_out = False
        """The line was quiet for some time, and there are bytes in the FIFO (`timeout_ipending`)."""
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
            Cause.timeout: self.timed_out,
            Cause.received: bool(self.ready) and (not self.has_fifos or len(self.received) >= self.trigger),
            Cause.sent: not self.line.queued and not self.knows_sent,
            Cause.modem: bool(self.turned),
        }
        return next((cause for cause, wanted in WANTED.items() if given[cause] and wanted in self.ier), Cause.none)

    @property
    def loops(self) -> bool:
        """Whether what is sent is received, by the same UART."""
        return ModemControl.loop in self.mcr

    # What the line does.

    def can_receive(self) -> int:
        """`serial_can_receive`: a FIFO takes as many bytes as the guest wants at a time, and no more until it reads.

        Only a break can make them more than that. Then there is room for one at a time.
        """
        if not self.has_fifos:
            return 0 if self.ready else 1
        if len(self.received) > self.trigger:
            return 1 if len(self.received) < FIFO else 0
        return self.trigger - len(self.received)

    def receive(self, byte: int) -> None:
        """`serial_receive1`: with too many bytes a FIFO keeps the old ones, a single register has the new one."""
        if self.has_fifos:
            self._put(byte)
            self._start_timer()
        else:
            self.errors |= LineStatus.overrun if self.ready else LineStatus(0)
            self.last_received = byte
        self.ready = LineStatus.ready

    def receive_break(self) -> None:
        """`serial_receive_break`: it is received as a NUL, and by the FIFO even if that is off."""
        self._put(0)
        self.last_received = 0
        self.ready = LineStatus.ready
        self.errors |= LineStatus.break_

    def time_out(self) -> None:
        """`fifo_timeout_int`: there was nothing new for as long as it takes to send four bytes."""
        self.timed_out = bool(self.received)

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
    def trigger(self) -> int:
        """`recv_fifo_itl`: how many received bytes call for an interrupt."""
        return TRIGGERS[self.fcr >> 6]

    def _control_fifos(self, control: FifoControl) -> None:
        """`serial_write_fcr`: to turn them on or off is to clear them."""
        switched = FifoControl.enable in control ^ self.fcr
        if switched or FifoControl.clear_received in control:
            self.received.clear()
            self._nothing_to_read()
            self.timed_out = False
            self.line.stop_timer()
        if switched or FifoControl.clear_unsent in control:
            self.line.forget_queue()
            self.knows_sent = False
        self.fcr = control & (FifoControl.enable | FifoControl.dma | FifoControl.trigger)
        self.line.accept_input()

    def _put(self, byte: int) -> None:
        if len(self.received) < FIFO:
            self.received.append(byte)
        else:
            self.errors |= LineStatus.overrun

    def _start_timer(self) -> None:
        """A byte is a start bit, 5 to 8 bits of data, maybe a parity bit, and one or two stop bits."""
        bits = 1 + 5 + (self.lcr & 3) + bool(self.lcr & 8) + (2 if self.lcr & 4 else 1)
        self.line.start_timer(4 * bits * self.divisor / BASE if self.divisor else 4 * bits / SLOWEST)

    # The registers that are more than a place to keep a value in.

    def _take(self) -> int:
        """The byte that was received first, or 0; of a single register the last one, though it may have been read."""
        if self.has_fifos:
            byte = self.received.pop(0) if self.received else 0
            self.timed_out = False
            if self.received:
                self._start_timer()
            else:
                self._nothing_to_read()
        else:
            byte = self.last_received
            self._nothing_to_read()
        self.line.accept_input()
        return byte

    def _nothing_to_read(self) -> None:
        self.ready = LineStatus(0)
        self.errors &= ~LineStatus.break_

    def _send(self, byte: int) -> None:
        self.knows_sent = False
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
        room = LineStatus(0) if self.line.queued else LineStatus.room
        idle = LineStatus(0) if self.line.busy else LineStatus.idle
        return errors | self.ready | room | idle

    def _modem_status(self) -> int:
        if self.loops:
            return sum(line for control, line in LOOPED.items() if control in self.mcr)
        lines = self.line.modem_lines()
        turned, self.turned = self.turned, ModemStatus(0)
        return lines | turned
