"""What a layer that is driven step by step has around it: its operating system, and whoever is at the other ends."""

from __future__ import annotations

from typing import Protocol

from ...impl.chardev import Chardev
from ...impl.connect import ConnectTask
from ...impl.host import Host, Port
from ...impl.layer import Layer
from ...spec.language.plain import Edge
from .abstraction import Seen
from .memory import MemoryContext, MemorySource


class NotPossible(Exception):
    """The layer offers no such step: nothing waits for it."""


def must(possible: bool) -> None:
    """Raises `NotPossible`."""
    if not possible:
        raise NotPossible


class Outside(Seen, Protocol):
    """Everything around a layer. Nothing happens in it that is not asked for."""

    @property
    def host(self) -> Host:
        """The operating system."""

    @property
    def io(self) -> MemoryContext:
        """The I/O thread's."""

    def place(self, name: str) -> str:
        """The path of a file of that name."""

    def port(self, slot: int) -> Port:
        """Where a name's listener on TCP is."""

    def datagrams(self, name: str) -> Port:
        """Whom a name's datagrams go to."""

    def furnish(self, names: list[str]) -> None:
        """Have everything there that the chardevs of these names need."""

    def hide(self, missing: frozenset[str]) -> None:
        """From now on these files are not there, and nobody listens there; all others are there again."""

    def is_ready(self, source: MemorySource) -> bool:
        """Whether a loop would run a source now."""

    def settle(self, layer: Layer) -> None:
        """A step was taken: connections may have been made."""

    def end(self, layer: Layer) -> None:
        """Leave nothing behind."""

    # What those at the other ends do.

    def connect(self, chardev: Chardev) -> None:
        """Somebody connects to a chardev. Raises `NotPossible`."""

    def leave(self, chardev: Chardev) -> None:
        """Who is connected to it, or waits to be, goes."""

    def stall(self, chardev: Chardev) -> None:
        """Who is connected does not read any more, until there is no room."""

    def drain(self, chardev: Chardev) -> None:
        """Who is connected reads again, whatever there is."""

    def turn_line(self, chardev: Chardev) -> None:
        """The other end of a serial line is ready, or no longer."""

    def answer(self, task: ConnectTask, *, connected: bool) -> None:
        """A `connect(2)` returns: somebody is there, or nobody."""

    def drives(self, edge: Edge, before: dict[str, str]) -> str:
        """Why a step of the spec can't be had here; empty if it can."""
