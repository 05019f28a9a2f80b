"""Several threads explore what one does."""

from __future__ import annotations

import pytest

from disk import is_a_state
from hotswap.checker import check
from hotswap.checker.explore import native
from hotswap.checker.explore.result import Result
from hotswap.spec import CHARDEV
from models import MODELS
from models_table import model


@pytest.fixture(params=[1, pytest.param(64, marks=pytest.mark.thorough)])
def wide(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels of so many states are wide enough: with 1 the threads meet all the time, with 64 one searches between."""
    monkeypatch.setattr(native, "WIDE", request.param)


def told(result: Result) -> object:
    """What does not depend on who was faster: by which row a state is reached first does."""
    verdicts = {
        known.name: (
            known.verdict,
            sorted(("" if is_a_state(known) else each.id, each.trace.length) for each in known.findings),
        )
        for known in result.properties
    }
    counts = (result.states, result.transitions, result.depth, result.exhaustive)
    return counts, verdicts, dict(result.coverage), {name: each.high for name, each in result.pools.items()}


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("name", dict(MODELS))
def test_threads_find_what_one_finds(name: str) -> None:
    """States, steps, depth, verdicts, findings and the lengths of their traces are those of a search alone."""
    system = model(name)
    for defect in (None, *system.defects):
        alone = check(system, defect=defect, engine="native")

        assert told(check(system, defect=defect, engine="native", threads=3)) == told(alone)


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("profile", ["qemu-7.2", pytest.param("repaired", marks=pytest.mark.thorough)])
def test_threads_find_what_one_finds_in_states_of_many_words(profile: str) -> None:
    """A table of numbers is shared by threads as one of states is."""
    alone = check(CHARDEV, profile=profile)

    assert told(check(CHARDEV, profile=profile, threads=3)) == told(alone)


def test_threads_stop_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound stops all of them, and what was counted until then is told."""
    monkeypatch.setattr(native, "WIDE", 1)

    result = check(CHARDEV, max_states=1000, threads=2)

    assert (result.exhaustive, result.stopped) == (False, "1,000 states")
    assert 1000 < result.states <= sum(result.coverage.values()) + 100
