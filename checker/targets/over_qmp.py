"""A target that is a process with a QMP monitor: what is done to it over its sockets, and what is seen of it there."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..conform.stimulus import Stimulus
from ..conform.target import Observation, Overdue, Words
from .backends import ALIKE, backend, looks
from .death import broken_by
from .folder import own_folder
from .monitor import Command, Gone, Hangs, Monitor, Refused
from .peers import Peer, Peers
from .place import Place
from .process import CannotStart, Process
from .record import Awaited, Begun, Record

JSON = dict[str, Any]

LIMIT = 5.0
"""After so many seconds something hangs."""
TURNS = 2
"""How often the main loop has to turn until all that was ready is done: what it brings about may be another thing."""
SOCKETS = ("unix", "tcp", "client")
"""The backends of which it is seen whether they are connected."""
ESCAPE = b"\x01c"
"""What moves a mux's focus."""


class OverQmp(ABC):
    """A process, its monitor, and those at the other ends of its chardevs."""

    name: str
    folder: Path
    unnoticed: ClassVar[frozenset[str]] = frozenset()
    """See `Observation`."""
    keeps_gaps = False
    """Whether a mux keeps the slot of a frontend that has gone (`mux_cnt`, until df12798f87)."""
    without: Mapping[str, str]
    """The backends and the models of devices that it does not have, and why."""
    environment: Mapping[str, str] = {}
    """What it has in its environment besides."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.record = Record()
        self.peers: dict[str, Peers] = {}
        """By the names that the spec has for them, as `Id0`."""
        self.places: dict[int, Place] = {}
        """By the slots of the devices; those that can't be had have none."""
        self.plugged: dict[int, str] = {}
        """Those that are plugged, and on which name's chardev."""
        self.opened: set[int] = set()
        """The places of the ports that the guest has open."""
        self.running: dict[str, Command] = {}
        """The commands that have not come back, by the spec's names for them (`Change0`)."""
        self.asked: dict[str, Stimulus] = {}
        self.replies: dict[str, str] = {}
        self.hangs = ""
        self.died = ""
        self.breaks: frozenset[str] = frozenset()
        """What its end may break."""
        self.gaps: set[str] = set()
        """The names of the muxes that a frontend has left."""
        self.process: Process | None = None
        self.monitor: Monitor | None = None
        self.at_end = ExitStack()
        """What is undone when it is ended, the last first; each whatever becomes of the others."""
        self.rows: dict[str, Callable[[Stimulus, Words], None]] = {
            "Change.find": self._change,
            "Change.chardev_add": self._change,
            "Qmp.chardev_remove": self._remove,
            "Qmp.chardev_send_break": self._send_break,
            "Qmp.device_add": self._device_add,
            "Qmp.device_del": self._device_del,
            "Qmp.stop": self._run_state,
            "Qmp.cont": self._run_state,
            "Yank.yank": self._yank,
            "Connect.answered": self._answer,
            "Chardev.peer_connects": self._peer_connects,
            "Chardev.peer_leaves": self._peer_leaves,
            "Chardev.peer_stalls": self._peer_stalls,
            "Chardev.peer_drains": self._peer_drains,
            "Chardev.escape": self._escape,
            "Chardev.reconnect": self._reconnects,
            "Chardev.accept": self._notices,
            "Chardev.disconnect": self._notices,
            "Device.guest_writes": lambda stimulus, _: self.places[stimulus.slot].write(),
            "Device.guest_writes_in_vain": lambda stimulus, _: self.places[stimulus.slot].write_in_vain(),
            "Device.guest_connects": self._guest_connects,
            "Device.use_driver": lambda stimulus, _: self.places[stimulus.slot].use_driver(),
        }
        self.shown: dict[str, Callable[[Look, int], object]] = {
            "Id.exists": lambda look, slot: f"id{slot}" in look.chardevs,
            "Id.backend": lambda look, slot: look.backend(f"id{slot}"),
            "Id.connected": lambda look, slot: look.connected(f"id{slot}"),
            "Id.frontend_open": lambda look, slot: look.frontend_open(f"id{slot}"),
            "Yank.listed": lambda look, slot: f"id{slot}" in look.yanks,
            "Address.reachable": lambda _, slot: os.path.lexists(self.peers[f"Id{slot}"].path("sock")),
            "File.kept": lambda _, slot: not self.peers[f"Id{slot}"].is_emptied(),
        }
        """What is seen of each name."""
        self.shown_once: dict[str, Callable[[Look], object]] = {
            "Vm0.state": lambda look: "running" if look.runs else "stopped",
            "Terminal0.zero_closed": lambda _: self._process.is_closed(0),
            "Terminal0.one_closed": lambda _: self._process.is_closed(1),
        }

    # What each has of its own.

    @abstractmethod
    def command(self) -> Sequence[str]:
        """How it is started. Its monitor connects to `qmp` in the folder."""

    @abstractmethod
    def listen(self) -> None:
        """Before it is started: have everything there that it connects to."""

    @abstractmethod
    def meet(self) -> None:
        """It was started: accept its other connections."""

    @abstractmethod
    def place(self, model: str, slot: int) -> Place:
        """A place for a device of a model that it has."""

    @abstractmethod
    def turn(self) -> None:
        """A round trip through its main loop, by another way than the monitor's."""

    def cannot(self, stimulus: Stimulus, before: Words) -> str:
        """Why it can't be moved so, where others can."""
        return ""

    def hear(self) -> Mapping[str, tuple[str, ...]]:
        """What its devices have heard since the last stimulus, as far as that can be known."""
        return {}

    # It is started, and ended.

    def start(self, initial: Words) -> None:
        """Have a chardev under each name that has one, and no device. Raises `CannotStart`."""
        self.initial = initial
        self.folder = self.at_end.enter_context(own_folder())
        for slot in range(_count(initial, "Id")):
            kinds = frozenset(initial[f"Id{slot}.backends"].strip("{}").split(", "))
            peers = Peers(self.folder, f"id{slot}", kinds, self.limit, self.record)
            self.peers[f"Id{slot}"] = self.at_end.enter_context(closing(peers))
        self._run()
        for slot in range(_count(initial, "Device")):
            if (model := initial[f"Device{slot}.model"]) not in self.without:
                self.places[slot] = self.place(model, slot)
        for name in self.peers:
            if (chardev := initial[f"{name}.chardev"]) != "None":
                self._begin_with(name, initial[f"{chardev}.kind"])
        self._reset()

    def _run(self) -> None:
        self.monitor = self.at_end.enter_context(closing(Monitor(str(self.folder / "qmp"), self.record, self.limit)))
        self.listen()
        self.process = process = Process(self.command(), self.folder, self.environment)
        self.at_end.callback(process.end)
        try:
            self.monitor.accept(process.has_ended)
            process.pid = self.monitor.pid
            self.meet()
        except (Gone, Hangs) as error:
            raise CannotStart(f"{self.name} can't be started: {process.said() or error}") from None

    def _begin_with(self, name: str, kind: str) -> None:
        peers = self.peers[name]
        try:
            self._monitor.execute("chardev-add", {"id": peers.name, "backend": backend(kind, peers, peers)})
        except Refused as error:
            raise CannotStart(f"{self.name} can't start with a {kind}: {error}") from None
        peers.created(kind)

    def stop(self) -> None:
        """End it, and remove its folder."""
        self.record.end()
        self.at_end.close()

    def log(self) -> list[str]:
        """What was said and done, each stimulus before what it has led to."""
        return [str(entry) for entry in self.record.entries]

    @property
    def _process(self) -> Process:
        assert self.process is not None
        return self.process

    @property
    def _monitor(self) -> Monitor:
        assert self.monitor is not None
        return self.monitor

    # What can be done, and what is done.

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        """What no process can be moved to, then what this one can't."""
        if stimulus.qualname not in self.rows:
            return NOT_DRIVEN.get(stimulus.qualname, f"there is no way to have {stimulus.qualname}")
        for needed in _needs(stimulus, before):
            if needed in self.without:
                return self.without[needed]
        if stimulus.machine == "Chardev" and (why := _unmoved(stimulus, before)):
            return why
        if ("kind", "reconnect") in stimulus.arguments and before["Connect0.state"] != "idle":
            return "here two sockets connect at once, in the spec one after the other"
        if stimulus.row == "escape" and self.keeps_gaps and _label(stimulus, before) in self.gaps:
            return "before 10.0 a mux's focus may move to the slot of a frontend that has gone; the spec has no slots"
        return self.cannot(stimulus, before)

    def lacks(self, initial: Words) -> str:
        """A kind of backend that it does not have."""
        kinds = (word for name, word in initial.items() if name.endswith(".kind"))
        return next((self.without[kind] for kind in kinds if kind in self.without), "")

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """Carry it out. That the process dies of it, or does not answer, is seen by `observe`."""
        self.record.add(Begun(stimulus))
        self._reset()
        try:
            self.rows[stimulus.qualname](stimulus, before)
        except Gone as error:
            self._lost(error)
        except (Hangs, TimeoutError) as error:
            self.hangs = str(error)

    def wait(self, timer: Stimulus, before: Words) -> None:
        """As if it were a stimulus, but for that what the last one has brought is still to be seen."""
        self.record.add(Awaited(timer))
        try:
            self.rows[timer.qualname](timer, before)
        except Gone as error:
            self._lost(error)
        except Hangs as error:
            raise Overdue(str(error)) from None

    def _reset(self) -> None:
        """A new stimulus: what was heard and answered before is of the last one."""
        self.replies = {}

    def _lost(self, error: Gone) -> None:
        """The connection was lost: how it has ended, if it has."""
        self.died = self._process.how(self.limit)
        if self.died:
            self.breaks = broken_by(self.died, self._process.said())
        else:
            self.hangs = self.hangs or f"it still runs, but {error}"

    # The commands.

    def _change(self, stimulus: Stimulus, before: Words) -> None:
        """`chardev-change`, `chardev-add`: whatever it waits for may be long in coming."""
        name = "chardev-change" if stimulus.row == "find" else "chardev-add"
        peers, base = self.peers[stimulus.argument("id")], self.peers[stimulus.argument("base")]
        made = backend(stimulus.argument("kind"), peers, base, stimulus.circumstances)
        self.asked[stimulus.instance] = stimulus
        self.running[stimulus.instance] = self._monitor.begin(name, {"id": peers.name, "backend": made})
        self._await(given_up=self._is_stuck)

    def _await(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Wait for the commands that have not come back, unless the main loop waits for somebody else."""
        self._monitor.wait(lambda: all(each.has_ended() for each in self.running.values()), given_up)
        for instance, command in list(self.running.items()):
            if command.has_ended():
                del self.running[instance]
                self._came_back(self.asked.pop(instance), command)

    def _is_stuck(self) -> bool:
        return bool(self._process.waits_in())

    def _came_back(self, stimulus: Stimulus, command: Command) -> None:
        peers, kind = self.peers[stimulus.argument("id")], stimulus.argument("kind")
        try:
            command.result()
        except Refused as error:
            self.replies[stimulus.instance] = str(error)
            peers.failed()
        else:
            self.replies[stimulus.instance] = ""
            peers.created(kind)

    def _short(self, stimulus: Stimulus, act: Callable[[], object]) -> None:
        """A command that comes back at once."""
        try:
            act()
        except Refused as error:
            self.replies[stimulus.instance] = str(error)
        else:
            self.replies[stimulus.instance] = ""

    def _remove(self, stimulus: Stimulus, before: Words) -> None:
        peers = self.peers[stimulus.argument("id")]
        self._short(stimulus, lambda: self._monitor.execute("chardev-remove", {"id": peers.name}))
        if not self.replies[stimulus.instance]:
            peers.removed()

    def _send_break(self, stimulus: Stimulus, before: Words) -> None:
        name = self.peers[stimulus.argument("id")].name
        self._short(stimulus, lambda: self._monitor.execute("chardev-send-break", {"id": name}))

    def _device_add(self, stimulus: Stimulus, before: Words) -> None:
        slot, name = _number(stimulus.argument("device")), self.peers[stimulus.argument("id")].name
        self._short(stimulus, lambda: self.places[slot].plug(name))
        if not self.replies[stimulus.instance]:
            self.plugged[slot] = stimulus.argument("id")

    def _device_del(self, stimulus: Stimulus, before: Words) -> None:
        slot = _number(stimulus.argument("device"))
        self._short(stimulus, self.places[slot].unplug)
        if self.replies[stimulus.instance]:
            return
        self.plugged.pop(slot, None)
        self.opened.discard(slot)
        chardev = before[f"Frontend{slot}.chr"]
        if before.get(f"{chardev}.kind") == "mux":
            self.gaps.add(before[f"{chardev}.label"])

    def _run_state(self, stimulus: Stimulus, before: Words) -> None:
        self._short(stimulus, lambda: self._monitor.execute(stimulus.row))

    def _yank(self, stimulus: Stimulus, before: Words) -> None:
        """Out of band: it is done even if the main loop waits."""
        instance = {"type": "chardev", "id": f"id{stimulus.slot}"}
        self._monitor.execute("yank", {"instances": [instance]}, oob=True)
        self._await(given_up=self._is_stuck)

    # Those at the other ends.

    def _peer_connects(self, stimulus: Stimulus, before: Words) -> None:
        peers, kind = self._named(stimulus, before), before[f"{stimulus.instance}.kind"]
        if before[f"{_label(stimulus, before)}.chardev"] == stimulus.instance:
            path = self._look().filename(peers.name).removeprefix("pty:") if kind == "pty" else ""
            peers.connects(kind, path)
            self._await(given_up=self._is_stuck)
        else:
            peers.connects_to_next(kind)
            self._await()  # for whom the command has waited

    def _peer_leaves(self, stimulus: Stimulus, before: Words) -> None:
        peer = self._peer(stimulus, before)
        peer.leave()

    def _peer_stalls(self, stimulus: Stimulus, before: Words) -> None:
        self._peer(stimulus, before).stall()

    def _peer_drains(self, stimulus: Stimulus, before: Words) -> None:
        self._peer(stimulus, before).drain()

    def _escape(self, stimulus: Stimulus, before: Words) -> None:
        """Whoever is at the other end of a mux's base types it."""
        base = _base(stimulus.instance, before)
        peer = self.peers[before[f"{base}.label"]].now
        assert peer is not None
        peer.type(ESCAPE)
        self._until(peer.is_heard)

    def _answer(self, stimulus: Stimulus, before: Words) -> None:
        """Whoever is held gets his answer; if it is for a chardev that has lost its name, that goes at once."""
        chardev = before[f"{stimulus.instance}.chardev"]
        label = before[f"{chardev}.label"]
        peers = self.peers[label]
        assert peers.busy is not None
        if "connected" in stimulus.circumstances:
            peers.answered(has_name=before[f"{label}.chardev"] == chardev)
        else:
            peers.busy.refuse()
            self._until(lambda: not self._process.connects())
            peers.busy.hold()

    def _reconnects(self, stimulus: Stimulus, before: Words) -> None:
        """After a second somebody tries to connect."""
        self._until(self._process.connects)

    def _notices(self, stimulus: Stimulus, before: Words) -> None:
        """A pty asks for its other end, once a second; that it has gone is seen by who reads, at once."""
        device = before.get(f"{before[f'{stimulus.instance}.frontend']}.device", "None")
        peer = self._named(stimulus, before).now
        if device != "None" and stimulus.row == "accept" and peer is not None:
            self._receive(self.places[_number(device)], peer)

    def _receive(self, place: Place, peer: Peer) -> None:
        """What somebody types is read by a guest that reads."""
        if place.receive() is not None:
            peer.type(b"x")
            self._until(lambda: bool(place.receive()))

    def _guest_connects(self, stimulus: Stimulus, before: Words) -> None:
        opened = stimulus.argument("opened") == "True"
        self.places[stimulus.slot].connect(opened)
        (self.opened.add if opened else self.opened.discard)(stimulus.slot)

    def _until(self, holds: Callable[[], bool]) -> None:
        self._monitor.wait(lambda: holds() or self._process.has_ended())

    def _named(self, stimulus: Stimulus, before: Words) -> Peers:
        return self.peers[_label(stimulus, before)]

    def _peer(self, stimulus: Stimulus, before: Words) -> Peer:
        peers = self._named(stimulus, before)
        has_name = before[f"{_label(stimulus, before)}.chardev"] == stimulus.instance
        peer = peers.now if has_name else peers.next
        assert peer is not None, f"nobody is at the other end of {stimulus.instance}"
        return peer

    # What is seen.

    def settle(self) -> None:
        """Let everybody have his turn, until nothing is read any more."""
        again = True
        while again:
            again = False
            for _ in range(TURNS):
                again |= sum(peers.read() for peers in self.peers.values()) > 0
                self._monitor.execute("query-status")
                self.turn()

    def observe(self) -> Observation:
        """All that is to be seen, when the main loop has turned."""
        try:
            if not self.died and not self.hangs:
                return self._observe()
        except Gone as error:
            self._lost(error)
        except Hangs as error:
            self.hangs = str(error)
        return Observation({}, self.replies, died=self.died, breaks=self.breaks, hangs=self.hangs)

    def _observe(self) -> Observation:
        if self.running:
            self._await(given_up=self._is_stuck)
        if self.running:
            return Observation({}, self.replies, unnoticed=self.unnoticed)
        self.settle()
        seen = dict(self._see())
        self.record.saw(seen)
        return Observation(seen, self.replies, self.hear(), unnoticed=self.unnoticed)

    def _see(self) -> Iterator[tuple[str, str]]:
        look = self._look()
        for name, show in self.shown.items():
            machine, _, field = name.partition(".")
            for slot in range(len(self.peers)):
                if (value := show(look, slot)) is not None:
                    yield f"{machine}{slot}.{field}", str(value)
        for name, show_once in self.shown_once.items():
            yield name, str(show_once(look))
        for slot in sorted(self.plugged):
            for field, seen in self.places[slot].look():
                yield f"Device{slot}.{field}", str(seen)

    def _look(self) -> Look:
        return Look(
            {each["label"]: each for each in self._monitor.execute("query-chardev")},
            {each["id"] for each in self._monitor.execute("query-yank") if each["type"] == "chardev"},
            bool(self._monitor.execute("query-status")["running"]),
        )

    def known(self) -> Words:
        """What it says of itself, and what was done to it; a chardev that has a name is in the slot of that name."""
        if self.died or self.hangs or self.running:
            return {}
        try:
            return self._known(self._look())
        except Gone as error:
            self._lost(error)
        except Hangs as error:
            self.hangs = str(error)
        return {}

    def _known(self, look: Look) -> Words:
        found = {name: word for name, word in self.initial.items() if not name.startswith(("Chardev", "Connect"))}
        found["Vm0.state"] = "running" if look.runs else "stopped"
        for slot, name in enumerate(self.peers):
            found |= self._known_of_name(look, name, slot)
        for slot, name in self.plugged.items():
            found |= self._known_of_device(slot, found[f"{name}.chardev"])
        return found

    def _known_of_name(self, look: Look, name: str, slot: int) -> Words:
        peers, chardev = self.peers[name], f"Chardev{slot}"
        yanks = {f"Yank{slot}.state": "registered" if peers.name in look.yanks else "unregistered"}
        if peers.name not in look.chardevs:
            return {**yanks, f"{name}.state": "vacant", f"{name}.chardev": "None", f"Address{slot}.path": "None"}
        connected = str(bool(look.connected(peers.name)))
        listens = peers.kind in ("unix", "waiting")
        reached = listens and os.path.lexists(peers.path("sock"))
        user = next((slot for slot, on in self.plugged.items() if on == name), None)
        return {
            **yanks,
            f"{name}.state": "taken",
            f"{name}.chardev": chardev,
            f"Address{slot}.path": chardev if reached else "None",
            f"{chardev}.live": "True",
            f"{chardev}.state": "registered",
            f"{chardev}.kind": peers.kind,
            f"{chardev}.label": name,
            f"{chardev}.frontend": "None" if user is None else f"Frontend{user}",
            f"{chardev}.listening": str(listens),
            f"{chardev}.connected": connected,
            f"{chardev}.be_open": connected,
            f"{chardev}.yank_function": connected,
            f"{chardev}.peer": peers.standing(),
        }

    def _known_of_device(self, slot: int, chardev: str) -> Words:
        seen = dict(self.places[slot].look())
        return {
            f"Frontend{slot}.chr": chardev,
            f"Device{slot}.state": "blocked" if seen.get("waits") else "plugged",
            f"Device{slot}.asks_open": str(slot in self.opened),
            f"Device{slot}.sees_open": str(seen.get("host_connected", False)),
        }

    def sees(self, name: str, word: str) -> str:
        """Some backends look alike."""
        return ALIKE.get(word, word) if name.endswith(".backend") else word


@dataclass(frozen=True)
class Look:
    """What the monitor says of everything, at one time."""

    chardevs: Mapping[str, JSON]
    yanks: Collection[str]
    runs: bool

    def filename(self, name: str) -> str:
        """`filename`, of which there is much to learn."""
        return str(self.chardevs[name]["filename"])

    def backend(self, name: str) -> str | None:
        """Which backend it has, as far as it can be told."""
        return looks(self.filename(name)) if name in self.chardevs else None

    def connected(self, name: str) -> bool | None:
        """Of a socket."""
        if self.backend(name) not in SOCKETS:
            return None
        return not self.filename(name).startswith("disconnected:")

    def frontend_open(self, name: str) -> bool:
        """`frontend-open`."""
        return name in self.chardevs and bool(self.chardevs[name]["frontend-open"])


NOT_DRIVEN = {
    "Change.wait": "that a command waits for its turn is seen by nobody",
    "Chardev.line_turns": "this needs a serial line with modem lines",
    "Device.lines_are_read": "this needs a serial line with modem lines",
    "WriteAll.write_all": "only RISC-V machines have an HTIF console",
}


def _needs(stimulus: Stimulus, before: Words) -> Iterator[str]:
    """The kinds of backend and the models of devices that a stimulus is about."""
    given = dict(stimulus.arguments)
    if "kind" in given:
        yield given["kind"]
    if "device" in given:
        yield before[f"{given['device']}.model"]
    if stimulus.machine == "Device":
        yield before[f"{stimulus.instance}.model"]


def _unmoved(stimulus: Stimulus, before: Words) -> str:
    """What a peer can't do, or does unseen."""
    chardev = stimulus.instance
    kind, connected = before[f"{chardev}.kind"], before[f"{chardev}.connected"] == "True"
    match stimulus.row:
        case _ if kind == "spicevmc":
            return "this needs a SPICE client"
        case "peer_leaves" if kind == "pipe":
            return "QEMU has both ends of a pipe open, so that it is never hung up"
        case "peer_leaves" if not connected and kind != "pty":
            return "a connection that nobody has accepted waits on when whoever made it has gone"
        case "escape" if before[f"{chardev}.own"] == "None":
            return "what a mux is on is known only where the spec is followed"
        case "escape" if before[f"{_base(chardev, before)}.kind"] not in ("unix", "tcp", "pty", "client", "pipe"):
            return "nobody can type there"
    return ""


def _base(mux: str, before: Words) -> str:
    """The chardev that a mux or hub is on."""
    return before[f"{before[f'{mux}.own']}.chr"]


def _label(stimulus: Stimulus, before: Words) -> str:
    """Under which name a chardev is, or will be."""
    return before[f"{stimulus.instance}.label"]


def _number(instance: str) -> int:
    """The slot, of `Device0`."""
    return int(re.sub(r"\D", "", instance))


def _count(words: Words, machine: str) -> int:
    return len({name.partition(".")[0] for name in words if re.fullmatch(rf"{machine}\d+\..*", name)})
