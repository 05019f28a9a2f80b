"""The kernels: each is compiled when it is first called, and its machine code kept, for exactly these sources.

What is kept needs numba no more, which takes longer to import than most specs to check.
"""

from __future__ import annotations

import hashlib
from ctypes import CFUNCTYPE, c_int64
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite
import numpy as np

from ..compile import cache as kept
from ..compile import code, record
from .cells.control import CELLS
from .cells.table import ENTRIES


def _digest() -> str:
    here = Path(__file__).parent
    files = [Path(record.__file__), *sorted(here.glob("cells/*.py")), *sorted(here.glob("kernels/*.py"))]
    versions = f"{version('numba')} {llvmlite.__version__} {np.__version__}".encode()
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + versions).hexdigest()[:16]


SOURCES = _digest()
"""Stands for exactly these sources and versions."""

ONE_AT_A_TIME = Lock()
"""Threads may need the same kernel at the same time."""


class Kernel:
    """A kernel: it is called with words (`np.uint64` for an address or bits, else an `int`) and arrays.

    Arrays are handed over as they are in memory, where they have to be contiguous.
    """

    def __init__(self, file: str, name: str) -> None:
        self.file, self.name = file, name
        self._functions: dict[tuple[str, ...], _Function] = {}

    def __call__(self, *given: Any) -> int:
        words: list[int] = []
        for each in given:
            if isinstance(each, np.ndarray):
                words += [each.ctypes.data, *each.shape]
            else:
                words.append(int(each))
        result: int = self._function(kinds(*given)).call(*words)
        return result

    def address(self, *given: str) -> np.uint64:
        """Where other kernels can call it, given what is of these kinds."""
        return np.uint64(self._function(given).address)

    def _function(self, given: tuple[str, ...]) -> _Function:
        known = self._functions.get(given)
        if known is None:
            with ONE_AT_A_TIME:
                if given not in self._functions:
                    self._functions[given] = _Function(self._made(given), given)
                known = self._functions[given]
        return known

    def _made(self, given: tuple[str, ...]) -> bytes:
        """An object file."""
        named = "\0".join((SOURCES, self.file, self.name, *given, *code.made_by(optimise=True)))
        key = hashlib.sha256(named.encode()).hexdigest()
        made = kept.recall(key, kept.KERNELS)
        if not made:
            from .kernels import lowering  # and with it numba

            kernel = getattr(import_module(f"{__package__}.kernels.{self.file}"), self.name)
            made = code.object_file(lowering.text_of(kernel, given, FUNCTION), optimise=True, only=FUNCTION)
            kept.keep(key, made, kept.KERNELS)
        return made


FUNCTION = "kernel"
"""The name that a kernel has in its object file."""


class _Function:
    """A kernel's machine code in memory, given what is of these kinds."""

    def __init__(self, made: bytes, given: tuple[str, ...]) -> None:
        self._engine = code.opened(made)
        self.address = self._engine.get_function_address(FUNCTION)
        words = sum(1 + len(kind.partition("[")[2]) for kind in given)
        self.call: Any = CFUNCTYPE(c_int64, *[c_int64] * words)(self.address)


def kinds(*given: Any) -> tuple[str, ...]:
    """Of what kinds this is: `int64`, `uint64`, or an array, as in `uint32[]` and `int64[,]`."""
    return tuple(
        _array(each.dtype, each.ndim, each.flags.c_contiguous)
        if isinstance(each, np.ndarray)
        else "uint64"
        if isinstance(each, np.uint64)
        else "int64"
        for each in given
    )


@cache
def _array(number: np.dtype[Any], axes: int, contiguous: bool) -> str:
    if not contiguous:
        raise TypeError("a kernel can't be given an array that is not contiguous")
    return f"{'boolean' if number == np.bool_ else number}[{',' * (axes - 1)}]"


class Kernels:
    """Those of one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Kernel:
        made = Kernel(self._file, name)
        setattr(self, name, made)
        return made


crew, deadlock, external, liveness, partition, quotient, search, stubborn, table, walk = map(
    Kernels,
    ("crew", "deadlock", "external", "liveness", "partition", "quotient", "search", "stubborn", "table", "walk"),
)


@cache
def warm_up() -> None:
    """Load the kernels of a search, or have them compiled, by calls that do nothing."""
    nowhere, none = np.uint64(0), np.zeros(1, np.int64)
    cells = np.zeros(CELLS, np.int64)
    lines = np.zeros(5 * ENTRIES, np.uint64)
    slots = np.uint64((lines.ctypes.data + 63) // 64 * 64)  # a line of the processor's cache
    state, parent = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    at, beside = np.uint64(state.ctypes.data), np.uint64(parent.ctypes.data)
    two = 2 * ENTRIES
    table.double(slots, two, np.zeros(two, np.uint64), False)
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
