"""The arguments of QMP commands: which are refused, in whose words, and which backend a description asks for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.checker.refine.memory import MemoryContext, MemoryHost
from hotswap.impl import qapi
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
from hotswap.impl.change import Change
from hotswap.impl.chardev import Chardev
from hotswap.impl.errors import ChardevError
from hotswap.impl.host import Path, Port
from hotswap.impl.layer import Backend, Layer
from hotswap.impl.log import LogFile
from hotswap.spec import CHARDEV

UNIX = {"type": "unix", "data": {"path": "/x"}}
INET = {"type": "inet", "data": {"host": "h", "port": "9"}}


def refused(command: str, given: object, *, newest: bool = True) -> str:
    """What is said of a command's arguments."""
    with pytest.raises(ChardevError) as caught:
        qapi.arguments(command, given, newest=newest)
    return str(caught.value)


def not_made(document: object, *, newest: bool = True) -> str:
    """What is said of a backend, before anything is touched."""
    with pytest.raises(ChardevError) as caught:
        qapi.backend(document, newest=newest)
    return str(caught.value)


def late(document: object, *, newest: bool = True) -> str:
    """What is said of a backend when it is to be opened."""
    made = qapi.backend(document, newest=newest)
    assert made.type is qapi.Refused
    return str(made.arguments["text"])


def inet(data: dict[str, Any]) -> dict[str, Any]:
    """A port's address."""
    return {"type": "inet", "data": {"host": "h", "port": "9", **data}}


def socket(data: dict[str, Any]) -> dict[str, Any]:
    """The description of a unix socket."""
    return {"type": "socket", "data": {"addr": UNIX, **data}}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("5", "Invalid parameter type for 'backend', expected: object"),
        ("null", "Invalid parameter type for 'backend', expected: object"),
        ("{}", "Parameter 'backend.type' is missing"),
        ('{"type": 5}', "Invalid parameter type for 'backend.type', expected: string"),
        ('{"type": "frob", "data": 5, "x": 1}', "Parameter 'type' does not accept value 'frob'"),
        ('{"type": "null"}', "Parameter 'backend.data' is missing"),
        ('{"type": "null", "data": null}', "Invalid parameter type for 'backend.data', expected: object"),
        ('{"type": "null", "data": {}, "x": 1}', "Parameter 'backend.x' is unexpected"),
        (
            '{"type": "null", "data": {"logappend": 0, "x": 1, "logfile": 0}}',
            "Invalid parameter type for 'backend.data.logfile', expected: string",
        ),
        (
            '{"type": "null", "data": {"logappend": 5}}',
            "Invalid parameter type for 'backend.data.logappend', expected: boolean",
        ),
        ('{"type": "file", "data": {}}', "Parameter 'backend.data.out' is missing"),
        ('{"type": "file", "data": {"in": 4}}', "Invalid parameter type for 'backend.data.in', expected: string"),
        (
            '{"type": "ringbuf", "data": {"size": true}}',
            "Invalid parameter type for 'backend.data.size', expected: integer",
        ),
        (
            '{"type": "ringbuf", "data": {"size": 4.0}}',
            "Invalid parameter type for 'backend.data.size', expected: integer",
        ),
        (
            '{"type": "ringbuf", "data": {"size": 9223372036854775808}}',
            "Invalid parameter type for 'backend.data.size', expected: integer",
        ),
        ('{"type": "socket", "data": {}}', "Parameter 'backend.data.addr' is missing"),
        ('{"type": "socket", "data": {"addr": {"type": "inet"}}}', "Parameter 'backend.data.addr.data' is missing"),
        (
            '{"type": "socket", "data": {"addr": {"type": "inet", "data": {"host": "a"}}}}',
            "Parameter 'backend.data.addr.data.port' is missing",
        ),
        (
            '{"type": "socket", "data": {"addr": {"type": "inet", "data": {"host": "a", "port": 4}}}}',
            "Invalid parameter type for 'backend.data.addr.data.port', expected: string",
        ),
        (
            '{"type": "socket", "data": {"addr": {"type": "inet", "data": {"host": "a", "port": "4", "to": 65536}}}}',
            "Parameter 'to' expects uint16_t",
        ),
        (
            '{"type": "socket", "data": {"addr": {"type": "inet", "data": {"host": "a", "port": "4", "to": "x"}}}}',
            "Parameter 'backend.data.addr.data.to' expects uint64",
        ),
        (
            '{"type": "socket", "data": {"addr": {"type": "bad", "data": {}}}}',
            "Parameter 'type' does not accept value 'bad'",
        ),
        (
            '{"type": "socket", "data": {"addr": {"type": "unix", "data": {"path": "/s", "abstract": 0}}}}',
            "Invalid parameter type for 'backend.data.addr.data.abstract', expected: boolean",
        ),
        ('{"type": "udp", "data": {}}', "Parameter 'backend.data.remote' is missing"),
        ('{"type": "spicevmc", "data": {}}', "Parameter 'backend.data.type' is missing"),
    ],
)
def test_a_description_has_the_shape_of_a_backend(document: str, text: str) -> None:
    """What does not have it is refused with a path and QEMU's words; all of these were seen on 7.2.22 and 10.0.2."""
    assert not_made(json.loads(document), newest=False) == text
    assert not_made(json.loads(document)) == text


@pytest.mark.parametrize(
    ("document", "newest", "text"),
    [
        ('{"type": "hub", "data": {}}', False, "Parameter 'type' does not accept value 'hub'"),
        ('{"type": "hub", "data": {}}', True, "Parameter 'backend.data.chardevs' is missing"),
        (
            '{"type": "hub", "data": {"chardevs": "x"}}',
            True,
            "Invalid parameter type for 'backend.data.chardevs', expected: array",
        ),
        (
            '{"type": "hub", "data": {"chardevs": ["a", 5]}}',
            True,
            "Invalid parameter type for 'backend.data.chardevs[1]', expected: string",
        ),
        ('{"type": "pty", "data": {"path": 5}}', False, "Parameter 'backend.data.path' is unexpected"),
        (
            '{"type": "pty", "data": {"path": 5}}',
            True,
            "Invalid parameter type for 'backend.data.path', expected: string",
        ),
        ('{"type": "console", "data": {}}', True, "Parameter 'type' does not accept value 'console'"),
        (json.dumps(socket({"reconnect-ms": 1})), False, "Parameter 'backend.data.reconnect-ms' is unexpected"),
    ],
)
def test_the_versions_have_shapes_of_their_own(document: str, newest: bool, text: str) -> None:
    """What one version does not know is unexpected there; each was seen on 7.2.22 or on 10.0.2, as it says."""
    assert not_made(json.loads(document), newest=newest) == text


@pytest.mark.parametrize(
    ("command", "given", "text"),
    [
        ("chardev-add", "{}", "Parameter 'id' is missing"),
        ("chardev-add", '{"id": 5}', "Invalid parameter type for 'id', expected: string"),
        ("chardev-add", '{"id": "a", "extra": 1}', "Parameter 'backend' is missing"),
        (
            "chardev-add",
            '{"id": "a", "extra": 1, "backend": {"type": "nil"}}',
            "Parameter 'type' does not accept value 'nil'",
        ),
        (
            "chardev-add",
            '{"id": "a", "extra": 1, "backend": {"type": "null", "data": {}}}',
            "Parameter 'extra' is unexpected",
        ),
        ("chardev-change", '{"id": "a", "backend": {"type": "null"}}', "Parameter 'backend.data' is missing"),
        ("chardev-remove", '{"id": null}', "Invalid parameter type for 'id', expected: string"),
        ("chardev-send-break", '{"id": {}}', "Invalid parameter type for 'id', expected: string"),
        (
            "ringbuf-write",
            '{"device": "r", "data": "a", "format": "hex"}',
            "Parameter 'format' does not accept value 'hex'",
        ),
        (
            "ringbuf-write",
            '{"device": "r", "data": "a", "format": 5}',
            "Invalid parameter type for 'format', expected: string",
        ),
        ("ringbuf-read", '{"device": "r"}', "Parameter 'size' is missing"),
        ("ringbuf-read", '{"device": "r", "size": 5.0}', "Invalid parameter type for 'size', expected: integer"),
        ("yank", '{"instances": {}}', "Invalid parameter type for 'instances', expected: array"),
        ("yank", '{"instances": [5]}', "Invalid parameter type for 'instances[0]', expected: object"),
        ("yank", '{"instances": [{}]}', "Parameter 'instances[0].type' is missing"),
        ("yank", '{"instances": [{"type": "x"}]}', "Parameter 'type' does not accept value 'x'"),
        (
            "yank",
            '{"instances": [{"type": "migration"}, {"type": "chardev"}]}',
            "Parameter 'instances[1].id' is missing",
        ),
        (
            "yank",
            '{"instances": [{"type": "chardev", "id": "a", "node-name": "x"}]}',
            "Parameter 'instances[0].node-name' is unexpected",
        ),
        ("device_add", "{}", "Parameter 'driver' is missing"),
        ("device_add", '{"driver": null}', "Parameter 'driver' is missing"),
        ("device_del", '{"id": 5}', "Invalid parameter type for 'id', expected: string"),
        ("human-monitor-command", "{}", "Parameter 'command-line' is missing"),
        (
            "human-monitor-command",
            '{"command-line": "info version", "cpu-index": "x"}',
            "Invalid parameter type for 'cpu-index', expected: integer",
        ),
        ("qom-get", '{"path": "/chardevs"}', "Parameter 'property' is missing"),
        ("qom-list", "{}", "Parameter 'path' is missing"),
        ("qmp_capabilities", '{"enable": "oob"}', "Invalid parameter type for 'enable', expected: array"),
        ("qmp_capabilities", '{"enable": [5]}', "Invalid parameter type for 'enable[0]', expected: string"),
        ("qmp_capabilities", '{"enable": ["x"]}', "Parameter 'null' does not accept value 'x'"),
        ("query-chardev", '{"x": 1}', "Parameter 'x' is unexpected"),
        ("query-chardev", "[]", "QMP input member 'arguments' must be an object"),
        ("frobnicate", "null", "QMP input member 'arguments' must be an object"),
        ("frobnicate", "{}", "The command frobnicate has not been found"),
    ],
)
def test_arguments_have_the_shape_of_the_command(command: str, given: str, text: str) -> None:
    """What does not have it is refused in QEMU's words; all of these were seen on 7.2.22 and 10.0.2."""
    assert refused(command, json.loads(given), newest=False) == text
    assert refused(command, json.loads(given)) == text


def test_only_strings_are_looked_up() -> None:
    """QEMU 10.0.2 plugs a device without an id if the id is a number, and asks the device about all else."""
    given = {"driver": "pci-serial", "id": 5, "chardev": 5, "index": 3}
    assert qapi.arguments("device_add", given) == {"driver": "pci-serial", "chardev": 5, "index": 3}


@pytest.mark.parametrize("command", ["query-chardev", "query-yank", "qmp_capabilities", "stop", "cont", "quit"])
def test_a_command_may_have_no_arguments(command: str) -> None:
    """Then an empty object is all that it takes."""
    assert qapi.arguments(command, {}) == {}


@pytest.mark.parametrize(
    ("document", "made"),
    [
        ({"type": "null", "data": {"logfile": "/l", "logappend": True}}, Backend(Null, log=LogFile("/l", append=True))),
        ({"type": "null", "data": {"logappend": True}}, Backend(Null)),
        ({"type": "ringbuf", "data": {}}, Backend(RingBuf)),
        ({"type": "memory", "data": {"size": 8}}, Backend(Memory, {"size": 8})),
        ({"type": "file", "data": {"out": "/o"}}, Backend(File, {"out": "/o", "in_": None, "append": False})),
        (
            {"type": "file", "data": {"in": "/i", "out": "/o", "append": True}},
            Backend(File, {"out": "/o", "in_": "/i", "append": True}),
        ),
        ({"type": "pipe", "data": {"device": "/p"}}, Backend(Pipe, {"path": "/p"})),
        ({"type": "serial", "data": {"device": "/t"}}, Backend(Tty, {"path": "/t"})),
        ({"type": "pty", "data": {}}, Backend(Pty)),
        ({"type": "stdio", "data": {"signal": False}}, Backend(Stdio, {"signal": False})),
        ({"type": "udp", "data": {"remote": INET}}, Backend(Udp, {"address": Port("h", 9)})),
        (
            {"type": "udp", "data": {"remote": INET, "local": {"type": "inet", "data": {"host": "", "port": ""}}}},
            Backend(Udp, {"address": Port("h", 9), "local": Port("", 0)}),
        ),
        ({"type": "mux", "data": {"chardev": "b"}}, Backend(Mux, {"bases": ("b",)})),
        ({"type": "hub", "data": {"chardevs": ["b", "d"]}}, Backend(Hub, {"bases": ("b", "d")})),
        ({"type": "pty", "data": {"path": "/l"}}, Backend(Pty, {"link": "/l"})),
        (
            {"type": "socket", "data": {"addr": INET, "nodelay": True}},
            Backend(Socket, {"address": Port("h", 9), "server": True, "wait": False, "nodelay": True}),
        ),
        (
            socket({"server": False, "nodelay": True}),
            Backend(Socket, {"address": Path("/x"), "server": False, "nodelay": True}),
        ),
        (
            {"type": "socket", "data": {"addr": inet({"numeric": True, "keep-alive": True}), "nodelay": False}},
            Backend(Socket, {"address": Port("h", 9, numeric=True, keep_alive=True), "server": True, "wait": False}),
        ),
        (socket({"wait": True}), Backend(Socket, {"address": Path("/x"), "server": True, "wait": True})),
        (socket({"server": False}), Backend(Socket, {"address": Path("/x"), "server": False})),
        (
            socket({"server": False, "reconnect": 2}),
            Backend(Socket, {"address": Path("/x"), "server": False, "reconnect": 2}),
        ),
        (
            socket({"server": False, "reconnect-ms": 500}),
            Backend(Socket, {"address": Path("/x"), "server": False, "reconnect": 0.5}),
        ),
        (socket({"server": False, "reconnect": 0}), Backend(Socket, {"address": Path("/x"), "server": False})),
    ],
)
def test_a_description_becomes_a_backend(document: object, made: Backend) -> None:
    """A type of chardev, and what its constructor takes."""
    assert qapi.backend(document, newest=True) == made


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (socket({"reconnect": 0}), "'reconnect' option is incompatible with socket in server listen mode"),
        (socket({"server": False, "wait": False}), "'wait' option is incompatible with socket in client connect mode"),
        (socket({"server": False, "websocket": True}), "Websocket client is not implemented"),
        (socket({"tls-authz": "a"}), "'tls_authz' option requires 'tls_creds' option"),
        (
            {"type": "socket", "data": {"addr": {"type": "unix", "data": {"path": "x" * 109}}}},
            f"UNIX socket path '{'x' * 109}' is too long",
        ),
        (
            {"type": "socket", "data": {"addr": {"type": "inet", "data": {"host": "h", "port": "x"}}}},
            "address resolution failed for h:x: Servname not supported for ai_socktype",
        ),
        (
            {
                "type": "socket",
                "data": {"addr": {"type": "inet", "data": {"host": "h", "port": "0", "ipv4": False, "ipv6": False}}},
            },
            "Cannot disable IPv4 and IPv6 at same time",
        ),
        ({"type": "udp", "data": {"remote": UNIX}}, "socket type unsupported for datagram"),
        ({"type": "udp", "data": {"remote": INET, "local": UNIX}}, "socket type unsupported for datagram"),
        (
            {"type": "udp", "data": {"remote": {"type": "inet", "data": {"host": "h", "port": ""}}}},
            "remote port not specified",
        ),
    ],
)
def test_some_backends_are_refused_when_they_open(document: object, text: str) -> None:
    """Their shape is right, so that QEMU has begun by then; seen on 7.2.22 and 10.0.2, with chardev-add's prefix."""
    assert late(document, newest=False) == text
    assert late(document) == text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"type": "spicevmc", "data": {"type": "vdagent"}}, "'spicevmc' is not a valid char driver name"),
        ({"type": "hub", "data": {"chardevs": []}}, "hub: 'chardevs' list is not defined"),
        (
            socket({"server": False, "reconnect": 0, "reconnect-ms": 0}),
            "'reconnect' and 'reconnect-ms' are mutually exclusive",
        ),
    ],
)
def test_some_backends_are_refused_by_the_newest_when_they_open(document: object, text: str) -> None:
    """Seen on 10.0.2, with chardev-add's prefix."""
    assert late(document) == text


def test_a_refusal_comes_when_qemu_has_begun() -> None:
    """As in QEMU, a chardev without a frontend is gone when what is to replace it is refused."""
    layer = Layer(CHARDEV.profile("qemu-10.0"), MemoryHost(), MemoryContext(), MemoryContext())
    for _ in Change(layer).add("c", qapi.backend({"type": "null", "data": {}}, newest=True)):
        pass

    with pytest.raises(ChardevError, match="'spicevmc' is not a valid char driver name"):
        for _ in Change(layer).change("c", qapi.backend({"type": "spicevmc", "data": {"type": "x"}}, newest=True)):
            pass

    assert layer.chardevs == []


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (socket({"telnet": True}), "telnet"),
        (socket({"websocket": True}), "websocket"),
        (socket({"tls-creds": "none"}), "tls-creds"),
        ({"type": "socket", "data": {"addr": inet({"mptcp": True})}}, "mptcp"),
        ({"type": "socket", "data": {"addr": {"type": "fd", "data": {"str": "3"}}}}, "fd"),
        ({"type": "socket", "data": {"addr": {"type": "unix", "data": {"path": "x", "abstract": True}}}}, "abstract"),
        ({"type": "socket", "data": {"addr": {"type": "vsock", "data": {"cid": "3", "port": "1"}}}}, "vsock"),
        ({"type": "vc", "data": {}}, "vc"),
    ],
)
def test_what_the_layer_has_not_is_refused(document: object, what: str) -> None:
    """QEMU has it, but whoever asks for it here is told before anything is touched."""
    assert not_made(document) == f"'{what}' is not offered here"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON at all."""
KINDS = tuple({**qapi.BACKENDS, **qapi.ONLY_7_2, **qapi.SINCE_7_2})
MEMBERS = ("addr", "chardev", "chardevs", "data", "device", "host", "in", "local", "out", "path", "port", "remote")
OPTIONS = ("append", "ipv4", "reconnect", "reconnect-ms", "server", "size", "str", "telnet", "to", "type", "wait")


def documents() -> st.SearchStrategy[object]:
    """JSON with the names that a backend's description has."""
    words = st.sampled_from((*KINDS, "inet", "unix", "fd", "7", ""))
    return st.recursive(
        words | JSON,
        lambda inner: (
            st.dictionaries(st.sampled_from((*MEMBERS, *OPTIONS)), inner, max_size=6)
            | st.fixed_dictionaries({"type": words, "data": inner})
            | st.lists(inner, max_size=2)
        ),
        max_leaves=12,
    )


@given(document=documents(), newest=st.booleans())
def test_any_json_is_a_backend_or_an_error(document: object, newest: bool) -> None:
    """Nothing that a client can say does anything else."""
    with suppress(ChardevError):
        assert issubclass(qapi.backend(document, newest=newest).type, Chardev)


@given(command=st.sampled_from(qapi.COMMANDS), given=documents(), newest=st.booleans())
def test_any_json_is_arguments_or_an_error(command: str, given: object, newest: bool) -> None:
    """And what has the shape is what the client said, but for what QEMU does not look at."""
    with suppress(ChardevError):
        seen = qapi.arguments(command, given, newest=newest)
        assert isinstance(given, dict) and seen.items() <= given.items()
