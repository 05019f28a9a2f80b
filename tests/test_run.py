"""The layer of `impl` held to the spec from outside: in random conversations it shows what the spec allows."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from hotswap.checker.conform.conversation import Conversation
from hotswap.checker.conform.held import Difference
from hotswap.checker.conform.stimulus import read
from hotswap.checker.conform.suspension import Suspension, Timers
from hotswap.checker.conform.walks import Report, Walks
from hotswap.checker.targets.in_process import Impl
from hotswap.impl.backends.channel import ChannelChardev
from hotswap.impl.backends.socket import Socket
from hotswap.impl.change import Change
from hotswap.impl.devices.device import Device
from hotswap.impl.frontend import Frontend
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration
from hotswap.spec.models import Model
from refinement import PROFILES, named

SMALL = {named(setup): setup for setup in CHARDEV.scope("small")}
TIMED = ("serial+null+pty", "serial+null+tty", "virtconsole+null+reconnect", "virtconsole+reconnect+tcp")
"""Where something happens when a time is over."""
SOME = ["repaired", *(pytest.param(name, marks=pytest.mark.thorough) for name in PROFILES if name != "repaired")]
STIMULI = 100
QUICK = (
    "serial+null+pty",
    "serial+null+pipe",
    "monitor+ringbuf+unix",
    "vhost_user+unix+client",
    "colo_compare+unix+client",
    "rng_egd+null+ringbuf",
    "monitor+mux+hub+unix",
)
"""Where a tour of everything takes seconds."""


def walks(profile: str, setup: Configuration, timers: Timers = "by hand") -> Walks:
    """Conversations with the layer; what it says it has said at once."""
    version = CHARDEV.profile(profile)
    return Walks(Suspension(CHARDEV, version, setup, timers=timers), lambda: Impl(version))


def at_random(walks: Walks) -> Report:
    """What came of `STIMULI` of them."""
    return next(report for report in walks.at_random(seed=1) if report.stimuli >= STIMULI or report.differences)


def agree(profile: str, name: str) -> None:
    """A tour has every row that can be had, and finds nothing."""
    *_, report = walks(profile, SMALL[name]).tour(sys.maxsize)

    assert report.differences == []
    assert report.rows == report.drivable


def follow(walks: Walks, *stimuli: str) -> list[Difference]:
    """How the layer differs in this conversation, which begins with nothing under any name."""
    suspension = walks.suspension
    initial = next(each for each in suspension.initial if suspension.words(each)["Id0.chardev"] == "None")
    assert walks.follow(Conversation(initial, tuple(map(read, stimuli)))) or walks.report.differences
    return [difference for _, difference in walks.report.differences]


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("profile", SOME)
def test_random_conversations(profile: str, name: str) -> None:
    """Whatever is done to the layer, in any of the small configurations: it shows what the spec allows."""
    report = at_random(walks(profile, SMALL[name]))

    assert report.differences == []
    assert report.stimuli >= STIMULI


@pytest.mark.slow
@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("profile", PROFILES)
def test_timers_are_waited_for(profile: str, name: str) -> None:
    """And so it does where every timer that is started runs out before the next stimulus."""
    report = at_random(walks(profile, SMALL[name], "waited"))

    assert report.differences == []
    assert report.timers > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.thorough] if "hub" in name else []) for name in QUICK]
)
@pytest.mark.parametrize("profile", SOME)
def test_everything(profile: str, name: str) -> None:
    """Every stimulus is carried out in every state in which it can be, in each of its circumstances."""
    agree(profile, name)


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in SMALL if name not in QUICK])
@pytest.mark.parametrize(
    "profile", ["repaired", *(pytest.param(name, marks=pytest.mark.long) for name in PROFILES if name != "repaired")]
)
def test_everything_of_the_others(profile: str, name: str) -> None:
    """And in the larger of the small configurations."""
    agree(profile, name)


# -- what is seen -------------------------------------------------------------------------------------------------


def _keep_be(self: Change) -> str:
    """A change that leaves the old chardev its frontend."""
    return "detached"


def _say_nothing(self: Frontend, event: object) -> None:
    """A frontend that has no ears."""


def _leave_silently(self: Socket) -> None:
    """`tcp_chr_disconnect` that tells nobody."""
    self._unregister_function()
    self.disarm()
    self.channel = None
    self.connected = False
    self.arm()


def _leave_the_sources(self: ChannelChardev) -> None:
    """`remove_fd_in_watch` that does not."""
    self.sources = []


def _keep_the_watch(self: Device) -> None:
    """A change handler that leaves the watch where it is."""


ADD, PLUG = "Change0.chardev_add(id=Id0, kind={0}, base=Id0)", "Qmp0.device_add(device=Device0, id=Id0)"
CHANGE = "Change0.find(id=Id0, kind={0}, base=Id0)"

BROKEN: list[tuple[type, str, Callable[..., object], Setup, tuple[str, ...]]] = [
    (
        Change,
        "_detach",
        _keep_be,
        Setup((Model.serial,), (Kind.null,)),
        (ADD.format("null"), PLUG, CHANGE.format("null")),
    ),
    (Frontend, "event", _say_nothing, Setup((Model.monitor,), (Kind.ringbuf,)), (ADD.format("ringbuf"), PLUG)),
    (
        Socket,
        "leave",
        _leave_silently,
        Setup((Model.monitor,), (Kind.unix,)),
        (ADD.format("unix"), PLUG, "Chardev0.peer_connects", "Chardev0.peer_leaves"),
    ),
    (
        ChannelChardev,
        "disarm",
        _leave_the_sources,
        Setup((Model.monitor,), (Kind.unix,)),
        (ADD.format("unix"), PLUG, "Chardev0.peer_connects"),
    ),
    (
        Device,
        "move_watch",
        _keep_the_watch,
        Setup((Model.refuser,), (Kind.null, Kind.pipe)),
        (ADD.format("pipe"), PLUG, "Chardev0.peer_stalls", "Device0.guest_writes", CHANGE.format("null")),
    ),
]


@pytest.mark.parametrize(("owner", "name", "instead", "setup", "stimuli"), BROKEN, ids=[name for _, name, *_ in BROKEN])
def test_a_broken_rule_is_seen(
    owner: type,
    name: str,
    instead: Callable[..., object],
    setup: Setup,
    stimuli: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A layer that breaks a rule shows what the spec does not allow."""
    assert follow(walks("repaired", setup), *stimuli) == []

    monkeypatch.setattr(owner, name, instead)

    assert follow(walks("repaired", setup), *stimuli)


def test_another_version() -> None:
    """A layer that behaves as another version than it is held to differs where that does something else."""
    setup = Setup((Model.virtconsole,), (Kind.null, Kind.pipe))
    suspension = Suspension(CHARDEV, CHARDEV.profile("qemu-10.0"), setup)
    repaired = Walks(suspension, lambda: Impl(CHARDEV.profile("repaired")))

    (difference,) = follow(repaired, ADD.format("null"), f"{CHANGE.format('pipe')} [open fails]")

    assert difference.conversation[-1] == read(f"{CHANGE.format('pipe')} [open fails]")
    assert "Id0.state: taken" in difference.observed
    assert "Id0.state: lost" in difference.expected[0]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_words_of_a_version(profile: str) -> None:
    """Errors are those of the version that the layer behaves as."""
    setup = Setup((Model.serial, Model.monitor), (Kind.mux,), (Kind.null,), ids=2)
    held = walks(profile, setup)

    differences = follow(
        held,
        "Change0.chardev_add(id=Id1, kind=null, base=Id1)",
        "Qmp0.device_add(device=Device1, id=Id1)",
        "Qmp0.device_add(device=Device0, id=Id1)",
        "Qmp0.device_del(device=Device1)",
        "Change0.chardev_add(id=Id0, kind=mux, base=Id1)",
        "Change0.find(id=Id0, kind=mux, base=Id1)",
    )

    assert differences == []
