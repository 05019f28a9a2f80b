"""Peterson's filter lock for 5 processes, SPIN's way: `python tests/benchmarks/filter_lock.py [N]`.

Run on an idle machine. Every search counts the same 10,294,228 states, except under partial order reduction.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import spin

HERE = Path(__file__).with_suffix("")
ONE_PROCESS = HERE / "one_process.pml"
FIVE_PROCESSES = HERE / "five_processes.pml"
STATES = {2: 54, 3: 2_287, 4: 134_192, 5: 10_294_228}


def yardsticks(processes: int) -> list[tuple[str, spin.Run]]:
    """Every way to have SPIN do it, named."""
    defines = [f"N={processes}"]
    runs = [("one process", spin.search(ONE_PROCESS, spin.PLAIN_BREADTH_FIRST, defines))]
    runs += [("five processes", spin.search(FIVE_PROCESSES, mode, defines)) for mode in spin.EXACT]
    for text, run in runs:
        if run.states != STATES[processes] and "reduction" not in run.mode.name:
            raise spin.SpinError(f"{text}, {run.mode.name}: {run.states} states, {STATES[processes]} are right")
    return runs


def line(text: str, run: spin.Run) -> str:
    """One row of the table."""
    return (
        f"{text:15} {run.mode.name:45} {run.states:12,} {run.transitions:12,} {run.seconds:8.1f} "
        f"{run.processor_seconds:8.1f} {run.processor_rate / 1e6:8.2f} {run.bytes_per_state:8.0f}"
    )


def main(arguments: Sequence[str]) -> None:
    """Print the table, and the commands behind it."""
    runs = yardsticks(int(arguments[0]) if arguments else 5)
    print(f"{'SPIN on':15} {'mode':45} {'states':>12} {'transitions':>12} {'wall s':>8} {'cpu s':>8} ", end="")
    print(f"{'M/cpu s':>8} {'B/state':>8}")
    for text, run in runs:
        print(line(text, run))
    print()
    for _, run in runs:
        print(run.command)


if __name__ == "__main__":
    main(sys.argv[1:])
