"""One process, measured: what it printed, how long it took, and what the system says that it used."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class BenchmarkError(RuntimeError):
    """A program is missing, refuses its text, fails, or did not search everything."""


@dataclass(frozen=True)
class Measured:
    """What one process cost; `peak_bytes` is its largest resident set, or that of its largest child."""

    text: str
    seconds: float
    processor_seconds: float
    peak_bytes: int


def measured(
    command: Sequence[str], folder: str, *, codes: Sequence[int] = (0,), environment: Mapping[str, str] | None = None
) -> Measured:
    """Run a command in `folder`; any other exit code than one of `codes` is a `BenchmarkError`."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        try:
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=environment)
        except FileNotFoundError:
            raise BenchmarkError(f"{command[0]} is missing: apt-get install spin rumur gcc") from None
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode not in codes:
        raise BenchmarkError(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return Measured(text, seconds, max(usage.ru_utime + usage.ru_stime, 1e-6), usage.ru_maxrss * 1024)


def quietly(command: Sequence[str], folder: str) -> None:
    """Run a command that only has to succeed."""
    measured(command, folder)
