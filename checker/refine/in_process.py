"""The layer of `impl` in this process: every step of the chardev spec can be done on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...impl.backends import file, hub, mux, null, pipe, pty, ringbuf, serial, socket, spice, stdio, udp
from ...impl.backends.channel import ChannelChardev
from ...impl.change import Change, Steps
from ...impl.commands import chardev_remove, chardev_send_break, device_add, device_del
from ...impl.devices import (
    colo_compare,
    gdbstub,
    refuser,
    riscv_htif,
    rng_egd,
    sifive_uart,
    uart,
    unswappable,
    vhost_user,
    virtio_console,
)
from ...impl.devices.device import Device
from ...impl.errors import Abort, ChardevError, IllegalTransition, UseAfterFree
from ...impl.host import Listener, Path
from ...impl.layer import Backend, Layer
from ...impl.write_all import WriteAll
from ...spec.language import Profile
from ...spec.language.plain import Edge
from .abstraction import Abstraction, Name
from .in_memory import InMemory
from .memory import MemoryContext, MemorySource
from .outside import NotPossible, Outside, must

DEVICES: dict[str, type[Device]] = {
    "virtconsole": virtio_console.VirtConsole,
    "virtserialport": virtio_console.VirtSerialPort,
    "serial": uart.Serial,
    "sifive": sifive_uart.SiFive,
    "htif": riscv_htif.Htif,
    "refuser": refuser.Refuser,
    "monitor": unswappable.Unswappable,
    "gdbstub": gdbstub.GdbStub,
    "vhost_user": vhost_user.VhostUser,
    "colo_compare": colo_compare.ColoCompare,
    "rng_egd": rng_egd.RngEgd,
}
MISSING = {
    "no such directory": ("out",),
    "no file to read": ("in",),
    "open fails": ("pipe", "tty", "udp"),
    "connection refused": ("peer",),
}
"""What is not there, for each outcome of the spec that is due to that."""
REFUSES = ("refuses", "refuses after its set-up")
"""The outcomes that are due to the frontend, in the order in which it is asked."""
BREAKS: dict[type[Exception], frozenset[str]] = {
    UseAfterFree: frozenset({"no-use-after-free"}),
    IllegalTransition: frozenset({"no-illegal-transition"}),
    Abort: frozenset({"no-failed-assertion", "no-null-dereference"}),
    AttributeError: frozenset({"no-null-dereference"}),
}
"""What each error of the layer stands for; where QEMU calls a null pointer, the layer aborts."""


@dataclass
class Running:
    """A command in flight."""

    steps: Steps[None]
    client_of: Listener | None = None
    """Whose client it waits for."""

    def can_go_on(self) -> bool:
        """Whether it does not wait, or not any more."""
        return self.client_of is None or self.client_of.pending()


class InProcess:
    """A layer that was started in an initial state of the spec, and on which the rows of the spec are done."""

    def __init__(self, profile: Profile, start: Mapping[str, str], outside: Outside | None = None) -> None:
        self.outside = outside or InMemory()
        self.layer = Layer(profile, self.outside.host, self.outside.main, self.outside.io)
        self.names = [self._name(slot, start) for slot in range(_count(start, "Id"))]
        self.outside.furnish([name.name for name in self.names])
        self.models = [start[f"Device{slot}.model"] for slot in range(_count(start, "Device"))]
        self.devices = [DEVICES[model](self.layer) for model in self.models]
        self.changes = [Change(self.layer) for _ in range(_count(start, "Change"))]
        self.running: dict[int, Running] = {}
        self.write_all = WriteAll()
        self.abstraction = Abstraction(
            self.layer,
            self.outside,
            self.names,
            self.devices,
            self.models,
            self.changes,
            self.write_all,
            _count(start, "Frontend"),
        )
        for slot, name in enumerate(self.names):
            if (chardev := start[f"Id{slot}.chardev"]) != "None":
                kind = start[f"{chardev}.kind"]
                self.layer.registry.add(self.layer.create(self._backend(kind, name, name), name.name))
        self.settle()
        self.rows = self._rows()
        self.circumstances: frozenset[str] = frozenset()
        """The labels of the choices that come out true now."""
        self.replies: dict[str, str] = {}
        """Which commands have ended, and by which error; empty if by none."""

    def end(self) -> None:
        """Leave nothing behind."""
        for command in self.running.values():
            command.steps.close()
        self.outside.end(self.layer)

    def state(self) -> dict[str, str]:
        """What the spec would call the state that it is in."""
        return self.abstraction.state()

    # A step of the spec.

    def do(self, edge: Edge) -> None:
        """Take a step. Raises what the layer raises where it goes wrong."""
        self.replies.clear()
        with self.where(label for label, chosen in edge.choices if chosen):
            self.take(edge.row.qualname, edge.instance, *map(_argument, edge.arguments))

    @property
    def failed(self) -> bool:
        """Whether the last step ended a command with an error."""
        return any(self.replies.values())

    def breaks(self, error: Exception) -> frozenset[str]:
        """The layer's own errors, and Python's of None."""
        return next((names for kind, names in BREAKS.items() if isinstance(error, kind)), frozenset())

    # A row.

    @contextmanager
    def where(self, circumstances: Iterable[str]) -> Iterator[None]:
        """Meanwhile the choices of these labels come out true, and all others false."""
        self.circumstances = frozenset(circumstances)
        missing = {what for label in self.circumstances for what in MISSING.get(label, ())}
        self.outside.hide(frozenset(f"{name.name}.{what}" for name in self.names for what in missing))
        for device in self.devices:
            if isinstance(device, refuser.Refuser):
                device.answers = iter([label not in self.circumstances for label in REFUSES])
        try:
            yield
        finally:
            self.outside.hide(frozenset())

    def take(self, row: str, slot: int, *arguments: Any) -> None:
        """Do a row of an instance. Raises what the layer raises where it goes wrong."""
        machine = row.partition(".")[0]
        try:
            self._act(row)(slot, *arguments)
        except ChardevError as error:
            self.replies[f"{machine}{slot}"] = str(error)
        else:
            if machine == "Qmp":
                self.replies[f"{machine}{slot}"] = ""
        self.settle()

    def settle(self) -> None:
        """Something has been done: connections may have been made, and who is new has a slot."""
        self.outside.settle(self.layer)
        self.abstraction.settle()

    def _act(self, row: str) -> Callable[..., None]:
        """How a row is done: most of a command's are its next step."""
        if row in self.rows:
            return self.rows[row]
        if row.startswith("Change."):
            return self.go_on
        raise NotPossible(row)

    def _rows(self) -> dict[str, Callable[..., None]]:
        """The rows that are done in a way of their own."""
        return {
            "Change.wait": lambda slot: self.changes[slot].wait(),
            "Change.dispatch": lambda slot: self.changes[slot].dispatch(),
            "Change.find": self._find,
            "Change.chardev_add": self._chardev_add,
            "Qmp.chardev_remove": lambda _, id: chardev_remove(self.layer, self.names[id].name),
            "Qmp.chardev_send_break": lambda _, id: chardev_send_break(self.layer, self.names[id].name),
            "Qmp.device_add": lambda _, at, id: device_add(self.layer, self.devices[at], self.names[id].name),
            "Qmp.device_del": lambda _, at: device_del(self.devices[at]),
            "Qmp.stop": lambda _: self.layer.stop(),
            "Qmp.cont": lambda _: self.layer.cont(),
            "Yank.yank": lambda slot: self.layer.yank.yank(self.names[slot].name),
            "Connect.answered": lambda _: self._answer(),
            "Connect.take": lambda _: self._dispatch(self.layer.tasks[0].source),
            "Connect.give_up": lambda _: self._dispatch(self.layer.tasks[0].source),
            "WriteAll.write_all": lambda _, at: self.write_all.write_all(self.devices[at], b"x"),
            "WriteAll.written": lambda _: must(self.write_all.try_again()),
            "Chardev.peer_connects": lambda slot: self.outside.connect(self.abstraction.chardev(slot)),
            "Chardev.peer_leaves": lambda slot: self.outside.leave(self.abstraction.chardev(slot)),
            "Chardev.peer_stalls": lambda slot: self.outside.stall(self.abstraction.chardev(slot)),
            "Chardev.peer_drains": lambda slot: self.outside.drain(self.abstraction.chardev(slot)),
            "Chardev.line_turns": lambda slot: self.outside.turn_line(self.abstraction.chardev(slot)),
            "Chardev.accept": lambda slot: self._accept(self.outside.main, slot),
            "Chardev.accept_in_io_thread": lambda slot: self._accept(self.outside.io, slot),
            "Chardev.disconnect": lambda slot: self._disconnect(self.outside.main, slot),
            "Chardev.disconnect_in_io_thread": lambda slot: self._disconnect(self.outside.io, slot),
            "Chardev.reconnect": self._reconnect,
            "Chardev.escape": self._escape,
            "Device.guest_writes": lambda slot: self.devices[slot].write(b"x"),
            "Device.guest_writes_in_vain": lambda slot: self.devices[slot].write(b"x"),
            "Device.guest_connects": self._guest_connects,
            "Device.use_driver": self._use_driver,
            "Device.watch_fires": self._watch_fires,
            "Device.bottom_half_runs": self._bottom_half_runs,
            "Device.lines_are_read": self._lines_are_read,
        }

    def _name(self, slot: int, start: Mapping[str, str]) -> Name:
        """What belongs to a name."""
        name = f"id{slot}"
        kinds = start[f"Id{slot}.backends"].strip("{}")
        return Name(
            name,
            frozenset(kinds.split(", ")) if kinds else frozenset(),
            Path(self.outside.place(f"{name}.sock")),
            self.outside.port(slot),
            self.outside.place(f"{name}.out"),
            start[f"Address{slot}.known"] == "True",
        )

    # The commands.

    def _find(self, slot: int, id: int, kind: str, base: int) -> None:
        backend = self._backend(kind, self.names[id], self.names[base])
        self._begin(slot, self.changes[slot].change(self.names[id].name, backend))

    def _chardev_add(self, slot: int, id: int, kind: str, base: int) -> None:
        backend = self._backend(kind, self.names[id], self.names[base])
        self._begin(slot, self.changes[slot].add(self.names[id].name, backend))

    def _begin(self, slot: int, steps: Steps[None]) -> None:
        self.running[slot] = Running(steps)
        self.go_on(slot)

    def go_on(self, slot: int) -> None:
        """The next step of a command; its reply is noted."""
        command = self.running[slot]
        try:
            command.client_of = next(command.steps)
            return
        except StopIteration:
            reply = ""
        except ChardevError as error:
            reply = str(error)
        del self.running[slot]
        self.replies[f"Change{slot}"] = reply

    def _backend(self, kind: str, name: Name, base: Name) -> Backend:
        peer = Path(self.outside.place(f"{name.name}.peer"))
        made: dict[str, Backend] = {
            "null": Backend(null.Null),
            "ringbuf": Backend(ringbuf.RingBuf),
            "file": Backend(file.File, {"out": name.file, "in_": self.outside.place(f"{name.name}.in")}),
            "pipe": Backend(pipe.Pipe, {"path": self.outside.place(f"{name.name}.pipe")}),
            "stdio": Backend(stdio.Stdio),
            "tty": Backend(serial.Tty, {"path": self.outside.place(f"{name.name}.tty")}),
            "udp": Backend(udp.Udp, {"address": self.outside.datagrams(name.name)}),
            "pty": Backend(pty.Pty),
            "unix": Backend(socket.Socket, {"address": name.path}),
            "tcp": Backend(socket.Socket, {"address": name.port}),
            "waiting": Backend(socket.Socket, {"address": name.path, "wait": True}),
            "client": Backend(socket.Socket, {"address": peer, "server": False}),
            "reconnect": Backend(socket.Socket, {"address": peer, "server": False, "reconnect": 1.0}),
            "spicevmc": Backend(spice.SpiceVmc),
            "mux": Backend(mux.Mux, {"bases": (base.name,)}),
            "hub": Backend(hub.Hub, {"bases": (base.name,)}),
        }
        return made[kind]

    # The main loop, and the I/O thread.

    def _accept(self, context: MemoryContext, slot: int) -> None:
        chardev = self.abstraction.chardev(slot)
        if isinstance(chardev, pty.Pty):
            self._dispatch(next((source for source in context.sources if source.call == chardev.poll), None))
        else:
            assert isinstance(chardev, socket.Socket | spice.SpiceVmc)
            self._dispatch(next((source for source in context.sources if source.call == chardev.accept), None))

    def _disconnect(self, context: MemoryContext, slot: int) -> None:
        chardev = self.abstraction.chardev(slot)
        assert isinstance(chardev, ChannelChardev)
        must(chardev.channel is not None and chardev.channel.hung_up())
        self._dispatch(next((source for source in context.sources if source.call == chardev.hung_up), None))

    def _answer(self) -> None:
        self.outside.answer(self.layer.tasks[0], connected="connected" in self.circumstances)

    def _reconnect(self, slot: int) -> None:
        chardev = self.abstraction.chardev(slot)
        assert isinstance(chardev, socket.Socket)
        self._dispatch(chardev.timer)

    def _escape(self, slot: int) -> None:
        chardev = self.abstraction.chardev(slot)
        assert isinstance(chardev, mux.Mux) and chardev.own.chr is not None
        chardev.own.chr.deliver(bytes([mux.ESCAPE]) + b"c")

    def _dispatch(self, source: object) -> None:
        """Run a source, which has to be there, and ready."""
        assert source is None or isinstance(source, MemorySource)
        must(source is not None and source.attached and self.outside.is_ready(source))
        assert source is not None
        source.dispatch()

    # The devices.

    def _watch_fires(self, slot: int) -> None:
        """A port writes on in a bottom half, which the spec takes for a part of the step."""
        device = self.devices[slot]
        self._dispatch(device.watch)
        if isinstance(device, virtio_console.VirtSerialPort):
            for source in [each for each in self.outside.main.sources if each.call == device.write_on]:
                source.dispatch()

    def _guest_connects(self, slot: int, opened: bool) -> None:
        device = self.devices[slot]
        assert isinstance(device, virtio_console.VirtSerialPort)
        device.guest_connects(opened)

    def _use_driver(self, slot: int) -> None:
        device = self.devices[slot]
        assert isinstance(device, rng_egd.RngEgd)
        device.use_driver()

    def _bottom_half_runs(self, slot: int) -> None:
        device = self.devices[slot]
        assert isinstance(device, vhost_user.VhostUser)
        self._dispatch(device.bottom_half)

    def _lines_are_read(self, slot: int) -> None:
        device = self.devices[slot]
        assert isinstance(device, uart.Serial)
        self._dispatch(device.poll)


def _argument(value: Any) -> Any:
    """A slot's number, a constant's name, a bool."""
    if isinstance(value, bool):
        return value
    return value._slot if hasattr(value, "_slot") else value.name


def _count(start: Mapping[str, str], machine: str) -> int:
    return len({slot for name in start if (slot := name.partition(".")[0]).rstrip("0123456789") == machine})
