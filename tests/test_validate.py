"""`hotswap validate`: what the spec says of a recorded conversation, and what it says of a file that is none."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hotswap.checker.cli import main
from hotswap.checker.conform.recording import read
from hotswap.checker.conform.validate import Progress, Validation, validate
from hotswap.checker.scopes import read_scope
from hotswap.checker.targets.monitor import Monitor, Refused
from hotswap.checker.targets.record import Record as Run
from hotswap.spec import CHARDEV
from serving import LIMIT, command

JSON = dict[str, Any]
PROFILES = ("qemu-7.2", "qemu-10.0", "repaired")
NULL: JSON = {"type": "null", "data": {}}
MISSING: JSON = {"type": "file", "data": {"out": "/missing/file"}}
DONE: JSON = {"return": {}}


def listener(path: str, **data: object) -> JSON:
    """A socket that listens."""
    return {"type": "socket", "data": {"addr": {"type": "unix", "data": {"path": path}}, "wait": False, **data}}


def said(name: str, **arguments: object) -> JSON:
    """A command."""
    return {"execute": name, "arguments": arguments} if arguments else {"execute": name}


def refused(text: str) -> JSON:
    """An error."""
    return {"error": {"class": "GenericError", "desc": text}}


def listed(**filenames: str) -> JSON:
    """What `query-chardev` answers, of what is closed at the guest's end."""
    return {"return": [{"label": name, "filename": each} for name, each in filenames.items()]}


def log(*objects: JSON) -> str:
    """A file of the plain form, an object a line."""
    marks = ["->" if {"execute", "exec-oob"} & each.keys() else "<-" for each in objects]
    return "".join(f"{mark} {json.dumps(each)}\n" for mark, each in zip(marks, objects, strict=True))


Check = Callable[..., Validation]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Hold a conversation to a profile."""

    def check(*objects: JSON, profile: str = "qemu-7.2", most: int = 0) -> Validation:
        file = tmp_path / "log"
        file.write_text(log(*objects))
        return validate(
            CHARDEV, CHARDEV.profile(profile), read(str(file)), lambda text: read_scope(CHARDEV, text)[0], most
        )

    return check


def line(found: Validation) -> int | None:
    """The one that is not allowed."""
    return found.disallowed.line if found.disallowed is not None else None


# -- records of implementations --------------------------------------------------------------------------------------


class Transcript(Run):
    """What is said, also by who only looks."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def sent(self, message: Mapping[str, object]) -> None:
        """To the monitor."""
        self.lines.append(f"-> {json.dumps(dict(message))}")

    def received(self, message: Mapping[str, object]) -> None:
        """From the monitor."""
        self.lines.append(f"<- {json.dumps(dict(message))}")


class Recorded:
    """A process with a monitor, whose client writes down what is said."""

    def __init__(self, folder: Path, start: Callable[[str], Sequence[str]]) -> None:
        self.folder, self.record = folder, Transcript()
        self.monitor = Monitor(str(folder / "qmp"), self.record, LIMIT)
        self.process = subprocess.Popen(start(f"unix:{folder}/qmp"), stderr=subprocess.DEVNULL)
        self.monitor.accept(lambda: self.process.poll() is not None)

    def ask(self, name: str, **arguments: object) -> Any:
        """A command: what is returned, or the text of the error."""
        try:
            return self.monitor.execute(name, arguments)
        except Refused as error:
            return str(error)

    def converse(self) -> None:
        """A conversation in which much is refused."""
        path = str(self.folder / "listener")
        self.ask("chardev-add", id="c", backend=NULL)
        self.ask("chardev-add", id="c", backend=NULL)
        self.ask("chardev-change", id="c", backend={"type": "no such", "data": {}})
        self.ask("query-chardev")
        self.ask("device_add", driver="virtserialport", id="d", chardev="c")
        self.ask("device_add", driver="virtserialport", id="e", chardev="c")
        self.ask("chardev-remove", id="c")
        self.ask("chardev-change", id="c", backend=MISSING)
        self.ask("chardev-change", id="c", backend=listener(path))
        self.ask("query-chardev")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(path)
            while "disconnected" in self.listed()["c"]:
                pass
            self.ask("query-yank")
        self.ask("stop")
        self.ask("chardev-change", id="c", backend=NULL)
        self.ask("query-status")
        self.ask("cont")
        self.ask("chardev-send-break", id="c")
        self.ask("device_del", id="d")
        self.monitor.event("DEVICE_DELETED", device="d")
        self.ask("chardev-change", id="c", backend=MISSING)
        self.ask("query-chardev")
        self.ask("chardev-remove", id="c")
        self.ask("chardev-remove", id="c")

    def listed(self) -> dict[str, str]:
        """What `query-chardev` says."""
        return {each["label"]: each["filename"] for each in self.ask("query-chardev")}

    def file(self) -> str:
        """The record."""
        path = self.folder / "record"
        path.write_text("".join(f"{line}\n" for line in self.record.lines))
        return str(path)

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        with suppress(OSError):
            self.monitor.close()


Record = Callable[[Callable[[str], Sequence[str]]], Recorded]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """Start what is to be recorded."""
    started: list[Recorded] = []

    def start(command: Callable[[str], Sequence[str]]) -> Recorded:
        started.append(Recorded(tmp_path, command))
        return started[-1]

    yield start
    for each in started:
        each.end()


def serves(profile: str) -> Callable[[str], Sequence[str]]:
    """The layer, as a profile has it."""
    return lambda qmp: command("--profile", profile, "-qmp", qmp, "-device", "virtio-serial-pci")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_layer_does(record: Record, profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What `hotswap serve` does is allowed in its profile."""
    recorded = record(serves(profile))
    recorded.converse()

    assert main(["validate", recorded.file(), "--profile", profile]) == 0
    assert "the spec allows it" in capsys.readouterr().out


@pytest.mark.parametrize(("does", "not_in"), [("qemu-7.2", "repaired"), ("repaired", "qemu-7.2")])
def test_what_versions_do_otherwise(record: Record, does: str, not_in: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where they differ, a record of one is not allowed in the other."""
    recorded = record(serves(does))
    recorded.converse()

    assert main(["validate", recorded.file(), "--profile", not_in]) == 1
    assert f"{recorded.file()}:" in capsys.readouterr().out


def test_what_qemu_does(record: Record, qemu: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a real QEMU does is allowed in the profile of the version that it greets with."""
    machine = [qemu, "-M", "pc", "-m", "16", "-nodefaults", "-display", "none", "-device", "virtio-serial-pci"]
    recorded = record(lambda qmp: [*machine, "-qmp", qmp])
    recorded.converse()

    assert main(["validate", recorded.file()]) == 0
    assert "held to profile qemu-" in capsys.readouterr().out


# -- what is allowed, and what is not --------------------------------------------------------------------------------

ALONE = (said("chardev-add", id="c", backend=NULL), DONE)
PLUGGED = (*ALONE, said("device_add", driver="pci-serial", id="d", chardev="c"), DONE)
FAILED = refused("Failed to add chardev 'c': Could not open '/missing/file': No such file or directory")


@pytest.mark.parametrize(
    ("before", "command", "right", "wrong", "expected"),
    [
        (ALONE, said("chardev-remove", id="c"), DONE, refused("Chardev 'c' is busy"), DONE),
        (PLUGGED, said("chardev-remove", id="c"), refused("Chardev 'c' is busy"), DONE, refused("Chardev 'c' is busy")),
        (ALONE, said("chardev-change", id="c", backend=NULL), DONE, refused("Chardev 'c' does not exist"), DONE),
        (
            ALONE,
            said("chardev-add", id="c", backend=NULL),
            refused("Chardev with id 'c' already exists"),
            DONE,
            refused("Chardev with id 'c' already exists"),
        ),
        (
            ALONE,
            said("chardev-send-break", id="x"),
            refused("Chardev 'x' not found"),
            refused("Chardev 'x' is busy"),
            DONE,
        ),
        (
            PLUGGED,
            said("device_add", driver="pci-serial", id="e", chardev="c"),
            refused("Property 'serial.chardev' can't take value 'c': Device 'c' is in use"),
            DONE,
            refused("Device 'c' is in use"),
        ),
        (
            (*ALONE, said("query-chardev"), listed(c="null")),
            said("device_add", driver="usb-serial", id="e", chardev="x"),
            refused("Property 'usb-serial.chardev' can't find value 'x'"),
            refused("Property 'usb-serial.chardev' can't take value 'x': Device 'x' is in use"),
            refused("Property 'usb-serial.chardev' can't find value 'x'"),
        ),
        (ALONE, said("query-chardev"), listed(c="null"), listed(), None),
        (ALONE, said("query-chardev"), listed(c="null"), listed(c="ringbuf"), None),
        (ALONE, said("query-yank"), {"return": []}, {"return": [{"type": "chardev", "id": "c"}]}, None),
        (ALONE, said("yank", instances=[{"type": "chardev", "id": "c"}]), refused("not found"), DONE, None),
    ],
)  # fmt: skip
def test_an_answer(
    check: Check, before: tuple[JSON, ...], command: JSON, right: JSON, wrong: JSON, expected: JSON | None
) -> None:
    """The answer that a command has is allowed, and no other; then it is said which would be."""
    assert check(*before, command, right).disallowed is None

    found = check(*before, command, wrong)

    assert line(found) == len(before) + 2
    assert found.disallowed is not None
    assert expected is None or json.dumps(expected) in found.disallowed.expected


@pytest.mark.parametrize(("after", "profile"), [(listed(), "qemu-7.2"), (listed(c="null"), "repaired")])
def test_a_change_that_fails(check: Check, after: JSON, profile: str) -> None:
    """In QEMU a chardev that nobody uses is gone after a change that has failed; in `repaired` it is kept."""
    record = (*ALONE, said("chardev-change", id="c", backend=MISSING), FAILED, said("query-chardev"), after)

    assert [each for each in ("qemu-7.2", "repaired") if check(*record, profile=each).disallowed is None] == [profile]


@pytest.mark.parametrize("driver", ["usb-serial", "isa-parallel", "ccid-card-passthru"])
def test_a_device_without_a_handler(check: Check, driver: str) -> None:
    """It keeps its chardev."""
    plugged = (*ALONE, said("device_add", driver=driver, id="d", chardev="c"), DONE)
    change = said("chardev-change", id="c", backend=NULL)
    refusal = refused("Chardev user does not support chardev hotswap")

    assert check(*plugged, change, refusal).disallowed is None
    assert line(check(*plugged, change, DONE)) == 6


# -- what is not in the file -----------------------------------------------------------------------------------------


def test_peers_come_and_go(check: Check) -> None:
    """Somebody may connect to a listener between any two lines, and leave; to nothing else."""
    record = (said("chardev-add", id="c", backend=listener("/a")), DONE)
    connected = (said("query-chardev"), listed(c="unix:/a,server=on"))
    alone = (said("query-chardev"), listed(c="disconnected:unix:/a,server=on"))

    assert check(*record, *alone, *connected, *alone, *connected).disallowed is None
    assert line(check(*ALONE, *connected)) == 4


def test_a_path_that_is_taken_over(check: Check) -> None:
    """In QEMU who takes over a path can soon be reached no more; who listens at another one can, again and again."""
    first = (said("chardev-add", id="c", backend=listener("/a")), DONE)
    plugged = (*first, said("device_add", driver="pci-serial", id="d", chardev="c"), DONE)
    seen = (said("query-chardev"), listed(c="unix:/a,server=on"))
    alone = (said("query-chardev"), listed(c="disconnected:unix:/a,server=on"))
    same, other = ((said("chardev-change", id="c", backend=listener(path)), DONE) for path in ("/a", "/b"))

    assert line(check(*plugged, *same, *seen, *alone, *seen)) == 12
    assert check(*plugged, *same, *seen, *alone, *seen, profile="repaired").disallowed is None
    assert check(*plugged, *other, *seen, *alone, *seen).disallowed is None


def test_what_was_there_before(check: Check) -> None:
    """A chardev that the file has not added may be there, and be used by a device that stays."""
    change, busy = said("chardev-change", id="c", backend=NULL), refused("Chardev 'c' is busy")
    remove = said("chardev-remove", id="c")

    for answer in (
        DONE,
        refused("Chardev 'c' does not exist"),
        refused("Chardev user does not support chardev hotswap"),
    ):
        assert check(change, answer).disallowed is None
    assert check(remove, busy, change, DONE, remove, busy).disallowed is None
    assert line(check(remove, busy, change, DONE, remove, DONE)) == 6
    assert line(check(change, refused("Chardev 'c' does not exist"), remove, DONE)) == 4


@pytest.mark.thorough
def test_a_mux_that_was_there_before(check: Check) -> None:
    """Nobody has said on what it is: that may be whatever is busy, until the mux is removed."""
    seen = (said("query-chardev"), listed(m="mux", c="null"))
    remove, busy = said("chardev-remove", id="c"), refused("Chardev 'c' is busy")
    change = (said("chardev-change", id="m", backend=NULL), refused("Mux device hotswap not supported yet"))

    assert check(*seen, *change, remove, busy).disallowed is None
    assert line(check(*seen, *change, remove, DONE, remove, busy)) == 8
    gone = (said("chardev-remove", id="m"), DONE)
    assert check(*seen, remove, busy, *gone, remove, DONE, profile="qemu-10.0").disallowed is None
    assert line(check(*seen, remove, busy, *gone, remove, DONE)) == 6


def test_a_guest_lets_go_when_it_will(check: Check) -> None:
    """A device goes some time after `device_del`, and not later than `DEVICE_DELETED`."""
    asked = (*PLUGGED, said("device_del", id="d"), DONE)
    gone: JSON = {"event": "DEVICE_DELETED", "data": {"device": "d", "path": "/machine/peripheral/d"}}
    remove, busy = said("chardev-remove", id="c"), refused("Chardev 'c' is busy")

    assert check(*asked, remove, busy, remove, DONE).disallowed is None
    assert check(*asked, gone, remove, DONE).disallowed is None
    assert line(check(*asked, gone, remove, busy)) == 9
    assert line(check(*PLUGGED, remove, DONE)) == 6
    assert check(*PLUGGED, gone, remove, DONE).disallowed is None


def test_a_device_that_was_there_before(check: Check) -> None:
    """It goes when it is deleted, whether it was asked for or not."""
    remove, busy = said("chardev-remove", id="c"), refused("Chardev 'c' is busy")
    gone: JSON = {"event": "DEVICE_DELETED", "data": {"path": "/machine/peripheral-anon/device[1]"}}

    assert check(remove, busy, said("device_del", id="x"), DONE, remove, DONE).disallowed is None
    assert check(remove, busy, gone, remove, DONE).disallowed is None
    assert line(check(remove, busy, remove, DONE)) == 4


def test_a_machine_that_is_stopped(check: Check) -> None:
    """In QEMU a virtio port can't be swapped then, whoever has stopped the machine."""
    plugged = (*ALONE, said("device_add", driver="virtconsole", id="d", chardev="c"), DONE)
    change = said("chardev-change", id="c", backend=NULL)
    no = refused("Chardev user does not support chardev hotswap")

    assert line(check(*plugged, change, no)) == 6
    assert check(*plugged, said("stop"), DONE, change, no, said("cont"), DONE, change, DONE).disallowed is None
    assert line(check(*plugged, said("stop"), DONE, change, DONE)) == 8
    assert check(*plugged, {"event": "STOP"}, change, no).disallowed is None


def test_a_machine_that_is_seen_to_be_stopped(check: Check) -> None:
    """Who is asked and says that it is stopped is as one who was told to: a port of it is not swapped."""
    plugged = (
        *(said("chardev-add", id="c", backend=NULL), DONE),
        *(said("device_add", driver="virtserialport", id="d", chardev="c"), DONE),
    )
    swap = (said("chardev-change", id="c", backend=NULL), DONE)
    asked = (said("query-status"), {"return": {"running": False, "status": "paused"}})

    assert line(check(*plugged, *swap)) is None
    assert line(check(*plugged, said("stop"), DONE, *swap)) == 8
    assert line(check(*plugged, *asked, *swap)) == 8


def test_a_backend_that_the_host_refuses(check: Check) -> None:
    """What the spec leaves out, a folder that is missing, can keep a listener from being made."""
    add = said("chardev-add", id="c", backend=listener("/missing/a"))
    text = "Failed to bind socket to /missing/a: No such file or directory"

    assert check(add, refused(text), said("query-chardev"), listed()).disallowed is None


def test_a_command_that_waits(check: Check) -> None:
    """A listener that waits for its peer holds up what comes in band, and not a yank out of band."""
    add = {**said("chardev-add", id="c", backend=listener("/a", wait=True)), "id": 1}
    yank: JSON = {"exec-oob": "yank", "arguments": {"instances": [{"type": "chardev", "id": "c"}]}, "id": 2}
    query = {**said("query-chardev"), "id": 3}
    answers = ({**DONE, "id": 2}, {**DONE, "id": 1}, {**listed(c="unix:/a,server=on"), "id": 3})

    assert check(add, yank, query, *answers).disallowed is None
    assert check(add).disallowed is None


def test_a_death(check: Check) -> None:
    """Where the spec has QEMU abort no answer is allowed, and none is needed."""
    hub = said("chardev-add", id="h", backend={"type": "hub", "data": {"chardevs": ["c"]}})
    record = (*ALONE, hub, DONE, said("chardev-send-break", id="h"))

    found = check(*record, DONE, profile="qemu-10.0")

    assert check(*record, profile="qemu-10.0").disallowed is None
    assert found.disallowed is not None
    assert found.disallowed.expected == ("no answer: it ends there, by which no-failed-assertion is violated",)
    assert check(*record, DONE, profile="repaired").disallowed is None


# -- how a conversation is taken apart -------------------------------------------------------------------------------


def test_each_part_has_its_own_configuration(check: Check) -> None:
    """Chardevs that have nothing to do with one another are held to the spec apart."""
    mux = said("chardev-add", id="m", backend={"type": "mux", "data": {"chardev": "c"}})
    record = (
        *PLUGGED,
        said("chardev-add", id="x", backend=NULL),
        DONE,
        said("chardev-add", id="b", backend=NULL),
        DONE,
    )

    assert [str(each).partition(",others")[0] for each in check(*record).configurations] == [
        "devices=serial,backends=null",
        "devices=monitor,backends=null",
        "devices=monitor,backends=null",
    ]
    stacked = check(*ALONE, mux, DONE).configurations
    assert [str(each) for each in stacked] == [
        "devices=monitor,backends=mux+null,others=,ids=2,changes=1,known=True"
    ]  # fmt: skip


def test_other_commands(check: Check) -> None:
    """What the spec says nothing of is counted; what QMP refuses has not been done."""
    wrong = (said("chardev-add", id="c"), refused("Parameter 'backend' is missing"))

    found = check(said("qmp_capabilities"), DONE, *wrong, *ALONE, said("query-version"), DONE)

    assert found.disallowed is None
    assert found.ignored == {"qmp_capabilities": 1, "query-version": 1}
    assert found.held == 2


# -- forms of a file -------------------------------------------------------------------------------------------------

EXCHANGES = [
    (said("chardev-add", id="c", backend=NULL), DONE),
    (said("query-chardev"), listed(c="null")),
    (said("chardev-remove", id="c"), refused("Chardev 'c' is busy")),
]


def lines_of_exchanges(pairs: Sequence[tuple[JSON, JSON]]) -> str:
    """The form with `send` and `recv`."""
    return "".join(json.dumps({"send": sent, "recv": got, "events": []}) + "\n" for sent, got in pairs)


def marked(to: str, back: str) -> Callable[[Sequence[tuple[JSON, JSON]]], str]:
    """A form with marks."""
    return lambda pairs: "".join(f"{to} {json.dumps(sent)}\n{back} {json.dumps(got)}\n" for sent, got in pairs)


def pretty(pairs: Sequence[tuple[JSON, JSON]]) -> str:
    """As `qmp-shell -v -p` shows it."""
    shown = [f"(QEMU) ...\n{json.dumps(sent, indent=4)}\n{json.dumps(got, indent=4)}\n" for sent, got in pairs]
    return "Welcome to the QMP low-level shell!\nConnected to QEMU 7.2.22\n\n" + "".join(shown)


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        (lines_of_exchanges, 3),
        (marked("->", "<-"), 6),
        (marked("-->", "<--"), 6),
        (marked("DEBUG: QMP>>>", "DEBUG: QMP<<<"), 6),
        (marked("", ""), 6),
        (pretty, 37),
    ],
    ids=["exchanges", "log", "qemu.qmp", "debug", "iotests", "qmp-shell"],
)
def test_forms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: Callable[[Sequence[tuple[JSON, JSON]]], str], wrong: int
) -> None:
    """The same conversation is read in each form, and the line that is wrong is found."""
    file = tmp_path / "record"
    file.write_text(form(EXCHANGES[:2]))
    assert main(["validate", str(file), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["commands"] == 2

    file.write_text(form(EXCHANGES))
    assert main(["validate", str(file), "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["disallowed"]["line"] == wrong


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": there is no command in it; "),
        ("hello\n", ":1: `hello` is no QMP; "),
        ('# a comment\n-> {"execute": "stop"\n', ':2: `-> {"execute": "stop"` is not JSON; '),
        ('-> {"execute": "stop"}\n<- {"x": 1}\n', ":2: an object of x is not QMP's; "),
        ('<- {"execute": "stop"}\n', ":1: `<-` is the wrong way for this; "),
        ('-> {"execute": 1}\n', ":1: this is no command; "),
        ('<- {"return": {}}\n', ":1: an answer, and no command that it can be of; "),
        ('<- {"event": 1}\n', ":1: this is no event; "),
        ('-> {"execute": "stop"}\n<- {"error": 1}\n', ":2: this is no error; "),
        ('<- {"QMP": {}}\n', ":1: a greeting without a version; "),
        ('{"send": {"execute": "stop"}, "got": {}}\n', ":1: there is no `got`; "),
        ('{"send": "stop", "recv": {}}\n', ":1: `send` is no command; "),
        ('{"send": {"execute": "stop"}, "recv": 1}\n', ":1: `recv` is no answer; "),
        ('{"send": {"execute": "stop"}, "recv": {"return": {}}, "events": 1}\n', ":1: `events` are no events; "),
        ('{"send": {"execute": "stop"}}\n{"send": {"execute": "cont"}}\n', ":2: the command of line 1 was not "),
        (log(said("chardev-add", id="c", backend={"type": "x", "data": {}}), DONE), ":1: the spec knows no backend "),
        (
            log(said("human-monitor-command", **{"command-line": "chardev-remove c"}), DONE),
            ":1: `chardev-remove c` is done in the words of the monitor for people",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    """It is said at which line, what is wrong and what to do; the exit code is 2."""
    file = tmp_path / "record"
    file.write_text(text)

    assert main(["validate", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"hotswap: {file}{message}")
    assert said.count("\n") == 1 and "; " in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_can_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None) -> None:
    """A file that is missing, or that is no text, is 2 as well."""
    if content is not None:
        (tmp_path / "record").write_bytes(content)

    assert main(["validate", f"{tmp_path}/record"]) == 2
    assert capsys.readouterr().err.startswith(f"hotswap: {tmp_path}/record: it ")


# -- the command -----------------------------------------------------------------------------------------------------


def greeting(major: int, minor: int) -> JSON:
    """What a monitor says first."""
    return {"QMP": {"version": {"qemu": {"major": major, "minor": minor, "micro": 0}, "package": ""}}}


@pytest.mark.parametrize(
    ("first", "profile"),
    [
        ([], "qemu-2.10"),
        ([greeting(7, 2)], "qemu-7.2"),
        ([greeting(8, 1)], "qemu-7.2"),
        ([greeting(10, 0)], "qemu-10.0"),
    ],
)
def test_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str], first: list[JSON], profile: str) -> None:
    """It is that of the version in the greeting, or of the one before it; without a greeting the first."""
    (tmp_path / "record").write_text(log(*first, *ALONE))

    assert main(["validate", f"{tmp_path}/record"]) == 0
    assert f"held to profile {profile}\n" in capsys.readouterr().out


def test_no_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version for which there is none is 2."""
    (tmp_path / "record").write_text(log(greeting(2, 1), *ALONE))

    assert main(["validate", f"{tmp_path}/record"]) == 2
    assert "give --profile" in capsys.readouterr().err


def test_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is allowed stands beside what was seen, after the commands until there."""
    (tmp_path / "record").write_text(log(*PLUGGED, said("query-name"), DONE, said("chardev-remove", id="c"), DONE))

    assert main(["validate", f"{tmp_path}/record"]) == 1
    out = capsys.readouterr().out
    assert f"{tmp_path}/record:8: the spec does not allow this" in out
    assert [text.split()[:2] for text in out.splitlines() if text.startswith("   ")] == [
        ["1", "chardev-add"],
        ["3", "device_add"],
        ["7", "chardev-remove"],
    ]
    assert """"desc": "Chardev 'c' is busy"}}  {"return": {}}""" in out


def test_the_document(tmp_path: Path) -> None:
    """`--json` writes all of it."""
    (tmp_path / "record").write_text(log(*PLUGGED, said("chardev-remove", id="c"), DONE))

    assert main(["validate", f"{tmp_path}/record", "--json", f"{tmp_path}/out"]) == 1
    document = json.loads((tmp_path / "out").read_text())
    assert (document["schema"], document["allowed"]) == ("hotswap-validate/1", False)
    assert document["disallowed"]["expected"] == [json.dumps(refused("Chardev 'c' is busy"))]
    assert document["disallowed"]["seen"] == json.dumps(DONE)
    assert [each["line"] for each in document["disallowed"]["commands"]] == [1, 3, 5]


def test_a_bound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With more states than are wanted it stops, and says where: 20."""
    (tmp_path / "record").write_text(log(*PLUGGED, said("chardev-change", id="c", backend=listener("/a")), DONE))

    assert main(["validate", f"{tmp_path}/record", "--max-states", "3"]) == 20
    assert "record:1: it can be in more than 3 states" in " ".join(capsys.readouterr().out.split())


def test_an_interruption(tmp_path: Path) -> None:
    """Ctrl-C ends it in good order."""
    (tmp_path / "record").write_text(log(*ALONE))

    def press(now: Progress) -> None:
        raise KeyboardInterrupt

    found = validate(
        CHARDEV,
        CHARDEV.profile("qemu-7.2"),
        read(f"{tmp_path}/record"),
        lambda text: read_scope(CHARDEV, text)[0],
        watch=press,
    )

    assert found.stopped == "interrupted"
