"""`hotswap serve` as a process, clients of it, and what can be asked of a process, that tests share."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
LIMIT = 20
"""After so many seconds something hangs."""


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that can only be asked for."""
    late = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < late, "it does not happen"
        time.sleep(0.005)


def descriptors() -> int:
    """How many descriptors this process has open, without those that nobody knows any more."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


class Line:
    """A client that speaks in lines."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(LIMIT)
        self.connection = connection
        self.file = connection.makefile("rb")

    def say(self, text: bytes) -> None:
        """One line."""
        self.connection.sendall(text + b"\n")

    def hear(self) -> bytes:
        """One line."""
        return self.file.readline()

    def close(self) -> None:
        """Go."""
        self.file.close()
        self.connection.close()


class Server:
    """A process that serves, and its monitor's client."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "qmp"))
            listener.listen()
            listener.settimeout(LIMIT)
            self.process = subprocess.Popen(command("-qmp", f"unix:{folder}/qmp", *words), stderr=subprocess.PIPE)
            try:
                self.line = Line(listener.accept()[0])
            except BaseException:
                self.process.kill()
                raise
        self.greeting: JSON = json.loads(self.line.hear())
        self.events: list[JSON] = []
        self.said: str | None = None
        self.execute("qmp_capabilities")

    def execute(self, name: str, **arguments: Any) -> Any:
        """A command; its result, or the text of its error."""
        self.line.say(json.dumps({"execute": name, "arguments": arguments}).encode())
        return self.result()

    def result(self) -> Any:
        """The next answer; events on the way are kept."""
        while True:
            answer: JSON = json.loads(self.line.hear())
            if "event" not in answer:
                return answer["return"] if "return" in answer else answer["error"]["desc"]
            self.events.append(answer)

    def change(self, kind: str, **data: Any) -> Any:
        """`chardev-change` of `c`."""
        return self.execute("chardev-change", id="c", backend={"type": kind, "data": data})

    def accept(self, name: str) -> Line:
        """A client of the listener `c`, whom it has accepted."""
        client = self.connect(name)
        until(lambda: self.is_connected("c"))
        return client

    def is_connected(self, name: str) -> bool:
        """Whether a socket has somebody at its other end."""
        return bool(self.execute("qom-get", path=f"/chardevs/{name}", property="connected"))

    def connect(self, name: str) -> Line:
        """A client of a listener in the folder."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(LIMIT)
        connection.connect(str(self.folder / name))
        return Line(connection)

    def monitor(self, name: str, *capabilities: str) -> Line:
        """A client of another monitor, which has negotiated."""
        client = self.connect(name)
        client.hear()
        client.say(json.dumps({"execute": "qmp_capabilities", "arguments": {"enable": capabilities}}).encode())
        assert json.loads(client.hear()) == {"return": {}}
        return client

    def end(self) -> str:
        """Quit, if it still runs; what it said on standard error."""
        if self.said is not None:
            return self.said
        with suppress(OSError, ValueError):
            self.line.say(b'{"execute": "quit"}')
        try:
            _, said = self.process.communicate(timeout=LIMIT)
        finally:
            self.process.kill()
            self.line.close()
        self.said = said.decode()
        return self.said


Start = Callable[..., "Server"]


def command(*words: str) -> list[str]:
    """How it is started."""
    return [sys.executable, "-m", "hotswap.checker", "serve", *words]


def listens(path: str) -> JSON:
    """The data of a socket that listens."""
    return {"addr": {"type": "unix", "data": {"path": path}}, "server": True, "wait": False}
