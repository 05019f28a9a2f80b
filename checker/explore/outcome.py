"""What the kernels leave behind, read off: causes, what parts of the spec ran, and how much of the pools was used."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.properties import Property
from ...spec.language.system import System
from ..compile.coverage import Point
from ..compile.native import Compiled
from .cells import control as cells
from .result import Vacuity
from .search import Bounds, Cause
from .vacuity import dead_rows, vacuities

Array = np.ndarray[Any, Any]


def causes(compiled: Compiled, findings: Array, path: Callable[[int], tuple[Values, ...]]) -> Iterator[Cause]:
    """The findings as causes, but for states without a step: these are deadlocks in some specs only."""
    names = compiled.unit.system.case_names
    for kind, what, row, source in findings:
        if kind == cells.CHILDLESS:
            continue
        declared = compiled.rows[int(row)]
        if kind == cells.ERROR:
            site = compiled.site(int(what), declared)
            yield Cause(site.property, path(int(source)), declared, site)
        else:
            yield Cause(names[int(what)], path(int(source)), declared)


def high(compiled: Compiled) -> ctypes.Array[ctypes.c_int64]:
    """The slots that steps needed, of each dynamic pool."""
    return (ctypes.c_int64 * len(compiled.unit.dynamic)).from_address(compiled.code.high)


def marks(compiled: Compiled) -> dict[Point, bool]:
    """Which parts of the spec ran."""
    return dict(zip(compiled.unit.points, map(bool, compiled.covered), strict=True))


def asked_of(compiled: Compiled) -> Callable[[int], int]:
    """Ask all properties of a packed state at an address, so that `marks` knows of it: of the initial states, too."""
    return ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(compiled.code.violated)


def vacuous(compiled: Compiled, fired: Array, unasked: Container[Property]) -> Iterator[Vacuity]:
    """What of the spec says less than it seems to, but for properties that nobody has asked.

    Under symmetry only rows do: of a generator, only one order is seen. So it is where steps are put off: of a guard,
    not every state in which it fails is seen.
    """
    unit = compiled.unit
    rows = {row for row, count in zip(compiled.rows, fired, strict=False) if count}
    if unit.groups or compiled.stubborn is not None:
        yield from dead_rows(unit.system.steps, rows)
        return
    asked = tuple(each for each in unit.program.judged if each.property not in unasked)
    yield from vacuities(replace(unit.program, judged=asked), marks(compiled), rows)


def unasked(system: System, names: frozenset[str] | None) -> set[Property]:
    """The properties that are not judged at each step: nobody asks for them, or they are of whole runs."""
    judged = system.cases_of(names)
    return {known for known, cases in system.cases.items() if judged.isdisjoint(cases)}


def unjudged(world: PlainWorld, bounds: Bounds, where: str) -> Iterator[tuple[str, str]]:
    """The properties that a search can't judge which does not keep where each step leads, and why."""
    why = f"not looked for {where}: who waits for ever can be told only where every state's steps can be followed"
    if world.can_wait and bounds.deadlocks:
        yield "no-deadlock", why
    for known in world.system.liveness:
        yield known.name, why


def needs_states(world: PlainWorld, bounds: Bounds) -> bool:
    """Whether somebody looks at all states again when they are known: for who waits for ever, or what never comes."""
    return (bounds.deadlocks and world.can_wait) or bool(asked(world.system, bounds.asked))


def asked(system: System, names: frozenset[str] | None) -> list[Property]:
    """The properties of liveness that somebody asks for: of these names, or all of them."""
    return [known for known in system.liveness if names is None or known.name in names]


def high_water(world: PlainWorld, compiled: Compiled) -> dict[str, int]:
    """The slots that steps needed; making the initial states, which the oracle did, needed some too."""
    needed = zip(compiled.unit.dynamic, high(compiled), strict=True)
    return {machine.__name__: max(world.high[machine], used) for machine, used in needed}
