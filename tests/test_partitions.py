"""A search in partitions finds what one search finds, however many there are, and whichever of them are lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from disk import agree
from hotswap.checker import Result, check
from hotswap.checker.compile.native import compile_world
from hotswap.checker.compile.sent import sent
from hotswap.checker.explore import partition
from hotswap.checker.explore.cells.table import BATCH, ENTRIES
from hotswap.checker.explore.distributed import MOST_LOST
from hotswap.checker.explore.engine import partition as kernel
from hotswap.checker.explore.levels import Kept
from hotswap.checker.explore.partition import Partition, Task
from hotswap.checker.explore.saved import CheckpointError
from hotswap.checker.explore.search import NO_BOUNDS, Bounds, Progress
from hotswap.checker.explore.store import Stopped, Store
from hotswap.checker.explore.team import TeamError
from hotswap.spec import CHARDEV
from hotswap.spec.language import System
from hotswap.spec.language.plain import PlainWorld
from models import MODELS
from models.filter_lock import FILTER_LOCK
from models.river import RIVER
from models.two_phase_commit import TWO_PHASE_COMMIT
from models_table import model
from nic import NIC
from partitions import Fate, check_together

QUICK = ("bounded_buffer", "filter_lock", "hanoi", "philosophers", "river", "two_phase_commit")
QUICK_FIRST = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.thorough]) for name in dict(MODELS)]
"""The models that take next to no time; the others in the thorough part."""


def told(result: Result) -> Result:
    """A result without what depends on time and on who has done the work."""
    return replace(result, seconds=0.0, compile_seconds=0.0, peak_bytes=0, rss_bytes=0, notes=(), stopped="")


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_partitions_find_what_one_search_finds(name: str) -> None:
    """Every profile and every defect of every model: the same counts, verdicts, lengths of traces and vacuities."""
    system = model(name)
    for profile in system.profiles:
        agree(check(system, profile=profile), check_together(system, 3, profile=profile.name))
    for defect in system.defects:
        agree(check(system, defect=defect), check_together(system, 3, defect=defect.name))


@pytest.mark.thorough
@pytest.mark.parametrize("profile", ["qemu-7.2", "repaired"])
def test_states_of_many_words_are_found_in_partitions(profile: str) -> None:
    """So it is where a state is too large for the table to keep it."""
    agree(check(CHARDEV, profile=profile), check_together(CHARDEV, 2, profile=profile))


@pytest.mark.parametrize("name", ["nic", *QUICK_FIRST])
def test_the_number_of_partitions_makes_no_difference(name: str) -> None:
    """Even of several shortest traces the same one is shown."""
    system = NIC if name == "nic" else model(name)
    for defect in ("", *(known.name for known in system.defects[:1])):
        alone = check_together(system, 1, defect=defect)

        assert told(check_together(system, 2, defect=defect)) == told(alone)
        assert told(check_together(system, 5, defect=defect)) == told(alone)


def test_rounds_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that takes many rounds, and is read in many blocks, is the level that takes one."""
    whole = check_together(TWO_PHASE_COMMIT, 3, scope="medium")
    monkeypatch.setattr(partition, "LEAST", 16)
    monkeypatch.setattr(partition, "ROUND", 1 << 13)
    monkeypatch.setattr(partition, "BLOCK", 100)

    assert told(check_together(TWO_PHASE_COMMIT, 3, scope="medium")) == told(whole)


def calls() -> tuple[list[tuple[str, int]], Fate]:
    """A fate that notes what is asked of whom."""
    asked: list[tuple[str, int]] = []

    def fate(what: str, number: int) -> bool:
        asked.append((what, number))
        return False

    return asked, fate


def lost_at(moment: int) -> Fate:
    """The fate of whoever is asked at one moment."""
    moments = count()

    def fate(what: str, number: int) -> bool:
        return next(moments) == moment

    return fate


@pytest.mark.parametrize(
    ("system", "defect", "every"),
    [(RIVER, "tame-wolf", 3), pytest.param(NIC, "", 1, marks=pytest.mark.thorough)],
    ids=["river", "nic"],
)
def test_a_partition_may_be_lost_at_any_moment(system: System, defect: str, every: int) -> None:
    """At each call of a search, one time: the same counts, verdicts and traces, and nothing is counted twice."""
    asked, watching = calls()
    whole = check_together(system, 2, defect=defect, fate=watching)
    assert {what for what, _ in asked} == {"begin", "take", "expand", "settle", "predecessors"}

    for moment in range(0, len(asked), every):
        result = check_together(system, 2, defect=defect, fate=lost_at(moment))

        assert told(result) == told(whole)
        assert result.notes[-1] == "Workers that died: 1. The search went on from the last level."


def test_whoever_is_lost_again_and_again_ends_the_search() -> None:
    """A level that never gets done is not begun for ever."""
    asked = count()

    def fate(what: str, number: int) -> bool:
        return what == "settle" and next(asked) > 20

    with pytest.raises(TeamError, match=f"workers died {MOST_LOST} times within one level"):
        check_together(FILTER_LOCK, 2, fate=fate)


def test_a_bound_stops_all_partitions() -> None:
    """Of states or of memory: the levels that are done are told."""
    few = check_together(FILTER_LOCK, 2, bounds=Bounds(max_states=1000))
    small = check_together(FILTER_LOCK, 2, scope="medium", bounds=Bounds(max_bytes=900_000))

    assert few.stopped == "1,000 states" and 1000 < few.states < 2287
    assert small.stopped.endswith("of memory") and 1000 < small.states < 134_192
    assert small.exit_code == 20


def test_an_interrupted_search_tells_the_levels_that_are_done() -> None:
    """Ctrl-C ends it between two rounds."""

    def interrupt(progress: Progress) -> None:
        if progress.depth == 9:
            raise KeyboardInterrupt

    result = check_together(FILTER_LOCK, 2, watch=interrupt)

    assert (result.stopped, result.depth) == ("interrupted", 9)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Partition]:
    """The only partition of a system with two levels: one state, and two."""
    code = sent(compile_world(PlainWorld(FILTER_LOCK, FILTER_LOCK.pools(FILTER_LOCK.scope("small")))))
    found = Partition(code, 0, 1, tmp_path)
    found.open((), NO_BOUNDS, 1)
    found.begin(Task(0, 0, False, 0, 0))
    found.take(np.arange(found.words, dtype=np.uint64))
    found.settle()
    yield found
    found.close(remove=True)


def test_a_file_that_was_damaged_is_refused(alone: Partition, tmp_path: Path) -> None:
    """Nothing is proved from states that a disk has damaged, or that are on another machine."""
    kept = Kept(1, 0)
    with pytest.raises(CheckpointError, match="partition-0 is damaged"):
        Partition(alone.code, 0, 1, tmp_path).open([kept], NO_BOUNDS, 1)
    with pytest.raises(
        CheckpointError, match=r"partition-1 on this machine does not hold the states .* that all machines share"
    ):
        Partition(alone.code, 1, 2, tmp_path).open([kept], NO_BOUNDS, 1)


@pytest.mark.parametrize("owners", [1, 2, 7])
@pytest.mark.parametrize("words", [1, 3])
def test_every_row_goes_to_one_owner(words: int, owners: int) -> None:
    """The batches are the rows, each with all that are alike, in the order in which they came, and of similar sizes."""
    rows = np.random.default_rng(3).integers(0, 500, (4000, words), np.uint64)
    ordered, ends = np.empty_like(rows), np.empty(owners, np.int64)
    places, into = np.empty_like(ends), np.uint64(ordered.ctypes.data)
    kernel.split(np.uint64(rows.ctypes.data), len(rows), words, ends, places, into)
    batches = [[tuple(row) for row in part] for part in np.split(ordered, ends[:-1])]

    owner = {row: number for number, batch in enumerate(batches) for row in batch}
    assert batches == [[each for row in rows if owner[each := tuple(row)] == number] for number in range(owners)]
    assert all(len(batch) > len(rows) / owners / 2 for batch in batches)


@pytest.mark.parametrize(("words", "bits"), [(1, 63), (1, 64), (3, 64)], ids=["direct", "numbered", "three words"])
def test_only_new_rows_are_kept(words: int, bits: int) -> None:
    """The store has each row once, in the order in which it was first seen, however often it has to grow."""
    rows = np.random.default_rng(4).integers(0, 60, (50_000, words), np.uint64)
    rows[:, 0] += np.arange(50_000, dtype=np.uint64) // 2
    store, cursor = Store(words, bits, 0, parents=False), np.zeros(2, np.int64)
    while cursor[0] < len(rows):
        store.make_room(int(cursor[1]), BATCH)
        at = np.uint64(rows.ctypes.data)
        kernel.take_new(store.table, store.size, store.base, words, store.bits, store.limit, at, len(rows), cursor)

    kept = store.states[: cursor[1] * words].reshape(-1, words)
    assert [tuple(row) for row in kept] == list(dict.fromkeys(tuple(row) for row in rows))
    assert store.size > ENTRIES << 10 and store.each == 8 * words


def test_memory_that_is_too_small_for_the_states_is_a_bound(alone: Partition, tmp_path: Path) -> None:
    """A partition says so when it is made again, too."""
    with pytest.raises(Stopped, match="of memory"):
        Partition(alone.code, 0, 1, tmp_path).open((), Bounds(max_bytes=10_000), 1)
