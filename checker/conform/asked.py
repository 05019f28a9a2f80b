"""What a QMP command asks for, and what QMP shows, in the words of the spec."""

from __future__ import annotations

import re
from typing import Any

from .recording import Command

JSON = dict[str, Any]

CHANGES = {"chardev-change": "Change.find", "chardev-add": "Change.chardev_add"}
SHORT = {"chardev-remove": "Qmp.chardev_remove", "chardev-send-break": "Qmp.chardev_send_break"}
RUNS = {"stop": "Qmp.stop", "cont": "Qmp.cont"}
EVENTS = {"STOP": "Qmp.stop", "RESUME": "Qmp.cont"}
"""The machine is stopped by others, too."""
PLUG, UNPLUG, YANK, WAIT = "Qmp.device_add", "Qmp.device_del", "Yank.yank", "Change.wait"
ROWS = frozenset({*CHANGES.values(), *SHORT.values(), *RUNS.values(), PLUG, UNPLUG, YANK, WAIT})
"""What who has the monitor begins; all else is done by others, and can happen between any two lines."""

PLUGS = {"device_add": "driver", "object-add": "qom-type", "netdev_add": "type"}
"""What makes a frontend if it names a `chardev`, and by which argument it says of what model."""
UNPLUGS = ("device_del", "object-del", "netdev_del")
QUERIES = ("query-chardev", "query-yank", "query-status")

HELD = frozenset({*CHANGES, *SHORT, *RUNS, *PLUGS, *UNPLUGS, *QUERIES, "yank"})
"""The commands of which the spec says something."""

_OF_PEOPLE = re.compile(
    r"\s*(chardev-|chardev_|device_|object_|netdev_|gdbserver|stop|s\b|cont|c\b|system_|loadvm|quit|q\b|migrate)"
)

MODELS = {
    "virtconsole": "virtconsole",
    "virtserialport": "virtserialport",
    "isa-serial": "serial",
    "pci-serial": "serial",
}
OTHERS = "monitor"
"""A model without a change handler."""

NO_VALUE = "Property '%s' can't find value '%s'"
"""What a device says that is to have a chardev which does not exist."""
_OF_THE_SPEC = re.compile(r".*(can't find value '|in use$)")
_OF_THE_HOST = re.compile(
    r"(Failed to add chardev '.*': )?(Failed to (bind|listen|create|find an available port|resolve)|size of ringbuf|"
    r"(address|IP) ?.*resolution|mux: base chardev|hub: |No TLS|'\w+' option|File descriptor named|fd ).*"
)
"""Errors of backends which, in the spec, are always made: what it takes for them is there."""

SPARE = "udp"
"""A backend that can fail, and leaves nothing behind then."""


def unread(command: Command) -> str:
    """What is done by it in words that are not QMP's; empty if it does nothing to chardevs and devices."""
    line = str(command.arguments.get("command-line", ""))
    return line if command.name == "human-monitor-command" and _OF_PEOPLE.match(line) else ""


def names(command: Command) -> list[str]:
    """The chardevs that a command is about; those that it puts on one another."""
    given = command.arguments
    if command.name in CHANGES:
        return [str(given.get("id")), *bases(command)]
    if command.name in SHORT:
        return [str(given.get("id"))]
    if command.name in PLUGS and isinstance(given.get("chardev"), str):
        return [given["chardev"]]
    return []


def bases(command: Command) -> list[str]:
    """On which chardevs it puts a new one."""
    data = _data(command)
    several = data.get("chardevs")
    found = [data.get("chardev"), *(several if isinstance(several, list) else [])]
    return [each for each in found if isinstance(each, str)] if kind(command) in ("mux", "hub") else []


def device(command: Command) -> str:
    """The id of what it plugs or unplugs; what has none can't be unplugged."""
    return str(command.arguments.get("id") or f"at line {command.line}")


def yanked(command: Command) -> list[str]:
    """The chardevs whose connections it breaks."""
    return sorted(yanks(command.arguments.get("instances")))


def model(command: Command) -> str:
    """Of the frontend that it makes."""
    return MODELS.get(str(command.arguments.get(PLUGS[command.name])), OTHERS)


def kind(command: Command) -> str:
    """Of the backend that it makes; empty if the spec knows none of that type."""
    made = command.arguments.get("backend")
    said = str(made.get("type")) if isinstance(made, dict) else ""
    if said != "socket":
        return KINDS.get(said, "")
    data = _data(command)
    if not data.get("server", True):
        return "reconnect" if data.get("reconnect") or data.get("reconnect-ms") else "client"
    if data.get("wait"):
        return "waiting"
    return "unix" if isinstance(data.get("addr"), dict) and data["addr"].get("type") == "unix" else "tcp"


KINDS = {
    **{kind: kind for kind in ("null", "ringbuf", "file", "pipe", "stdio", "udp", "pty", "spicevmc", "mux", "hub")},
    "serial": "tty",
    "memory": "ringbuf",
    "vc": "ringbuf",
    "qemu-vdagent": "ringbuf",
    "parallel": "file",
    "spiceport": "spicevmc",
    "dbus": "tcp",
    **dict.fromkeys(("msmouse", "wctablet", "testdev", "braille"), "null"),
}
"""The backends but the sockets: some answer as another one does."""


def address(command: Command) -> str:
    """Where a listener listens, as text."""
    return str(_data(command).get("addr"))


def _data(command: Command) -> JSON:
    made = command.arguments.get("backend")
    data = made.get("data") if isinstance(made, dict) else None
    return data if isinstance(data, dict) else {}


def is_of_others(command: Command) -> bool:
    """Whether it was refused by who is no part of the spec: QMP, or a device for a reason of its own."""
    reply = command.reply
    if reply is None or reply.error is None:
        return False
    if command.name in PLUGS:
        return _OF_THE_SPEC.match(reply.error) is None
    return reply.by_qmp or command.name in UNPLUGS or command.name in RUNS


def fails_for_the_host(command: Command) -> bool:
    """Whether its backend could not be made for a reason that the spec leaves out."""
    return command.reply is not None and _OF_THE_HOST.match(command.reply.error or "") is not None


def stacks(command: Command) -> tuple[str, ...]:
    """What the chardev is that could not be changed for being a mux or a hub; empty if that was not the reason."""
    error = (command.reply.error if command.reply is not None else "") or ""
    if "Mux device hotswap" in error:
        return ("mux",)
    return ("mux", "hub") if "mux or hub device hotswap" in error else ()


LISTENERS = ("unix", "tcp", "waiting")
CLIENTS = ("client", "reconnect")
_SOCKETS = ("unix", "tcp", "telnet", "tn3270", "websocket", "tls", "fd", "vsock")


def looks(filename: str) -> tuple[str, ...]:
    """The kinds of backend that a `filename` of `query-chardev` can be of; empty if that is not known."""
    said = filename.removeprefix("disconnected:")
    word = said.partition(":")[0]
    if word in _SOCKETS:
        return LISTENERS if ",server=on" in said else CLIENTS
    return (KINDS[word],) if word in KINDS else ()


def starts(filename: str) -> tuple[str, ...]:
    """The same, of a chardev that was there before the first line; whether it has waited does not matter any more."""
    found = looks(filename)
    if found == LISTENERS:
        return ("unix",) if filename.removeprefix("disconnected:").startswith("unix") else ("tcp",)
    return found


def filename(kind: str, where: str) -> str:
    """What `query-chardev` says of a backend, as far as it is known."""
    if kind in LISTENERS:
        return f"{where},server=on"
    return where if kind in CLIENTS else {"tty": "serial"}.get(kind, kind)


def chardevs(returned: object) -> dict[str, JSON]:
    """What `query-chardev` lists, by the names."""
    found = returned if isinstance(returned, list) else []
    return {str(each["label"]): each for each in found if isinstance(each, dict) and "label" in each}


def yanks(returned: object) -> set[str]:
    """The chardevs that `query-yank` lists."""
    found = returned if isinstance(returned, list) else []
    return {str(each.get("id")) for each in found if isinstance(each, dict) and each.get("type") == "chardev"}


def runs(returned: object) -> bool:
    """Whether `query-status` says that the machine runs."""
    return isinstance(returned, dict) and bool(returned.get("running"))
