"""What a search calls, loaded or compiled before its time is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .engine import Kernel, compiling, crew, deadlock, doubling, external, search

Needed = tuple[tuple[Kernel, str], ...]
"""Kernels, and the kinds of what they are given."""

SEARCH: Needed = (
    (
        search.explore,
        "uint64 uint64 int64 int64[] int64[] uint64[] uint64 int64 uint64 uint64"
        " uint64[] uint64[] uint64[] int64[] int64[] int64[,] uint64[]",
    ),
    (search.insert, "int64[] uint64 int64 uint64 uint64 int64 uint64"),
    (doubling.spread, "uint64 int64 int64 int64 int64 uint64[]"),
    (doubling.put_back, "uint64 int64 int64 uint64[]"),
    (
        deadlock.look,
        "uint64 uint64 uint64 int64 int64[] uint64 int64 uint64"
        " uint64[] boolean[] uint8[] uint32[] int64[] uint32[] int64[] int64",
    ),
    (deadlock.settle, "uint8[] uint32[] int64[] uint32[] int64 int64"),
)
"""What nearly every search in memory calls. The first takes as long to compile as all the others."""

THREADS: Needed = (
    (
        crew.work,
        "uint64 uint64 uint64 int64 int64[] int64[] uint64[] uint64 int64 uint64 uint64"
        " uint64[] uint64[] uint64[] int64[] int64[] int64[,] uint64[]",
    ),
    (crew.close_gaps, "int64[] uint64[] uint64 int64 uint64 uint64 int64"),
)
"""What threads call beside that."""

ON_DISK: Needed = (
    (
        external.gather,
        "uint64 uint64 int64 int64 int64[] uint64 int64 int64 uint64 int64"
        " uint64[] uint64[] uint64[] int64[] int64[] int64[,]",
    ),
    (external.close_up, "uint64 int64 int64 int64"),
    (external.subtract, "uint64 int64 int64 int64[] uint64 int64"),
    (external.merge, "uint64 int64 int64 int64[] int64[] boolean[] int64 int64[] uint64 int64"),
    (external.look_back, "uint64 int64 int64[] uint64 int64 int64 uint64[] uint64 int64[] int64[]"),
)
"""What a search on disk calls."""


@contextmanager
def warming_up(needed: Needed = SEARCH) -> Iterator[None]:
    """Have what is needed when this ends; if it has to be compiled, that goes on meanwhile."""
    wanted = [(kernel, tuple(given.split())) for kernel, given in needed]
    wanted = [(kernel, given) for kernel, given in wanted if not kernel.recall(given)]
    if wanted:
        with compiling(wanted):
            yield
    else:
        yield
