"""A recorded QMP conversation: a file of what a client and a monitor have said to one another.

Two forms are read. In the one each line is an object with `send`, `recv` and `events`. In the other there are QMP's own
objects, in the order in which they were said, each on a line or over several, and maybe behind a mark that says who
said it: as the log of `hotswap conform`, `qmp-shell -v`, `qemu.qmp` and QEMU's iotests have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JSON = dict[str, Any]

_MARK = re.compile(r"-->|<--|->|<-|>>>|<<<")
_SENT = ("-->", "->", ">>>")
_BESIDE = re.compile(r"\s*($|#|\(QEMU\)|Welcome to the QMP|Connected to QEMU)")
"""What is not a part of the conversation: comments, and what `qmp-shell` says to its user."""
_EXCHANGE = {"send", "recv", "events"}


class RecordingError(Exception):
    """A file that is no recorded conversation: the line, what is wrong with it, and what to do."""

    def __init__(self, file: str, line: int, what: str, instead: str) -> None:
        self.file, self.line = file, line
        super().__init__(f"{file}:{line}: {what}; {instead}" if line else f"{file}: {what}; {instead}")


@dataclass(frozen=True)
class Reply:
    """What the monitor has answered."""

    line: int
    message: JSON

    @property
    def error(self) -> str | None:
        """The text of its error; None if there is none."""
        return str(self.message["error"].get("desc", "")) if "error" in self.message else None

    @property
    def by_qmp(self) -> bool:
        """Whether the command was refused for how it was written, before it began."""
        return "error" in self.message and (
            self.message["error"].get("class") == "CommandNotFound" or _NOT_BEGUN.match(self.error or "") is not None
        )


_NOT_BEGUN = re.compile(r"Parameter '|Invalid parameter|QMP input|Expecting capabilities|JSON parse error")


@dataclass(eq=False)
class Command:
    """What a client has asked for."""

    line: int
    name: str
    arguments: JSON
    out_of_band: bool = False
    id: object = None
    reply: Reply | None = None
    """None if the file ends before it."""


@dataclass(frozen=True)
class Begin:
    """A command was read by the monitor, which had answered the ones before it."""

    command: Command


@dataclass(frozen=True)
class End:
    """It was answered."""

    command: Command
    reply: Reply


@dataclass(frozen=True)
class Event:
    """The monitor has told of something."""

    line: int
    name: str
    data: JSON


Moment = Begin | End | Event


@dataclass
class Recording:
    """A conversation, in the order of the monitor's doings."""

    file: str
    version: str = ""
    """What the greeting says; empty if there is none."""
    moments: list[Moment] = field(default_factory=list)

    @property
    def commands(self) -> list[Command]:
        """All of them."""
        return [moment.command for moment in self.moments if isinstance(moment, Begin)]


def read(file: str) -> Recording:
    """A recorded conversation. Raises `RecordingError`."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError as error:
        raise RecordingError(
            file, 0, f"it can't be read: {error.strerror}", "name a file with a conversation"
        ) from None
    except UnicodeDecodeError:
        raise RecordingError(file, 0, "it is no text", "name a file with a conversation, in UTF-8") from None
    reader = _Reader(file)
    for number, mark, said in _objects(file, lines):
        reader.take(number, mark, said)
    if not reader.recording.commands:
        raise RecordingError(file, 0, "there is no command in it", "record what is sent as well as what comes back")
    return reader.recording


def _objects(file: str, lines: list[str]) -> Iterator[tuple[int, str, JSON]]:
    """The objects, each with the number of its first line and the mark before it."""
    decoder = json.JSONDecoder()
    number = 0
    while number < len(lines):
        first, line = number, lines[number]
        number += 1
        if _BESIDE.match(line):
            continue
        before, bracket, rest = line.partition("{")
        if not bracket or '"' in before:
            what = f"`{_short(line)}` is no QMP"
            raise RecordingError(file, number, what, "write an object, `-> {...}` or `<- {...}`; `#` begins a comment")
        text = bracket + rest
        while (said := _decoded(decoder, text)) is None and number < len(lines) and _goes_on(lines[number]):
            text += "\n" + lines[number]
            number += 1
        if said is None:
            raise RecordingError(
                file, first + 1, f"`{_short(line)}` is not JSON", "write each object whole, as it was said"
            )
        marks = _MARK.findall(before)
        yield first + 1, marks[-1] if marks else "", said


def _decoded(decoder: json.JSONDecoder, text: str) -> JSON | None:
    """The object that a text is."""
    try:
        said, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return said if not text[end:].strip() else None


def _goes_on(line: str) -> bool:
    """Whether a line can be the next one of an object that has begun: nothing else begins so."""
    return re.match(r"\s|[\]}\"]", line) is not None


def _short(line: str) -> str:
    text = line.strip()
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Reader:
    """Puts together what belongs together."""

    def __init__(self, file: str) -> None:
        self.recording = Recording(file)
        self._in_band: list[Command] = []
        """Those that have no answer yet; the first one is being carried out."""
        self._others: list[Command] = []

    def take(self, line: int, mark: str, said: JSON) -> None:
        """One object of the file."""
        if said.keys() & {"send", "recv"} or said.keys() == {"events"}:
            self._exchange(line, said)
            return
        sent = bool(said.keys() & {"execute", "exec-oob"})
        if not sent and not said.keys() & {"return", "error", "event", "QMP"}:
            what = f"an object of {', '.join(sorted(said)) or 'nothing'} is not QMP's"
            raise self._bad(line, what, "each has `execute`, `exec-oob`, `return`, `error`, `event`, `QMP` or `send`")
        if mark and sent != (mark in _SENT):
            raise self._bad(line, f"`{mark}` is the wrong way for this", "`->` is to the monitor, `<-` from it")
        if sent:
            self._sent(line, said)
        else:
            self._received(line, said)

    def _exchange(self, line: int, said: JSON) -> None:
        """A line of the first form. The events may have come before the answer, and are known by then."""
        if unknown := said.keys() - _EXCHANGE:
            raise self._bad(line, f"there is no `{min(unknown)}`", "a line has `send`, `recv` and `events`")
        send, received, events = said.get("send"), said.get("recv"), said.get("events") or []
        if send is not None:
            if not isinstance(send, dict) or not send.keys() & {"execute", "exec-oob"}:
                raise self._bad(line, "`send` is no command", 'write `{"execute": ...}`')
            if waiting := [*self._in_band, *self._others]:
                what = f"the command of line {waiting[0].line} was not answered before this one"
                raise self._bad(line, what, "end the file there, or use the form with `->` and `<-`")
            self._sent(line, send)
        if received is not None:
            if not isinstance(received, dict) or not received.keys() & {"return", "error", "QMP"}:
                raise self._bad(line, "`recv` is no answer", 'write `{"return": ...}` or `{"error": ...}`')
            self._received(line, received)
        if not isinstance(events, list) or not all(isinstance(each, dict) and "event" in each for each in events):
            raise self._bad(line, "`events` are no events", 'write `[{"event": ...}, ...]`')
        for event in events:
            self._received(line, event)

    def _sent(self, line: int, said: JSON) -> None:
        out_of_band = "exec-oob" in said
        name, arguments = said["exec-oob" if out_of_band else "execute"], said.get("arguments") or {}
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise self._bad(line, "this is no command", 'write `{"execute": NAME, "arguments": {...}}`')
        command = Command(line, name, arguments, out_of_band, said.get("id"))
        if out_of_band:
            self._others.append(command)
        else:
            self._in_band.append(command)
        if out_of_band or len(self._in_band) == 1:
            self._add(Begin(command))

    def _received(self, line: int, said: JSON) -> None:
        if "QMP" in said:
            self.recording.version = self.recording.version or self._version(line, said)
        elif "event" in said:
            data = said.get("data") or {}
            if not isinstance(said["event"], str) or not isinstance(data, dict):
                raise self._bad(line, "this is no event", 'write `{"event": NAME, "data": {...}}`')
            self._add(Event(line, said["event"], data))
        elif "error" in said and not isinstance(said["error"], dict):
            raise self._bad(line, "this is no error", 'write `{"error": {"class": ..., "desc": ...}}`')
        else:
            self._answered(Reply(line, said))

    def _answered(self, reply: Reply) -> None:
        """In band the answers come in the order of the commands; an `id` says which command is meant."""
        named = [each for each in (*self._others, *self._in_band[:1]) if each.id == reply.message.get("id")]
        waiting = named or ([*self._in_band[:1], *self._others] if "id" not in reply.message else [])
        if not waiting:
            what = "an answer, and no command that it can be of"
            raise self._bad(reply.line, what, "begin the file with the command; in band, answers come in order")
        command = waiting[0]
        command.reply = reply
        self._add(End(command, reply))
        if command.out_of_band:
            self._others.remove(command)
            return
        self._in_band.remove(command)
        if self._in_band:
            self._add(Begin(self._in_band[0]))

    def _version(self, line: int, greeting: JSON) -> str:
        try:
            qemu: Mapping[str, int] = greeting["QMP"]["version"]["qemu"]
            return f"{qemu['major']}.{qemu['minor']}.{qemu['micro']}"
        except (KeyError, TypeError):
            raise self._bad(line, "a greeting without a version", "leave the line out, and give --profile") from None

    def _add(self, moment: Moment) -> None:
        self.recording.moments.append(moment)

    def _bad(self, line: int, what: str, instead: str) -> RecordingError:
        return RecordingError(self.recording.file, line, what, instead)


def names(commands: Iterable[Command]) -> dict[str, int]:
    """How often each command was given."""
    found: dict[str, int] = {}
    for command in commands:
        found[command.name] = found.get(command.name, 0) + 1
    return dict(sorted(found.items()))
