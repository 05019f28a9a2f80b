"""A conversation over QMP, of which nothing is forgotten, and in which a command need not be waited for."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, cast

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError, Runstate

from .process import connected_by
from .record import Record

JSON = dict[str, Any]

SLICE = 0.005
"""How long is waited before it is looked again whether there is somebody to wait for, in seconds."""
PARTING = 1.0
"""After so many seconds nobody waits for the end of a conversation."""

# That a connection is lost is a result here, which need not be told to the user as well.
logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())


class Refused(Exception):
    """A command that has failed: the text of its error."""


class Gone(Exception):
    """Nobody is at the other end any more."""


class Hangs(Exception):
    """There is no answer within the limit."""


class Command:
    """A command that was sent."""

    def __init__(self, name: str, answer: asyncio.Task[object]) -> None:
        self.name = name
        self._answer = answer

    def has_ended(self) -> bool:
        """Whether there is an answer, or never will be."""
        return self._answer.done()

    def result(self) -> Any:
        """The answer. Raises `Refused`, `Gone`."""
        try:
            return self._answer.result()
        except ExecuteError as error:
            raise Refused(str(error)) from None
        except (QMPError, OSError, EOFError, asyncio.CancelledError) as error:
            raise Gone(str(error)) from None

    def forget(self) -> None:
        """Nobody will ask for the answer."""
        self._answer.cancel()


class Monitor:
    """The client of a monitor, to which whoever has that monitor connects."""

    def __init__(self, path: str, record: Record, limit: float) -> None:
        self.limit = limit
        self.record = record
        self.events: list[JSON] = []
        self.pid = 0
        """Of the process whose monitor it is."""
        self._sent: list[Command] = []
        self._loop = asyncio.new_event_loop()
        self._client = _Recorder(record)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._listener.settimeout(SLICE)

    def accept(self, gone: Callable[[], bool]) -> str:
        """Wait for whoever is to connect, unless he is gone; his version. Raises `Gone`, `Hangs`."""
        connection = self._accept(gone)
        self.pid = connected_by(connection)
        try:
            self._loop.run_until_complete(asyncio.wait_for(self._client.connect(connection), self.limit))
        except TimeoutError:
            raise Hangs("there is no greeting") from None
        except QMPError as error:
            raise Gone(str(error)) from None
        assert self._client.greeting is not None
        said = cast(JSON, self._client.greeting.QMP.version)
        version = said["qemu"]
        return f"{version['major']}.{version['minor']}.{version['micro']}"

    def _accept(self, gone: Callable[[], bool]) -> socket.socket:
        late = time.monotonic() + self.limit
        while time.monotonic() < late:
            with suppress(TimeoutError):
                return self._listener.accept()[0]
            if gone():
                raise Gone("it has ended before it could be talked to")
        raise Hangs("nobody has connected to the monitor")

    # Commands.

    def begin(self, name: str, arguments: JSON | None = None, *, oob: bool = False) -> Command:
        """Send a command, and don't wait; with `oob`, one that need not wait for the main loop either."""
        answer = self._loop.create_task(self._client.execute(name, arguments or {}, oob=oob))
        command = Command(name, answer)
        self._sent = [*(each for each in self._sent if not each.has_ended()), command]
        self._turn(0)
        return command

    def execute(self, name: str, arguments: JSON | None = None, *, oob: bool = False) -> Any:
        """A command and its result. Raises `Refused`, `Gone`, `Hangs`."""
        command = self.begin(name, arguments, oob=oob)
        self.wait(command.has_ended)
        return command.result()

    def type(self, line: str) -> str:
        """What the monitor for people says to a line. Raises as `execute`."""
        return str(self.execute("human-monitor-command", {"command-line": line}))

    def event(self, name: str, **data: object) -> None:
        """Wait for an event, with these data among others. Raises `Hangs`, `Gone`."""
        self.wait(lambda: any(_is(each, name, data) for each in self._heard()))
        self.events.remove(next(each for each in self.events if _is(each, name, data)))
        self.record.did("wait_for_event", name)

    def wait(self, holds: Callable[[], bool], given_up: Callable[[], bool] = lambda: False) -> None:
        """Let answers come until something holds, or there is no use in waiting. Raises `Hangs`, `Gone`."""
        late = time.monotonic() + self.limit
        while not holds() and not given_up():
            if not self._client.listens:
                raise Gone("the connection was lost")
            if time.monotonic() > late:
                raise Hangs(f"there is no answer within {self.limit:g} s")
            self._turn(SLICE)

    def _turn(self, seconds: float) -> None:
        """Hear what comes, for so long at most."""
        pending = [command._answer for command in self._sent if not command.has_ended()]

        async def turn() -> None:
            await asyncio.sleep(0)
            if pending and seconds:
                await asyncio.wait(pending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(seconds)

        self._loop.run_until_complete(turn())

    def _heard(self) -> list[JSON]:
        self.events += [dict(event) for event in self._client.events.clear()]
        return self.events

    def close(self) -> None:
        """Whatever is still to be said is not heard."""
        # What a signal has torn out of the loop never ends: it is not waited for long, and not told of.
        self._loop.set_exception_handler(lambda loop, context: None)
        for command in self._sent:
            command.forget()
        with ExitStack() as stack:
            stack.callback(self._listener.close)
            stack.callback(self._loop.close)
            for _ in range(2):  # Ctrl-C may come meanwhile
                stack.callback(self._part)

    def _part(self) -> None:
        """Let all end that is still done."""
        # What was interrupted may have left word that the loop is to stop: it does, before there is more to do.
        self._loop.call_soon(self._loop.stop)
        self._loop.run_forever()
        ending = asyncio.all_tasks(self._loop)
        if self._client.runstate is not Runstate.IDLE:
            ending.add(self._loop.create_task(self._client.disconnect()))
        if ending:
            self._loop.run_until_complete(asyncio.wait(ending, timeout=PARTING))


class _Recorder(QMPClient):
    """A client that writes down what is said."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    @property
    def listens(self) -> bool:
        """Whether it still has a connection, as far as it knows."""
        return self._reader is not None and not self._reader.at_eof()

    def _cb_outbound(self, msg: Message) -> Message:
        self._record.sent(msg)
        return super()._cb_outbound(msg)

    def _cb_inbound(self, msg: Message) -> Message:
        self._record.received(msg)
        return super()._cb_inbound(msg)


def _is(event: JSON, name: str, data: JSON) -> bool:
    said: JSON = event.get("data", {})
    return bool(event["event"] == name and data.items() <= said.items())
