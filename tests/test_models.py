"""The small models have the counts that others have published, and the verdicts that their README shows."""

from __future__ import annotations

import re

import pytest

from hotswap.checker import check
from hotswap.spec.language import Pools, System
from models import MODELS
from models.hanoi import HANOI, Disk
from models.philosophers import PHILOSOPHERS, Fork, Philosopher
from models_table import README, Count, judged, known_counts, model, verdicts, written_verdicts


def safety(system: System) -> list[str]:
    """The properties of states and steps: what others have been measured with."""
    return [known.name for known in system.all_properties if not known.liveness]


PUBLISHED = {
    "philosophers": (1_594_322, 13_817_453),
    "two_phase_commit": (1_745_408, 18_507_777),
    "filter_lock": (10_294_228, 40_935_055),
}
"""States and transitions of the benchmarks that other checkers have been measured with."""


COUNTS = [
    pytest.param(
        known,
        id=f"{known.model}-{known.scope}",
        marks=[
            mark
            for most, mark in ((1_000_000, pytest.mark.slow), (1_600_000, pytest.mark.thorough))
            if known.states > most
        ],
    )
    for known in known_counts()
]
"""The largest are for the thorough part."""


@pytest.mark.parametrize("known", COUNTS)
def test_known_counts(known: Count) -> None:
    """A model has as many states and transitions as the README says, and others have counted."""
    system = model(known.model)
    result = check(system, scope=known.scope, properties=safety(system))

    assert (result.states, result.transitions) == (known.states, known.transitions)
    assert result.exhaustive


def test_the_published_counts_are_in_the_table() -> None:
    """The README shows the counts of the benchmarks."""
    shown = {known.model: (known.states, known.transitions) for known in known_counts() if known.scope == "published"}

    assert shown == PUBLISHED


@pytest.mark.parametrize("disks", [1, 4, 7])
def test_hanoi(disks: int) -> None:
    """N disks have 3^N states and 3^(N + 1) - 3 moves, and the tower is on its new peg after 2^N - 1."""
    result = check(HANOI, scope=[Pools({Disk: disks})])
    witness = result.verdict("moved").trace

    assert (result.states, result.transitions) == (3**disks, 3 ** (disks + 1) - 3)
    assert witness is not None
    assert witness.length == 2**disks - 1


@pytest.mark.parametrize("guests", [3, 4, 6])
def test_philosophers(guests: int) -> None:
    """N philosophers have 3^N - 1 states and starve after N steps; with one left-hander 3^N, and nobody starves."""
    scope = [Pools({Fork: guests, Philosopher: guests})]
    alike, odd = (check(PHILOSOPHERS, profile=profile.name, scope=scope) for profile in PHILOSOPHERS.profiles)
    deadlock = alike.verdict("no-deadlock").trace

    assert (alike.states, odd.states) == (3**guests - 1, 3**guests)
    assert deadlock is not None
    assert deadlock.length == guests
    assert odd.verdict("no-deadlock").verdict == "proved"


def test_river() -> None:
    """Everybody is across after seven crossings."""
    witness = judged("river", profile="plain").verdict("all-across").trace

    assert witness is not None
    assert witness.length == 7


@pytest.mark.parametrize("name", [name for name, _ in MODELS])
def test_verdicts(name: str) -> None:
    """The README's table of verdicts is what the checker says; `python tests/models_table.py` renews it."""
    assert written_verdicts(name) == verdicts(name)


@pytest.mark.parametrize("name", [name for name, _ in MODELS])
def test_defects(name: str) -> None:
    """Every defect of a model breaks the property that it is named for, which holds without it."""
    for defect in model(name).defects:
        assert judged(name, profile=defect.profile).verdict(defect.breaks).verdict == "proved"
        assert judged(name, defect=defect.name).verdict(defect.breaks).verdict == "violated"


def test_the_document_has_every_model() -> None:
    """The README shows every model, in order, in the table of what they are and in that of the verdicts."""
    text = README.read_text("utf-8")
    shown, judged = text.partition("## Known counts")[0], text.partition("## Verdicts")[2]

    for part in (shown, judged):
        assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [name for name, _ in MODELS]
