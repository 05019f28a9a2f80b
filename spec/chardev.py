"""The character device: QEMU's `Chardev`, from its creation to its finalizer.

What each kind of backend does is in a file of its own, as in QEMU. Left out are the data (and with them
`chr_accept_input`, the log file, message descriptors), and record and replay, which only refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Context, Descriptors, Event, Kind, Peer
from .char_file import open_file
from .char_mux import close_stack, hear, is_free, move_focus, open_stack, read_base, say, survives_escape
from .char_pty import answered, hung_up, poll
from .char_socket import abandon, close_socket, connect, connection_failed, lost, made, open_socket
from .char_stdio import close_stdio, open_stdio
from .language import UNFAIR, Machine, Ref, Set, State, ensure, finalizer, free, may, operation, require, step
from .profiles import BIND_BESIDE, TRUNCATE_LATE
from .terminal import Terminal
from .threads import IO_THREAD, MAIN_LOOP, PEER

if TYPE_CHECKING:
    from .frontend import Frontend
    from .registry import Id


class Chardev(Machine, dynamic=True):
    """One character device, the backend's side of a pair.

    It lives while somebody owns it: who created it, until the creation is settled, its name under /chardevs, and the
    task in which it connects.
    """

    unparented = State(initial=True)
    """It has no name: nobody can find it, query it or remove it."""
    registered = State()
    """It is the child of /chardevs that its label says."""

    kind: Kind
    label: Ref[Id]
    frontend: Ref[Frontend]
    """`be`: a raw pointer back to the frontend that uses it."""
    be_open: bool
    fe_open: bool
    """What `chr_set_fe_open` told the backend last. Kept for every kind, though only some (spice) act on it."""
    context: Context
    """`gcontext`: whose thread runs its sources."""

    listening: bool
    """It is bound to a path."""
    peer: Peer
    connected: bool
    """QEMU has a connection, as far as it knows."""
    open_source: bool
    """It will say OPENED of that connection, from an idle callback."""
    timer: bool
    """It will try to connect again."""
    handover: bool
    """`handover_yank_instance`: the instance of its name belongs to another chardev of that name."""
    registered_yank: bool
    yank_function: bool
    terminal: bool
    """It is the stdio that has the terminal."""
    descriptors: Descriptors
    cts: bool
    """The host's modem lines say: clear to send."""
    own: Ref[Frontend]
    """A mux's or hub's own frontend, on its base."""
    attached: Set[Frontend]
    """A mux's frontends."""
    focus: Ref[Frontend]
    member_open: bool
    """A hub's member has said OPENED."""

    # Its creation and its name.

    @operation
    def open(self, base: Id) -> bool:
        """`qemu_char_open`, then OPENED if the backend is open: it reaches nobody, there is no frontend yet."""
        self.cts = True
        if self.kind.yanks:
            return open_socket(self)
        if self.kind is Kind.stdio:
            if not open_stdio(self):
                return False
        elif self.kind is Kind.file:
            if not open_file(self):
                return False
        elif self.kind.stacks:
            if not open_stack(self, base):
                return False
        elif self.kind.fails and may("open fails"):
            return False
        if self.kind.peers and not self.kind.accepts:
            self.peer = Peer.present
            self.connected = True
        if self.kind.opens:
            self.be_event(Event.opened)
        return True

    @operation(unparented, to=registered)
    def parent(self) -> None:
        """`object_property_add_child`, the child's side; `repaired` takes up here what the old chardev had."""
        if BIND_BESIDE and self.listening:
            self.label.address.bind_path(self)
        if TRUNCATE_LATE and self.kind is Kind.file:
            self.label.file.truncate()

    @operation(registered, to=unparented)
    def unparent(self) -> None:
        """`object_unparent`, the child's side: it has no name any more."""
        if self.kind is Kind.reconnect:
            abandon(self)

    @finalizer
    def finalize(self) -> None:
        """The backend's finalizer, then `char_finalize`: a frontend that is still there loses its chardev."""
        if self.kind.yanks:
            close_socket(self)
        if self.kind is Kind.stdio:
            close_stdio(self)
        if self.kind.stacks:
            close_stack(self)
        Terminal[0].close(self.descriptors)
        if self.kind.says_closed:
            self.be_event(Event.closed)
        if self.frontend is not None:
            self.frontend.lose()

    # What QEMU calls.

    @operation(depth=4)
    def be_event(self, event: Event) -> None:
        """`qemu_chr_be_event`: note OPENED and CLOSED, then tell the frontend, if there is one that listens."""
        if event is not Event.break_:
            self.be_open = event is Event.opened
        if self.kind.stacks:
            say(self, event)
        elif self.frontend is not None and self.frontend.chr_event:
            self.frontend.event(self, event)

    @operation
    def hear(self, event: Event) -> None:
        """A mux or hub hears its base."""
        hear(self, event)

    @operation(depth=2)
    def update_read_handler(self, context: Context) -> None:
        """`qemu_chr_be_update_read_handlers`: from now on that thread runs the sources."""
        assert context is Context.main_loop or self.kind.yanks
        self.context = context
        if self.kind.stacks:
            read_base(self, context)
        elif self.kind is Kind.pty:
            poll(self)

    @operation
    def set_fe_open(self, opened: bool) -> None:
        """`chr_set_fe_open`: the frontend tells the backend whether it is open; spice then has its interface."""
        self.fe_open = opened
        if self.kind is Kind.spicevmc and not opened:
            self.peer = Peer.absent

    @operation(depth=2)
    def add_watch(self) -> Chardev | None:
        """`chr_add_watch`: the chardev on whose channel the source is; None (a tag of 0) if there is none."""
        if self.kind.stacks:
            return self.own.chr.add_watch()
        if self.kind.watches and (self.connected or (not self.kind.accepts and not self.kind.yanks)):
            return self
        return None

    @operation
    def is_open(self) -> bool:
        """Whether somebody is at its other end, or at that of its base."""
        if self.kind.stacks and self.own.chr is not None:
            return self.own.chr.be_open
        return self.be_open

    @operation
    def is_busy(self) -> bool:
        """`qemu_chr_is_busy`."""
        if self.kind is Kind.mux:
            return not is_free(self)
        return self.frontend is not None

    @operation(depth=2)
    def would_block(self) -> bool:
        """Whether `chr_write` would return EAGAIN: somebody is there and does not read."""
        if self.kind.stacks:
            return self.own.chr.would_block()
        return self.be_open and self.peer is Peer.stalled

    @operation(depth=2)
    def write_fails(self) -> bool:
        """Whether `chr_write` returns an error: that of a socket without a peer does, most others swallow it."""
        if self.kind.stacks:
            return (self.kind is Kind.mux or self.own.chr.be_open) and self.own.chr.write_fails()
        return self.kind.yanks and (not self.connected or self.peer is Peer.absent)

    @operation(depth=2)
    def write_in_vain(self) -> None:
        """`tcp_chr_write`, with an error: disconnect, if QEMU has not noticed yet."""
        if self.kind.stacks:
            self.own.chr.write_in_vain()
        elif self.goes():
            self.leave()

    @operation
    def connection_made(self) -> None:
        """The other end is there: OPENED."""
        self.connected = True
        if self.kind is Kind.pty:
            answered(self)
        else:
            self.be_event(Event.opened)

    @operation
    def connection_lost(self) -> None:
        """The other end is gone: CLOSED, of most."""
        self.connected = False
        if self.kind.ends:
            self.be_event(Event.closed)
        elif self.kind is Kind.pty:
            hung_up(self)

    # What the world does: the kernel's view first, then QEMU notices.

    @step(thread=PEER)
    def peer_connects(self) -> None:
        """Somebody connects; the connection waits in the kernel to be accepted."""
        require(self.kind.accepts and self.peer is Peer.absent and not self.connected)
        require(self.label.address.known)
        require(not self.listening or self.label.address.path is self)
        require(self.kind is not Kind.spicevmc or self.fe_open)
        self.peer = Peer.present

    @step(thread=PEER)
    def peer_leaves(self) -> None:
        """The other end is closed, whatever it has not read."""
        require(self.peer is not Peer.absent)
        self.peer = Peer.absent

    @step(thread=PEER)
    def peer_stalls(self) -> None:
        """The other end stops reading: the next write would block."""
        require(self.peer is Peer.present and self.connected)
        self.peer = Peer.stalled

    @step(thread=PEER)
    def peer_drains(self) -> None:
        """The other end reads again."""
        require(self.peer is Peer.stalled)
        self.peer = Peer.present

    @step(thread=PEER)
    def line_turns(self) -> None:
        """The other end of a serial line is ready to receive, or no longer."""
        require(self.kind.ioctls)
        self.cts = not self.cts

    @step(thread=MAIN_LOOP)
    def accept(self) -> None:
        """`tcp_chr_accept`, `pty_chr_timer`, `vmc_state`: the main loop takes the connection."""
        require(self.comes() and self.context is Context.main_loop)
        self.take()
        ensure(self.connected, "done-as-asked")

    @step(thread=IO_THREAD)
    def accept_in_io_thread(self) -> None:
        """The same, in the thread of a frontend that has one."""
        require(self.comes() and self.context is Context.io_thread)
        self.take()
        ensure(self.connected, "done-as-asked")

    @step(thread=MAIN_LOOP)
    def disconnect(self) -> None:
        """`tcp_chr_disconnect`, `fd_chr_read`, `pty_chr_state`, `vmc_state`: the main loop notices that it is gone."""
        require(self.goes() and self.context is Context.main_loop)
        self.leave()
        ensure(not self.connected, "done-as-asked")

    @step(thread=IO_THREAD)
    def disconnect_in_io_thread(self) -> None:
        """The same, in the thread of a frontend that has one."""
        require(self.goes() and self.context is Context.io_thread)
        self.leave()
        ensure(not self.connected, "done-as-asked")

    @step(thread=MAIN_LOOP)
    def open_when_idle(self) -> None:
        """What `pty_chr_state` of 2.10 left to an idle callback: OPENED."""
        require(self.open_source)
        self.open_source = False
        self.be_event(Event.opened)

    @step(thread=MAIN_LOOP)
    def reconnect(self) -> None:
        """`socket_reconnect_timeout`."""
        require(self.timer)
        connect(self)

    @step(thread=MAIN_LOOP, fair=UNFAIR)
    def escape(self) -> None:
        """`mux_proc_byte`: somebody types the escape and c at a mux's base."""
        require(self.kind is Kind.mux and self.own.chr_event and self.own.chr.be_open)
        assert survives_escape(self)
        move_focus(self)

    @operation
    def comes(self) -> bool:
        """Whether there is a connection to take."""
        return self.kind.accepts and self.peer is not Peer.absent and not self.connected

    @operation
    def goes(self) -> bool:
        """Whether there is an end to notice."""
        return self.kind.peers and self.peer is Peer.absent and self.connected

    @operation
    def take(self) -> None:
        """Take the connection that waits."""
        if self.kind.yanks:
            made(self)
        else:
            self.connection_made()

    @operation
    def connect_failed(self) -> None:
        """Nobody listens there."""
        connection_failed(self)

    @operation
    def leave(self) -> None:
        """Let go of the connection that has ended."""
        if self.kind.yanks:
            lost(self)
        else:
            self.connection_lost()


@operation
def create(kind: Kind, id: Id, base: Id, handover: bool) -> Chardev | None:
    """`chardev_new`: open the backend, or drop the half-open object."""
    new = Chardev.new(kind=kind, label=id, handover=handover)
    if new.open(base):
        return new
    free(new)
    return None
