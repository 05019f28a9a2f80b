"""Random specs whose parts have little to do with each other: as much is found by a part of their steps as by all."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from fuzz.compare import loaded
from fuzz.parts import parts
from hotswap.checker.compile.program import build
from hotswap.checker.compile.stubborn import stubborn
from hotswap.spec.language.plain import Edge, PlainWorld, Values
from hotswap.spec.language.properties import Property
from hotswap.spec.language.system import System, begins
from orbits import reachable
from reduced import reduced


def found(world: PlainWorld, states: Iterable[Values], taken: Iterable[tuple[Values, Edge]]) -> set[object]:
    """What a search finds: what states and steps break, errors by their places, rows that fire, and who is stuck."""
    every: Mapping[Values, list[Edge]] = {state: list(world.edges(state)) for state in states}
    result: set[object] = {name for state in every for name in world.violated(state)}
    for state, edge in taken:
        result |= {edge.row.qualname, edge.error, *edge.broken}
        if edge.after is not None:
            result |= world.violated_by_step(state, edge.after)
    if not world.can_wait:
        return result | {"no-deadlock" for edges in every.values() if not edges}
    stuck = {state: set(world.busy(state)) for state in every}
    changed = True
    while changed:
        changed = False
        for state, edges in every.items():
            for edge in edges:
                if not begins(edge.row) and (edge.after is None or edge.after in every):
                    left = stuck[edge.after] if edge.after is not None else set()
                    changed |= not stuck[state] <= left
                    stuck[state] &= left
    return result | {type(each).__name__ for left in stuck.values() for each in left}


def compare(system: System, questions: Iterable[Sequence[Property]]) -> Iterator[tuple[str, float]]:
    """For each list of properties to ask: what the searches differ in, and what part of the states one needs."""
    world = PlainWorld(system, system.pools(system.scope()))
    edges = world.edges
    world.edges = functools.cache(lambda state: list(edges(state)))  # type: ignore[method-assign, assignment]
    initial = list(world.initial(system.scope()))
    states = reachable(world, initial)
    every = found(world, states, [(state, edge) for state in states for edge in world.edges(state)])
    program = build(system, world.pools)
    for asked in questions:
        part = reduced(world, stubborn(world, program, initial, asked), initial)
        fewer = found(world, part.states, part.steps)
        unasked = {name for known in {*system.all_properties} - {*asked} for name in system.cases[known]}
        if "no-deadlock" in unasked:
            unasked |= {machine.__name__ for machine in system.machines}
        difference = (every ^ fewer) - unasked
        yield f"{[known.name for known in asked]}: {difference}" if difference else "", len(part.states) / len(states)


def questions(system: System) -> Iterator[Sequence[Property]]:
    """All properties at once, and those that differ in what they need by themselves."""
    yield system.all_properties
    for known in system.all_properties:
        if known.kind != "built-in" or known.name in ("no-deadlock", "in-range"):
            yield (known,)


@pytest.mark.parametrize(
    "seed",
    [
        *range(20),
        *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(20, 120)),
        *(pytest.param(seed, marks=pytest.mark.long) for seed in range(120, 400)),
    ],
)
def test_parts(tmp_path: Path, seed: int) -> None:
    """All that is asked is found, of all properties at once and of each alone."""
    with loaded(parts(random.Random(seed)), tmp_path) as system:
        for difference, _ in compare(system, questions(system)):
            assert not difference
