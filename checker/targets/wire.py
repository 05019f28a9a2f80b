"""A conversation in lines, with a process that connects to this one."""

from __future__ import annotations

import socket

from .monitor import Gone, Hangs


class Wire:
    """What is asked and answered at a path."""

    def __init__(self, path: str, limit: float) -> None:
        self._what = path.rpartition("/")[2]
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._listener.settimeout(limit)
        self._limit = limit
        self._connection: socket.socket | None = None

    def accept(self) -> None:
        """Wait for whoever connects. Raises `Hangs`."""
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError:
            raise Hangs(f"nobody has connected to {self._what}") from None
        self._connection.settimeout(self._limit)
        self._lines = self._connection.makefile("rb")

    def say(self, *lines: str) -> None:
        """Send them at once. Raises `Gone`, `Hangs`."""
        assert self._connection is not None
        try:
            self._connection.sendall("".join(f"{line}\n" for line in lines).encode())
        except TimeoutError:
            raise Hangs(f"{self._what} does not take {lines[0]!r}") from None
        except OSError as error:
            raise Gone(f"{self._what}: {error}") from None

    def hear(self) -> str:
        """One line. Raises `Gone`, `Hangs`."""
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise Hangs(f"{self._what} does not answer") from None
        except OSError as error:
            raise Gone(f"{self._what}: {error}") from None
        if not line:
            raise Gone(f"{self._what}: the connection was lost")
        return line.decode()

    def close(self) -> None:
        """Talk to nobody any more."""
        self._listener.close()
        if self._connection is not None:
            self._lines.close()
            self._connection.close()
