"""rumur as a yardstick: translate, compile and run a Murphi text, and read what it counted."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .process import BenchmarkError, measured, quietly

QUIET = ("--deadlock-detection", "off", "--output-format", "machine-readable", "--symmetry-reduction", "off")


@dataclass(frozen=True)
class Run:
    """What one search counted and cost; its transitions are the rules that it has fired."""

    states: int
    transitions: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    compile_seconds: float
    command: str


def search(text: str, threads: int = 1) -> Run:
    """Search the whole of a Murphi text."""
    stages = [
        ["rumur", *QUIET, "--threads", str(threads), "--output", "model.c", "model.m"],
        ["gcc", "-O3", "-march=native", "-w", "-mcx16", "-pthread", "-o", "model", "model.c"],
    ]
    with tempfile.TemporaryDirectory(prefix="rumur-") as directory:
        Path(directory, "model.m").write_text(text)
        began = time.perf_counter()
        for stage in stages:
            quietly(stage, directory)
        compiled = time.perf_counter() - began
        found = measured(["./model"], directory)
    counted = re.search(r'<summary states="(\d+)" rules_fired="(\d+)" errors="0"', found.text)
    if counted is None:
        raise BenchmarkError(f"rumur did not search everything:\n{found.text}")
    return Run(
        states=int(counted[1]),
        transitions=int(counted[2]),
        seconds=found.seconds,
        processor_seconds=found.processor_seconds,
        peak_bytes=found.peak_bytes,
        compile_seconds=compiled,
        command=" && ".join(" ".join(stage) for stage in [*stages, ["./model"]]),
    )
