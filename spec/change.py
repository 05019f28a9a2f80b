"""`chardev-add` and `chardev-change`: put a backend under a name, the second while a frontend may be using it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Event, Kind
from .chardev import create
from .language import Machine, Own, Raw, Ref, State, ensure, fail, operation, require, step
from .profiles import ASK_FIRST, CLOSED_FIRST, CREATE_FIRST, HUB, NO_WAIT, REFERENCES
from .registry import Id, object_unparent
from .threads import BQL, MAIN_LOOP, MONITOR
from .write_all import WriteAll

if TYPE_CHECKING:
    from .chardev import Chardev
    from .frontend import Frontend


class Change(Machine, command=True, holds=BQL, thread=MAIN_LOOP):
    """`qmp_chardev_change`, one command in flight. Its fields are the function's variables.

    With nothing to replace it is `qmp_chardev_add`, by which QEMU does the easy case of a change, too.
    """

    idle = State(initial=True, clear=True)
    queued = State(queued=True)
    """Another command has the lock."""
    found = State()
    alone = State()
    """The easy case: the old chardev has no frontend."""
    bare = State()
    """The easy case of QEMU: nothing has the name any more."""
    free = State()
    """Nothing has the name, and nothing had it."""
    swappable = State()
    willing = State()
    """Nothing stands in the way of a new chardev."""
    opening = State()
    created = State()
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
    base: Ref[Id]
    old: Raw[Chardev]
    reference: Own[Chardev]
    fresh: Own[Chardev]
    frontend: Ref[Frontend]
    asked: bool
    closed_sent: bool

    @operation
    def holds_lock(self) -> bool:
        """Whether it is the one that the others wait for."""
        return self.state not in (Change.idle, Change.queued)

    # Look before anything changes.

    @step(idle, to=queued, thread=MONITOR)
    def wait(self) -> None:
        """`monitor_qmp_dispatcher_co`: the command has come, but its turn is when the lock is free."""
        require(any(other.holds_lock() for other in Change) or any(write.holds_lock() for write in WriteAll))

    @step(queued, to=idle)
    def dispatch(self) -> None:
        """Its turn has come."""

    @step(idle, to=(free, idle))
    def chardev_add(self, id: Id, kind: Kind, base: Id) -> None:
        """`qmp_chardev_add`: the name has to be free."""
        require(id.state is not Id.unused and kind in id.backends and (HUB or kind is not Kind.hub))
        require(base is id or (kind.stacks and base.chardev is not None))
        if id.chardev is not None:
            fail("Chardev with id '%s' already exists")
            self.goto(Change.idle)
            return
        self.id = id
        self.kind = kind
        self.base = base
        self.goto(Change.free)

    @step(idle, to=(found, idle))
    def find(self, id: Id, kind: Kind, base: Id) -> None:
        """`qemu_chr_find`: the chardev of that name, which must not be a mux or a hub."""
        require(id.state is not Id.unused and kind in id.backends and (HUB or kind is not Kind.hub))
        require(base is id or (kind.stacks and base.chardev is not None))
        if id.chardev is None:
            fail("Chardev '%s' does not exist")
            self.goto(Change.idle)
            return
        if id.chardev.kind.stacks:
            if HUB:
                fail("For mux or hub device hotswap is not supported yet")
            else:
                fail("Mux device hotswap not supported yet")
            self.goto(Change.idle)
            return
        if CREATE_FIRST and kind.stacks and base is id:
            fail("Chardev '%s' can't be its own base")
            self.goto(Change.idle)
            return
        self.id = id
        self.kind = kind
        self.base = base
        self.old = id.chardev
        if REFERENCES:
            self.reference = id.chardev
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

    @step(alone, to=bare)
    def drop_old(self) -> None:
        """The easy case is `object_unparent`, then `qmp_chardev_add`; `repaired` keeps the old chardev for now."""
        if not CREATE_FIRST:
            object_unparent(self.old)
            self.old = None
            self.id.lose()

    @step(swappable, to=(willing, idle))
    def ask(self) -> None:
        """Ask the frontend while it can refuse without a trace. QEMU has no such call."""
        if ASK_FIRST:
            if not self.frontend.device.agrees():
                fail("Chardev '%s' change failed")
                self.goto(Change.idle)
                return
            self.asked = True
        self.goto(Change.willing)

    # The new chardev.

    @step(free, to=(opening, idle))
    def add(self) -> None:
        """`qmp_chardev_add` calls `chardev_new`."""
        if self.create():
            self.goto(Change.opening)
        else:
            self.goto(Change.idle)

    @step(bare, to=(opening, idle))
    def add_instead(self) -> None:
        """`qmp_chardev_add` calls `chardev_new`, in the easy case of a change: in QEMU there is no way back."""
        if self.create():
            self.goto(Change.opening)
        else:
            self.goto(Change.idle)

    @step(willing, to=(opening, idle))
    def create_new(self) -> None:
        """`qmp_chardev_change` calls `chardev_new`, while the old chardev is in use."""
        if self.create():
            self.goto(Change.opening)
        else:
            self.goto(Change.idle)

    @operation
    def create(self) -> bool:
        """`chardev_new`, outside /chardevs; an old socket's yank instance is handed over to a new socket."""
        handover = self.old is not None and self.old.kind.yanks and self.kind.yanks
        self.fresh = create(self.kind, self.id, self.base, handover)
        if self.fresh is None:
            fail("the backend's own error")
        return self.fresh is not None

    @step(opening, to=(created, accepted))
    def opened(self) -> None:
        """`chardev_new` returns; a listener that is to wait for its client does so until then, with the lock."""
        require(not waits(self.kind) or self.fresh.comes())
        if waits(self.kind):
            self.fresh.take()
        if self.frontend is None:
            self.goto(Change.accepted)
        else:
            self.goto(Change.created)

    # The swap.

    @step(created, to=told)
    def tell(self) -> None:
        """`qemu_chr_be_event`: the old chardev says CLOSED, in QEMU only if the new one will not say OPENED."""
        closes = self.old.be_open and not self.fresh.be_open
        if CLOSED_FIRST:
            closes = self.old.be_open
        if closes:
            self.old.be_event(Event.closed)
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
        if self.frontend.device.be_change(self.asked):
            self.goto(Change.accepted)
        else:
            self.goto(Change.refused)

    # It is done.

    @step(accepted, to=replaced)
    def unparent_old(self) -> None:
        """`object_unparent`: the old chardev, if there is one still, loses its name and with it its life."""
        if self.old is not None:
            self.old.handover = self.old.kind.yanks and self.kind.yanks
            object_unparent(self.old)
        self.fresh.handover = False

    @step(replaced, to=idle)
    def name_new(self) -> None:
        """`object_property_add_child`, then `object_unref`: the new chardev is owned by its name alone."""
        self.id.adopt(self.fresh)
        self.fresh = None
        ensure(self.id.chardev is not None and self.id.chardev.kind is self.kind, "done-as-asked")

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
            self.old.be_event(Event.opened)

    @step(unwanted, to=idle)
    def drop_new(self) -> None:
        """`object_unref`: nobody else owns the new chardev."""
        self.fresh = None
        fail("Chardev '%s' change failed")


@operation
def waits(kind: Kind) -> bool:
    """Whether the creation waits for its peer (`wait=on`)."""
    if NO_WAIT:
        return False
    return kind is Kind.waiting
