"""`chardev-add` and `chardev-change`: put a backend under a name, the second while a frontend may be using it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from ..spec import change as spec
from ..spec.backend import Event
from ..spec.profiles import ASK_FIRST, CLOSED_FIRST, CREATE_FIRST, NO_WAIT
from .backends.socket import Socket
from .control import Control
from .errors import Abort, ChardevError
from .version import newest

if TYPE_CHECKING:
    from .chardev import Chardev
    from .frontend import Frontend
    from .host import Listener
    from .layer import Backend, Layer

T = TypeVar("T")
Steps = Generator["Listener | None", None, T]
"""A command, step by step: what it waits for, if it waits; and its result."""


def finish(steps: Steps[T]) -> T:
    """Run a command to its end; as in QEMU, nothing else happens while it waits for a client. Raises `ChardevError`."""
    with closing(steps):
        while True:
            try:
                listener = next(steps)
            except StopIteration as stopped:
                result: T = stopped.value
                return result
            if listener is not None:
                listener.wait()


class Change:
    """`qmp_chardev_change`, one command in flight; its attributes are the function's variables.

    `add` and `change` are generators: after each step that the spec has they give others a turn, who matter only if
    they need no lock. With nothing to replace a change is an add, by which QEMU does the easy case.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.control = Control(spec.Change)
        self._blank()

    def _blank(self) -> None:
        self.done = ""
        """The last row, of a command in flight."""
        self.name = ""
        self.backend: Backend | None = None
        self.bases: tuple[str, ...] = ()
        self.old: Chardev | None = None
        self.fresh: Chardev | None = None
        self.frontend: Frontend | None = None
        self.asked = self.closed_sent = self.refused = False

    def wait(self) -> None:
        """`monitor_qmp_dispatcher_co`: the command has come, but its turn is when the lock is free."""
        self._step("wait", lambda: "queued")

    def dispatch(self) -> None:
        """Its turn has come."""
        self._step("dispatch", lambda: "idle")

    def add(self, name: str, backend: Backend) -> Steps[None]:
        """`qmp_chardev_add`: the name has to be free. Raises `ChardevError`."""
        yield from self._do("chardev_add", lambda: self._chardev_add(name, backend))
        yield from self._do("add", self._add)
        yield from self._finish()

    def new(self, name: str, backend: Backend) -> Steps[None]:
        """`qemu_chr_new_from_opts`, for words: the error is the backend's own. Raises `ChardevError`."""
        yield from self._do("chardev_add", lambda: self._new(name, backend))
        yield from self._do("add", self._create)
        yield from self._finish()

    def change(self, name: str, backend: Backend) -> Steps[None]:
        """`qmp_chardev_change`. Raises `ChardevError`."""
        yield from self._do("find", lambda: self._find(name, backend))
        yield from self._do("look", self._look)
        if self.frontend is None:
            yield from self._do("drop_old", self._drop_old)
            yield from self._do("add_instead", self._add)
        else:
            yield from self._do("ask", self._ask)
            yield from self._do("create_new", self._create)
        yield from self._finish()

    def _finish(self) -> Steps[None]:
        """From a new chardev on."""
        try:
            while self._waits() and not self._listener().pending():
                yield self._listener()
        except GeneratorExit:  # the process ends first
            self._clear()
            raise
        yield from self._do("opened", self._opened)
        if self.frontend is not None:
            yield from self._do("tell", self._tell)
            yield from self._do("detach", self._detach)
            yield from self._do("attach", self._attach)
            yield from self._do("be_change", self._be_change)
            if self.refused:
                yield from self._do("part", self._part)
                yield from self._do("reattach", self._reattach)
                yield from self._do("reopen", self._reopen)
                self._step("drop_new", self._drop_new)
        yield from self._do("unparent_old", self._unparent_old)
        self._step("name_new", self._name_new)

    def _do(self, row: str, act: Callable[[], str]) -> Steps[None]:
        self._step(row, act)
        yield None

    def _step(self, row: str, act: Callable[[], str]) -> None:
        failed: ChardevError | None = None
        with self.control.taking(row) as taken:
            try:
                taken.to = act()
            except ChardevError as error:
                failed, taken.to = error, "idle"
        self.done = row
        if taken.to == "idle":
            self._clear()
        if failed is not None:
            raise failed

    def _clear(self) -> None:
        """The function returns: its variables are gone, and with them a new chardev that nobody wants."""
        fresh = self.fresh
        self._blank()
        if fresh is not None:
            fresh.unref()

    # Look before anything changes.

    def _chardev_add(self, name: str, backend: Backend) -> str:
        if self.layer.registry.find(name) is not None:
            raise ChardevError(f"Chardev with id '{name}' already exists")
        self._ask_for(name, backend)
        return "free"

    def _new(self, name: str, backend: Backend) -> str:
        if self.layer.registry.find(name) is not None:
            raise ChardevError(f"Duplicate ID '{name}' for chardev")
        self._ask_for(name, backend)
        return "free"

    def _find(self, name: str, backend: Backend) -> str:
        """`qemu_chr_find`: the chardev of that name, which must not be a mux or a hub."""
        old = self.layer.registry.find(name)
        if old is None:
            raise ChardevError(f"Chardev '{name}' does not exist")
        if old.stacks:
            what = "For mux or hub device hotswap is" if newest(self.layer) else "Mux device hotswap"
            raise ChardevError(f"{what} not supported yet")
        if CREATE_FIRST in self.layer.switches and name in backend.arguments.get("bases", ()):
            raise ChardevError(f"Chardev '{name}' can't be its own base")
        self._ask_for(name, backend)
        self.old = old
        return "found"

    def _ask_for(self, name: str, backend: Backend) -> None:
        self.name, self.backend = name, backend
        self.bases = backend.arguments.get("bases", ())

    def _look(self) -> str:
        """Who uses the chardev, and can it be swapped?"""
        self.frontend = self._old().be
        if self.frontend is None:
            return "alone"
        if self.frontend.handlers.be_change is None:
            raise ChardevError("Chardev user does not support chardev hotswap")
        return "swappable"

    def _drop_old(self) -> str:
        """The easy case is `object_unparent`, then `qmp_chardev_add`; `repaired` keeps the old chardev for now."""
        if CREATE_FIRST not in self.layer.switches:
            self.layer.registry.unparent(self._old())
            self.old = None
            self.layer.registry.lose(self.name)
        return "bare"

    def _ask(self) -> str:
        """Ask the frontend while it can refuse without a trace. QEMU has no such call."""
        if ASK_FIRST in self.layer.switches:
            agrees = self._frontend().handlers.agrees
            if agrees is not None and not agrees():
                raise ChardevError(f"Chardev '{self.name}' change failed")
            self.asked = True
        return "willing"

    # The new chardev.

    def _add(self) -> str:
        """`qmp_chardev_add` says in front of the error whose it is."""
        try:
            return self._create()
        except ChardevError as error:
            raise ChardevError(f"Failed to add chardev '{self.name}': {error}") from None

    def _create(self) -> str:
        """`chardev_new`, outside /chardevs; an old socket's yank instance is handed over to a new socket."""
        assert self.backend is not None
        handover = self.old is not None and self.old.yanks and self.backend.type.yanks
        self.fresh = self.layer.create(self.backend, self.name, handover=handover)
        return "opening"

    def _waits(self) -> bool:
        """Whether the creation waits for its peer (`wait=on`)."""
        return isinstance(self.fresh, Socket) and self.fresh.wait and NO_WAIT not in self.layer.switches

    def _listener(self) -> Listener:
        assert isinstance(self.fresh, Socket) and self.fresh.listener is not None
        return self.fresh.listener

    def _opened(self) -> str:
        """`chardev_new` returns; a listener that is to wait for its client does so until then, with the lock."""
        if self._waits():
            assert isinstance(self.fresh, Socket)
            self.fresh.accept()
        return "accepted" if self.frontend is None else "created"

    # The swap.

    def _tell(self) -> str:
        """`qemu_chr_be_event`: the old chardev says CLOSED, in QEMU only if the new one will not say OPENED."""
        old, fresh = self._old(), self._fresh()
        if old.be_open and (CLOSED_FIRST in self.layer.switches or not fresh.be_open):
            old.be_event(Event.closed)
            self.closed_sent = True
        return "told"

    def _detach(self) -> str:
        """The old chardev's `be` is cleared; the frontend still points to it."""
        self._old().be = None
        return "detached"

    def _attach(self) -> str:
        """`qemu_chr_fe_init` with `error_abort`: the frontend is on the new chardev."""
        self._init(self._fresh())
        return "attached"

    def _be_change(self) -> str:
        """`chr_be_change`: the frontend sets itself up on the new chardev."""
        handler = self._frontend().handlers.be_change
        if handler is None:
            raise Abort("chardev/char.c: qmp_chardev_change calls a null pointer")
        self.refused = not handler(self.asked)
        return "refused" if self.refused else "accepted"

    # It is done.

    def _unparent_old(self) -> str:
        """`object_unparent`: the old chardev, if there is one still, loses its name and with it its life.

        What its peer has sent goes with it in QEMU; in `repaired` the frontend has it before the new chardev is heard.
        """
        fresh = self._fresh()
        if self.old is not None:
            if self.frontend is not None and CLOSED_FIRST in self.layer.switches:
                self.frontend.receive(self.old.rest())
            self.old.handover_yank_instance = self.old.yanks and fresh.yanks
            self.layer.registry.unparent(self.old)
        fresh.handover_yank_instance = False
        return "replaced"

    def _name_new(self) -> str:
        """`object_property_add_child`: the new chardev is owned by its name alone."""
        fresh, self.fresh = self._fresh(), None
        self.layer.registry.add(fresh)
        return "idle"

    # It is refused: back, in QEMU's order.

    def _part(self) -> str:
        """The new chardev's `be` is cleared."""
        self._fresh().be = None
        return "parted"

    def _reattach(self) -> str:
        """`qemu_chr_fe_init` with `error_abort`: the frontend is on the old chardev, and closed."""
        self._init(self._old())
        return "returned"

    def _reopen(self) -> str:
        """`qemu_chr_be_event`: the old chardev says OPENED if it has said CLOSED."""
        if self.closed_sent:
            self._old().be_event(Event.opened)
        return "unwanted"

    def _drop_new(self) -> str:
        """`object_unref`: nobody else owns the new chardev."""
        raise ChardevError(f"Chardev '{self.name}' change failed")

    def _init(self, chr: Chardev) -> None:
        try:
            self._frontend().init(chr)
        except ChardevError as error:
            raise Abort(f"chardev/char.c: qmp_chardev_change, error_abort: {error}") from None

    def _old(self) -> Chardev:
        assert self.old is not None
        return self.old

    def _fresh(self) -> Chardev:
        assert self.fresh is not None
        return self.fresh

    def _frontend(self) -> Frontend:
        assert self.frontend is not None
        return self.frontend
