"""The kernels, loaded: machine code that numba keeps in a folder for exactly these sources and versions.

numba's cache does not see an edit of a function that lives in another file, so the name of the folder does.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import llvmlite
import numba
import numpy as np

from ..compile import record
from ..compile.cache import cache_folder


def _writable(folder: Path) -> Path:
    """The folder; if it can't be written, one that is gone at the end, so that the kernels compile at every start."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        pass
    else:
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    passing = tempfile.mkdtemp(prefix="hotswap-")
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    return Path(passing)


def _digest() -> str:
    kernels = sorted(Path(__file__).with_name("kernels").glob("*.py"))
    sources = b"".join(file.read_bytes() for file in (*kernels, Path(record.__file__)))
    versions = f"{numba.__version__} {llvmlite.__version__} {np.__version__}".encode()
    return hashlib.sha256(sources + versions).hexdigest()[:16]


SOURCES = _digest()
"""Stands for exactly these sources and versions."""


@contextmanager
def _cached() -> Iterator[None]:
    folder = cache_folder() / f"engine-{SOURCES}"
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_writable(folder))
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


with _cached():
    from .kernels import control, crew, deadlock, external, liveness, partition, quotient, search, stubborn, table, walk


@cache
def warm_up() -> None:
    """Have numba compile or load the kernels of a search, by calls that do nothing."""
    nowhere, none = np.uint64(0), np.zeros(1, np.int64)
    cells = np.zeros(control.CELLS, np.int64)
    lines = np.zeros(5 * table.ENTRIES, np.uint64)
    slots = np.uint64((lines.ctypes.data + 63) // 64 * 64)  # a line of the processor's cache
    state, parent = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    at, beside = np.uint64(state.ctypes.data), np.uint64(parent.ctypes.data)
    two = 2 * table.ENTRIES
    table.double(slots, two, np.zeros(two, np.uint64), False)
    table.number(slots, two, at, 1, 0)
    table.keep_all(slots, two, at, 0)
    findings = np.zeros((1, 4), np.int64)
    search.explore(
        *(nowhere, nowhere, 1, cells, cells, state[:0]),
        *(slots, two, at, beside, state, state, state, none, none, findings, np.zeros(1, np.uint64)),
    )
    search.insert(cells, slots, two, at, beside, 1, at)
    stuck, begins, progress = np.zeros(1, np.uint8), np.zeros(1, np.bool_), np.zeros(3, np.int64)
    deadlock.look(
        nowhere, nowhere, nowhere, 1, cells, slots, two, at, state, begins, stuck, parent, none, parent, progress, 0
    )
    deadlock.settle(stuck, parent, none, parent, 0, 0)


__all__ = [
    "SOURCES",
    "control",
    "crew",
    "deadlock",
    "external",
    "liveness",
    "partition",
    "quotient",
    "search",
    "stubborn",
    "table",
    "walk",
    "warm_up",
]
