"""The kernels: each is compiled when it is first needed, and its machine code kept, for exactly these sources.

Another process compiles them, with numba, which takes a second to import, and memory that a search may need.
"""

from __future__ import annotations

import hashlib
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import CFUNCTYPE, c_int64
from functools import cache
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL, PIPE
from threading import Lock
from typing import Any

import llvmlite
import numpy as np

from ..compile import cache as kept
from ..compile import code, record
from .cells import FUNCTION

ONE_AT_A_TIME = Lock()
"""Threads may need the same kernel at the same time."""


def _digest() -> str:
    here = Path(__file__).parent
    files = [Path(code.__file__), Path(record.__file__), *here.glob("cells/*.py"), *here.glob("kernels/*.py")]
    versions = f"{version('numba')} {llvmlite.__version__} {np.__version__}".encode()
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files)) + versions).hexdigest()[:16]


SOURCES = _digest()
"""Stands for exactly these sources and versions."""


class Kernel:
    """A kernel: it is called with words (`np.uint64` for an address or bits, else an `int`) and arrays.

    Arrays are handed over as they are in memory, where they have to be contiguous. What comes back from a kernel that
    returns nothing means nothing.
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
                words.append(operator.index(each))
        result: int = self._function(kinds(*given)).call(*words)
        return result

    def address(self, *given: str) -> np.uint64:
        """Where other kernels can call it, given what is of these kinds."""
        return np.uint64(self._function(given).address)

    def _function(self, given: tuple[str, ...]) -> _Function:
        known = self._functions.get(given)
        if known is None:
            with ONE_AT_A_TIME:
                if not self.recall(given):
                    wanted = [(self, given)]
                    with compiling(wanted):
                        pass
                known = self._functions[given]
        return known

    def recall(self, given: tuple[str, ...]) -> bool:
        """Whether it is loaded, or was kept and is loaded now."""
        if given not in self._functions and (made := kept.recall(self._key(given), kept.KERNELS)):
            self._functions[given] = _Function(made, given)
        return given in self._functions

    def keep(self, given: tuple[str, ...], made: bytes) -> None:
        """Keep an object file, and load it."""
        kept.keep(self._key(given), made, kept.KERNELS)
        self._functions[given] = _Function(made, given)

    def wanted(self, given: tuple[str, ...]) -> str:
        """It, for what compiles it."""
        return f"{self.file}.{self.name}({', '.join(given)})"

    def _key(self, given: tuple[str, ...]) -> str:
        named = "\0".join((SOURCES, self.wanted(given), *code.made_by(optimise=True)))
        return hashlib.sha256(named.encode()).hexdigest()


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
        if name.startswith("_"):
            raise AttributeError(name)
        made: Kernel = self.__dict__.setdefault(name, Kernel(self._file, name))
        return made


Wanted = Sequence[tuple[Kernel, tuple[str, ...]]]
"""Kernels, and the kinds of what they are given."""


@contextmanager
def compiling(wanted: Wanted) -> Iterator[None]:
    """Have other processes compile kernels meanwhile; at the end all are loaded."""
    ahead = [wanted[:1], wanted[1:]] if (os.cpu_count() or 1) > 1 and len(wanted) > 1 else [wanted]
    children = [_compiler(part) for part in ahead]
    try:
        yield
        for part, child in zip(ahead, children, strict=True):
            for (kernel, given), made in zip(part, _made(part, child), strict=True):
                kernel.keep(given, made)
    finally:
        for child in children:
            if child is not None and child.returncode is None:
                child.kill()
                child.communicate()


def _compiler(wanted: Wanted) -> subprocess.Popen[bytes] | None:
    """A process that compiles kernels, where Python can be started."""
    if not sys.executable or getattr(sys, "frozen", False):
        return None
    named = [kernel.wanted(given) for kernel, given in wanted]
    command = [sys.executable, "-P", "-m", f"{__package__}.kernels", *named]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        return subprocess.Popen(command, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    except OSError:
        return None


def _made(wanted: Wanted, child: subprocess.Popen[bytes] | None) -> list[bytes]:
    """The object files that a process has made; if it can't, this one makes them."""
    if child is not None:
        written, _ = child.communicate()
        if child.returncode == 0:
            made: list[bytes] = pickle.loads(written)
            return made
    from .kernels import lowering

    return [lowering.compiled(kernel.wanted(given)) for kernel, given in wanted]


crew, deadlock, direct, doubling = map(Kernels, ("crew", "deadlock", "direct", "doubling"))
external, liveness, partition, quotient = map(Kernels, ("external", "liveness", "partition", "quotient"))
search, stubborn, table, walk = map(Kernels, ("search", "stubborn", "table", "walk"))
