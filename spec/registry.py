"""The names of chardevs: children of QEMU's container /chardevs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Kind
from .language import Machine, Own, Ref, Set, State, observable, operation

if TYPE_CHECKING:
    from .address import Address
    from .chardev import Chardev
    from .file import File
    from .yank import Yank


class Id(Machine):
    """A name under /chardevs. It owns the object of that name."""

    unused = State(initial=True)
    """Nobody asks for this name."""
    vacant = State()
    taken = State()
    lost = State()
    """A command that was to change its chardev has taken it away, and has put nothing in its place."""

    chardev: Own[Chardev]
    backends: Set[Kind]
    """What the commands may put under this name."""
    address: Ref[Address]
    file: Ref[File]
    yank: Ref[Yank]

    @operation(unused, to=vacant)
    def offer(self, address: Address, file: File, yank: Yank) -> None:
        """Commands use this name."""
        self.address = address
        self.file = file
        self.yank = yank

    @operation(vacant, lost, to=taken)
    def adopt(self, chardev: Chardev) -> None:
        """`object_property_add_child`, the container's side: the name holds a reference to the object."""
        self.chardev = chardev
        chardev.parent()

    @operation(taken, to=vacant)
    def disown(self) -> None:
        """`object_property_del_child`, the container's side: drop the reference, by which the object may go."""
        self.chardev = None

    @operation(vacant, to=lost)
    def lose(self) -> None:
        """It was not to become vacant."""

    # What `query-chardev` says.

    @observable
    def exists(self) -> bool:
        """The name is listed."""
        return self.chardev is not None

    @observable
    def backend(self) -> Kind:
        """Which backend it has (`filename`)."""
        return self.chardev.kind if self.chardev is not None else Kind.null

    @observable
    def connected(self) -> bool:
        """Whether it is connected (`filename` too, for a socket)."""
        return self.chardev is not None and self.chardev.be_open

    @observable
    def frontend_open(self) -> bool:
        """Whether its frontend is open (`frontend-open`); a mux has the one with the focus, while that is there."""
        if self.chardev is None:
            return False
        if self.chardev.kind is Kind.mux:
            focus = self.chardev.focus
            return focus is not None and focus in self.chardev.attached and focus.fe_is_open
        return self.chardev.frontend is not None and self.chardev.frontend.fe_is_open


@operation
def object_unparent(chardev: Chardev) -> None:
    """`object_unparent`: take the object out of /chardevs, which usually finalises it."""
    id = chardev.label
    chardev.unparent()
    id.disown()
