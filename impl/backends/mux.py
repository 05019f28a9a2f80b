"""char-mux.c: a chardev for several frontends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import MUX_EMPTY, MUX_SLOTS, STACK_OPEN
from ..errors import Abort, ChardevError
from .stack import Stack

if TYPE_CHECKING:
    from ..frontend import Frontend
    from ..layer import Layer

MOST = 4
"""How many frontends a mux has (MAX_MUX)."""
ESCAPE = 0x01
"""Control-A."""


class Mux(Stack):
    """Several frontends on one chardev, of which one has the focus.

    Of what QEMU has behind the escape there is c (the next frontend has the focus), b (BREAK) and the escape itself.
    Of the others nothing is heard, as of a key that means nothing: h and ? (help), x (quit), s (commit the disks) and
    t (write the time before each line).
    """

    kind = "mux"

    def __init__(self, layer: Layer, label: str, bases: tuple[str, ...]) -> None:
        super().__init__(layer, label, bases)
        self.slots: list[Frontend | None] = [None] * MOST
        self.focus: Frontend | None = None
        self.escaped = False

    @property
    def attached(self) -> list[Frontend]:
        """Its frontends."""
        return [frontend for frontend in self.slots if frontend is not None]

    def begin(self, opened: int) -> None:
        """QEMU's mux is open from the start."""
        if STACK_OPEN not in self.layer.switches:
            self.be_event(Event.opened)

    def attach(self, frontend: Frontend) -> None:
        """`mux_chr_attach_frontend`. A frontend has one slot, however often it is attached, as in the spec."""
        if frontend in self.slots:
            return
        if not self.has_room():
            raise ChardevError(self.in_use())
        self.slots[self.slots.index(None)] = frontend

    def has_room(self) -> bool:
        """While it has a slot."""
        return None in self.slots

    def in_use(self) -> str:
        """By as many as it has slots."""
        if MUX_SLOTS not in self.layer.switches:
            return super().in_use()
        return f"too many uses of multiplexed chardev '{self.label}' (maximum is {MOST})"

    def detach(self, frontend: Frontend) -> None:
        """`mux_chr_detach_frontend`. The base is read on: what comes may be an escape."""
        if frontend in self.slots:
            self.slots[self.slots.index(frontend)] = None
            self.accept_input()

    def take_focus(self, frontend: Frontend) -> None:
        """`mux_set_focus`."""
        self.focus = frontend

    def is_busy(self) -> bool:
        """`qemu_chr_is_busy`: until 2024, a count that never shrinks."""
        return MUX_SLOTS not in self.layer.switches or bool(self.attached)

    def frontend_open(self) -> bool:
        """`mux_set_focus` sets `be`, too: of the frontend with the focus."""
        return self.focus is not None and self.focus in self.slots and self.focus.fe_is_open

    def say(self, event: Event) -> None:
        """`mux_chr_be_event`: what the mux itself says is for the frontend with the focus."""
        if self.focus is not None and self.focus in self.slots:
            self.focus.event(event)

    def hear(self, own: Frontend, event: Event) -> None:
        """`mux_chr_event`: what the base says is for all."""
        if STACK_OPEN in self.layer.switches and event is not Event.break_:
            self.be_open = event is Event.opened
        for frontend in self.attached:
            frontend.event(event)

    def can_read(self) -> int:
        """`mux_chr_can_read`."""
        return self.focus.can_read() if self.focus is not None and self.focus in self.slots else 1

    def read(self, data: bytes) -> None:
        """`mux_chr_read`: an escape is for the mux, all else for the frontend with the focus."""
        for byte in data:
            if self.is_data(byte) and self.focus is not None and self.focus.handlers.read is not None:
                self.focus.handlers.read(bytes([byte]))

    def is_data(self, byte: int) -> bool:
        """`mux_proc_byte`: whether a byte is for the frontend; an escaped escape is."""
        if not self.escaped:
            self.escaped = byte == ESCAPE
            return not self.escaped
        self.escaped = False
        if byte == ord("c"):
            self.move_focus()
        elif byte == ord("b"):
            self.be_event(Event.break_)
        return byte == ESCAPE

    def put(self, data: bytes) -> int:
        """`mux_chr_write`: to the base."""
        return self.own.write(data)

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
