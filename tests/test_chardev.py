"""What the checker says of QEMU's chardev hotswap: of every profile, of every repair by itself, of every defect."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from findings import PROFILES, REPAIRED_FIRST, judged
from hotswap.checker import Result, check, simulate
from hotswap.checker.explore.result import CallRecord, Step
from hotswap.spec import CHARDEV, Setup, mutants
from hotswap.spec.backend import Kind
from hotswap.spec.language import Profile, Switch
from hotswap.spec.language.rows import declaration
from hotswap.spec.models import Model
from repairs import REPAIRS, TWO_CHANGES, TWO_DEVICES, released, states, without

PROPERTIES = {known.name for known in CHARDEV.all_properties}
NEWEST = CHARDEV.profile("qemu-10.0")

TINY = (Setup((Model.refuser,), (Kind.ringbuf, Kind.tcp)),)
"""A device that may refuse, and backends of which one is open at once and one when its peer comes."""

UNLOCKED = (Setup((Model.virtserialport,), (Kind.null, Kind.ringbuf)),)
"""Small enough to interleave a change with everything."""

WITHOUT = {
    "create-first": {"failed-command-changes-nothing": 4, "id-never-lost": 4},
    "ask-first": {
        "failed-command-changes-nothing": 14,
        "pairing": 14,
        "open-close-alternate": 13,
        "open-state-agrees": 14,
        "fe-open-agrees": 14,
        "events-only-from-own-chardev": 15,
        "unplugged-is-as-new": 24,
    },
    "closed-first": {"open-close-alternate": 10},
    "replay-open": {"fe-open-agrees": 13},
    "resume": {"no-deadlock": 5, "blocked-writer-has-wakeup": 5},
    "drop-watch": {
        "no-dangling-pointer": 6,
        "no-use-after-free": 7,
        "no-illegal-transition": 7,
        "unplugged-is-as-new": 5,
    },
    "keep-tag": {"no-dangling-pointer": 15, "no-use-after-free": 17, "blocked-writer-has-wakeup": 15},
    "modem-reset": {"modem-lines-agree": 18},
    "sync-once": {"open-close-alternate": 2},
    "keep-handlers": {
        "open-close-alternate": 3,
        "open-state-agrees": 7,
        "swappable-while-plugged": 2,
        "heard-while-plugged": 2,
    },
    "bind-beside": {"path-reachable-after-change": 7},
    "truncate-late": {"failed-command-changes-nothing": 2},
    "dup-stdio": {"no-failed-assertion": 13, "stdio-owned-once": 20},
    "own-terminal": {"stdio-owned-once": 9, "terminal-is-taken-by-its-stdio": 7},
    "drop-connect": {"no-failed-assertion": 8, "yank-matches-sockets": 1},
    "yank-connect": {"done-as-asked": 1},
    "no-wait": {"no-deadlock": 1},
    "stack-open": {"open-close-alternate": 8, "open-state-agrees": 6},
    "hub-event": {"no-failed-assertion": 6},
    "mux-empty": {"no-failed-assertion": 6},
}
"""What `repaired` breaks without one of its repairs, and the lengths of the shortest traces."""

DEFECTS = {
    "skip-detach": ("events-only-from-own-chardev", 11, "unparent_old"),
    "free-old-first": ("no-use-after-free", 11, "unparent_old"),
    "tell-the-wrong-one": ("open-state-agrees", 12, "name_new"),
    "forget-label": ("one-chardev-per-id", 5, "name_new"),
    "forget-handover": ("yank-matches-sockets", 7, "name_new"),
    "drop-old-first": ("id-never-lost", 4, "add_instead"),
    "wait-for-the-peer": ("no-deadlock", 1, "chardev_add"),
    "keep-watch": ("no-dangling-pointer", 14, "unparent_old"),
    "keep-pointer": ("no-dangling-pointer", 11, "unparent_old"),
    "forget-the-handler": ("swappable-while-plugged", 1, "device_add"),
    "refuse-late": ("failed-command-changes-nothing", 14, "drop_new"),
    "register-twice": ("open-close-alternate", 10, "be_change"),
    "register-in-the-handler": ("no-runaway-callback", 1, "device_add"),
    "forget-the-guest": ("fe-open-agrees", 13, "name_new"),
    "wait-for-nothing": ("blocked-writer-has-wakeup", 5, "guest_writes_in_vain"),
    "forget-watch": ("no-deadlock", 4, "guest_writes"),
    "keep-the-lines": ("modem-lines-agree", 18, "name_new"),
    "keep-open": ("fe-open-agrees", 12, "name_new"),
    "part-one-sided": ("pairing", 2, "device_del"),
    "leak-half-open": ("no-leak", 2, "add"),
    "free-half-open-twice": ("no-double-free", 2, "add"),
    "take-for-granted": ("no-null-dereference", 1, "chardev_remove"),
    "unparent-twice": ("no-illegal-transition", 1, "chardev_remove"),
    "truncate-early": ("failed-command-changes-nothing", 2, "add"),
    "unlink-anything": ("path-reachable-after-change", 7, "name_new"),
    "keep-connecting": ("yank-matches-sockets", 1, "chardev_remove"),
    "share-stdio": ("stdio-owned-once", 7, "add"),
    "hub-without-a-function": ("no-failed-assertion", 6, "chardev_send_break"),
    "hear-twice": ("open-close-alternate", 8, "accept"),
    "forget-busy": ("no-failed-assertion", 2, "device_add"),
    "remove-busy": ("no-dangling-pointer", 2, "chardev_remove"),
    "forget-the-event-handler": ("heard-while-plugged", 1, "device_add"),
    "never-truncate": ("file-was-emptied", 5, "name_new"),
    "give-up": ("reconnect-goes-on", 4, "disconnect"),
    "remove-nothing": ("done-as-asked", 1, "chardev_remove"),
    "add-a-null": ("backend-was-offered", 5, "name_new"),
    "release-anything": ("address-is-of-its-listener", 4, "add_instead"),
    "come-from-nowhere": ("peer-was-expected", 6, "peer_connects"),
    "rise-again": ("who-left-is-gone", 4, "peer_drains"),
    "made-alone": ("client-is-made-connected", 2, "add"),
    "keep-the-role": ("spare-is-of-no-stack", 6, "chardev_remove"),
    "wait-anyway": ("device-is-of-its-model", 5, "guest_writes"),
}
"""The property that each defect breaks first of all, the length of the shortest trace, and the step that it ends in."""

NEVER_AGAIN = {"create-nothing": "change-succeeds"}
"""The defects by which something does not happen any more, which no trace can show."""

MEMORY_SAFETY = {"no-dangling-pointer", "no-use-after-free", "no-null-dereference", "no-double-free", "no-leak"}

REGIONS = {
    "found": {"no-use-after-free": 3},
    "alone": {"no-use-after-free": 5},
    "bare": {"no-use-after-free": 5},
    "free": {"no-illegal-transition": 10},
    "swappable": {"no-use-after-free": 7, "unplugged-is-as-new": 11},
    "willing": {"no-use-after-free": 7, "unplugged-is-as-new": 11},
    "opening": {"no-use-after-free": 7, "no-illegal-transition": 10, "unplugged-is-as-new": 11},
    "created": {"no-use-after-free": 9, "unplugged-is-as-new": 11},
    "told": {"no-use-after-free": 10, "unplugged-is-as-new": 11},
    "detached": {
        "no-dangling-pointer": 9,
        "no-use-after-free": 10,
        "pairing": 14,
        "unplugged-is-as-new": 11,
        "device-is-of-its-model": 9,
    },
    "attached": {"no-use-after-free": 12, "unplugged-is-as-new": 11},
    "accepted": {"no-use-after-free": 7, "no-illegal-transition": 10},
    "replaced": {"no-illegal-transition": 10},
}
"""What `repaired` breaks in `TWO_CHANGES` when a change lets go of the lock in one of its states."""

NO_LOCK = {
    "no-dangling-pointer": 9,
    "no-use-after-free": 3,
    "no-illegal-transition": 14,
    "pairing": 14,
    "open-close-alternate": 20,
    "events-only-from-own-chardev": 12,
    "unplugged-is-as-new": 11,
    "device-is-of-its-model": 9,
}
"""What `repaired` breaks in `UNLOCKED` when other threads run between the steps of a change."""


@functools.cache
def small(profile: str, *, defect: str | None = None) -> Result:
    """The default scope, explored once for all tests."""
    if defect is None:
        return judged(profile)
    return check(CHARDEV, profile=profile, defect=defect, scope="small", lock="bql")


def lengths(result: Result) -> dict[str, int]:
    """The violated properties and the lengths of their shortest traces."""
    return {
        known.name: known.trace.length for known in result.properties if known.verdict == "violated" and known.trace
    }


def findings(result: Result) -> list[str]:
    """Every finding, by its name."""
    return [found.id for known in result.properties for found in known.findings]


def proved(result: Result) -> set[str]:
    """The properties that hold."""
    return {known.name for known in result.properties if known.verdict == "proved"}


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


def test_repaired() -> None:
    """The repaired protocol holds every property, and no step was cut for want of room."""
    result = small("repaired")

    assert {known.name for known in result.properties} == PROPERTIES
    assert words(result) == {"proved"}
    assert [pool.cuts for pool in result.pools.values()] == [0]
    assert result.exit_code == 0


@pytest.mark.thorough
def test_repaired_among_several() -> None:
    """It also does with several devices and two names, in over a million states."""
    result = check(CHARDEV, profile="repaired", scope="medium")

    assert words(result) == {"proved"}
    assert [pool.cuts for pool in result.pools.values()] == [0]
    assert result.exhaustive
    assert result.states > 1_000_000


@pytest.mark.thorough
@pytest.mark.parametrize("switch", REPAIRS, ids=lambda switch: switch.name)
def test_no_repair_is_spare(switch: Switch) -> None:
    """Without any one of its repairs, the protocol breaks these properties."""
    result = without(switch)

    assert lengths(result) == WITHOUT[switch.name]
    assert result.exit_code == (11 if set(WITHOUT[switch.name]) == {"no-deadlock"} else 12)


@pytest.mark.thorough
@pytest.mark.parametrize("switch", NEWEST.switches, ids=lambda switch: switch.name)
def test_no_change_of_qemu_is_spare(switch: Switch) -> None:
    """QEMU 10.0 without any one of the changes since 2.10 takes other steps, or breaks other properties."""
    others = tuple(other for other in NEWEST.switches if other is not switch)
    older = check(CHARDEV, profile=Profile("older", f"Without {switch.name}.", others), scope="small")
    newest = small("qemu-10.0")

    assert (older.coverage, findings(older)) != (newest.coverage, findings(newest))


def test_the_repairs_answer_what_is_broken() -> None:
    """Together the repairs stand for every property that QEMU 10.0 breaks, and for no other."""
    assert {name for broken in WITHOUT.values() for name in broken} == set(lengths(small("qemu-10.0")))


def test_the_table_has_every_defect() -> None:
    """Every defect is in the table, with the property that it is named for."""
    assert {defect.name: defect.breaks for defect in CHARDEV.defects} == {
        name: breaks for name, (breaks, _, _) in DEFECTS.items()
    } | NEVER_AGAIN


@pytest.mark.thorough
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
    assert edited & set(names(trace.steps)) or breaks == "no-deadlock"  # whose trace ends where no way out is left
    assert result.exit_code == (11 if set(lengths(result)) == {"no-deadlock"} else 12)


@pytest.mark.thorough
@pytest.mark.parametrize("name", NEVER_AGAIN)
def test_a_defect_without_a_trace(name: str) -> None:
    """A defect by which something can't happen any more breaks the property that says it can."""
    defect = CHARDEV.defect(name)
    result = small(defect.profile, defect=name)

    assert small(defect.profile).verdict(defect.breaks).verdict == "proved"
    assert [known.name for known in result.properties if known.verdict == "violated"] == [defect.breaks]
    assert result.exit_code == 12


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


@pytest.mark.thorough
@pytest.mark.parametrize("state", REGIONS)
def test_no_part_of_the_lock_is_spare(state: str) -> None:
    """The repairs hold with two commands at a time; let go of in any state of a change, they break."""
    assert words(check(CHARDEV, profile="repaired", scope=TWO_CHANGES)) == {"proved"}
    assert lengths(released(state)) == REGIONS[state]


@pytest.mark.thorough
def test_references_are_no_lock() -> None:
    """References save a command's own pointers, and not those of a device that is plugged in the middle of it."""
    alone = check(CHARDEV, profile="referenced", scope=UNLOCKED, lock="none")
    others = check(CHARDEV, profile="referenced", scope=TWO_DEVICES, lock="none")

    assert MEMORY_SAFETY & set(lengths(alone)) == set()
    assert lengths(others)["no-use-after-free"] == 15
    assert words(check(CHARDEV, profile="referenced", scope="small")) == {"proved"}


def test_the_regions_are_all() -> None:
    """Every state in which a change of `repaired` is in flight has a region: the others it never is in."""
    assert set(REGIONS) == set(states())


def test_every_row_fires() -> None:
    """No row is dead in every profile: each does something in the default scope of one of them."""
    dead = [{row for row, count in small(profile).coverage.items() if not count} for profile in PROFILES]

    assert not set.intersection(*dead)


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_is_vacuous_without_a_reason(profile: str) -> None:
    """What never happens in the default scope is explained by the profile, which explains nothing else."""
    vacuous = {found.id: found.explanation for found in small(profile).vacuity}

    explained = set(CHARDEV.profile(profile).explained) - set(mutants.REPAIRED)

    assert [name for name, explanation in vacuous.items() if not explanation] == []
    assert explained == set(vacuous)


@pytest.mark.parametrize("profile", REPAIRED_FIRST)
def test_the_engines_judge_alike(profile: str) -> None:
    """Plain Python and machine code print the same findings, traces, coverage and pools."""
    plain, native = (check(CHARDEV, profile=profile, scope=TINY, engine=engine) for engine in ("python", "native"))

    assert plain.properties == native.properties
    assert plain.coverage == native.coverage
    assert plain.pools == native.pools


def test_prune() -> None:
    """Not to look behind a violation leaves the other properties open: none of them is proved."""
    result = check(CHARDEV, profile="qemu-2.10", scope="small", prune=True)

    assert proved(result) == {"change-succeeds"}  # which has a witness
    assert lengths(result).items() <= lengths(small("qemu-2.10")).items()
    assert result.states < small("qemu-2.10").states
    assert not result.exhaustive
    assert result.exit_code == 12


@pytest.mark.thorough
def test_simulate() -> None:
    """Random walks find what is broken often, and the same seed finds the same."""
    one, two = (simulate(CHARDEV, profile="qemu-2.10", walks=40, depth=60, seed=7) for _ in range(2))

    assert one.verdict("failed-command-changes-nothing").verdict == "violated"
    assert set(lengths(one)) <= set(lengths(small("qemu-2.10")))
    assert proved(one) == {"change-succeeds"}
    assert one.properties == two.properties
    assert one.exit_code == 12


@pytest.mark.parametrize("profile", PROFILES)
def test_the_default_scope_is_small(profile: str) -> None:
    """The default scope has few enough transitions for whoever wants to take each of them."""
    assert small(profile).transitions <= 200_000


@pytest.mark.thorough
@pytest.mark.parametrize("profile", PROFILES)
def test_the_medium_scope_is_not(profile: str) -> None:
    """The next scope has over a million states in every profile: a search stops there at such a bound."""
    result = check(CHARDEV, profile=profile, scope="medium", max_states=1_000_001)

    assert result.states > 1_000_000
    assert not result.exhaustive
    assert result.exit_code == (12 if lengths(result) else 20)
