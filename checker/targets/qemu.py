"""A real QEMU as a target: its own command line, its guest played over qtest, and its trace of what ports hear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from ..conform.stimulus import Stimulus
from ..conform.target import Words
from .death import UNNOTICED
from .devices import CONTROLLER, PLACES, USB, WITHOUT, Board, VirtSerialPort
from .folder import own_folder
from .monitor import Gone, Hangs, Monitor, Refused
from .over_qmp import LIMIT, OverQmp
from .place import Place
from .process import CannotStart, Process
from .qtest import QTest
from .record import Record

BIOS_SIZE, RESET = 0x10000, 0xFFF0
HALT = bytes.fromhex("faf4ebfd")
"""cli; hlt; and once more: the machine runs, and its CPU does nothing."""

EVENTS = {"0": "break_", "1": "opened", "4": "closed"}
"""`QEMUChrEvent`, without those of a mux's focus."""
TRACED = "virtio_console_chr_event"
HEARD = re.compile(TRACED + r" port (\d+), event (\d+)")


@dataclass(frozen=True)
class Program:
    """A QEMU that is installed."""

    binary: str
    version: str
    lacks: Mapping[str, str]
    """The kinds of backend that it does not have, and why."""


class Qemu(OverQmp):
    """QEMU's machine `pc`, with a controller for virtio ports and one for USB."""

    unnoticed = UNNOTICED

    def __init__(self, program: Program, limit: float = LIMIT) -> None:
        super().__init__(limit)
        self.name = f"QEMU {program.version}"
        self.keeps_gaps = _parts(program.version) < (10, 0)
        self.program = program
        self.without = {**WITHOUT, **program.lacks}
        self.qtest: QTest | None = None
        self.position = self.seen = 0
        """How much of the trace was read before the last stimulus, and until now."""

    def command(self) -> Sequence[str]:
        """Everything from a folder, and nothing that only a guest could set up."""
        return [
            *[self.program.binary, "-M", "pc", "-m", "16", "-nodefaults", "-display", "none", "-accel", "tcg"],
            *["-bios", "bios", "-qmp", "unix:qmp"],
            *["-qtest", "unix:qtest", "-qtest-log", "/dev/null"],
            *["-device", f"virtio-serial-pci,addr={CONTROLLER:#x},ioeventfd=off"],
            *["-device", f"piix3-usb-uhci,addr={USB:#x}"],
            *["-trace", f"enable={TRACED}", "-D", "trace"],
        ]

    def listen(self) -> None:
        """A BIOS that halts, and qtest."""
        bios = bytearray(b"\xff" * BIOS_SIZE)
        bios[RESET : RESET + len(HALT)] = HALT
        (self.folder / "bios").write_bytes(bios)
        self.qtest = self.at_end.enter_context(closing(QTest(str(self.folder / "qtest"), self.limit)))

    def meet(self) -> None:
        """Its guest."""
        assert self.qtest is not None
        self.qtest.accept()
        self.board = Board(self._monitor, self.qtest, self.settle)

    def place(self, model: str, slot: int) -> Place:
        """On its board."""
        return PLACES[model](self.board, slot)

    def turn(self) -> None:
        """By qtest."""
        assert self.qtest is not None
        self.qtest.turn()

    # What can be done.

    def cannot(self, stimulus: Stimulus, before: Words) -> str:
        """A UART leaves something to its successor, and the debugger's stub has a command of its own."""
        if stimulus.row not in ("device_add", "device_del"):
            return ""
        device = stimulus.argument("device")
        if stimulus.row == "device_add" and before[f"{device}.watch"] != "None":
            return "what fires for a UART that has gone may fire for the one in its place; the spec forgets it then"
        if before[f"{device}.model"] != "gdbstub":
            return ""
        if stimulus.row == "device_del":
            return "`gdbserver none` takes the chardev with it"
        if _is_used(stimulus.argument("id"), before):
            return "`gdbserver` aborts where its chardev is in use"
        return ""

    # What is seen.

    def _reset(self) -> None:
        super()._reset()
        self.position = self.seen

    def _trace(self) -> str:
        trace = self.folder / "trace"
        return trace.read_text("utf-8", "replace") if trace.exists() else ""

    def hear(self) -> Mapping[str, tuple[str, ...]]:
        """The virtio ports, by their numbers."""
        trace = self._trace()
        self.seen = len(trace)
        said = HEARD.findall(trace[self.position :])
        return {
            f"Device{slot}": tuple(EVENTS[event] for port, event in said if int(port) == slot + 1 and event in EVENTS)
            for slot, place in self.places.items()
            if isinstance(place, VirtSerialPort)
        }


def _is_used(name: str, before: Words) -> bool:
    chardev = before[f"{name}.chardev"]
    return before[f"{chardev}.kind"] != "mux" and before[f"{chardev}.frontend"] != "None"


def find(binary: str, limit: float = LIMIT) -> Program:
    """What a QEMU says of itself. Raises `CannotStart`."""
    with ExitStack() as stack:
        folder = stack.enter_context(own_folder())
        monitor = stack.enter_context(closing(Monitor(str(folder / "qmp"), Record(), limit)))
        process = Process([binary, "-M", "none", "-nodefaults", "-display", "none", "-qmp", "unix:qmp"], folder)
        stack.callback(process.end)
        try:
            version = monitor.accept(process.has_ended)
            return Program(binary, version, dict(_lacks(monitor)))
        except (Gone, Hangs) as error:
            raise CannotStart(f"{binary} can't be started: {process.said() or error}") from None


def _lacks(monitor: Monitor) -> Iterator[tuple[str, str]]:
    """The backends that can't be had: they are not listed, or are a module that is not there."""
    listed = {each["name"] for each in monitor.execute("query-chardev-backends")}
    if "hub" not in listed:
        yield "hub", "this QEMU has no hubs"
    try:
        monitor.execute("chardev-add", {"id": "id", "backend": {"type": "spicevmc", "data": {"type": "usbredir"}}})
    except Refused as error:
        yield "spicevmc", f"this QEMU has no SPICE: {error}"


def profile(version: str, known: Iterable[str]) -> str:
    """Of the known profiles, that of a version of QEMU, or else of the one before it. Raises ValueError."""
    profiles = {_parts(name): name for name in known if re.fullmatch(r"qemu-\d+\.\d+", name)}
    fitting = [parts for parts in profiles if parts <= _parts(version)]
    if not fitting:
        raise ValueError(f"there is no profile for QEMU {version}: {', '.join(profiles.values())}")
    return profiles[max(fitting)]


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))
