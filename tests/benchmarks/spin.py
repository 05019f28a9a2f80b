"""SPIN as a yardstick: translate, compile and run a Promela text, and read what it counted.

SPIN's `pan` is built in a temporary directory. Rates are over processor time as well as over wall time, because the
former says the same on a busy machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from resource import struct_rusage as Usage

QUICK = ("-O3", "-march=native", "-DSAFETY", "-DNOFAIR", "-DNOBOUNDCHECK", "-DVECTORSZ=64", "-DNOVSZ")
"""What makes an exact search fast: no fairness, no bounds checks, no size kept with each state."""


class SpinError(RuntimeError):
    """SPIN is not there, refuses the text, or its search was not complete."""


@dataclass(frozen=True)
class Mode:
    """One way to have SPIN search: the options of its three stages."""

    name: str
    compile: tuple[str, ...]
    run: tuple[str, ...]
    translate: tuple[str, ...] = ()


PLAIN_BREADTH_FIRST = Mode("breadth first", ("-O2", "-DSAFETY", "-DBFS", "-DNOREDUCE"), ("-w24",))
"""As SPIN's manual has it: the way that the project states its first goal against."""

EXACT: tuple[Mode, ...] = (
    Mode("breadth first, tuned", (*QUICK, "-DBFS", "-DNOREDUCE"), ("-w24",), ("-o3",)),
    Mode("depth first, tuned", (*QUICK, "-DNOREDUCE"), ("-m4000000", "-w24"), ("-o3",)),
    Mode("depth first, tuned, partial order reduction", QUICK, ("-m4000000", "-w24"), ("-o3",)),
)
"""The fastest ways that store every state that they reach; the last reaches fewer."""


@dataclass(frozen=True)
class Run:
    """What one search counted and cost. `transitions` leaves out the initial state, which SPIN counts as one."""

    mode: Mode
    states: int
    transitions: int
    vector_bytes: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    compile_seconds: float
    command: str = field(repr=False)

    @property
    def rate(self) -> float:
        """States for each second of wall time."""
        return self.states / self.seconds

    @property
    def processor_rate(self) -> float:
        """States for each second of processor time."""
        return self.states / self.processor_seconds

    @property
    def bytes_per_state(self) -> float:
        """The whole process's peak, over its states."""
        return self.peak_bytes / self.states


def available() -> bool:
    """Whether SPIN and a C compiler are installed."""
    return shutil.which("spin") is not None and shutil.which("gcc") is not None


def search(model: Path, mode: Mode, defines: Sequence[str] = ()) -> Run:
    """Search the whole of `model` in `mode`; `defines` (`N=4`) are for its preprocessor."""
    if not available():
        raise SpinError("spin or gcc is missing: apt-get install spin gcc")
    stages = [
        ["spin", "-a", *mode.translate, *(f"-D{define}" for define in defines), str(model.resolve())],
        ["gcc", *mode.compile, "-w", "-o", "pan", "pan.c"],
    ]
    run = ["./pan", *mode.run]
    with tempfile.TemporaryDirectory(prefix="spin-") as directory:
        began = time.perf_counter()
        for stage in stages:
            _quietly(stage, directory)
        compiled = time.perf_counter() - began
        text, seconds, usage = _measured(run, directory)
    if "max search depth too small" in text or "Search not completed" in text:
        raise SpinError(f"{mode.name}: the search was not complete:\n{text}")
    return Run(
        mode=mode,
        states=_number(r"(\d+) states, stored", text),
        transitions=_number(r"(\d+) transitions", text) - 1,
        vector_bytes=_number(r"State-vector (\d+) byte", text),
        seconds=seconds,
        processor_seconds=max(usage.ru_utime + usage.ru_stime, 1e-6),
        peak_bytes=usage.ru_maxrss * 1024,
        compile_seconds=compiled,
        command=" && ".join(" ".join(words) for words in (*stages, run)),
    )


def best(model: Path, modes: Sequence[Mode] = EXACT, defines: Sequence[str] = ()) -> Run:
    """The run with the highest rate over processor time."""
    return max((search(model, mode, defines) for mode in modes), key=lambda run: run.processor_rate)


def _quietly(command: Sequence[str], directory: str) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SpinError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _measured(command: Sequence[str], directory: str) -> tuple[str, float, Usage]:
    """Run a command; its output, wall time, and what the system says that it used."""
    output = Path(directory, "output.txt")
    began = time.perf_counter()
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=directory, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    text = output.read_text()
    if process.returncode:
        raise SpinError(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return text, seconds, usage


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise SpinError(f"SPIN's output has no match for {pattern!r}:\n{text}")
    return int(found[1])
