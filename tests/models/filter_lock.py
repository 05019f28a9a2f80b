"""Peterson's filter lock: N - 1 levels, and each holds one process back.

G. L. Peterson, "Myths about the mutual exclusion problem" (1981). One process runs

    for level in 1 .. N - 1:
        self.level = level
        last[level] = self
        for other in every process:  wait until other is self, other.level < level, or last[level] is not self
    critical section
    self.level = 0

and each of these assignments, looks at one other process, and ends of a loop is a step of its own.

| N | states     | transitions |
|---|------------|-------------|
| 2 | 54         | 98          |
| 3 | 2,287      | 5,712       |
| 4 | 134,192    | 429,442     |
| 5 | 10,294,228 | 40,935,055  |

SPIN 6.5.2 finds the same states (`tests/benchmarks/promela/filter_lock_one.pml`); it counts the initial state as one
more transition.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    WEAK,
    Defect,
    Edit,
    Machine,
    Range,
    Ref,
    State,
    System,
    invariant,
    leads_to,
    require,
    sometimes,
    step,
)


class Level(Machine):
    """One filter: `Level[0]` is level 1."""

    last: Ref[Process]


class Process(Machine):
    """One process, which wants the critical section again and again."""

    idle = State(initial=True)
    climbing, marking, looking, through, critical = State(), State(), State(), State(), State()

    level: Annotated[int, Range(0, 4)]
    """The highest level that it has announced, 0 for none."""

    looked: Annotated[int, Range(0, 4)]
    """How many processes it has looked at on this level."""

    @step(idle, to=climbing)
    def begin(self) -> None:
        """It wants the critical section."""

    @step(climbing, to=marking, fair=WEAK)
    def climb(self) -> None:
        """`level[i] = l`"""
        self.level += 1

    @step(marking, to=looking, fair=WEAK)
    def mark(self) -> None:
        """`last[l] = i`: whoever comes last waits."""
        Level[self.level - 1].last = self

    @step(looking, to=(looking, through), fair=WEAK)
    def look(self) -> None:
        """The next process is itself, or below, or somebody else came last."""
        require(
            self.looked == self.index
            or Process[self.looked].level < self.level
            or Level[self.level - 1].last is not self
        )
        if self.looked == len(Process) - 1:
            self.looked = 0
            self.goto(Process.through)
        else:
            self.looked += 1
            self.goto(Process.looking)

    @step(through, to=(climbing, critical), fair=WEAK)
    def advance(self) -> None:
        """On to the next level, or in."""
        if self.level == len(Level):
            self.goto(Process.critical)
        else:
            self.goto(Process.climbing)

    @step(critical, to=idle, fair=WEAK)
    def leave(self) -> None:
        """`level[i] = 0`"""
        self.level = 0


@invariant
def mutual_exclusion() -> bool:
    """At most one process is in its critical section."""
    return sum(1 for process in Process if process.state is Process.critical) <= 1


@sometimes
def everybody_wants_in(process: Process) -> bool:
    """One is in its critical section while all the others wait to enter it."""
    return process.state is Process.critical and all(
        other is process or other.state is Process.looking for other in Process
    )


def is_in(process: Process) -> bool:
    """In its critical section."""
    return process.state is Process.critical


@leads_to(is_in)
def who_begins_gets_in(process: Process) -> bool:
    """Nobody starves: whoever begins to climb gets into the critical section."""
    return process.state is Process.climbing


def boot() -> None:
    """Process 0 counts as the last of every level."""
    for level in Level:
        level.last = Process[0]


FILTER_LOCK = System(
    name="filter-lock",
    machines=[Level, Process],
    scopes={
        "small": {Level: 2, Process: 3},
        "medium": {Level: 3, Process: 4},
        "published": {Level: 4, Process: 5},
        "two": {Level: 1, Process: 2},
    },
    boot=boot,
    properties=[mutual_exclusion, everybody_wants_in, who_begins_gets_in],
    defects=[
        Defect(
            "never-pushed-on",
            "It waits until all others are below it, though somebody came to its level later.",
            "who-begins-gets-in",
            (
                Edit(
                    Process.look,
                    """require(
    self.looked == self.index
    or Process[self.looked].level < self.level
    or Level[self.level - 1].last is not self
)""",
                    "require(self.looked == self.index or Process[self.looked].level < self.level)",
                ),
            ),
            profile="plain",
        ),
    ],
)
