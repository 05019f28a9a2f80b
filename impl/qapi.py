"""The arguments of QMP's commands: their shapes, and what QEMU says of arguments that have another shape."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .backends.file import File
from .backends.hub import Hub
from .backends.mux import Mux
from .backends.null import Null
from .backends.pipe import Pipe
from .backends.pty import Pty
from .backends.ringbuf import Memory, RingBuf
from .backends.serial import Tty
from .backends.socket import Socket
from .backends.stdio import Stdio
from .backends.udp import Udp
from .chardev import Chardev
from .errors import ChardevError
from .host import Address, Path, Port
from .layer import Backend, Layer
from .log import LogFile


class Refused(Chardev):
    """What has the shape of a backend and yet can't be opened: QEMU says so when it tries."""

    kind = "refused"

    def __init__(self, layer: Layer, label: str, text: str) -> None:
        super().__init__(layer, label)
        self.text = text

    def open(self) -> None:
        """Each of QEMU's backends has checks of its own."""
        raise ChardevError(self.text)


class OpenError(ChardevError):
    """Found while the backend is described, and told when it is opened."""


# The shapes.


@dataclass(frozen=True)
class Scalar:
    """A value without parts."""

    type: type[object]
    called: str
    """The type's name in QEMU's answers."""


@dataclass(frozen=True)
class Small:
    """A whole number of 16 bits."""


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Many:
    """A list."""

    of: Shape


@dataclass(frozen=True)
class Members:
    """An object: the shape of each member by its name, which ends in a question mark if the member may be missing."""

    shapes: Mapping[str, Shape]
    variants: Mapping[str, Mapping[str, Shape]] = field(default_factory=dict)
    """The members that the word in `type` brings along."""
    looked_up: frozenset[str] = frozenset()
    """If there are any, QEMU looks them up by itself: what is no string is missing to it, and there may be others."""


Shape = Scalar | Small | Choice | Many | Members

TEXT = Scalar(str, "string")
FLAG = Scalar(bool, "boolean")
WHOLE = Scalar(int, "integer")

NOTHING = Members({})
LOG: Mapping[str, Shape] = {"logfile?": TEXT, "logappend?": FLAG}


def union(data: Mapping[str, Mapping[str, Shape]], *, common: Mapping[str, Shape] | None = None) -> Members:
    """A `type`, and under `data` the members that go with it."""
    variants: dict[str, Mapping[str, Shape]] = {
        word: {"data": Members({**(common or {}), **shapes})} for word, shapes in data.items()
    }
    return Members({"type": Choice(tuple(data))}, variants)


ADDRESS = union(
    {
        "inet": {
            "host": TEXT,
            "port": TEXT,
            "numeric?": FLAG,
            "to?": Small(),
            "ipv4?": FLAG,
            "ipv6?": FLAG,
            "keep-alive?": FLAG,
            "mptcp?": FLAG,
        },
        "unix": {"path": TEXT, "abstract?": FLAG, "tight?": FLAG},
        "vsock": {"cid": TEXT, "port": TEXT},
        "fd": {"str": TEXT},
    }
)

SOCKET: Mapping[str, Shape] = {
    "addr": ADDRESS,
    "tls-creds?": TEXT,
    "tls-authz?": TEXT,
    "server?": FLAG,
    "wait?": FLAG,
    "nodelay?": FLAG,
    "telnet?": FLAG,
    "tn3270?": FLAG,
    "websocket?": FLAG,
    "reconnect?": WHOLE,
}

BACKENDS: Mapping[str, Mapping[str, Shape]] = {
    "file": {"in?": TEXT, "out": TEXT, "append?": FLAG},
    "serial": {"device": TEXT},
    "parallel": {"device": TEXT},
    "pipe": {"device": TEXT},
    "socket": SOCKET,
    "udp": {"remote": ADDRESS, "local?": ADDRESS},
    "pty": {},
    "null": {},
    "mux": {"chardev": TEXT},
    "msmouse": {},
    "wctablet": {},
    "braille": {},
    "testdev": {},
    "stdio": {"signal?": FLAG},
    "spicevmc": {"type": TEXT},
    "spiceport": {"fqdn": TEXT},
    "qemu-vdagent": {"mouse?": FLAG, "clipboard?": FLAG},
    "dbus": {"name": TEXT},
    "vc": {"width?": WHOLE, "height?": WHOLE, "cols?": WHOLE, "rows?": WHOLE},
    "ringbuf": {"size?": WHOLE},
    "memory": {"size?": WHOLE},
}

ONLY_7_2: Mapping[str, Mapping[str, Shape]] = {"console": {}}
SINCE_7_2: Mapping[str, Mapping[str, Shape]] = {
    "socket": {**SOCKET, "reconnect-ms?": WHOLE},
    "pty": {"path?": TEXT},
    "hub": {"chardevs": Many(TEXT)},
}

BY_INSTANCE: Mapping[str, Mapping[str, Shape]] = {
    "block-node": {"node-name": TEXT},
    "chardev": {"id": TEXT},
    "migration": {},
}
INSTANCE = Members({"type": Choice(tuple(BY_INSTANCE))}, BY_INSTANCE)
DEVICE = Members({"driver": TEXT}, looked_up=frozenset({"driver", "id", "bus"}))
FORMAT = Choice(("utf8", "base64"))


@functools.cache
def backend_shape(newest: bool) -> Members:
    """The shape of a `ChardevBackend`."""
    return union({**BACKENDS, **(SINCE_7_2 if newest else ONLY_7_2)}, common=LOG)


@functools.cache
def shapes(newest: bool) -> Mapping[str, Members]:
    """The shape of each command's arguments."""
    id_and_backend = Members({"id": TEXT, "backend": backend_shape(newest)})
    return {
        "chardev-add": id_and_backend,
        "chardev-change": id_and_backend,
        "chardev-remove": Members({"id": TEXT}),
        "chardev-send-break": Members({"id": TEXT}),
        "ringbuf-write": Members({"device": TEXT, "data": TEXT, "format?": FORMAT}),
        "ringbuf-read": Members({"device": TEXT, "size": WHOLE, "format?": FORMAT}),
        "yank": Members({"instances": Many(INSTANCE)}),
        "device_add": DEVICE,
        "device_del": Members({"id": TEXT}),
        "human-monitor-command": Members({"command-line": TEXT, "cpu-index?": WHOLE}),
        "qom-get": Members({"path": TEXT, "property": TEXT}),
        "qom-list": Members({"path": TEXT}),
        "qmp_capabilities": Members({"enable?": Many(Choice(("oob",)))}),
        "query-chardev": NOTHING,
        "query-chardev-backends": NOTHING,
        "query-yank": NOTHING,
        "query-status": NOTHING,
        "query-commands": NOTHING,
        "query-version": NOTHING,
        "stop": NOTHING,
        "cont": NOTHING,
        "quit": NOTHING,
    }


COMMANDS = tuple(shapes(True))


# Whether something has its shape.


def arguments(command: str, given: object, *, newest: bool = True) -> dict[str, Any]:
    """A command's arguments, if they have its shape. Raises `ChardevError`."""
    if not isinstance(given, dict):
        raise ChardevError("QMP input member 'arguments' must be an object")
    shape = shapes(newest).get(command)
    if shape is None:
        raise ChardevError(f"The command {command} has not been found")
    seen = {name: value for name, value in given.items() if name not in shape.looked_up or isinstance(value, str)}
    check(shape, seen, "")
    return seen


def check(shape: Shape, given: object, path: str, name: str = "null") -> None:
    """Whether something has a shape. Raises `ChardevError`.

    QEMU calls it by its path, or only by its name, and an element of a list has no name.
    """
    match shape:
        case Scalar():
            if type(given) is not shape.type or not _fits(given, 63):
                raise _mistyped(path, shape.called)
        case Small():
            if type(given) is not int or not _fits(given, 64):
                raise ChardevError(f"Parameter '{path}' expects uint64")
            if given not in range(1 << 16):
                raise ChardevError(f"Parameter '{name}' expects uint16_t")
        case Choice():
            check(TEXT, given, path)
            if given not in shape.words:
                raise ChardevError(f"Parameter '{name}' does not accept value '{given}'")
        case Many():
            if not isinstance(given, list):
                raise _mistyped(path, "array")
            for index, element in enumerate(given):
                check(shape.of, element, f"{path}[{index}]")
        case Members():
            if not isinstance(given, dict):
                raise _mistyped(path, "object")
            _check_members(shape, given, f"{path}." if path else "")


def _check_members(shape: Members, given: dict[str, object], prefix: str) -> None:
    """The members in the order of the shape, and only then those that it does not have."""
    known = _check_each(shape.shapes, given, prefix)
    if shape.variants:
        known |= _check_each(shape.variants[str(given["type"])], given, prefix)
    unexpected = [name for name in given if name not in known]
    if unexpected and not shape.looked_up:
        raise ChardevError(f"Parameter '{prefix}{unexpected[0]}' is unexpected")


def _check_each(shapes: Mapping[str, Shape], given: dict[str, object], prefix: str) -> set[str]:
    """Their names."""
    for member, shape in shapes.items():
        name = member.removesuffix("?")
        if name in given:
            check(shape, given[name], prefix + name, name)
        elif name == member:
            raise ChardevError(f"Parameter '{prefix}{name}' is missing")
    return {member.removesuffix("?") for member in shapes}


def _fits(given: object, bits: int) -> bool:
    """A number of JSON that has more bits is no integer to QEMU."""
    return not isinstance(given, int) or -(1 << 63) <= given < 1 << bits


def _mistyped(path: str, expected: str) -> ChardevError:
    return ChardevError(f"Invalid parameter type for '{path}', expected: {expected}")


# What a backend's description asks for.

Data = Mapping[str, Any]


def backend(document: object, *, newest: bool) -> Backend:
    """What a `ChardevBackend` asks for. Raises `ChardevError`."""
    check(backend_shape(newest), document, "backend", "backend")
    assert isinstance(document, dict)
    kind = document["type"]
    if kind in ABSENT:
        return Backend(Refused, {"text": f"'{kind}' is not a valid char driver name"})
    if kind not in MAKERS:
        raise not_offered(kind)
    data = document["data"]
    try:
        made = MAKERS[kind](data)
    except OpenError as error:
        made = Backend(Refused, {"text": str(error)})
    return replace(made, log=LogFile(data["logfile"], data.get("logappend", False))) if "logfile" in data else made


def offered(*, newest: bool) -> list[str]:
    """The backends that can be made."""
    return [kind for kind in MAKERS if kind in backend_shape(newest).variants]


def not_offered(what: str) -> ChardevError:
    """QEMU has it, this layer has not."""
    return ChardevError(f"'{what}' is not offered here")


def _pty(data: Data) -> Backend:
    return Backend(Pty, {"link": data["path"]} if "path" in data else {})


def _hub(data: Data) -> Backend:
    if not data["chardevs"]:
        raise OpenError("hub: 'chardevs' list is not defined")
    return Backend(Hub, {"bases": tuple(data["chardevs"])})


def _udp(data: Data) -> Backend:
    """QEMU takes the local address for one of a port, whatever it is."""
    if any(data[end]["type"] != "inet" for end in ("remote", "local") if end in data):
        raise OpenError("socket type unsupported for datagram")
    if not data["remote"]["data"]["port"]:
        raise OpenError("remote port not specified")
    local = {"local": _port(data["local"]["data"])} if "local" in data else {}
    return Backend(Udp, {"address": _port(data["remote"]["data"]), **local})


def _socket(data: Data) -> Backend:
    server = data.get("server", True)
    for problem, text in (
        ("tls-authz" in data and "tls-creds" not in data, "'tls_authz' option requires 'tls_creds' option"),
        (server and "reconnect" in data, "'reconnect' option is incompatible with socket in server listen mode"),
        (not server and data.get("websocket"), "Websocket client is not implemented"),
        (not server and "wait" in data, "'wait' option is incompatible with socket in client connect mode"),
        ("reconnect" in data and "reconnect-ms" in data, "'reconnect' and 'reconnect-ms' are mutually exclusive"),
    ):
        if problem:
            raise OpenError(text)
    for option in ("telnet", "tn3270", "websocket", "tls-creds"):
        if data.get(option) not in (None, False):
            raise not_offered(option)
    address = _address(data["addr"])
    nodelay = {"nodelay": True} if data.get("nodelay") else {}
    if server:
        return Backend(Socket, {"address": address, "server": True, "wait": data.get("wait", False), **nodelay})
    seconds = data.get("reconnect", 0) or data.get("reconnect-ms", 0) / 1000
    reconnect = {"reconnect": seconds} if seconds > 0 else {}
    return Backend(Socket, {"address": address, "server": False, **reconnect, **nodelay})


def _address(described: Data) -> Address:
    data = described["data"]
    match described["type"]:
        case "inet" if data.get("mptcp"):
            raise not_offered("mptcp")
        case "inet":
            return _port(data)
        case "unix" if data.get("abstract"):
            raise not_offered("abstract")
        case "unix" if len(data["path"].encode(errors="replace")) > LONGEST_PATH:
            raise OpenError(f"UNIX socket path '{data['path']}' is too long")
        case "unix":
            return Path(data["path"])
        case other:
            raise not_offered(other)


LONGEST_PATH = 108
"""The size of `sun_path`, which need not end in a zero."""


def _port(data: Data) -> Port:
    """A port beyond 65535 begins anew at 0, as it does in getaddrinfo(3)."""
    host, port = data["host"], data["port"] or "0"
    if data.get("ipv4") is False and data.get("ipv6") is False:
        raise OpenError("Cannot disable IPv4 and IPv6 at same time")
    if not re.fullmatch(r"[ \t]*\+?[0-9]{1,18}", port):
        raise OpenError(f"address resolution failed for {host}:{port}: Servname not supported for ai_socktype")
    number = int(port) % (1 << 16)
    numeric, keep_alive = data.get("numeric", False), data.get("keep-alive", False)
    return Port(host, number, data.get("to"), data.get("ipv4"), data.get("ipv6"), numeric, keep_alive)


def _ringbuf(made: type[RingBuf]) -> Callable[[Data], Backend]:
    return lambda data: Backend(made, {"size": data["size"]} if "size" in data else {})


def _file(data: Data) -> Backend:
    return Backend(File, {"out": data["out"], "in_": data.get("in"), "append": data.get("append", False)})


MAKERS: Mapping[str, Callable[[Data], Backend]] = {
    "null": lambda data: Backend(Null),
    "ringbuf": _ringbuf(RingBuf),
    "memory": _ringbuf(Memory),
    "file": _file,
    "pipe": lambda data: Backend(Pipe, {"path": data["device"]}),
    "serial": lambda data: Backend(Tty, {"path": data["device"]}),
    "pty": _pty,
    "stdio": lambda data: Backend(Stdio, {"signal": data["signal"]} if "signal" in data else {}),
    "udp": _udp,
    "socket": _socket,
    "mux": lambda data: Backend(Mux, {"bases": (data["chardev"],)}),
    "hub": _hub,
}

ABSENT = frozenset({"spicevmc", "spiceport", "dbus", "console"})
"""They have a name, but are not built in, or in a module that is not installed."""
