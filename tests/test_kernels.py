"""The kernels are compiled once, need numba for that alone, and take nothing that they would misread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hotswap.checker import check
from hotswap.checker.explore import external as external_search
from hotswap.checker.explore.engine import ON_DISK, SEARCH, Kernel, Needed, kinds, search
from models.filter_lock import FILTER_LOCK
from nic import NIC

PROGRAM = """
import sys
from hotswap.checker import check
from models.peterson import PETERSON

print(check(PETERSON).states, "numba" in sys.modules)
"""


@pytest.mark.thorough
def test_numba_is_needed_to_compile_and_for_nothing_else(tmp_path: Path) -> None:
    """The first search on a machine compiles; the second finds the same, and imports no numba."""
    given = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    told = [
        subprocess.run([sys.executable, "-c", PROGRAM], env=given, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]

    assert [line.split()[1] for line in told] == ["True", "False"]
    assert told[0].split()[0] == told[1].split()[0] != "0"


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel is loaded."""
    for kernel, _ in (*SEARCH, *ON_DISK):
        monkeypatch.setattr(kernel, "_functions", {})


def only_these(needed: Needed) -> bool:
    """Whether of these kernels what was needed is loaded, and nothing else."""
    return all(set(kernel._functions) == {tuple(given.split())} for kernel, given in needed)


@pytest.mark.usefixtures("anew")
def test_what_a_search_begins_with_is_what_it_calls() -> None:
    """Time is counted when all is compiled: a search in memory is given just what the kernels are compiled for."""
    assert check(NIC, defect="forget-last").states > 1

    assert only_these(SEARCH)


@pytest.mark.usefixtures("anew")
def test_what_a_search_on_disk_begins_with_is_what_it_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is counted when all is compiled: so it is for one that spills, and looks back for its traces."""
    monkeypatch.setattr(external_search, "LEAST", 64)
    found = check(FILTER_LOCK, scope="medium", defect=FILTER_LOCK.defects[0], directory=tmp_path, max_bytes=30_000)
    assert found.disk is not None and found.disk.spilled and any(known.trace for known in found.properties)

    assert only_these(ON_DISK)


def test_what_it_is_given_has_a_kind() -> None:
    """Addresses and bits are told from numbers, and arrays by what they are of and their axes."""
    words = np.uint64(1), 1, np.int64(1), True
    arrays = np.zeros(2, np.uint32), np.zeros((2, 3), np.int64), np.zeros(1, np.bool_)

    assert kinds(*words, *arrays) == ("uint64", "int64", "int64", "int64", "uint32[]", "int64[,]", "boolean[]")


def test_an_array_with_gaps_is_refused() -> None:
    """A kernel goes by the address alone: every second number would be read as all of them."""
    with pytest.raises(TypeError, match="not contiguous"):
        Kernel("search", "insert")(np.zeros(4, np.uint64)[::2])


def test_what_there_is_not_is_not_called() -> None:
    """The name of a kernel is looked up where it is written."""
    with pytest.raises(AttributeError, match="no attribute 'expore'"):
        search.expore()
