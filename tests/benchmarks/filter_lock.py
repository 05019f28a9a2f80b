"""The native engine and SPIN on Peterson's filter lock: `python tests/benchmarks/filter_lock.py [N]`.

Run on an idle machine, with SPIN and gcc installed. Everybody counts the same states (10,294,228 for N = 5, the
default), except under partial order reduction, which leaves some out. Rates are over processor time, so that a machine
that is not quite idle distorts them less; the engine's includes compiling the model.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import spin
from hotswap.checker import check
from models.filter_lock import FILTER_LOCK

HERE = Path(__file__).with_suffix("")
ONE_PROCESS = HERE / "one_process.pml"
FIVE_PROCESSES = HERE / "five_processes.pml"
STATES = {2: 54, 3: 2_287, 4: 134_192, 5: 10_294_228}
SCOPES = {2: "two", 3: "small", 4: "medium", 5: "published"}


@dataclass(frozen=True)
class Line:
    """One search, however it was made; `peak_bytes` of the engine is what it allocates, of SPIN the whole process."""

    name: str
    states: int
    transitions: int
    seconds: float
    processor_seconds: float
    peak_bytes: int

    @property
    def rate(self) -> float:
        """States for each second of processor time."""
        return self.states / self.processor_seconds

    def __str__(self) -> str:
        counts = f"{self.name:66} {self.states:12,} {self.transitions:12,}"
        costs = f"{self.seconds:7.1f} {self.processor_seconds:7.1f} {self.rate / 1e6:9.2f}"
        return f"{counts} {costs} {self.peak_bytes / self.states:8.0f}"


HEAD = f"{'':66} {'states':>12} {'transitions':>12} {'wall s':>7} {'cpu s':>7} {'M/cpu s':>9} {'B/state':>8}"


def native(processes: int) -> Line:
    """The engine, once it has been loaded."""
    check(FILTER_LOCK, scope="two")
    began = time.process_time()
    result = check(FILTER_LOCK, scope=SCOPES[processes], properties=["mutual-exclusion", "no-deadlock"])
    took = time.process_time() - began
    return Line("hotswap", result.states, result.transitions, result.seconds, took, result.peak_bytes)


def yardsticks(processes: int) -> list[spin.Run]:
    """SPIN on the one-process text as it comes, then on the five processes in every exact way."""
    defines = [f"N={processes}"]
    return [
        spin.search(ONE_PROCESS, spin.PLAIN_BREADTH_FIRST, defines),
        *(spin.search(FIVE_PROCESSES, mode, defines) for mode in spin.EXACT),
    ]


def line(run: spin.Run) -> Line:
    """SPIN's run as a line of the table."""
    text = "one process" if str(ONE_PROCESS) in run.command else "a process each"
    return Line(
        f"SPIN, {text}, {run.mode.name}",
        run.states,
        run.transitions,
        run.seconds,
        run.processor_seconds,
        run.peak_bytes,
    )


def main(arguments: Sequence[str]) -> None:
    """Print the table, the two ratios, and SPIN's commands."""
    processes = int(arguments[0]) if arguments else 5
    ours = native(processes)
    print(HEAD, ours, sep="\n", flush=True)
    runs = yardsticks(processes)
    theirs = [line(run) for run in runs]
    print(*theirs, sep="\n")
    for found in (ours, *theirs):
        if found.states != STATES[processes] and "reduction" not in found.name:
            raise SystemExit(f"{found.name}: {found.states:,} states, {STATES[processes]:,} are right")
    one, *each = theirs
    best = max(each, key=lambda found: found.rate)
    print()
    print(f"{ours.rate / one.rate:.1f} times {one.name}")
    print(f"{ours.rate / best.rate:.1f} times {best.name}, the fastest")
    print()
    print(*(run.command for run in runs), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
