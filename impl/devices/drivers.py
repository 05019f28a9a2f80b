"""The devices by the names that QEMU's command line has for them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ChardevError
from .device import Device
from .uart import Serial
from .virtio_console import VirtConsole, VirtSerialPort

if TYPE_CHECKING:
    from ..layer import Layer

DRIVERS: Mapping[str, type[Device]] = {
    "isa-serial": Serial,
    "pci-serial": Serial,
    "virtconsole": VirtConsole,
    "virtserialport": VirtSerialPort,
}
BUS = ("virtio-serial", "virtio-serial-pci", "virtio-serial-device")
"""What ports are plugged into. There is one here from the start."""


def plug(layer: Layer, driver: str, properties: Mapping[str, Any]) -> None:
    """`qdev_device_add`: a new device on a chardev. Raises `ChardevError`."""
    if driver in BUS:
        return
    if driver not in DRIVERS:
        raise ChardevError(f"'{driver}' is not a valid device model name")
    label, name = properties.get("id"), properties.get("chardev")
    if label is not None and label in layer.plugged:
        raise ChardevError(f"Duplicate device ID '{label}'")
    if name is None:
        raise ChardevError("Can't create serial device, empty char device")
    chardev = layer.registry.find(name)
    if chardev is None:
        raise ChardevError(f"Property '{driver}.chardev' can't find value '{name}'")
    device = DRIVERS[driver](layer)
    try:
        device.realize(chardev)
    except ChardevError as error:
        raise ChardevError(f"Property '{driver}.chardev' can't take value '{name}': {error}") from None
    layer.devices.append(device)
    layer.plugged[label if label is not None else _unnamed(layer)] = device


def _unnamed(layer: Layer) -> str:
    """A name for a device that was given none."""
    return next(name for number in itertools.count() if (name := f"device[{number}]") not in layer.plugged)
