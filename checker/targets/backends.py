"""The backends by the names that the spec has for them, as the arguments of QMP's commands (qapi/char.json)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from .peers import Peers

JSON = dict[str, Any]

MISSING = "missing"
"""A folder that is not there."""
EVERYBODY = "255.255.255.255"
"""A host that nobody connects to who has not asked for it (SO_BROADCAST); no name server has to be asked for that."""
SINK = 9
"""The port of those who discard what they are sent."""


def backend(kind: str, mine: Peers, base: Peers, circumstances: Collection[str] = ()) -> JSON:
    """A chardev of a kind, under one name and maybe on top of that of another, in these circumstances."""
    return {"type": TYPES.get(kind, kind), "data": _data(kind, mine, base, frozenset(circumstances))}


TYPES = {"tty": "serial", **dict.fromkeys(("unix", "tcp", "waiting", "client", "reconnect"), "socket")}
"""Where QMP has another word."""


def _data(kind: str, mine: Peers, base: Peers, missing: frozenset[str]) -> JSON:
    def place(what: str, label: str) -> str:
        path = mine.place(what)
        return str(Path(path).parent / MISSING / Path(path).name) if label in missing else path

    match kind:
        case "file":
            # Who is to read from a file is told at once that it has ended; so there is one only where it is missing.
            source = {"in": place("in", "no file to read")} if "no file to read" in missing else {}
            return {"out": place("out", "no such directory"), **source}
        case "pipe":
            return {"device": place("pipe", "open fails")}
        case "tty":
            return {"device": place("tty", "open fails") if "open fails" in missing else mine.tty}
        case "udp":
            return {"remote": _inet(EVERYBODY if "open fails" in missing else "127.0.0.1", SINK)}
        case "unix" | "waiting":
            return {"addr": _unix(mine.place("sock")), "server": True, "wait": kind == "waiting"}
        case "tcp":
            return {"addr": _inet("127.0.0.1", mine.port), "server": True, "wait": False}
        case "client":
            return {"addr": _unix(place("peer", "connection refused")), "server": False}
        case "reconnect":
            return {"addr": _unix(mine.place("held")), "server": False, "reconnect": 1}
        case "spicevmc":
            return {"type": "usbredir"}
        case "mux":
            return {"chardev": base.name}
        case "hub":
            return {"chardevs": [base.name]}
    return {}


def _unix(path: str) -> JSON:
    return {"type": "unix", "data": {"path": path}}


def _inet(host: str, port: int) -> JSON:
    return {"type": "inet", "data": {"host": host, "port": str(port)}}


def looks(filename: str) -> str:
    """The backend that `query-chardev` shows, as far as it can be told from others."""
    said = filename.removeprefix("disconnected:")
    kind, _, rest = said.partition(":")
    if kind == "unix" and ",server=on" not in rest:
        return "client"
    return {"serial": "tty"}.get(kind, kind)


ALIKE = {"waiting": "unix", "reconnect": "client"}
"""What can't be told from another one."""
