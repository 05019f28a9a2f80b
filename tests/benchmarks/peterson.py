"""Peterson's lock for N processes, as the benchmark set BEEM has it: `peterson.4` there is N = 4 here.

R. Pelánek, "BEEM: benchmarks for explicit model checkers" (2007). What a process counted last time stays until it
counts again, so that there are more states than the lock has need of: 1,119,560 and 3,864,896 transitions for N = 4,
which are the numbers that BEEM gives; 12,498 and 33,369 for N = 3.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import Machine, Range, Ref, State, System, invariant, require, step


class Level(Machine):
    """One filter: `Level[0]` is level 1."""

    last: Ref[Process]


class Process(Machine):
    """One process, which wants the critical section again and again."""

    idle = State(initial=True)
    climbing, marking, looking, critical = State(), State(), State(), State()

    level: Annotated[int, Range(0, 4)]
    """The level that it is on its way to; `len(Process)` is the critical section."""

    looked: Annotated[int, Range(0, 4)]
    """How many processes it has looked at."""

    position: Annotated[int, Range(0, 3)]
    """The level that it has reached, for the others to see."""

    @step(idle, to=climbing)
    def begin(self) -> None:
        """It wants the critical section."""
        self.level = 1

    @step(climbing, to=marking)
    def climb(self) -> None:
        """`pos[i] = j`"""
        require(self.level < len(Process))
        self.position = self.level

    @step(climbing, to=critical)
    def enter(self) -> None:
        """It has passed all levels."""
        require(self.level == len(Process))

    @step(marking, to=looking)
    def mark(self) -> None:
        """`step[j - 1] = i`: whoever comes last waits."""
        Level[self.level - 1].last = self
        self.looked = 0

    @step(looking, to=looking)
    def look(self) -> None:
        """The next process is itself, or below."""
        require(
            self.looked < len(Process) and (self.looked == self.index or Process[self.looked].position < self.level)
        )
        self.looked += 1

    @step(looking, to=climbing)
    def advance(self) -> None:
        """Everybody else is below, or somebody else came last."""
        require(Level[self.level - 1].last is not self or self.looked == len(Process))
        self.level += 1

    @step(critical, to=idle)
    def leave(self) -> None:
        """`pos[i] = 0`"""
        self.position = 0


@invariant
def mutual_exclusion() -> bool:
    """At most one process is in its critical section."""
    return sum(1 for process in Process if process.state is Process.critical) <= 1


def boot() -> None:
    """Process 0 counts as the last of every level."""
    for level in Level:
        level.last = Process[0]


PETERSON = System(
    name="beem-peterson",
    machines=[Level, Process],
    scopes={"small": {Level: 2, Process: 3}, "published": {Level: 3, Process: 4}},
    boot=boot,
    properties=[mutual_exclusion],
)
