"""The kernels are compiled once, need numba for that alone, and take nothing that they would misread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hotswap.checker.explore.engine import Kernel, kinds, search

SEARCH = """
import sys
from hotswap.checker import check
from models.peterson import PETERSON

print(check(PETERSON).states, "numba" in sys.modules)
"""


def test_numba_is_needed_to_compile_and_for_nothing_else(tmp_path: Path) -> None:
    """The first search on a machine compiles; the second finds the same, and imports no numba."""
    given = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    told = [
        subprocess.run([sys.executable, "-c", SEARCH], env=given, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]

    assert [line.split()[1] for line in told] == ["True", "False"]
    assert told[0].split()[0] == told[1].split()[0] != "0"


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
