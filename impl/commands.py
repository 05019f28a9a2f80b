"""The commands that are done in one step: nothing can happen between their actions that matters."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from ..spec.backend import Event
from .backends.ringbuf import RingBuf
from .chardev import Chardev
from .errors import ChardevError

if TYPE_CHECKING:
    from .devices.device import Device
    from .layer import Layer


def chardev_remove(layer: Layer, name: str) -> None:
    """`qmp_chardev_remove`: take a name away, unless a frontend uses its chardev. Raises `ChardevError`."""
    chardev = _find(layer, name)
    if chardev.is_busy():
        raise ChardevError(f"Chardev '{name}' is busy")
    layer.registry.unparent(chardev)


def chardev_send_break(layer: Layer, name: str) -> None:
    """`qmp_chardev_send_break`. Raises `ChardevError`."""
    _find(layer, name).be_event(Event.break_)


def device_add(layer: Layer, device: Device, name: str) -> None:
    """`qmp_device_add`: plug a device on a chardev (`set_chr`). Raises `ChardevError`."""
    device.realize(_find(layer, name))


def device_del(device: Device) -> None:
    """`qmp_device_del`, once the guest has agreed: the device goes."""
    device.unrealize()


def ringbuf_write(layer: Layer, name: str, text: str, *, encoded: bool = False) -> None:
    """`qmp_ringbuf_write`: into the buffer alone, no log has it; `encoded` if it is base64. Raises `ChardevError`."""
    into = _ringbuf(layer, name)
    data = text.encode(errors="replace")
    if encoded:
        try:
            data = base64.b64decode(data, validate=True)
        except binascii.Error:
            raise ChardevError("Base64 data contains invalid characters") from None
    into.put(data)


def ringbuf_read(layer: Layer, name: str, size: int) -> bytes:
    """`qmp_ringbuf_read`. Raises `ChardevError`."""
    of = _ringbuf(layer, name)
    if size <= 0:
        raise ChardevError("size must be greater than zero")
    return of.take(size)


def quit(layer: Layer) -> None:
    """`qmp_quit`: the clients are told, then the process ends."""
    layer.tell("SHUTDOWN", {"guest": False, "reason": "host-qmp-quit"})
    layer.quits = True
    layer.quit()


def _ringbuf(layer: Layer, name: str) -> RingBuf:
    chardev = layer.registry.find(name)
    if chardev is None:
        raise ChardevError(f"Device '{name}' not found")
    if not isinstance(chardev, RingBuf):
        raise ChardevError(f"{name} is not a ringbuf device")
    return chardev


def _find(layer: Layer, name: str) -> Chardev:
    chardev = layer.registry.find(name)
    if chardev is None:
        raise ChardevError(f"Chardev '{name}' not found")
    return chardev
