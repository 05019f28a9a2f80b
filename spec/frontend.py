"""The frontend: the chardev layer's side of a device, QEMU's `CharBackend` (since 2025 `CharFrontend`)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from .backend import Context, Event, Kind
from .language import Machine, Ref, State, operation
from .profiles import SYNC_ONCE

if TYPE_CHECKING:
    from .chardev import Chardev
    from .device import Device


class Role(Enum):
    """Whom a frontend belongs to, its `opaque`."""

    spare = 0
    device = 1
    stack = 2


class Frontend(Machine):
    """What a device, a mux or a hub uses a chardev by, with the `qemu_chr_fe_*` functions.

    It owns nothing: `chr` is a raw pointer, and the chardev points back at it.
    """

    detached = State(initial=True)
    attached = State()

    role: Role
    device: Ref[Device]
    stack: Ref[Chardev]
    """The mux or hub that it is a part of."""
    chr: Ref[Chardev]
    chr_event: bool
    """An event handler is registered."""
    chr_be_change: bool
    """A change handler is registered."""
    fe_is_open: bool

    # What its owner calls.

    @operation
    def embed(self, device: Device) -> None:
        """It is a part of that device."""
        self.role = Role.device
        self.device = device

    @operation
    def in_use(self, chr: Chardev) -> bool:
        """Why `qemu_chr_fe_init` fails: the chardev, if it is no mux, has a frontend."""
        return chr.kind is not Kind.mux and chr.frontend is not None

    @operation(detached, attached, to=attached)
    def init(self, chr: Chardev) -> None:
        """`qemu_chr_fe_init`: point at each other. The handlers stay as they are."""
        assert not self.in_use(chr)
        if chr.kind is Kind.mux:
            chr.attached.add(self)
        else:
            chr.frontend = self
        self.fe_is_open = False
        self.chr = chr

    @operation
    def set_handlers(
        self, events: bool, be_change: bool, opens: bool, set_open: bool, sync_state: bool, context: Context
    ) -> None:
        """`qemu_chr_fe_set_handlers_full`: a chardev that is open already says OPENED, to whoever registers."""
        if self.chr is None:
            return
        self.chr_event = events
        self.chr_be_change = be_change
        if SYNC_ONCE:
            self.chr_event = events and not sync_state
        self.chr.update_read_handler(context)
        self.chr_event = events
        if set_open:
            self.set_open(opens)
        if opens:
            if self.chr.kind is Kind.mux:
                self.chr.focus = self
            if sync_state and self.chr.be_open:
                self.chr.be_event(Event.opened)

    @operation(detached, attached, to=detached)
    def deinit(self) -> None:
        """`qemu_chr_fe_deinit`: take the handlers away, say that the frontend is closed, and part."""
        if self.chr is None:
            return
        self.set_handlers(False, False, False, True, False, Context.main_loop)
        if self.chr.frontend is self:
            self.chr.frontend = None
        if self.chr.kind is Kind.mux:
            self.chr.attached.discard(self)
        self.chr = None

    @operation
    def set_open(self, opened: bool) -> None:
        """`qemu_chr_fe_set_open`: tell the backend, if that is news."""
        if self.chr is None or self.fe_is_open == opened:
            return
        self.fe_is_open = opened
        self.chr.set_fe_open(opened)

    @operation
    def get_driver(self) -> Chardev:
        """`qemu_chr_fe_get_driver`: the raw pointer, for a frontend that will not be swapped."""
        assert not self.chr_be_change
        return self.chr

    # What the chardev calls.

    @operation(depth=4)
    def event(self, sender: Chardev, event: Event) -> None:
        """`chr_event`, the owner's handler; `sender` is for those who watch the model."""
        if self.role is Role.device:
            self.device.event(sender, event)
        else:
            self.stack.hear(event)

    @operation(attached, to=detached)
    def lose(self) -> None:
        """`char_finalize` of its chardev: it has none any more."""
        self.chr = None
