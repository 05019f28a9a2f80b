"""The layer in this process, moved by stimuli: each is carried out, and all that comes of it at once has come."""

from __future__ import annotations

import pytest

from hotswap.checker.conform.stimulus import read
from hotswap.checker.conform.suspension import Suspension
from hotswap.checker.conform.target import Observation
from hotswap.checker.refine.memory import MemoryContext, MemoryHost
from hotswap.checker.targets.in_process import NO_REST, WHICH_WAITS, Impl
from hotswap.impl.backends.channel import ChannelChardev
from hotswap.impl.devices.device import Device
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.models import Model

PLUG = "Qmp0.device_add(device=Device0, id=Id0)"


def started(setup: Setup, *kinds: str | None, profile: str = "repaired") -> Impl:
    """A layer that has backends of these kinds at first, one under each of its names."""
    suspension = Suspension(CHARDEV, CHARDEV.profile(profile), setup)
    known = {
        tuple(words.get(f"{words[f'Id{slot}.chardev']}.kind") for slot in range(setup.ids)): words
        for words in map(suspension.words, suspension.initial)
    }
    target = Impl(suspension.profile)
    target.start(known[kinds])
    return target


def after(target: Impl, *stimuli: str) -> Observation:
    """What is seen when all that was done, and looked at after each."""
    for stimulus in stimuli:
        assert target.drives(read(stimulus), {}) == ""
        target.do(read(stimulus), {})
        seen = target.observe()
    return seen if stimuli else target.observe()


def moved(target: Impl, *stimuli: str) -> dict[str, str]:
    """The fields that the last of the stimuli has changed."""
    before = after(target, *stimuli[:-1]).state
    now = after(target, stimuli[-1]).state
    return {name: word for name, word in now.items() if before.get(name) != word}


# -- commands ----------------------------------------------------------------------------------------------------------


def test_it_shows_where_it_starts() -> None:
    """All fields of the state are those of the spec, and nothing was said yet."""
    setup = Setup((Model.serial,), (Kind.null, Kind.unix))
    suspension = Suspension(CHARDEV, CHARDEV.profile("repaired"), setup)

    for initial in suspension.initial:
        target = Impl(suspension.profile)
        target.start(suspension.words(initial))
        seen = target.observe()

        assert seen == Observation(seen.state, {}, {"Device0": ()})
        assert seen.state.items() <= suspension.words(initial).items()
        assert len(seen.state) > 40


def test_a_command_goes_on_to_its_end() -> None:
    """All steps of a change are taken, and it is answered."""
    target = started(Setup((Model.serial,), (Kind.null, Kind.ringbuf)), "null")

    seen = after(target, PLUG, "Change0.find(id=Id0, kind=ringbuf, base=Id0)")

    assert seen.replies == {"Change0": ""}
    assert seen.heard == {"Device0": ("opened",)}
    assert (seen.state["Id0.chardev"], seen.state["Frontend0.chr"]) == ("Chardev1", "Chardev1")
    assert "Chardev0.live" not in seen.state


def test_a_command_that_fails() -> None:
    """An error is the reply."""
    target = started(Setup((Model.serial,), (Kind.null,)), "null")

    assert after(target, "Change0.chardev_add(id=Id0, kind=null, base=Id0)").replies == {
        "Change0": "Chardev with id 'id0' already exists"
    }
    assert after(target, "Qmp0.chardev_remove(id=Id0)").replies == {"Qmp0": ""}
    assert after(target, "Qmp0.chardev_remove(id=Id0)").replies == {"Qmp0": "Chardev 'id0' not found"}


def test_what_is_not_there() -> None:
    """In the circumstances that the stimulus names the backend can't be had, and only then."""
    target = started(Setup((Model.serial,), (Kind.null, Kind.pipe)), "null")
    change = "Change0.find(id=Id0, kind=pipe, base=Id0)"

    failed = after(target, f"{change} [open fails]")
    assert failed.replies == {
        "Change0": "Failed to add chardev 'id0': Could not open 'id0.pipe': No such file or directory"
    }
    assert failed.state["Chardev0.kind"] == "null"
    assert after(target, change).state["Chardev1.kind"] == "pipe"


@pytest.mark.parametrize("profile", ["qemu-10.0", "repaired"])
def test_a_frontend_refuses(profile: str) -> None:
    """It does when the stimulus says so, and the old chardev is back."""
    target = started(Setup((Model.refuser,), (Kind.ringbuf, Kind.null)), "null", profile=profile)
    change = "Change0.find(id=Id0, kind=ringbuf, base=Id0)"

    refused = after(target, PLUG, f"{change} [refuses]")
    assert refused.replies == {"Change0": "Chardev 'id0' change failed"}
    assert refused.state["Frontend0.chr"] == "Chardev0"
    assert after(target, change).state["Frontend0.chr"] == "Chardev1"


def test_a_frontend_refuses_late() -> None:
    """In QEMU it may do so when it has set itself up, and has heard of the new chardev."""
    target = started(Setup((Model.refuser,), (Kind.ringbuf, Kind.null)), "null", profile="qemu-10.0")

    seen = after(target, PLUG, "Change0.find(id=Id0, kind=ringbuf, base=Id0) [refuses after its set-up]")

    assert seen.replies == {"Change0": "Chardev 'id0' change failed"}
    assert seen.heard == {"Device0": ("opened",)}
    assert seen.state["Frontend0.chr"] == "Chardev0"


def test_a_command_waits_for_a_client() -> None:
    """QEMU's `wait=on` is answered when somebody has connected; until then it is where it waits."""
    target = started(Setup((Model.virtconsole,), (Kind.null, Kind.waiting)), "null", profile="qemu-10.0")

    waiting = after(target, "Change0.find(id=Id0, kind=waiting, base=Id0)")
    assert waiting.replies == {} and waiting.state["Change0.state"] == "opening"
    done = after(target, f"{waiting.state['Change0.fresh']}.peer_connects")
    assert done.replies == {"Change0": ""} and done.state["Change0.state"] == "idle"
    assert after(target, "Qmp0.chardev_send_break(id=Id0)").replies == {"Qmp0": ""}


@pytest.mark.parametrize(("model", "notices"), [(Model.colo_compare, True), (Model.vhost_user, False)])
def test_what_runs_beside_a_command(model: Model, notices: bool) -> None:
    """While a command waits with the lock an I/O thread sees that a peer has gone, and the main loop does not."""
    setup = Setup((model,), (Kind.unix,), (Kind.waiting,), ids=2)
    target = started(setup, "unix", None, profile="qemu-10.0")
    after(target, "Chardev0.peer_connects", PLUG, "Change0.chardev_add(id=Id1, kind=waiting, base=Id1)")

    gone = after(target, "Chardev0.peer_leaves")
    assert gone.heard == {"Device0": ("closed",) if notices else ()}
    assert gone.state["Chardev0.connected"] == str(not notices)
    later = after(target, "Chardev1.peer_connects")
    assert later.replies == {"Change0": ""}
    assert later.state["Chardev0.connected"] == "False"


def test_a_short_command_is_answered() -> None:
    """Each is done when it is begun: a device is plugged, told of BREAK, stopped, and unplugged."""
    target = started(Setup((Model.virtserialport,), (Kind.ringbuf,)), "ringbuf")

    assert after(target, PLUG).state["Device0.state"] == "plugged"
    assert after(target, "Qmp0.chardev_send_break(id=Id0)").heard == {"Device0": ("break_",)}
    assert after(target, "Qmp0.stop").state["Vm0.state"] == "stopped"
    assert after(target, "Qmp0.cont").state["Vm0.state"] == "running"
    assert after(target, "Qmp0.device_del(device=Device0)").state["Device0.state"] == "unplugged"


def test_yank() -> None:
    """A connection that is shut down ends, and that is no command's reply."""
    target = started(Setup((Model.monitor,), (Kind.unix,)), "unix")

    seen = after(target, "Chardev0.peer_connects", PLUG, "Yank0.yank")

    assert (seen.replies, seen.heard) == ({}, {"Device0": ("closed",)})
    assert seen.state["Chardev0.connected"] == "False"


# -- the guest -----------------------------------------------------------------------------------------------------


def test_the_guest_opens_its_port() -> None:
    """And closes it."""
    target = started(Setup((Model.virtserialport,), (Kind.null,)), "null")
    opened = {"Chardev0.fe_open": "True", "Frontend0.fe_is_open": "True", "Device0.asks_open": "True"}

    assert moved(target, PLUG, "Device0.guest_connects(opened=True)") == opened
    assert moved(target, "Device0.guest_connects(opened=False)") == dict.fromkeys(opened, "False")


def test_the_guest_writes() -> None:
    """What does not fit waits until the peer reads again."""
    target = started(Setup((Model.serial,), (Kind.unix,)), "unix")
    after(target, PLUG, "Chardev0.peer_connects", "Chardev0.peer_stalls")

    assert moved(target, "Device0.guest_writes") == {"Device0.state": "blocked", "Device0.watch": "Chardev0"}
    assert moved(target, "Chardev0.peer_drains") == {
        "Chardev0.peer": "present",
        "Device0.state": "plugged",
        "Device0.watch": "None",
    }


def test_the_guest_writes_in_vain() -> None:
    """A port of QEMU 7.2 that was not told that the peer has left, and finds it out, is throttled for ever."""
    target = started(Setup((Model.virtserialport,), (Kind.unix,)), "unix", profile="qemu-7.2")
    after(target, PLUG, "Chardev0.peer_connects", "Qmp0.stop", "Chardev0.peer_leaves", "Qmp0.cont")

    assert moved(target, "Device0.guest_writes_in_vain") == {"Device0.state": "blocked"}


def test_the_guest_writes_until_everything_is_written() -> None:
    """The virtual CPU has the lock as long, and the main loop notices nothing."""
    target = started(Setup((Model.htif,), (Kind.unix,), ids=2), "unix", "unix", profile="qemu-10.0")
    after(target, PLUG, "Chardev0.peer_connects", "Chardev0.peer_stalls", "WriteAll0.write_all(device=Device0)")

    assert moved(target, "Chardev1.peer_connects") == {"Chardev1.peer": "present"}
    seen = after(target, "Chardev0.peer_drains")
    assert (seen.replies, seen.state["WriteAll0.state"]) == ({}, "idle")
    assert seen.state["Chardev1.connected"] == "True"


def test_a_device_follows_the_pointer_that_it_kept() -> None:
    """Nothing comes of it, as long as that is its chardev's."""
    target = started(Setup((Model.rng_egd,), (Kind.null,)), "null")

    assert moved(target, PLUG, "Device0.use_driver") == {}


# -- who is at the other end ---------------------------------------------------------------------------------------


def test_a_peer_comes_and_goes() -> None:
    """It is accepted at once, and it is noticed at once that it has gone."""
    target = started(Setup((Model.monitor,), (Kind.unix,)), "unix")

    come = after(target, PLUG, "Chardev0.peer_connects")
    assert (come.state["Chardev0.connected"], come.heard) == ("True", {"Device0": ("opened",)})
    gone = after(target, "Chardev0.peer_leaves")
    assert (gone.state["Chardev0.connected"], gone.heard) == ("False", {"Device0": ("closed",)})


def test_a_bottom_half_runs() -> None:
    """A vhost-user device that has lost its back end has registered its handlers again, and hears the next one."""
    target = started(Setup((Model.vhost_user,), (Kind.unix,)), "unix")

    gone = after(target, "Chardev0.peer_connects", PLUG, "Chardev0.peer_leaves")
    assert gone.heard == {"Device0": ("closed",)}
    assert (gone.state["Device0.bottom_half"], gone.state["Frontend0.chr_event"]) == ("False", "True")
    assert after(target, "Chardev0.peer_connects").heard == {"Device0": ("opened",)}


def test_a_client_connects() -> None:
    """`connect(2)` returns when the stimulus says so, with whom it says; then time has to pass."""
    target = started(Setup((Model.monitor,), (Kind.reconnect,)), "reconnect")

    assert after(target, PLUG).state["Connect0.state"] == "connecting"
    refused = after(target, "Connect0.answered")
    assert (refused.state["Connect0.state"], refused.state["Chardev0.timer"]) == ("idle", "True")
    assert after(target, "Chardev0.reconnect").state["Connect0.state"] == "connecting"
    taken = after(target, "Connect0.answered [connected]")
    assert (taken.state["Chardev0.connected"], taken.heard) == ("True", {"Device0": ("opened",)})


def test_a_terminal_asks() -> None:
    """That the other end of a pty was opened or closed is known when a second is over."""
    target = started(Setup((Model.serial,), (Kind.pty,)), "pty", profile="qemu-10.0")

    assert moved(target, PLUG, "Chardev0.peer_connects") == {"Chardev0.peer": "present"}
    assert after(target, "Chardev0.accept").heard == {"Device0": ("opened",)}
    assert moved(target, "Chardev0.peer_leaves") == {"Chardev0.peer": "absent"}
    assert after(target, "Chardev0.disconnect").state["Chardev0.connected"] == "False"


def test_a_uart_asks() -> None:
    """That a modem line has turned is known when the UART reads the lines again."""
    target = started(Setup((Model.serial,), (Kind.null, Kind.tty)), "null")
    after(target, "Change0.find(id=Id0, kind=tty, base=Id0)", PLUG)

    assert moved(target, "Chardev1.line_turns") == {"Chardev1.cts": "False"}
    assert moved(target, "Device0.lines_are_read") == {"Device0.cts": "False"}


def test_somebody_types_the_escape() -> None:
    """The next frontend of a mux has the focus."""
    target = started(Setup((Model.serial, Model.monitor), (Kind.mux,), (Kind.ringbuf,), ids=2), None, "ringbuf")
    after(target, "Change0.chardev_add(id=Id0, kind=mux, base=Id1)", PLUG)
    after(target, "Qmp0.device_add(device=Device1, id=Id0)")

    assert moved(target, "Chardev1.escape") == {"Chardev1.focus": "Frontend0"}


# -- its end, and what it is not ------------------------------------------------------------------------------------


def test_it_dies() -> None:
    """Where QEMU 10.0 calls a null pointer the layer aborts, and nothing else is to be seen of it any more."""
    target = started(Setup((Model.monitor,), (Kind.hub,), (Kind.ringbuf,), ids=2), None, "ringbuf", profile="qemu-10.0")

    seen = after(target, "Change0.chardev_add(id=Id0, kind=hub, base=Id1)", "Qmp0.chardev_send_break(id=Id0)")

    breaks = frozenset({"no-failed-assertion", "no-null-dereference"})
    assert seen == Observation({}, died="Abort: chardev/char.c: qemu_chr_be_event calls a null pointer", breaks=breaks)
    assert target.log()[-1] == f"<- {seen.died}"


def test_it_does_not_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer in which something moves for ever is at its end."""
    monkeypatch.setattr(Device, "drop_watch", lambda self: None)
    target = started(Setup((Model.serial,), (Kind.unix,)), "unix")
    after(target, PLUG, "Chardev0.peer_connects", "Chardev0.peer_stalls", "Device0.guest_writes")

    assert after(target, "Chardev0.peer_drains") == Observation({}, hangs=NO_REST)


def test_which_command_waits() -> None:
    """That a command has come is not all that is to be known of it."""
    target = started(Setup((Model.serial,), (Kind.null,), changes=2), "null")

    assert target.drives(read("Change1.wait"), {}) == WHICH_WAITS


def test_what_it_does_not_offer() -> None:
    """A timer that does not run can't run out: nothing comes of it, and the log says why."""
    target = started(Setup((Model.monitor,), (Kind.reconnect,)), "reconnect")

    assert moved(target, "Chardev0.reconnect") == {}
    assert target.log() == ["-> Chardev0.reconnect", "   not possible"]


def test_a_timer_is_waited_for() -> None:
    """What a stimulus has brought is not forgotten when a timer has run out."""
    target = started(Setup((Model.serial,), (Kind.pty,)), "pty")
    after(target, PLUG, "Chardev0.peer_connects", "Qmp0.chardev_send_break(id=Id0)")

    target.wait(read("Chardev0.accept"), {})

    seen = target.observe()
    assert (seen.replies, seen.heard) == ({"Qmp0": ""}, {"Device0": ("break_", "opened")})


def test_the_log() -> None:
    """It has what was done, and what was said to that."""
    target = started(Setup((Model.monitor,), (Kind.unix,)), "unix")
    after(target, "Chardev0.peer_connects", PLUG, "Qmp0.chardev_remove(id=Id0)", "Chardev0.peer_leaves")

    assert target.log() == [
        "-> Chardev0.peer_connects",
        f"-> {PLUG}",
        "<- Device0 hears opened",
        "<- Qmp0: done",
        "-> Qmp0.chardev_remove(id=Id0)",
        "<- Qmp0: Chardev 'id0' is busy",
        "-> Chardev0.peer_leaves",
        "<- Device0 hears closed",
    ]


def test_it_is_ended_while_a_command_waits() -> None:
    """Nothing of the new chardev is left."""
    target = started(Setup((Model.monitor,), (Kind.null, Kind.waiting)), "null", profile="qemu-10.0")
    after(target, "Change0.find(id=Id0, kind=waiting, base=Id0)")

    target.stop()

    assert target.driven.outside.host.bound == {}  # type: ignore[attr-defined]
    assert target.driven.layer.yank.instances == {}


# -- who is heard ------------------------------------------------------------------------------------------------------


def test_a_peer_who_would_not_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chardev that does not wait for input, though its frontend takes some, differs from the spec."""
    monkeypatch.setattr(ChannelChardev, "moved", lambda self: None)
    target = started(Setup((Model.virtconsole,), (Kind.null, Kind.pipe)), "null")

    assert "unheard" not in after(target, PLUG).state
    assert after(target, "Change0.find(id=Id0, kind=pipe, base=Id0)").state["unheard"] == "id0"


def test_a_mux_without_frontends_is_heard() -> None:
    """When its last frontend has gone a mux reads on: what comes may be an escape."""
    target = started(Setup((Model.serial,), (Kind.mux,), (Kind.pipe,), ids=2), None, None)
    adds = [f"Change0.chardev_add(id=Id{slot}, kind={kind}, base=Id1)" for slot, kind in ((1, "pipe"), (0, "mux"))]

    seen = after(target, *adds, PLUG, "Qmp0.device_del(device=Device0)")

    assert "unheard" not in seen.state


# -- what no field of the spec says ----------------------------------------------------------------------------------


def test_a_terminal_is_as_its_stdio_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not show what is typed exactly while a stdio has it; anything else differs from the spec."""
    target = started(Setup((Model.monitor,), (Kind.null, Kind.stdio)), "null")
    swap = "Change0.find(id=Id0, kind=stdio, base=Id0)"
    assert "terminal" not in after(target, swap).state
    assert "terminal" not in after(target, "Qmp0.chardev_remove(id=Id0)").state

    monkeypatch.setattr(MemoryHost, "restore_terminal", lambda self: None)
    target = started(Setup((Model.monitor,), (Kind.null, Kind.stdio)), "null")
    assert "terminal" not in after(target, swap).state
    assert "terminal" in after(target, "Qmp0.chardev_remove(id=Id0)").state


def test_a_timer_of_another_loop_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the spec only the main loop has timers: one that the I/O thread would run out is not what it asks for."""
    monkeypatch.setattr(MemoryContext, "timer", lambda self, seconds, call: MemoryContext().idle(call))
    target = started(Setup((Model.serial,), (Kind.null, Kind.tty)), "null")

    assert after(target, PLUG, "Change0.find(id=Id0, kind=tty, base=Id0)").state["Device0.polls"] == "False"
