"""A study: a QMP monitor whose chardev is swapped. Patches of 2021 had it and were not merged: why, and what would do?

A QMP monitor on a socket lives in an I/O thread, which never takes the big lock, and its output is written to by any
thread, under a lock of its own. What the chardev spec takes for one step is therefore several here, one for each access
to what is shared. Of chardevs there is only what that needs: null, and sockets that stay connected.
"""

from __future__ import annotations

from .backend import Context
from .language import (
    Machine,
    Own,
    Profile,
    Raw,
    Ref,
    State,
    Switch,
    System,
    Thread,
    invariant,
    may,
    operation,
    require,
    sometimes,
    step,
)
from .threads import BQL, MAIN_LOOP, MONITOR

ANY = Thread("any", "Any other thread that has an event to tell; it does not need the big lock.")

INIT_ONCE = Switch(
    "init-once",
    "The change handler does not touch the monitor's mutex; the patches' initialises it again, whoever holds it.",
    source="monitor_data_init",
)
MON_LOCK = Switch(
    "mon-lock",
    "Who swaps the monitor's chardev and its watch holds `mon_lock`; the patches' handler does not.",
    source="monitor_flush_locked",
)
OWN_CONTEXT = Switch(
    "own-context",
    "A watch is destroyed in the context that it is attached to; `g_source_remove` looks in the default one only.",
    source="g_source_remove",
)
BOTTOM_HALF = Switch(
    "bottom-half",
    "A bottom half sets the handlers, in the I/O thread; the patches' handler does it in the main loop.",
    source="monitor_qmp_setup_handlers_bh",
)
WAIT = Switch(
    "wait",
    "The command waits for that bottom half before it returns.",
    source="aio_wait_bh_oneshot",
)
LEAVE_FIRST = Switch(
    "leave-first",
    "Before anything changes, a bottom half takes the monitor off its old chardev, and the command waits for it.",
    source="qmp_chardev_change; no patch had it",
)

_IN_THE_BOTTOM_HALF = "The bottom half does it."
PATCHES = Profile(
    "patches-2021",
    "The patches for monitor hotswap of 2021, in their third version.",
    explained={
        "row-never-fires@Io.set_handlers": "There is no bottom half: the handler does it all in the main loop.",
        "row-never-fires@Change.leave_old": "Nobody is asked to leave.",
        "row-never-fires@Change.wait": "There is no bottom half to wait for.",
        "guard-never-false@Change.look: Monitor[0].may_be_moved()": "The handler does not ask for the lock.",
    },
)
REPAIRED = Profile(
    "repaired",
    "What it takes for everything to hold.",
    (INIT_ONCE, MON_LOCK, OWN_CONTEXT, BOTTOM_HALF, WAIT, LEAVE_FIRST),
    explained={
        "row-never-fires@Change.look": _IN_THE_BOTTOM_HALF,
        "row-never-fires@Change.move_watch": _IN_THE_BOTTOM_HALF,
        "row-never-fires@Change.register": _IN_THE_BOTTOM_HALF,
        "row-never-fires@Change.opened": _IN_THE_BOTTOM_HALF,
        "row-never-fires@Source.fires": (
            "A watch is in the main loop only until the bottom half has run, and the command has the big lock so long."
        ),
        "branch-never-taken@Chardev.add_watch: if not self.socket": (
            "No watch is asked of null: nothing waits to be written there."
        ),
        "branch-never-taken@Io.read: unless self.chardev.be is not None and self.chardev.be.chr_read": (
            "What the I/O thread is about to read has its monitor: nobody takes it away meanwhile."
        ),
    },
)


class Chardev(Machine, dynamic=True):
    """The backend's side: null, or a socket that is connected."""

    socket: bool
    be: Ref[Monitor]
    context: Context
    """`gcontext`: whose thread runs the source that reads."""

    @operation
    def add_watch(self) -> Source | None:
        """`qemu_chr_fe_add_watch`: a source in the chardev's context; null has none."""
        if not self.socket:
            return None
        source = Source.new(context=self.context)
        source.attached = source
        return source


class Id(Machine):
    """The name under which the chardev is known."""

    chardev: Own[Chardev]


class Source(Machine, dynamic=True):
    """A watch: a GSource that calls `monitor_unblocked` when there is room in a channel, or its other end is gone."""

    context: Context
    attached: Own[Source]
    """Itself, while its context knows it."""

    @operation
    def destroy(self) -> None:
        """`g_source_destroy`."""
        self.attached = None

    @step(thread=MAIN_LOOP)
    def fires(self) -> None:
        """`monitor_unblocked`, in the main loop."""
        require(self.context is Context.main_loop and not Monitor[0].locked)
        Monitor[0].unblocked()
        self.destroy()


class Monitor(Machine):
    """The monitor, with the frontend that it embeds."""

    chr: Ref[Chardev]
    chr_read: bool
    """Its handlers are registered."""
    locked: bool
    """Somebody holds `mon_lock`."""
    out_watch: Ref[Source]
    output: bool
    """`outbuf` has what could not be written yet."""
    parsing: bool
    """The I/O thread is in the parser, which has no lock."""
    scheduled: bool
    """A bottom half is to set its handlers."""

    @operation
    def initialise(self) -> None:
        """`monitor_data_init`: a new mutex, and an empty buffer."""
        assert not self.locked
        self.output = False

    @operation
    def flush(self, chr: Chardev | None) -> None:
        """`monitor_flush_locked`: write, and ask for a watch if not everything fits."""
        if chr is not None:
            self.output = chr.socket and may("the peer does not read")
            if self.output and self.out_watch is None:
                self.out_watch = chr.add_watch()

    @operation
    def unblocked(self) -> None:
        """`monitor_unblocked`, with the lock: there is room again."""
        self.out_watch = None
        if self.output:
            self.flush(self.chr)

    @operation
    def may_be_moved(self) -> bool:
        """Whether who moves the monitor's watch can go on: with `mon_lock`, nobody else holds it."""
        if MON_LOCK:
            return not self.locked
        return True

    @operation
    def remove_watch(self) -> None:
        """`g_source_remove`, of a watch that there is."""
        assert self.out_watch is not None
        if OWN_CONTEXT:
            self.out_watch.destroy()
        elif self.out_watch.context is Context.main_loop:
            self.out_watch.destroy()
        self.out_watch = None

    @operation
    def leave(self) -> None:
        """Off the old chardev, before there is a new one: its sources are the main loop's from now on."""
        if self.out_watch is not None:
            self.remove_watch()
        self.chr_read = False
        self.chr.context = Context.main_loop
        self.chr = None

    @operation
    def update_read_handler(self) -> None:
        """`qemu_chr_be_update_read_handlers`: a monitor on a socket is in the I/O thread."""
        self.chr_read = True
        self.chr.context = Context.io_thread if self.chr.socket else Context.main_loop

    @operation
    def opened(self) -> None:
        """`monitor_qmp_event`, OPENED: a new session, and the parser begins anew."""
        assert not self.parsing


class Io(Machine, thread=MONITOR):
    """The monitor's I/O thread. It does one thing at a time."""

    polling = State(initial=True)
    preparing = State()
    parsing = State()
    unblocking = State()

    chardev: Raw[Chardev]
    """Whose source it is at."""
    source: Own[Source]
    """The watch that it is about to call; GLib holds a reference for that time."""

    @step(polling, to=preparing)
    def poll(self, chardev: Chardev) -> None:
        """`io_watch_poll_prepare`: it comes to the source of a socket."""
        require(chardev.socket and chardev.context is Context.io_thread)
        self.chardev = chardev

    @step(preparing, to=(parsing, polling))
    def read(self) -> None:
        """`tcp_chr_read_poll`, `tcp_chr_read`: if there is a frontend that listens, read, and hand it over."""
        if self.chardev.be is not None and self.chardev.be.chr_read:
            self.chardev.be.parsing = True
            self.goto(Io.parsing)
        else:
            self.goto(Io.polling)
        self.chardev = None

    @step(parsing, to=polling)
    def parse(self) -> None:
        """`json_message_parser_feed` returns."""
        Monitor[0].parsing = False

    @step(polling, to=unblocking)
    def poll_watch(self, source: Source) -> None:
        """`g_main_context_dispatch`: there is room to write."""
        require(source.context is Context.io_thread)
        self.source = source

    @step(unblocking, to=polling)
    def unblock(self) -> None:
        """`monitor_unblocked`, as soon as it has the lock; then GLib destroys the source."""
        require(not Monitor[0].locked)
        Monitor[0].unblocked()
        self.source.destroy()
        self.source = None

    @step(polling)
    def set_handlers(self) -> None:
        """`monitor_qmp_setup_handlers_bh`: all that a change handler does, and then what has waited is written."""
        require(Monitor[0].scheduled and Monitor[0].may_be_moved())
        Monitor[0].scheduled = False
        if Monitor[0].chr is not None:
            if Monitor[0].out_watch is not None:
                Monitor[0].remove_watch()
            Monitor[0].update_read_handler()
            Monitor[0].opened()
            if Monitor[0].output:
                Monitor[0].flush(Monitor[0].chr)


class Emit(Machine, thread=ANY):
    """`monitor_qapi_event_emit`: a thread tells the monitor's client of an event."""

    idle = State(initial=True)
    writing = State(waiting=True)

    chr: Raw[Chardev]

    @step(idle, to=writing)
    def lock(self) -> None:
        """`monitor_puts`: take `mon_lock`, and look at the frontend's chardev."""
        require(not Monitor[0].locked)
        Monitor[0].locked = True
        self.chr = Monitor[0].chr

    @step(writing, to=idle)
    def write(self) -> None:
        """`qemu_chr_fe_write`, `monitor_flush_locked`: write to that chardev."""
        Monitor[0].output = True
        Monitor[0].flush(self.chr)
        Monitor[0].locked = False
        self.chr = None


class Change(Machine, command=True, holds=BQL, thread=MAIN_LOOP):
    """`qmp_chardev_change`, in the main loop, with the patches' change handler step by step."""

    idle = State(initial=True, clear=True)
    created = State()
    ready = State()
    detached = State()
    attached = State()
    initialised = State()
    looked = State()
    watching = State()
    registered = State()
    waiting = State()
    accepted = State()

    old: Raw[Chardev]
    fresh: Own[Chardev]
    had_watch: bool

    @step(idle, to=(created, ready))
    def create_new(self, socket: bool) -> None:
        """`chardev_new`."""
        self.old = Id[0].chardev
        self.fresh = Chardev.new(socket=socket)
        if LEAVE_FIRST:
            self.goto(Change.created)
        else:
            self.goto(Change.ready)

    @step(created, to=ready)
    def leave_old(self) -> None:
        """`aio_wait_bh_oneshot`: the I/O thread leaves the old chardev. No patch had it."""
        require(Io[0].state is Io.polling and Monitor[0].may_be_moved())
        Monitor[0].leave()

    @step(ready, to=detached)
    def detach(self) -> None:
        """The old chardev's `be` is cleared."""
        self.old.be = None

    @step(detached, to=attached)
    def attach(self) -> None:
        """`qemu_chr_fe_init`: the frontend is on the new chardev."""
        Monitor[0].chr = self.fresh
        self.fresh.be = Monitor[0]

    @step(attached, to=(initialised, waiting))
    def be_change(self) -> None:
        """`chr_be_change`: schedule a bottom half; or do it all here, as the patches did, from the start."""
        if BOTTOM_HALF:
            Monitor[0].scheduled = True
            self.goto(Change.waiting)
        else:
            self.goto(Change.initialised)
        if not INIT_ONCE:
            Monitor[0].initialise()

    @step(initialised, to=looked)
    def look(self) -> None:
        """The handler looks whether there is a watch."""
        require(Monitor[0].may_be_moved())
        self.had_watch = Monitor[0].out_watch is not None
        if MON_LOCK:
            Monitor[0].locked = True

    @step(looked, to=watching)
    def move_watch(self) -> None:
        """`g_source_remove`, `qemu_chr_fe_add_watch`: from the old chardev's channel to the new one's."""
        if self.had_watch:
            Monitor[0].remove_watch()
            Monitor[0].out_watch = self.fresh.add_watch()
        if MON_LOCK:
            Monitor[0].locked = False

    @step(watching, to=registered)
    def register(self) -> None:
        """`qemu_chr_fe_set_handlers`, its first half: the chardev's sources are the I/O thread's."""
        Monitor[0].update_read_handler()

    @step(registered, to=accepted)
    def opened(self) -> None:
        """`qemu_chr_fe_set_handlers`, its second half: the chardev is open, and says so."""
        Monitor[0].opened()

    @step(waiting, to=accepted)
    def wait(self) -> None:
        """`aio_wait_bh_oneshot`: the bottom half has run."""
        if WAIT:
            require(not Monitor[0].scheduled)

    @step(accepted, to=idle)
    def name_new(self) -> None:
        """`object_unparent` of the old chardev; the name is the new one's."""
        Id[0].chardev = self.fresh


@invariant(between=Change)
def pairing(monitor: Monitor, chardev: Chardev) -> bool:
    """A monitor's chardev is the chardev whose frontend it is."""
    return (monitor.chr is chardev) == (chardev.be is monitor)


@invariant(between=Change)
def heard_in_its_thread(monitor: Monitor) -> bool:
    """When the command has returned, the monitor hears its chardev: a socket in the I/O thread, null in the other."""
    chr = monitor.chr
    return chr is not None and monitor.chr_read and (chr.context is Context.io_thread) == chr.socket


@invariant
def watch_is_known(source: Source) -> bool:
    """Every watch that can fire is the one that the monitor knows of; another would call it for nothing, for ever."""
    return source.attached is None or Monitor[0].out_watch is source


@invariant(between=Change)
def output_has_wakeup(monitor: Monitor) -> bool:
    """What could not be written is written when there is room."""
    return not monitor.output or monitor.out_watch is not None


@sometimes
def change_succeeds(change: Change) -> bool:
    """A change can come to its end."""
    return change.state is Change.accepted


def boot() -> None:
    """A monitor is on null or on a socket, and has been heard there since QEMU started."""
    Id[0].chardev = Chardev.new(socket=may("starts on a socket"))
    Monitor[0].chr = Id[0].chardev
    Id[0].chardev.be = Monitor[0]
    Monitor[0].initialise()
    Monitor[0].update_read_handler()


MONITOR_HOTSWAP = System(
    "monitor",
    machines=(Id, Chardev, Source, Monitor, Io, Emit, Change),
    scopes={"small": {Id: 1, Chardev: 2, Source: 3, Monitor: 1, Io: 1, Emit: 2, Change: 1}},
    boot=boot,
    properties=(pairing, heard_in_its_thread, watch_is_known, output_has_wakeup, change_succeeds),
    profiles=(PATCHES, REPAIRED),
    documentation=__doc__ or "",
)
