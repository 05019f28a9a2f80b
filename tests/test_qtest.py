"""A guest is driven by lines of text, as QEMU's test driver does it."""

from __future__ import annotations

import pytest

from hotswap.checker.refine.memory import MemoryChannel, MemoryContext, MemoryHost, MemorySource, Peer
from hotswap.impl.backends.pipe import Pipe
from hotswap.impl.backends.ringbuf import RingBuf
from hotswap.impl.clients.qtest import MOST, TICK, Commands, QTest
from hotswap.impl.commands import device_add
from hotswap.impl.devices.drivers import plug, unplug
from hotswap.impl.devices.uart import SERIAL_PORTS
from hotswap.impl.layer import Backend, Layer
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Event


@pytest.fixture
def layer() -> Layer:
    """A machine with as many chardevs as a PC has serial ports."""
    made = Layer(CHARDEV.profile("repaired"), MemoryHost(), MemoryContext(), MemoryContext())
    for port in SERIAL_PORTS:
        made.registry.add(made.create(Backend(RingBuf), f"{port:x}"))
    return made


@pytest.fixture
def commands(layer: Layer) -> Commands:
    """With a UART on each, of which the last is on a card."""
    *first, last = SERIAL_PORTS
    for port in first:
        plug(layer, "isa-serial", {"chardev": f"{port:x}"})
    plug(layer, "pci-serial", {"chardev": f"{last:x}", "id": "card"})
    return Commands(layer)


def taken(layer: Layer, name: str) -> bytes:
    """What was written to a chardev."""
    chardev = layer.registry.find(name)
    assert isinstance(chardev, RingBuf)
    return chardev.take(100)


@pytest.mark.parametrize("port", SERIAL_PORTS)
def test_every_port_is_its_own(layer: Layer, commands: Commands, port: int) -> None:
    """What is written to a port goes to the chardev of the UART there, and to no other."""
    assert commands.answer(f"outb {port:#x} 0x41") == "OK"

    written = {name: taken(layer, f"{name:x}") for name in SERIAL_PORTS}

    assert written == {**dict.fromkeys(SERIAL_PORTS, b""), port: b"A"}


def test_every_register_has_its_port(commands: Commands) -> None:
    """A register is at the base port and its offset, and its value is answered with four digits."""
    assert commands.answer("inb 0x3fd") == "OK 0x0060"
    assert commands.answer("outb 0x3ff 0xa5") == "OK"
    assert commands.answer("inb 0x3ff") == "OK 0x00a5"
    assert commands.answer("inb 0x2ff") == "OK 0x0000"


def test_numbers(commands: Commands) -> None:
    """Numbers are decimal or have a prefix, and of a value only the lowest byte counts."""
    assert commands.answer("outb 1023 258") == "OK"
    assert commands.answer("inb 0X3FF") == "OK 0x0002"


def test_a_port_with_nobody(layer: Layer, commands: Commands) -> None:
    """Where there is no UART, or none any more, all bits are read and what is written is gone."""
    unplug(layer, "/machine/peripheral/card")

    for port in ("0x80", "0x2e8"):
        assert commands.answer(f"outb {port} 0x41") == "OK"
        assert commands.answer(f"inb {port}") == "OK 0x00ff"
    assert taken(layer, "2e8") == b""


def test_the_clock(commands: Commands) -> None:
    """The clock goes on by as much as is asked for, or to the next deadline, and never back."""
    assert commands.answer("clock_step 5") == "OK 5"
    assert commands.answer("clock_step") == f"OK {TICK + 5}"
    assert commands.answer("clock_step 0") == "FAIL could not advance time"
    assert commands.answer("clock_step -5") == "FAIL could not advance time"
    assert commands.answer("clock_step 1") == f"OK {TICK + 6}"


def test_the_order_of_bytes(commands: Commands) -> None:
    """The guest is a PC."""
    assert commands.answer("endianness") == "OK little"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("frobnicate 1", "Unknown command 'frobnicate'"),
        ("", "Unknown command ''"),
        ("inw 0x3f8", "'inw' is not offered: the registers of a UART are of one byte"),
        ("outl 0x3f8 1", "'outl' is not offered: the registers of a UART are of one byte"),
        ("outb 0x3f8", "'outb' takes other arguments"),
        ("inb", "'inb' takes other arguments"),
        ("inb seven", "Not a number: 'seven'"),
        ("outb 0x3f8 0x4g", "Not a number: '0x4g'"),
        ("clock_step soon", "Not a number: 'soon'"),
        ("inb 0x10000", "No port '0x10000'"),
        ("inb -1", "No port '-1'"),
    ],
)
def test_what_can_not_be_done(layer: Layer, commands: Commands, line: str, why: str) -> None:
    """A line that can't be done is answered with the reason, and changes nothing."""
    assert commands.answer(line) == f"FAIL {why}"
    assert not any(taken(layer, f"{port:x}") for port in SERIAL_PORTS)


# -- on a chardev ----------------------------------------------------------------------------------------------------


@pytest.fixture
def server(layer: Layer, commands: Commands) -> QTest:
    """A server with a client."""
    layer.registry.add(layer.create(Backend(Pipe, {"path": "pipe"}), "qtest"))
    server = QTest(layer)
    device_add(layer, server, "qtest")
    return server


def client(server: QTest) -> MemoryChannel:
    """The client's end."""
    chardev = server.frontend.chr
    assert isinstance(chardev, Pipe) and isinstance(chardev.channel, MemoryChannel)
    return chardev.channel


def test_lines_come_in_pieces(server: QTest) -> None:
    """A line is answered when its end has come, and all that have come are answered in order."""
    for piece in (b"outb 0x3ff", b" 7\ninb 0x3ff\nend", b"ianness", b"\n"):
        server.read(piece)

    assert client(server).written == b"OK\nOK 0x0007\nOK little\n"


def test_a_client_that_does_not_read(layer: Layer, server: QTest) -> None:
    """Answers wait for a client that does not read, and come in order."""
    client(server).peer = Peer.stalled
    server.read(b"inb 0x3fd\nendianness\n")
    client(server).peer = Peer.reads
    assert isinstance(server.watch, MemorySource) and isinstance(layer.main, MemoryContext)

    server.watch.dispatch()
    next(source for source in layer.main.sources if source.call == server.write_on).dispatch()

    assert client(server).written == b"OK 0x0060\nOK little\n"


def test_a_client_that_goes(server: QTest) -> None:
    """What a client has not finished is not the beginning of what the next one says."""
    server.read(b"outb 0x3f8 ")
    server.event(Event.closed)
    server.event(Event.opened)
    server.read(b"endianness\n")

    assert client(server).written == b"OK little\n"


def test_a_line_without_end(server: QTest) -> None:
    """A line that gets too long is refused, and what comes after its end is a new one."""
    server.read(b"x" * (MOST + 1))
    server.read(b"endianness\n")
    server.read(b"endianness\n")

    assert client(server).written == b"FAIL A line is at most %d bytes\nOK little\n" % MOST


def test_what_is_no_text(server: QTest) -> None:
    """Bytes that are no text are answered as any other unknown command."""
    server.read(b"\xff\n")

    assert client(server).written.startswith(b"FAIL Unknown command")
