"""What the guest does with its ports, and which of that a client hears."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotswap.checker.refine.memory import MemoryContext, MemoryHost, MemorySource
from hotswap.impl.backends.ringbuf import RingBuf
from hotswap.impl.clients.guest import Guest
from hotswap.impl.devices.drivers import plug, unplug
from hotswap.impl.layer import Backend, Layer
from hotswap.spec import CHARDEV


class Machine:
    """A machine with a port, whose guest is told what to do, and a client that hears of events."""

    def __init__(self, **properties: str) -> None:
        self.main = MemoryContext()
        self.layer = Layer(CHARDEV.profile("repaired"), MemoryHost(), self.main, MemoryContext())
        self.layer.monitors.append(self)
        self.layer.registry.add(self.layer.create(Backend(RingBuf), "c"))
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.guest = Guest(self.layer)
        plug(self.layer, "virtio-serial", {})
        plug(self.layer, "virtserialport", {"chardev": "c", **properties})

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """The client hears."""
        self.heard.append((name, data))

    def do(self, port: str, what: str) -> dict[str, Any]:
        """The guest does it."""
        return self.guest.answer(json.dumps({"port": port, "do": what}).encode())


def test_a_client_hears_of_each_time() -> None:
    """It hears of it even if the guest says again what it has said (measured on QEMU 7.2.22 and 10.0.2)."""
    machine = Machine(id="p")

    for what in ("open", "open", "close"):
        assert machine.do("p", what) == {}

    assert machine.heard == [("VSERPORT_CHANGE", {"open": opened, "id": "p"}) for opened in (True, True, False)]


def test_a_port_without_an_id() -> None:
    """It is called by its path, and no client hears of it (measured on QEMU 7.2.22 and 10.0.2)."""
    machine = Machine()

    assert machine.do("/machine/peripheral-anon/device[1]", "open") == {}
    assert not machine.heard
    assert machine.do("device[1]", "open") == {"error": "no virtio port 'device[1]'"}


def test_only_the_guest_opens_and_closes() -> None:
    """That the machine stops is no VSERPORT_CHANGE, nor that an open port is unplugged (measured, on the same)."""
    machine = Machine(id="p")
    machine.do("p", "open")
    machine.heard.clear()

    machine.layer.stop()
    machine.layer.cont()
    unplug(machine.layer, "/machine/peripheral/p")
    for source in [each for each in machine.main.sources if isinstance(each, MemorySource)]:
        source.dispatch()

    assert [name for name, _ in machine.heard] == ["STOP", "RESUME", "DEVICE_DELETED"]


@pytest.mark.parametrize("name", ["nope", "/machine/peripheral/nope", "/machine/peripheral-anon/device[0]"])
def test_what_is_no_port(name: str) -> None:
    """A controller has no data for a guest."""
    assert Machine(id="p").do(name, "open") == {"error": f"no virtio port {name!r}"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "this can't be read as JSON"),
        (b'{"port": "\xff"}', "this can't be read as JSON"),
        (b"[" * 100_000, "this can't be read as JSON"),
        (b'{"port": "p", "do": "receive", "size": ' + b"9" * 5000 + b"}", "this can't be read as JSON"),
        (b"7", "a line is one JSON object"),
        (b'["port", "p"]', "a line is one JSON object"),
        (b'{"port": "p"}', "Parameter 'do' is missing"),
        (b'{"port": "p", "do": "send", "data": "x"}', "Parameter 'data' is no base64"),
        (b'{"port": "p", "do": "send", "data": "\\u20ac"}', "Parameter 'data' is no base64"),
    ],
)
def test_what_is_no_order(line: bytes, said: str) -> None:
    """Whoever plays the guest is told what is wrong with a line."""
    assert Machine(id="p").guest.answer(line) == {"error": said}
