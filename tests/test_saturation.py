"""What a few objects show of the states, and that larger scopes stop showing anything new."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import product
from typing import Annotated

import pytest

from hotswap.checker.explore.explorer import Explorer, Reached
from hotswap.checker.explore.projection import View, projections
from hotswap.checker.explore.words import word
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Kind
from hotswap.spec.chardev import Chardev
from hotswap.spec.frontend import Frontend
from hotswap.spec.language import (
    Capacity,
    Machine,
    Own,
    Pools,
    Queue,
    Range,
    Raw,
    Ref,
    Set,
    State,
    System,
    require,
    step,
)
from hotswap.spec.language.plain import PlainWorld, Values
from hotswap.spec.language.system import Scope
from hotswap.spec.language.types import DANGLING, RefValue, SetValue, Value
from hotswap.spec.language.variants import variant
from hotswap.spec.models import Model
from saturation import PAGE, VIEWS, Grown, Growth, Searches, cell, gained, page, settled

Words = tuple[str, ...]


class Colour(Enum):
    red = 0
    green = 1


class Bag(Machine, dynamic=True):
    """An object with every type of field."""

    closed, open = State(initial=True), State()
    colour: Colour
    depth: Annotated[int, Range(-1, 1)]
    notes: Annotated[Queue[Colour], Capacity(1)]
    next: Raw[Bag]

    @step(closed, to=open)
    def unclose(self, colour: Colour) -> None:
        self.colour = colour
        self.depth = -1

    @step(open)
    def note(self) -> None:
        require(len(self.notes) == 0)
        self.notes.append(self.colour)


class Hand(Machine):
    """Takes bags and drops them, while others keep pointing at them."""

    bag: Own[Bag]
    friends: Set[Hand]
    near: Ref[Hand]

    @step()
    def take(self, other: Hand) -> None:
        require(self.bag is None)
        self.bag = Bag.new()
        self.bag.next = other.bag
        self.near = other

    @step()
    def greet(self, other: Hand) -> None:
        require(other not in self.friends)
        self.friends.add(other)

    @step()
    def drop(self) -> None:
        require(self.bag is not None)
        self.bag = None


HANDS = System("hands", [Bag, Hand], {"small": {Bag: 2, Hand: 2}})
MUX = Grown((Model.virtconsole,), (Kind.mux,), (Kind.null,), ids=2)
CONSOLE = Grown((Model.virtconsole, Model.monitor), (Kind.null, Kind.ringbuf))


def levels(world: PlainWorld, scope: Scope) -> Iterator[list[Values]]:
    """The states of the plain Python run, by their distance from the start."""
    level = list(dict.fromkeys(world.initial(scope)))
    seen = set(level)
    while level:
        yield level
        after = [edge.after for state in level for edge in world.edges(state) if edge.after is not None]
        level = [state for state in dict.fromkeys(after) if state not in seen]
        seen.update(level)


def seen_from(objects: tuple[Machine, ...], names: Words) -> Words:
    """What the objects of a tuple show, field by field."""
    return tuple(
        shown(made.value, made.raw(each), objects, names)
        for each in objects
        for field, made in type(each).fields.items()
        if field != "live"
    )


def shown(value: Value, raw: int, objects: tuple[Machine, ...], names: Words) -> str:
    """A field in words, in which only the tuple's own objects have names."""
    if isinstance(value, RefValue):
        if raw in (0, DANGLING):
            return "dangling" if raw else "None"
        return named(value.machine, raw - 1, objects, names) or "another"
    if isinstance(value, SetValue) and isinstance(value.element, RefValue):
        machine = value.element.machine
        elements = {named(machine, slot, objects, names) for slot in range(raw.bit_length()) if raw >> slot & 1}
        return "{" + ", ".join(name or "others" for name in ("", *names) if name in elements) + "}"
    return word(value, raw)


def named(machine: type[Machine], slot: int, objects: tuple[Machine, ...], names: Words) -> str:
    """The name of a slot's object, if it is one of the tuple's."""
    known = {(type(each), each._slot): name for each, name in zip(objects, names, strict=True)}
    return known.get((machine, slot), "")


def obvious(world: PlainWorld, scope: Scope, view: View, names: Words) -> dict[Words, int]:
    """The projections as plain Python sees them, with the distance at which each is seen first."""
    found: dict[Words, int] = {}
    for depth, level in enumerate(levels(world, scope)):
        for state in level:
            with world.using(state):
                for objects in product(*view.along):
                    if len(set(objects)) == len(objects) and joined(view, objects):
                        found.setdefault(seen_from(objects, names), depth)
    return found


def joined(view: View, objects: tuple[Machine, ...]) -> bool:
    """Whether the objects of a tuple point at each other as they have to."""
    fields = [(objects[i], type(objects[i]).fields[field], objects[j]) for i, field, j in view.joined]
    return all(made.raw(owner) == target._slot + 1 for owner, made, target in fields)


def fast(reached: Reached, view: View) -> dict[Words, int]:
    """The same from the packed states."""
    found = projections(reached, view).items()
    return {tuple(view.words(each).values()): reached.trace(state).length for each, state in found}


@pytest.mark.parametrize(
    ("view", "names"),
    [
        pytest.param(View((Hand, Bag)), ("Hand", "Bag"), marks=pytest.mark.thorough),
        (View((Hand, Bag), ((0, "bag", 1),)), ("Hand", "Bag")),
        pytest.param(View((Hand, Bag, Hand), ((2, "near", 0),)), ("Hand", "Bag", "Hand'"), marks=pytest.mark.thorough),
        pytest.param(View((Bag, Bag)), ("Bag", "Bag'"), marks=pytest.mark.thorough),
    ],
    ids=["any", "joined", "two hands", "two bags"],
)
def test_the_projections_of_packed_states(view: View, names: Words) -> None:
    """Each projection, and how soon it is seen, is what plain Python sees: of every type, alive, and joined."""
    scope = (Pools({Bag: 2, Hand: 2}),)
    explorer = Explorer(HANDS, scope)

    assert fast(explorer.reach(scope), view) == obvious(explorer.world, scope, view, names)


@pytest.mark.parametrize("profile", [pytest.param("qemu-10.0", marks=pytest.mark.thorough), "repaired"])
def test_the_projections_of_chardevs(profile: str) -> None:
    """The same for the page's views, in pools with more room than the setup asks for."""
    explorer = Explorer(CHARDEV, (MUX, CONSOLE), profile=profile)
    reached = explorer.reach((MUX,))
    with variant(explorer.profile):
        device = obvious(explorer.world, (MUX,), VIEWS[0], ("Device", "Frontend", "Chardev"))
        stack = obvious(explorer.world, (MUX,), VIEWS[1], ("Chardev", "Frontend", "Chardev'"))

    assert fast(reached, VIEWS[0]) == device
    assert fast(reached, VIEWS[1]) == stack


@pytest.mark.thorough
def test_more_room_changes_nothing() -> None:
    """Slots that a setup does not ask for show nothing: the states are as many as in pools of its own size."""
    larger = Grown((Model.virtconsole, Model.monitor), (Kind.mux, Kind.ringbuf), ids=3)
    own = Explorer(CHARDEV, (CONSOLE,), profile="repaired").reach((CONSOLE,))
    roomy = Explorer(CHARDEV, (CONSOLE, larger), profile="repaired").reach((CONSOLE,))

    assert own.search.states == roomy.search.states
    assert all(projections(own, view).keys() == projections(roomy, view).keys() for view in VIEWS)


def test_a_bound() -> None:
    """A search that stops at a bound says so."""
    scope = (Pools({Bag: 2, Hand: 2}),)

    assert Explorer(HANDS, scope).reach(scope, max_states=10).search.stopped == "10 states"


def test_a_scope_that_is_too_small() -> None:
    """One name shows less than two: the comparison can say no."""
    growth = Growth("", "names", (1, 2), (CONSOLE, Grown(CONSOLE.devices, CONSOLE.backends, ids=2)))
    searches = Searches(growth.setups)
    seen = [searches.seen("repaired", setup) for setup in growth.setups]

    assert gained(seen)[0] > 0
    assert settled(growth.sizes, [seen]) is None


def test_a_growth_in_words() -> None:
    """A cell counts what is new and what is gone; the size that is enough is the first with nothing new after it."""
    view = View((Chardev, Frontend))
    one, two, three = (frozenset((view, (code,)) for code in codes) for codes in ([1], [1, 2, 3], [2, 3]))

    assert cell([one, two, three]) == "1 +2 +0-1"
    assert settled((4, 5, 6), [[one, two, three], [one, one, one]]) == 5
    assert settled((4, 5, 6), [[one, one, one]]) == 4
    assert settled((4, 5, 6), [[one, one, two], [one, one, one]]) is None


@pytest.mark.long
def test_the_page() -> None:
    """The page is what the searches show."""
    assert PAGE.read_text("utf-8") == page(), "`python tests/saturation.py` renews it"
