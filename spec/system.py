"""The chardev protocol as a system: what it starts from, and how large a world is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .address import Address
from .backend import Kind
from .change import Change
from .chardev import Chardev, create
from .connect import Connect
from .defects import DEFECTS
from .device import Device
from .file import File
from .frontend import Frontend
from .interface import INTERFACE
from .language import Configuration, Machine, System, may
from .models import Model
from .profiles import PROFILES
from .properties import PROPERTIES
from .qmp import Qmp
from .registry import Id
from .terminal import Terminal
from .vm import Vm
from .write_all import WriteAll
from .yank import Yank


@dataclass(frozen=True)
class Setup(Configuration):
    """A virtual machine: its devices, how many names there are, and the backends that may be put under them.

    `others`: what may be put under every name but the first, if that is not the same. `changes`: how many
    `chardev-change` and `chardev-add` can be in flight. `known`: somebody outside connects to the listeners.
    """

    devices: tuple[Model, ...]
    backends: tuple[Kind, ...]
    others: tuple[Kind, ...] = ()
    ids: int = 1
    changes: int = 1
    known: bool = True

    def pools(self) -> Mapping[type[Machine], int]:
        """Every name can be taken, while each command makes a chardev more, and a task keeps one that lost its name."""
        tasks = int(Kind.reconnect in self.backends)
        chardevs = self.ids + self.changes + tasks
        stacks = self.ids * sum(kind.stacks for kind in self.backends)
        return {
            Id: self.ids,
            Address: self.ids,
            File: self.ids,
            Yank: self.ids,
            Terminal: 1,
            Vm: 1,
            Chardev: chardevs,
            Connect: 1,
            Frontend: len(self.devices) + stacks,
            Device: len(self.devices),
            Qmp: 1,
            WriteAll: 1,
            Change: self.changes,
        }


def boot(setup: Setup) -> None:
    """QEMU starts with a chardev under every name, or with none, and with no device plugged."""
    for i in range(setup.ids):
        Id[i].offer(Address[i], File[i], Yank[i])
        if setup.known:
            Address[i].publish()
        kinds = setup.others if i and setup.others else setup.backends
        for kind in kinds:
            Id[i].backends.add(kind)
        for kind in kinds:
            if Id[i].chardev is None and _needs_nothing(kind) and may(f"starts with {kind.name}"):
                chardev = create(kind, Id[i], Id[i], False)
                assert chardev is not None
                Id[i].adopt(chardev)
    for i, model in enumerate(setup.devices):
        Device[i].offer(model, Frontend[i])


def _needs_nothing(kind: Kind) -> bool:
    return not kind.fails and not kind.stacks and kind is not Kind.waiting


SMALL = (
    # Each device, among backends that answer it differently.
    Setup((Model.virtconsole,), (Kind.ringbuf, Kind.udp)),
    Setup((Model.virtserialport,), (Kind.ringbuf, Kind.unix)),
    Setup((Model.virtserialport,), (Kind.null, Kind.spicevmc)),
    Setup((Model.serial,), (Kind.null, Kind.pty)),
    Setup((Model.serial,), (Kind.null, Kind.tty)),
    Setup((Model.serial,), (Kind.null, Kind.pipe)),
    Setup((Model.sifive,), (Kind.null, Kind.unix)),
    Setup((Model.htif,), (Kind.null, Kind.unix)),
    Setup((Model.refuser,), (Kind.ringbuf, Kind.unix)),
    Setup((Model.monitor,), (Kind.ringbuf, Kind.unix)),
    Setup((Model.vhost_user,), (Kind.unix, Kind.client)),
    Setup((Model.colo_compare,), (Kind.unix, Kind.client)),
    Setup((Model.rng_egd,), (Kind.null, Kind.ringbuf)),
    # Two devices that want one chardev, and one that stops the machine under another.
    Setup((Model.serial, Model.monitor), (Kind.null, Kind.ringbuf)),
    Setup((Model.virtconsole, Model.gdbstub), (Kind.ringbuf,), (Kind.client,), ids=2),
    # Chardevs on top of chardevs.
    Setup((Model.refuser,), (Kind.null, Kind.mux), (Kind.ringbuf,), ids=2),
    Setup((Model.monitor,), (Kind.mux, Kind.hub), (Kind.unix,), ids=2),
    Setup((Model.serial, Model.monitor), (Kind.mux,), (Kind.ringbuf,), ids=2),
    Setup((Model.serial,), (Kind.mux,), (Kind.pipe,), ids=2),
    # What there is one of: a yank instance, a port, the terminal, a file.
    Setup((Model.virtconsole,), (Kind.null, Kind.reconnect)),
    Setup((Model.virtconsole,), (Kind.reconnect, Kind.tcp)),
    Setup((Model.rng_egd,), (Kind.stdio,), (Kind.null, Kind.stdio), ids=2),
    Setup((Model.htif,), (Kind.file, Kind.stdio), (Kind.file,), ids=2),
    Setup((Model.serial,), (Kind.ringbuf, Kind.file)),
    # A listener that waits for a peer, who comes or does not.
    Setup((Model.virtconsole,), (Kind.null, Kind.waiting)),
    Setup((Model.serial,), (Kind.null, Kind.waiting), known=False),
)
"""What goes wrong takes one or two devices, and one or two names."""

MEDIUM = (
    *SMALL,
    Setup((Model.serial, Model.serial), (Kind.ringbuf, Kind.unix), ids=2),
    Setup((Model.virtserialport, Model.monitor), (Kind.mux,), (Kind.unix,), ids=2),
    Setup((Model.virtserialport, Model.monitor), (Kind.ringbuf, Kind.unix), (Kind.unix,), ids=2, changes=2),
    Setup(
        (Model.virtconsole, Model.gdbstub),
        (Kind.null, Kind.ringbuf, Kind.client),
        (Kind.unix, Kind.client),
        ids=2,
        changes=2,
    ),
)
"""And two devices among two chardevs, alike, or while two commands are in flight: the second waits for the lock."""

LARGE = (
    *MEDIUM,
    Setup((Model.virtconsole, Model.gdbstub, Model.monitor), (Kind.ringbuf, Kind.client), ids=2, changes=2),
    Setup((Model.virtconsole, Model.gdbstub), (Kind.ringbuf, Kind.client), ids=3, changes=2),
)
"""And three devices among two chardevs, and two among three."""

CHARDEV = System(
    "chardev",
    machines=(
        Id,
        Address,
        File,
        Yank,
        Terminal,
        Connect,
        Chardev,
        Frontend,
        Device,
        Vm,
        Qmp,
        WriteAll,
        Change,
    ),
    scopes={"small": SMALL, "medium": MEDIUM, "large": LARGE},
    boot=boot,
    properties=PROPERTIES,
    profiles=PROFILES,
    defects=DEFECTS,
    interface=INTERFACE,
    documentation=__doc__ or "",
)
