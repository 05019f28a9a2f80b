"""The monitor, in memory: what a client is told when something goes wrong that nobody has thought of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotswap.checker.refine.memory import MemoryChannel, MemoryContext, MemoryHost
from hotswap.impl.backends.socket import Socket
from hotswap.impl.clients.qmp.commands import COMMANDS
from hotswap.impl.clients.qmp.monitor import QmpMonitor
from hotswap.impl.errors import Abort
from hotswap.impl.host import Path
from hotswap.impl.layer import Backend, Layer
from hotswap.spec import CHARDEV


@pytest.fixture
def monitor() -> QmpMonitor:
    """A monitor whose client has negotiated."""
    layer = Layer(CHARDEV.profile("repaired"), MemoryHost(), MemoryContext(), MemoryContext())
    made = QmpMonitor(layer)
    made.realize(layer.create(Backend(Socket, {"address": Path("qmp"), "server": False}), "m"))
    made.handle({"execute": "qmp_capabilities"})
    return made


def last(monitor: QmpMonitor) -> Any:
    """What the client was told last."""
    chardev = monitor.frontend.chr
    assert isinstance(chardev, Socket) and isinstance(chardev.channel, MemoryChannel)
    return json.loads(bytes(chardev.channel.written).splitlines()[-1])


def test_a_mistake_of_the_servers_own(monitor: QmpMonitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client has an answer even then, and the mistake is not hidden."""

    def stop(layer: Layer, given: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(COMMANDS, "stop", stop)
    with pytest.raises(ZeroDivisionError):
        monitor.handle({"execute": "stop", "id": 7})

    said = "a mistake of the server's own: ZeroDivisionError: by zero"
    assert last(monitor) == {"error": {"class": "GenericError", "desc": said}, "id": 7}


def test_where_qemu_aborts(monitor: QmpMonitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where QEMU aborts nobody has an answer."""

    def stop(layer: Layer, given: object) -> None:
        raise Abort("assertion")

    monkeypatch.setitem(COMMANDS, "stop", stop)
    with pytest.raises(Abort):
        monitor.handle({"execute": "stop"})

    assert last(monitor) == {"return": {}}
