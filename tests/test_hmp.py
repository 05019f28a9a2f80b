"""The human's monitor: what it prints is what QEMU 7.2.22 and 10.0.2 print, where these have a word for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.checker.refine.memory import MemoryContext, MemoryHost
from hotswap.impl.backends.null import Null
from hotswap.impl.backends.ringbuf import RingBuf
from hotswap.impl.clients.hmp.commands import answer
from hotswap.impl.clients.hmp.monitor import MOST, HmpMonitor
from hotswap.impl.clients.qmp.commands import human
from hotswap.impl.devices.uart import Serial
from hotswap.impl.devices.unswappable import Unswappable
from hotswap.impl.layer import Backend, Layer
from hotswap.impl.log import LogFile
from hotswap.spec import CHARDEV

HELP = """\
chardev-add args -- add chardev
chardev-change id args -- change chardev
chardev-remove id -- remove chardev
chardev-send-break id -- send a break on chardev
cont|c  -- resume emulation
help|? [cmd] -- show the help
info [subcommand] -- show various information about the system state
quit|q  -- quit the emulator
ringbuf_read device size -- Read from a ring buffer character device
ringbuf_write device data -- Write to a ring buffer character device
stop|s  -- stop emulation
"""
INFO = """\
info chardev  -- show the character devices
info status  -- show the current VM status (running|paused)
"""
TRAILING = 'ringbuf_read: extraneous characters at the end of line\nTry "help ringbuf_read" for more information\n'
TOO_WIDE = "'ringbuf_read' has failed: integer is for 32-bit values\nTry \"help ringbuf_read\" for more information\n"


def layer(profile: str = "repaired") -> Layer:
    """With a ringbuf `r`, a null `c` that a UART uses, another `m` that nobody may take away, and a free one, `x`."""
    context = MemoryContext()
    made = Layer(CHARDEV.profile(profile), MemoryHost(), context, context)
    for name, kind in (("r", RingBuf), ("c", Null), ("m", Null), ("x", Null)):
        made.registry.add(made.create(Backend(kind), name))
    for device, name in ((Serial(made), "c"), (Unswappable(made), "m")):
        chardev = made.registry.find(name)
        assert chardev is not None
        device.realize(chardev)
    return made


def printed(made: Layer, line: str) -> str:
    """What a line prints, with the ends of lines as Python has them."""
    text = answer(made, line)
    assert text.count("\n") == text.count("\r\n")
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", ""),
        ("  ", ""),
        ("info chardev", "r: filename=ringbuf\nc: filename=null\nm: filename=null\nx: filename=null\n"),
        ("  info   status  ", "VM status: running\n"),
        ("nope x", "unknown command: 'nope'\n"),
        ("info nope", "unknown command: 'info nope'\n"),
        ("INFO STATUS", "unknown command: 'INFO'\n"),
        (
            "info status x",
            'status: extraneous characters at the end of line\nTry "help info status" for more information\n',
        ),
        ("cont x", 'cont|c: extraneous characters at the end of line\nTry "help cont" for more information\n'),
        ("chardev-add null,id=a", ""),
        ("chardev-add null,id=x", "Error: attempt to add duplicate property 'x' to object (type 'container')\n"),
        ("chardev-add null", "Error: chardev: no id specified\n"),
        ("chardev-add frob,id=z", "Error: 'frob' is not a valid char driver name\n"),
        ("chardev-add", 'chardev-add: string expected\nTry "help chardev-add" for more information\n'),
        ("chardev-add null,id=q,frob=1", "Invalid parameter 'frob'\nError: Parsing chardev args failed\n"),
        ("chardev-add ringbuf,id=q,size=3", "Error: size of ringbuf chardev must be power of two\n"),
        (
            "chardev-add null,id=y z",
            'chardev-add: extraneous characters at the end of line\nTry "help chardev-add" for more information\n',
        ),
        ("chardev-change x ringbuf", ""),
        ("chardev-change c ringbuf", ""),
        ('chardev-change "x""null"', ""),
        ("chardev-change 'x' null", "Error: Chardev ''x'' does not exist\n"),
        ("chardev-change x null,id=x", "Error: Unexpected 'id' parameter\n"),
        ("chardev-change nope null", "Error: Chardev 'nope' does not exist\n"),
        ("chardev-change m null", "Error: Chardev user does not support chardev hotswap\n"),
        ("chardev-change x frob=1", "Invalid parameter 'frob'\nError: Parsing chardev args failed\n"),
        ("chardev-change x", 'chardev-change: string expected\nTry "help chardev-change" for more information\n'),
        ("chardev-change x pty", "char device redirected to /dev/pts/0 (label x)\n"),
        ("chardev-remove x", ""),
        ("chardev-remove c", "Error: Chardev 'c' is busy\n"),
        ("chardev-remove nope", "Error: Chardev 'nope' not found\n"),
        ("chardev-send-break c", ""),
        ("chardev-send-break nope", "Error: Chardev 'nope' not found\n"),
        ("ringbuf_read c 5", "Error: c is not a ringbuf device\n"),
        ("ringbuf_read nope 5", "Error: Device 'nope' not found\n"),
        ("ringbuf_read r 0", "Error: size must be greater than zero\n"),
        ("ringbuf_read r 0x10", "\n"),
        ("ringbuf_read r", 'unexpected end of expression\nTry "help ringbuf_read" for more information\n'),
        ("ringbuf_read r x", "invalid char 'x' in expression\nTry \"help ringbuf_read\" for more information\n"),
        ("ringbuf_read r -1", TOO_WIDE),
        ("ringbuf_read r 010", "\n"),
        ("ringbuf_read r 08", TRAILING),
        ("ringbuf_read r 0x", TRAILING),
        ("ringbuf_read r 0x8000000000000000", TOO_WIDE),
        ("ringbuf_read r 1" + "0" * 4999, 'number too large\nTry "help ringbuf_read" for more information\n'),
        ("ringbuf_read r 99999999999999999999", 'number too large\nTry "help ringbuf_read" for more information\n'),
        ('ringbuf_write r "a', 'ringbuf_write: string expected\nTry "help ringbuf_write" for more information\n'),
        ('ringbuf_write r "a\\tb"', 'ringbuf_write: string expected\nTry "help ringbuf_write" for more information\n'),
        ("help", HELP),
        ("info", INFO),
        ("? info", INFO),
        ("help c", "cont|c  -- resume emulation\n"),
        ("help info chardev", "info chardev  -- show the character devices\n"),
        ("help nope", "unknown command: 'nope'\n"),
        ("help info nope", "unknown command: 'info nope'\n"),
    ],
)
def test_what_is_printed(line: str, said: str) -> None:
    """Each line has its answer."""
    assert printed(layer(), line) == said


def test_the_oldest_does_not_say_where_a_new_pty_is() -> None:
    """7.2 says so of a chardev that is added only."""
    made = layer("qemu-7.2")

    assert printed(made, "chardev-change x pty") == ""
    assert printed(made, "chardev-add pty,id=p") == "char device redirected to /dev/pts/0 (label p)\n"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("hello", "hello\n"),
        ('"a b\\n"', "a b\n\n"),
        ("\x01\x7f\u20acz\\x", "\\u0001\\u007F\u20acz\\\\x\n"),
        ('a"b', 'a"b\n'),
    ],
)
def test_a_ringbuf(data: str, shown: str) -> None:
    """What is written can be read; what can't be shown is a number."""
    made = layer()

    assert printed(made, f"ringbuf_write r {data}") == ""
    assert printed(made, "ringbuf_read r 100") == shown
    assert printed(made, "ringbuf_read r 100") == "\n"


def test_a_log_has_only_what_the_guest_writes() -> None:
    """What a monitor writes to a ringbuf is not in its log (measured on QEMU 7.2.22 and 10.0.2)."""
    made = layer()
    made.registry.add(made.create(Backend(RingBuf, log=LogFile("log")), "l"))

    assert printed(made, "ringbuf_write l hello") == ""
    assert printed(made, "ringbuf_read l 100") == "hello\n"
    assert isinstance(made.host, MemoryHost)
    assert [bytes(channel.written) for channel in made.host.channels] == [b""]


def test_stopped_and_going_on() -> None:
    """The machine is stopped, and goes on, also by one letter."""
    made = layer()

    assert printed(made, "s") == ""
    assert printed(made, "info status") == "VM status: paused\n"
    assert printed(made, "cont") == ""
    assert printed(made, "info status") == "VM status: running\n"


def test_over_qmp() -> None:
    """`human-monitor-command` does the same."""
    assert human(layer(), {"command-line": "chardev-remove c"}) == "Error: Chardev 'c' is busy\r\n"


WORDS = [
    "info",
    "chardev",
    "chardev-add",
    "chardev-change",
    "ringbuf_read",
    "help",
    "null,id=b",
    "x",
    "r",
    '"',
    "\\",
    "5",
]


@given(line=st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_any_line_has_an_answer(line: str) -> None:
    """Nothing that is typed is a mistake of the monitor's own."""
    printed(layer(), line)


# Over a chardev.

BANNER = "QEMU 10.0.2 monitor - type 'help' for more information\r\n(qemu) "


class Session:
    """A client at the other end of a ringbuf."""

    def __init__(self) -> None:
        self.layer = layer()
        self.chardev = self.layer.registry.find("r")
        self.monitor = HmpMonitor(self.layer)
        assert isinstance(self.chardev, RingBuf)
        self.monitor.realize(self.chardev)

    def type(self, text: bytes) -> str:
        """What is answered."""
        self.monitor.read(text)
        return self.heard()

    def heard(self) -> str:
        """Since it was last asked."""
        assert isinstance(self.chardev, RingBuf)
        return self.chardev.take(1 << 16).decode()


def test_a_session() -> None:
    """A banner, then a prompt after each answer; what is typed is not echoed."""
    session = Session()

    assert session.heard() == BANNER
    assert session.type(b"info status\n") == "VM status: running\r\n(qemu) "
    assert session.type(b"stop\ncont\r") == "(qemu) (qemu) "
    assert session.type(b"\n") == "(qemu) "


def test_a_line_comes_in_pieces() -> None:
    """Nothing is done before a line has come to its end."""
    session = Session()
    session.heard()

    assert session.type(b"inf") == ""
    assert session.type(b"o status\ninfo") == "VM status: running\r\n(qemu) "
    assert session.type(b"\xff\n") == "unknown command: 'info\ufffd'\r\n(qemu) "


def test_a_line_without_end() -> None:
    """A line that is too long is dropped, which is said."""
    session = Session()
    session.heard()

    assert session.type(b"x" * (MOST + 1)) == "a line is at most 4,095 bytes\r\n(qemu) "
    assert session.type(b"stop\ninfo status\n") == "VM status: running\r\n(qemu) "


def test_quit() -> None:
    """The process is told to end, and nothing is prompted for."""
    session = Session()
    session.heard()
    ended: list[bool] = []
    session.layer.quit = lambda: ended.append(True)

    assert session.type(b"q\n") == ""
    assert ended == [True]
