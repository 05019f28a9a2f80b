"""A reproduced defect as a stand-alone Python file, which has the same conversation with a QEMU and looks for it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.resources import files
from typing import Any

from ..conform.finding import Route
from ..conform.reproduce import Reproduction
from ..conform.suspension import DIES
from .devices import CARDS
from .excerpt import excerpt
from .qemu import Qemu
from .record import Awaited, Begun, Did, Entry, Received, Seen, Sent
from .standalone import ASSERTION

WIDTH = 110
INDENT = "    "

GONE = "with suppress(ConnectionError):  # it ends"


def script(route: Route, reproduction: Reproduction) -> str:
    """Of a defect that has appeared on a QEMU."""
    talk = _Conversation(reproduction)
    conversation = "\n".join(talk.lines())
    source = files(__package__).joinpath("standalone.py").read_text("utf-8")
    what = _documentation(route, reproduction, talk)
    return f"#!/usr/bin/env python3\n{what}\n\n{excerpt(source, conversation)}\n\n\n{conversation}\n"


# What is wrong.


def _documentation(route: Route, reproduction: Reproduction, talk: _Conversation) -> str:
    finding, target = route.finding, reproduction.target
    documentation = route.suspension.system.property(finding.property).documentation
    assert reproduction.mended is not None
    change = reproduction.mended.switches[-1]
    paragraphs = [
        f"{finding.property}: {documentation}",
        f"Found in a model of QEMU's chardevs as {finding.id}, and seen on {target.name}. What is seen at the end:",
        *(f"- {look}: {now!r}; without the defect: {right!r}" for look, now, right in talk.shown),
        f"What would mend it ({change.name}): {change.documentation}",
        "Usage: python3 FILE [QEMU]    (default: qemu-system-x86_64)",
        "Exit code 0: the defect is there; 1: it is not; 2: there is no such QEMU; 3: it went another way.",
    ]
    text = "\n\n".join(textwrap.fill(each, WIDTH, break_on_hyphens=False) for each in paragraphs)
    text = text.replace("\n\n- ", "\n- ").replace("\n\nExit", "\nExit")
    quoted = text.replace("\\", "\\\\").replace('"""', "'''").encode("ascii", "backslashreplace").decode()
    return f'"""{quoted}\n"""'


class _Conversation:
    """What was said and done, as statements."""

    def __init__(self, reproduction: Reproduction) -> None:
        assert isinstance(reproduction.target, Qemu), "only QEMU is started by its own command line"
        self.qemu, self.seen = reproduction.target, reproduction.seen
        self.entries = self.qemu.record.entries
        self.names = {each.value: each.made for each in self.entries if isinstance(each, Did) and each.value}
        """The variables for what has another name in another run."""
        self.answered = False
        """Whether the last stimulus was a command, which has come back when all is done."""

    @cached_property
    def answers(self) -> dict[int, int]:
        """Of the commands, by their places, those of their answers."""
        sent = {each.message["id"]: place for place, each in self.places(Sent) if "id" in each.message}
        return {
            sent[each.message["id"]]: place for place, each in self.places(Received) if each.message.get("id") in sent
        }

    def places(self, kind: type[Entry]) -> Iterator[tuple[int, Any]]:
        """The entries of a kind, and where they are."""
        return ((place, each) for place, each in enumerate(self.entries) if isinstance(each, kind))

    def lines(self) -> Iterator[str]:
        """The whole of it."""
        yield "with running("
        for option in " ".join(self.qemu.command()[1:]).split(" -"):
            words = f"-{option.removeprefix('-')}".split()
            yield INDENT + ", ".join(map(self.literal, words)) + ","
        yield "):"
        for place, entry in enumerate(self.entries):
            for line in self.statements(place, entry):
                yield INDENT + line if line else ""
        yield ""
        yield INDENT + "# What is seen of it."
        for line in self.verdict():
            yield INDENT + line
        yield ""
        yield "finish()"

    # What was said and done.

    def statements(self, place: int, entry: Entry) -> Iterator[str]:
        """What one entry is."""
        match entry:
            case Begun():
                self.answered = False
                yield ""
                yield str(entry)
                if entry is self.entries[max(place for place, _ in self.places(Begun))] and self.hears:
                    yield "mark()"
            case Awaited(timer):
                self.answered = False
                yield str(entry)
                if timer.qualname == "Chardev.reconnect":
                    yield "wait_until(connecting)"
            case Sent(message) if message.get("execute") != "qmp_capabilities":
                self.answered = True
                yield from self.sent(place, message)
            case Received() if place in self.answers.values():
                yield from self.received(place)
            case Did():
                yield from self.last(place, self.did(entry))
            case Seen() if entry.before and not self.answered:
                yield from self.waits(entry)

    def last(self, place: int, *lines: str) -> Iterator[str]:
        """By its last doing QEMU may have ended."""
        if DIES in self.seen and place == max(place for place, _ in (*self.places(Sent), *self.places(Did))):
            yield GONE
            yield from (INDENT + line for line in lines)
        else:
            yield from lines

    def sent(self, place: int, message: dict[str, Any]) -> Iterator[str]:
        """A command; one that does not come back at once is answered later, or never."""
        name = message.get("execute", message.get("exec-oob"))
        at_once = place in self.answers and all(
            isinstance(each, Received | Seen) for each in self.entries[place + 1 : self.answers[place]]
        )
        given = [self.literal(name), *self.keywords(message.get("arguments", {}))]
        if "exec-oob" in message:
            given.insert(1, 'how="exec-oob"')
        if at_once or (DIES in self.seen and place not in self.answers):
            yield from self.last(place, *_call(f"{self.reply(place)}qmp", given))
        else:
            yield from _call(f"{self.asked(place)} = send", given)
            yield "wait_until(blocked)"

    def received(self, place: int) -> Iterator[str]:
        """An answer that was waited for."""
        asked = next(asked for asked, answer in self.answers.items() if answer == place)
        if any(not isinstance(each, Received | Seen) for each in self.entries[asked + 1 : place]):
            yield f"{self.reply(asked)}answer({self.asked(asked)})"

    def reply(self, place: int) -> str:
        """What a command has said is kept where that shows the defect."""
        return next((f"{_variable(name)} = " for name, wanted in self.wanted.items() if wanted == place), "")

    def asked(self, place: int) -> str:
        """The variable for a command that does not come back at once."""
        return f"asked{sum(before < place for before, _ in self.places(Begun))}"

    def did(self, entry: Did) -> str:
        """The guest, or a peer."""
        made = f"{entry.made} = " if entry.made else ""
        who = f"{entry.who}." if entry.who else ""
        return f"{made}{who}{entry.what}({', '.join(map(self.literal, entry.given))})"

    def waits(self, seen: Seen) -> Iterator[str]:
        """QEMU notices what was done when it can; that it has is seen."""
        for name, word in seen.changes.items():
            if seen is self.entries[-1] and name in self.seen:
                continue
            look, value = self.look(name, word)
            if value in (True, False):
                yield f"see(lambda: {'' if value else 'not '}{look})"
            else:
                yield f"see(lambda: {look} == {self.literal(value)})"

    # What is seen.

    @cached_property
    def wanted(self) -> dict[str, int]:
        """Of the commands whose answer shows the defect, by what the spec calls them: where they were sent."""
        found = {}
        for name in self.seen:
            if name.startswith("reply of "):
                command = name.removeprefix("reply of ")
                begun = max(place for place, each in self.places(Begun) if each.stimulus.instance == command)
                found[name] = next(place for place, _ in self.places(Sent) if place > begun)
        return found

    def verdict(self) -> Iterator[str]:
        """What is seen at the end, and what would be without the defect."""
        for look, now, mended in self.shown:
            yield from _call("shows", [self.literal(look), f"lambda: {look}", self.literal(now), self.literal(mended)])

    @property
    def shown(self) -> list[tuple[str, object, object]]:
        """By which the defect is seen: how that is looked at, what is seen, and what is not."""
        return [self.show(name, right, seen) for name, (right, seen) in self.seen.items()]

    def show(self, name: str, right: str, seen: str) -> tuple[str, object, object]:
        """One of these."""
        if name == DIES:
            signal = seen.partition(":")[0]
            return "how_it_ended()", ": ".join([signal, *ASSERTION.findall(seen)]), "it runs"
        if name in self.wanted:
            if seen == "none":
                return f"comes_back({self.asked(self.wanted[name])})", False, True
            return f"outcome({_variable(name)})", seen, right
        if name.endswith(" hears"):
            port = self.number(name)
            return f"heard({port})", _events(seen), _events(right)
        look, now = self.look(name, seen)
        return look, now, self.look(name, right)[1]

    def look(self, name: str, word: str) -> tuple[str, object]:
        """How something observable is looked at, and what is seen then."""
        machine, field = name.split(".")
        slot = int(re.sub(r"\D", "", machine))
        if machine.startswith("Device"):
            return self.device(slot, field, word)
        truth = {"True": True, "False": False}
        return LOOKS[re.sub(r"\d", "", name)].format(slot), truth.get(
            word, word == "running" if field == "state" else word
        )

    def device(self, slot: int, field: str, word: str) -> tuple[str, object]:
        """A UART, or a virtio port."""
        for _, did in reversed(list(self.places(Did))):
            if did.what == "Uart" and did.given[0] == CARDS + slot:
                return f"{did.made}.waits()", word == "True"
        what = {"waits": "throttle", "host_connected": "host"}[field]
        return f"virtio_port({slot + 1}, {self.literal(what)})", "on" if word == "True" else "off"

    @property
    def hears(self) -> bool:
        """Whether the defect is seen in what a port hears."""
        return any(name.endswith(" hears") for name in self.seen)

    def number(self, name: str) -> int:
        """Of a virtio port."""
        return int(re.sub(r"\D", "", name)) + 1

    # How it is written.

    def keywords(self, arguments: dict[str, Any]) -> Iterator[str]:
        """The arguments of a command."""
        others = {name: value for name, value in arguments.items() if not name.isidentifier()}
        for name, value in arguments.items():
            if name.isidentifier():
                yield f"{name}={self.literal(value)}"
        if others:
            yield f"**{self.literal(others)}"

    def literal(self, value: object) -> str:
        """A value in plain ASCII, with the names of another run."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return (
                    "{" + ", ".join(f"{self.literal(key)}: {self.literal(each)}" for key, each in value.items()) + "}"
                )
            case list():
                return "[" + ", ".join(map(self.literal, value)) + "]"
            case int() if not isinstance(value, bool) and value > 0xFF:
                return f"{value:#x}"
            case _:
                return repr(value)

    def text(self, text: str) -> str:
        """A string, or the variable for it."""
        if text in self.names:
            return self.names[text]
        for value, name in self.names.items():
            found = re.sub(rf"{re.escape(value)}(?!\d)", "{" + name + "}", text)
            if found != text:
                return "f" + json.dumps(found)
        quoted = json.dumps(text)
        return quoted if "'" in text or '"' not in text else "'" + quoted[1:-1].replace('\\"', '"') + "'"


LOOKS = {
    "Id.exists": 'exists("id{}")',
    "Id.backend": 'backend("id{}")',
    "Id.connected": 'is_connected("id{}")',
    "Id.frontend_open": 'frontend_open("id{}")',
    "Yank.listed": 'has_yank("id{}")',
    "Address.reachable": 'os.path.lexists("id{}.sock")',
    "File.kept": 'is_kept("id{}.out")',
    "Vm.state": "runs()",
    "Terminal.zero_closed": "is_closed(0)",
    "Terminal.one_closed": "is_closed(1)",
}
"""How what is observable is looked at."""


def _call(name: str, given: Sequence[str]) -> list[str]:
    """In one line, if it is not too long."""
    line = f"{name}({', '.join(given)})"
    return [line] if len(line) <= WIDTH else [f"{name}(", *(f"{INDENT}{each}," for each in given), ")"]


def _variable(name: str) -> str:
    """For what a command says: `change0`, of `reply of Change0`."""
    return name.removeprefix("reply of ").lower()


def _events(said: str) -> Sequence[str]:
    return [] if said == "nothing" else said.split(", ")
