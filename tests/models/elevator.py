"""An elevator: a cabin between floors, a door, and buttons; one controller tells them what to do.

The door and the cabin accept each order in some of their states only. The profile `hasty` sends the cabin off without
waiting for the door: an order without a row, `no-illegal-transition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from hotswap.spec.language import (
    WEAK,
    Configuration,
    Defect,
    Edit,
    Machine,
    Profile,
    Range,
    Set,
    State,
    Switch,
    System,
    Thread,
    action,
    ensure,
    invariant,
    leads_to,
    operation,
    require,
    sometimes,
    step,
)

PATIENT = Switch("patient", "The controller waits until the door is closed.")
PASSENGER = Thread("passenger")
CONTROLLER = Thread("controller", fair=WEAK)

Floor = Annotated[int, Range(0, 2)]


class Door(Machine):
    """Takes its time to close."""

    closed = State(initial=True)
    open, closing = State(), State()

    @operation((closed, closing), to=open)
    def unlock(self) -> None:
        """Opens, or opens again."""

    @operation(open, to=closing)
    def shut(self) -> None:
        """Begins to close."""

    @operation(closed)
    def lock(self) -> None:
        """Stays closed while the cabin moves."""

    @step(closing, to=closed, fair=WEAK)
    def close(self) -> None:
        """It has closed."""

    @step(closing, to=open, thread=PASSENGER)
    def hold(self) -> None:
        """A foot is in it."""


class Button(Machine, thread=PASSENGER):
    """Of the floor that has its number."""

    @step()
    def press(self) -> None:
        """Somebody wants to get there."""
        require(self not in Cabin[0].wanted)
        Cabin[0].wanted.add(self)


class Cabin(Machine, thread=CONTROLLER):
    """And the controller."""

    standing = State(initial=True)
    up, down = State(), State()
    floor: Floor
    wanted: Set[Button]

    @operation
    def wanted_here(self) -> bool:
        """Whether somebody wants to get off here."""
        return Button[self.floor] in self.wanted

    @step(standing)
    def open(self) -> None:
        """Here we are."""
        require(self.wanted_here() and Door[0].state is not Door.open)
        Door[0].unlock()
        self.wanted.discard(Button[self.floor])

    @step(standing)
    def shut(self) -> None:
        """Somebody waits elsewhere."""
        require(len(self.wanted) > 0 and Door[0].state is Door.open)
        Door[0].shut()

    @operation
    def may_leave(self) -> bool:
        """Whether the door is no reason to wait."""
        if PATIENT:
            return Door[0].state is Door.closed
        return Door[0].state is not Door.open

    @step(standing, to=(up, down))
    def leave(self) -> None:
        """Towards the highest floor where somebody waits."""
        require(len(self.wanted) > 0 and not self.wanted_here() and self.may_leave())
        Door[0].lock()
        highest = 0
        for floor in range(3):
            if Button[floor] in self.wanted:
                highest = floor
        if highest > self.floor:
            self.goto(Cabin.up)
        else:
            self.goto(Cabin.down)

    @step(up, to=(up, standing))
    def rise(self) -> None:
        """One floor up."""
        self.floor += 1
        if self.wanted_here():
            self.goto(Cabin.standing)
        else:
            self.goto(Cabin.up)

    @step(down, to=(down, standing))
    def sink(self) -> None:
        """One floor down."""
        ensure(self.floor > 0, "stays-in-its-shaft")
        self.floor -= 1
        if self.wanted_here():
            self.goto(Cabin.standing)
        else:
            self.goto(Cabin.down)


@invariant
def closed_while_it_moves() -> bool:
    """The cabin moves with its door closed only."""
    return Cabin[0].state is Cabin.standing or Door[0].state is Door.closed


@invariant
def stays_in_its_shaft(cabin: Cabin) -> bool:
    """It does not rise above the last floor, nor sink below the first."""
    return (cabin.state is not Cabin.up or cabin.floor < 2) and (cabin.state is not Cabin.down or cabin.floor > 0)


@action
def floor_by_floor(before: Cabin, after: Cabin) -> bool:
    """No floor is left out."""
    return max(before.floor - after.floor, after.floor - before.floor) <= 1


def is_answered(button: Button) -> bool:
    """The cabin has been there."""
    return button not in Cabin[0].wanted


@leads_to(is_answered)
def every_call_is_answered(button: Button) -> bool:
    """Whoever calls the cabin gets it: which is not so while others call it back again and again."""
    return button in Cabin[0].wanted


@sometimes
def all_wanted(cabin: Cabin) -> bool:
    """Every button is pressed while it is on the move."""
    return len(cabin.wanted) == 3 and cabin.state is not Cabin.standing


@dataclass(frozen=True)
class Building(Configuration):
    """Where the cabin is in the morning."""

    start: int

    def pools(self) -> Mapping[type[Machine], int]:
        """One shaft, three floors."""
        return {Door: 1, Button: 3, Cabin: 1}


def boot(building: Building) -> None:
    """The door is closed, and no button pressed."""
    Cabin[0].floor = building.start


ELEVATOR = System(
    name="elevator",
    machines=[Door, Button, Cabin],
    scopes={"small": [Building(start=1)], "medium": [Building(start=0), Building(start=2)]},
    boot=boot,
    properties=[closed_while_it_moves, stays_in_its_shaft, floor_by_floor, all_wanted, every_call_is_answered],
    profiles=[
        Profile("patient", "Waits for the door.", (PATIENT,)),
        Profile("hasty", "Does not."),
    ],
    defects=[
        Defect(
            "wrong-way",
            "It goes down whatever is wanted.",
            "stays-in-its-shaft",
            (
                Edit(
                    Cabin.leave,
                    "if highest > self.floor:\n    self.goto(Cabin.up)\nelse:\n    self.goto(Cabin.down)",
                    "self.goto(Cabin.down)",
                ),
            ),
            profile="patient",
        ),
    ],
)
