"""char-hub.c: several chardevs for one frontend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.backend import Event
from ...spec.profiles import HUB_EVENT, STACK_OPEN
from ..errors import Abort, ChardevError
from .stack import Stack

if TYPE_CHECKING:
    from ..chardev import Chardev
    from ..frontend import Frontend
    from ..layer import Layer

MOST = 4
"""How many chardevs a hub is on (MAX_HUB)."""


class Hub(Stack):
    """It writes to all of its members, and reads from any."""

    kind = "hub"

    def __init__(self, layer: Layer, label: str, bases: tuple[str, ...]) -> None:
        super().__init__(layer, label, bases)
        self.opened = 0
        """How many members have said OPENED, less those that have said CLOSED since."""
        self.ahead = dict.fromkeys(self.owns, 0)
        """Of each member, how many bytes it has taken that the slowest has not."""
        self.last: Frontend | None = None
        """The member that took least, when something was written last."""

    def begin(self, opened: int) -> None:
        """It knows what its members are, if it looks."""
        self.opened = opened

    def find(self, name: str) -> Chardev:
        """`qemu_chr_open_hub`, `hub_chr_attach_chardev`: what can be a member."""
        member = super().find(name)
        if member.stacks:
            raise ChardevError(
                f"hub: multiplexers and hub devices can't be stacked, check chardev '{name}', "
                "chardev should not be a hub device or have 'mux=on' enabled"
            )
        if len(self.on()) >= MOST:
            raise ChardevError(f"hub: too many uses of chardevs '{self.label}' (maximum is {MOST})")
        return member

    def not_found(self, name: str) -> str:
        """What is said of a member that is not there."""
        return f"hub: chardev can't be found by id '{name}'"

    def say(self, event: Event) -> None:
        """QEMU's hub has a null pointer where this function should be."""
        if HUB_EVENT not in self.layer.switches:
            raise Abort("chardev/char.c: qemu_chr_be_event calls a null pointer")
        super().say(event)

    def hear(self, own: Frontend, event: Event) -> None:
        """`hub_chr_event`: the frontend hears of the first OPENED and of the last CLOSED."""
        if event is Event.opened:
            self.ahead[own] = 0
        before = self.opened
        if event is not Event.break_:
            counted = before + (1 if event is Event.opened else -1)
            self.opened = min(max(counted, 0), len(self.owns))
        if STACK_OPEN in self.layer.switches:
            self.be_open = self.opened > 0
        if event is Event.break_ or bool(before) != bool(self.opened):
            super().say(event)

    def put(self, data: bytes) -> int:
        """`hub_chr_write`: to all that are open, and no more than the slowest takes.

        Whoever writes comes back with the rest, of which the others are given only what they have not taken yet. After
        a member that fails QEMU asks no other, and they miss what they were not given; `repaired` passes it over.
        """
        members = [own for own in self.owns if own.chr is not None and own.chr.be_open]
        given = [own for own in members if self.ahead[own] or self._give(own, data)]
        if members and not given:
            raise OSError(5, "Input/output error")
        self.last = min(given, key=self.ahead.__getitem__, default=None)
        least = min([len(data), *(self.ahead[own] for own in given)])
        self.ahead = {own: max(taken - least, 0) for own, taken in self.ahead.items()}
        return least

    def _give(self, own: Frontend, data: bytes) -> bool:
        """Whether the member takes data. Raises `BlockingIOError` and, as QEMU, `OSError`."""
        self.last = own
        try:
            self.ahead[own] = own.write(data)
        except BlockingIOError:
            raise
        except OSError:
            if STACK_OPEN not in self.layer.switches:
                raise
            return False
        return True

    def slowest(self) -> Frontend:
        """The member that had no room for the rest."""
        return self.last or super().slowest()
