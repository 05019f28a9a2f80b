"""The world that is being looked at: where plain Python objects keep the values of one state.

A spec's methods run on plain objects. Those hold no values themselves: they are views into the world's flat list of
small integers, so that taking and restoring a state copies one list. The world in use is a global, as in a debugger:
`for c in Chardev`, `Chardev.new()` and `may("...")` need one without being handed it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .machines import Machine
    from .rows import Declaration, State


class World(Protocol):
    """What the language asks of the runtime under a running body."""

    values: list[int]

    def instances(self, machine: type[Machine]) -> Sequence[Machine]: ...
    def live(self, instance: Machine) -> bool: ...
    def allocate(self, machine: type[Machine]) -> Machine: ...
    def finalise(self, instance: Machine | None) -> None: ...
    def drop(self, owned: Machine) -> None: ...
    def choose(self, label: str) -> bool: ...
    def broken(self, name: str | None) -> None: ...
    def failed(self, text: str) -> None: ...
    def enter(self, operation: Declaration, arguments: tuple[Any, ...]) -> None: ...
    def leave(self, operation: Declaration, result: object) -> None: ...
    def goto(self, instance: Machine, state: State) -> None: ...


_current: World | None = None


def current() -> World:
    """The world in use; a spec's bodies make sense only inside one."""
    if _current is None:
        raise RuntimeError("no world: a spec's methods run inside the checker, or in `with world:`")
    return _current


@contextmanager
def looking_at(world: World) -> Iterator[None]:
    """Have `world` in use for a while."""
    before = use(world)
    try:
        yield
    finally:
        use(before)


def use(world: World | None) -> World | None:
    """Make `world` the one in use; returns the one before."""
    global _current
    before, _current = _current, world
    return before
