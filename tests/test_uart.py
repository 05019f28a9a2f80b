"""The UART of the layer is a 16550A to its guest, whatever happens to the chardev that it is on.

Where a test says "measured", QEMU 7.2.22 and 10.0.2 both answered so, over qtest and with a chardev that was a socket.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.checker.refine.memory import MemoryChannel, MemoryContext, MemoryHost, MemorySource, Peer
from hotswap.impl.backends.null import Null
from hotswap.impl.backends.pipe import Pipe
from hotswap.impl.backends.serial import Tty
from hotswap.impl.change import Change
from hotswap.impl.commands import chardev_send_break, device_add, device_del
from hotswap.impl.context import Condition
from hotswap.impl.devices.registers import (
    DIVISOR_LATCH,
    Cause,
    FifoControl,
    Interrupt,
    LineStatus,
    ModemControl,
    ModemStatus,
    Register,
)
from hotswap.impl.devices.uart import Serial
from hotswap.impl.layer import Backend, Layer
from hotswap.spec import CHARDEV

PIPE = Backend(Pipe, {"path": "pipe"})
TTY = Backend(Tty, {"path": "tty"})
IDLE = LineStatus.room | LineStatus.idle
FIFO = FifoControl.enable
NO_ROOM = LineStatus(0)
READY = ModemStatus.cts | ModemStatus.dsr | ModemStatus.dcd


class Guest:
    """A machine with one UART, on the chardev `com`."""

    def __init__(self, backend: Backend = PIPE, profile: str = "repaired", fcr: int = 0) -> None:
        self.main = MemoryContext()
        self.layer = Layer(CHARDEV.profile(profile), MemoryHost(), self.main, MemoryContext())
        self.layer.registry.add(self.layer.create(backend, "com"))
        self.uart = Serial(self.layer)
        device_add(self.layer, self.uart, "com")
        self.uart.outb(Register.fcr, fcr)

    @property
    def channel(self) -> MemoryChannel:
        """What its chardev is on."""
        chardev = self.layer.registry.find("com")
        assert isinstance(chardev, Pipe | Tty) and isinstance(chardev.channel, MemoryChannel)
        return chardev.channel

    def write(self, data: bytes) -> None:
        """The guest sends, without looking."""
        for byte in data:
            self.uart.outb(Register.thr, byte)

    def read(self) -> bytes:
        """The guest takes what there is."""
        data = bytearray()
        while self.uart.inb(Register.lsr) & LineStatus.ready:
            data.append(self.uart.inb(Register.rbr))
        return bytes(data)

    def hear(self, data: bytes = b"") -> None:
        """The other end sends, and the main loop reads what the UART takes."""
        self.channel.received += data
        readable = [source for source in self.main.sources if source.condition is Condition.readable]
        for source in readable if self.channel.received else []:
            source.dispatch()

    def drain(self) -> None:
        """The other end reads, and the main loop notices."""
        self.channel.peer = Peer.reads
        if self.uart.watch is not None:
            assert isinstance(self.uart.watch, MemorySource)
            self.uart.watch.dispatch()

    def go_on(self) -> None:
        """The bottom half runs in which the UART writes on."""
        self._run(self.uart.write_on)

    def time_passes(self) -> None:
        """As much as it takes to send four bytes."""
        self._run(self.uart.registers.time_out)

    def _run(self, call: Callable[[], None]) -> None:
        for source in [each for each in self.main.sources if each.call == call]:
            source.dispatch()

    def change(self, backend: Backend) -> None:
        """`chardev-change`."""
        for _ in Change(self.layer).change("com", backend):
            pass


# -- sending ---------------------------------------------------------------------------------------------------------


ORPHAN = """
from hotswap.impl.commands import chardev_remove, device_del
from hotswap.impl.errors import UseAfterFree
from hotswap.checker.refine.memory import Peer
from test_uart import Guest

guest = Guest(profile="qemu-10.0")
guest.channel.peer = Peer.stalled
guest.write(b"x")
watch = guest.uart.watch
device_del(guest.uart)
chardev_remove(guest.layer, "com")
try:
    watch.dispatch()
except UseAfterFree as error:
    print(error)
"""


@pytest.mark.parametrize("words", [[], ["-O"]])
def test_a_watch_that_was_left_behind(words: list[str]) -> None:
    """QEMU's UART leaves its watch behind, which fires for a chardev that is gone; without assertions, too."""
    path = os.pathsep.join(sys.path)
    said = subprocess.run(
        [sys.executable, *words, "-c", ORPHAN], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )

    assert (said.stdout, said.stderr) == ("watch_fires of a chardev that was finalised\n", "")


def test_a_byte_is_sent_when_it_is_written() -> None:
    """What is written to the holding register is with the other end at once, and the transmitter is idle again."""
    guest = Guest()

    guest.write(b"A")

    assert guest.channel.written == b"A"
    assert guest.uart.inb(Register.lsr) == IDLE == 0x60


@pytest.mark.parametrize("fcr", [0, FIFO])
def test_a_byte_waits_for_the_other_end(fcr: int) -> None:
    """While a byte waits there is room for the next one, and when that waits, too, there is none (measured)."""
    guest = Guest(fcr=fcr)
    guest.channel.peer = Peer.stalled
    seen = []

    for byte in (b"A", b"B"):
        guest.write(byte)
        seen.append(guest.uart.inb(Register.lsr))

    assert seen == [LineStatus.room, NO_ROOM] == [0x20, 0x00]

    guest.drain()
    guest.go_on()

    assert guest.channel.written == b"AB"
    assert guest.uart.inb(Register.lsr) == IDLE


def test_room_in_a_fifo() -> None:
    """A FIFO has room when it is empty, not when a byte more would fit (measured)."""
    guest = Guest(fcr=FIFO)
    guest.channel.peer = Peer.stalled
    guest.write(b"AB")

    assert guest.uart.inb(Register.lsr) == NO_ROOM

    guest.uart.outb(Register.fcr, FIFO | FifoControl.clear_unsent)

    assert guest.uart.inb(Register.lsr) == LineStatus.room


@pytest.mark.parametrize(("tries", "sent"), [(4, b"ABC"), (5, b"BC")])
def test_a_byte_is_given_up(tries: int, sent: bytes) -> None:
    """A byte for which there is never room though it is promised is gone after five tries, and only that (measured)."""
    guest = Guest(fcr=FIFO)
    guest.channel.peer = Peer.stalled
    guest.write(b"ABC")

    for _ in range(tries - 1):
        assert isinstance(guest.uart.watch, MemorySource)
        guest.uart.watch.dispatch()
        guest.go_on()
    guest.drain()
    guest.go_on()

    assert guest.channel.written == sent
    assert guest.uart.inb(Register.lsr) == IDLE


@pytest.mark.parametrize(("fcr", "sent"), [(0, b"0Z"), (FIFO, b"0KLMNOPQRSTUVWXYZ")])
def test_of_too_many_bytes_the_newest_stay(fcr: int, sent: bytes) -> None:
    """Beside the byte that is being sent one waits, or 16 in a FIFO; each that is too many takes the oldest's place."""
    guest = Guest(fcr=fcr)
    guest.channel.peer = Peer.stalled

    guest.write(b"0ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    guest.drain()
    guest.go_on()

    assert guest.channel.written == sent


def test_the_queue_can_be_cleared() -> None:
    """A guest that clears the FIFO can't take back the byte that is being sent."""
    guest = Guest(fcr=FIFO)
    guest.channel.peer = Peer.stalled
    guest.write(b"ABC")

    guest.uart.outb(Register.fcr, FIFO | FifoControl.clear_unsent)
    guest.drain()
    guest.go_on()

    assert guest.channel.written == b"A"


def test_nobody_is_there_to_wait_for() -> None:
    """Without a chardev what is written is gone, and the transmitter is idle."""
    guest = Guest()
    guest.uart.frontend.lose()

    guest.write(b"A")

    assert guest.uart.inb(Register.lsr) == IDLE


@pytest.mark.parametrize(
    ("profile", "status"), [("qemu-7.2", LineStatus.room), ("qemu-10.0", LineStatus.room), ("repaired", IDLE)]
)
def test_a_swap_away_from_who_does_not_read(profile: str, status: int) -> None:
    """On a new chardev without a watch QEMU's transmitter is never idle (measured), the repaired one sends its byte."""
    guest = Guest(profile=profile)
    guest.channel.peer = Peer.stalled
    guest.write(b"A")

    guest.change(Backend(Null))
    guest.go_on()

    assert guest.uart.inb(Register.lsr) == status


def test_a_swap_to_who_reads() -> None:
    """On a new chardev that has a watch the byte that waits is sent there."""
    guest = Guest()
    guest.channel.peer = Peer.stalled
    guest.write(b"A")

    guest.change(PIPE)
    guest.drain()
    guest.go_on()

    assert guest.channel.written == b"A"


Burst = st.binary(min_size=1, max_size=16)
SEND = st.lists(Burst | st.sampled_from([Guest.drain, Guest.go_on, Peer.stalled]))


@given(steps=SEND)
def test_what_is_sent_arrives_in_order(steps: list[object]) -> None:
    """A guest that fills the FIFO whenever it may loses nothing, however often the other end stalls."""
    guest, written = Guest(fcr=FIFO), b""
    for step in steps:
        match step:
            case bytes() if guest.uart.inb(Register.lsr) & LineStatus.room:
                guest.write(step)
                written += step
            case Peer():
                guest.channel.peer = step
            case Guest.drain | Guest.go_on:
                step(guest)

    guest.drain()
    guest.go_on()

    assert guest.channel.written == written
    assert guest.uart.inb(Register.lsr) == IDLE


# -- receiving -------------------------------------------------------------------------------------------------------


TRIGGERS = pytest.mark.parametrize(
    ("fcr", "room"), [(0x00, 1), (FIFO, 1), (FIFO | 0x40, 4), (FIFO | 0x80, 8), (FIFO | 0xC0, 14)]
)
"""How many bytes the guest wants to be interrupted for, by the FIFO control register."""


@TRIGGERS
def test_only_what_has_room_is_received(fcr: int, room: int) -> None:
    """Of a burst the UART takes one byte, or with a FIFO as many as the guest wants at a time (measured).

    What comes then is taken when the guest has read a byte.
    """
    guest, data = Guest(fcr=fcr), bytes(range(40))

    guest.hear(data)

    assert guest.channel.received == data[room:]
    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.ready
    assert guest.uart.inb(Register.rbr) == data[0]

    guest.hear()

    assert guest.channel.received == data[room + 1 :]


def test_room_after_a_break() -> None:
    """When a break has made the bytes in a FIFO more than the guest wants, there is room for one more (measured)."""
    guest, data = Guest(fcr=FIFO | 0xC0), bytes(range(1, 20))
    guest.hear(data)

    chardev_send_break(guest.layer, "com")
    guest.hear()

    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.ready | LineStatus.break_
    assert guest.channel.received == data[15:]

    chardev_send_break(guest.layer, "com")

    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.ready | LineStatus.break_ | LineStatus.overrun
    assert guest.read() == data[:14] + b"\0" + data[14:15]


@pytest.mark.parametrize(("before", "after", "taken"), [(0, FIFO | 0xC0, 15), (FIFO, FIFO | 0xC0, 14)])
def test_room_because_the_guest_wants_more(before: int, after: int, taken: int) -> None:
    """A guest that sets up the FIFO has room for more, without having read anything (measured)."""
    guest, data = Guest(fcr=before), bytes(range(1, 41))
    guest.hear(data)

    guest.uart.outb(Register.fcr, after)
    guest.hear()

    assert guest.channel.received == data[taken:]


@pytest.mark.parametrize(("fcr", "read"), [(0, b"A"), (FIFO, b"\0")])
def test_nothing_to_read(fcr: int, read: bytes) -> None:
    """Where nothing is left to be read a guest reads 0 from a FIFO, and from a single register again what it read."""
    guest = Guest(fcr=fcr)
    guest.hear(b"A")
    guest.read()

    assert guest.uart.inb(Register.rbr) == read[0]
    assert Guest(fcr=fcr).uart.inb(Register.rbr) == 0


def test_a_break() -> None:
    """A break is a NUL with a bit in the line status, which the guest sees once."""
    guest = Guest()

    chardev_send_break(guest.layer, "com")

    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.break_ | LineStatus.ready
    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.ready
    assert guest.uart.inb(Register.rbr) == 0
    assert guest.uart.inb(Register.lsr) == IDLE


def test_a_break_that_was_read_is_over() -> None:
    """A guest that reads the NUL without looking at the line status does not see the break later."""
    guest = Guest()
    chardev_send_break(guest.layer, "com")

    guest.uart.inb(Register.rbr)

    assert guest.uart.inb(Register.lsr) == IDLE


@pytest.mark.parametrize("fcr", [0, FIFO])
def test_an_overrun(fcr: int) -> None:
    """Of more than 16 breaks the others have no room, which the guest sees once for each (measured).

    So it is even with the FIFOs off, where a break takes the place of the single byte.
    """
    guest, seen = Guest(fcr=fcr), []

    for _ in range(18):
        chardev_send_break(guest.layer, "com")
        seen.append(guest.uart.inb(Register.lsr) & LineStatus.overrun)

    assert seen == [0] * 16 + [LineStatus.overrun] * 2
    assert not guest.uart.inb(Register.lsr) & LineStatus.overrun
    assert guest.read() == (bytes(16) if fcr else bytes(1))


def test_a_break_hides_a_byte() -> None:
    """In the single register a break takes the place of a byte that was not read, and nobody is told (measured)."""
    guest = Guest()
    guest.hear(b"A")

    chardev_send_break(guest.layer, "com")

    assert guest.uart.inb(Register.lsr) == IDLE | LineStatus.break_ | LineStatus.ready
    assert guest.read() == b"\0"


@pytest.mark.parametrize("fcr", [FIFO | FifoControl.clear_received, 0])
def test_what_was_received_can_be_cleared(fcr: int) -> None:
    """A guest that clears the FIFO, or turns it off, has received nothing."""
    guest = Guest(fcr=FIFO)
    guest.hear(b"AB")

    guest.uart.outb(Register.fcr, fcr)

    assert guest.uart.inb(Register.lsr) == IDLE


def test_what_was_received_survives_a_swap() -> None:
    """What the guest has not read yet is there after the swap, and what the new chardev receives comes after it."""
    guest = Guest(fcr=FIFO | 0xC0)
    guest.hear(b"A")

    guest.change(PIPE)
    guest.hear(b"B")

    assert guest.read() == b"AB"


@given(
    steps=st.lists(st.binary(min_size=1, max_size=40) | st.sampled_from([Guest.read, Guest.hear])), fifo=st.booleans()
)
def test_what_is_received_is_read_in_order(steps: list[object], fifo: bool) -> None:
    """Nothing is lost of what the other end sends, however slowly the guest reads."""
    guest, sent, read = Guest(fcr=FIFO if fifo else 0), b"", b""
    for step in steps:
        match step:
            case bytes():
                guest.hear(step)
                sent += step
            case Guest.hear:
                guest.hear()
            case _:
                read += guest.read()

    guest.hear()
    while more := guest.read():
        read += more
        guest.hear()

    assert read == sent


# -- interrupts ------------------------------------------------------------------------------------------------------


def test_no_interrupt_unless_it_is_wanted() -> None:
    """A guest that has enabled nothing is not interrupted."""
    guest = Guest()
    guest.hear(b"A")
    chardev_send_break(guest.layer, "com")

    assert not guest.uart.irq
    assert guest.uart.inb(Register.iir) == Cause.none


def test_the_interrupt_for_a_byte() -> None:
    """There is an interrupt while there is a byte to read."""
    guest = Guest()
    guest.uart.outb(Register.ier, Interrupt.received)
    assert not guest.uart.irq

    guest.hear(b"A")

    assert guest.uart.irq
    assert guest.uart.inb(Register.iir) == Cause.received

    guest.read()

    assert not guest.uart.irq


@TRIGGERS
def test_the_trigger_level(fcr: int, room: int) -> None:
    """There is an interrupt when there are as many bytes as the guest wants."""
    guest, causes = Guest(fcr=fcr), []
    guest.uart.outb(Register.ier, Interrupt.received)

    for _ in range(room):
        guest.hear(b"A")
        causes.append(Cause(guest.uart.inb(Register.iir) & 0x0F))

    assert causes == [Cause.none] * (room - 1) + [Cause.received]


def test_a_quiet_line() -> None:
    """When nothing has come or was read for some time there is an interrupt for fewer bytes, too (measured)."""
    guest = Guest(fcr=FIFO | 0x40)
    guest.uart.outb(Register.ier, Interrupt.received)
    guest.hear(b"AB")

    assert not guest.uart.irq

    guest.time_passes()

    assert guest.uart.inb(Register.iir) == 0xC0 | Cause.timeout == 0xCC

    guest.uart.inb(Register.rbr)

    assert not guest.uart.irq

    guest.time_passes()

    assert guest.uart.inb(Register.iir) == 0xCC

    guest.read()
    guest.time_passes()

    assert not guest.uart.irq


def test_a_break_is_no_beginning() -> None:
    """A break alone in the FIFO is told as a break only, however long the line is quiet then (measured)."""
    guest = Guest(fcr=FIFO | 0x40)
    guest.uart.outb(Register.ier, Interrupt.received | Interrupt.line)
    chardev_send_break(guest.layer, "com")

    assert guest.uart.inb(Register.iir) == 0xC0 | Cause.line

    guest.uart.inb(Register.lsr)
    guest.time_passes()

    assert not guest.uart.irq


@pytest.mark.parametrize("gone", [lambda uart: uart.outb(Register.fcr, 0), device_del])
def test_a_line_that_nobody_listens_to(gone: Callable[[Serial], None]) -> None:
    """What was to be told of the line is not, when the FIFO is cleared or the UART is unplugged."""
    guest = Guest(fcr=FIFO)
    guest.hear(b"A")

    gone(guest.uart)

    assert guest.uart.registers.time_out not in [source.call for source in guest.main.sources]


@pytest.mark.parametrize(
    ("lcr", "divisor", "seconds"),
    [(0x03, 12, 4 * 10 / 9600), (0x1F, 1, 4 * 12 / 115200), (0x00, 0, 4 * 7 / 3500)],
)
def test_how_long_four_bytes_take(lcr: int, divisor: int, seconds: float) -> None:
    """A byte has a start bit, data, maybe a parity bit, and stop bits, and the divisor says how long each takes."""
    waits: list[float] = []
    guest = Guest(fcr=FIFO)
    guest.uart.outb(Register.lcr, DIVISOR_LATCH)
    for offset, byte in enumerate(divisor.to_bytes(2, "little")):
        guest.uart.outb(offset, byte)
    guest.uart.outb(Register.lcr, lcr)
    guest.uart.start_timer = waits.append  # type: ignore[assignment, method-assign]

    guest.hear(b"A")

    assert waits == [pytest.approx(seconds)]


@pytest.mark.parametrize("fcr", [0, FIFO])
def test_the_interrupt_for_room(fcr: int) -> None:
    """A guest that wants to write is interrupted while it may, until it has seen that (measured)."""
    guest, modes = Guest(fcr=fcr), 0xC0 if fcr else 0
    guest.channel.peer = Peer.stalled
    guest.uart.outb(Register.ier, Interrupt.sent)

    assert guest.uart.inb(Register.iir) == modes | Cause.sent
    assert not guest.uart.irq

    guest.write(b"A")

    assert guest.uart.inb(Register.iir) == modes | Cause.sent
    assert not guest.uart.irq

    guest.write(b"B")

    assert not guest.uart.irq

    guest.drain()
    guest.go_on()

    assert guest.uart.inb(Register.iir) == modes | Cause.sent


def test_the_interrupt_for_room_can_be_had_again() -> None:
    """A guest that stops to want it and wants it again is told again."""
    guest = Guest()
    guest.uart.outb(Register.ier, Interrupt.sent)
    guest.uart.inb(Register.iir)

    guest.uart.outb(Register.ier, Interrupt(0))
    guest.uart.outb(Register.ier, Interrupt.sent)

    assert guest.uart.irq


def test_the_most_urgent_interrupt_is_first() -> None:
    """What goes wrong is told before what was received, and that before the room to write and the modem lines."""
    guest = Guest(TTY)
    guest.uart.outb(Register.ier, 0xFF)
    guest.channel.cts = False
    guest.uart.read_lines()
    chardev_send_break(guest.layer, "com")
    causes = []

    for seen in (Register.lsr, Register.rbr, Register.iir, Register.msr):
        causes.append(guest.uart.registers.cause)
        guest.uart.inb(seen)

    assert causes == [Cause.line, Cause.received, Cause.sent, Cause.modem]
    assert not guest.uart.irq
    assert guest.uart.inb(Register.ier) == 0x0F


# -- the other registers ---------------------------------------------------------------------------------------------


def test_a_new_uart() -> None:
    """The registers are those of a reset UART, also when another was plugged in its place before."""
    guest = Guest(fcr=FIFO)
    guest.hear(b"A")
    guest.uart.outb(Register.scr, 1)
    device_del(guest.uart)

    device_add(guest.layer, guest.uart, "com")

    values = [guest.uart.inb(offset) for offset in range(8)]
    assert values == [0, 0, Cause.none, 0, ModemControl.out2, IDLE, READY, 0]


def test_the_divisor() -> None:
    """The first two registers are the divisor while the guest says so, and nothing is sent meanwhile."""
    guest = Guest()
    guest.uart.outb(Register.lcr, DIVISOR_LATCH | 3)
    assert (guest.uart.inb(0), guest.uart.inb(1)) == (12, 0)

    guest.uart.outb(0, 0x34)
    guest.uart.outb(1, 0x12)

    assert (guest.uart.inb(0), guest.uart.inb(1)) == (0x34, 0x12)
    assert guest.uart.inb(Register.lcr) == DIVISOR_LATCH | 3

    guest.uart.outb(Register.lcr, 3)

    assert guest.uart.inb(Register.ier) == 0
    assert not guest.channel.written


def test_a_place_for_a_byte() -> None:
    """The scratch register keeps what is written, the two status registers do not."""
    guest = Guest()

    for offset in (Register.lsr, Register.msr, Register.scr):
        guest.uart.outb(offset, 0xA5)

    assert [guest.uart.inb(offset) for offset in (Register.lsr, Register.msr, Register.scr)] == [IDLE, READY, 0xA5]


def test_a_loop() -> None:
    """In a loop what is sent is received, and the lines to the modem are those from it."""
    guest = Guest()
    guest.uart.outb(Register.mcr, ModemControl.loop | ModemControl.rts | ModemControl.out2)

    guest.write(b"A")

    assert guest.read() == b"A"
    assert not guest.channel.written
    assert guest.uart.inb(Register.msr) == ModemStatus.cts | ModemStatus.dcd
    assert guest.uart.inb(Register.mcr) == 0x1A


def test_a_loop_in_the_middle() -> None:
    """A byte that waits when the guest makes a loop is received as well as the next, and never sent (measured)."""
    guest = Guest(fcr=FIFO)
    guest.channel.peer = Peer.stalled
    guest.write(b"A")

    guest.uart.outb(Register.mcr, ModemControl.loop)
    guest.write(b"B")
    guest.drain()
    guest.go_on()

    assert guest.read() == b"AB"
    assert not guest.channel.written


def test_a_loop_does_not_end_the_line() -> None:
    """In a loop, too, the UART receives what the other end sends (measured)."""
    guest = Guest()
    guest.uart.outb(Register.mcr, ModemControl.loop)

    guest.hear(b"AB")
    seen = [guest.uart.inb(Register.rbr)]
    guest.hear()
    seen.append(guest.uart.inb(Register.rbr))

    assert bytes(seen) == b"AB"


# -- the modem lines -------------------------------------------------------------------------------------------------


def test_lines_are_ready_where_there_are_none() -> None:
    """A chardev without modem lines is taken for ready."""
    assert Guest().uart.inb(Register.msr) == READY


def test_a_line_that_turns() -> None:
    """The guest sees a line as it is, and once that it has turned."""
    guest = Guest(TTY)

    guest.channel.cts = False

    assert guest.uart.inb(Register.msr) == READY & ~ModemStatus.cts | ModemStatus.cts_turned
    assert guest.uart.inb(Register.msr) == READY & ~ModemStatus.cts


def test_a_line_that_turns_twice() -> None:
    """It has turned also if it is as it was, provided that it was looked at meanwhile."""
    guest = Guest(TTY)

    for cts in (False, True):
        guest.channel.cts = cts
        guest.uart.read_lines()

    assert guest.uart.inb(Register.msr) == READY | ModemStatus.cts_turned


def test_lines_are_read_by_one_timer() -> None:
    """However often the guest asks for the lines, they are read by themselves once in a while."""
    guest = Guest(TTY)
    for _ in range(3):
        guest.uart.inb(Register.msr)

    assert [source.call for source in guest.main.sources].count(guest.uart.read_lines) == 1


@pytest.mark.parametrize(("profile", "cts"), [("qemu-10.0", False), ("repaired", True)])
def test_a_swap_to_a_chardev_without_lines(profile: str, cts: bool) -> None:
    """After a swap away from a line that is not ready QEMU's guest still waits for it, the repaired one does not."""
    guest = Guest(TTY, profile)
    guest.channel.cts = False
    guest.uart.inb(Register.msr)

    guest.change(Backend(Null))

    assert bool(guest.uart.inb(Register.msr) & ModemStatus.cts) == cts
