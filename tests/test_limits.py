"""Where the machine code has only so much room: every case is either right to the last bit or refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import pytest

from hotswap.checker import check, simulate
from hotswap.checker.explore.check import Engine
from hotswap.spec.language import (
    Machine,
    Own,
    Property,
    Range,
    SpecError,
    State,
    System,
    invariant,
    may,
    operation,
    require,
    sometimes,
    step,
)


class Dice(Machine):
    """Makes 81 choices in one step."""

    lucky: bool

    @step()
    def roll(self) -> None:
        for _i in range(9):
            for _j in range(9):
                if may("a six"):
                    self.lucky = True


class Counter(Machine):
    """Counts to five."""

    count: Annotated[int, Range(0, 5)]

    @step()
    def up(self) -> None:
        require(self.count < 5)
        self.count = self.count + 1


@invariant
def small() -> bool:
    """Broken by the third step."""
    return Counter[0].count < 3


@sometimes
def reaches_four() -> bool:
    """Reached by the fourth."""
    return Counter[0].count == 4


@sometimes
def begins_at_zero() -> bool:
    """Reached by none at all."""
    return Counter[0].count == 0


class Thing(Machine, dynamic=True):
    """Fills the one slot of its pool."""

    @operation
    def use(self) -> None:
        """Nothing."""


class Keeper(Machine):
    thing: Own[Thing]


class Stuck(Machine, command=True):
    """Once it has begun, it never ends."""

    idle, busy = State(initial=True), State()

    @step(idle, to=busy)
    def begin(self) -> None:
        """In flight."""

    @step(busy, to=idle)
    def end(self) -> None:
        require(False)


class Make(Machine, command=True):
    """Begins with an allocation, for which there is no room."""

    idle, busy = State(initial=True), State()
    thing: Own[Thing]

    @step(idle, to=busy)
    def begin(self) -> None:
        self.thing = Thing.new()

    @step(busy, to=idle)
    def end(self) -> None:
        self.thing = None


class Sleeper(Machine):
    """Waits, as one of many."""

    awake, asleep = State(initial=True), State(waiting=True)

    @step(awake, to=asleep)
    def doze(self) -> None:
        require(not any(sleeper.state is Sleeper.asleep for sleeper in Sleeper))

    @step(asleep, to=awake)
    def wake(self) -> None:
        """Every time."""


def keep() -> None:
    """The pool of things is full."""
    Keeper[0].thing = Thing.new()


def test_too_many_choices_are_refused() -> None:
    """A step with more choices than the tape holds is named, by walks too."""
    system = System("dice", [Dice], {"small": {Dice: 1}})

    with pytest.raises(SpecError, match=r"Dice\.roll makes more than 62 choices"):
        check(system)
    with pytest.raises(SpecError, match=r"Dice\.roll makes more than 62 choices"):
        simulate(system, walks=1)


@pytest.mark.parametrize("engine", ["python", "native"])
def test_the_last_bit_of_a_mask_is_a_property_too(engine: Engine) -> None:
    """There are at most 64 properties, and the 64th is judged like the others."""
    known: list[Property] = [replace(small, name=f"small-{number}") for number in range(53)]
    counting = System("counting", [Counter], {"small": {Counter: 1}}, properties=[*known, reaches_four])

    result = check(counting, engine=engine)

    assert len(counting.all_properties) == 64
    assert result.verdict("reaches-four").verdict == "proved"
    assert result.verdict("small-52").verdict == "violated"


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_new_command_that_finds_no_room_frees_nobody(engine: Engine) -> None:
    """What is stuck stays stuck, though another command could begin if its pool were not full."""
    pools = {Thing: 1, Keeper: 1, Stuck: 1, Make: 1}
    system = System("full", [Thing, Keeper, Stuck, Make], {"small": pools}, keep)

    result = check(system, engine=engine)

    assert result.pools["Thing"].cuts
    assert result.verdict("no-deadlock").verdict == "violated"


def test_more_waiting_slots_than_bits_are_refused_at_once() -> None:
    """But only if anybody asks for deadlocks."""
    system = System("sleepers", [Sleeper], {"small": {Sleeper: 65}})

    with pytest.raises(SpecError, match="65 slots can wait"):
        check(system)
    assert check(system, properties=["no-leak"]).states == 66


def test_a_witness_at_the_start_ends_the_search() -> None:
    """Nothing is explored when an initial state is what was asked for."""
    counting = System("counting", [Counter], {"small": {Counter: 1}}, properties=[begins_at_zero])

    result = check(counting, until="begins-at-zero")

    assert result.states == 1
    assert result.verdict("begins-at-zero").verdict == "proved"
