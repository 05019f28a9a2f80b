"""Implementations held to the spec from outside: by tours, at random, along traces; and what tells versions apart."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from hotswap.checker.cli import main
from hotswap.checker.conform import campaign as campaigns
from hotswap.checker.conform import walks
from hotswap.checker.conform.campaign import Asked, Campaign, campaign
from hotswap.checker.conform.conversation import Conversation
from hotswap.checker.conform.held import Difference
from hotswap.checker.conform.shorten import HURRY, shortest
from hotswap.checker.conform.stimulus import read
from hotswap.checker.conform.suspension import Suspension
from hotswap.checker.conform.target import Observation, Words
from hotswap.checker.conform.walks import Walks
from hotswap.checker.targets.in_process import Impl
from hotswap.checker.targets.process import CannotStart
from hotswap.checker.targets.qemu import find, profile
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration
from hotswap.spec.models import Model

SMALL = "devices=virtserialport,backends=ringbuf+unix,others=,ids=1,known=true"
"""One configuration, on the command line."""
DEFECTS = {
    "an abort by two swaps of a socket that connects": "no-failed-assertion@Yank.unregister_instance",
    "a yank instance outlives its socket": "yank-matches-sockets@Change.name_new",
    "stdio closes its descriptors": "no-failed-assertion@open_stdio",
    "a UART waits for ever": "blocked-writer-has-wakeup[serial]@Change.be_change",
    "a port is throttled for ever": "blocked-writer-has-wakeup[virtserialport]@Change.be_change",
    "the guest's open is forgotten": "fe-open-agrees@Change.name_new",
    "a listener deletes its successor's path": "path-reachable-after-change@Change.name_new",
    "no swap while the machine is stopped": "swappable-while-plugged@Qmp.stop",
    "a chardev is lost by a failed change": "id-never-lost@Change.add_instead",
}

SWAP = "Change0.find(id=Id0, kind=ringbuf, base=Id0)"

QUICK = ("a chardev is lost by a failed change",)
"""Those that are tested every time."""


def held(as_said: str, behaves_as: str, setup: Configuration, asked: Asked) -> Campaign:
    """What comes of holding a layer that behaves as one version to another."""
    as_it_is = CHARDEV.profile(behaves_as)
    return campaign(CHARDEV, CHARDEV.profile(as_said), (setup,), lambda: Impl(as_it_is), asked)


@pytest.fixture(scope="session")
def version(qemu: str) -> str:
    """The version of the spec that the installed QEMU is."""
    return profile(find(qemu).version, [each.name for each in CHARDEV.profiles])


# What the command says.


def test_a_tour(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A tour takes every row that can be had, and finds nothing where an implementation does what the spec does."""
    report = tmp_path / "report.json"

    assert main(["conform", "--profile", "qemu-7.2", "--scope", SMALL, "--json", str(report)]) == 0

    found = json.loads(report.read_text("utf-8"))
    assert found["rows"] == found["drivable"]
    assert found["differences"] == []
    assert "no difference" in capsys.readouterr().out


def test_the_same_seed(tmp_path: Path) -> None:
    """The same seed gives the same report, byte for byte; another seed another one."""
    texts = []
    for number, seed in enumerate((1, 1, 2)):
        report = tmp_path / str(number)
        assert main(["conform", "--scope", SMALL, "--random", "200", "--seed", str(seed), "--json", str(report)]) == 0
        texts.append(report.read_text("utf-8"))

    assert texts[0] == texts[1] != texts[2]


def test_the_traces_of_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The traces of a report are conversations; what can't be begun is said, and no difference."""
    report = tmp_path / "check.json"
    main(["check", "--profile", "qemu-7.2", "--scope", SMALL, "--json", str(report), "-q"])

    assert main(["conform", "--profile", "qemu-7.2", "--scope", SMALL, "--traces", str(report)]) == 0

    assert "no difference" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "hotswap-check/1"}', "null"])
def test_a_file_that_is_no_report(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without traces is one clear error, with its name."""
    file = tmp_path / "file"
    file.write_text(text, "utf-8")

    assert main(["conform", "--traces", str(file)]) == 2

    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize("command", [["conform"], ["reproduce", "qemu-7.2", "id-never-lost"]])
@pytest.mark.parametrize("limit", ["nan", "inf", "0", "-1", "soon"])
def test_a_limit_that_is_none(command: list[str], limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """How long a step may take is a number of seconds, and there is an end to it."""
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--limit", limit])

    assert stopped.value.code == 2
    assert f"argument --limit: `{limit}` is no time; write a number of seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["serve", "qemu"])
def test_another_machine(target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it can't be seen in what a process waits, no process is held to the spec."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    assert main(["conform", "--target", target]) == 2
    said = f"--target {target} needs Linux on x86-64, and this is Linux on riscv64"
    assert said in capsys.readouterr().err


def test_no_such_qemu(capsys: pytest.CaptureFixture[str]) -> None:
    """A binary that is not there is one clear error."""
    assert main(["conform", "--target", "qemu", "--qemu", "/nowhere/qemu"]) == 2

    assert capsys.readouterr().err.startswith("hotswap: /nowhere/qemu can't be started: No such file")


# Differences.


def test_a_difference_is_shown_by_the_shortest_conversation() -> None:
    """Of all conversations that show a difference, one is reported of which nothing can be left out.

    That the guest has opened the port is another difference than that the port hears of the swap.
    """
    setup = Setup((Model.virtserialport,), (Kind.ringbuf,))
    found = held("repaired", "qemu-7.2", setup, Asked(stimuli=400, seed=3))

    shown = {tuple(map(str, difference.conversation)) for _, difference in found.differences}
    assert (SWAP,) in shown
    assert max(map(len, shown)) == 4  # a name that is free at the start is taken, a port plugged, opened, and swapped
    assert any("Frontend0.fe_is_open" in difference.kind for _, difference in found.differences)


@pytest.mark.parametrize(("lasts", "left"), [(True, 1), (False, 3)])
def test_a_difference_that_goes_away(lasts: bool, left: int) -> None:
    """A shorter conversation is tried in a hurry, and stands for the longer one only if it still differs at the end."""
    suspension = Suspension(CHARDEV, CHARDEV.profile("repaired"), CHARDEV.scope()[0])
    long = Conversation(suspension.initial[0], (read("Qmp0.stop()"), read("Qmp0.cont()"), read("Qmp0.stop()")))
    found = Difference(long.stimuli, ("Vm0.state: running",), ("Vm0.state: stopped",), ())

    def attempt(conversation: Conversation, limit: float) -> Difference | None:
        return replace(found, conversation=conversation.stimuli) if lasts or limit <= HURRY else None

    assert len(shortest(suspension, long, found, attempt, 5 * HURRY).conversation) == left


def test_what_was_never_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of what the spec calls observable a report says what a target has never shown."""
    assert main(["conform", "--scope", SMALL]) == 0
    assert "never seen" not in capsys.readouterr().out
    looks = Impl.observe

    def observe(self: Impl) -> Observation:
        seen = looks(self)
        return Observation({name: each for name, each in seen.state.items() if name[:4] != "Yank"}, seen.replies)

    monkeypatch.setattr(Impl, "observe", observe)

    assert main(["conform", "--scope", SMALL]) == 0
    assert "never seen: Device hears, Yank.listed\n" in capsys.readouterr().out


def test_enough_was_waited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """When enough timers were waited for no more are, and it is said which conversations that ends."""
    monkeypatch.setattr(walks, "MOST_TIMERS", 1)

    assert main(["conform", "--scope", "devices=serial,backends=null+pty,others=,ids=1,known=true"]) == 0

    said = capsys.readouterr().out
    assert "1 timers waited for" in said and "enough timers were waited for" in said


def test_a_difference_says_what_is_allowed_and_what_is_seen() -> None:
    """What the spec allows stands beside what is seen."""
    setup = Setup((Model.virtconsole,), (Kind.ringbuf, Kind.udp))
    (_, difference), *_ = held("repaired", "qemu-7.2", setup, Asked(paths=0)).differences

    assert difference.expected == ("Chardev0: is not there; Id0.chardev: Chardev1",)
    assert difference.observed == ("Chardev0: is there", "Id0.chardev: Chardev0")


@pytest.mark.parametrize("number", ["1", "10", "130"])
def test_so_many_stimuli(number: str, tmp_path: Path) -> None:
    """At random just as much is done as is asked for, however many configurations there are."""
    report = tmp_path / "report.json"

    assert main(["conform", "--random", number, "--json", str(report)]) == 0

    assert json.loads(report.read_text("utf-8"))["stimuli"] == int(number)


def test_who_watches_sees_that_it_is_shortened() -> None:
    """What it takes to show a difference by less is counted, and seen."""
    seen: list[int] = []
    as_it_is, setup = CHARDEV.profile("qemu-7.2"), Setup((Model.virtserialport,), (Kind.ringbuf,))
    found = campaign(
        CHARDEV,
        CHARDEV.profile("repaired"),
        (setup,),
        lambda: Impl(as_it_is),
        Asked(stimuli=100, seed=3),
        watch=lambda so_far: seen.append(so_far.attempts),
    )

    assert found.attempts > 0
    assert set(seen) >= set(range(1, found.attempts + 1))


def test_a_difference_outlives_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who interrupts while a difference is shortened has it as it was found."""
    monkeypatch.setattr(Walks, "attempt", _interrupt)

    found = held("repaired", "qemu-7.2", Setup((Model.virtserialport,), (Kind.ringbuf,)), Asked(stimuli=400, seed=3))

    assert found.stopped == "interrupted"
    assert len(found.differences) == 1


def test_a_difference_is_what_matters_most(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If there is a difference the exit code says so, also after Ctrl-C."""
    monkeypatch.setattr(Impl, "sees", lambda self, name, word: "?")
    monkeypatch.setattr(campaigns, "shortest", _interrupt)

    assert main(["conform", "--scope", SMALL, "--random", "10"]) == 1

    said = capsys.readouterr().out
    assert "no difference" not in said and "Stopped: interrupted." in said


def test_an_interruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Who is interrupted does not say that there is no difference."""
    monkeypatch.setattr(Impl, "do", _interrupt)

    assert main(["conform", "--scope", SMALL, "--random", "10"]) == 130

    assert "no difference" not in capsys.readouterr().out


def _interrupt(*given: object) -> None:
    raise KeyboardInterrupt


def test_nothing_that_can_be_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has done nothing has seen no difference, and does not say that there is none."""
    monkeypatch.setattr(Impl, "drives", lambda self, stimulus, before: "not today")

    assert main(["conform", "--scope", SMALL]) == 3

    assert "no difference" not in capsys.readouterr().out


def test_a_target_that_can_not_be_started_any_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also in the middle of it that is one clear error."""

    starts = Impl.start

    def start(self: Impl, initial: Words) -> None:
        starts(self, initial)
        raise CannotStart("there is no room for it")

    monkeypatch.setattr(Impl, "start", start)

    assert main(["conform", "--scope", SMALL]) == 2

    assert capsys.readouterr().err == "hotswap: there is no room for it\n"


@pytest.mark.parametrize(
    ("drives", "last"), [("", "<- Change0: done"), ("not today", f"# {SWAP} can't be had: not today")]
)
def test_what_the_reference_says(drives: str, last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a difference stands what is said, in the same conversation, by whoever does what the spec says."""
    repaired = CHARDEV.profile("repaired")
    setup = Setup((Model.virtserialport,), (Kind.ringbuf,), known=True)

    def reference() -> Impl:
        made = Impl(repaired)
        monkeypatch.setattr(made, "drives", lambda stimulus, before: drives)
        return made

    found = campaign(
        CHARDEV, repaired, (setup,), lambda: Impl(CHARDEV.profile("qemu-7.2")), Asked(paths=0), reference=reference
    )

    difference = next(each for _, each in found.differences if each.conversation == (read(SWAP),))
    assert difference.log[0] == f"-> {SWAP}"
    assert difference.reference[-1] == last


# Two versions.


def test_two_versions_are_told_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The shortest conversation that tells two versions apart is shown, and what each shows at its end."""
    report = tmp_path / "diff.json"

    assert main(["diff", "qemu-7.2", "repaired", "--scope", SMALL, "--json", str(report)]) == 1

    (found,) = json.loads(report.read_text("utf-8"))["differences"]
    plug, swap = found["conversation"]
    assert (plug, swap) == ("Qmp0.device_add(device=Device0, id=Id0)", "Change0.find(id=Id0, kind=unix, base=Id0)")
    assert (found["one"], found["other"]) == ([{"Address0.reachable": "False"}], [{"Address0.reachable": "True"}])
    assert "qemu-7.2" in capsys.readouterr().out


def test_a_version_is_like_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing tells a version from itself."""
    assert main(["diff", "repaired", "repaired", "--scope", "devices=monitor,backends=ringbuf+unix,others=,ids=1"]) == 0

    assert "nothing tells repaired and repaired apart" in capsys.readouterr().out


# Defects.


@pytest.mark.parametrize(
    "name", [each if each in QUICK else pytest.param(each, marks=pytest.mark.thorough) for each in DEFECTS]
)
def test_a_defect_appears(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A layer that behaves as QEMU 7.2 has each of its best known defects."""
    assert main(["reproduce", "qemu-7.2", DEFECTS[name], "--target", "impl"]) == 0

    assert "the defect appeared" in capsys.readouterr().out


def test_a_target_that_can_not_be_driven_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a target can't do what a finding takes, the reason is said."""
    assert main(["reproduce", "qemu-7.2", "pairing@Change.drop_new", "--target", "serve"]) == 3

    assert "can't be driven there: `hotswap serve` has no such device" in capsys.readouterr().out


def test_no_such_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a finding that is not there it is said which there are."""
    assert main(["reproduce", "qemu-7.2", "id-never-lost@Nowhere", "--target", "impl"]) == 2

    assert "there are: id-never-lost@Change.add_instead" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_appears_in_qemu(name: str, qemu: str, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A real QEMU has it, too: by the checker's trace, or the shortest conversation that can be driven."""
    assert main(["reproduce", version, DEFECTS[name], "--qemu", qemu]) == 0

    assert "the defect appeared" in capsys.readouterr().out


@pytest.mark.thorough
def test_a_tour_of_qemu(qemu: str, tmp_path: Path) -> None:
    """A real QEMU does what the spec says along every row that it can be driven along."""
    report = tmp_path / "report.json"

    assert main(["conform", "--target", "qemu", "--qemu", qemu, "--json", str(report), "--limit", "20"]) == 0

    found = json.loads(report.read_text("utf-8"))
    assert found["rows"] == found["drivable"]
    assert len(found["rows"]) >= 38


@pytest.mark.thorough
def test_qemu_at_random(qemu: str, tmp_path: Path) -> None:
    """And whatever is done to it: the same seed gives the same report, byte for byte."""
    texts = []
    for number in range(2):
        report = tmp_path / str(number)
        asked = ["--random", "2000", "--seed", "7", "--limit", "20", "--json", str(report)]
        assert main(["conform", "--target", "qemu", "--qemu", qemu, *asked]) == 0
        texts.append(report.read_text("utf-8"))

    assert texts[0] == texts[1]


@pytest.mark.thorough
def test_a_tour_of_serve(tmp_path: Path) -> None:
    """So does this project's own layer, as a process."""
    report = tmp_path / "report.json"

    assert main(["conform", "--target", "serve", "--profile", "repaired", "--json", str(report), "--limit", "20"]) == 0

    found = json.loads(report.read_text("utf-8"))
    assert found["rows"] == found["drivable"]
