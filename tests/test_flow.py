"""A command as a flow."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from hotswap.checker.compile.program import build, impure
from hotswap.checker.draw.flow import picture
from hotswap.checker.draw.known import Known
from hotswap.checker.draw.outline import outline
from hotswap.checker.draw.ways import Ways, ways
from hotswap.spec import CHARDEV
from hotswap.spec.change import Change
from hotswap.spec.language import Machine, System
from hotswap.spec.language.rows import Declaration, State
from hotswap.spec.language.variants import variant
from hotswap.spec.qmp import Qmp
from hotswap.spec.write_all import WriteAll
from nic import NIC, Swap

UNDOING = ("Change.part", "Change.reattach", "Change.reopen", "Change.drop_new")


@cache
def seen(system: System, profile: str, never: tuple[str, ...] = ()) -> Known:
    """What is known of the rows of a version from the rows themselves."""
    with variant(system.profile(profile)):
        program = build(system, system.pools(system.scope()))
        changes = impure(system, program)
        outlines = {row: outline(function, changes, program) for row, function in program.functions.items()}
    return Known(outlines, never=frozenset(never))


def found(profile: str, never: tuple[str, ...] = ()) -> Ways:
    """The ways through a change."""
    made = ways(Change, seen(CHARDEV, profile, never))
    assert made is not None
    return made


def names(every: Iterable[Declaration | State]) -> set[str]:
    """What they are called."""
    return {each.name for each in every}


def test_how_a_change_ends() -> None:
    """It is done where its last step can't fail, and refused where the last step has failed; waiting is no part."""
    made = found("qemu-10.0")

    assert names(made.first) == {"chardev_add", "find"}
    assert names(made.done) == {"name_new"}
    assert names(made.refused) == {"chardev_add", "find", "look", "add", "add_instead", "create_new", "drop_new"}
    assert not names(made.steps) & {"wait", "dispatch"}


def test_the_way_back() -> None:
    """Behind a refusal every way leads to the end that tells it; before it there is a way on."""
    assert names(found("qemu-10.0").undoing) == {"refused", "parted", "returned", "unwanted"}


def test_a_switch_that_is_off_leads_nowhere() -> None:
    """A state that only another version goes to is none that a step leads to."""
    assert "ask" in names(found("repaired").refused)
    assert "ask" not in names(found("qemu-10.0").refused | found("qemu-10.0").done)


def test_from_where_it_is_not_refused() -> None:
    """A refusal that never happens does not count: as repaired, the creation is the last step that can fail."""
    assert names(found("qemu-10.0").settled) == {"accepted", "replaced"}
    assert {"opening", "created", "attached", "accepted"} <= names(found("repaired", UNDOING).settled)
    assert not names(found("repaired", UNDOING).settled) & {"free", "bare", "willing"}


def test_in_words() -> None:
    """The picture says every step, what comes next and how it ends, and which lock it has, to who does not see it."""
    drawn = picture("chardev", Change, seen(CHARDEV, "qemu-10.0"))

    assert drawn is not None
    assert drawn.name == "Change-flow"
    assert "It holds the lock bql from its first step to its end." in drawn.description
    assert "be_change leads to accepted: unparent_old, refused: part." in drawn.description
    assert "name_new leads to done." in drawn.description
    assert "drop_new leads to refused with Chardev '%s' change failed." in drawn.description


@pytest.mark.parametrize(("profile", "idle"), [("qemu-10.0", {"ask"}), ("repaired", {"drop_old"})])
def test_a_step_with_nothing_to_do(profile: str, idle: set[str]) -> None:
    """A step that is empty in this version says so, and has dashes."""
    drawn = picture("chardev", Change, seen(CHARDEV, profile))

    assert drawn is not None
    boxes = [line.strip() for line in drawn.dot.splitlines() if "nothing to do in this version" in line]
    assert {line.partition(" [")[0] for line in boxes} == idle
    assert all('style="rounded,dashed"' in line for line in boxes)


@pytest.mark.parametrize(("system", "machine"), [(CHARDEV, WriteAll), (CHARDEV, Qmp), (NIC, Swap)])
def test_what_is_no_flow(system: System, machine: type[Machine]) -> None:
    """A command that is never refused, one of a single step, and one whose last step may fail or not have no flow."""
    assert picture(system.name, machine, seen(system, system.profiles[0].name)) is None
