"""The chardev goes on: what `repaired` promises comes, and what QEMU lets wait for ever is a defect that is known."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pytest

from findings import PROFILES, REPAIRED_FIRST, places
from hotswap.checker import Result, check
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Defect, Profile, Switch
from hotswap.spec.liveness import LIVENESS
from hotswap.spec.models import Model
from hotswap.spec.profiles import NO_WAIT, PTY_CLOSED, RESUME, STACK_OPEN
from qemu_defects import QEMU_DEFECTS

PROMISES = ("change-completes", "blocked-writer-resumes", "open-state-settles")

TINY = (Setup((Model.serial,), (Kind.null, Kind.waiting), known=False),)
"""A device, and a listener whose peer never comes."""


@dataclass(frozen=True)
class Lasso:
    """What QEMU lets wait for ever: where the shortest lasso makes the promise in vain, and how many steps it has.

    It is a consequence of `defect`. With `mend`, the one switch that mends that, the shortest has `then` steps; if
    there is one at all.
    """

    profile: str
    property: str
    row: str
    length: int
    defect: str
    mend: Switch
    then: int | None


LASSOS = (
    # The change has the lock and waits for a client that may never come.
    Lasso("qemu-2.10", "change-completes", "Change.add", 2, "waits-for-a-client", NO_WAIT, None),
    Lasso("qemu-7.2", "change-completes", "Change.add", 2, "waits-for-a-client", NO_WAIT, None),
    Lasso("qemu-10.0", "change-completes", "Change.add", 2, "waits-for-a-client", NO_WAIT, None),
    # A port is throttled by a write that fails, and there is no watch that would end it.
    Lasso(
        "qemu-2.10",
        "blocked-writer-resumes",
        "Device.guest_writes_in_vain",
        5,
        "throttled-by-a-peer-that-has-gone",
        RESUME,
        None,
    ),
    Lasso(
        "qemu-7.2",
        "blocked-writer-resumes",
        "Device.guest_writes_in_vain",
        5,
        "throttled-by-a-peer-that-has-gone",
        RESUME,
        None,
    ),
    Lasso(
        "qemu-10.0",
        "blocked-writer-resumes",
        "Device.guest_writes_in_vain",
        5,
        "throttled-by-a-peer-that-has-gone",
        RESUME,
        None,
    ),
    # A device that was never told CLOSED believes for ever that somebody is there; so does one that a mux told OPENED.
    # What is left then comes of refusal-says-opened (14), mux-over-a-closed-base (6), closed-unheard-while-stopped (7).
    Lasso("qemu-2.10", "open-state-settles", "Chardev.disconnect", 5, "idle-pty-says-no-closed", PTY_CLOSED, 14),
    Lasso("qemu-7.2", "open-state-settles", "Chardev.disconnect", 4, "pty-says-no-closed", PTY_CLOSED, 6),
    Lasso("qemu-10.0", "open-state-settles", "Qmp.device_add", 6, "mux-over-a-closed-base", STACK_OPEN, 7),
)


@functools.cache
def judged(profile: str) -> Result:
    """The default scope, explored once for all tests."""
    return check(LIVENESS, profile=profile, scope="small")


def lengths(result: Result) -> dict[str, int]:
    """The promises that are broken, and the lengths of their shortest lassos."""
    return {known.name: known.trace.length for known in result.properties if known.liveness and known.trace}


def test_they_are_the_promises() -> None:
    """The system is the chardev, and promises these."""
    assert tuple(known.name for known in LIVENESS.liveness) == PROMISES
    assert not CHARDEV.liveness
    assert (LIVENESS.machines, LIVENESS.scopes, LIVENESS.profiles) == (
        CHARDEV.machines,
        CHARDEV.scopes,
        CHARDEV.profiles,
    )


def test_repaired() -> None:
    """The repaired protocol keeps every promise, over all of the states that are explored for safety."""
    result = judged("repaired")

    assert {known.verdict for known in result.properties} == {"proved"}
    assert result.states == check(CHARDEV, profile="repaired", scope="small").states
    assert result.exhaustive and result.exit_code == 0


@pytest.mark.parametrize(
    "defect",
    [
        pytest.param(each, marks=[pytest.mark.thorough] if number else [])
        for number, each in enumerate(LIVENESS.defects)
    ],
    ids=lambda defect: defect.name,
)
def test_a_defect(defect: Defect) -> None:
    """A defect breaks its promise, which is kept without it, by a lasso."""
    trace = check(LIVENESS, defect=defect.name, scope="small").verdict(defect.breaks).trace

    assert judged(defect.profile).verdict(defect.breaks).verdict == "proved"
    assert trace is not None and trace.loop is not None


def test_every_promise_has_its_defect() -> None:
    """There is a defect for each of the promises, and for nothing else."""
    assert {defect.breaks for defect in LIVENESS.defects} == set(PROMISES)


def test_what_a_defect_edits_is_put_back() -> None:
    """The chardev is what it was after a defect of rows that it shares has been judged."""
    before = {row.qualname: row.body for machine in CHARDEV.machines for row in machine.rows}
    for defect in LIVENESS.defects:
        check(LIVENESS, defect=defect.name, scope=TINY, engine="python")

    assert {row.qualname: row.body for machine in CHARDEV.machines for row in machine.rows} == before


@pytest.mark.parametrize("profile", REPAIRED_FIRST)
def test_every_lasso_is_explained(profile: str) -> None:
    """What a version lets wait for ever is in the table, with its length, and comes of a defect that is known of it."""
    table = [lasso for lasso in LASSOS if lasso.profile == profile]
    known = {defect.name for defect in QEMU_DEFECTS if profile in defect.profiles}
    result = judged(profile)

    assert lengths(result) == {lasso.property: lasso.length for lasso in table}
    assert {f"{lasso.property}@{lasso.row}" for lasso in table} <= places(result)
    assert {lasso.defect for lasso in table} <= known


@pytest.mark.thorough
@pytest.mark.parametrize("lasso", LASSOS, ids=lambda lasso: f"{lasso.property}-{lasso.profile}")
def test_a_lasso_comes_of_its_defect(lasso: Lasso) -> None:
    """With nothing but that defect mended, the promise is kept, or it takes longer to break it, somewhere else."""
    version = LIVENESS.profile(lasso.profile)
    mended = Profile("mended", f"With {lasso.mend.name}.", (*version.switches, lasso.mend))

    then = lengths(check(LIVENESS, profile=mended, scope="small"))

    assert then.get(lasso.property) == lasso.then
    assert lasso.then is None or lasso.then > lasso.length
    assert then.items() >= {other.property: other.length for other in LASSOS if unrelated(lasso, other)}.items()


def unrelated(lasso: Lasso, other: Lasso) -> bool:
    """Whether another lasso of that version has nothing to do with it."""
    return other.profile == lasso.profile and other.property != lasso.property


@pytest.mark.parametrize("profile", REPAIRED_FIRST)
def test_nothing_is_vacuous_without_a_reason(profile: str) -> None:
    """Each promise is made: what never happens in the default scope is what the profile explains."""
    assert [found.id for found in judged(profile).vacuity if not found.explanation] == []


@pytest.mark.thorough
@pytest.mark.parametrize("profile", PROFILES)
def test_the_engines_judge_alike(profile: str) -> None:
    """Plain Python and machine code print the same lassos."""
    plain, native = (check(LIVENESS, profile=profile, scope=TINY, engine=engine) for engine in ("python", "native"))

    assert plain.properties == native.properties
    assert lengths(native).keys() == (set() if profile == "repaired" else {"change-completes"})
