"""A producer and consumers around a bounded buffer: numbers go in and come out in the same order.

One producer and any number of consumers: what is taken out is in order, whoever takes it. In the profile `unguarded`
nobody looks at the buffer first: it overflows, and runs dry, which `in-range` reports.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    Capacity,
    Defect,
    Edit,
    Machine,
    Monitor,
    Profile,
    Queue,
    Range,
    State,
    Switch,
    System,
    Thread,
    ensure,
    on,
    operation,
    require,
    sometimes,
    step,
)

GUARDED = Switch("guarded", "Producers wait while the buffer is full, consumers while it is empty.")
PRODUCER = Thread("producer", "Whoever puts in.")
CONSUMER = Thread("consumer", "Whoever takes out.")
ROOM = 3

Number = Annotated[int, Range(0, 3)]


class Buffer(Machine):
    """First in, first out."""

    items: Annotated[Queue[Number], Capacity(3)]

    @operation
    def put(self, number: Number) -> None:
        """`buffer_put`"""
        self.items.append(number)

    @operation
    def take(self) -> Number:
        """`buffer_take`"""
        number = self.items.popleft()
        self.deliver(number)
        return number

    @operation
    def deliver(self, number: Number) -> None:
        """What a consumer gets."""

    @operation
    def has_room(self) -> bool:
        """Whether `put` is allowed."""
        if GUARDED:
            return len(self.items) < ROOM
        return True

    @operation
    def has_items(self) -> bool:
        """Whether `take` is allowed."""
        if GUARDED:
            return len(self.items) > 0
        return True


class Producer(Machine, thread=PRODUCER):
    """Puts 0, 1, 2, 3, 0, ... into the buffer."""

    making = State(initial=True)
    ready = State(waiting=True)
    next: Number

    @step(making, to=ready)
    def make(self) -> None:
        """The next number is there."""

    @step(ready, to=making)
    def put(self) -> None:
        """And in the buffer."""
        require(Buffer[0].has_room())
        Buffer[0].put(self.next)
        self.next = (self.next + 1) % 4


class Consumer(Machine, thread=CONSUMER):
    """Takes them out, and adds them up."""

    waiting = State(initial=True)
    using = State()
    number: Number
    parity: bool

    @step(waiting, to=using)
    def take(self) -> None:
        """The oldest number is its."""
        require(Buffer[0].has_items())
        self.number = Buffer[0].take()

    @step(using, to=waiting)
    def use(self) -> None:
        """Odd or even, so far?"""
        self.parity = not self.parity if self.number % 2 == 1 else self.parity
        self.number = 0


class InOrder(Monitor, of=Buffer):
    """What is delivered is what was put in, in that order."""

    expected: Number

    @on(Buffer.deliver)
    def delivered(self, buffer: Buffer, number: Number) -> None:
        """The one after the last."""
        ensure(number == self.expected)
        self.expected = (number + 1) % 4


@sometimes
def full(buffer: Buffer) -> bool:
    """The buffer fills up while every producer waits."""
    return len(buffer.items) == ROOM and all(producer.state is Producer.ready for producer in Producer)


BOUNDED_BUFFER = System(
    name="bounded-buffer",
    machines=[Buffer, Producer, Consumer],
    scopes={
        "small": {Buffer: 1, Producer: 1, Consumer: 2},
        "medium": {Buffer: 1, Producer: 1, Consumer: 5},
    },
    properties=[InOrder, full],
    profiles=[
        Profile("guarded", "Both sides wait.", (GUARDED,)),
        Profile("unguarded", "Neither side waits."),
    ],
    defects=[
        Defect(
            "forgetful",
            "A producer does not count on.",
            "in-order",
            (Edit(Producer.put, "self.next = (self.next + 1) % 4"),),
            profile="guarded",
        ),
        Defect(
            "leaves-no-room",
            "Clears the buffer when it takes one number out.",
            "in-order",
            (Edit(Buffer.take, "self.deliver(number)", "self.items.clear()\nself.deliver(number)"),),
            profile="guarded",
        ),
    ],
)
