"""The character device: QEMU's `Chardev`, from its creation to its finalizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Kind, Peer
from .language import Machine, Ref, State, finalizer, free, may, operation, require, step
from .threads import MAIN_LOOP, PEER

if TYPE_CHECKING:
    from .frontend import Frontend
    from .registry import Id


class Chardev(Machine, dynamic=True):
    """One character device, the backend's side of a pair.

    It lives while somebody owns it: who created it, until the creation is settled, and its name under /chardevs.
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
    peer: Peer

    # What QEMU calls.

    @operation(unparented, to=registered)
    def parent(self, id: Id) -> None:
        """`object_property_add_child`, the child's side; the object knows its label from here on."""
        self.label = id

    @operation(registered, to=unparented)
    def unparent(self) -> None:
        """`object_unparent`, the child's side: it has no name any more."""
        self.label = None

    @operation
    def be_event(self, opened: bool) -> None:
        """`qemu_chr_be_event` with OPENED or CLOSED: note it, then tell the frontend, if there is one that listens."""
        self.be_open = opened
        if self.frontend is not None and self.frontend.chr_event:
            self.frontend.event(self, opened)

    @operation
    def set_fe_open(self, opened: bool) -> None:
        """`chr_set_fe_open`: the frontend tells the backend whether it is open."""
        self.fe_open = opened

    @operation
    def can_watch(self) -> bool:
        """Whether `chr_add_watch` gives a source: only some backends can, and a socket only with a peer."""
        return self.kind.watches and (self.be_open or not self.kind.listens)

    @finalizer
    def finalize(self) -> None:
        """The backend's finalizer, then `char_finalize`: a frontend that is still there loses its chardev."""
        if self.kind.says_closed:
            self.be_event(False)
        if self.frontend is not None:
            self.frontend.chr = None

    # What the world does: the kernel's view first, then the main loop notices.

    @step(thread=PEER)
    def peer_connects(self) -> None:
        """A client connects; the connection waits in the kernel to be accepted."""
        require(self.kind.listens and self.peer is Peer.absent and not self.be_open)
        self.peer = Peer.present

    @step(thread=PEER)
    def peer_leaves(self) -> None:
        """The client closes its end, whatever it has not read."""
        require(self.peer is not Peer.absent)
        self.peer = Peer.absent

    @step(thread=PEER)
    def peer_stalls(self) -> None:
        """The client stops reading: the next write would block."""
        require(self.peer is Peer.present and self.be_open)
        self.peer = Peer.stalled

    @step(thread=PEER)
    def peer_drains(self) -> None:
        """The client reads again."""
        require(self.peer is Peer.stalled)
        self.peer = Peer.present

    @step(thread=MAIN_LOOP)
    def accept(self) -> None:
        """`tcp_chr_accept`: the main loop takes the connection, and the chardev is open."""
        require(self.kind.listens and self.peer is Peer.present and not self.be_open)
        self.be_event(True)

    @step(thread=MAIN_LOOP)
    def disconnect(self) -> None:
        """`tcp_chr_disconnect`: the main loop notices that the peer has left, and listens again."""
        require(self.kind.listens and self.peer is Peer.absent and self.be_open)
        self.be_event(False)


@operation
def create(kind: Kind) -> Chardev | None:
    """`qemu_chardev_new` without an id: open the backend, or drop the half-open object.

    No frontend hears of the OPENED that comes with the creation: there is none yet.
    """
    new = Chardev.new(kind=kind)
    if kind.fails and may("open fails"):
        free(new)
        return None
    if kind.opens:
        new.be_event(True)
    return new
