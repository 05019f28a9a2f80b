"""char-mux.c and char-hub.c: chardevs that are themselves the frontend of another chardev."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import HUB_EVENT, MUX_EMPTY, MUX_SLOTS, STACK_OPEN
from ..chardev import Chardev
from ..errors import Abort, ChardevError
from ..frontend import Frontend, Handlers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Context, Source
    from ..layer import Layer

MOST = 4
"""How many frontends a mux has (MAX_MUX)."""
ESCAPE = 0x01
"""Control-A."""


class Stack(Chardev):
    """On top of another chardev, whose only frontend it is."""

    stacks = True
    moves = True

    def __init__(self, layer: Layer, label: str, base: str) -> None:
        super().__init__(layer, label)
        self.base = base
        self.own = Frontend(layer)

    def open(self) -> None:
        """`qemu_chr_open_mux`, `qemu_chr_open_hub`: become the frontend of the base chardev, if it has none."""
        base = self.layer.registry.find(self.base)
        if base is None:
            raise ChardevError(self._not_found())
        if base.be is not None:
            raise ChardevError(base.in_use())
        self.own.init(base)
        if STACK_OPEN in self.layer.switches:
            self.be_open = base.be_open
            self.begin(base.be_open)
            self.read_base(self.gcontext)
        else:
            self.begin(False)

    def begin(self, base_open: bool) -> None:
        """What is known of the base at first."""

    def _not_found(self) -> str:
        return f"{self.kind}: base chardev {self.base} not found"

    def read_base(self, context: Context) -> None:
        """`mux_chr_update_read_handlers`, `hub_chr_update_read_handlers`: register with the base, each time anew."""
        self.own.set_handlers(Handlers(self.can_read, self.read, self.hear), sync_state=False, context=context)

    def moved(self) -> None:
        """`chr_update_read_handler`."""
        self.read_base(self.gcontext)

    def hear(self, event: Event) -> None:
        """The base says something."""
        if STACK_OPEN in self.layer.switches and event is not Event.break_:
            self.be_open = event is Event.opened

    def can_read(self) -> int:
        """How much of the base's input is taken."""
        return self.be.can_read() if self.be is not None else 0

    def read(self, data: bytes) -> None:
        """The base's input."""
        if self.be is not None and self.be.handlers.read is not None:
            self.be.handlers.read(data)

    def accept_input(self) -> None:
        """`mux_chr_accept_input`: the base can be read again."""
        self.own.accept_input()

    def write(self, data: bytes) -> int:
        """To the base."""
        return self.own.write(data)

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """The base's."""
        return self.own.add_watch(call)

    def close(self) -> None:
        """The base has no frontend any more."""
        self.own.deinit()


class Mux(Stack):
    """Several frontends on one chardev, of which one has the focus."""

    kind = "mux"

    def __init__(self, layer: Layer, label: str, base: str) -> None:
        super().__init__(layer, label, base)
        self.slots: list[Frontend | None] = [None] * MOST
        self.focus: Frontend | None = None
        self.escaped = False

    @property
    def attached(self) -> list[Frontend]:
        """Its frontends."""
        return [frontend for frontend in self.slots if frontend is not None]

    def begin(self, base_open: bool) -> None:
        """QEMU's mux is open from the start."""
        if STACK_OPEN not in self.layer.switches:
            self.be_event(Event.opened)

    def attach(self, frontend: Frontend) -> None:
        """`mux_chr_attach_frontend`. A frontend has one slot, however often it is attached, as in the spec."""
        if frontend in self.slots:
            return
        if None not in self.slots:
            raise ChardevError(self.in_use())
        self.slots[self.slots.index(None)] = frontend

    def in_use(self) -> str:
        """By as many as it has slots."""
        if MUX_SLOTS not in self.layer.switches:
            return super().in_use()
        return f"too many uses of multiplexed chardev '{self.label}' (maximum is {MOST})"

    def detach(self, frontend: Frontend) -> None:
        """`mux_chr_detach_frontend`."""
        if frontend in self.slots:
            self.slots[self.slots.index(frontend)] = None

    def take_focus(self, frontend: Frontend) -> None:
        """`mux_set_focus`."""
        self.focus = frontend

    def is_busy(self) -> bool:
        """`qemu_chr_is_busy`: until 2024, a count that never shrinks."""
        return MUX_SLOTS not in self.layer.switches or bool(self.attached)

    def say(self, event: Event) -> None:
        """`mux_chr_be_event`: what the mux itself says is for the frontend with the focus."""
        if self.focus is not None and self.focus in self.slots:
            self.focus.event(event)

    def hear(self, event: Event) -> None:
        """`mux_chr_event`: what the base says is for all."""
        super().hear(event)
        for frontend in self.attached:
            frontend.event(event)

    def can_read(self) -> int:
        """`mux_chr_can_read`."""
        return self.focus.can_read() if self.focus is not None and self.focus in self.slots else 1

    def read(self, data: bytes) -> None:
        """`mux_chr_read`: an escape is for the mux, all else for the frontend with the focus."""
        for byte in data:
            if self.escaped:
                self.escaped = False
                if byte == ord("c"):
                    self.move_focus()
            elif byte == ESCAPE:
                self.escaped = True
            elif self.focus is not None and self.focus.handlers.read is not None:
                self.focus.handlers.read(bytes([byte]))

    def move_focus(self) -> None:
        """`mux_proc_byte`, the escape and c: the next frontend has the focus."""
        if not self.attached and MUX_SLOTS in self.layer.switches and MUX_EMPTY not in self.layer.switches:
            raise Abort("chardev/char-mux.c: mux_proc_byte: Assertion `d->mux_bitset != 0' failed.")
        others = [frontend for frontend in self.attached if frontend is not self.focus]
        if others:
            self.focus = others[0]

    def close(self) -> None:
        """`char_mux_finalize`: its frontends have no chardev any more."""
        for frontend in self.attached:
            frontend.lose()
        super().close()


class Hub(Stack):
    """Several chardevs for one frontend. Here it has one."""

    kind = "hub"
    member_open = False
    """Its member has said OPENED."""

    def begin(self, base_open: bool) -> None:
        """It knows what its member is, if it looks."""
        self.member_open = base_open

    def _not_found(self) -> str:
        return f"hub: chardev can't be found by id '{self.base}'"

    def say(self, event: Event) -> None:
        """QEMU's hub has a null pointer where this function should be."""
        if HUB_EVENT not in self.layer.switches:
            raise Abort("chardev/char.c: qemu_chr_be_event calls a null pointer")
        super().say(event)

    def hear(self, event: Event) -> None:
        """`hub_chr_event`: the frontend hears of the first OPENED and of the last CLOSED."""
        super().hear(event)
        if event is Event.break_ or self.member_open != (event is Event.opened):
            if event is not Event.break_:
                self.member_open = event is Event.opened
            super().say(event)
