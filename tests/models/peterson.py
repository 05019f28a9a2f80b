"""Peterson's lock for two processes, and what becomes of it when two of its lines change places.

G. L. Peterson, "Myths about the mutual exclusion problem" (1981). Each line is a step, the wait is one step.
"""

from __future__ import annotations

from hotswap.spec.language import (
    WEAK,
    Defect,
    Edit,
    Machine,
    Ref,
    State,
    System,
    invariant,
    leads_to,
    require,
    sometimes,
    step,
)


class Turn(Machine):
    """Who may go first."""

    whose: Ref[Process]


class Process(Machine):
    """One of the two."""

    idle = State(initial=True)
    interested = State()
    waiting = State(waiting=True)
    critical = State()
    wants: bool

    @step(idle, to=interested)
    def ask(self) -> None:
        """`wants[i] = true`"""
        self.wants = True

    @step(interested, to=waiting, fair=WEAK)
    def give_way(self) -> None:
        """`turn = other`"""
        Turn[0].whose = Process[1 - self.index]

    @step(waiting, to=critical, fair=WEAK)
    def enter(self) -> None:
        """`await not wants[other] or turn == self`"""
        require(not Process[1 - self.index].wants or Turn[0].whose is self)

    @step(critical, to=idle, fair=WEAK)
    def leave(self) -> None:
        """`wants[i] = false`"""
        self.wants = False


@invariant
def mutual_exclusion() -> bool:
    """The two are never both in their critical section."""
    return not all(process.state is Process.critical for process in Process)


@sometimes
def one_waits_for_the_other() -> bool:
    """One is in while the other waits."""
    return any(process.state is Process.critical for process in Process) and any(
        process.state is Process.waiting for process in Process
    )


def is_in(process: Process) -> bool:
    """In its critical section."""
    return process.state is Process.critical


@leads_to(is_in)
def who_wants_in_gets_in(process: Process) -> bool:
    """Nobody starves: whoever has asked gets into the critical section."""
    return process.wants


def boot() -> None:
    """Process 0 has the turn."""
    Turn[0].whose = Process[0]


PETERSON = System(
    name="peterson",
    machines=[Turn, Process],
    scopes={"small": {Turn: 1, Process: 2}},
    boot=boot,
    properties=[mutual_exclusion, one_waits_for_the_other, who_wants_in_gets_in],
    defects=[
        Defect(
            "polite-too-early",
            "It gives way before it says that it wants to enter.",
            "mutual-exclusion",
            (
                Edit(Process.ask, "self.wants = True", "Turn[0].whose = Process[1 - self.index]"),
                Edit(Process.give_way, "Turn[0].whose = Process[1 - self.index]", "self.wants = True"),
            ),
            profile="plain",
        ),
        Defect(
            "never-gives-way",
            "It gives itself the turn.",
            "mutual-exclusion",
            (Edit(Process.give_way, "Turn[0].whose = Process[1 - self.index]", "Turn[0].whose = self"),),
            profile="plain",
        ),
        Defect(
            "jostling",
            "It only looks whether the other is in: who comes again at once may be the quicker one each time.",
            "who-wants-in-gets-in",
            (
                Edit(
                    Process.enter,
                    "require(not Process[1 - self.index].wants or Turn[0].whose is self)",
                    "require(Process[1 - self.index].state is not Process.critical)",
                ),
            ),
            profile="plain",
        ),
        Defect(
            "stubborn",
            "It does not look at the turn.",
            "no-deadlock",
            (
                Edit(
                    Process.enter,
                    "require(not Process[1 - self.index].wants or Turn[0].whose is self)",
                    "require(not Process[1 - self.index].wants)",
                ),
            ),
            profile="plain",
        ),
    ],
)
