"""Compiled specs are kept from run to run, and do not fill the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotswap.checker import check
from hotswap.checker.compile import cache, native
from hotswap.spec.language import System


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled specs are kept meanwhile."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "hotswap" / "specs"


def names(folder: Path) -> set[str]:
    """What is kept."""
    return {file.name for file in folder.iterdir()}


def test_what_is_kept_is_recalled(folder: Path) -> None:
    """There is nothing under a key until something is kept."""
    assert cache.recall("one") == b""

    cache.keep("one", b"code")

    assert cache.recall("one") == b"code"
    assert names(folder) == {"one.o"}


def test_what_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is too much, what was used last stays, and that is not what was written last."""
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    for second, key in enumerate(("one", "two")):
        cache.keep(key, b"code")
        os.utime(folder / f"{key}.o", (second, second))
    cache.recall("one")

    cache.keep("three", b"code")

    assert names(folder) == {"one.o", "three.o"}


def test_another_process_may_be_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone, or can't be removed, is no error."""
    cache.keep("one", b"code")
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "kept").mkdir()
    monkeypatch.setattr(cache, "MOST_BYTES", 1)

    cache.keep("two", b"code")

    assert names(folder) == {"gone", "kept"}


def test_a_cache_that_can_not_be_written_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, nothing is."""
    (tmp_path / "hotswap").write_text("a file, no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    cache.keep("one", b"code")

    assert cache.recall("one") == b""


def test_the_options_of_the_passes_count(folder: Path, monkeypatch: pytest.MonkeyPatch, nic: System) -> None:
    """Code that other passes made is other code; the same ones find it again."""
    check(nic)
    check(nic)
    before = len(names(folder))
    monkeypatch.setattr(native, "PASSES", {**native.PASSES, "speed_level": 1})
    check(nic)

    assert (before, len(names(folder))) == (1, 2)
