"""Every way through one swap, from the start of QEMU on: found by taking the steps of the spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hotswap.checker.explore.result import Trace
from hotswap.checker.explore.search import Cause
from hotswap.checker.explore.trace import finding
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.change import Change
from hotswap.spec.language.plain import Edge, PlainWorld, Values
from hotswap.spec.language.rows import Declaration, declaration
from hotswap.spec.language.variants import variant
from hotswap.spec.models import Model
from hotswap.spec.qmp import Qmp
from hotswap.spec.registry import Id


@dataclass(frozen=True)
class Way:
    """A device is plugged, and its chardev is swapped while nobody else does anything."""

    profile: str
    setup: Setup
    states: tuple[Values, ...]
    edges: tuple[Edge, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """What could have gone otherwise, and went this way."""
        return tuple(label for edge in self.edges for label, yes in edge.choices if yes)

    @property
    def refused(self) -> bool:
        """Whether the command has failed."""
        return any(edge.failed is not None for edge in self.edges)

    @property
    def trace(self) -> Trace:
        """The same with all the calls inside its steps."""
        with variant(CHARDEV.profile(self.profile)):
            world = _world(self.setup)
            return finding(world, Cause(CHARDEV.case_names[0], self.states)).trace


def ways(profile: str, device: Model, old: Kind, new: Kind) -> list[Way]:
    """All of them, of one device on one kind of backend, that is swapped for another one."""
    setup = Setup((device,), tuple(dict.fromkeys((old, new))))
    with variant(CHARDEV.profile(profile)):
        world = _world(setup)
        starts = [state for state in world.initial([setup]) if _kind(world, state) is old]
        plugged = (
            each for state in starts for each in _step(world, Way(profile, setup, (state,)), _row(Qmp.device_add))
        )
        begun = [each for way in plugged for each in _step(world, way, _row(Change.find)) if _asks_for(each, new)]
        return [each for way in begun for each in _through(world, way)]


def _world(setup: Setup) -> PlainWorld:
    return PlainWorld(CHARDEV, CHARDEV.pools([setup]))


def _kind(world: PlainWorld, state: Values) -> Kind | None:
    with world.using(state):
        return Id[0].chardev.kind if Id[0].chardev is not None else None


def _asks_for(way: Way, kind: Kind) -> bool:
    return way.edges[-1].arguments[1] is kind


def _step(world: PlainWorld, way: Way, *rows: Declaration) -> Iterator[Way]:
    """A way, and each step of these rows after it."""
    for edge in list(world.edges(way.states[-1], rows=rows, recording=True)):  # a world takes one step at a time
        assert edge.after is not None
        yield replace(way, states=(*way.states, edge.after), edges=(*way.edges, edge))


def _through(world: PlainWorld, way: Way) -> Iterator[Way]:
    """Every way on to the end of the command."""
    with world.using(way.states[-1]):
        over = Change[0].state is Change.idle
    if over:
        yield way
    else:
        for each in _step(world, way, *(row for row in Change.rows if row.kind == "step")):
            yield from _through(world, each)


def _row(function: Callable[..., object]) -> Declaration:
    found = declaration(function)
    assert found is not None
    return found
