"""Leader election in a ring: everybody sends his number round, and swallows what is smaller.

E. Chang and R. Roberts, "An improved algorithm for decentralized extrema-finding in circular configurations of
processes" (1979). The numbers stand in the ring in any order: one initial state for each.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    WEAK,
    Capacity,
    Defect,
    Edit,
    Machine,
    Queue,
    Range,
    State,
    System,
    action,
    eventually,
    invariant,
    may,
    operation,
    require,
    sometimes,
    step,
)

Number = Annotated[int, Range(0, 3)]


class Node(Machine):
    """One place in the ring; messages go to the next."""

    asleep = State(initial=True)
    candidate = State(waiting=True)
    lost, leader = State(), State()
    number: Number
    inbox: Annotated[Queue[Number], Capacity(4)]
    highest: Number
    """The highest number that it has sent on."""

    @operation
    def send(self, number: Number) -> None:
        """To the next node."""
        self.highest = max(self.highest, number)
        Node[(self.index + 1) % len(Node)].inbox.append(number)

    @step(asleep, to=candidate, fair=WEAK)
    def begin(self) -> None:
        """It stands for election."""
        self.send(self.number)

    @step(asleep, to=lost, fair=WEAK)
    def join(self) -> None:
        """A message wakes it: it only passes on, what is lower is no reason to stand any more."""
        require(len(self.inbox) > 0)
        self.send(self.inbox.popleft())

    @step((candidate, lost), to=(candidate, lost, leader), fair=WEAK)
    def receive(self) -> None:
        """Higher: pass on, and lose. Lower: swallow. Its own: elected."""
        require(len(self.inbox) > 0)
        number = self.inbox.popleft()
        if self.state is Node.lost:
            self.send(number)
            self.goto(Node.lost)
        elif number > self.number:
            self.send(number)
            self.goto(Node.lost)
        elif number == self.number:
            self.goto(Node.leader)
        else:
            self.goto(Node.candidate)


@invariant
def one_leader(one: Node, other: Node) -> bool:
    """At most one is elected."""
    return one is other or one.state is not Node.leader or other.state is not Node.leader


@invariant
def highest_candidate_leads(leader: Node) -> bool:
    """The leader's number is higher than every other candidate's."""
    return leader.state is not Node.leader or all(
        other is leader or other.state is not Node.candidate or other.number < leader.number for other in Node
    )


@action
def highest_never_falls(before: Node, after: Node) -> bool:
    """What a node sends on gets higher and higher."""
    return after.highest >= before.highest


@action
def elected_for_life(before: Node, after: Node) -> bool:
    """A leader stays the leader."""
    return before.state is not Node.leader or after.state is Node.leader


@sometimes
def elected() -> bool:
    """There is a leader, and no message is on its way."""
    return any(node.state is Node.leader for node in Node) and all(len(node.inbox) == 0 for node in Node)


@eventually
def there_is_a_leader() -> bool:
    """The election comes to an end."""
    return any(node.state is Node.leader for node in Node)


def boot() -> None:
    """Node 0 has number 0; the others have theirs in any order that swaps of neighbours give."""
    for node in Node:
        node.number = node.index
    for place in range(1, len(Node) - 1):
        if may(f"nodes {place} and {place + 1} change places"):
            here, there = Node[place], Node[place + 1]
            here.number, there.number = there.number, here.number


RING_ELECTION = System(
    name="ring-election",
    machines=[Node],
    scopes={"small": {Node: 3}, "medium": {Node: 4}},
    boot=boot,
    properties=[one_leader, highest_candidate_leads, highest_never_falls, elected_for_life, elected, there_is_a_leader],
    defects=[
        Defect(
            "swallowed",
            "A sleeper swallows the message that wakes it: its sender waits for ever.",
            "no-deadlock",
            (Edit(Node.join, "self.send(self.inbox.popleft())", "self.inbox.clear()"),),
            profile="plain",
        ),
        Defect(
            "vain",
            "A candidate takes every lower number for its own.",
            "highest-candidate-leads",
            (
                Edit(
                    Node.receive,
                    "number = self.inbox.popleft()",
                    "received = self.inbox.popleft()\nnumber = max(received, self.number)",
                ),
            ),
            profile="plain",
        ),
    ],
)
