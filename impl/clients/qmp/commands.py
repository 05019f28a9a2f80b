"""What each QMP command does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import commands, options, qapi
from ...backends.pty import Pty
from ...backends.socket import Socket
from ...change import Change, finish
from ...devices import drivers
from ...errors import ChardevError
from ...host import Path
from ...version import newest, version
from ..hmp.commands import answer

if TYPE_CHECKING:
    from ...chardev import Chardev
    from ...layer import Layer

Arguments = dict[str, Any]


class CommandError(ChardevError):
    """An error of another class than GenericError."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


def change(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_change`."""
    backend = qapi.backend(given["backend"], newest=newest(layer))
    finish(Change(layer).change(given["id"], backend))
    return _made(layer, given["id"])


def add(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_add`."""
    backend = qapi.backend(given["backend"], newest=newest(layer))
    finish(Change(layer).add(given["id"], backend))
    return _made(layer, given["id"])


def _made(layer: Layer, name: str) -> Any:
    chardev = layer.registry.find(name)
    return {"pty": chardev.path} if isinstance(chardev, Pty) else {}


def query_chardev(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_chardev`."""
    return [
        {
            "frontend-open": chardev.frontend_open(),
            "filename": chardev.filename(),
            "label": chardev.label,
        }
        for chardev in layer.registry.chardevs()
    ]


def ringbuf_write(layer: Layer, given: Arguments) -> Any:
    """`qmp_ringbuf_write`."""
    commands.ringbuf_write(layer, given["device"], given["data"], encoded=given.get("format") == "base64")
    return {}


def ringbuf_read(layer: Layer, given: Arguments) -> Any:
    """`qmp_ringbuf_read`."""
    data = commands.ringbuf_read(layer, given["device"], given["size"])
    return base64.b64encode(data).decode() if given.get("format") == "base64" else data.decode(errors="replace")


def query_yank(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_yank`."""
    return [{"type": "chardev", "id": name} for name in layer.yank.instances]


def yank(layer: Layer, given: Arguments) -> Any:
    """`qmp_yank`: if any of the instances is not there, nothing is done."""
    names = [instance.get("id") for instance in given["instances"] if instance["type"] == "chardev"]
    there = [each["id"] for each in query_yank(layer, {})]
    if len(names) < len(given["instances"]) or not set(names) <= set(there):
        raise CommandError("Instance not found", "DeviceNotFound")
    for name in names:
        layer.yank.yank(name)
    return {}


def stop(layer: Layer, given: Arguments) -> Any:
    """`qmp_stop`."""
    layer.stop()
    return {}


def cont(layer: Layer, given: Arguments) -> Any:
    """`qmp_cont`."""
    layer.cont()
    return {}


def quit(layer: Layer, given: Arguments) -> Any:
    """`qmp_quit`."""
    commands.quit(layer)
    return {}


def query_status(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_status`."""
    status = {"status": "running" if layer.runs else "paused", "running": layer.runs}
    return status if newest(layer) else {**status, "singlestep": False}


def query_version(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_version`."""
    return described(layer)


def described(layer: Layer) -> Any:
    """The version of QEMU that the layer behaves as; the package says that it is not one."""
    major, minor, micro = version(layer)
    return {"qemu": {"micro": micro, "minor": minor, "major": major}, "package": f"hotswap, {layer.profile.name}"}


def query_backends(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_chardev_backends`."""
    return [{"name": name} for name in qapi.offered(newest=newest(layer))]


def query_commands(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_commands`."""
    return [{"name": name} for name in ("qmp_capabilities", *COMMANDS)]


def send_break(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_send_break`."""
    commands.chardev_send_break(layer, given["id"])
    return {}


def remove(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_remove`."""
    commands.chardev_remove(layer, given["id"])
    return {}


def plug(layer: Layer, given: Arguments) -> Any:
    """`qmp_device_add`: in 7.2, what is given is made words of the command line."""
    properties = given if newest(layer) else options.of_json(given)
    drivers.plug(layer, given["driver"], properties, hot=True)
    return {}


def unplug(layer: Layer, given: Arguments) -> Any:
    """`qmp_device_del`."""
    path = drivers.find(layer, given["id"])
    if path is None:
        raise CommandError(f"Device '{given['id']}' not found", "DeviceNotFound")
    drivers.unplug(layer, path)
    return {}


def qom_list(layer: Layer, given: Arguments) -> Any:
    """`qmp_qom_list`, of /chardevs and what is in it."""
    properties = [{"name": "type", "type": "string"}]
    if given["path"] == "/chardevs":
        children = [(each.label, f"child<chardev-{each.kind}>") for each in layer.registry.chardevs()]
        return properties + [{"name": name, "type": kind} for name, kind in children]
    chardev = _object(layer, given["path"])
    if isinstance(chardev, Socket):
        properties += [{"name": "connected", "type": "bool"}, {"name": "addr", "type": "SocketAddress"}]
    return properties


def qom_get(layer: Layer, given: Arguments) -> Any:
    """`qmp_qom_get`, of a chardev."""
    chardev, name = _object(layer, given["path"]), given["property"]
    if name == "type":
        return f"chardev-{chardev.kind}"
    if isinstance(chardev, Socket) and name == "connected":
        return chardev.connected
    if isinstance(chardev, Socket) and name == "addr":
        where = chardev.address
        if isinstance(where, Path):
            return {"path": where.path, "type": "unix"}
        flags = {name: value for name in ("ipv4", "ipv6") if (value := getattr(where, name)) is not None}
        return {"host": where.host, "port": str(where.port), "type": "inet", **flags}
    raise ChardevError(f"Property 'chardev-{chardev.kind}.{name}' not found")


def _object(layer: Layer, path: str) -> Chardev:
    folder, _, name = path.rpartition("/")
    chardev = layer.registry.find(name) if folder == "/chardevs" else None
    if chardev is None:
        raise CommandError(f"Device '{path}' not found", "DeviceNotFound")
    return chardev


def human(layer: Layer, given: Arguments) -> Any:
    """`qmp_human_monitor_command`."""
    return answer(layer, given["command-line"])


COMMANDS: dict[str, Callable[[Layer, Arguments], Any]] = {
    "chardev-add": add,
    "chardev-change": change,
    "chardev-remove": remove,
    "chardev-send-break": send_break,
    "query-chardev": query_chardev,
    "query-chardev-backends": query_backends,
    "ringbuf-read": ringbuf_read,
    "ringbuf-write": ringbuf_write,
    "query-yank": query_yank,
    "yank": yank,
    "device_add": plug,
    "device_del": unplug,
    "stop": stop,
    "cont": cont,
    "quit": quit,
    "query-status": query_status,
    "qom-get": qom_get,
    "qom-list": qom_list,
    "query-commands": query_commands,
    "query-version": query_version,
    "human-monitor-command": human,
}
OUT_OF_BAND = frozenset({"yank"})
