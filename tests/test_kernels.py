"""The kernels are compiled once, need numba for that alone, and take nothing that they would misread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotswap.checker import check
from hotswap.checker.compile import cache as kept
from hotswap.checker.compile.code import object_file
from hotswap.checker.explore import external as external_search
from hotswap.checker.explore.engine import Kernel, kinds, search, table
from hotswap.checker.explore.warming import ON_DISK, SEARCH, THREADS, Needed
from models.filter_lock import FILTER_LOCK
from nic import NIC

PROGRAM = """
import sys
from hotswap.checker import check
from models.peterson import PETERSON

print(check(PETERSON).states, "numba" in sys.modules)
"""


@pytest.mark.thorough
def test_another_process_compiles(tmp_path: Path) -> None:
    """The first search on a machine waits for the kernels, the second finds the same at once; neither imports numba."""
    given = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    told, files = [], []
    for _ in range(2):
        search = subprocess.run([sys.executable, "-c", PROGRAM], env=given, capture_output=True, text=True, check=True)
        told.append(search.stdout.split())
        files.append({file: file.stat().st_ino for file in (tmp_path / "hotswap" / "kernels").iterdir()})

    assert told[0] == told[1] == [told[0][0], "False"] != ["0", "False"]
    assert files[0] == files[1] != {}


@pytest.mark.parametrize("program", ["", "/no/such/python", "/bin/false"])
def test_where_no_other_process_compiles_this_one_does(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Python that can be started, or with one that fails, kernels are what they are elsewhere."""
    monkeypatch.setattr(sys, "executable", program)
    monkeypatch.setattr(kept, "recall", lambda *key: b"")
    monkeypatch.setattr(kept, "keep", lambda *key: None)
    word = np.uint64(0x1234)

    assert Kernel("table", "mixed")(word) == table.mixed(word)


def test_a_kernel_calls_nothing_that_is_gone_with_numba() -> None:
    """What could raise calls numba, which a later process does not have: that is refused when it is compiled."""

    from hotswap.checker.explore.kernels import lowering  # and with it numba

    @lowering.kernel  # type: ignore[untyped-decorator]
    def third(numbers: Any) -> Any:
        return numbers.reshape(3, -1)[2, 0]

    with pytest.raises(RuntimeError, match=r"calls \w+, which"):
        object_file(lowering.text_of(third, ["int64[]"]), optimise=True, only="kernel")


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel is loaded."""
    for kernel, _ in (*SEARCH, *THREADS, *ON_DISK):
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
def test_what_threads_begin_with_is_what_they_call() -> None:
    """So it is for a search whose levels are wide enough for several threads."""
    assert check(FILTER_LOCK, scope="medium", threads=2).states > 1

    assert only_these(THREADS)


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
    assert not hasattr(search, "__path__")
