"""What the checker says of QEMU's chardev hotswap: of every profile, of every repair by itself, of every defect."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from hotswap.checker import Result, check, simulate
from hotswap.checker.explore.result import CallRecord, Step
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Profile
from hotswap.spec.language.rows import declaration
from hotswap.spec.models import Model

PROFILES = [profile.name for profile in CHARDEV.profiles]
PROPERTIES = {known.name for known in CHARDEV.all_properties}
REPAIRED = CHARDEV.profile("repaired")

TINY = (Setup((Model.refuser,), (Kind.ringbuf, Kind.socket)),)
"""A device that may refuse, and backends of which one is open at once and one when its peer comes."""

UNLOCKED = (Setup((Model.virtserialport,), (Kind.null, Kind.file)),)
"""Small enough to interleave a change with everything."""

QEMU_2_10 = {
    "no-dangling-pointer": (7, {"Qmp.chardev_remove", "Change.replace_alone", "Change.drop_new"}),
    "no-use-after-free": (8, {"Frontend.watch_fires", "Frontend.be_change"}),
    "no-illegal-transition": (8, {"Frontend.watch_fires"}),
    "no-deadlock": (6, {"Frontend"}),
    "failed-command-changes-nothing": (4, {"Change.add", "Change.drop_new"}),
    "open-close-alternate": (8, {"Change.be_change", "Chardev.accept"}),
    "open-state-agrees": (12, {"Change.drop_new", "Change.create_new", "Change.name_new"}),
    "fe-open-agrees": (
        11,
        {"Change.name_new", "Change.drop_new", "Change.create_new", "Change.add", "Qmp.device_add"},
    ),
}
"""What QEMU as it got the hotswap breaks: the length of the shortest trace, and where it breaks."""

WITHOUT = {
    "create-first": {"failed-command-changes-nothing": 4},
    "ask-first": {
        "failed-command-changes-nothing": 12,
        "no-dangling-pointer": 16,
        "no-use-after-free": 17,
        "open-close-alternate": 11,
        "open-state-agrees": 12,
        "fe-open-agrees": 12,
    },
    "closed-first": {"open-close-alternate": 9},
    "replay-open": {"fe-open-agrees": 12},
    "resume": {"no-deadlock": 6},
    "drop-watch": {"no-dangling-pointer": 7, "no-use-after-free": 8, "no-illegal-transition": 8},
}
"""What `repaired` breaks without one of its repairs, and the lengths of the shortest traces."""

DEFECTS = {
    "skip-detach": ("events-only-from-own-chardev", 10, "unparent_old"),
    "free-old-first": ("no-use-after-free", 10, "unparent_old"),
    "keep-watch": ("no-dangling-pointer", 14, "unparent_old"),
    "keep-pointer": ("no-dangling-pointer", 10, "unparent_old"),
    "keep-open": ("fe-open-agrees", 11, "name_new"),
    "refuse-late": ("failed-command-changes-nothing", 13, "drop_new"),
    "tell-the-wrong-one": ("open-state-agrees", 11, "name_new"),
    "register-twice": ("open-close-alternate", 9, "be_change"),
    "part-one-sided": ("pairing", 2, "device_del"),
    "forget-label": ("one-chardev-per-id", 5, "name_new"),
    "leak-half-open": ("no-leak", 2, "chardev_add"),
    "free-half-open-twice": ("no-double-free", 2, "chardev_add"),
    "forget-busy": ("no-failed-assertion", 2, "device_add"),
    "forget-watch": ("no-deadlock", 5, "guest_writes"),
}
"""The property that each defect breaks first of all, the length of the shortest trace, and the step that it ends in."""

NO_LOCK = {
    "no-use-after-free": 3,
    "no-illegal-transition": 6,
    "no-dangling-pointer": 8,
    "open-close-alternate": 12,
    "events-only-from-own-chardev": 12,
    "pairing": 13,
}
"""What `repaired` breaks in `UNLOCKED` when other threads run between the steps of a change."""


@functools.cache
def small(profile: str, *, defect: str | None = None) -> Result:
    """The default scope, explored once for all tests."""
    return check(CHARDEV, profile=profile, defect=defect, scope="small", lock="bql")


@functools.cache
def without(switch: str) -> Result:
    """The default scope of `repaired` without one of its repairs."""
    others = tuple(other for other in REPAIRED.switches if other.name != switch)
    return check(CHARDEV, profile=Profile(f"without-{switch}", f"Repaired, but for {switch}.", others), scope="small")


def lengths(result: Result) -> dict[str, int]:
    """The violated properties and the lengths of their shortest traces."""
    return {
        known.name: known.trace.length for known in result.properties if known.verdict == "violated" and known.trace
    }


def words(result: Result) -> set[str]:
    """The verdicts that occur."""
    return {known.verdict for known in result.properties}


def places(result: Result, name: str) -> set[str]:
    """The rows and methods in which a property breaks."""
    return {found.id.partition("@")[2].partition(":")[0] for found in result.verdict(name).findings}


def names(steps: tuple[Step, ...] | tuple[CallRecord, ...]) -> Iterator[str]:
    """Everything that ran in some steps or calls."""
    for each in steps:
        yield each.row
        yield from names(each.calls)


def test_qemu_2_10() -> None:
    """QEMU 2.10 breaks these properties, here, by traces of these lengths, and no others."""
    result = small("qemu-2.10")

    assert {name: (length, places(result, name)) for name, length in lengths(result).items()} == QEMU_2_10
    assert result.exhaustive
    assert result.exit_code == 12


def test_repaired() -> None:
    """The repaired protocol holds every property, and no step was cut for want of room."""
    result = small("repaired")

    assert {known.name for known in result.properties} == PROPERTIES
    assert words(result) == {"proved"}
    assert [pool.cuts for pool in result.pools.values()] == [0]
    assert result.exit_code == 0


@pytest.mark.slow
def test_repaired_among_several() -> None:
    """It also does with several devices and two names, in over a million states."""
    result = check(CHARDEV, profile="repaired", scope="medium")

    assert words(result) == {"proved"}
    assert [pool.cuts for pool in result.pools.values()] == [0]
    assert result.exhaustive
    assert result.states > 1_000_000


@pytest.mark.parametrize("switch", [switch.name for switch in REPAIRED.switches])
def test_no_repair_is_spare(switch: str) -> None:
    """Without any one of its switches, `repaired` takes other steps, and breaks these properties."""
    result = without(switch)

    assert result.coverage != small("repaired").coverage
    assert lengths(result) == WITHOUT[switch]
    assert result.exit_code == (11 if set(WITHOUT[switch]) == {"no-deadlock"} else 12)


def test_the_repairs_answer_what_is_broken() -> None:
    """Together the switches stand for every property that QEMU 2.10 breaks, and for no other."""
    assert {name for broken in WITHOUT.values() for name in broken} == set(QEMU_2_10)


def test_the_table_has_every_defect() -> None:
    """Every defect is in the table, with the property that it is named for."""
    assert {defect.name: defect.breaks for defect in CHARDEV.defects} == {
        name: breaks for name, (breaks, _, _) in DEFECTS.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect(name: str) -> None:
    """A defect breaks its property, which holds without it, by a trace through a method that it edits."""
    breaks, length, last = DEFECTS[name]
    defect = CHARDEV.defect(name)
    edited = {found.name for edit in defect.edits if (found := declaration(edit.method))}
    result = small(defect.profile, defect=name)
    trace = result.verdict(breaks).trace

    assert small(defect.profile).verdict(breaks).verdict == "proved"
    assert result.verdict(breaks).verdict == "violated"
    assert trace is not None
    assert (trace.length, trace.steps[-1].row) == (length, last)
    assert edited & set(names(trace.steps))
    assert result.exit_code == (11 if set(lengths(result)) == {"no-deadlock"} else 12)


def test_without_the_lock() -> None:
    """The repairs rely on the lock: without it the same protocol breaks, and atomicity has no meaning."""
    with_lock = check(CHARDEV, profile="repaired", scope=UNLOCKED)
    result = check(CHARDEV, profile="repaired", scope=UNLOCKED, lock="none")

    assert words(with_lock) == {"proved"}
    assert lengths(result) == NO_LOCK
    assert [known.name for known in result.properties if known.verdict == "undefined"] == [
        "failed-command-changes-nothing"
    ]
    assert (with_lock.exit_code, result.exit_code) == (0, 12)


def test_every_row_fires() -> None:
    """No row is dead in every profile: each does something in the default scope of one of them."""
    dead = [set(small(profile).dead_rows) for profile in PROFILES]

    assert not set.intersection(*dead)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_engines_judge_alike(profile: str) -> None:
    """Plain Python and machine code print the same findings, traces, coverage and pools."""
    plain, native = (check(CHARDEV, profile=profile, scope=TINY, engine=engine) for engine in ("python", "native"))

    assert plain.properties == native.properties
    assert plain.coverage == native.coverage
    assert plain.pools == native.pools


def test_prune() -> None:
    """Not to look behind a violation leaves the other properties open: none of them is proved."""
    result = check(CHARDEV, profile="qemu-2.10", scope="small", prune=True)

    assert words(result) == {"violated", "unknown"}
    assert lengths(result).items() <= lengths(small("qemu-2.10")).items()
    assert result.states < small("qemu-2.10").states
    assert not result.exhaustive
    assert result.exit_code == 12


def test_simulate() -> None:
    """Random walks find what is broken often, and the same seed finds the same."""
    one, two = (simulate(CHARDEV, profile="qemu-2.10", walks=40, depth=60, seed=7) for _ in range(2))

    assert one.verdict("failed-command-changes-nothing").verdict == "violated"
    assert set(lengths(one)) <= set(QEMU_2_10)
    assert words(one) == {"violated", "unknown"}
    assert one.properties == two.properties
    assert one.exit_code == 12


@pytest.mark.parametrize("profile", PROFILES)
def test_the_default_scope_is_small(profile: str) -> None:
    """The default scope has few enough transitions for whoever wants to take each of them."""
    assert small(profile).transitions <= 200_000


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_the_medium_scope_is_not(profile: str) -> None:
    """The next scope has over a million states in every profile: a search stops there at such a bound."""
    result = check(CHARDEV, profile=profile, scope="medium", max_states=1_000_001)

    assert result.states > 1_000_000
    assert not result.exhaustive
    assert result.exit_code == (12 if lengths(result) else 20)
