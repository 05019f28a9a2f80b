"""The wolf, the goat and the cabbage (Alcuin of York, about 800).

10 states, 20 transitions, and everybody is across after 7 crossings.
"""

from __future__ import annotations

from enum import Enum

from hotswap.spec.language import (
    Defect,
    Edit,
    Machine,
    Set,
    State,
    System,
    invariant,
    operation,
    require,
    sometimes,
    step,
)


class Passenger(Enum):
    """Who has to get to the other bank."""

    wolf = 0
    goat = 1
    cabbage = 2


class Ferryman(Machine):
    """He, his boat, and those he has taken across."""

    here = State(initial=True)
    there = State()
    across: Set[Passenger]

    @operation
    def safe_without_wolf(self) -> bool:
        """The goat does not meet the cabbage on a bank."""
        return (Passenger.goat in self.across) != (Passenger.cabbage in self.across)

    @operation
    def safe_without_cabbage(self) -> bool:
        """The wolf does not meet the goat on a bank."""
        return (Passenger.wolf in self.across) != (Passenger.goat in self.across)

    @operation
    def safe_alone(self) -> bool:
        """Nobody meets his dinner on a bank."""
        return self.safe_without_wolf() and self.safe_without_cabbage()

    @operation
    def safe_with(self, passenger: Passenger) -> bool:
        """Nor among those who stay when this one leaves with the boat."""
        if passenger is Passenger.wolf:
            return self.safe_without_wolf()
        if passenger is Passenger.cabbage:
            return self.safe_without_cabbage()
        return True

    @step(here, to=there)
    def cross(self) -> None:
        """With an empty boat."""
        require(self.safe_alone())

    @step(there, to=here)
    def come_back(self) -> None:
        """With an empty boat."""
        require(self.safe_alone())

    @step(here, to=there)
    def take(self, passenger: Passenger) -> None:
        """To the other bank."""
        require(passenger not in self.across)
        require(self.safe_with(passenger))
        self.across.add(passenger)

    @step(there, to=here)
    def take_back(self, passenger: Passenger) -> None:
        """To this bank again."""
        require(passenger in self.across)
        require(self.safe_with(passenger))
        self.across.discard(passenger)


@invariant
def goat_is_safe(ferryman: Ferryman) -> bool:
    """The goat is with the ferryman, or without the wolf."""
    return (Passenger.goat in ferryman.across) == (ferryman.state is Ferryman.there) or (
        (Passenger.wolf in ferryman.across) != (Passenger.goat in ferryman.across)
    )


@invariant
def cabbage_is_safe(ferryman: Ferryman) -> bool:
    """The goat is with the ferryman, or without the cabbage."""
    return (Passenger.goat in ferryman.across) == (ferryman.state is Ferryman.there) or (
        (Passenger.cabbage in ferryman.across) != (Passenger.goat in ferryman.across)
    )


@sometimes
def all_across(ferryman: Ferryman) -> bool:
    """All three are on the other bank."""
    return len(ferryman.across) == 3


RIVER = System(
    name="river",
    machines=[Ferryman],
    scopes={"small": {Ferryman: 1}},
    properties=[goat_is_safe, cabbage_is_safe, all_across],
    defects=[
        Defect(
            "tame-wolf",
            "He believes that the wolf does not bite.",
            "goat-is-safe",
            (Edit(Ferryman.safe_with, "return self.safe_without_cabbage()", "return True"),),
            profile="plain",
        ),
    ],
)
