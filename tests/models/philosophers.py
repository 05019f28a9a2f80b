"""The dining philosophers, each fork a step of its own, both when it is taken and when it is put back.

A fork is free, in the hand to its one side, or in the hand to its other side; only the table at which everybody holds
nothing but the second fork can't come about. So there are 3^N - 1 states, and 13 philosophers have 1,594,322 with
13,817,453 transitions, which SPIN, TLC and rumur count too. Everybody takes the fork on one side first: a deadlock is
reachable in N steps. With one philosopher who begins on the other side it is not, and all 3^N states come about.
"""

from __future__ import annotations

from hotswap.spec.language import (
    STRONG,
    WEAK,
    Machine,
    Profile,
    State,
    Switch,
    System,
    invariant,
    leads_to,
    operation,
    require,
    sometimes,
    step,
)

ODD_ONE_OUT = Switch(
    "odd-one-out", "The first philosopher takes the forks in the other order.", source="Dijkstra, 1971"
)


class Fork(Machine):
    """It lies between two philosophers."""

    taken: bool


class Philosopher(Machine):
    """Thinks and eats."""

    thinking = State(initial=True)
    hungry = State(waiting=True)
    eating, full = State(), State()

    @operation
    def first(self) -> Fork:
        """The fork that is taken first, and put back first."""
        if ODD_ONE_OUT and self.index == 0:
            return Fork[1]
        return Fork[self.index]

    @operation
    def second(self) -> Fork:
        """The other one."""
        if ODD_ONE_OUT and self.index == 0:
            return Fork[0]
        return Fork[(self.index + 1) % len(Fork)]

    @step(thinking, to=hungry)
    def take_first(self) -> None:
        """One fork in hand, and waiting for the other."""
        require(not self.first().taken)
        self.first().taken = True

    @step(hungry, to=eating, fair=STRONG)
    def take_second(self) -> None:
        """Both in hand: eating."""
        require(not self.second().taken)
        self.second().taken = True

    @step(eating, to=full, fair=WEAK)
    def put_first(self) -> None:
        """Done."""
        self.first().taken = False

    @step(full, to=thinking, fair=WEAK)
    def put_second(self) -> None:
        """And thinking again."""
        self.second().taken = False


@invariant
def neighbours_do_not_eat(one: Philosopher, other: Philosopher) -> bool:
    """Two that share a fork don't eat at the same time."""
    return (
        one is other
        or one.state is not Philosopher.eating
        or other.state is not Philosopher.eating
        or (one.index + 1) % len(Philosopher) != other.index
    )


def eats(philosopher: Philosopher) -> bool:
    """Both forks in hand."""
    return philosopher.state is Philosopher.eating


@leads_to(eats)
def the_hungry_eat(philosopher: Philosopher) -> bool:
    """Whoever has one fork gets the other in the end, if it does not miss it for ever whenever it is free."""
    return philosopher.state is Philosopher.hungry


@sometimes
def two_eat() -> bool:
    """The table is not a queue: two eat at the same time."""
    return sum(1 for one in Philosopher if one.state is Philosopher.eating) == 2


PHILOSOPHERS = System(
    name="philosophers",
    machines=[Fork, Philosopher],
    scopes={"small": {Fork: 5, Philosopher: 5}, "published": {Fork: 13, Philosopher: 13}},
    properties=[neighbours_do_not_eat, two_eat, the_hungry_eat],
    profiles=[
        Profile("alike", "Everybody takes the fork on the same side first."),
        Profile("odd-one-out", "One philosopher takes them in the other order.", (ODD_ONE_OUT,)),
    ],
)
