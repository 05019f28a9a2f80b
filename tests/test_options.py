"""QEMU's command line: the backends, devices and monitors that its words ask for."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.impl import options, qapi
from hotswap.impl.backends.file import File
from hotswap.impl.backends.hub import Hub
from hotswap.impl.backends.mux import Mux
from hotswap.impl.backends.null import Null
from hotswap.impl.backends.pipe import Pipe
from hotswap.impl.backends.pty import Pty
from hotswap.impl.backends.ringbuf import Memory, RingBuf
from hotswap.impl.backends.serial import Tty
from hotswap.impl.backends.socket import Socket
from hotswap.impl.backends.stdio import Stdio
from hotswap.impl.backends.udp import Udp
from hotswap.impl.errors import ChardevError
from hotswap.impl.host import Path, Port
from hotswap.impl.layer import Backend
from hotswap.impl.log import LogFile

LISTENER = Backend(Socket, {"address": Path("/x"), "server": True, "wait": False})
AT_ONCE = Backend(Socket, {"address": Path("/x"), "server": False, "nodelay": True})


def refused(text: str, *, newest: bool) -> str:
    """What is said of a `-chardev`, at once or when it is opened."""
    try:
        _, made = options.chardev(text, newest=newest)
    except ChardevError as error:
        return str(error)
    assert made.type is qapi.Refused
    return str(made.arguments["text"])


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("null,id=c", Backend(Null)),
        ("backend=null,id=c", Backend(Null)),
        ("id=c,backend=null", Backend(Null)),
        ("null,id=c,", Backend(Null)),
        ("null,id=c,id=d", Backend(Null)),
        ("null,id=c,path=/unused,logfile=/l,logappend=on", Backend(Null, log=LogFile("/l", append=True))),
        ("file,id=c,path=/a,logfile", Backend(File, {"out": "/a", "in_": None, "append": False}, LogFile("on"))),
        ("ringbuf,id=c", Backend(RingBuf)),
        ("ringbuf,id=c,size=0", Backend(RingBuf)),
        ("ringbuf,id=c,size=4k", Backend(RingBuf, {"size": 4096})),
        ("ringbuf,id=c,size=0x10", Backend(RingBuf, {"size": 16})),
        ("ringbuf,id=c,size=010", Backend(RingBuf, {"size": 10})),
        ("memory,id=c,size=1.5k", Backend(Memory, {"size": 1536})),
        ("file,id=c,path=/a,,b,append=yes", Backend(File, {"out": "/a,b", "in_": None, "append": True})),
        ("file,id=c,path=/a,append=on,noappend", Backend(File, {"out": "/a", "in_": None, "append": False})),
        ("file,id=c,path", Backend(File, {"out": "on", "in_": None, "append": False})),
        ("pipe,id=c,path=/p", Backend(Pipe, {"path": "/p"})),
        ("serial,id=c,path=/t", Backend(Tty, {"path": "/t"})),
        ("pty,id=c", Backend(Pty)),
        ("stdio,id=c", Backend(Stdio)),
        ("stdio,id=c,signal=off", Backend(Stdio, {"signal": False})),
        ("udp,id=c,port=5", Backend(Udp, {"address": Port("localhost", 5)})),
        (
            "udp,id=c,host=h,port=5,localaddr=l,localport=6",
            Backend(Udp, {"address": Port("h", 5), "local": Port("l", 6)}),
        ),
        ("udp,id=c,port=5,localaddr=l", Backend(Udp, {"address": Port("localhost", 5), "local": Port("l", 0)})),
        ("udp,id=c,port=5,localport=6", Backend(Udp, {"address": Port("localhost", 5), "local": Port("", 6)})),
        ("udp,id=c,port=5,localaddr=,localport=", Backend(Udp, {"address": Port("localhost", 5)})),
        ("mux,id=c,chardev=b", Backend(Mux, {"bases": ("b",)})),
        ("socket,id=c,path=/x,server=on,wait=off", LISTENER),
        ("socket,id=c,path=/x,server,nowait", LISTENER),
        ("socket,id=c,path=/x,server=on,wait=off,delay=on", LISTENER),
        ("socket,id=c,path=/x,nodelay", AT_ONCE),
        ("socket,id=c,path=/x,delay=off", AT_ONCE),
        ("socket,id=c,path=/x,nodelay=off", Backend(Socket, {"address": Path("/x"), "server": False})),
        ("socket,id=c,path=/x,server=on", Backend(Socket, {"address": Path("/x"), "server": True, "wait": True})),
        ("socket,id=c,path=/x", Backend(Socket, {"address": Path("/x"), "server": False})),
        (
            "socket,id=c,host=h,port=7,reconnect=0x1",
            Backend(Socket, {"address": Port("h", 7), "server": False, "reconnect": 1}),
        ),
        (
            "socket,id=c,host=h,port=7,to=9,ipv4,noipv6,server,nowait",
            Backend(Socket, {"address": Port("h", 7, to=9, ipv4=True, ipv6=False), "server": True, "wait": False}),
        ),
        ("null,id=c,mux=on", Backend(Null)),
        ("socket,id=c,path=/x,reconnect=-1", Backend(Socket, {"address": Path("/x"), "server": False})),
    ],
)
def test_words_become_a_backend(text: str, made: Backend) -> None:
    """The same as from QMP, but that a socket is a client unless it is told, and that a listener waits; in both."""
    assert options.chardev(text, newest=False) == ("c", made)
    assert options.chardev(text, newest=True) == ("c", made)


def test_a_mux_beside_a_backend() -> None:
    """With mux=on the backend is the base of a mux, and the log is the base's; seen on 7.2.22 and 10.0.2."""
    for newest in (False, True):
        assert options.chardevs("null,id=c,mux=on,logfile=/l", newest=newest) == [
            ("c-base", Backend(Null, log=LogFile("/l"))),
            ("c", Backend(Mux, {"bases": ("c-base",)})),
        ]
        assert options.chardevs("null,id=c,mux=off", newest=newest) == [("c", Backend(Null))]


def test_the_newest_knows_more_words() -> None:
    """A file to read from, the members of a hub, the path of a pty and milliseconds are no options of 7.2."""
    assert options.chardev("file,id=c,path=/o,input-path=/i", newest=True)[1].arguments["in_"] == "/i"
    hub = options.chardev("hub,id=c,chardevs.0=a,chardevs.1=b,chardevs.3=d", newest=True)
    assert hub == ("c", Backend(Hub, {"bases": ("a", "b")}))
    assert options.chardev("pty,id=c,path=/l", newest=True) == ("c", Backend(Pty, {"link": "/l"}))
    assert options.chardev("pty,id=c,path=/l", newest=False) == ("c", Backend(Pty))
    assert options.chardev("socket,id=c,path=/x,reconnect-ms=1500", newest=True)[1].arguments["reconnect"] == 1.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("null", "chardev: no id specified"),
        ("", "chardev: no id specified"),
        ("id=c", 'chardev: "c" missing backend'),
        (",id=c", "'' is not a valid char driver name"),
        ("frob,id=c", "'frob' is not a valid char driver name"),
        ("null,id=1c", "Parameter 'id' expects an identifier"),
        ("null,id=", "Parameter 'id' expects an identifier"),
        ("null,id=c,,x", "Parameter 'id' expects an identifier"),
        ("null,id=c,foo=1", "Invalid parameter 'foo'"),
        ("null,id=c,=5", "Invalid parameter ''"),
        ("null,id=c,mux=frob", "Parameter 'mux' expects 'on' or 'off'"),
        ("file,id=c", "chardev: file: no filename given"),
        ("file,id=c,path=/a,append=maybe", "Parameter 'append' expects 'on' or 'off'"),
        ("pipe,id=c", "chardev: pipe: no device path given"),
        ("serial,id=c", "chardev: serial/tty: no device path given"),
        ("ringbuf,id=c,size=x", "Parameter 'size' expects a non-negative number below 2^64"),
        ("ringbuf,id=c,size=4KiB", "Parameter 'size' expects a non-negative number below 2^64"),
        (
            "ringbuf,id=c,size=99999999999999999999999",
            "Value '99999999999999999999999' is out of range for parameter 'size'",
        ),
        ("udp,id=c,host=a", "chardev: udp: remote port not specified"),
        ("socket,id=c", "Unable to parse FD number"),
        ("socket,id=c,path=/x,host=a", "None or one of 'path', 'fd' or 'host' option required."),
        ("socket,id=c,host=h", "chardev: socket: no port given"),
        ("socket,id=c,path=/x,wait=off", "'wait' option is incompatible with socket in client connect mode"),
        (
            "socket,id=c,path=/x,server=on,wait=off,reconnect=0",
            "'reconnect' option is incompatible with socket in server listen mode",
        ),
        (
            "socket,id=c,path=/x,server=on,wait=off,server=off",
            "'wait' option is incompatible with socket in client connect mode",
        ),
        ("socket,id=c,path=/x,server=off,websocket=on", "Websocket client is not implemented"),
        ("socket,id=c,path=/x,reconnect=x", "Parameter 'reconnect' expects a number"),
        (
            "socket,id=c,path=/x,reconnect=99999999999999999999",
            "Value '99999999999999999999' is too large for parameter 'reconnect'",
        ),
        ("socket,id=c,path=/x,delay=on,nodelay=on", "'delay' and 'nodelay' are mutually exclusive"),
        ("stdio,id=c,signal=5", "Parameter 'signal' expects 'on' or 'off'"),
        ("mux,id=c", "chardev: mux: no chardev given"),
        ("hub,id=c,chardevs.4=x", "Invalid parameter 'chardevs.4'"),
        ("console,id=c", "'console' is not a valid char driver name"),
    ],
)
def test_wrong_words_are_refused(text: str, said: str) -> None:
    """In QEMU's own words; all of these were seen on 7.2.22 and 10.0.2."""
    assert refused(text, newest=False) == said
    assert refused(text, newest=True) == said


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("hub,id=c", "'hub' is not a valid char driver name", "hub: 'chardevs' list is not defined"),
        ("hub,id=c,chardevs.1=x", "Invalid parameter 'chardevs.1'", "hub: 'chardevs' list is not defined"),
        ("tty,id=c", "chardev: serial/tty: no device path given", "'tty' is not a valid char driver name"),
        (
            "ringbuf,id=c,size=-1",
            "Parameter 'size' expects a non-negative number below 2^64",
            "Value '-1' is out of range for parameter 'size'",
        ),
        (
            "socket,id=c,path=/x,reconnect=1,reconnect-ms=1",
            "Invalid parameter 'reconnect-ms'",
            "'reconnect' and 'reconnect-ms' are mutually exclusive",
        ),
    ],
)
def test_the_versions_refuse_differently(text: str, old: str, new: str) -> None:
    """What was seen on 7.2.22, and what on 10.0.2."""
    assert refused(text, newest=False) == old
    assert refused(text, newest=True) == new


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("vc,id=c", "vc"),
        ("socket,id=c,fd=3,server=on", "fd"),
        ("socket,id=c,path=/x,server=on,wait=off,telnet=on", "telnet"),
        ("socket,id=c,path=/x,server=on,wait=off,tn3270=on", "tn3270"),
        ("socket,id=c,path=/x,server=on,wait=off,websocket=on", "websocket"),
        ("socket,id=c,path=/x,server=on,wait=off,abstract=on", "abstract"),
        ("socket,id=c,path=/x,server=on,wait=off,tls-creds=t", "tls-creds"),
    ],
)
def test_what_the_layer_has_not_is_refused(text: str, what: str) -> None:
    """QEMU has it, but whoever asks for it here is told."""
    assert refused(text, newest=True) == f"'{what}' is not offered here"


def test_a_device_is_a_driver_and_properties() -> None:
    """The id is a property too, a flag is on, and what the properties mean is the driver's concern."""
    assert options.device("isa-serial,id=s,chardev=c,foo") == ("isa-serial", {"id": "s", "chardev": "c", "foo": "on"})
    assert options.device("chardev=a,,b,driver=pci-serial") == ("pci-serial", {"chardev": "a,b"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Parameter 'driver' is missing"),
        ("id=x", "Parameter 'driver' is missing"),
        ("isa-serial,id=1x", "Parameter 'id' expects an identifier"),
        ('{"id": "x"}', "Parameter 'driver' is missing"),
        ('{"driver": ', "JSON parse error"),
        ('{"driver": ' + "9" * 5000 + "}", "JSON parse error"),
    ],
)
def test_a_device_needs_a_driver(text: str, said: str) -> None:
    """In QEMU's words, as 7.2.22 and 10.0.2 have them."""
    with pytest.raises(ChardevError) as caught:
        options.device(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("unix:/x,server=on,wait=off", LISTENER),
        ("unix:/x,server,nowait", LISTENER),
        ("unix:/x", Backend(Socket, {"address": Path("/x"), "server": False})),
        ("tcp:h:7,server=on", Backend(Socket, {"address": Port("h", 7), "server": True, "wait": True})),
        ("tcp::0,server=on,wait=off", Backend(Socket, {"address": Port("", 0), "server": True, "wait": False})),
    ],
)
def test_a_monitor_is_on_a_socket(text: str, made: Backend) -> None:
    """On a path or on a port, with the options of a socket."""
    assert options.legacy(text, newest=True) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("null", Backend(Null)),
        ("pty", Backend(Pty)),
        ("stdio", Backend(Stdio)),
        ("file:/a,b", Backend(File, {"out": "/a,b", "in_": None, "append": False})),
        ("pipe:/p", Backend(Pipe, {"path": "/p"})),
    ],
)
def test_a_monitor_is_on_another_backend(text: str, made: Backend) -> None:
    """By its kind, or by its kind and a path; there are no options."""
    assert options.legacy(text, newest=True) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("unix:/x", LISTENER),
        ("unix:/x,wait=on", Backend(Socket, {"address": Path("/x"), "server": True, "wait": True})),
        ("unix:/x,server=on", Backend(Socket, {"address": Path("/x"), "server": True, "wait": True})),
        ("unix:/x,server=off", Backend(Socket, {"address": Path("/x"), "server": False})),
    ],
)
def test_a_monitor_may_listen_by_itself(text: str, made: Backend) -> None:
    """Where that is wanted, a socket listens and waits for nobody if `server` is not said."""
    assert options.legacy(text, newest=True, listens=True) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("m", ("m", "readline")),
        ("chardev=m,mode=control", ("m", "control")),
        ("m,mode=readline,pretty=on,id=x", ("m", "readline")),
    ],
)
def test_a_monitor_is_on_a_chardev(text: str, said: tuple[str, str]) -> None:
    """It is to be typed to, unless the mode is said."""
    assert options.monitor(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frob", "parse error: frob"),
        ("tcp:127.0.0.1", "parse error: tcp:127.0.0.1"),
        ("unix:", "Unable to parse FD number"),
        ("unix:/x,frob=1", "Invalid parameter 'frob'"),
        (
            "tcp:127.0.0.1:0,server=on,wait=off,reconnect=1",
            "'reconnect' option is incompatible with socket in server listen mode",
        ),
        ("tcp:127.0.0.1:0,server=on,wait=maybe", "Parameter 'wait' expects 'on' or 'off'"),
    ],
)
def test_a_monitor_on_something_else_is_refused(text: str, said: str) -> None:
    """In QEMU's words, as 7.2.22 and 10.0.2 have them, who then repeat the word after some."""
    with pytest.raises(ChardevError) as caught:
        options.legacy(text, newest=True)
    assert str(caught.value) == said


def test_a_monitor_knows_no_newer_words() -> None:
    """It has the options of its version, as `-chardev` has them."""
    with pytest.raises(ChardevError, match="Invalid parameter 'reconnect-ms'"):
        options.legacy("unix:/x,reconnect-ms=5", newest=False)


@given(
    pairs=st.lists(st.tuples(st.from_regex("[a-m]{1,4}", fullmatch=True).filter(lambda name: name != "id"), st.text()))
)
def test_commas_are_written_twice(pairs: list[tuple[str, str]]) -> None:
    """So that every value can be given."""
    text = ",".join(f"{name}={value.replace(',', ',,')}" for name, value in pairs)
    assert options.parse(text).given == tuple(pairs)


WORDS = st.lists(
    st.sampled_from(
        (*options.NEWEST_DOCUMENTS, *options.NEWEST_KINDS, "id=c", "tcp:", "unix:", ",", "=", "0", "1k", "on")
    )
    | st.text(max_size=3)
).map("".join)


@given(text=WORDS, newest=st.booleans())
def test_any_word_is_something_or_an_error(text: str, newest: bool) -> None:
    """Nothing that can be written does anything else."""
    for read in (
        lambda: options.chardev(text, newest=newest),
        lambda: options.device(text),
        lambda: options.legacy(text, newest=newest),
        lambda: options.monitor(text),
    ):
        with suppress(ChardevError):
            assert read() is not None
