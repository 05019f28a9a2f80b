"""The kernels: each is compiled when it is first called, and its machine code kept, for exactly these sources.

What is kept needs numba no more, which takes longer to import than most specs to check.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, c_int64
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL
from threading import Lock
from typing import Any

import llvmlite
import numpy as np

from ..compile import cache as kept
from ..compile import code, record


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

    def is_kept(self, *given: str) -> bool:
        """Whether it does not have to be compiled."""
        return given in self._functions or bool(kept.recall(self._key(given), kept.KERNELS))

    def _key(self, given: tuple[str, ...]) -> str:
        named = "\0".join((SOURCES, self.file, self.name, *given, *code.made_by(optimise=True)))
        return hashlib.sha256(named.encode()).hexdigest()

    def _made(self, given: tuple[str, ...]) -> bytes:
        """An object file."""
        key = self._key(given)
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


Needed = tuple[tuple[Kernel, str], ...]
"""Kernels, and the kinds of what they are given."""

SEARCH: Needed = (
    (
        search.explore,
        "uint64 uint64 int64 int64[] int64[] uint64[] uint64 int64 uint64 uint64"
        " uint64[] uint64[] uint64[] int64[] int64[] int64[,] uint64[]",
    ),
    (search.insert, "int64[] uint64 int64 uint64 uint64 int64 uint64"),
    (table.spread, "uint64 int64 int64 int64 int64 uint64[]"),
    (table.put_back, "uint64 int64 int64 uint64[]"),
    (
        deadlock.look,
        "uint64 uint64 uint64 int64 int64[] uint64 int64 uint64"
        " uint64[] boolean[] uint8[] uint32[] int64[] uint32[] int64[] int64",
    ),
    (deadlock.settle, "uint8[] uint32[] int64[] uint32[] int64 int64"),
)
"""What nearly every search in memory calls. The first takes as long to compile as all the others."""

ON_DISK: Needed = (
    (
        external.gather,
        "uint64 uint64 int64 int64 int64[] uint64 int64 int64 uint64 int64"
        " uint64[] uint64[] uint64[] int64[] int64[] int64[,]",
    ),
    (external.close_up, "uint64 int64 int64 int64"),
    (external.subtract, "uint64 int64 int64 int64[] uint64 int64"),
    (external.merge, "uint64 int64 int64 int64[] int64[] boolean[] int64 int64[] uint64 int64"),
    (external.look_back, "uint64 int64 int64[] uint64 int64 int64 uint64[] uint64 int64[] int64[]"),
)
"""What a search on disk calls."""


def warm_up(needed: Needed = SEARCH) -> None:
    """Load kernels, or compile them, before time and memory are counted."""
    for kernel, given in needed:
        kernel.address(*given.split())


@contextmanager
def warming_up() -> Iterator[None]:
    """Warm up for a search; if that means to compile, another process begins with it meanwhile."""
    (first, given), *others = SEARCH
    if not first.is_kept(*given.split()):
        text = f"from {__name__} import SEARCH, warm_up; warm_up(SEARCH[:1])"
        paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen([sys.executable, "-c", text], env=paths, stderr=DEVNULL) as child:
            try:
                yield
                warm_up(tuple(others))
            except BaseException:
                child.kill()
                raise
    else:
        yield
    warm_up()
