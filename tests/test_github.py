"""Findings as GitHub annotations."""

from __future__ import annotations

from hotswap.checker import Result, check
from hotswap.checker.view.github import commands
from hotswap.spec.language import System


def test_an_annotation_for_each_finding(broken: Result) -> None:
    """File, line and title are the row that broke; the message has the steps, with newlines escaped."""
    lines = list(commands(broken))

    assert len(lines) == sum(len(known.findings) for known in broken.properties if known.verdict == "violated")
    assert lines[0] == (
        "::error file=tests/nic.py,line=124,title=no-dangling-pointer@Swap.change::Card0.last dangles after 3 steps"
        "%0A1. Card0.switch_on%0A2. Swap0.find(card=Card0, speed=slow)%0A3. Swap0.change [open fails]"
    )


def test_nothing_to_say(proved: Result) -> None:
    """Where every property holds there is no annotation."""
    assert list(commands(proved)) == []


def test_a_bound_is_a_warning(nic: System) -> None:
    """A search that stopped is no success."""
    result = check(nic, profile="repaired", engine="python", max_states=5)

    assert [line[:9] for line in commands(result)] == ["::warning"]


def test_an_edited_file_is_the_file(nic: System) -> None:
    """A defect's findings stand at the file that it edits."""
    result = check(nic, defect="forget-last", engine="python")

    assert all("file=tests/nic.py," in line for line in commands(result))
