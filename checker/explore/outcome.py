"""What the kernels leave behind, read off: causes, what parts of the spec ran, and how much of the pools was used."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld, Values
from ..compile.coverage import Point
from ..compile.native import Compiled
from .engine import control as cells
from .result import Vacuity
from .search import Cause
from .vacuity import vacuities

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


def marks(compiled: Compiled) -> dict[Point, bool]:
    """Which parts of the spec ran."""
    points = compiled.unit.points
    ran = (ctypes.c_uint8 * len(points)).from_address(compiled.covered)
    return dict(zip(points, map(bool, ran), strict=True))


def vacuous(compiled: Compiled, fired: Array) -> Iterator[Vacuity]:
    """What of the spec says less than it seems to."""
    rows = {row for row, count in zip(compiled.rows, fired, strict=False) if count}
    yield from vacuities(compiled.unit.program, marks(compiled), rows)


def high_water(world: PlainWorld, compiled: Compiled) -> dict[str, int]:
    """The slots that steps needed; making the initial states, which the oracle did, needed some too."""
    dynamic = compiled.unit.dynamic
    counted = (ctypes.c_int64 * len(dynamic)).from_address(compiled.high)
    return {machine.__name__: max(world.high[machine], used) for machine, used in zip(dynamic, counted, strict=True)}
