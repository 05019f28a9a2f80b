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


def assert_counted(
    system: System, folder: Path, *, profile: str | None = None, lock: str = "bql", defect: str | None = None
) -> None:
    """As many states as the engine finds."""
    module = folder / "module.tla"
    module.write_text(export(system, "tla", profile=profile, lock=lock, defect=defect))

    assert search(module).states == check(system, profile=profile, lock=lock, defect=defect).states


@pytest.mark.parametrize("module", ["nic", "cascade"])
def test_models(module: str, tmp_path: Path) -> None:
    """TLC finds the states of a model with pools, commands and queues, and of one whose operations call themselves."""
    assert_counted(SYSTEMS[module], tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize(("module", "profile"), VERSIONS)
def test_profiles(module: str, profile: str, tmp_path: Path) -> None:
    """TLC finds the states of every version of a model."""
    assert_counted(SYSTEMS[module], tmp_path, profile=profile)


@pytest.mark.thorough
@pytest.mark.parametrize("module", LOCKED)
def test_models_without_locks(module: str, tmp_path: Path) -> None:
    """TLC finds the states that there are when nothing is held."""
    assert_counted(SYSTEMS[module], tmp_path, lock="none")


@pytest.mark.thorough
@pytest.mark.parametrize(("module", "defect"), DEFECTS)
def test_models_with_a_defect(module: str, defect: str, tmp_path: Path) -> None:
    """Where there is an error, TLC finds no further state."""
    assert_counted(SYSTEMS[module], tmp_path, defect=defect)


@pytest.mark.thorough
@pytest.mark.parametrize("text", (SPECS | UNLIKELY).values(), ids=SPECS | UNLIKELY)
def test_small_specs(text: str, tmp_path: Path) -> None:
    """TLC finds the states of specs that need care in a language without statements."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)
        assert_counted(system, tmp_path, lock="none")


@pytest.mark.thorough
@pytest.mark.parametrize("profile", [profile.name for profile in CHARDEV.versions])
def test_chardev(profile: str, tmp_path: Path) -> None:
    """TLC finds the states of the chardev protocol in its default scope."""
    assert_counted(CHARDEV, tmp_path, profile=profile)
