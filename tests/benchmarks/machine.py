"""How many steps a second a generated test takes: `python tests/benchmarks/machine.py`.

The stateful Hypothesis test of the chardev spec, with the layer of `impl` in process, and with an adapter that does
nothing and of which nothing is compared: what is left then is Hypothesis and the spec. In turns, in one process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from unittest.mock import patch

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hotswap.checker.conform.stimulus import Stimulus
from hotswap.checker.conform.target import Observation, Target, Words
from hotswap.checker.targets.in_process import Impl
from hotswap.checker.testing import state_machine
from hotswap.checker.testing.machine import SpecMachine
from hotswap.spec import CHARDEV

PROFILE = CHARDEV.profile("repaired")
HOW = settings(
    max_examples=60, stateful_step_count=50, phases=[Phase.generate], database=None, derandomize=True, deadline=None
)
ROUNDS = 3


class Empty(Impl):
    """The same steps, none of which is carried out."""

    def start(self, initial: Words) -> None:
        """Nothing is started."""

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """Nothing is done."""

    def wait(self, timer: Stimulus, before: Words) -> None:
        """Nor waited for."""

    def observe(self) -> Observation:
        """Nothing is seen."""
        return Observation({})

    def stop(self) -> None:
        """Nothing is left."""


def rate(make: Callable[[], Target]) -> float:
    """Steps a second."""
    steps = 0

    def count(self: SpecMachine, step: str) -> None:
        nonlocal steps
        steps += 1
        take(self, step)

    machine = state_machine(CHARDEV, make, profile="repaired")
    take, machine.take = machine.take, count  # type: ignore[method-assign, assignment]
    started = time.perf_counter()
    run_state_machine_as_test(machine, settings=HOW)
    return steps / (time.perf_counter() - started)


def main() -> None:
    """The rates, and their ratio."""
    ratios = []
    for _ in range(ROUNDS):
        with patch("hotswap.checker.conform.held.otherwise", lambda *compared: {}):
            empty = rate(partial(Empty, PROFILE))
        layer = rate(partial(Impl, PROFILE))
        ratios.append(layer / empty)
        print(f"an adapter that does nothing {empty:,.0f} steps/s, the layer {layer:,.0f} steps/s")
    print(f"median of the ratios {median(ratios):.2f}")


if __name__ == "__main__":
    main()
