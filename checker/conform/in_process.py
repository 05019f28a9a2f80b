"""The layer of `impl` in this process: every step of the chardev spec can be done on it."""

from __future__ import annotations

from collections.abc import Callable
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
from ...impl.host import Path
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

BREAKS: dict[type[Exception], frozenset[str]] = {
    UseAfterFree: frozenset({"no-use-after-free"}),
    IllegalTransition: frozenset({"no-illegal-transition"}),
    Abort: frozenset({"no-failed-assertion", "no-null-dereference"}),
    AttributeError: frozenset({"no-null-dereference"}),
}
"""What each error of the layer stands for; where QEMU calls a null pointer, the layer aborts."""


class InProcess:
    """A layer that was started in an initial state of the spec, and is taken through its steps."""

    def __init__(self, profile: Profile, start: dict[str, str], outside: Outside | None = None) -> None:
        self.outside = outside or InMemory()
        self.layer = Layer(profile, self.outside.host, self.outside.main, self.outside.io)
        self.names = [self._name(slot, start) for slot in range(_count(start, "Id"))]
        self.outside.furnish([name.name for name in self.names])
        self.models = [start[f"Device{slot}.model"] for slot in range(_count(start, "Device"))]
        self.devices = [DEVICES[model](self.layer) for model in self.models]
        self.layer.devices += self.devices
        self.changes = [Change(self.layer) for _ in range(_count(start, "Change"))]
        self.running: dict[int, Steps[None]] = {}
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
        self.outside.settle(self.layer)
        self.rows = self._rows()
        self.failed = False
        """Whether the last step ended a command with an error."""

    def end(self) -> None:
        """Leave nothing behind."""
        self.outside.end(self.layer)

    def state(self) -> dict[str, str]:
        """What the spec would call the state that it is in."""
        return self.abstraction.state()

    def breaks(self, error: Exception) -> frozenset[str]:
        """The layer's own errors, and Python's of None."""
        return next((names for kind, names in BREAKS.items() if isinstance(error, kind)), frozenset())

    def do(self, edge: Edge) -> None:
        """Take a step. Raises what the layer raises where it goes wrong."""
        row = f"{edge.row.machine.__name__ if edge.row.machine else ''}.{edge.row.name}"
        missing = {
            f"{name.name}.{what}"
            for label, chosen in edge.choices
            if chosen
            for what in MISSING.get(label, ())
            for name in self.names
        }
        self.outside.hide(frozenset(missing))
        for device in self.devices:
            if isinstance(device, refuser.Refuser):
                answers = [not chosen for label, chosen in edge.choices if label.startswith("refuses")]
                device.answers = iter(answers)
        self.failed = False
        arguments = [_argument(value) for value in edge.arguments]
        try:
            self._act(row)(edge.instance, *arguments, dict(edge.choices))
        except ChardevError:
            self.failed = True
        finally:
            self.outside.hide(frozenset())
        self.outside.settle(self.layer)

    def _act(self, row: str) -> Callable[..., None]:
        """How a row is done: most of a command's are its next step."""
        if row in self.rows:
            return self.rows[row]
        if row.startswith("Change."):
            return self._go_on
        raise NotPossible(row)

    def _rows(self) -> dict[str, Callable[..., None]]:
        """The rows that are done in a way of their own."""
        return {
            "Change.wait": lambda slot, _: self.changes[slot].wait(),
            "Change.dispatch": lambda slot, _: self.changes[slot].dispatch(),
            "Change.find": self._find,
            "Change.chardev_add": self._chardev_add,
            "Qmp.chardev_remove": lambda _, id, __: chardev_remove(self.layer, self.names[id].name),
            "Qmp.chardev_send_break": lambda _, id, __: chardev_send_break(self.layer, self.names[id].name),
            "Qmp.device_add": lambda _, at, id, __: device_add(self.layer, self.devices[at], self.names[id].name),
            "Qmp.device_del": lambda _, at, __: device_del(self.devices[at]),
            "Qmp.stop": lambda _, __: self.layer.stop(),
            "Qmp.cont": lambda _, __: self.layer.cont(),
            "Yank.yank": lambda slot, _: self.layer.yank.yank(self.names[slot].name),
            "Connect.answered": lambda _, chosen: self.outside.answer(
                self.layer.tasks[0], connected=chosen["connected"]
            ),
            "Connect.take": lambda _, __: self._dispatch(self.layer.tasks[0].source),
            "Connect.give_up": lambda _, __: self._dispatch(self.layer.tasks[0].source),
            "WriteAll.write_all": lambda _, at, __: self.write_all.write_all(self.devices[at], b"x"),
            "WriteAll.written": lambda _, __: must(self.write_all.try_again()),
            "Chardev.peer_connects": lambda slot, _: self.outside.connect(self.abstraction.chardev(slot)),
            "Chardev.peer_leaves": lambda slot, _: self.outside.leave(self.abstraction.chardev(slot)),
            "Chardev.peer_stalls": lambda slot, _: self.outside.stall(self.abstraction.chardev(slot)),
            "Chardev.peer_drains": lambda slot, _: self.outside.drain(self.abstraction.chardev(slot)),
            "Chardev.line_turns": lambda slot, _: self.outside.turn_line(self.abstraction.chardev(slot)),
            "Chardev.accept": lambda slot, _: self._accept(self.outside.main, slot),
            "Chardev.accept_in_io_thread": lambda slot, _: self._accept(self.outside.io, slot),
            "Chardev.disconnect": lambda slot, _: self._disconnect(self.outside.main, slot),
            "Chardev.disconnect_in_io_thread": lambda slot, _: self._disconnect(self.outside.io, slot),
            "Chardev.reconnect": lambda slot, _: self._reconnect(slot),
            "Chardev.escape": lambda slot, _: self._escape(slot),
            "Device.guest_writes": lambda slot, _: self.devices[slot].write(b"x"),
            "Device.guest_writes_in_vain": lambda slot, _: self.devices[slot].write(b"x"),
            "Device.guest_connects": lambda slot, opened, _: self._guest_connects(slot, opened),
            "Device.use_driver": lambda slot, _: self._use_driver(slot),
            "Device.watch_fires": lambda slot, _: self._watch_fires(self.devices[slot]),
            "Device.bottom_half_runs": lambda slot, _: self._bottom_half_runs(slot),
            "Device.lines_are_read": lambda slot, _: self._lines_are_read(slot),
        }

    def _name(self, slot: int, start: dict[str, str]) -> Name:
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

    def _find(self, slot: int, id: int, kind: str, base: int, _: object) -> None:
        backend = self._backend(kind, self.names[id], self.names[base])
        self._begin(slot, self.changes[slot].change(self.names[id].name, backend))

    def _chardev_add(self, slot: int, id: int, kind: str, base: int, _: object) -> None:
        backend = self._backend(kind, self.names[id], self.names[base])
        self._begin(slot, self.changes[slot].add(self.names[id].name, backend))

    def _begin(self, slot: int, steps: Steps[None]) -> None:
        self.running[slot] = steps
        self._go_on(slot)

    def _go_on(self, slot: int, *_: object) -> None:
        """The next step of a command."""
        next(self.running[slot], None)

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

    def _guest_connects(self, slot: int, opened: bool) -> None:
        device = self.devices[slot]
        assert isinstance(device, virtio_console.VirtSerialPort)
        device.guest_connects(opened)

    def _use_driver(self, slot: int) -> None:
        device = self.devices[slot]
        assert isinstance(device, rng_egd.RngEgd)
        device.use_driver()

    def _watch_fires(self, device: Device) -> None:
        self._dispatch(device.watch)

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


def _count(start: dict[str, str], machine: str) -> int:
    return len({slot for name in start if (slot := name.partition(".")[0]).rstrip("0123456789") == machine})
