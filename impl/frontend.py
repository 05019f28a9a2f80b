"""The frontend: the chardev layer's side of a device, QEMU's `CharBackend` (since 2025 `CharFrontend`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import frontend as spec
from ..spec.backend import Event as Event
from ..spec.profiles import SYNC_ONCE
from .context import Context, Source
from .control import Control
from .errors import Abort

if TYPE_CHECKING:
    from .chardev import Chardev
    from .layer import Layer

BeChange = Callable[[bool], bool]
"""A change handler: set the frontend up on its new chardev. It is told whether it was asked first; False refuses."""


@dataclass(frozen=True)
class Handlers:
    """What `qemu_chr_fe_set_handlers` registers."""

    can_read: Callable[[], int] | None = None
    read: Callable[[bytes], None] | None = None
    event: Callable[[Event], None] | None = None
    be_change: BeChange | None = None
    agrees: Callable[[], bool] | None = None
    """Whether the frontend would let its chardev be changed; QEMU has no such handler."""


NONE = Handlers()


class Frontend:
    """What a device, a mux or a hub uses a chardev by, with the `qemu_chr_fe_*` functions.

    It owns nothing: `chr` is a raw pointer, and the chardev points back at it.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.control = Control(spec.Frontend)
        self.chr: Chardev | None = None
        self.handlers = NONE
        self.fe_is_open = False
        self.unread = b""
        """What chardevs that are gone had, and its owner could not take yet."""

    # What its owner calls.

    def init(self, chr: Chardev) -> None:
        """`qemu_chr_fe_init`: point at each other. The handlers stay as they are. Raises `ChardevError`."""
        with self.control.taking("init"):
            chr.attach(self)
            self.fe_is_open = False
            self.chr = chr

    def set_handlers(
        self,
        handlers: Handlers,
        *,
        set_open: bool = True,
        sync_state: bool = True,
        context: Context | None = None,
    ) -> None:
        """`qemu_chr_fe_set_handlers_full`: a chardev that is open already says OPENED, to whoever registers."""
        if self.chr is None:
            return
        opens = handlers != NONE
        self.handlers = handlers
        if SYNC_ONCE in self.layer.switches and sync_state:
            self.handlers = Handlers(handlers.can_read, handlers.read, None, handlers.be_change, handlers.agrees)
        self.chr.update_read_handler(context or self.layer.main)
        self.handlers = handlers
        if set_open:
            self.set_open(opens)
        if opens:
            self.chr.take_focus(self)
            if sync_state and self.chr.be_open:
                self.chr.be_event(Event.opened)

    def deinit(self) -> None:
        """`qemu_chr_fe_deinit`: take the handlers away, say that the frontend is closed, and part."""
        with self.control.taking("deinit"):
            if self.chr is None:
                return
            self.set_handlers(NONE, sync_state=False)
            self.chr.detach(self)
            self.chr = None
            self.unread = b""

    def set_open(self, opened: bool) -> None:
        """`qemu_chr_fe_set_open`: tell the backend, if that is news."""
        if self.chr is None or self.fe_is_open == opened:
            return
        self.fe_is_open = opened
        self.chr.set_fe_open(opened)

    def set_echo(self, echo: bool) -> None:
        """`qemu_chr_fe_set_echo`."""
        if self.chr is not None:
            self.chr.set_echo(echo)

    def write(self, data: bytes) -> int:
        """`qemu_chr_fe_write`: how much was taken. Raises `BlockingIOError` if nothing was, and `OSError`."""
        return self.chr.write(data) if self.chr is not None else 0

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`qemu_chr_fe_add_watch`: call when there is room to write, or nobody who reads; None if that is never."""
        return self.chr.add_watch(call) if self.chr is not None else None

    def disconnect(self) -> None:
        """`qemu_chr_fe_disconnect`: send away whoever is at the other end."""
        if self.chr is not None:
            self.chr.disconnect()

    def accept_input(self) -> None:
        """`qemu_chr_fe_accept_input`: the owner can read again."""
        self._hand_over()
        if self.chr is not None:
            self.chr.accept_input()

    def _hand_over(self) -> None:
        while self.unread and self.handlers.read is not None and (room := self._room()) > 0:
            data, self.unread = self.unread[:room], self.unread[room:]
            self.handlers.read(data)

    def _room(self) -> int:
        return self.handlers.can_read() if self.handlers.can_read is not None else 0

    def get_driver(self) -> Chardev | None:
        """`qemu_chr_fe_get_driver`: the raw pointer, for a frontend that will not be swapped."""
        if self.handlers.be_change is not None:
            raise Abort("chardev/char-fe.c: qemu_chr_fe_get_driver: Assertion `!be->chr_be_change' failed.")
        return self.chr

    # What the chardev calls.

    def event(self, event: Event) -> None:
        """`chr_event`, if there is such a handler."""
        if self.handlers.event is not None:
            self.handlers.event(event)

    def can_read(self) -> int:
        """`qemu_chr_be_can_write`: how many bytes its owner takes, after those that it still has to."""
        return self._room() if not self.unread else 0

    def receive(self, data: bytes) -> None:
        """Whether its owner takes it now or not: who sent it can't send it again."""
        self.unread += data
        self._hand_over()

    def lose(self) -> None:
        """`char_finalize` of its chardev: it has none any more."""
        with self.control.taking("lose"):
            self.chr = None
