"""The devices by the names that QEMU's command line has for them, plugged and unplugged (qdev-monitor.c)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import qapi
from ..commands import device_del
from ..errors import ChardevError
from .device import Device
from .uart import SERIAL_PORTS, Serial
from .virtio_console import VirtConsole, VirtSerialPort

if TYPE_CHECKING:
    from ..chardev import Chardev
    from ..layer import Layer

ISA, PCI, PORTS = "ISA", "PCI", "virtio-serial-bus"
"""The types of buses: of serial ports, of cards, and of a controller's ports."""
BUSES = {"isa.0": ISA, "pci.0": PCI}
"""Those of a PC, by their names."""
FIXED = (ISA,)
"""What is plugged into a bus of this type stays there while the machine exists."""

OF_SERIAL = ("chardev", "baudbase", "wakeup")
OF_ISA = ("index", "iobase", "irq")
OF_PCI = ("addr", "acpi-index", "busnr", "failover_pair_id", "multifunction", "rombar", "romfile", "romsize")
OF_PORT = ("chardev", "name", "nr")
EXPERIMENTAL = "x-"
"""What a property begins with that may be in one version and not in another."""


@dataclass(frozen=True)
class Driver:
    """A model of device."""

    name: str
    bus: str
    """The type of bus that it is plugged into."""
    device: type[Device] | None = None
    """None is a controller: ports are plugged into its bus, and chardevs do not concern it."""
    properties: tuple[str, ...] = ()
    part: str = ""
    """The device inside it, which goes with it."""

    @property
    def chardev(self) -> str:
        """The property that says on which chardev it is: that of a serial card is its UART's."""
        return "serial.chardev" if self.device is Serial else f"{self.name}.chardev"

    def has(self, name: str) -> bool:
        """Whether it has a property. Of a controller that is looked at only as far as chardevs are concerned."""
        if self.device is None:
            return name != "chardev"
        return name in (*self.properties, "driver", "id", "bus") or name.startswith(EXPERIMENTAL)


DRIVERS = {
    driver.name: driver
    for driver in (
        Driver("isa-serial", ISA, Serial, OF_SERIAL + OF_ISA),
        Driver("pci-serial", PCI, Serial, (*OF_SERIAL, *OF_PCI, "prog_if"), part="serial"),
        Driver("virtconsole", PORTS, VirtConsole, OF_PORT),
        Driver("virtserialport", PORTS, VirtSerialPort, OF_PORT),
        Driver("virtio-serial-pci", PCI, part="virtio-backend"),
        Driver("virtio-serial-device", "virtio-bus"),
    )
}
ALIASES = {"virtio-serial": "virtio-serial-pci"}


@dataclass
class Plugged:
    """A device that was plugged."""

    driver: Driver
    id: str | None
    bus: str
    """What it is plugged into, by its name."""
    device: Device | None
    provides: str | None = None
    """The bus of a controller."""


# How one is plugged.


def plug(layer: Layer, driver: str, properties: Mapping[str, Any], *, hot: bool = False) -> None:
    """`qdev_device_add`: a new device; `hot` if the machine is there already. Raises `ChardevError`.

    What is wrong is looked for in QEMU's order: the driver, the bus, whether that takes a device now, the id, and only
    then the properties.
    """
    model = _driver(driver)
    bus = _bus(layer, model, properties.get("bus"))
    if hot:
        _must_be_hotpluggable(layer, bus)
    label = properties.get("id")
    path = _path(layer, label, hot=hot)
    if model.device is None:
        _must_have_all(model, properties)
        made = Plugged(model, label, bus, None, _provided(layer, label))
    else:
        made = Plugged(model, label, bus, _made(layer, model, model.device, properties))
    layer.plugged[path] = made


def _driver(name: str) -> Driver:
    model = DRIVERS.get(ALIASES.get(name, name))
    if model is None:
        raise ChardevError(f"'{name}' is not a valid device model name")
    return model


def buses(layer: Layer) -> dict[str, str]:
    """The type of each bus that there is, by its name."""
    return {**BUSES, **{each.provides: PORTS for each in layer.plugged.values() if each.provides is not None}}


def _bus(layer: Layer, model: Driver, name: str | None) -> str:
    """The bus of that name, or else the first one that fits."""
    there = buses(layer)
    if name is None:
        found = next((bus for bus, kind in there.items() if kind == model.bus), None)
        if found is None:
            raise ChardevError(f"No '{model.bus}' bus found for device '{model.name}'")
        return found
    if name not in there:
        raise ChardevError(f"Bus '{name}' not found")
    if there[name] != model.bus:
        raise ChardevError(f"Device '{model.name}' can't go on {there[name]} bus")
    return name


def _must_be_hotpluggable(layer: Layer, bus: str) -> None:
    """`qbus_is_hotpluggable`."""
    if buses(layer)[bus] in FIXED:
        raise ChardevError(f"Bus '{bus}' does not support hotplugging")


def _path(layer: Layer, label: str | None, *, hot: bool) -> str:
    """`qdev_set_id`: a place in the tree of objects."""
    if label is None:
        return next(path for path in _numbered("/machine/peripheral-anon/device[{}]") if path not in layer.plugged)
    path = f"/machine/peripheral/{label}"
    if path in layer.plugged:
        raise ChardevError(f"Duplicate device ID '{label}'" if hot else f"Duplicate ID '{label}' for device")
    return path


def _provided(layer: Layer, label: str | None) -> str:
    """The name of a controller's bus."""
    if label is not None:
        return f"{label}.0"
    return next(name for name in _numbered("virtio-serial-bus.{}") if name not in buses(layer))


def _numbered(text: str) -> Iterator[str]:
    return (text.format(number) for number in itertools.count())


def _made(layer: Layer, model: Driver, kind: type[Device], properties: Mapping[str, Any]) -> Device:
    """The device itself, with all that was said of it."""
    index, iobase = (_number(name, properties.get(name)) for name in ("index", "iobase"))
    chardev = _chardev(layer, model, properties.get("chardev", ""))
    _must_have_all(model, properties)
    port = _serial_port(layer, model, index, iobase)
    device = kind(layer)
    device.realize(chardev)
    if isinstance(device, Serial):
        device.port = port
    return device


def _chardev(layer: Layer, model: Driver, name: object) -> Chardev | None:
    """`set_chr`: the chardev of that name, which has to have room for a frontend; an empty name is none."""
    qapi.check(qapi.TEXT, name, "chardev")
    chardev = layer.registry.find(str(name))
    if chardev is None:
        if name:
            raise ChardevError(f"Property '{model.chardev}' can't find value '{name}'")
        return None
    if not chardev.has_room():
        raise ChardevError(f"Property '{model.chardev}' can't take value '{name}': {chardev.in_use()}")
    return chardev


def _number(name: str, said: object) -> int | None:
    """A property that is a number, in decimal or with a prefix."""
    if said is None:
        return None
    try:
        number = int(str(said), 0)
    except ValueError:
        raise ChardevError(f"Parameter '{name}' expects integer") from None
    if number not in range(1 << 32):
        raise ChardevError(f"Parameter '{name}' expects uint32_t")
    return number


def _must_have_all(model: Driver, properties: Mapping[str, Any]) -> None:
    unknown = [name for name in properties if not model.has(name)]
    if unknown:
        raise ChardevError(f"Property '{model.name}.{unknown[0]}' not found")


def _serial_port(layer: Layer, model: Driver, index: int | None, iobase: int | None) -> int | None:
    """`serial_isa_realizefn`: at which port a UART is.

    A guest finds a card by its configuration space, which there is not here: it is at the last port that is free.
    """
    if model.bus != ISA:
        return next((port for port in reversed(SERIAL_PORTS) if port not in serial_ports(layer)), None)
    if index is None:
        index = sum(each.driver is model for each in layer.plugged.values())
    if index >= len(SERIAL_PORTS):
        raise ChardevError(f"Max. supported number of ISA serial ports is {len(SERIAL_PORTS)}.")
    return SERIAL_PORTS[index] if iobase is None else iobase


def serial_ports(layer: Layer) -> dict[int, Serial]:
    """Where the guest finds a UART: of two at one place, the later one."""
    uarts = [each.device for each in layer.plugged.values() if isinstance(each.device, Serial)]
    return {uart.port: uart for uart in uarts if uart.port is not None}


# How one is unplugged.


def find(layer: Layer, name: str) -> str | None:
    """`find_device_state`: where the device is of which an id, or the path itself, is given."""
    path = name if name.startswith("/") else f"/machine/peripheral/{name}"
    return path if path in layer.plugged else None


def unplug(layer: Layer, path: str) -> None:
    """`qdev_unplug`: the device goes, of a controller with all that is plugged into it. Raises `ChardevError`.

    A guest has to let go of a PCI device first: without one it stays in QEMU 7.2.22 until the machine is reset, and no
    DEVICE_DELETED comes; 10.0.2 aborts at that reset. Here every guest agrees at once.
    """
    _must_be_hotpluggable(layer, layer.plugged[path].bus)
    _remove(layer, path)


def _remove(layer: Layer, path: str) -> None:
    gone = layer.plugged.pop(path)
    for each in [port for port, known in reversed(layer.plugged.items()) if known.bus == gone.provides]:
        _remove(layer, each)
    if gone.device is not None:
        device_del(gone.device)
    if gone.driver.part:
        _tell(layer, {"path": f"{path}/{gone.driver.part}"})
    _tell(layer, {"path": path} if gone.id is None else {"device": gone.id, "path": path})


def _tell(layer: Layer, data: dict[str, str]) -> None:
    """A client hears first that its command was done."""
    layer.main.idle(lambda: layer.tell("DEVICE_DELETED", data))
