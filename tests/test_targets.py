"""A process that is held to the spec does what the spec's words say, a real QEMU and `hotswap serve` alike."""

from __future__ import annotations

import gc
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest

from hotswap.checker.conform.held import Held
from hotswap.checker.conform.stimulus import read
from hotswap.checker.conform.suspension import Suspension
from hotswap.checker.conform.target import Observation, Target
from hotswap.checker.targets.backends import backend
from hotswap.checker.targets.in_process import Impl
from hotswap.checker.targets.monitor import Refused
from hotswap.checker.targets.over_qmp import OverQmp
from hotswap.checker.targets.peers import Peers
from hotswap.checker.targets.place import Place
from hotswap.checker.targets.process import CannotStart, Process
from hotswap.checker.targets.qemu import Program, Qemu, find, profile
from hotswap.checker.targets.record import Record
from hotswap.checker.targets.serve import Serve
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.models import Model
from serving import until

LIMIT = 20.0
PLUG, UNPLUG = "Qmp0.device_add(device=Device0, id=Id0)", "Qmp0.device_del(device=Device0)"


def to(kind: Kind, *, base: str = "Id0") -> str:
    """Have another backend under the first name."""
    return f"Change0.find(id=Id0, kind={kind.name}, base={base})"


class Talk:
    """A conversation with a target, in which each stimulus brings what the spec says."""

    def __init__(self, held: Held, target: OverQmp) -> None:
        self.held, self.target = held, target
        assert held.begin() is None

    def __call__(self, *stimuli: str) -> Observation:
        """What is seen after the last of them."""
        for text in stimuli:
            stimulus = read(text)
            assert self.held.can(stimulus), f"{text}: {self.target.drives(stimulus, self.held.words) or 'not now'}"
            found = self.held.take(stimulus)
            assert found is None, f"{text}: {found.expected}, but {found.observed}\n" + "\n".join(found.log)
        return self.held.observation

    def drives(self, text: str) -> str:
        """Why it can't be done."""
        return self.target.drives(read(text), self.held.words)


Start = Callable[..., Talk]


@pytest.fixture(scope="session")
def program(qemu: str) -> Program:
    """What the installed QEMU says of itself."""
    return find(qemu)


def starts(make: Callable[[], OverQmp], name: str) -> Iterator[Start]:
    """Targets that behave as a profile does, and are ended."""
    made: list[OverQmp] = []

    def start(model: Model, *kinds: Kind, others: tuple[Kind, ...] = (), known: bool = True) -> Talk:
        setup = Setup((model,), kinds, others, ids=2 if others else 1, known=known)
        suspension = Suspension(CHARDEV, CHARDEV.profile(name), setup, timers="waited")
        # Every name that can have a chardev from the start has one, the first name of the first kind.
        words = {state: list(suspension.words(state).items()) for state in suspension.initial}
        first = ("Chardev0.kind", kinds[0].name)
        initial = max(words, key=lambda state: (str(words[state]).count("registered"), first in words[state]))
        made.append(make())
        return Talk(Held(suspension, made[-1], initial, LIMIT), made[-1])

    try:
        yield start
    finally:
        for target in made:
            target.stop()


@pytest.fixture
def on_qemu(program: Program) -> Iterator[Start]:
    """Real QEMUs."""
    yield from starts(lambda: Qemu(program, LIMIT), profile(program.version, [each.name for each in CHARDEV.profiles]))


@pytest.fixture
def on_serve() -> Iterator[Start]:
    """Processes of `hotswap serve`, as QEMU 10.0."""
    yield from starts(lambda: Serve("qemu-10.0", LIMIT), "qemu-10.0")


@pytest.fixture(params=[pytest.param("on_qemu", marks=pytest.mark.thorough), "on_serve"])
def start(request: pytest.FixtureRequest) -> Start:
    """Either."""
    found: Start = request.getfixturevalue(request.param)
    return found


# The backends.

ALIKE = {Kind.waiting: Kind.unix, Kind.reconnect: Kind.client}
ALONE = [kind for kind in Kind if not kind.stacks and kind not in (Kind.spicevmc, Kind.waiting)]


@pytest.mark.parametrize("kind", ALONE)
def test_every_backend_is_had_and_seen(start: Start, kind: Kind) -> None:
    """A backend that is put under a name is seen there, and whether it is connected, if it is a socket."""
    talk = start(Model.virtconsole, Kind.null, kind)

    seen = talk(to(kind)).state

    assert seen["Id0.backend"] == ALIKE.get(kind, kind).name
    assert seen["Yank0.listed"] == str(kind.yanks)
    assert seen.get("Id0.connected") == (str(kind is Kind.client) if kind.yanks else None)
    assert seen["Address0.reachable"] == str(kind is Kind.unix)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.stacks])
def test_what_is_on_top_of_another(start: Start, kind: Kind) -> None:
    """A mux or a hub is under its own name, and uses its base."""
    talk = start(Model.virtconsole, kind, others=(Kind.unix,))
    wanted = f"Change0.chardev_add(id=Id0, kind={kind.name}, base=Id1)"
    if not talk.held.can(read(wanted)):
        pytest.skip("this version has no hubs")

    seen = talk(wanted, "Qmp0.chardev_remove(id=Id1)")

    assert (seen.state["Id0.backend"], seen.state["Id1.backend"]) == (kind.name, "unix")
    assert seen.replies["Qmp0"] == "Chardev 'id1' is busy"


def test_spice_is_had_where_it_is(on_qemu: Start) -> None:
    """A SPICE channel is there, or it is said that it is not."""
    talk = on_qemu(Model.virtserialport, Kind.null, Kind.spicevmc)
    if why := talk.drives(to(Kind.spicevmc)):
        assert why.startswith("this QEMU has no SPICE: ")
        return

    assert talk(to(Kind.spicevmc)).state["Id0.backend"] == "spicevmc"


@pytest.mark.parametrize(
    ("kind", "circumstance"),
    [
        (Kind.file, "no such directory"),
        (Kind.file, "no file to read"),
        (Kind.pipe, "open fails"),
        (Kind.tty, "open fails"),
        (Kind.udp, "open fails"),
        (Kind.client, "connection refused"),
    ],
)
def test_what_is_missing_makes_a_command_fail(start: Start, kind: Kind, circumstance: str) -> None:
    """A backend that can't be opened leaves a device the one that it has, and a name without a device loses it."""
    talk = start(Model.serial, Kind.null, kind)

    hot = talk(PLUG, f"{to(kind)} [{circumstance}]")
    assert hot.replies["Change0"] and hot.state["Id0.backend"] == "null"

    easy = talk(UNPLUG, f"{to(kind)} [{circumstance}]")
    assert easy.replies["Change0"] and easy.state["Id0.exists"] == "False"


def test_a_file_is_emptied(start: Start) -> None:
    """What was in a file is gone when it is opened, also if the other file can't be read."""
    talk = start(Model.serial, Kind.null, Kind.file)

    assert talk(f"{to(Kind.file)} [no such directory]").state["File0.kept"] == "True"
    assert talk("Change0.chardev_add(id=Id0, kind=file, base=Id0) [no file to read]").state["File0.kept"] == "False"


def test_stdio_is_closed(start: Start) -> None:
    """Who takes another backend in place of stdio has no standard input and output any more."""
    talk = start(Model.virtconsole, Kind.null, Kind.stdio)

    before = talk(to(Kind.stdio)).state
    after = talk(to(Kind.null)).state

    assert (before["Terminal0.zero_closed"], before["Terminal0.one_closed"]) == ("False", "False")
    assert (after["Terminal0.zero_closed"], after["Terminal0.one_closed"]) == ("True", "True")


# The devices.


@pytest.mark.parametrize("model", [Model.virtconsole, Model.virtserialport, Model.serial])
def test_devices_are_plugged_and_unplugged(start: Start, model: Model) -> None:
    """A device has the only place at a chardev, and gives it back."""
    talk = start(model, Kind.ringbuf)

    seen = talk(PLUG, "Qmp0.chardev_remove(id=Id0)")
    assert seen.replies["Qmp0"] == "Chardev 'id0' is busy"

    assert talk(UNPLUG, "Qmp0.chardev_remove(id=Id0)").state["Id0.exists"] == "False"


def test_a_device_that_stays_is_still_seen(on_serve: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not let go of a device does not lose sight of it."""

    def unplug(self: Place) -> None:
        raise Refused("it stays")

    monkeypatch.setattr(Place, "unplug", unplug)
    talk = on_serve(Model.virtserialport, Kind.null)
    talk(PLUG)

    difference = talk.held.take(read(UNPLUG))

    assert difference is not None
    assert "reply of Qmp0: it stays" in difference.observed
    assert "Device0.waits" in talk.held.observation.state


@pytest.mark.parametrize("model", [Model.monitor, Model.rng_egd])
def test_devices_that_keep_their_chardev(on_qemu: Start, model: Model) -> None:
    """A device without a change handler comes and goes, and in between there is no swap."""
    talk = on_qemu(model, Kind.null, Kind.ringbuf)

    assert talk(PLUG, to(Kind.ringbuf)).replies["Change0"] == "Chardev user does not support chardev hotswap"
    assert talk(UNPLUG, to(Kind.ringbuf)).state["Id0.backend"] == "ringbuf"


def test_what_a_uart_leaves_to_its_successor(on_qemu: Start) -> None:
    """No UART is plugged where one has left its watch: whether that finds it in the old one's memory, nobody knows."""
    talk = on_qemu(Model.serial, Kind.null, Kind.pipe)
    talk(PLUG, to(Kind.pipe), "Chardev1.peer_stalls", "Device0.guest_writes", UNPLUG)

    assert talk.held.hinders(read(PLUG)).startswith("what fires for a UART that has gone")


def test_a_debugger_stops_the_machine(on_qemu: Start) -> None:
    """The debugger's stub stops the machine when somebody connects, and can't be unplugged without its chardev."""
    talk = on_qemu(Model.gdbstub, Kind.unix)

    assert talk(PLUG).state["Vm0.state"] == "running"
    assert talk("Chardev0.peer_connects").state["Vm0.state"] == "stopped"
    assert talk("Qmp0.cont").state["Vm0.state"] == "running"
    assert talk.drives(UNPLUG) == "`gdbserver none` takes the chardev with it"


def test_the_driver_is_asked_for(on_qemu: Start) -> None:
    """A source of random numbers says which chardev it has."""
    talk = on_qemu(Model.rng_egd, Kind.null)

    assert talk(PLUG, "Device0.use_driver").replies == {}


def test_the_guest_opens_a_port(start: Start) -> None:
    """A port's frontend is open while the guest has it open."""
    talk = start(Model.virtserialport, Kind.null)

    assert talk(PLUG).state["Id0.frontend_open"] == "False"
    assert talk("Device0.guest_connects(opened=True)").state["Id0.frontend_open"] == "True"
    assert talk("Device0.guest_connects(opened=False)").state["Id0.frontend_open"] == "False"


def test_a_stopped_port_is_not_swapped(start: Start) -> None:
    """While the machine is stopped a port has no handlers."""
    talk = start(Model.virtserialport, Kind.null, Kind.ringbuf)

    stopped = talk(PLUG, "Qmp0.stop", to(Kind.ringbuf))
    assert stopped.state["Vm0.state"] == "stopped"
    assert stopped.replies["Change0"] == "Chardev user does not support chardev hotswap"

    assert talk("Qmp0.cont", to(Kind.ringbuf)).replies["Change0"] == ""


def test_what_a_port_hears(on_qemu: Start) -> None:
    """The events of a port are those of the trace, from one stimulus to the next."""
    talk = on_qemu(Model.virtserialport, Kind.null, Kind.ringbuf)

    assert talk(PLUG).heard == {"Device0": ()}
    assert talk(to(Kind.ringbuf)).heard == {"Device0": ("opened",)}
    assert talk("Qmp0.chardev_send_break(id=Id0)").heard == {"Device0": ("break_",)}
    assert talk(to(Kind.null)).heard == {"Device0": ("closed",)}


def test_what_a_port_hears_between_two_stimuli(on_qemu: Start) -> None:
    """What comes after it was looked is heard with the next stimulus."""
    talk = on_qemu(Model.virtserialport, Kind.ringbuf)
    talk(PLUG)
    assert talk.target.monitor is not None
    talk.target.monitor.execute("chardev-send-break", {"id": "id0"})

    difference = talk.held.take(read("Qmp0.chardev_remove(id=Id0)"))

    assert difference is not None
    assert difference.observed == ("Device0 hears: break_",)


# Those at the other ends.


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (Model.virtserialport, Kind.unix),
        (Model.virtserialport, Kind.tcp),
        (Model.virtserialport, Kind.client),
        (Model.virtserialport, Kind.pipe),
        (Model.virtserialport, Kind.pty),
        (Model.serial, Kind.unix),
        (Model.serial, Kind.client),
        (Model.serial, Kind.pipe),
        (Model.serial, Kind.pty),
    ],
)
def test_a_peer_stops_reading_and_reads_again(start: Start, model: Model, kind: Kind) -> None:
    """A device waits while its peer does not read, and goes on when he does."""
    talk = start(model, Kind.null, kind)
    comes = ["Chardev1.peer_connects"] if kind.accepts else []
    talk(PLUG, to(kind), *comes, "Chardev1.peer_stalls")

    assert talk("Device0.guest_writes").state["Device0.waits"] == "True"
    assert talk("Chardev1.peer_drains").state["Device0.waits"] == "False"
    assert talk("Chardev1.peer_stalls", "Device0.guest_writes").state["Device0.waits"] == "True"


@pytest.mark.parametrize("kind", [Kind.unix, Kind.tcp])
def test_a_peer_comes_and_goes(start: Start, kind: Kind) -> None:
    """A listener has a connection for as long as its peer stays, and a port believes so too."""
    talk = start(Model.virtserialport, kind)

    for _ in range(2):
        here = talk(*([PLUG] if not talk.target.plugged else []), "Chardev0.peer_connects").state
        assert (here["Id0.connected"], here["Device0.host_connected"]) == ("True", "True")

        gone = talk("Chardev0.peer_leaves").state
        assert (gone["Id0.connected"], gone["Device0.host_connected"]) == ("False", "False")


def test_a_pty_is_asked_once_a_second(start: Start) -> None:
    """Who opens the other end of a pty is there when it has asked, and can go and come again."""
    talk = start(Model.serial, Kind.pty)
    talk(PLUG, "Chardev0.peer_connects", "Chardev0.peer_leaves", "Chardev0.peer_connects", "Chardev0.peer_stalls")

    assert talk("Device0.guest_writes").state["Device0.waits"] == "True"


def test_a_yank_breaks_a_connection(start: Start) -> None:
    """A socket that was yanked has no connection any more."""
    talk = start(Model.virtconsole, Kind.unix)

    assert talk("Chardev0.peer_connects").state["Id0.connected"] == "True"
    assert talk("Yank0.yank").state["Id0.connected"] == "False"


def test_a_write_in_vain(start: Start) -> None:
    """A port that has not heard that its peer has gone writes, and is throttled."""
    talk = start(Model.virtserialport, Kind.unix)
    talk(PLUG, "Device0.guest_connects(opened=True)", "Chardev0.peer_connects")
    talk("Qmp0.stop", "Chardev0.peer_leaves", "Qmp0.cont")

    assert talk("Device0.guest_writes_in_vain").state["Device0.waits"] == "True"


def test_the_escape_is_typed(start: Start) -> None:
    """Whoever is at the other end of a mux's base types what moves its focus."""
    talk = start(Model.serial, Kind.mux, others=(Kind.unix,))
    talk("Chardev0.peer_connects", "Change0.chardev_add(id=Id0, kind=mux, base=Id1)", PLUG)

    assert talk("Chardev1.escape").died == ""


def test_a_command_waits_for_a_client(start: Start) -> None:
    """Until the client comes nothing is answered and nothing is seen, and nobody has to wait for that."""
    talk = start(Model.virtconsole, Kind.null, Kind.waiting)

    assert talk(to(Kind.waiting)) == Observation({})
    came = talk("Chardev0.peer_connects")
    assert (came.replies, came.state["Id0.connected"]) == ({"Change0": ""}, "True")


def test_a_client_is_held_until_it_is_answered(start: Start) -> None:
    """A client that connects in the background is connected when it is let in, and tries again when it is not."""
    talk = start(Model.virtconsole, Kind.reconnect)

    assert talk("Connect0.answered").state["Id0.connected"] == "False"
    assert talk("Connect0.answered [connected]").state["Id0.connected"] == "True"
    assert talk("Chardev0.peer_leaves").state["Id0.connected"] == "False"
    assert talk("Connect0.answered [connected]").state["Id0.connected"] == "True"


# What can't be had, and what goes wrong.


@pytest.mark.parametrize(
    ("model", "kind", "stimulus", "why"),
    [
        (Model.refuser, Kind.null, PLUG, "no device of QEMU's refuses"),
        (Model.sifive, Kind.null, PLUG, "only RISC-V machines have a SiFive UART"),
        (Model.htif, Kind.null, PLUG, "only RISC-V machines have an HTIF console"),
        (Model.serial, Kind.null, "Change0.wait", "that a command waits for its turn is seen by nobody"),
    ],
)
def test_what_can_not_be_had_is_said(on_qemu: Start, model: Model, kind: Kind, stimulus: str, why: str) -> None:
    """Each thing that a real QEMU can't be moved to has its reason."""
    assert on_qemu(model, kind).drives(stimulus) == why


def test_a_crash_is_seen(start: Start) -> None:
    """A process that aborts has died, with the signal and its last words, and that is no error of who looks."""
    talk = start(Model.virtconsole, Kind.reconnect, Kind.unix, Kind.null)

    died = talk(PLUG, to(Kind.unix), to(Kind.null)).died

    assert died.startswith("SIGABRT: ")
    assert talk.target.observe().died == died


def test_a_process_that_is_killed_has_not_crashed(start: Start) -> None:
    """Where the spec has a crash, another end is a difference."""
    talk = start(Model.virtconsole, Kind.reconnect, Kind.unix, Kind.null)
    talk(PLUG, to(Kind.unix))
    assert talk.target.process is not None
    os.kill(talk.target.process.pid, signal.SIGKILL)

    difference = talk.held.take(read(to(Kind.null)))

    assert difference is not None
    assert (difference.expected, difference.observed) == (("dies: no-failed-assertion",), ("dies: SIGKILL",))


def test_a_process_that_hangs_has_not_died(start: Start) -> None:
    """Whoever does not answer differs, whatever is done to it, and even where the spec has a crash."""
    talk = start(Model.virtconsole, Kind.reconnect, Kind.unix, Kind.null)
    talk(PLUG, to(Kind.unix))
    before = talk.held.states
    assert talk.target.process is not None and talk.target.monitor is not None
    os.kill(talk.target.process.pid, signal.SIGSTOP)
    talk.target.monitor.limit = 0.5

    for stimulus in ("Chardev1.peer_connects", to(Kind.null)):
        difference = talk.held.take(read(stimulus))
        assert difference is not None
        assert difference.observed == ("hangs: there is no answer within 0.5 s",)
        talk.held.states = before


def test_a_timer_that_never_runs_out(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not try again, where the spec says that it does, is a difference."""
    talk = start(Model.virtconsole, Kind.reconnect)
    assert talk.target.monitor is not None
    talk.target.monitor.limit = talk.held.limit = 0.5
    monkeypatch.setattr(Process, "connects", lambda self: False)

    difference = talk.held.take(read("Connect0.answered"))

    assert difference is not None
    assert difference.observed == ("Chardev0.reconnect: has not run out",)


def test_a_hang_is_seen(program: Program) -> None:
    """A process that does not answer in time shows nothing, and is ended all the same."""
    target = Qemu(program, limit=0.5)
    try:
        target.start(INITIAL)
        assert target.process is not None
        os.kill(target.process.pid, signal.SIGSTOP)

        target.do(read("Qmp0.chardev_remove(id=Id0)"), INITIAL)

        assert target.observe().hangs == "there is no answer within 0.5 s"
    finally:
        target.stop()


INITIAL = {
    "Id0.backends": "{null}",
    "Id0.chardev": "Chardev0",
    "Chardev0.kind": "null",
    "Device0.model": "virtconsole",
}


@pytest.mark.parametrize("serves", [False, True])
def test_nothing_is_left(place: Path, program: Program, serves: bool) -> None:
    """A target that was stopped has no process and no files, and knows what was said."""
    target = Serve("repaired") if serves else Qemu(program)
    target.start(INITIAL)
    target.do(read("Qmp0.chardev_send_break(id=Id0)"), INITIAL)
    assert target.process is not None
    pid = target.process.pid
    assert len(list(place.iterdir())) == 1

    target.stop()

    assert not os.path.exists(f"/proc/{pid}")
    assert list(place.iterdir()) == []
    lines = target.log()
    at = lines.index("# Qmp0.chardev_send_break(id=Id0)")
    assert lines[at + 1].startswith('-> {"execute": "chardev-send-break"')
    assert lines[at + 2].startswith('<- {"return": {}')


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are: far below, at a path with a comma, which QEMU's options are separated by."""
    place = tmp_path / "a,b" / ("c" * 100)
    place.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_a_folder_far_below(place: Path, start: Start) -> None:
    """Wherever temporary files are, a target and its peers find each other's sockets."""
    talk = start(Model.virtconsole, Kind.null, Kind.unix, Kind.client)

    assert talk(to(Kind.client)).state["Id0.connected"] == "True"
    talk(to(Kind.unix), "Chardev0.peer_connects")
    assert len(list(place.glob("hotswap-*/id0.sock"))) == 1


def test_what_is_interrupted_is_undone(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Ctrl-C while a target is stopped leaves no process and no files, and nobody complains of that."""
    target = Serve("repaired")
    target.start(INITIAL)
    assert target.process is not None and target.monitor is not None
    pid, descriptors = target.process.pid, len(os.listdir("/proc/self/fd"))

    loop = target.monitor._loop

    async def interrupted() -> None:
        monkeypatch.undo()
        loop.call_soon(loop.stop)  # as the last call does if Ctrl-C comes when it is done
        raise KeyboardInterrupt

    monkeypatch.setattr(target.monitor._client, "disconnect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        target.stop()
    del target
    gc.collect()

    assert not os.path.exists(f"/proc/{pid}")
    assert list(place.iterdir()) == []
    assert caplog.records == []
    assert len(os.listdir("/proc/self/fd")) < descriptors


@pytest.mark.parametrize("target", [Serve("repaired"), Impl(CHARDEV.profile("repaired"))], ids=["serve", "impl"])
def test_what_was_not_started_can_be_stopped(target: Target) -> None:
    """Stopping is no error of its own where starting was one."""
    target.stop()


class ByAShell(Serve):
    """Started by a script that waits for its end, as a wrapper does that sets up an environment."""

    def command(self) -> Sequence[str]:
        """The script does not `exec`."""
        return ["sh", "-c", '"$@"; exit $?', "sh", *super().command()]


def test_a_script_that_starts_it() -> None:
    """What is watched is the process whose monitor it is, and what is ended is all that was started."""
    target = ByAShell("repaired")
    try:
        target.start(INITIAL)
        assert target.process is not None
        pid = target.process.pid
        assert Path(f"/proc/{pid}/cmdline").read_bytes().startswith(os.fsencode(sys.executable))

        os.kill(pid, signal.SIGABRT)
        target.do(read("Qmp0.stop"), INITIAL)
        assert target.died.startswith("SIGABRT")
    finally:
        target.stop()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="what a process waits in is known on x86-64 only")
def test_an_interrupted_poll_is_still_waited_in(tmp_path: Path) -> None:
    """Who waits for one thing only does so after he was stopped, too, though the kernel calls that something else."""
    process = Process([sys.executable, "-c", "import select; select.poll().poll()"], tmp_path)
    try:
        until(lambda: process.waits_in() == "poll")
        before = Path(f"/proc/{process.pid}/syscall").read_text("ascii").split()[0]

        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        os.kill(process.pid, signal.SIGCONT)

        until(lambda: Path(f"/proc/{process.pid}/syscall").read_text("ascii").split()[0] not in (before, "running"))
        assert process.waits_in() == "poll"
    finally:
        process.end()


def test_a_script_that_leaves_it_behind(tmp_path: Path) -> None:
    """What was started in turn is ended also when who started it has ended before."""
    process = Process(["sh", "-c", "sleep 60 & echo $!"], tmp_path)
    assert process.how(LIMIT) == "exit code 0"
    left = os.pidfd_open(int((tmp_path / "stdout").read_text("ascii")))

    process.end()

    ended, _, _ = select.select([left], [], [], LIMIT)
    os.close(left)
    assert ended


def test_a_process_has_a_session_of_its_own(tmp_path: Path) -> None:
    """Ctrl-C at the terminal of whoever started it is not meant for it."""
    process = Process(["sleep", "60"], tmp_path)
    try:
        assert os.getsid(process.pid) == process.pid
    finally:
        process.end()


def test_who_was_there_before_is_gone(start: Start) -> None:
    """Of connections that were broken no end is kept open."""
    talk = start(Model.virtconsole, Kind.unix)
    again = ["Chardev0.peer_connects", "Yank0.yank"]
    talk(*again)
    descriptors = len(os.listdir("/proc/self/fd"))

    talk(*again, *again)

    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_who_can_not_connect_is_gone(tmp_path: Path) -> None:
    """Where nobody listens no descriptor is left, and a port that is kept for a chardev is given to nobody else."""
    with closing(Peers(tmp_path, "id0", frozenset(), LIMIT, Record())) as peers:
        descriptors = len(os.listdir("/proc/self/fd"))
        for kind in ("unix", "tcp"):
            with pytest.raises(OSError, match=r"refused|No such file"):
                peers.connects(kind)
        assert len(os.listdir("/proc/self/fd")) == descriptors

        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", peers.port))


def test_no_name_server_is_asked(tmp_path: Path) -> None:
    """Each host that a chardev is told to connect to is an address, also where that is to fail."""
    with closing(Peers(tmp_path, "id0", frozenset(), LIMIT, Record())) as peers:
        for circumstances in ((), ("open fails",)):
            made = backend("udp", peers, peers, circumstances)
            ip_address(made["data"]["remote"]["data"]["host"])


def test_a_process_ends_with_who_started_it(tmp_path: Path) -> None:
    """Whoever is killed leaves no process behind."""
    program = f"""
import time, pathlib
from hotswap.checker.targets.process import Process
process = Process(["sleep", "60"], pathlib.Path({str(tmp_path)!r}))
print(process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        running = os.pidfd_open(pid)
        starter.kill()
    ended, _, _ = select.select([running], [], [], LIMIT)
    os.close(running)
    assert ended


@pytest.mark.parametrize(
    ("binary", "said"),
    [("no-such-qemu", "No such file or directory"), ("true", "it has ended before it could be talked to")],
)
def test_a_binary_that_is_no_qemu(binary: str, said: str) -> None:
    """What can't be started, or ends at once, is named, with the reason."""
    with pytest.raises(CannotStart) as caught:
        find(binary)

    assert str(caught.value) == f"{binary} can't be started: {said}"


@pytest.mark.parametrize(
    ("version", "name"),
    [("7.2.22", "qemu-7.2"), ("10.0.2", "qemu-10.0"), ("9.2.4", "qemu-7.2"), ("11.0.50", "qemu-10.0")],
)
def test_the_profile_of_a_version(version: str, name: str) -> None:
    """A version has its own profile, or that of the last one before it that is known."""
    assert profile(version, ["repaired", "qemu-2.10", "qemu-7.2", "qemu-10.0"]) == name


def test_a_version_that_is_too_old() -> None:
    """Before the first version that is known there is no profile."""
    with pytest.raises(ValueError, match=r"no profile for QEMU 2\.9\.1: qemu-2\.10"):
        profile("2.9.1", ["qemu-2.10"])
