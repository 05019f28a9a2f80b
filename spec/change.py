"""`chardev-change`: put another backend under a name while a frontend uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Kind
from .chardev import create
from .language import Machine, Own, Raw, Ref, State, fail, require, step
from .profiles import ASK_FIRST, CLOSED_FIRST, CREATE_FIRST
from .registry import Id, object_unparent
from .threads import BQL, MAIN_LOOP

if TYPE_CHECKING:
    from .chardev import Chardev
    from .frontend import Frontend


class Change(Machine, command=True, holds=BQL, thread=MAIN_LOOP):
    """`qmp_chardev_change`, one command in flight. Its fields are the function's variables."""

    idle = State(initial=True, clear=True)
    found = State()
    alone = State()
    """The easy case: the old chardev has no frontend."""
    bare = State()
    """The easy case of QEMU: the old chardev is gone, and no new one is there."""
    swappable = State()
    created = State()
    willing = State()
    told = State()
    detached = State()
    attached = State()
    accepted = State()
    replaced = State()
    refused = State()
    parted = State()
    returned = State()
    unwanted = State()
    """The frontend has refused and is as it was: only the new chardev is to be dropped."""

    id: Ref[Id]
    kind: Kind
    old: Raw[Chardev]
    fresh: Own[Chardev]
    frontend: Ref[Frontend]
    asked: bool
    closed_sent: bool

    # Look before anything changes.

    @step(idle, to=(found, idle))
    def find(self, id: Id, kind: Kind) -> None:
        """`qemu_chr_find`: the chardev of that name."""
        require(id.state is not Id.unused and kind in id.backends)
        if id.chardev is None:
            fail("Chardev '%s' does not exist")
            self.goto(Change.idle)
            return
        self.id = id
        self.kind = kind
        self.old = id.chardev
        self.goto(Change.found)

    @step(found, to=(alone, swappable, idle))
    def look(self) -> None:
        """`qmp_chardev_change` reads `be` and `chr_be_change`: who uses the chardev, and can it be swapped?"""
        self.frontend = self.old.frontend
        if self.frontend is None:
            self.goto(Change.alone)
        elif self.frontend.chr_be_change:
            self.goto(Change.swappable)
        else:
            fail("Chardev user does not support chardev hotswap")
            self.goto(Change.idle)

    # The easy case: nobody uses it.

    @step(alone, to=(bare, accepted, idle))
    def replace_alone(self) -> None:
        """`object_unparent` of the old chardev first; `repaired` makes the new one before that."""
        if CREATE_FIRST:
            self.fresh = create(self.kind)
            if self.fresh is None:
                fail("the backend's own error")
                self.goto(Change.idle)
            else:
                self.goto(Change.accepted)
        else:
            object_unparent(self.old)
            self.goto(Change.bare)

    @step(bare, to=idle)
    def add(self) -> None:
        """`qmp_chardev_add`, in QEMU's easy case: if it fails, the name is lost."""
        self.fresh = create(self.kind)
        if self.fresh is None:
            fail("the backend's own error")
        else:
            self.id.adopt(self.fresh)

    # The swap.

    @step(swappable, to=(created, willing, idle))
    def create_new(self) -> None:
        """`qemu_chardev_new` without an id, so outside /chardevs, while the old chardev is in use."""
        self.fresh = create(self.kind)
        if self.fresh is None:
            fail("the backend's own error")
            self.goto(Change.idle)
        elif ASK_FIRST:
            self.goto(Change.created)
        else:
            self.goto(Change.willing)

    @step(created, to=(willing, unwanted))
    def ask(self) -> None:
        """Ask the frontend while it can refuse without a trace. QEMU has no such call."""
        self.asked = True
        if self.frontend.agrees():
            self.goto(Change.willing)
        else:
            self.goto(Change.unwanted)

    @step(willing, to=told)
    def tell(self) -> None:
        """`qemu_chr_be_event`: the old chardev says CLOSED, in QEMU only if the new one will not say OPENED."""
        closes = self.old.be_open and not self.fresh.be_open
        if CLOSED_FIRST:
            closes = self.old.be_open
        if closes:
            self.old.be_event(False)
            self.closed_sent = True

    @step(told, to=detached)
    def detach(self) -> None:
        """`qmp_chardev_change` clears the old chardev's `be`; the frontend still points to it."""
        self.old.frontend = None

    @step(detached, to=attached)
    def attach(self) -> None:
        """`qemu_chr_fe_init` with `error_abort`: the frontend is on the new chardev."""
        self.frontend.init(self.fresh)

    @step(attached, to=(accepted, refused))
    def be_change(self) -> None:
        """`chr_be_change`: the frontend sets itself up on the new chardev."""
        if self.frontend.be_change(self.asked):
            self.goto(Change.accepted)
        else:
            self.goto(Change.refused)

    # It is done.

    @step(accepted, to=replaced)
    def unparent_old(self) -> None:
        """`object_unparent`: the old chardev loses its name, and with it its life."""
        object_unparent(self.old)

    @step(replaced, to=idle)
    def name_new(self) -> None:
        """`object_property_add_child`, then `object_unref`: the new chardev is owned by its name alone."""
        self.id.adopt(self.fresh)
        self.fresh = None

    # It is refused: back, in QEMU's order.

    @step(refused, to=parted)
    def part(self) -> None:
        """`qmp_chardev_change` clears the new chardev's `be`."""
        self.fresh.frontend = None

    @step(parted, to=returned)
    def reattach(self) -> None:
        """`qemu_chr_fe_init` with `error_abort`: the frontend is on the old chardev, and closed."""
        self.frontend.init(self.old)

    @step(returned, to=unwanted)
    def reopen(self) -> None:
        """`qemu_chr_be_event`: the old chardev says OPENED if it has said CLOSED."""
        if self.closed_sent:
            self.old.be_event(True)

    @step(unwanted, to=idle)
    def drop_new(self) -> None:
        """`object_unref`: nobody else owns the new chardev."""
        self.fresh = None
        fail("Chardev '%s' change failed")
