"""The words of QEMU's command line: what `-chardev`, `-device`, `-mon`, `-qmp` and `-monitor` ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from . import qapi
from .backends.mux import Mux
from .errors import ChardevError
from .layer import Backend
from .number import NUMBER, unsigned


class ParseError(ChardevError):
    """The words can't be read at all."""


@dataclass(frozen=True)
class Options:
    """What was given: an id, and the options in their order. Of two with one name the last counts, but the first id."""

    id: str | None
    given: tuple[tuple[str, str], ...]


def chardev(text: str, *, newest: bool) -> tuple[str, Backend]:
    """An id and the backend that is to have it. Raises `ChardevError`."""
    name, values = _named(text, newest=newest)
    return name, _of_kind(name, values, newest=newest)


def chardevs(text: str, *, newest: bool) -> list[tuple[str, Backend]]:
    """What `-chardev` creates: with `mux=on` two, of which the backend is the mux's base. Raises `ChardevError`."""
    name, values = _named(text, newest=newest)
    backend = _of_kind(name, values, newest=newest)
    base = f"{name}-base"
    return [(base, backend), (name, Backend(Mux, {"bases": (base,)}))] if values.get("mux") else [(name, backend)]


def _named(text: str, *, newest: bool) -> tuple[str, Values]:
    name, values = _chardev(text, newest=newest)
    if name is None:
        raise ChardevError("chardev: no id specified")
    return name, values


def backend(text: str, *, newest: bool) -> Backend:
    """The backend alone, for a chardev that has its id. Raises `ChardevError`."""
    name, values = _chardev(text, newest=newest)
    if name is not None:
        raise ChardevError("Unexpected 'id' parameter")
    return _of_kind("(null)", values, newest=newest)


def _chardev(text: str, *, newest: bool) -> tuple[str | None, Values]:
    options = parse(text, first="backend")
    return options.id, _typed(options.given, newest=newest)


def _of_kind(name: str, values: Values, *, newest: bool) -> Backend:
    """`qemu_chr_parse_opts`."""
    if "backend" not in values:
        raise ChardevError(f'chardev: "{name}" missing backend')
    return _backend(str(values["backend"]), values, newest=newest)


def device(text: str) -> tuple[str, dict[str, str]]:
    """The driver and the properties of `-device`, the id among them. Raises `ChardevError`."""
    if text.startswith("{"):
        properties = of_json(_object(text))
    else:
        options = parse(text, first="driver")
        properties = dict(options.given) | ({} if options.id is None else {"id": options.id})
    if "driver" not in properties:
        raise ChardevError("Parameter 'driver' is missing")
    return properties.pop("driver"), properties


def _object(text: str) -> dict[str, object]:
    """`qobject_from_json`, for `-device`."""
    try:
        found: dict[str, object] = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or more than Python reads: a number of thousands of digits
        raise ParseError("JSON parse error") from None
    return found


def monitor(text: str) -> tuple[str, str]:
    """The chardev and the mode of `-mon`. Raises `ChardevError`."""
    properties = dict(parse(text, first="chardev").given)
    for name in properties.keys() - {"chardev", "mode", "pretty"}:
        raise ParseError(f"Invalid parameter '{name}'")
    if "chardev" not in properties:
        raise ParseError("Parameter 'chardev' is missing")
    mode = properties.get("mode", "readline")
    if mode not in ("readline", "control"):
        raise ParseError(f"Parameter 'mode' does not accept value '{mode}'")
    return properties["chardev"], mode


def legacy(text: str, *, newest: bool, listens: bool = False) -> Backend:
    """The backend of `-qmp` and `-monitor` (`qemu_chr_parse_compat`). Raises `ChardevError`.

    A socket connects, as QEMU's does, unless it is to listen when nothing is said of that.
    """
    kind, _, path = text.partition(":")
    if text in ("null", "pty", "stdio"):
        return _backend(text, {}, newest=newest)
    if kind in ("file", "pipe") and path:
        return _backend(kind, {"path": path}, newest=newest)
    return _legacy_socket(text, newest=newest, listens=listens)


def _legacy_socket(text: str, *, newest: bool, listens: bool) -> Backend:
    """`unix:PATH` or `tcp:HOST:PORT`, with options."""
    values: dict[str, Value]
    if text.startswith("unix:"):
        options = parse(text.removeprefix("unix:"), first="path")
        values = _typed(options.given, newest=newest)
    elif address := re.match("tcp:([^:]{0,64}):([^,]{1,32}),?", text):
        options = parse(text[address.end() :])
        values = {**_typed(options.given, newest=newest), "host": address[1], "port": address[2]}
    else:
        raise ParseError(f"parse error: {text}")
    if listens and "server" not in values:
        values = {"wait": False, **values, "server": True}
    made = _backend("socket", values, newest=newest)
    if made.type is qapi.Refused:
        raise ChardevError(made.arguments["text"])
    return made


# The words.

NAME = re.compile("[^=,]*")
VALUE = re.compile("((?:[^,]|,,)*),?")
"""A comma is written twice."""
IDENTIFIER = re.compile("[A-Za-z][A-Za-z0-9._-]*")


def parse(text: str, *, first: str = "") -> Options:
    """The options of a word; the first may be a value only, of the option `first`. Raises `ChardevError`."""
    ids = [value for name, value in _words(text) if name == "id"]
    if ids:
        _must_be_identifier(ids[0])
    return Options(ids[0] if ids else None, tuple((name, value) for name, value in _words(text, first) if name != "id"))


def of_json(given: Mapping[str, object]) -> dict[str, str]:
    """`qemu_opts_from_qdict`: what a client has given, as the values of options. Raises `ChardevError`."""
    if "id" in given:
        _must_be_identifier(str(given["id"]))
    return {name: _text(value) for name, value in given.items() if isinstance(value, str | int | float)}


def _text(value: object) -> str:
    return str(value) if not isinstance(value, bool) else "on" if value else "off"


def _must_be_identifier(id: str) -> None:
    if not IDENTIFIER.fullmatch(id):
        raise ChardevError("Parameter 'id' expects an identifier")


def _words(text: str, first: str = "") -> Iterator[tuple[str, str]]:
    """Names and values: `server` is `server=on`, and `nowait` is `wait=off`."""
    at = 0
    while at < len(text):
        name = NAME.match(text, at)
        assert name is not None
        has_value = text[name.end() : name.end() + 1] == "="
        if has_value or first:
            value = VALUE.match(text, name.end() + 1 if has_value else at)
            assert value is not None
            yield name[0] if has_value else first, value[1].replace(",,", ",")
            at = value.end()
        else:
            yield (name[0][2:], "off") if name[0].startswith("no") else (name[0], "on")
            at = name.end() + 1
        first = ""


# What an option may be.

Value = str | bool | int


def _string(name: str, text: str) -> str:
    return text


def _flag(name: str, text: str) -> bool:
    for words, value in ((("on", "yes", "true", "y"), True), (("off", "no", "false", "n"), False)):
        if text in words:
            return value
    raise ParseError(f"Parameter '{name}' expects 'on' or 'off'")


DECIMAL_SIZE = re.compile(r"[ \t]*\+?([0-9]{1,99}(?:\.[0-9]{0,99})?)([bkmgtpe]?)", re.IGNORECASE)
HEXADECIMAL_SIZE = re.compile(r"[ \t]*\+?0x([0-9a-f]{1,99})", re.IGNORECASE)
NEGATIVE_SIZE = re.compile(r"[ \t]*-[0-9]+")


def _number(name: str, text: str) -> int:
    """What is beyond the largest positive one is negative."""
    number = NUMBER.fullmatch(text)
    if number is None:
        raise ParseError(f"Parameter '{name}' expects a number")
    try:
        size = unsigned(number)
    except OverflowError:
        raise ParseError(f"Value '{text}' is too large for parameter '{name}'") from None
    return size - (1 << 64) if size >= 1 << 63 else size


def _size(newest: bool) -> Callable[[str, str], int]:
    def size(name: str, text: str) -> int:
        if hexadecimal := HEXADECIMAL_SIZE.fullmatch(text):
            result = int(hexadecimal[1], 16)
        elif decimal := DECIMAL_SIZE.fullmatch(text):
            result = int(Fraction(decimal[1]) * 1024 ** ("bkmgtpe".index(decimal[2].lower() or "b")))
        elif newest and NEGATIVE_SIZE.fullmatch(text):
            result = -1
        else:
            raise ParseError(f"Parameter '{name}' expects a non-negative number below 2^64")
        if not 0 <= result < 1 << 64:
            raise ParseError(f"Value '{text}' is out of range for parameter '{name}'")
        return result

    return size


KINDS: Mapping[str, Callable[[str, str], Value]] = {
    **dict.fromkeys(("backend", "path", "host", "port", "fd", "localaddr", "localport", "name", "chardev"), _string),
    **dict.fromkeys(("tls-creds", "tls-authz", "logfile"), _string),
    **dict.fromkeys(("ipv4", "ipv6", "wait", "server", "delay", "nodelay", "telnet", "tn3270", "websocket"), _flag),
    **dict.fromkeys(("mux", "signal", "append", "logappend", "mouse", "clipboard", "tight", "abstract"), _flag),
    **dict.fromkeys(("to", "reconnect", "width", "height", "cols", "rows", "debug"), _number),
    "size": _size(newest=False),
}
MEMBERS_OF_A_HUB = ("chardevs.0", "chardevs.1", "chardevs.2", "chardevs.3")
NEWEST_KINDS: Mapping[str, Callable[[str, str], Value]] = {
    **KINDS,
    **dict.fromkeys(("input-path", *MEMBERS_OF_A_HUB), _string),
    "reconnect-ms": _number,
    "size": _size(newest=True),
}


def _typed(given: tuple[tuple[str, str], ...], *, newest: bool) -> dict[str, Value]:
    kinds = NEWEST_KINDS if newest else KINDS
    values: dict[str, Value] = {}
    for name, text in given:
        if name not in kinds:
            raise ParseError(f"Invalid parameter '{name}'")
        values[name] = kinds[name](name, text)
    return values


# From the options to what QMP would have been told.

Values = Mapping[str, Value]
Document = dict[str, object]


@dataclass(frozen=True)
class Plain:
    """A backend whose members are options, under names of their own; what QEMU says if the first is missing."""

    members: Mapping[str, str]
    missing: str | None = None

    def __call__(self, values: Values) -> Document:
        if self.missing is not None and next(iter(self.members.values())) not in values:
            raise ChardevError(self.missing)
        return {member: values[option] for member, option in self.members.items() if option in values}


def _ringbuf(values: Values) -> Document:
    """No size is the size that QEMU chooses."""
    return {"size": values["size"]} if values.get("size") else {}


def _socket(values: Values) -> Document:
    """A client, unless it is to be a listener; which waits, unless it is not to."""
    if sum(name in values for name in ("path", "fd", "host")) > 1:
        raise ChardevError("None or one of 'path', 'fd' or 'host' option required.")
    if "host" in values and "port" not in values:
        raise ChardevError("chardev: socket: no port given")
    if "delay" in values and "nodelay" in values:
        raise ChardevError("'delay' and 'nodelay' are mutually exclusive")
    server = values.get("server", False)
    waits = {"wait": True} if server else {}
    passed = ("wait", "reconnect", "reconnect-ms", "telnet", "tn3270", "websocket", "tls-creds", "tls-authz", "nodelay")
    delay = {"nodelay": not values["delay"]} if "delay" in values else {}
    return {"addr": _address(values), "server": server, **waits, **delay, **_some(values, *passed)}


def _address(values: Values) -> Document:
    if "path" in values:
        return {"type": "unix", "data": _some(values, "path", "abstract", "tight")}
    if "host" in values:
        to = {"to": int(values["to"]) % (1 << 16)} if "to" in values else {}
        return {"type": "inet", "data": _some(values, "host", "port", "ipv4", "ipv6") | to}
    if "fd" in values:
        return {"type": "fd", "data": {"str": values["fd"]}}
    raise ChardevError("Unable to parse FD number")


def _udp(values: Values) -> Document:
    if not values.get("port"):
        raise ChardevError("chardev: udp: remote port not specified")
    remote = {**_some(values, "port", "ipv4", "ipv6"), "host": values.get("host") or "localhost"}
    local = {"host": values.get("localaddr") or "", "port": values.get("localport") or "0"}
    bound = {"local": {"type": "inet", "data": local}} if values.get("localaddr") or values.get("localport") else {}
    return {"remote": {"type": "inet", "data": remote}, **bound}


def _hub(values: Values) -> Document:
    """The members up to the first that is missing."""
    return {"chardevs": [values[name] for name in takewhile(values.__contains__, MEMBERS_OF_A_HUB)]}


def _some(values: Values, *names: str) -> Document:
    return {name: values[name] for name in names if name in values}


DOCUMENTS: Mapping[str, Callable[[Values], Document]] = {
    "null": Plain({}),
    "ringbuf": _ringbuf,
    "memory": _ringbuf,
    "file": Plain({"out": "path", "in": "input-path", "append": "append"}, "chardev: file: no filename given"),
    "pipe": Plain({"device": "path"}, "chardev: pipe: no device path given"),
    "serial": Plain({"device": "path"}, "chardev: serial/tty: no device path given"),
    "stdio": Plain({"signal": "signal"}),
    "socket": _socket,
    "udp": _udp,
    "mux": Plain({"chardev": "chardev"}, "chardev: mux: no chardev given"),
}
OLD_DOCUMENTS: Mapping[str, Callable[[Values], Document]] = {
    **DOCUMENTS,
    "pty": Plain({}),
    "tty": Plain({"device": "path"}, "chardev: serial/tty: no device path given"),
}
NEWEST_DOCUMENTS: Mapping[str, Callable[[Values], Document]] = {
    **DOCUMENTS,
    "pty": Plain({"path": "path"}),
    "hub": _hub,
}
NOT_OFFERED = qapi.BACKENDS.keys() - DOCUMENTS.keys() - qapi.ABSENT


def _backend(kind: str, values: Values, *, newest: bool) -> Backend:
    documents = NEWEST_DOCUMENTS if newest else OLD_DOCUMENTS
    if kind not in documents:
        raise (
            qapi.not_offered(kind) if kind in NOT_OFFERED else ChardevError(f"'{kind}' is not a valid char driver name")
        )
    data = documents[kind](values) | _some(values, "logfile", "logappend")
    return qapi.backend({"type": "serial" if kind == "tty" else kind, "data": data}, newest=newest)
