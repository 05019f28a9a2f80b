"""What the guest does with its virtio ports, said from outside: one JSON object a line, the one thing QEMU has not.

`{"port": "p1", "do": "open"}`, `close`, `send` (with `data` in base64), `receive` (at most `size` bytes) and `status`.
The answer is an object, too: with `error` if it can't be done. A port that has no id is called by its path.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .. import qapi
from ..devices import drivers
from ..devices.virtio_console import VirtConsole, VirtSerialPort
from ..errors import ChardevError
from .conversation import Conversation
from .lines import Lines

if TYPE_CHECKING:
    from ..layer import Layer

MOST = 1 << 20
"""How long a line may be."""


SHAPE = qapi.Members({"port": qapi.TEXT, "do": qapi.TEXT, "data?": qapi.TEXT, "size?": qapi.WHOLE})
CAN = "open, close (a port), send, receive, status"


class Guest(Conversation):
    """Whoever plays the guest."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.lines = Lines(MOST)

    def closed(self) -> None:
        """He has gone, in the middle of a line maybe."""
        super().closed()
        self.lines.reset()

    def read(self, data: bytes) -> None:
        """Answer each line."""
        for line in self.lines.feed(data):
            self.say({"error": f"a line is at most {MOST:,} bytes"} if line is None else self.answer(line))

    def say(self, answer: dict[str, Any]) -> None:
        """One line."""
        self.send(json.dumps(answer).encode() + b"\n")

    def answer(self, line: bytes) -> dict[str, Any]:
        """What the guest was told to do, done."""
        try:
            asked = _asked(line)
            data = _data(asked)
        except ChardevError as error:
            return {"error": str(error)}
        name, do, size = asked["port"], asked["do"], asked.get("size", MOST)
        path = drivers.find(self.layer, name)
        port = self.layer.plugged[path].device if path is not None else None
        if not isinstance(port, VirtConsole):
            return {"error": f"no virtio port {name!r}"}
        if do in ("open", "close") and isinstance(port, VirtSerialPort):
            assert path is not None
            self._connect(port, self.layer.plugged[path].id, do == "open")
            return {}
        return self._do(port, do, data, size)

    def _do(self, port: VirtConsole, do: str, data: bytes, size: int) -> dict[str, Any]:
        if do == "send":
            if port.throttled:
                return {"error": "the port is throttled"}
            port.write(data)
            return {"throttled": port.throttled}
        if do == "receive":
            return {"data": base64.b64encode(port.guest_reads(max(0, size))).decode()}
        if do == "status":
            return {"guest": port.asks_open, "host": port.host_connected, "throttled": port.throttled}
        return {"error": f"a {type(port).__name__} can't {do!r}; it can {CAN}"}

    def _connect(self, port: VirtSerialPort, id: str | None, opened: bool) -> None:
        """`set_guest_connected`: an event, also if the guest says what it has said before, if the port has an id.

        Nothing else says so: not that the machine stops, nor that a port is unplugged that was open.
        """
        if port.asks_open != opened:
            port.guest_connects(opened)
        if id is not None:
            self.layer.tell("VSERPORT_CHANGE", {"open": opened, "id": id})


def _asked(line: bytes) -> dict[str, Any]:
    """Raises `ChardevError`."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):  # no JSON, or more than Python reads: a number of thousands of digits
        raise ChardevError("this can't be read as JSON") from None
    if not isinstance(asked, dict):
        raise ChardevError("a line is one JSON object")
    qapi.check(SHAPE, asked, "")
    return asked


def _data(asked: dict[str, Any]) -> bytes:
    """Raises `ChardevError`."""
    try:
        return base64.b64decode(asked.get("data", ""), validate=True)
    except ValueError:
        raise ChardevError("Parameter 'data' is no base64") from None
