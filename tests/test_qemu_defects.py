"""The checker finds every known defect of QEMU, in the versions that have it, and nothing that is not known."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from findings import (
    GOLDEN,
    PAGE,
    PROFILES,
    found,
    golden,
    judged,
    line,
    places,
    profiles_with,
    reached,
    section,
    state_section,
)
from qemu_defects import OUTSIDE, QEMU_DEFECTS, REACHABLE, QemuDefect, Reachable

DEFECTS = [
    pytest.param(defect, id=defect.name, marks=[pytest.mark.thorough] if defect.setup else [])
    for defect in QEMU_DEFECTS
]
RENEW = "`python tests/findings.py` renews it"


def written(name: str) -> str:
    """The section of that name in `docs/qemu.md`."""
    parts = re.split(r"^(?=\n?##)", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return next((part for part in parts if part.strip().startswith(f"### {name}\n")), "")


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    """The verdicts of a comparison in words."""
    return {
        f"{known['name']} in {each['profile']}": f"{known['verdict']}, steps: {known['trace_length']}"
        for each in document["profiles"]
        for known in each["properties"]
    }


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect(defect: QemuDefect) -> None:
    """A defect is found in the versions that have it and in no other profile, by the trace that the page shows."""
    assert profiles_with(found(defect, profile) for profile in PROFILES) == defect.profiles
    assert line(defect) in PAGE.read_text("utf-8"), RENEW
    assert written(defect.name).strip() == section(defect).strip(), RENEW


@pytest.mark.thorough
@pytest.mark.parametrize("each", REACHABLE, ids=lambda each: each.name)
def test_a_state(each: Reachable) -> None:
    """A state is reached in the profiles that the table names and in no other, by the trace that the page shows."""
    assert profiles_with(reached(each, profile) for profile in PROFILES) == each.profiles
    assert written(each.name).strip() == state_section(each).strip(), RENEW


@pytest.mark.parametrize("profile", PROFILES)
def test_every_finding_is_explained(profile: str) -> None:
    """What the default scope finds in a profile is a known defect of it, or comes of one; and it finds all of those."""
    known = [defect for defect in QEMU_DEFECTS if profile in defect.profiles]
    explained = {finding for defect in known for finding in (defect.breaks, *defect.also)}
    expected = {defect.breaks for defect in known if defect.setup is None}

    assert places(judged(profile)) - explained == set()
    assert expected <= places(judged(profile))


def test_what_comes_of_a_defect_is_found() -> None:
    """No defect is said to cause what the default scope does not find in any of its versions."""
    for defect in QEMU_DEFECTS:
        assert set(defect.also) <= set().union(*(places(judged(profile)) for profile in defect.profiles)), defect.name


def test_the_page_has_no_other() -> None:
    """`docs/qemu.md` has a section for every entry and no more, in order, and a line for everything that is outside."""
    text = PAGE.read_text("utf-8")

    assert re.findall(r"^### (.+)$", text, re.MULTILINE) == [each.name for each in (*QEMU_DEFECTS, *REACHABLE)], RENEW
    assert all(f"| {each.name} | {each.what} | {each.why} |\n" in text for each in OUTSIDE), RENEW


def test_no_verdict_has_changed() -> None:
    """All profiles have the committed verdicts, trace lengths and counts."""
    was, now = GOLDEN.read_text("utf-8"), golden()
    old, new = verdicts(json.loads(was)), verdicts(json.loads(now))
    changed = [
        f"{name}: was {old.get(name)}, is {new.get(name)}" for name in old | new if old.get(name) != new.get(name)
    ]

    assert not changed, "\n".join([*changed, RENEW])
    assert now == was, f"only the numbers of states or transitions have changed; {RENEW}"
