"""What each QMP command does."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...spec.profiles import HUB
from .. import options, qapi
from ..backends.null import RingBuf
from ..backends.pty import Pty
from ..backends.socket import Socket
from ..change import Change, Steps, finish
from ..commands import chardev_remove, chardev_send_break, device_del
from ..devices.drivers import plug as plug_device
from ..errors import ChardevError
from ..host import Path

if TYPE_CHECKING:
    from ..chardev import Chardev
    from ..layer import Layer

Arguments = dict[str, Any]
VERSIONS = {"qemu-7.2": (7, 2, 22), "qemu-10.0": (10, 0, 2), "repaired": (10, 0, 2)}
BACKENDS = ("null", "ringbuf", "memory", "file", "pipe", "pty", "udp", "socket", "serial", "stdio", "mux")


class CommandError(ChardevError):
    """An error of another class than GenericError."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


def newest(layer: Layer) -> bool:
    """Whether the layer behaves as a QEMU since 10.0 does."""
    return HUB in layer.switches


def change(layer: Layer, given: Arguments) -> Steps[Any]:
    """`qmp_chardev_change`."""
    backend = qapi.backend(given["backend"], newest=newest(layer))
    yield from Change(layer).change(given["id"], backend)
    return _made(layer, given["id"])


def add(layer: Layer, given: Arguments) -> Steps[Any]:
    """`qmp_chardev_add`."""
    backend = qapi.backend(given["backend"], newest=newest(layer))
    yield from Change(layer).add(given["id"], backend)
    return _made(layer, given["id"])


def _made(layer: Layer, name: str) -> Any:
    chardev = layer.registry.find(name)
    return {"pty": chardev.path} if isinstance(chardev, Pty) else {}


def query_chardev(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_chardev`."""
    return [
        {
            "frontend-open": chardev.be is not None and chardev.be.fe_is_open,
            "filename": filename(chardev),
            "label": chardev.label,
        }
        for chardev in layer.registry.chardevs()
    ]


def filename(chardev: Chardev) -> str:
    """What `query-chardev` says of a chardev (`qemu_chr_socket_address`)."""
    if isinstance(chardev, Pty):
        return f"pty:{chardev.path}"
    if not isinstance(chardev, Socket):
        return chardev.kind
    where = chardev.address
    address = f"unix:{where.path}" if isinstance(where, Path) else f"tcp:{where.host}:{where.port}"
    server = ",server=on" if chardev.server else ""
    return f"{'' if chardev.connected else 'disconnected:'}{address}{server}"


def ringbuf(layer: Layer, name: str) -> RingBuf:
    """`qmp_ringbuf_write`, `qmp_ringbuf_read`: the chardev that they are of."""
    chardev = layer.registry.find(name)
    if chardev is None:
        raise ChardevError(f"Device '{name}' not found")
    if not isinstance(chardev, RingBuf):
        raise ChardevError(f"{name} is not a ringbuf device")
    return chardev


def ringbuf_write(layer: Layer, given: Arguments) -> Any:
    """`qmp_ringbuf_write`."""
    into = ringbuf(layer, given["device"])
    data = given["data"].encode(errors="replace")
    if given.get("format") == "base64":
        try:
            data = base64.b64decode(data, validate=True)
        except binascii.Error:
            raise ChardevError("Base64 data contains invalid characters") from None
    into.write(data)
    return {}


def ringbuf_read(layer: Layer, given: Arguments) -> Any:
    """`qmp_ringbuf_read`."""
    of = ringbuf(layer, given["device"])
    if given["size"] <= 0:
        raise ChardevError("size must be greater than zero")
    data = of.take(given["size"])
    return base64.b64encode(data).decode() if given.get("format") == "base64" else data.decode(errors="replace")


def query_yank(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_yank`."""
    known = [name for name, instance in layer.yank.instances.items() if instance.functions is not None]
    return [{"type": "chardev", "id": name} for name in known]


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
    if layer.runs:
        layer.stop()
        layer.tell("STOP", {})
    return {}


def cont(layer: Layer, given: Arguments) -> Any:
    """`qmp_cont`."""
    if not layer.runs:
        layer.cont()
        layer.tell("RESUME", {})
    return {}


def query_status(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_status`."""
    status = {"status": "running" if layer.runs else "paused", "running": layer.runs}
    return status if newest(layer) else {**status, "singlestep": False}


def query_version(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_version`."""
    return version(layer)


def version(layer: Layer) -> Any:
    """The version of QEMU that the layer behaves like; the package says that it is not one."""
    major, minor, micro = VERSIONS[layer.profile.name]
    return {"qemu": {"micro": micro, "minor": minor, "major": major}, "package": f"hotswap, {layer.profile.name}"}


def query_backends(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_chardev_backends`."""
    return [{"name": name} for name in (*BACKENDS, *(["hub"] if newest(layer) else []))]


def query_commands(layer: Layer, given: Arguments) -> Any:
    """`qmp_query_commands`."""
    return [{"name": name} for name in ("qmp_capabilities", *COMMANDS)]


def send_break(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_send_break`."""
    chardev_send_break(layer, given["id"])
    return {}


def remove(layer: Layer, given: Arguments) -> Any:
    """`qmp_chardev_remove`."""
    chardev_remove(layer, given["id"])
    return {}


def plug(layer: Layer, given: Arguments) -> Any:
    """`qmp_device_add`."""
    plug_device(layer, given["driver"], given)
    return {}


def unplug(layer: Layer, given: Arguments) -> Any:
    """`qmp_device_del`."""
    name = given["id"]
    if name not in layer.plugged:
        raise CommandError(f"Device '{name}' not found", "DeviceNotFound")
    device = layer.plugged.pop(name)
    device_del(device)
    layer.devices.remove(device)
    layer.tell("DEVICE_DELETED", {"device": name, "path": f"/machine/peripheral/{name}"})
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
        return {"host": where.host, "port": str(where.port), "type": "inet"}
    raise ChardevError(f"Property 'chardev-{chardev.kind}.{name}' not found")


def _object(layer: Layer, path: str) -> Chardev:
    folder, _, name = path.rpartition("/")
    chardev = layer.registry.find(name) if folder == "/chardevs" else None
    if chardev is None:
        raise CommandError(f"Device '{path}' not found", "DeviceNotFound")
    return chardev


def human(layer: Layer, given: Arguments) -> Any:
    """`qmp_human_monitor_command`."""
    try:
        words = shlex.split(given["command-line"])
    except ValueError as error:
        return f"{error}\r\n"
    if words[:2] == ["info", "chardev"]:
        return "".join(f"{each.label}: filename={filename(each)}\r\n" for each in layer.registry.chardevs())
    if words[:1] == ["chardev-change"] and len(words) == 3:
        try:
            finish(_human_change(layer, *words[1:]))
        except ChardevError as error:
            return f"Error: {error}\r\n"
        return ""
    return f"unknown command: '{words[0] if words else ''}'\r\n"


def _human_change(layer: Layer, name: str, text: str) -> Steps[None]:
    """`hmp_chardev_change`."""
    if any(part.startswith("id=") for part in text.split(",")):
        raise ChardevError("Unexpected 'id' parameter")
    _, backend = options.chardev(f"{text},id={name}", newest=newest(layer))
    yield from Change(layer).change(name, backend)


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
    "query-status": query_status,
    "qom-get": qom_get,
    "qom-list": qom_list,
    "query-commands": query_commands,
    "query-version": query_version,
    "human-monitor-command": human,
}
OUT_OF_BAND = frozenset({"yank"})
