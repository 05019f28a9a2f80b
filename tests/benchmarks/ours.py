"""hotswap, measured as its users run it: `hotswap check` in a process of its own.

The compiled engine and the compiled specs are kept in a folder of the benchmark's own, so that it can be said whether a
spec was compiled already.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .process import BenchmarkError, Measured, measured

COMMAND = (sys.executable, "-m", "hotswap.checker")
CODES = (0, 10, 11, 12, 13)
"""How a search of everything ends, whatever it found."""
ROOM = 32_000_000
"""Bytes that a limit leaves unused at most: what is in memory at the start is not counted to the byte."""


@dataclass(frozen=True)
class Run:
    """What one search counted and cost.

    `seconds` is the search, `whole_seconds` the process from its start to its end; `allocated_bytes` is what the search
    allocated at its peak, `peak_bytes` the whole process with Python in it.
    """

    states: int
    transitions: int
    seconds: float
    compile_seconds: float
    whole_seconds: float
    processor_seconds: float
    peak_bytes: int
    allocated_bytes: int


@contextmanager
def own_cache() -> Iterator[dict[str, str]]:
    """An environment with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="hotswap-cache-") as folder:
        yield {**os.environ, "XDG_CACHE_HOME": folder}


def forget_specs(environment: Mapping[str, str]) -> None:
    """Remove the compiled specs; the engine stays."""
    shutil.rmtree(Path(environment["XDG_CACHE_HOME"], "hotswap", "specs"), ignore_errors=True)


@cache
def has_threads() -> bool:
    """Whether this version can use more than one core."""
    told = subprocess.run([*COMMAND, "check", "--help"], capture_output=True, text=True, check=True)
    return "--threads" in told.stdout


def search(words: Sequence[str], environment: Mapping[str, str], threads: int = 1, memory: int = 0) -> Run:
    """Search the whole of what `words` of the command line name, in so many bytes of memory, Python's among them."""
    with tempfile.TemporaryDirectory(prefix="hotswap-") as folder:
        found = measured(_command(words, threads, memory), folder, codes=CODES, environment=environment)
        return _run(found, Path(folder, "result.json"))


def least_memory(words: Sequence[str], environment: Mapping[str, str], start_up: int, most: int) -> int:
    """The least memory of the whole process in which it searches everything, as exactly as is worth it.

    It can do so with `start_up` and `most` bytes.
    """

    def is_enough(memory: int) -> bool:
        with tempfile.TemporaryDirectory(prefix="hotswap-") as folder:
            command = _command(words, 1, memory)
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        return done.returncode in CODES

    low, high = start_up, start_up + most + ROOM
    while high - low > max(most // 64, ROOM // 16):
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def two_at_once(words: Sequence[str], environment: Mapping[str, str]) -> tuple[Run, Run]:
    """Two copies of the search on one core, started at the same time: what two cores of this machine can do at best."""
    with tempfile.TemporaryDirectory(prefix="hotswap-") as first, tempfile.TemporaryDirectory() as second:
        command = _command(words, 1)
        other = subprocess.Popen(
            command, cwd=second, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            found = measured(command, first, codes=CODES, environment=environment)
            if other.wait() not in CODES:
                raise BenchmarkError(f"{' '.join(command)} ended with {other.returncode} beside its copy")
        finally:
            other.kill()
            other.wait()
        return _run(found, Path(first, "result.json")), _run(found, Path(second, "result.json"))


def start_up_bytes(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """The peak of a process that stops at the first states: Python, llvmlite, and the spec's code."""
    with tempfile.TemporaryDirectory(prefix="hotswap-") as folder:
        command = [*_command(words, 1), "--max-states", "1"]
        return measured(command, folder, codes=range(256), environment=environment).peak_bytes


def _command(words: Sequence[str], threads: int, memory: int = 0) -> list[str]:
    more = ["--threads", str(threads)] if has_threads() else []
    more += ["--memory", f"{memory // 1000}K"] if memory else []
    return [*COMMAND, "check", *words, *more, "--quiet", "--json", "result.json"]


def _run(found: Measured, file: Path) -> Run:
    result: dict[str, Any] = json.loads(file.read_text())
    if not result["exhaustive"]:
        raise BenchmarkError(f"hotswap did not search everything: {result['stopped']}")
    return Run(
        states=result["states"],
        transitions=result["transitions"],
        seconds=result["seconds"],
        compile_seconds=result["compile_seconds"],
        whole_seconds=found.seconds,
        processor_seconds=found.processor_seconds,
        peak_bytes=found.peak_bytes,
        allocated_bytes=result["peak_bytes"],
    )
