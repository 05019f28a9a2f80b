"""The machine's monitor, whose clients are programs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ... import qapi
from ...errors import FATAL, ChardevError
from ...version import newest
from ..monitor import Monitor
from .commands import COMMANDS, OUT_OF_BAND, CommandError, described
from .messages import Malformed, Messages

if TYPE_CHECKING:
    from ...layer import Layer

UNNEGOTIATED = "Expecting capabilities negotiation with 'qmp_capabilities'"


class QmpMonitor(Monitor):
    """qmp.c, a monitor in control mode."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.messages = Messages()
        self.negotiated = self.oob = False
        layer.monitors.append(self)

    # The client comes and goes.

    def opened(self) -> None:
        """`monitor_qmp_event`: a new session begins with a greeting."""
        self.messages.reset()
        self.negotiated = self.oob = False
        self.say({"QMP": {"version": described(self.layer), "capabilities": ["oob"]}})

    def closed(self) -> None:
        """`monitor_qmp_event`."""
        super().closed()
        self.negotiated = False

    # What it says.

    def say(self, message: dict[str, Any]) -> None:
        """`qmp_send_response`."""
        self.send(_line(message))

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """`monitor_qapi_event_emit`: an event, for a client that has negotiated."""
        if self.negotiated:
            now = time.time()
            stamp = {"seconds": int(now), "microseconds": int(now % 1 * 1_000_000)}
            self.send_unasked(_line({"timestamp": stamp, "event": name, **({"data": data} if data else {})}))

    # What it hears.

    def read(self, data: bytes) -> None:
        """`monitor_qmp_read`."""
        for message in self.messages.feed(data):
            if isinstance(message, Malformed):
                self.say(_error("GenericError", message.why, {}))
            else:
                self.handle(message)

    def handle(self, message: object) -> None:
        """`handle_qmp_command`, `qmp_dispatch`."""
        kept = {"id": message["id"]} if isinstance(message, dict) and "id" in message else {}
        try:
            name, given, out_of_band = self.checked(message)
            result = self.execute(name, given, out_of_band=out_of_band)
        except CommandError as error:
            self.say(_error(error.kind, str(error), kept))
        except ChardevError as error:
            self.say(_error("GenericError", str(error), kept))
        except FATAL:
            raise
        except Exception as error:
            self.say(_error("GenericError", f"a mistake of the server's own: {type(error).__name__}: {error}", kept))
            raise
        else:
            self.say({"return": result, **kept})

    def checked(self, message: object) -> tuple[str, dict[str, Any], bool]:
        """`qmp_dispatch_check_obj`: the command, its arguments, and whether it is out of band."""
        if not isinstance(message, dict):
            raise ChardevError("QMP input must be a JSON object")
        name: object = None
        given: object = {}
        for member, value in message.items():
            if member == "execute" or (member == "exec-oob" and self.oob):
                if not isinstance(value, str):
                    raise ChardevError(f"QMP input member '{member}' must be a string")
                name = value
            elif member == "arguments":
                if not isinstance(value, dict):
                    raise ChardevError("QMP input member 'arguments' must be an object")
                given = value
            elif member != "id":
                raise ChardevError(f"QMP input member '{member}' is unexpected")
        if not isinstance(name, str):
            raise ChardevError("QMP input lacks member 'execute'")
        assert isinstance(given, dict)
        return name, given, "exec-oob" in message

    def execute(self, name: str, given: dict[str, Any], *, out_of_band: bool) -> Any:
        """Run a command to its end."""
        if name == "qmp_capabilities":
            return self.negotiate(given)
        if not self.negotiated:
            raise CommandError(UNNEGOTIATED, "CommandNotFound")
        if name not in COMMANDS:
            raise CommandError(f"The command {name} has not been found", "CommandNotFound")
        if out_of_band and name not in OUT_OF_BAND:
            raise ChardevError(f"The command {name} does not support OOB")
        return COMMANDS[name](self.layer, qapi.arguments(name, given, newest=newest(self.layer)))

    def negotiate(self, given: dict[str, Any]) -> Any:
        """`qmp_qmp_capabilities`."""
        if self.negotiated:
            raise CommandError("Capabilities negotiation is already complete, command ignored", "CommandNotFound")
        self.oob = "oob" in qapi.arguments("qmp_capabilities", given, newest=newest(self.layer)).get("enable", [])
        self.negotiated = True
        return {}


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\r\n"


def _error(kind: str, text: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"class": kind, "desc": text}, **kept}
