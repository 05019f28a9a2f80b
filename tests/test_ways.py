"""A search that is short of memory forgets how states were reached, and finds that again for what it has found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hotswap.checker.explore import check as checking
from hotswap.checker.explore import native, store
from hotswap.checker.explore.native import Exploration
from hotswap.checker.explore.path import NAME, asking
from hotswap.checker.explore.result import Result
from hotswap.checker.scopes import read_scope
from models.philosophers import PHILOSOPHERS

SCOPE = read_scope(PHILOSOPHERS, "Fork=11,Philosopher=11")
"""177,146 states, of a word each."""

FULL = "sum(1 for each in Philosopher if each.state is Philosopher.full) == 5"
"""Late in the search: they all have eaten, and hold one fork yet."""

SHORT = {1: 1_800_000, 2: 2_300_000}
"""Not enough for all states and their parents, but for the table and some levels: threads keep a whole one more."""


def check(threads: int = 1, memory: int = 0, predicate: str = FULL) -> Result:
    """Look for such a state."""
    system = asking(PHILOSOPHERS, predicate)
    return checking.check(system, scope=SCOPE, properties=[NAME], threads=threads, max_bytes=memory or None)


def outcome(result: Result) -> tuple[Any, ...]:
    """What may not depend on memory."""
    [verdict] = result.properties
    lengths = [finding.trace.length for finding in verdict.findings]
    return result.states, result.transitions, result.depth, result.stopped, verdict.verdict, lengths


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Exploration]:
    """All searches that are made."""
    made: list[Exploration] = []

    class Noted(Exploration):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            made.append(self)

    monkeypatch.setattr(native, "Exploration", Noted)
    return made


@pytest.mark.parametrize("threads", [1, 2])
def test_with_less_memory_the_same_is_found(threads: int, searches: list[Exploration]) -> None:
    """Counts, verdicts and lengths of traces are those of a search with plenty of it."""
    plenty = check()
    short = check(threads, SHORT[threads])

    assert outcome(short) == outcome(plenty)
    assert short.peak_bytes <= SHORT[threads] < plenty.peak_bytes * 3 / 4
    assert short.notes[0].startswith("Memory was short: ")
    assert not plenty.notes
    assert len(searches) > 2, "the way was not looked for again"


def test_a_way_may_be_forgotten_more_than_once(searches: list[Exploration]) -> None:
    """A search for what was forgotten forgets, too: each looks for what comes before what the last one knows."""
    check(1, SHORT[1])

    levels = [search.last for search in searches]
    assert len(levels) > 2
    assert levels[1:] == sorted(levels[1:], reverse=True)
    assert all(search.store.forgotten for search in searches[:-1])


def test_a_search_that_needs_its_states_stops_instead() -> None:
    """Who waits for ever can be told only with all states at hand."""
    result = checking.check(PHILOSOPHERS, scope=SCOPE, properties=["no-deadlock"], max_bytes=SHORT[1])

    assert result.stopped and not result.notes


@pytest.mark.parametrize("threads", [1, 2])
def test_a_crowded_search_begins_again(
    threads: int, monkeypatch: pytest.MonkeyPatch, searches: list[Exploration]
) -> None:
    """Where compact entries have too few bits to say how far they are from their lines, states are kept as they are."""
    full: Mapping[int, float] = {4: 1.0, 5: 1.0}
    monkeypatch.setattr(store, "LOADS", full)
    monkeypatch.setattr(store, "LEAST_BITS", 41)
    result = check(threads)

    assert [search.store.bits for search in searches] == [41, 63]
    assert not searches[0].store.states[:1000].any(), "two searches have memory at the same time"
    monkeypatch.undo()
    assert outcome(result) == outcome(check())
