"""Lamport's bakery: take a ticket, wait until no smaller one is about, be served.

L. Lamport, "A new solution of Dijkstra's concurrent programming problem" (1974). The tickets have no end there; here
they are numbered 0 to 4 and two customers can exceed that, which `in-range` reports. The profile `recycled` draws a
ticket only when there is one.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    WEAK,
    Defect,
    Edit,
    Machine,
    Profile,
    Range,
    State,
    Switch,
    System,
    action,
    invariant,
    leads_to,
    operation,
    require,
    step,
)

RECYCLED = Switch("recycled", "A customer waits outside while the tickets are used up.")
LAST = 4

Ticket = Annotated[int, Range(0, 4)]


class Customer(Machine):
    """One process."""

    outside = State(initial=True)
    choosing = State()
    waiting = State(waiting=True)
    served = State()
    seen: Ticket
    """The highest ticket that it has seen."""
    ticket: Ticket
    """Its own, 0 for none."""

    @operation
    def highest(self) -> Ticket:
        """The highest ticket that anybody has."""
        result = 0
        for customer in Customer:
            result = max(result, customer.ticket)
        return result

    @operation
    def may_come_in(self) -> bool:
        """Whether there is a ticket for it."""
        if RECYCLED:
            return self.highest() < LAST and all(other.state is not Customer.choosing for other in Customer)
        return True

    @operation
    def before(self, other: Customer) -> bool:
        """Its ticket is the lower one; of equal tickets, the one of whoever comes first in the list."""
        return self.ticket < other.ticket or (self.ticket == other.ticket and self.index < other.index)

    @step(outside, to=choosing)
    def look(self) -> None:
        """`choosing[i] = true`, and it reads all the others' tickets."""
        require(self.may_come_in())
        self.seen = self.highest()

    @step(choosing, to=waiting, fair=WEAK)
    def draw(self) -> None:
        """`number[i] = 1 + maximum; choosing[i] = false`"""
        self.ticket = self.seen + 1
        self.seen = 0

    @step(waiting, to=served, fair=WEAK)
    def enter(self) -> None:
        """Nobody is choosing, and nobody has a ticket that comes before."""
        require(
            all(
                other.state is not Customer.choosing and (other.ticket == 0 or self.before(other))
                for other in Customer
                if other is not self
            )
        )

    @step(served, to=outside, fair=WEAK)
    def leave(self) -> None:
        """`number[i] = 0`"""
        self.ticket = 0


@invariant
def mutual_exclusion() -> bool:
    """One is served at a time."""
    return sum(1 for customer in Customer if customer.state is Customer.served) <= 1


@action
def first_come_first_served(before: Customer, after: Customer) -> bool:
    """Whoever is served now was waiting before."""
    return after.state is not Customer.served or before.state in (Customer.waiting, Customer.served)


def is_served(customer: Customer) -> bool:
    """It is its turn."""
    return customer.state is Customer.served


@leads_to(is_served)
def everybody_is_served(customer: Customer) -> bool:
    """Whoever has a ticket is served in the end."""
    return customer.ticket > 0


BAKERY = System(
    name="bakery",
    machines=[Customer],
    scopes={"small": {Customer: 2}, "medium": {Customer: 3}},
    properties=[mutual_exclusion, first_come_first_served, everybody_is_served],
    profiles=[
        Profile("endless", "Every customer draws a higher ticket."),
        Profile("recycled", "No more customers than tickets.", (RECYCLED,)),
    ],
    defects=[
        Defect(
            "equal-tickets",
            "Two customers with equal tickets both come before each other.",
            "mutual-exclusion",
            (
                Edit(
                    Customer.before,
                    "return self.ticket < other.ticket or (self.ticket == other.ticket and self.index < other.index)",
                    "return self.ticket <= other.ticket",
                ),
            ),
            profile="endless",
        ),
        Defect(
            "no-queue",
            "Whoever is quick enough is served, whatever the tickets say.",
            "everybody-is-served",
            (
                Edit(
                    Customer.enter,
                    """require(
    all(
        other.state is not Customer.choosing and (other.ticket == 0 or self.before(other))
        for other in Customer
        if other is not self
    )
)""",
                    "require(all(other.state is not Customer.served for other in Customer))",
                ),
            ),
            profile="recycled",
        ),
    ],
)
