"""An implementation that is held to the spec: whatever it does but what the spec says is a difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hotswap.checker.conform.agreed import Unknown
from hotswap.checker.conform.conversation import Conversation
from hotswap.checker.conform.held import Difference, Held, is_reply
from hotswap.checker.conform.stimulus import Stimulus, read
from hotswap.checker.conform.suspension import Suspension, Timers
from hotswap.checker.conform.target import Observation, Overdue, Words
from hotswap.checker.conform.walks import Walks
from hotswap.checker.targets.death import broken_by
from hotswap.checker.targets.in_process import Impl
from hotswap.impl.frontend import Event
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration
from hotswap.spec.language.interface import Interface
from hotswap.spec.models import Model
from nic import NIC, Card, Speed, Swap
from nic import Setup as Nic

PLUG = "Qmp0.device_add(device=Device0, id=Id0)"
PORT = Setup((Model.virtserialport,), (Kind.unix,))
PTY = Setup((Model.serial,), (Kind.pty,))
MUX = Setup((Model.serial,), (Kind.mux,), (Kind.pipe,), ids=2)
HUB = Setup((Model.monitor,), (Kind.hub,), (Kind.ringbuf,), ids=2)


class Faulty(Impl):
    """A layer that does what a test says when it is asked for something for the last time."""

    look: Callable[[Observation], Observation] = staticmethod(lambda seen: seen)
    looks = 0

    def observe(self) -> Observation:
        """In another way than it is."""
        self.looks += 1
        return self.look(super().observe())


def held(setup: Configuration, *, profile: str = "repaired", timers: Timers = "waited") -> tuple[Held, Faulty]:
    """A layer that has a chardev under as many names as it can."""
    suspension = Suspension(CHARDEV, CHARDEV.profile(profile), setup, timers=timers)
    target = Faulty(suspension.profile)
    initial = max(suspension.initial, key=lambda state: str(suspension.words(state)).count("registered"))
    found = Held(suspension, target, initial)
    assert found.begin() is None
    return found, target


def taken(held: Held, *stimuli: str) -> Difference | None:
    """What comes of the last of them; all others bring no difference."""
    *before, last = map(read, stimuli)
    for stimulus in before:
        assert held.take(stimulus) is None
    assert held.can(last)
    return held.take(last)


def test_a_hang() -> None:
    """An implementation that does not answer differs, even where no answer is expected, and has no state any more."""
    conversation, target = held(PORT)
    target.look = lambda seen: Observation({}, seen.replies, hangs="there is no answer within 5 s")

    difference = taken(conversation, "Chardev0.peer_connects")

    assert difference is not None
    assert difference.observed == ("hangs: there is no answer within 5 s",)
    assert not conversation.states and not conversation.answers


@pytest.mark.parametrize(("timers", "differs"), [("waited", True), ("free", False)])
def test_a_timer_that_does_not_run_out(timers: Timers, differs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It rules out the ways in which it would have, and only those."""
    conversation, _ = held(PTY, timers=timers)

    def wait(self: Impl, timer: Stimulus, before: Words) -> None:
        raise Overdue

    monkeypatch.setattr(Impl, "wait", wait)
    difference = taken(conversation, "Chardev0.peer_connects")

    assert (difference is not None) is differs
    if difference is not None:
        assert "Chardev0.accept: has not run out" in difference.observed
    assert not any(answer.timed for answer in conversation.answers)


@pytest.mark.parametrize(
    ("breaks", "differs"),
    [
        (frozenset({"no-failed-assertion"}), False),
        (frozenset({"no-null-dereference"}), True),
        (frozenset[str](), True),
        (None, False),
    ],
)
def test_a_death_is_the_one_that_the_spec_has(breaks: frozenset[str] | None, differs: bool) -> None:
    """Where the spec ends in an error the implementation dies of that, if it is known of what it has died."""
    conversation, target = held(HUB, profile="qemu-10.0")
    target.look = lambda seen: replace(seen, breaks=breaks) if seen.died else seen

    difference = taken(
        conversation, "Change0.chardev_add(id=Id0, kind=hub, base=Id1)", "Qmp0.chardev_send_break(id=Id0)"
    )

    assert (difference is not None) is differs


@pytest.mark.parametrize("property", ["no-illegal-transition", "no-failed-assertion"])
def test_what_is_undefined_may_go_unnoticed(property: str) -> None:
    """Where the spec ends in an error that a target may not notice, it may go on, and nothing is known of it then."""
    conversation, target = held(MUX, profile="qemu-7.2")
    target.look = lambda seen: Observation({}, unnoticed=frozenset({property})) if seen.died else seen

    difference = taken(
        conversation,
        "Change0.chardev_add(id=Id1, kind=pipe, base=Id1)",
        "Chardev0.peer_stalls",
        "Qmp0.device_add(device=Device0, id=Id1)",
        "Device0.guest_writes",
        "Qmp0.device_del(device=Device0)",
        "Chardev0.peer_drains",
    )

    assert (difference is None) is (property == "no-illegal-transition")
    assert not conversation.states


@pytest.mark.parametrize(
    ("how", "said", "broken"),
    [
        ("SIGABRT", "qemu: util/yank.c:107: yank_unregister_instance: Assertion `...' failed.", "no-failed-assertion"),
        ("SIGABRT", "**\nERROR:util/yank.c:180:f: code should not be reached\nBail out!", "no-failed-assertion"),
        ("SIGABRT", "Unexpected error in qemu_chr_fe_init() at chardev/char-fe.c:220:\nin use", "no-failed-assertion"),
        ("SIGABRT", "double free or corruption (fasttop)", "no-use-after-free"),
        ("SIGSEGV", "", "no-null-dereference"),
        ("SIGSEGV", "", "no-failed-assertion"),
        ("SIGBUS", "", "no-use-after-free"),
    ],
)
def test_what_a_process_has_died_of(how: str, said: str, broken: str) -> None:
    """A failed assertion says so; what is wrong with memory ends in one of several ways."""
    assert broken in broken_by(f"{how}: the last line", said)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "exit code 0", "exit code 1", "SIGABRT: corrupted size"])
def test_what_is_no_failed_assertion(how: str) -> None:
    """Who is killed or goes has failed no assertion."""
    assert "no-failed-assertion" not in broken_by(how, how)


@pytest.mark.parametrize("ask", ["do", "wait", "observe"])
def test_a_target_that_raises_an_error(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has done what no spec allows, even one that ends in an error, and that is said with where it was."""
    conversation, _ = held(PTY)

    def fails(*given: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr(Impl, ask, fails)
    difference = taken(conversation, "Chardev0.peer_connects")

    assert difference is not None
    (observed,) = difference.observed
    assert observed.startswith("dies: KeyError at test_held.py:") and observed.endswith(": 'no such thing'")


def test_what_stays_as_it_is_is_looked_at_once() -> None:
    """A target that shows the same until the next stimulus is not asked again."""
    conversation, target = held(PORT)
    target.look = lambda seen: replace(seen, replies={"Qmp0": "no"})
    target.looks = 0

    assert taken(conversation, "Chardev0.peer_connects") is not None

    assert target.looks == 1


def test_what_is_heard_between_two_stimuli() -> None:
    """What has come after it was looked is heard with what the next stimulus brings."""
    conversation, target = held(PORT)
    assert taken(conversation, PLUG) is None
    target.driven.devices[0].frontend.event(Event.break_)

    difference = taken(conversation, "Chardev0.peer_connects")

    assert difference is not None
    assert difference.observed == ("Device0 hears: break_, opened",)


@pytest.mark.parametrize(("spare", "circumstances"), [(0, [("open fails",)]), (1, [(), ("open fails",)])])
def test_a_step_for_which_there_is_no_room(spare: int, circumstances: list[tuple[str, ...]]) -> None:
    """Where a step that would follow needs one more object than the configuration has it is not known what comes."""
    system = replace(NIC, interface=Interface([Card.switch_on, Card.queue, Swap.find], replies=[Swap]))
    setup = Nic((Speed.slow,), spare)
    suspension = Suspension(system, system.profile("repaired"), setup)
    (state,) = suspension.initial
    (on,) = suspension.after(state, read("Card0.switch_on"))
    find = read("Swap0.find(card=Card0, speed=slow)")
    assert on.state is not None

    assert [each.circumstances for each in suspension.variants(on.state, find)] == circumstances
    assert bool(suspension.after(on.state, find)) is bool(spare)
    assert suspension.cut(on.state, find) == ("" if spare else "Backend")


def test_what_is_not_known_is_not_told() -> None:
    """A target is told in which state it is as far as that is known."""
    conversation, target = held(PTY, timers="free")
    target.look = lambda seen: Observation({})
    assert taken(conversation, "Chardev0.peer_connects") is None
    assert len(conversation.states) == 2

    assert conversation.words["Chardev0.kind"] == "pty"
    with pytest.raises(Unknown, match=r"what Chardev0\.connected is"):
        conversation.words.get("Chardev0.connected")


@pytest.mark.parametrize("ask", ["drives", "do"])
def test_a_target_that_asks_for_what_is_not_known(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no difference: the conversation ends there, and it is said why."""
    suspension = Suspension(CHARDEV, CHARDEV.profile("repaired"), PTY, timers="free")

    def asks(self: Impl, stimulus: Stimulus, before: Words) -> str:
        return before["Chardev0.connected"][:0] if stimulus.row == "peer_leaves" else ""

    monkeypatch.setattr(Impl, "observe", lambda self: Observation({}))
    monkeypatch.setattr(Impl, ask, asks)
    walks = Walks(suspension, lambda: Impl(suspension.profile))
    initial = max(suspension.initial, key=lambda state: str(suspension.words(state)).count("registered"))

    walks.follow(Conversation(initial, tuple(map(read, ("Chardev0.peer_connects", "Chardev0.peer_leaves")))))

    assert walks.report.differences == []
    ((_, why),) = walks.report.not_followed
    assert why == "what Chardev0.connected is could be told from nothing that was seen"


@pytest.mark.parametrize(
    ("got", "fits"),
    [
        ("Chardev 'id0' is busy", True),
        ("Failed to add chardev 'id0': Chardev 'id0' is busy", True),
        ("Failed:\nin vain: Chardev 'a\nb' is busy", True),
        ("Chardev 'id0' is busy again", False),
        ("", False),
    ],
)
def test_an_error_in_several_lines(got: str, fits: bool) -> None:
    """An error is the spec's with what stands before it and in it, in however many lines."""
    assert is_reply("Chardev '%s' is busy", got) is fits
