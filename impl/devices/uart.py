"""serial.c: the UART of a PC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import MODEM_RESET
from ..context import Source
from .device import Device
from .registers import ModemStatus, Registers

if TYPE_CHECKING:
    from ..layer import Layer

SERIAL_PORTS = (0x3F8, 0x2F8, 0x3E8, 0x2E8)
"""Where a PC has its serial ports (`isa_serial_io`)."""
PERIOD = 0.01
"""How often the modem lines are read, in seconds."""
MAX_XMIT_RETRY = 4
"""How often a byte is tried again."""


class Serial(Device):
    """A 16550A, which reads the modem lines of its chardev.

    The byte that is being sent is the first of `pending`, and the transmitter's FIFO has the others.
    """

    hotswap = True
    events = True
    drops_watch = False
    moves_watch = True

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.registers = Registers(self)
        self.port: int | None = None
        """Where the guest finds it."""
        self.timer: Source | None = None
        """`fifo_timeout_timer`."""
        self.tsr_retry = 0
        """How often the byte that is being sent was tried again."""
        self.poll: Source | None = None
        """`poll_msl`: the modem lines are read from time to time."""
        self.cts = False
        """What they said last: clear to send."""

    def register(self) -> None:
        """`serial_reset`: a new UART takes the lines for ready."""
        if not self.plugged:
            self.registers = Registers(self)
            self.cts = True
        super().register()

    def forget(self) -> None:
        """What the UART had is gone with it."""
        self.forget_poll()
        self.stop_timer()
        self.cts = False

    # What the guest does.

    def inb(self, offset: int) -> int:
        """`serial_ioport_read`: the guest reads a register."""
        return self.registers.inb(offset)

    def outb(self, offset: int, value: int) -> None:
        """`serial_ioport_write`: the guest writes a register."""
        self.registers.outb(offset, value)

    @property
    def irq(self) -> bool:
        """Whether the guest is interrupted."""
        return self.registers.irq

    # What its chardev does.

    def can_read(self) -> int:
        """`serial_can_receive1`."""
        return self.registers.can_receive()

    def read(self, data: bytes) -> None:
        """`serial_receive1`."""
        for byte in data:
            self.registers.receive(byte)

    def event(self, event: Event) -> None:
        """`serial_event`: the guest hears BREAK, and nothing else."""
        super().event(event)
        if event is Event.break_:
            self.registers.receive_break()
            self.accept_input()

    # Its line.

    @property
    def busy(self) -> bool:
        """Whether a byte is being sent, which the chardev did not take (TEMT is off)."""
        return bool(self.pending)

    @property
    def queued(self) -> int:
        """How many bytes wait behind it (THRE is off if there is one)."""
        return len(self.pending[1:])

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """Not for ever: a watch says that there is room, but somebody else may have taken that."""
        return self.tsr_retry < MAX_XMIT_RETRY

    def send(self, byte: int) -> None:
        """The guest has written a byte: of too many that wait, the newest stay."""
        if self.busy:
            queue = self.pending[1:] + bytes([byte])
            self.pending = self.pending[:1] + queue[-self.registers.depth :]
        else:
            self.write(bytes([byte]))

    def write(self, data: bytes) -> None:
        """Send what was not tried before."""
        self.tsr_retry = 0
        self.xmit(data)

    def write_on(self) -> None:
        """`serial_watch_cb`: the first byte is tried again."""
        if self.plugged and not self.waiting:
            data, self.pending = self.pending, b""
            self.tsr_retry += 1
            self.xmit(data)

    def xmit(self, data: bytes) -> None:
        """`serial_xmit`: byte by byte, until one has to wait."""
        for position, byte in enumerate(data):
            if self.registers.loops:
                self.registers.receive(byte)
            else:
                super().write(bytes([byte]))
            if self.waiting:
                self.pending = data[position:]
                return
            self.tsr_retry = 0

    def forget_queue(self) -> None:
        """The byte that is being sent can't be taken back."""
        self.pending = self.pending[:1]

    def accept_input(self) -> None:
        """`qemu_chr_fe_accept_input`: there may be room for another byte."""
        self.frontend.accept_input()

    def start_timer(self, seconds: float) -> None:
        """`timer_mod`."""
        self.stop_timer()
        self.timer = self.layer.main.timer(seconds, self.registers.time_out)

    def stop_timer(self) -> None:
        """`timer_del`."""
        if self.timer is not None:
            self.timer.destroy()
        self.timer = None

    # The modem lines.

    def synchronise(self) -> None:
        """`serial_update_tiocm`, `serial_update_msl`: a chardev without modem lines answers ENOTSUP."""
        chr = self.frontend.chr
        if chr is not None and chr.has_modem_lines:
            self.read_lines()
        else:
            self.forget_poll()
            if MODEM_RESET in self.layer.switches:
                self.lines_say(True)

    def read_lines(self) -> None:
        """`serial_update_msl`, by a timer, or because the guest asks."""
        self.forget_poll()
        if self.frontend.chr is not None:
            self.lines_say(self.frontend.chr.clear_to_send())
        self.poll = self.layer.main.timer(PERIOD, self.read_lines)

    def lines_say(self, cts: bool) -> None:
        """A line that turns is news for the guest, unless the UART is new too."""
        if self.plugged and cts != self.cts:
            self.registers.turned |= ModemStatus.cts_turned
        self.cts = cts

    def modem_lines(self) -> ModemStatus:
        """`serial_update_msl`: as they are now, if they can be read. Only one of them is known of a chardev."""
        if self.poll is not None:
            self.read_lines()
        return ModemStatus.dsr | ModemStatus.dcd | (ModemStatus.cts if self.cts else ModemStatus(0))

    def forget_poll(self) -> None:
        """The lines are read no more."""
        if self.poll is not None:
            self.poll.destroy()
        self.poll = None
