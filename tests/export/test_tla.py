"""The TLA+ text of a spec has the states that the engine counts; TLC says so."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.tlc import search
from export.test_counts import DEFECTS, LOCKED, SPECS, SYSTEMS, VERSIONS
from export.test_promela import UNLIKELY
from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker import check
from hotswap.checker.export.system import export
from hotswap.spec import CHARDEV
from hotswap.spec.language import System

pytestmark = [pytest.mark.external("java")]

APART = {
    "branches and loops that may return, and what they hand on": """
        Level = Annotated[int, Range(0, 3)]

        class Cell(Machine, dynamic=True):
            level: Level
            next: Own[Cell]
            @operation
            def twice(self) -> Level:
                assert self.level < 2
                return self.level * 2

        class Owner(Machine):
            first: Own[Cell]
            other: Raw[Cell]
            seen: Level
            @operation
            def find(self, wanted: Level) -> Cell | None:
                found = 0
                for cell in Cell:
                    if cell.level == wanted:
                        self.seen = found
                        return cell
                    if cell.next is None:
                        found = min(found + 1, 3)
                    elif cell.next.level == wanted:
                        return cell.next
                return None
            @operation
            def sort(self, flag: bool) -> bool:
                last = False
                if flag:
                    if may("stop"):
                        return last
                    last = self.first is not None
                elif self.first is None:
                    if may("make"):
                        self.first = Cell.new(level=1)
                        last = True
                    else:
                        return last
                else:
                    kept = self.first
                    self.first = None
                    self.other = kept
                return last
            @step()
            def make(self, level: Level) -> None:
                self.first = Cell.new(level=level, next=self.first)
            @step()
            def look(self, flag: bool) -> None:
                cell = self.find(self.seen if flag else 3 - self.seen)
                self.other = cell
                if cell is not None:
                    (self.first if flag else cell).level = min(cell.level + 1, 3)
            @step()
            def tidy(self, flag: bool) -> None:
                level = 0
                for i in range(1, 3):
                    for cell in Cell:
                        level = min(level + i, 3) if cell.next is None else level
                if self.sort(flag) and may("note"):
                    self.seen = level
            @step()
            def total(self) -> None:
                require(sum(cell.twice() for cell in Cell if cell.level > 0) > 1)
                self.seen = min(sum(cell.level for cell in Cell if cell is not self.first), 3)

        SYSTEM = System("small", [Cell, Owner], {"small": {Cell: 2, Owner: 1}})
    """,
}


def assert_counted(
    system: System, folder: Path, *, profile: str | None = None, lock: str = "bql", defect: str | None = None
) -> None:
    """As many states as the engine finds."""
    module = folder / "module.tla"
    module.write_text(export(system, "tla", profile=profile, lock=lock, defect=defect))

    assert search(module).states == check(system, profile=profile, lock=lock, defect=defect).states


QUICK = ("nic", "cascade")
"""A model with pools, commands and queues, and one whose operations call themselves: Java takes a second to start."""


@pytest.mark.parametrize("module", QUICK)
def test_models(module: str, tmp_path: Path) -> None:
    """TLC finds the states of a small model."""
    assert_counted(SYSTEMS[module], tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("module", [module for module in SYSTEMS if module not in QUICK])
def test_more_models(module: str, tmp_path: Path) -> None:
    """TLC finds the states of all other small models."""
    assert_counted(SYSTEMS[module], tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("text", (SPECS | UNLIKELY | APART).values(), ids=SPECS | UNLIKELY | APART)
def test_small_specs(text: str, tmp_path: Path) -> None:
    """TLC finds the states of specs that need care in a language without statements."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)


@pytest.mark.thorough
def test_chardev(tmp_path: Path) -> None:
    """TLC finds the states of the repaired chardev protocol in its default scope."""
    assert_counted(CHARDEV, tmp_path, profile="repaired")


@pytest.mark.long
@pytest.mark.parametrize("profile", [profile.name for profile in CHARDEV.versions if profile.name != "repaired"])
def test_chardev_of_qemu(profile: str, tmp_path: Path) -> None:
    """TLC finds those of QEMU's versions of it."""
    assert_counted(CHARDEV, tmp_path, profile=profile)


@pytest.mark.long
@pytest.mark.parametrize(("module", "profile"), VERSIONS)
def test_profiles(module: str, profile: str, tmp_path: Path) -> None:
    """TLC finds the states of every version of a model."""
    assert_counted(SYSTEMS[module], tmp_path, profile=profile)


@pytest.mark.long
@pytest.mark.parametrize("module", LOCKED)
def test_models_without_locks(module: str, tmp_path: Path) -> None:
    """TLC finds the states that there are when nothing is held."""
    assert_counted(SYSTEMS[module], tmp_path, lock="none")


@pytest.mark.long
@pytest.mark.parametrize(("module", "defect"), DEFECTS)
def test_models_with_a_defect(module: str, defect: str, tmp_path: Path) -> None:
    """Where there is an error, TLC finds no further state."""
    assert_counted(SYSTEMS[module], tmp_path, defect=defect)
