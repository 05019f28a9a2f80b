"""A cache of reference-counted objects: clients share what is cached, and it goes when the last lets go.

Every edge of the lifetime of an object is here: the cache and the clients own it, a scan goes through the cache with a
pointer of its own. The profile `reference` gives the scan a reference; `borrowed` does not, and uses what is freed.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    Defect,
    Edit,
    Machine,
    Own,
    Profile,
    Range,
    Raw,
    Ref,
    State,
    Switch,
    System,
    Thread,
    finalizer,
    free,  # noqa: F401 - what the defects write
    invariant,
    may,
    operation,
    require,
    sometimes,
    step,
)

REFERENCE = Switch("reference", "The scan holds a reference to the object that it looks at.")
CLIENT = Thread("client")
SWEEPER = Thread("sweeper")


class Item(Machine, dynamic=True):
    """One object."""

    slot: Ref[Slot]
    """Where it is cached, if it is."""
    used: bool

    @operation
    def touch(self) -> None:
        """`item_touch`"""
        self.used = True

    @finalizer
    def finalize(self) -> None:
        """`item_finalize`: the cache does not own it any more."""
        assert self.slot is None
        Statistics[0].gone()


class Statistics(Machine):
    """How many objects there are, as the cache counts them."""

    objects: Annotated[int, Range(0, 3)]

    @operation
    def made(self) -> None:
        """One more."""
        self.objects += 1

    @operation
    def gone(self) -> None:
        """One less."""
        self.objects -= 1


class Slot(Machine, thread=SWEEPER):
    """One place of the cache."""

    item: Own[Item]

    @operation
    def fill(self) -> None:
        """`cache_fill`: allocates the object, unless there is no memory for it."""
        self.item = Item.new(slot=self)
        Statistics[0].made()

    @operation
    def evict(self) -> None:
        """`cache_evict`: the object lives on while somebody uses it."""
        item = self.item
        item.slot = None
        self.item = None

    @step()
    def sweep(self) -> None:
        """What was not used since the last time is evicted."""
        require(self.item is not None)
        if self.item.used:
            self.item.used = False
        else:
            self.evict()


class Client(Machine, thread=CLIENT):
    """Gets an object, uses it, and lets go of it."""

    idle = State(initial=True)
    using = State()
    item: Own[Item]

    @step(idle, to=(using, idle))
    def get(self, slot: Slot) -> None:
        """`cache_get`: from the cache, or into it."""
        if slot.item is None and not may("no memory"):
            slot.fill()
        self.item = slot.item
        if self.item is None:
            self.goto(Client.idle)
        else:
            self.goto(Client.using)

    @step(using)
    def use(self) -> None:
        """Any number of times."""
        self.item.touch()

    @step(using, to=idle)
    def put(self) -> None:
        """`cache_put`"""
        self.item = None


class Scan(Machine, thread=SWEEPER):
    """Looks at a cached object in two steps: finds it, and reads it."""

    idle = State(initial=True, clear=True)
    found = State()
    held: Own[Item]
    item: Raw[Item]
    """Like a local variable: nobody knows of it."""

    @step(idle, to=found)
    def find(self, slot: Slot) -> None:
        """Where it is."""
        require(slot.item is not None)
        self.item = slot.item
        if REFERENCE:
            self.held = slot.item

    @step(found, to=idle)
    def read(self) -> None:
        """What it is."""
        self.item.touch()


@invariant
def count_is_right() -> bool:
    """The cache counts as many objects as there are."""
    return Statistics[0].objects == sum(1 for item in Item)


@invariant
def slot_and_item_agree(item: Item) -> bool:
    """An object knows the slot that it is cached in."""
    return item.slot is None or item.slot.item is item


@sometimes
def outlives_the_cache(item: Item) -> bool:
    """An object is used after it was evicted."""
    return item.slot is None and any(client.item is item for client in Client)


OBJECT_CACHE = System(
    name="object-cache",
    machines=[Item, Statistics, Slot, Client, Scan],
    scopes={
        "small": {Item: 3, Statistics: 1, Slot: 1, Client: 1, Scan: 1},
        "medium": {Item: 3, Statistics: 1, Slot: 2, Client: 2, Scan: 1},
    },
    properties=[count_is_right, slot_and_item_agree, outlives_the_cache],
    profiles=[
        Profile("reference", "The scan holds a reference.", (REFERENCE,)),
        Profile("borrowed", "It does not."),
    ],
    defects=[
        Defect(
            "unchecked-allocation",
            "A client believes that there always is memory.",
            "no-null-dereference",
            (
                Edit(
                    Client.get,
                    "if self.item is None:\n    self.goto(Client.idle)\nelse:\n    self.goto(Client.using)",
                    "self.goto(Client.using)",
                ),
            ),
            profile="reference",
        ),
        Defect(
            "freed-in-use",
            "The cache frees what it evicts, whoever uses it.",
            "no-dangling-pointer",
            (Edit(Slot.evict, "self.item = None", "self.item = None\nfree(item)"),),
            profile="reference",
        ),
        Defect(
            "freed-twice",
            "A client frees the object, and then lets go of it.",
            "no-double-free",
            (Edit(Client.put, "self.item = None", "self.item.slot = None\nfree(self.item)\nself.item = None"),),
            profile="reference",
        ),
        Defect(
            "still-filed",
            "An evicted object is not told.",
            "no-failed-assertion",
            (Edit(Slot.evict, "item.slot = None"),),
            profile="reference",
        ),
        Defect(
            "lost",
            "The object is allocated, and filed nowhere.",
            "no-leak",
            (Edit(Slot.fill, "self.item = Item.new(slot=self)", "Item.new(slot=None)"),),
            profile="reference",
        ),
    ],
)
