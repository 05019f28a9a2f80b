"""SPIN as a yardstick: translate, compile and run a Promela text, and read what it counted.

SPIN's `pan` is built in a temporary directory. Rates are over processor time as well as over wall time, because the
former says the same on a busy machine.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .process import BenchmarkError, measured, quietly

QUICK = ("-march=native", "-DSAFETY", "-DNOFAIR", "-DNOBOUNDCHECK", "-DNOVSZ")
"""What makes an exact search fast: no fairness, no bounds checks, no size kept with each state."""


@dataclass(frozen=True)
class Mode:
    """One way to have SPIN search: the options of its three stages."""

    name: str
    compile: tuple[str, ...]
    run: tuple[str, ...]
    translate: tuple[str, ...] = ()
    reduced: bool = False
    """Whether it may leave states out: such a run counts only if it has left none out."""


INCOMPLETE = ("max search depth too small", "Search not completed", "Search incomplete", "states lost")
"""What SPIN says of a search that has left something out; its exit code does not."""

FAITHFUL = ("-o2", "-o3")
"""Keeps SPIN from forgetting dead variables and from merging statements: it would count other states."""


def exact(states: int, depth: int, options: Sequence[str]) -> tuple[Mode, ...]:
    """The ways to store so many states in full, fitted to them as an expert would; `options` are for gcc.

    The hash table has more slots than there are states, and the stack of a depth-first search is as deep as needed.
    """
    compiled, run = (*options, *QUICK), ("-E", f"-w{states.bit_length()}")
    deep = (*run, f"-m{depth}")
    return (
        Mode("breadth first", (*compiled, "-DBFS", "-DNOREDUCE"), run, FAITHFUL),
        Mode("breadth first, unmasked", (*compiled, "-DBFS", "-DNOREDUCE", "-DNOCOMP"), run, FAITHFUL),
        Mode("depth first", (*compiled, "-DNOREDUCE"), deep, FAITHFUL),
        Mode("depth first, unmasked", (*compiled, "-DNOREDUCE", "-DNOCOMP"), deep, FAITHFUL),
        Mode("depth first, collapsed", (*compiled, "-DNOREDUCE", "-DCOLLAPSE"), deep, FAITHFUL),
        Mode("depth first, reduced", compiled, (*run, f"-m{max(states, depth)}"), FAITHFUL, reduced=True),
    )


def exact_on_two_cores(states: int, depth: int, options: Sequence[str]) -> tuple[Mode, ...]:
    """The two ways that SPIN has to use two cores; both need a state's size kept with it.

    Its parallel breadth-first search loses states if its table is nearly full, so that has twice the slots.
    """
    compiled, run = (*options, *(option for option in QUICK if option != "-DNOVSZ"), "-DNOREDUCE"), ("-E",)
    bits = states.bit_length()
    return (
        Mode("breadth first", (*compiled, "-DBFS_PAR"), (*run, "-u2", f"-w{bits + 1}"), FAITHFUL),
        Mode("depth first", (*compiled, "-DNCORE=2", "-DMEMLIM=8000"), (*run, f"-m{depth}", f"-w{bits}"), FAITHFUL),
    )


def depth(model: Path, states: int, options: Sequence[str], defines: Sequence[str] = ()) -> int:
    """How deep a depth-first search of the text gets, found by one whose stack is surely deep enough."""
    probe = Mode("probe", (*options, *QUICK, "-DNOREDUCE"), ("-E", f"-w{states.bit_length()}", f"-m{states}"), FAITHFUL)
    return search(model, probe, defines).depth


@dataclass(frozen=True)
class Run:
    """What one search counted and cost. `transitions` leaves out the initial state, which SPIN counts as one."""

    mode: Mode
    states: int
    transitions: int
    vector_bytes: int
    depth: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    compile_seconds: float
    command: str = field(repr=False)


def search(model: Path, mode: Mode, defines: Sequence[str] = ()) -> Run:
    """Search the whole of `model` in `mode`; `defines` (`N=4`) are for its preprocessor."""
    stages = [
        ["spin", "-a", *mode.translate, *(f"-D{define}" for define in defines), str(model.resolve())],
        ["gcc", *mode.compile, "-w", "-o", "pan", "pan.c"],
    ]
    run = ["./pan", *mode.run]
    with tempfile.TemporaryDirectory(prefix="spin-") as directory:
        began = time.perf_counter()
        for stage in stages:
            quietly(stage, directory)
        compiled = time.perf_counter() - began
        found = measured(run, directory)
    text = found.text
    if any(warning in text for warning in INCOMPLETE):
        raise BenchmarkError(f"{mode.name}: the search was not complete:\n{text}")
    return Run(
        mode=mode,
        states=_number(r"(\d+) states, stored", text),
        transitions=_number(r"(\d+) transitions", text) - 1,
        vector_bytes=_number(r"State-vector (\d+) byte", text),
        depth=_number(r"depth reached (\d+)", text),
        seconds=found.seconds,
        processor_seconds=found.processor_seconds,
        peak_bytes=found.peak_bytes,
        compile_seconds=compiled,
        command=" && ".join(" ".join(words) for words in (*stages, run)),
    )


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise BenchmarkError(f"SPIN's output has no match for {pattern!r}:\n{text}")
    return int(found[1])
