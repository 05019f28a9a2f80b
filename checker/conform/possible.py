"""In which states of the spec one part of a recorded conversation can have left an implementation."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...spec.language.plain import Edge, Values
from ...spec.language.system import Configuration, System
from ...spec.language.variants import Profile, variant
from . import asked
from .held import OWN_ERROR, is_reply
from .parts import NOBODY, STACKS, Device, Part
from .recording import Begin, Command, Event, Moment, Reply
from .stimulus import Stimulus, begins
from .suspension import Suspension
from .target import Words

OTHER = {"unix": "tcp", "tcp": "unix"}
"""A listener of the other kind: it does not have the address of the one that it replaces."""


NO_WORDS = "an error, for which the spec has no words"
"""What a command comes to that it does not have."""


class TooMany(Exception):
    """There are more states than are wanted."""


@dataclass(frozen=True)
class Disallowed:
    """A line that the spec does not allow."""

    line: int
    command: Command | None
    expected: tuple[str, ...]
    """What it would have allowed there, each way in a line."""
    seen: str


@dataclass(frozen=True)
class Move:
    """Where a step leads."""

    values: Values | None
    """None if the implementation ends there."""
    died: str
    """The property that its end breaks."""
    ended: bool
    """A command ends by it."""
    failed: str
    """With which error, or with which one it will."""


@dataclass(frozen=True)
class Node:
    """A state, and what is still to be seen of what led to it."""

    values: Values | None
    died: str = ""
    failed: str = ""
    """With which error the command in flight will end."""
    said: tuple[tuple[int, str], ...] = ()
    """How commands have ended whose answer was not read yet, by their lines: with which error, or with none."""
    unplugging: frozenset[Stimulus] = frozenset()
    """The devices that the guest was asked to let go."""

    def ends(self, line: int, error: str = "") -> Node:
        """A command has ended."""
        return replace(self, said=(*self.said, (line, error)), failed="")

    def goes(self, move: Move, line: int | None) -> Node:
        """A step is taken; the line is that of the command which may have ended by it."""
        failed = move.failed or self.failed
        after = replace(self, values=move.values, died=move.died, failed=failed)
        return after.ends(line, failed) if move.ended and line is not None else after


class Possible:
    """The states that fit to all that was said of one part of a conversation.

    What the peers, the guest, the timers and the host do is not in a file, so it can happen between any two lines and
    in the middle of a command: the set is closed under all of that.
    """

    def __init__(
        self, system: System, profile: Profile, configuration: Configuration, part: Part, most: int = 0
    ) -> None:
        self.part, self.profile, self.most = part, profile, most
        self.configuration = configuration
        self.suspension = Suspension(system, profile, configuration)
        self.world = self.suspension.world
        self.fields = len(self.world.positions)
        self.commands = tuple(system.outside.replies)
        self.rows = {row.qualname: row for row in system.steps if row.qualname in asked.ROWS}
        self.free = [row for row in system.steps if row.qualname not in asked.ROWS]
        self.moves: dict[Values, list[Move]] = {}
        """What others can do, in each state that was looked at."""
        self.running: int | None = None
        """The line of the command that is being carried out."""
        self.addresses: dict[str, str] = {}
        """Where the listeners listen, as far as it was said."""
        with variant(profile):
            self.nodes = frozenset(Node(values) for values in self._starts())

    # What was before the first line.

    def _starts(self) -> Iterator[Values]:
        """All that can be reached by adding and plugging what the file uses and never adds."""
        waiting = [values for values in map(self._bare, self.suspension.initial) if self._may_start(values)]
        found = set(waiting)
        while waiting:
            values = waiting.pop()
            for move in (*self._moves(values), *self._prepared(values)):
                if move.values is not None and move.values not in found:
                    found.add(move.values)
                    waiting.append(move.values)
                    self._count(found)
        return (values for values in found if not self._is_in_flight(values))

    def _may_start(self, values: Values) -> bool:
        words = self.suspension.words(values)
        chardevs = [words[f"Id{slot}.chardev"] for slot in range(len(self.part.names))]
        return all(
            chardev == "None" or words[f"{chardev}.kind"] in kinds
            for chardev, kinds in zip(chardevs, self.part.starts, strict=True)
        )

    def _prepared(self, values: Values) -> Iterator[Move]:
        """What may have been done to it before."""
        if not self._is_in_flight(values):
            for name in ("Change.chardev_add", asked.PLUG, *asked.RUNS.values()):
                for edge in self._edges(values, name):
                    if self._may_prepare(begins(edge)):
                        yield self._move(edge)

    def _may_prepare(self, stimulus: Stimulus) -> bool:
        given = dict(stimulus.arguments)
        if stimulus.qualname == asked.PLUG:
            before = self.part.devices[_slot(given["device"])].before
            return before != "" and self._id(before) == given["id"]
        if stimulus.qualname in asked.RUNS.values():
            return True
        own = given["base"] == given["id"]
        return given["kind"] in self.part.starts[_slot(given["id"])] and own != (given["kind"] in STACKS)

    # Steps.

    def _bare(self, values: Values) -> Values:
        """Without what is kept to judge properties, which nobody here asks for."""
        return (*values[: self.fields], *(0 for _ in values[self.fields :]))

    def _is_in_flight(self, values: Values) -> bool:
        return any(type(each) in self.commands for each in self.world.busy(values))

    def _edges(self, values: Values, row: str) -> Iterator[Edge]:
        return (edge for edge in self.world.edges(values, rows=[self.rows[row]]) if edge.cut is None)

    def _begins(self, values: Values, stimulus: Stimulus) -> list[Move]:
        """The ways in which a stimulus can begin."""
        return [self._move(edge) for edge in self._edges(values, stimulus.qualname) if begins(edge) == stimulus]

    def _move(self, edge: Edge) -> Move:
        died = edge.error.property if edge.error is not None else ""
        if edge.after is None:
            return Move(None, died, False, "")
        is_command = edge.row.machine in self.commands
        after = self._bare(edge.after)
        return Move(after, died, is_command and not self._is_in_flight(after), edge.failed or "")

    def _moves(self, values: Values) -> list[Move]:
        """What others can do, and what a command in flight does."""
        if values not in self.moves:
            edges = self.world.edges(values, rows=self.free)
            self.moves[values] = list(dict.fromkeys(self._move(edge) for edge in edges if edge.cut is None))
        return self.moves[values]

    def _closed(self, nodes: Iterable[Node]) -> frozenset[Node]:
        """What others make of it, in all ways."""
        found = set(nodes)
        waiting = list(found)
        while waiting:
            for each in self._next(waiting.pop()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
                    self._count(found)
        return frozenset(found)

    def _next(self, node: Node) -> Iterator[Node]:
        if node.values is None:
            return
        for move in self._moves(node.values):
            yield node.goes(move, self.running)
        for stimulus in node.unplugging:
            for move in self._begins(node.values, stimulus):
                yield replace(node.goes(move, None), unplugging=node.unplugging - {stimulus})

    def _count(self, found: Collection[object]) -> None:
        if self.most and len(found) > self.most:
            raise TooMany

    # What is said.

    def hear(self, moment: Moment) -> Disallowed | None:
        """Keep the states that fit to what comes next. Raises `TooMany`."""
        with variant(self.profile):
            if isinstance(moment, Begin):
                self._begin(moment.command)
            elif isinstance(moment, Event):
                self._event(moment)
            else:
                return self._end(moment.command, moment.reply)
        return None

    def concerns(self, command: Command) -> bool:
        """Whether it does something to this part."""
        if asked.is_of_others(command):
            return False
        if command.name in (*asked.CHANGES, *asked.SHORT, *asked.PLUGS):
            return any(name in self.part.names for name in asked.names(command)[:1])
        if command.name == "yank":
            return any(name in self.part.names for name in asked.yanked(command))
        return command.name in asked.RUNS or bool(self._unplugs(command))

    def _begin(self, command: Command) -> None:
        if not self.concerns(command):
            return
        if not command.out_of_band:
            self.running = command.line
        self.nodes = self._closed(after for node in self.nodes for after in self._begun(node, command))

    def _begun(self, node: Node, command: Command) -> Iterable[Node]:
        """What a command leads to at once."""
        if node.values is None:
            return [node]
        if command.name in asked.CHANGES:
            found = self._changes(self.suspension.words(node.values), command)
            return [node.goes(move, command.line) for each in found for move in self._begins(node.values, each)]
        if command.name in asked.SHORT:
            row = asked.SHORT[command.name]
            each = _stimulus(row, id=self._id(asked.names(command)[0]))
            return [node.goes(move, command.line) for move in self._begins(node.values, each)]
        if command.name in asked.RUNS:
            return self._if_it_can(node, _stimulus(asked.RUNS[command.name]))
        if command.name in asked.PLUGS:
            return self._plugged(node, command)
        if command.name == "yank":
            return self._yanked(node, command)
        return [replace(node, unplugging=node.unplugging | self._unplugs(command))]

    def _if_it_can(self, node: Node, stimulus: Stimulus) -> list[Node]:
        """Where the spec has no such step, nothing comes of it: a `stop` where no device minds."""
        if node.values is None:
            return [node]
        return [node.goes(move, None) for move in self._begins(node.values, stimulus)] or [node]

    def _changes(self, words: Words, command: Command) -> Iterator[Stimulus]:
        name, *bases = asked.names(command)
        for kind in self._kinds(words, name, command):
            base = bases[0] if bases and kind in STACKS else name
            yield _stimulus(asked.CHANGES[command.name], id=self._id(name), kind=kind, base=self._id(base))

    def _kinds(self, words: Words, name: str, command: Command) -> Iterator[str]:
        """What it makes: the spec knows one path and one port for each name, of which a listener can have the other."""
        kind = asked.kind(command)
        if asked.fails_for_the_host(command):
            yield asked.SPARE
        chardev = words[f"{self._id(name)}.chardev"]
        now = "" if chardev == "None" else words[f"{chardev}.kind"].replace("waiting", "unix")
        known = self.addresses.get(name)
        if kind not in OTHER or now != kind or known in (None, asked.address(command)):
            yield kind
        if kind in OTHER and now == kind and known != asked.address(command):
            yield OTHER[kind]

    def _plugged(self, node: Node, command: Command) -> list[Node]:
        assert node.values is not None
        id = self._id(asked.names(command)[0])
        if self.suspension.words(node.values)[f"{id}.exists"] == "False":
            return [node.ends(command.line, asked.NO_VALUE)]
        slot = self.part.devices.index(Device(asked.device(command), asked.model(command)))
        each = _stimulus(asked.PLUG, device=f"Device{slot}", id=id)
        return [node.goes(move, command.line) for move in self._begins(node.values, each)]

    def _unplugs(self, command: Command) -> frozenset[Stimulus]:
        """What it unplugs; if the file never plugs a device of that id, it may be any that was there before."""
        if command.name not in asked.UNPLUGS:
            return frozenset()
        return self._unplugs_of(asked.device(command))

    def _unplugs_of(self, device: str) -> frozenset[Stimulus]:
        wanted = device if device in self.part.plugged else NOBODY
        slots = [slot for slot, known in enumerate(self.part.devices) if known.id == wanted]
        return frozenset(_stimulus(asked.UNPLUG, device=f"Device{slot}") for slot in slots)

    def _yanked(self, node: Node, command: Command) -> list[Node]:
        assert node.values is not None
        words = self.suspension.words(node.values)
        asked_for = asked.yanked(command)
        mine = [self._id(name).replace("Id", "Yank") for name in asked_for if name in self.part.names]
        others = len(mine) < len(command.arguments.get("instances", ()))
        if any(words[f"{each}.listed"] == "False" for each in mine):
            return [node.ends(command.line, OWN_ERROR)]
        if others and command.reply is not None and command.reply.error is not None:
            return [node.ends(command.line, OWN_ERROR)]
        nodes = [node]
        for each in mine:
            stimulus = Stimulus("Yank", _slot(each), "yank")
            nodes = [after for before in nodes for after in self._if_it_can(before, stimulus)]
        return [each.ends(command.line) for each in nodes]

    # What is heard.

    def _event(self, event: Event) -> None:
        if event.name in asked.EVENTS:
            row = _stimulus(asked.EVENTS[event.name])
            stopped = [each for node in self.nodes for each in self._if_it_can(node, row)]
            self.nodes = self._closed([*self.nodes, *stopped])
        elif event.name == "DEVICE_DELETED":
            self._gone(str(event.data.get("device", NOBODY)))

    def _gone(self, device: str) -> None:
        """A device is not there any more; of which chardev, that is known only if the file has plugged it."""
        unplugs = self._unplugs_of(device)
        if device in self.part.plugged:
            after = [each for node in self.nodes for each in self._without(node, unplugs)]
        else:
            after = [each for node in self.nodes for unplug in unplugs for each in self._if_it_can(node, unplug)]
            after += self.nodes
        self.nodes = self._closed(replace(node, unplugging=node.unplugging - unplugs) for node in after)

    def _without(self, node: Node, unplugs: Iterable[Stimulus]) -> list[Node]:
        nodes = [node]
        for unplug in sorted(unplugs):
            nodes = [after for each in nodes for after in self._if_it_can(each, unplug)]
        return nodes

    def _end(self, command: Command, reply: Reply) -> Disallowed | None:
        if command.name in asked.QUERIES and isinstance(reply.message.get("return"), list | dict):
            return self._asked(command, reply)
        if not self.concerns(command):
            return None
        found = None
        if command.name in (*asked.CHANGES, *asked.SHORT, *asked.PLUGS, "yank"):
            found = self._answered(command, reply)
        if not command.out_of_band:
            self.running = None
        if command.name in asked.UNPLUGS and command.name != "device_del":
            self._gone(asked.device(command))
        if command.name in asked.CHANGES and reply.error is None:
            self.addresses[asked.names(command)[0]] = asked.address(command)
        return found

    def _answered(self, command: Command, reply: Reply) -> Disallowed | None:
        got = reply.error or ""
        kept = [node for node in self.nodes if is_reply(_said(node, command), got)]
        if not kept:
            expected = sorted({_reply(node, command) for node in self.nodes}) or [NO_WORDS]
            return Disallowed(reply.line, command, tuple(expected), json.dumps(reply.message))
        self.nodes = frozenset(
            replace(node, said=tuple(each for each in node.said if each[0] != command.line)) for node in kept
        )
        return None

    # What is asked.

    def _asked(self, command: Command, reply: Reply) -> Disallowed | None:
        """Keep the states that look so."""
        returned = reply.message["return"]
        nodes = [node for node in self.nodes if node.values is not None]
        if command.name == "query-status" and not asked.runs(returned):
            nodes = [each for node in nodes for each in self._if_it_can(node, _stimulus(asked.RUNS["stop"]))]
        shown = {node: self._shown(node, command, returned) for node in nodes}
        kept = [node for node in nodes if all(want == got for want, got in shown[node].values())]
        if not kept:
            expected, seen = _nearest(shown.values())
            return Disallowed(reply.line, command, expected, seen or json.dumps(reply.message))
        if frozenset(kept) != self.nodes:
            self.nodes = self._closed(kept)
        return None

    def _shown(self, node: Node, command: Command, returned: object) -> dict[str, tuple[str, str]]:
        """What a state shows, and what was seen."""
        assert node.values is not None
        words = self.suspension.words(node.values)
        named = [(slot, name) for slot, name in enumerate(self.part.names) if name != NOBODY]
        if command.name == "query-status":
            # That it is stopped is known of it only if some device minds.
            runs = asked.runs(returned) and words["Vm0.state"] == "running"
            return {"running": (_runs(runs), _runs(asked.runs(returned)))}
        if command.name == "query-yank":
            listed = asked.yanks(returned)
            return {
                name: (_is_listed(name, words[f"Yank{slot}.listed"] == "True"), _is_listed(name, name in listed))
                for slot, name in named
            }
        seen = asked.chardevs(returned)
        return dict(pair for slot, name in named for pair in _look(words, slot, name, seen.get(name)))

    def _id(self, name: str) -> str:
        return f"Id{self.part.names.index(name)}"


def _look(words: Words, slot: int, name: str, seen: Mapping[str, Any] | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """What `query-chardev` says of a name: by the spec, and as it was seen."""
    exists = words[f"Id{slot}.exists"] == "True"
    yield name, (_is_listed(name, exists), _is_listed(name, seen is not None))
    if not exists or seen is None:
        return

    def said(what: str, value: object) -> str:
        return json.dumps({"label": name, what: value})

    filename, kind = str(seen.get("filename")), words[f"{words[f'Id{slot}.chardev']}.kind"]
    looks = asked.looks(filename)
    socket = kind in (*asked.LISTENERS, *asked.CLIENTS)
    if looks and kind not in looks:
        yield f"{name} filename", (said("filename", asked.filename(kind, "...")), said("filename", filename))
    elif looks and socket:
        connected = not filename.startswith("disconnected:")
        wanted = words[f"Id{slot}.connected"] == "True"
        other = said("filename", filename.removeprefix("disconnected:") if wanted else f"disconnected:{filename}")
        yield (
            f"{name} connected",
            (said("filename", filename) if wanted == connected else other, said("filename", filename)),
        )
    opened = words[f"Id{slot}.frontend_open"] == "True"
    if "frontend-open" in seen:
        yield f"{name} open", (said("frontend-open", opened), said("frontend-open", seen["frontend-open"]))


def _nearest(shown: Iterable[Mapping[str, tuple[str, str]]]) -> tuple[tuple[str, ...], str]:
    """What is shown where the least is otherwise, of that only what is; and what was seen instead."""
    differing = [{name: pair for name, pair in each.items() if pair[0] != pair[1]} for each in shown]
    if not differing:
        return ("no answer: it has ended",), ""
    least = min(map(len, differing))
    nearest = [each for each in differing if len(each) == least]
    expected = {", ".join(want for want, _ in each.values()) for each in nearest}
    return tuple(sorted(expected)), ", ".join(dict.fromkeys(got for each in nearest for _, got in each.values()))


def _runs(running: bool) -> str:
    return json.dumps({"running": running})


def _is_listed(name: str, listed: bool) -> str:
    return f"{name} is listed" if listed else f"{name} is not listed"


def _said(node: Node, command: Command) -> str | None:
    """How a command has ended there; None if it has not."""
    return dict(node.said).get(command.line)


def _reply(node: Node, command: Command) -> str:
    """What is answered to a command, in QMP's words."""
    if node.died:
        return f"no answer: it ends there, by which {node.died} is violated"
    error = _said(node, command)
    if error is None:
        return "no answer yet"
    if not error:
        return json.dumps({"return": {}})
    if error == OWN_ERROR:
        return '{"error": ...} in words that are not the spec\'s'
    if error == asked.NO_VALUE:
        error = error.replace("%s", f"{command.arguments[asked.PLUGS[command.name]]}.chardev", 1)
    name = asked.names(command)[0]
    return json.dumps({"error": {"class": "GenericError", "desc": error.replace("%s", name)}})


def _stimulus(qualname: str, **arguments: str) -> Stimulus:
    machine, _, row = qualname.partition(".")
    return Stimulus(machine, 0, row, tuple(arguments.items()))


def _slot(instance: str) -> int:
    return int(re.sub(r"\D", "", instance))
