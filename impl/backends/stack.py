"""What a mux and a hub have in common: they are themselves the frontend of other chardevs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...spec.profiles import STACK_OPEN
from ..chardev import Chardev
from ..errors import ChardevError
from ..frontend import Frontend, Handlers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...spec.backend import Event
    from ..context import Context, Source
    from ..layer import Layer


class Stack(Chardev):
    """On top of other chardevs, whose only frontend it is."""

    stacks = True
    moves = True

    def __init__(self, layer: Layer, label: str, bases: tuple[str, ...]) -> None:
        super().__init__(layer, label)
        self.bases = bases
        self.owns = [Frontend(layer) for _ in bases]
        """Its own frontends, one on each base."""

    def open(self) -> None:
        """`qemu_chr_open_mux`, `qemu_chr_open_hub`: become the frontend of the bases, if they have none."""
        for name, own in zip(self.bases, self.owns, strict=True):
            own.init(self.find(name))
        opened = sum(base.be_open for base in self.on())
        if STACK_OPEN in self.layer.switches:
            self.be_open = opened > 0
            self.begin(opened)
            self.read_bases(self.gcontext)
        else:
            self.begin(0)

    def find(self, name: str) -> Chardev:
        """`qemu_chr_find`, of a base. Raises `ChardevError`."""
        base = self.layer.registry.find(name)
        if base is None:
            raise ChardevError(self.not_found(name))
        return base

    def not_found(self, name: str) -> str:
        """What is said of a base that is not there."""
        return f"{self.kind}: base chardev {name} not found"

    def begin(self, opened: int) -> None:
        """So many of the bases are known to be open at first."""

    def on(self) -> list[Chardev]:
        """The chardevs that it is on."""
        return [own.chr for own in self.owns if own.chr is not None]

    @property
    def own(self) -> Frontend:
        """Its own frontend, if it is on one chardev."""
        (own,) = self.owns
        return own

    def read_bases(self, context: Context) -> None:
        """`mux_chr_update_read_handlers`, `hub_chr_update_read_handlers`: register with the bases, each time anew."""
        for own in self.owns:
            handlers = Handlers(self.can_read, self.read, partial(self.hear, own))
            own.set_handlers(handlers, sync_state=False, context=context)

    def moved(self) -> None:
        """`chr_update_read_handler`."""
        self.read_bases(self.gcontext)

    def hear(self, own: Frontend, event: Event) -> None:
        """A base says something."""

    def can_read(self) -> int:
        """How much of a base's input is taken."""
        return self.be.can_read() if self.be is not None else 0

    def read(self, data: bytes) -> None:
        """A base's input."""
        if self.be is not None and self.be.handlers.read is not None:
            self.be.handlers.read(data)

    def accept_input(self) -> None:
        """`mux_chr_accept_input`: the bases can be read again."""
        for own in self.owns:
            own.accept_input()

    def slowest(self) -> Frontend:
        """Its own frontend that a watch is asked of."""
        return self.owns[0]

    def add_watch(self, call: Callable[[], None]) -> Source | None:
        """A base's."""
        return self.slowest().add_watch(call)

    def close(self) -> None:
        """The bases have no frontend any more."""
        for own in self.owns:
            own.deinit()
