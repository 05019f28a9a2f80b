"""Stubborn sets the slow and obvious way: a search in plain Python by a part of the steps, and what it relies on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hotswap.checker.compile.stubborn import ELSEWHERE, FREE, GUARDED, LOCKED, Stubborn, Unit
from hotswap.checker.explore.result import Result
from hotswap.spec.language.errors import VIOLATIONS
from hotswap.spec.language.plain import Edge, PlainWorld, Values

ERRORS = {kind.name for kind in VIOLATIONS}


def told(result: Result) -> tuple[object, ...]:
    """What both searches have to say: verdicts, where errors are, who fires, how much of the pools is used."""
    return (
        {known.name: known.verdict for known in result.properties if not known.liveness},
        {found.id for known in result.properties if known.name in ERRORS for found in known.findings},
        {row for row, count in result.coverage.items() if count},
        {name: (used.high, used.cuts > 0) for name, used in result.pools.items()},
    )


Firings = dict[Unit, list[Edge]]
"""The steps of each unit in a state: none for one that can't fire."""


def firings(world: PlainWorld, known: Stubborn, state: Values) -> Firings:
    """The steps of a state, by whose they are."""
    found: Firings = {unit: [] for unit in known.units}
    for edge in world.edges(state):
        assert edge.row.machine is not None
        found[Unit(edge.row, edge.row.machine, edge.instance)].append(edge)
    return found


def why_not(world: PlainWorld, state: Values, unit: Unit) -> int:
    """Why a unit that has no step in a state has none."""
    instance = world.instances(unit.machine)[unit.slot]
    with world.using(state):
        if not world.live(instance):
            return FREE
        if unit.row.sources and instance.state not in unit.row.sources:
            return ELSEWHERE
    return LOCKED if world._blocked(state, unit.row, instance) else GUARDED


def members(mask: int) -> Iterator[int]:
    """The positions of the units of a mask."""
    return (bit for bit in range(mask.bit_length()) if mask >> bit & 1)


def stubborn_sets(world: PlainWorld, known: Stubborn, state: Values, steps: Firings) -> Iterator[set[Unit]]:
    """For each unit that is enabled, the smallest set with it that is closed."""
    for start, unit in enumerate(known.units):
        if not steps[unit]:
            continue
        found, waiting = {start}, [start]
        while waiting:
            bit = waiting.pop()
            each = known.units[bit]
            needed = known.enabled[bit] if steps[each] else known.disabled[why_not(world, state, each)][bit]
            more = set(members(needed)) - found
            found |= more
            waiting += more
        yield {known.units[bit] for bit in found}


@dataclass
class Reduced:
    """What such a search comes to."""

    states: dict[Values, int] = field(default_factory=dict)
    """Each state, and how deep it is."""
    steps: list[tuple[Values, Edge]] = field(default_factory=list)
    """Those that were taken, with the states that they leave."""
    left: int = 0

    @property
    def broken(self) -> set[str]:
        """The properties that errors are about."""
        return {edge.error.property for _, edge in self.steps if edge.error is not None}


def reduced(world: PlainWorld, known: Stubborn, initial: Iterable[Values], *, proviso: bool = True) -> Reduced:
    """Visit states by the smallest stubborn set of each, the first of several.

    Without the `proviso` that one of its steps has to lead to a state of no level yet, steps may be put off for ever.
    """
    result = Reduced(dict.fromkeys(initial, 0))
    level, depth = list(result.states), 0
    while level:
        depth += 1
        for state in level:
            steps = firings(world, known, state)
            chosen = every = [edge for unit in known.units for edge in steps[unit]]
            for part in stubborn_sets(world, known, state, steps):
                edges = [edge for unit in known.units if unit in part for edge in steps[unit]]
                reached = [edge.after for edge in edges if edge.after is not None]
                ahead = [after for after in reached if result.states.get(after, depth) == depth]
                if len(edges) < len(chosen) and (ahead or not proviso):
                    chosen = edges
            result.steps += [(state, edge) for edge in chosen]
            result.left += len(every) - len(chosen)
            for edge in chosen:
                if edge.after is not None:
                    result.states.setdefault(edge.after, depth)
        level = [state for state, found in result.states.items() if found == depth]
    return result
