"""The search that goes to the disk finds what the search in memory finds, in a fraction of the memory."""

from __future__ import annotations

import errno
import importlib
import os
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from disk import agree
from hotswap.checker import Result, check
from hotswap.checker.cli import main
from hotswap.checker.explore import external
from hotswap.checker.explore.engine import external as kernel
from hotswap.checker.explore.memory import MemoryLimitError
from hotswap.checker.explore.runs import BLOCK, FolderError, Rows, Run, Traffic
from hotswap.checker.explore.search import Progress
from hotswap.checker.scopes import read_scope
from hotswap.checker.view import report
from hotswap.spec import CHARDEV
from hotswap.spec.language import SpecError, System
from models import MODELS
from models.filter_lock import FILTER_LOCK
from models.hanoi import HANOI
from models.philosophers import PHILOSOPHERS
from models.two_phase_commit import TWO_PHASE_COMMIT
from nic import NIC

HERE = Path(__file__).resolve().parent
MINUTES = pytest.mark.thorough


@dataclass(frozen=True)
class Case:
    """A system in a scope, and how much memory it is given."""

    system: System
    scope: str
    profile: str
    bytes: int


TIGHT = {
    "filter-lock": Case(FILTER_LOCK, "medium", "", 30_000),
    "chardev": Case(CHARDEV, "small", "qemu-2.10", 130_000),
    "two-phase-commit": Case(TWO_PHASE_COMMIT, "medium", "", 30_000),
}
"""Less than a level takes: a hundredth of what the search in memory does."""

LONG = {
    "filter-lock": Case(FILTER_LOCK, "published", "", 20_000_000),
    "chardev": Case(CHARDEV, "medium", "qemu-10.0", 20_000_000),
    "philosophers": Case(PHILOSOPHERS, "published", "alike", 2_000_000),
    "two-phase-commit": Case(TWO_PHASE_COMMIT, "published", "", 3_000_000),
    "hanoi": Case(HANOI, "Disk=9", "", 400_000),
}
"""A tenth of what the search in memory takes, or less."""


def compare(case: Case, folder: Path) -> Result:
    """Search a case in memory and on disk."""
    scope = read_scope(case.system, case.scope)
    memory = check(case.system, scope=scope, profile=case.profile or None)
    disk = check(case.system, scope=scope, profile=case.profile or None, directory=folder, max_bytes=case.bytes)
    agree(memory, disk)
    assert disk.peak_bytes <= case.bytes
    return disk


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param(module, name, marks=[pytest.mark.thorough] if module in ("bakery", "bank", "object_cache") else [])
        for module, name in MODELS
    ],
)
def test_small_models_agree(module: str, name: str, tmp_path: Path) -> None:
    """Every profile and every defect of every model: the same counts, verdicts, lengths of traces and vacuities."""
    system: System = getattr(importlib.import_module(f"models.{module}"), name)
    variants = [{"profile": profile.name} for profile in system.profiles]
    variants += [{"defect": defect.name} for defect in system.defects]
    for variant in variants:
        memory = check(system, **variant)  # type: ignore[arg-type]
        agree(memory, check(system, directory=tmp_path, max_bytes=5_000_000, **variant))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("runs", [64, 3])
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=name, marks=MINUTES if name == "chardev" else ()) for name, case in TIGHT.items()]
)
def test_what_memory_does_not_hold_is_on_disk(
    case: Case, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level that does not fit is spilled in runs, and merged, in several rounds if there are too many at once."""
    monkeypatch.setattr(external, "LEAST", 64)
    monkeypatch.setattr(external, "MOST_RUNS", runs)
    disk = compare(case, tmp_path)

    assert disk.disk is not None and disk.disk.spilled > 9
    assert disk.disk.peak > disk.states * 8


@pytest.mark.long
@pytest.mark.parametrize("case", LONG.values(), ids=LONG)
def test_what_takes_ten_times_its_memory_is_found(case: Case, tmp_path: Path) -> None:
    """Millions of states, in a tenth of the memory that they take."""
    compare(case, tmp_path)


@pytest.mark.parametrize("words", [1, 2, 5])
def test_rows_are_sorted_by_their_words(words: int) -> None:
    """The kernel's order is that of Python's tuples, whatever the rows are: random, equal, sorted either way."""
    chance = np.random.default_rng(1)
    shapes = [
        chance.integers(0, most, (count, words), np.uint64) for count in (0, 1, 17, 3000) for most in (1, 3, 1 << 63)
    ]
    shapes += [
        shape for rows in shapes for shape in (rows[np.lexsort(rows.T[::-1])], rows[np.lexsort(rows.T[::-1])][::-1])
    ]
    for rows in shapes:
        made = np.ascontiguousarray(rows).reshape(-1)
        middle, spare = np.empty((2, words), np.uint64)
        at = [np.uint64(array.ctypes.data) for array in (made, middle, spare)]
        kernel.sort(at[0], len(rows), words, *at[1:])
        assert [tuple(row) for row in made.reshape(-1, words)] == sorted(tuple(row) for row in rows)


@pytest.mark.parametrize("words", [1, 3])
def test_a_run_is_read_only_where_it_may_match(words: int, tmp_path: Path) -> None:
    """Between the first words of two rows lie all rows whose first word does, and few others."""
    chance = np.random.default_rng(2)
    rows = np.unique(chance.integers(0, 9000, (50_000, words), np.uint64), axis=0)
    run = Run(Rows(tmp_path, words, Traffic()), own=True)
    for part in np.array_split(rows, 7):
        run.append(np.ascontiguousarray(part).reshape(-1))
    for low, high in [(0, 8999), (17, 17), (100, 5000), (8999, 8999)]:
        first, last = run.between(low, high)
        inside = np.flatnonzero((rows[:, 0] >= low) & (rows[:, 0] <= high))
        assert first <= inside[0] and inside[-1] < last
        assert last - first <= len(inside) + 2 * BLOCK
    run.close()


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    """The files have no names: nobody sees them, and they are gone with the process."""
    seen = set()

    def look(progress: Progress) -> None:
        seen.update(os.listdir(tmp_path))

    check(FILTER_LOCK, directory=tmp_path, max_bytes=400_000, watch=look)
    assert not seen and not os.listdir(tmp_path)


def test_a_full_disk_stops_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found until then is told, as at any other bound."""
    room = 300_000
    write = os.pwrite

    def full(file: int, piece: memoryview, offset: int) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        room -= len(piece)
        return write(file, piece, offset)

    monkeypatch.setattr(os, "pwrite", full)
    result = check(FILTER_LOCK, scope="medium", directory=tmp_path, max_bytes=400_000)

    assert result.stopped == f"0.0 GB in {tmp_path}, which has no more room"
    assert 0 < result.states < 134_192 and result.exit_code == 20


def test_an_interrupted_search_says_how_far_it_got(tmp_path: Path) -> None:
    """Ctrl-C ends it between two blocks, with the levels that are complete."""

    def interrupt(progress: Progress) -> None:
        if progress.depth == 9:
            raise KeyboardInterrupt

    result = check(FILTER_LOCK, scope="medium", directory=tmp_path, max_bytes=400_000, watch=interrupt)

    assert (result.stopped, result.depth) == ("interrupted", 9)
    assert 0 < result.states < 134_192


def test_too_little_memory_is_refused(tmp_path: Path) -> None:
    """A search on disk needs some buffers, too."""
    with pytest.raises(MemoryLimitError, match=r"1,000 bytes for states are too few: a search on disk takes \d+,\d+"):
        check(NIC, directory=tmp_path, max_bytes=1000)


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says which, and why."""
    with pytest.raises(FolderError, match=r"can't make a file in .*missing: No such file or directory"):
        check(NIC, directory=tmp_path / "missing")

    assert main(["check", f"{HERE}/nic.py:NIC", "--dir", f"{tmp_path}/missing"]) == 74
    assert capsys.readouterr().err == f"hotswap: can't make a file in {tmp_path}/missing: No such file or directory\n"


def test_a_state_without_a_spare_bit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A free slot is told from a state by a bit that no state uses."""
    from hotswap.checker.compile.layout import Place

    monkeypatch.setattr(Place, "at", lambda place, slot: (place.word, 64 - place.bits))
    with pytest.raises(SpecError, match="fill their words to the last bit"):
        check(NIC, directory=tmp_path)


def test_the_report_says_what_the_disk_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text has it in words, the JSON document as its schema says; a property that can't be judged is no success."""
    model = f"{HERE}/models/philosophers.py:PHILOSOPHERS"
    assert main(["check", model, "--profile", "odd-one-out", "--dir", f"{tmp_path}"]) == 20
    told = capsys.readouterr().out
    assert " on disk (" in told and "UNKNOWN" in told and "not looked for on disk" in told
    assert main(["check", model, "--dir", f"{tmp_path}", "--expect", "none"]) == 20
    assert main(["check", model, "--dir", f"{tmp_path}", "--property", "neighbours-do-not-eat"]) == 0

    result = check(NIC, directory=tmp_path)
    jsonschema.validate(report.document(result), report.schema())
    assert report.document(result)["disk"]["peak"] >= result.states * 8


@pytest.mark.parametrize("other", ["--prune", "--checkpoint=x", "--engine=python", "--simulate=5"])
def test_what_does_not_go_with_the_disk_is_refused(other: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what."""
    assert main(["check", "--dir", "x", other]) == 2
    assert "--dir" in capsys.readouterr().err
