"""The character device: QEMU's `Chardev`, from its creation to its finalizer. Each kind is in `backends`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from ..spec import chardev as spec
from ..spec.backend import Event
from .context import Context, Source
from .control import Control
from .errors import Abort, ChardevError, Finalised
from .version import newest

if TYPE_CHECKING:
    from .frontend import Frontend
    from .layer import Layer
    from .log import Log


class Chardev:
    """One character device, the backend's side of a pair.

    It lives while somebody has a reference: who created it, until the creation is settled, its name under /chardevs,
    and the task in which it connects.
    """

    kind: ClassVar[str]
    yanks: ClassVar[bool] = False
    """A socket, which can be yanked."""
    stacks: ClassVar[bool] = False
    """A mux or a hub, on top of another chardev."""
    says_closed: ClassVar[bool] = False
    """Its finalizer emits CLOSED."""
    moves: ClassVar[bool] = False
    """Another thread may run its sources (QEMU_CHAR_FEATURE_GCONTEXT)."""
    has_modem_lines: ClassVar[bool] = False

    def __init__(self, layer: Layer, label: str) -> None:
        self.layer = layer
        self.label = label
        self.control = Control(spec.Chardev)
        self.references = 1
        self.be: Frontend | None = None
        """The one frontend that uses it, a raw pointer; of a mux, nobody."""
        self.be_open = False
        self.fe_open = False
        self.gcontext: Context = layer.main
        self.handover_yank_instance = False
        self.log: Log | None = None
        layer.chardevs.append(self)

    # Its creation and its end.

    def open(self) -> None:
        """`qemu_char_open`. Raises `ChardevError`."""

    def parent(self) -> None:
        """`object_property_add_child`, the child's side."""
        with self.control.taking("parent"):
            self.settle()

    def unparent(self) -> None:
        """`object_unparent`, the child's side."""
        with self.control.taking("unparent"):
            self.abandon()

    def settle(self) -> None:
        """The creation is settled: take now what the old chardev of the name had."""
        if self.log is not None:
            self.log.settle()

    def abandon(self) -> None:
        """It has lost its name."""

    def ref(self) -> Chardev:
        """`object_ref`."""
        self.references += 1
        return self

    def unref(self) -> None:
        """`object_unref`: whoever drops the last reference finalises it."""
        self.references -= 1
        if self.references == 0:
            self.finalize()

    def finalize(self) -> None:
        """The backend's finalizer, then `char_finalize`: a frontend that is still there loses its chardev."""
        self.close()
        if self.says_closed:
            self.be_event(Event.closed)
        if self.be is not None:
            self.be.lose()
        if self.log is not None:
            self.log.close()
        self.layer.chardevs.remove(self)
        self.__class__ = Finalised  # type: ignore[assignment]

    def close(self) -> None:
        """The backend's own finalizer. It may be of a chardev that never opened."""

    # Its frontend.

    def attach(self, frontend: Frontend) -> None:
        """`qemu_chr_fe_init`, the chardev's side. Raises `ChardevError` if it has a frontend."""
        if not self.has_room():
            raise ChardevError(self.in_use())
        self.be = frontend

    def has_room(self) -> bool:
        """Whether another frontend can use it."""
        return self.be is None

    def in_use(self) -> str:
        """Why another frontend can't use it, in the words of the version."""
        if newest(self.layer):
            return f"chardev '{self.label}' is already in use"
        return f"Device '{self.label}' is in use"

    def detach(self, frontend: Frontend) -> None:
        """`qemu_chr_fe_deinit`, the chardev's side."""
        if self.be is frontend:
            self.be = None

    def take_focus(self, frontend: Frontend) -> None:
        """`qemu_chr_fe_take_focus`: only a mux has several frontends."""

    def is_busy(self) -> bool:
        """`qemu_chr_is_busy`."""
        return self.be is not None

    def frontend_open(self) -> bool:
        """What `query-chardev` says of its frontend."""
        return self.be is not None and self.be.fe_is_open

    def filename(self) -> str:
        """What `query-chardev` says that it is."""
        return self.kind

    # What QEMU calls.

    def be_event(self, event: Event) -> None:
        """`qemu_chr_be_event`: note OPENED and CLOSED, then tell the frontend."""
        if event is not Event.break_:
            self.be_open = event is Event.opened
        self.say(event)

    def say(self, event: Event) -> None:
        """`chr_be_event`: the frontend hears it."""
        if self.be is not None:
            self.be.event(event)

    def update_read_handler(self, context: Context) -> None:
        """`qemu_chr_be_update_read_handlers`: from now on that context runs the sources."""
        if context is not self.layer.main and not self.moves:
            raise Abort("chardev/char.c: qemu_chr_be_update_read_handlers: Assertion `qemu_chr_has_feature' failed.")
        self.gcontext = context
        self.moved()

    def moved(self) -> None:
        """`chr_update_read_handler`: a frontend has registered its handlers, and the context may be another."""

    def set_fe_open(self, opened: bool) -> None:
        """`chr_set_fe_open`: the frontend tells the backend whether it is open."""
        self.fe_open = opened

    def set_echo(self, echo: bool) -> None:
        """`chr_set_echo`: whether what is typed is shown, on a terminal."""

    def write(self, data: bytes) -> int:
        """`qemu_chr_write`: how much was taken. Raises `BlockingIOError` if nothing was, and `OSError`."""
        return self.put(data) if self.log is None else self.log.copy(self.put, data)

    def put(self, data: bytes) -> int:
        """`chr_write`, the same without a log; what has nowhere to go is swallowed."""
        return len(data)

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """`chr_add_watch`: a source on the channel; None (a tag of 0) if there is none."""
        return None

    def watch_fires(self) -> None:
        """A watch on its channel fires: a backend's source has a bare pointer to it, which is followed."""

    def deliver(self, data: bytes) -> None:
        """`qemu_chr_be_write`: the frontend reads; without one it is dropped."""
        if self.be is not None and self.be.handlers.read is not None:
            self.be.handlers.read(data)

    def rest(self) -> bytes:
        """What has come and was not read, of a chardev that is about to go. QEMU has no such call."""
        return b""

    def accept_input(self) -> None:
        """`chr_accept_input`: the frontend can read again."""

    def disconnect(self) -> None:
        """`chr_disconnect`: only a connection can be ended."""

    def clear_to_send(self) -> bool:
        """`CHR_IOCTL_SERIAL_GET_TIOCM`, of one that has modem lines."""
        return True
