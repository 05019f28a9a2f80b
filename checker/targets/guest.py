"""Whoever plays the guest of `hotswap serve`: what it does with its virtio ports, a line of JSON each."""

from __future__ import annotations

import base64
import json
from typing import Any

from .monitor import Refused
from .wire import Wire


class Guest(Wire):
    """Plays the guest of whoever connects."""

    def do(self, port: str, what: str, data: bytes = b"") -> dict[str, Any]:
        """Do something with a port; what is answered. Raises `Gone`, `Hangs`, `Refused`."""
        asked = {"port": port, "do": what, **({"data": base64.b64encode(data).decode()} if data else {})}
        self.say(json.dumps(asked))
        answer: dict[str, Any] = json.loads(self.hear())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer
