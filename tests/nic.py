"""A small protocol for the tests of the tool: a network card whose backend is swapped while the guest sends.

It has one of everything: profiles, a defect, a monitor, a command that can fail, every kind of property.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from hotswap.spec.language import (
    Configuration,
    Defect,
    Edit,
    Lock,
    Machine,
    Monitor,
    Own,
    Profile,
    Queue,
    Range,
    Ref,
    Set,
    State,
    Switch,
    System,
    Thread,
    action,
    ensure,
    fail,
    invariant,
    may,
    observable,
    on,
    operation,
    require,
    sometimes,
    step,
)
from hotswap.spec.language.types import Capacity

KEEP_OLD = Switch("keep-old", "The old backend is dropped only when the new one is open.", source="ours")
BIG = Lock("big")
MONITOR = Thread("monitor", needs=BIG)
GUEST = Thread("guest")


class Speed(Enum):
    """What a backend is capable of."""

    slow = 0
    fast = 1


class Backend(Machine, dynamic=True):
    """Where frames go."""

    speed: Speed
    sent: Annotated[int, Range(0, 1)]

    @operation
    def send(self) -> None:
        """`net_send`: the frame is on its way."""
        self.sent = 1


class Card(Machine, thread=GUEST):
    """The guest's network card."""

    off = State(initial=True)
    on_ = State()
    backend: Own[Backend]
    last: Ref[Backend]
    features: Set[Speed]
    frames: Annotated[Queue[bool], Capacity(1)]

    @operation(off)
    def offer(self, speed: Speed) -> None:
        """The card gets its first backend."""
        self.backend = Backend.new(speed=speed)
        self.features.add(speed)

    @step(off, to=on_)
    def switch_on(self) -> None:
        """`card_realize`"""
        self.last = self.backend

    @step(on_)
    def queue(self) -> None:
        """`card_queue`: the guest has a frame."""
        require(len(self.frames) == 0)
        self.frames.append(True)

    @step(on_)
    def send(self) -> None:
        """`card_send`: the frame goes to the backend."""
        require(len(self.frames) > 0 and self.last is not None)
        self.frames.popleft()
        self.last.send()

    @observable
    def has_backend(self) -> bool:
        """Whether frames can go anywhere."""
        return self.backend is not None


class Swap(Machine, command=True, holds=BIG, thread=MONITOR):
    """`netdev_change`: another backend for the card."""

    idle = State(initial=True, clear=True)
    found = State()
    card: Ref[Card]
    speed: Speed

    @step(idle, to=found)
    def find(self, card: Card, speed: Speed) -> None:
        """`netdev_find`"""
        require(card.state is Card.on_)
        self.card = card
        self.speed = speed

    @step(found, to=idle)
    def change(self) -> None:
        """`netdev_change`: drop the old backend, open the new one."""
        if not KEEP_OLD:
            self.card.backend = None
        if may("open fails"):
            fail("can't open the backend")
        else:
            self.card.last = None
            self.card.backend = Backend.new(speed=self.speed)
            self.card.last = self.card.backend


class OnlyWhenOn(Monitor, of=Card):
    """Nothing is offered to a card that has sent."""

    seen: bool

    @on(Card.offer)
    def offered(self, card: Card, speed: Speed) -> None:
        """Told of the first backend."""
        ensure(not self.seen)
        self.seen = True


@invariant(between=Swap)
def served(card: Card) -> bool:
    """A card that is on has a backend."""
    return card.state is Card.off or card.backend is not None


@action
def stays_on(before: Card, after: Card) -> bool:
    """A card is never switched off."""
    return before.state is Card.off or after.state is Card.on_


@sometimes
def fast() -> bool:
    """A card can get a fast backend."""
    return any(backend.speed is Speed.fast for backend in Backend)


@dataclass(frozen=True)
class Setup(Configuration):
    """How many cards, and which backend each has first."""

    first: tuple[Speed, ...]
    spare: int = 2
    lively: bool = True

    def pools(self) -> Mapping[type[Machine], int]:
        """Room for what every card has, and a spare."""
        return {Backend: len(self.first) + self.spare, Card: len(self.first), Swap: 1}


def boot(setup: Setup) -> None:
    """Every card is off, with its first backend."""
    for i, speed in enumerate(setup.first):
        Card[i].offer(speed)


NIC = System(
    "nic",
    machines=(Backend, Card, Swap),
    scopes={"small": [Setup((Speed.slow,))], "medium": [Setup((Speed.slow, Speed.fast))]},
    boot=boot,
    properties=(served, OnlyWhenOn, stays_on, fast),
    profiles=(
        Profile("first", "As it was written first."),
        Profile("repaired", "With the old backend kept until the new one is open.", (KEEP_OLD,)),
    ),
    defects=(
        Defect(
            "forget-last",
            "The card still sends to the old backend.",
            "no-dangling-pointer",
            (
                Edit(Swap.change, "self.card.last = None"),
                Edit(Swap.change, "self.card.last = self.card.backend"),
            ),
        ),
    ),
)
