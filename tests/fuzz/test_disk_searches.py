"""Random small specs: a search on disk finds what the one in memory does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from disk import agree
from fuzz.compare import loaded
from fuzz.specs import specs
from fuzz.test_generated_specs import FUZZ, folder
from hotswap.checker import check
from hotswap.checker.explore import external
from hotswap.spec.language import SpecError

__all__ = ["folder"]


@pytest.mark.thorough
@settings(FUZZ, max_examples=15)
@given(specs())
def test_searches_on_disk_agree(folder: Path, text: str) -> None:
    """Whatever is declared and broken, and however it starts, with levels that memory does not hold."""
    compare(folder, text)


@pytest.mark.long
@settings(FUZZ, max_examples=150)
@given(specs())
def test_searches_on_disk_agree_in_many(folder: Path, text: str) -> None:
    """So they do in many more."""
    compare(folder, text)


def compare(folder: Path, text: str) -> None:
    """Search one spec in both ways."""
    with loaded(text, folder) as system, pytest.MonkeyPatch.context() as patch:
        try:
            memory = check(system, max_states=50_000)
        except SpecError:
            assume(False)
        assume(memory.exhaustive)
        patch.setattr(external, "LEAST", 256)
        agree(memory, check(system, directory=folder, max_bytes=1_000_000))
