"""What the spec would call the state that a layer is in.

Everything is read from what is there: channels, listeners, the sources that a loop has, tasks, handlers, and the
objects' own variables; never from the control states that `transitions` keeps. Nothing here knows the spec: the words
are written out. What the layer has not (an idle callback of 2.10, references of a study) is blank, and what it has left
behind that no field speaks of (a source, an open channel) is a field of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ...impl.backends.channel import ChannelChardev
from ...impl.backends.hub import Hub
from ...impl.backends.mux import Mux
from ...impl.backends.pty import Pty
from ...impl.backends.socket import Socket
from ...impl.backends.spice import SpiceVmc
from ...impl.backends.stack import Stack
from ...impl.backends.stdio import Stdio
from ...impl.change import Change
from ...impl.chardev import Chardev
from ...impl.devices.device import Device
from ...impl.devices.rng_egd import RngEgd
from ...impl.devices.uart import Serial
from ...impl.devices.vhost_user import VhostUser
from ...impl.errors import Finalised
from ...impl.frontend import Frontend
from ...impl.host import Address, Channel, Listener, Path, Port
from ...impl.layer import Layer
from ...impl.write_all import WriteAll
from .memory import MemoryContext, MemorySource

Fields = Iterator[tuple[str, str]]
T = TypeVar("T")


class Seen(Protocol):
    """What can be seen of an operating system."""

    @property
    def main(self) -> MemoryContext:
        """The main loop."""

    def sources(self) -> Sequence[MemorySource]:
        """All that is attached, to the main loop and to the I/O thread's."""

    def channels(self) -> Iterable[Channel]:
        """All that the layer has open."""

    def peer(self, channel: Channel) -> str:
        """Whether the other end is `absent`, `present`, or `stalled`: it does not read."""

    def is_reached(self, address: Address) -> bool:
        """Whether there is something at an address, whoever's it is."""

    def reaches(self, address: Address, listener: Listener) -> bool:
        """Whether that is this listener."""

    def is_emptied(self, path: str) -> bool:
        """Whether what was in a file is gone."""


@dataclass(frozen=True)
class Name:
    """What belongs to one name in the spec."""

    name: str
    backends: frozenset[str]
    path: Path
    port: Port
    file: str
    known: bool


@dataclass
class Abstraction:
    """A layer, as the spec sees it: which object is which slot, and what is in its fields."""

    layer: Layer
    seen: Seen
    names: Sequence[Name]
    devices: Sequence[Device | None]
    """In each place; None if the machine has no such place."""
    models: Sequence[str]
    changes: Sequence[Change]
    write_all: WriteAll
    frontends: int
    """How many slots there are."""
    _chardevs: dict[int, Chardev] = field(default_factory=dict)
    _stacks: dict[int, Stack] = field(default_factory=dict)
    _owners: dict[object, Chardev] = field(default_factory=dict)
    """Whose channel it was last."""

    def state(self) -> dict[str, str]:
        """Every field, by the name of its slot; of a chardev that does not live there is only that."""
        self.settle()
        return dict(self._fields())

    def chardev(self, slot: int) -> Chardev:
        """The chardev in a slot."""
        return self._chardevs[slot]

    def settle(self) -> None:
        """After each step: who has come takes the lowest slot that was free before."""
        _fill(self._chardevs, self.layer.chardevs, 0)
        stacks = [chardev for chardev in self.layer.chardevs if isinstance(chardev, Stack)]
        _fill(self._stacks, stacks, len(self.devices))
        for chardev in self.layer.chardevs:
            if isinstance(chardev, ChannelChardev) and chardev.channel is not None:
                self._owners[chardev.channel] = chardev

    # The slots' names.

    def _chardev(self, chardev: Chardev | None) -> str:
        if chardev is None:
            return "None"
        if isinstance(chardev, Finalised):
            return "dangling"
        return next(f"Chardev{slot}" for slot, known in self._chardevs.items() if known is chardev)

    def _frontend(self, frontend: Frontend | None) -> str:
        if frontend is None:
            return "None"
        for slot, device in enumerate(self.devices):
            if device is not None and device.frontend is frontend:
                return f"Frontend{slot}"
        return next(f"Frontend{slot}" for slot, stack in self._stacks.items() if stack.own is frontend)

    def _id(self, name: str | None) -> str:
        return next((f"Id{slot}" for slot, known in enumerate(self.names) if known.name == name), "None")

    def _device(self, wanted: object) -> str:
        return next((f"Device{slot}" for slot, device in enumerate(self.devices) if device is wanted), "None")

    # The sources.

    def _calls(self, call: Callable[[], None]) -> list[MemorySource]:
        """Those of the main loop that would call that: only it has timers and bottom halves in the spec."""
        return [source for source in self.seen.main.sources if source.call == call]

    def _watch(self, device: Device) -> str:
        """On whose channel a device waits to write."""
        watch = next((source for source in self.seen.sources() if source is device.watch), None)
        return self._chardev(self._owners[watch.on]) if watch is not None else "None"

    def _stray_sources(self) -> Iterator[str]:
        """Those of who is gone, of a channel that a chardev has no longer, and those that are there twice."""
        known: list[tuple[object, object]] = []
        for source in self.seen.sources():
            who = getattr(source.call, "__self__", None)
            if isinstance(who, Finalised):
                yield "a source of a chardev that is gone"
                continue
            if isinstance(who, Device) and source.call == who.watch_fires:
                if source is not who.watch:
                    yield "a watch that its device knows nothing of"
                continue
            if isinstance(who, Chardev) and source.on not in (None, *_descriptors(who)):
                yield f"a source of {who.label} on what it has no longer"
            if source.on is not None and (source.call, source.on) in known:
                yield "a source twice"
            known.append((source.call, source.on))

    def _stray_channels(self) -> Iterator[str]:
        """Those that are open, and that nobody has."""
        tasks = [task.channel for task in self.layer.tasks]
        for channel in self.seen.channels():
            chardev = self._owners.get(channel)
            if channel not in tasks and (chardev is None or isinstance(chardev, Finalised)):
                yield "a channel that nobody has"

    # The fields.

    def _fields(self) -> Fields:
        for slot, name in enumerate(self.names):
            yield from _of(f"Id{slot}", self._id_fields(slot, name))
            yield from _of(f"Address{slot}", self._address(name))
            yield from _of(f"File{slot}", {"state": "emptied" if self.seen.is_emptied(name.file) else "precious"})
            registered = name.name in self.layer.yank.instances
            yield from _of(f"Yank{slot}", {"state": "registered" if registered else "unregistered"})
        yield from _of("Terminal0", self._terminal())
        yield from _of("Vm0", {"state": "running" if self.layer.runs else "stopped"})
        yield from _of("Qmp0", {"state": "idle"})
        yield from _of("Connect0", self._connect())
        yield from _of("WriteAll0", self._writing())
        for slot, chardev in self._chardevs.items():
            yield from _of(f"Chardev{slot}", self._chardev_fields(chardev))
        for slot in range(self.frontends):
            yield from _of(f"Frontend{slot}", self._frontend_fields(slot))
        for slot in range(len(self.devices)):
            yield from _of(f"Device{slot}", self._device_fields(slot))
        for slot, change in enumerate(self.changes):
            yield from _of(f"Change{slot}", self._change(change))
        if strays := sorted([*self._stray_sources(), *self._stray_channels()]):
            yield "left behind", ", ".join(strays)

    def _id_fields(self, slot: int, name: Name) -> dict[str, str]:
        id = self.layer.registry.ids.get(name.name)
        chardev = id.chardev if id is not None else None
        lost = id is not None and id.lost
        return {
            "state": "taken" if chardev is not None else "lost" if lost else "vacant",
            "chardev": self._chardev(chardev),
            "backends": _set(name.backends),
            "address": f"Address{slot}",
            "file": f"File{slot}",
            "yank": f"Yank{slot}",
        }

    def _address(self, name: Name) -> dict[str, str]:
        return {
            "known": str(name.known),
            "path": self._listens(name.path),
            "port": self._listens(name.port),
        }

    def _listens(self, address: Address) -> str:
        for chardev in self._chardevs.values():
            if isinstance(chardev, Socket) and chardev.listener and self.seen.reaches(address, chardev.listener):
                return self._chardev(chardev)
        return "dangling" if self.seen.is_reached(address) else "None"

    def _terminal(self) -> dict[str, str]:
        return {
            "in_use": str(self.layer.stdio_in_use),
            "zero_closed": str(not self.layer.host.is_open(0)),
            "one_closed": str(not self.layer.host.is_open(1)),
        }

    def _connect(self) -> dict[str, str]:
        if not self.layer.tasks:
            return {"state": "idle", "chardev": "None", "reference": "None"}
        (task,) = self.layer.tasks
        state = "connecting" if not self._calls(task.end) else "failed" if task.channel is None else "connected"
        return {"state": state, "chardev": self._chardev(task.chardev), "reference": self._chardev(task.reference)}

    def _writing(self) -> dict[str, str]:
        device = self.write_all.device
        return {"state": "spinning" if device is not None else "idle", "device": self._device(device)}

    def _chardev_fields(self, chardev: Chardev) -> dict[str, str]:
        socket = chardev if isinstance(chardev, Socket) else None
        stack = chardev if isinstance(chardev, Stack) else None
        mux = chardev if isinstance(chardev, Mux) else None
        channel = chardev.channel if isinstance(chardev, ChannelChardev) else None
        descriptors = channel.descriptors if channel is not None else frozenset()
        return {
            "live": "True",
            "state": "registered" if self._is_child(chardev) else "unparented",
            "kind": _kind(chardev),
            "label": self._id(chardev.label),
            "frontend": self._frontend(chardev.be),
            "be_open": str(chardev.be_open),
            "fe_open": str(chardev.fe_open),
            "context": "io_thread" if chardev.gcontext is self.layer.io else "main_loop",
            "listening": str(socket is not None and socket.listener is not None and isinstance(socket.address, Path)),
            "peer": self._peer(chardev),
            "connected": str(isinstance(chardev, ChannelChardev) and chardev.connected),
            "open_source": "False",
            "timer": str(socket is not None and bool(self._calls(socket.connect))),
            "handover": str(chardev.handover_yank_instance),
            "registered_yank": str(socket is not None and socket.registered_yank),
            "yank_function": str(socket is not None and self._can_be_yanked(socket)),
            "terminal": str(isinstance(chardev, Stdio) and chardev.has_terminal),
            "descriptors": {0: "others", 1: "zero", 2: "one", 3: "both"}[sum(1 << each for each in descriptors)],
            "cts": str(chardev.clear_to_send()),
            "own": self._frontend(stack.own if stack is not None else None),
            "attached": _set(self._frontend(each) for each in mux.attached) if mux is not None else "{}",
            "focus": self._frontend(mux.focus if mux is not None else None),
            "member_open": str(self._member_open(chardev)),
        }

    def _peer(self, chardev: Chardev) -> str:
        """The other end: whoever is connected, or waits to be."""
        if isinstance(chardev, ChannelChardev) and chardev.channel and (chardev.connected or isinstance(chardev, Pty)):
            return self.seen.peer(chardev.channel)
        pending = (isinstance(chardev, Socket) and chardev.listener is not None and chardev.listener.pending()) or (
            isinstance(chardev, SpiceVmc) and chardev.interface.pending()
        )
        return "present" if pending else "absent"

    def _is_child(self, chardev: Chardev) -> bool:
        return any(id.chardev is chardev for id in self.layer.registry.ids.values())

    def _can_be_yanked(self, socket: Socket) -> bool:
        instance = self.layer.yank.instances.get(socket.label)
        return instance is not None and socket.shut_down in instance.functions

    def _member_open(self, chardev: Chardev) -> bool:
        return isinstance(chardev, Hub) and chardev.opened > 0

    def _frontend_fields(self, slot: int) -> dict[str, str]:
        stack = self._stacks.get(slot)
        device = self.devices[slot] if slot < len(self.devices) else None
        frontend = device.frontend if device is not None else stack.own if stack is not None else None
        chr = frontend.chr if frontend is not None else None
        return {
            "state": "attached" if chr is not None else "detached",
            "role": "device" if device is not None else "stack" if stack is not None else "spare",
            "device": f"Device{slot}" if device is not None else "None",
            "stack": self._chardev(stack),
            "chr": self._chardev(chr),
            "chr_event": str(frontend is not None and frontend.handlers.event is not None),
            "chr_be_change": str(frontend is not None and frontend.handlers.be_change is not None),
            "fe_is_open": str(frontend is not None and frontend.fe_is_open),
        }

    def _device_fields(self, slot: int) -> dict[str, str]:
        device = self.devices[slot]
        if device is None:
            return {"state": "absent"}
        return {
            "state": "blocked" if device.waiting else "plugged" if device.plugged else "unplugged",
            "model": self.models[slot],
            "frontend": f"Frontend{slot}",
            "asks_open": str(device.asks_open),
            "sees_open": str(device.host_connected),
            "watch": self._watch(device),
            "driver": self._chardev(device.driver if isinstance(device, RngEgd) else None),
            "bottom_half": str(isinstance(device, VhostUser) and bool(self._calls(device.bottom_half_runs))),
            "polls": str(isinstance(device, Serial) and bool(self._calls(device.read_lines))),
            "cts": str(isinstance(device, Serial) and device.cts),
        }

    def _change(self, change: Change) -> dict[str, str]:
        return {
            "state": _reached(change),
            "id": self._id(change.name),
            "kind": _kind_of(change) if change.backend is not None else "null",
            "base": self._id(next(iter(change.bases), change.name)),
            "old": self._chardev(change.old),
            "reference": "None",
            "fresh": self._chardev(change.fresh),
            "frontend": self._frontend(change.frontend),
            "asked": str(change.asked),
            "closed_sent": str(change.closed_sent),
        }


REACHED = {
    "": "idle",
    "wait": "queued",
    "chardev_add": "free",
    "find": "found",
    "drop_old": "bare",
    "ask": "willing",
    "add": "opening",
    "add_instead": "opening",
    "create_new": "opening",
    "tell": "told",
    "detach": "detached",
    "attach": "attached",
    "part": "parted",
    "reattach": "returned",
    "reopen": "unwanted",
    "unparent_old": "replaced",
}
"""Where each row leads to that can lead to one state only."""


def _reached(change: Change) -> str:
    """Where a command has come to: what it did last, and what came of it."""
    match change.done:
        case "look":
            return "alone" if change.frontend is None else "swappable"
        case "opened":
            return "accepted" if change.frontend is None else "created"
        case "be_change":
            return "refused" if change.refused else "accepted"
        case row:
            return REACHED[row]


def _descriptors(chardev: Chardev) -> Iterator[object]:
    """What a chardev reads and listens on."""
    if isinstance(chardev, ChannelChardev):
        yield chardev.channel
    if isinstance(chardev, Socket):
        yield chardev.listener
    if isinstance(chardev, SpiceVmc):
        yield chardev.interface


def _fill(slots: dict[int, T], alive: Sequence[T], first: int) -> None:
    """Who lives keeps its slot; who is new takes the lowest that nobody had."""
    taken = set(slots)
    for slot in [slot for slot, known in slots.items() if not any(known is each for each in alive)]:
        del slots[slot]
    for each in alive:
        if not any(each is known for known in slots.values()):
            slot = first
            while slot in taken:
                slot += 1
            slots[slot] = each
            taken.add(slot)


def _of(slot: str, fields: Mapping[str, str]) -> Fields:
    for name, value in fields.items():
        yield f"{slot}.{name}", value


def _set(members: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(set(members))) + "}"


def _kind(chardev: Chardev) -> str:
    """The spec tells the ways apart in which a socket is set up."""
    if isinstance(chardev, Socket):
        return _socket(isinstance(chardev.address, Path), chardev.server, chardev.wait, bool(chardev.reconnect))
    return {"serial": "tty"}.get(chardev.kind, chardev.kind)


def _kind_of(change: Change) -> str:
    assert change.backend is not None
    made, arguments = change.backend.type, change.backend.arguments
    if made is Socket:
        path = isinstance(arguments["address"], Path)
        return _socket(path, arguments.get("server", True), arguments.get("wait", False), "reconnect" in arguments)
    return {"serial": "tty"}.get(made.kind, made.kind)


def _socket(path: bool, server: bool, wait: bool, reconnects: bool) -> str:
    if not server:
        return "reconnect" if reconnects else "client"
    return ("waiting" if wait else "unix") if path else "tcp"
