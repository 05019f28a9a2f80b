"""From a world to machine code, kept in a cache: the same spec compiles once on a machine."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld, Site, Values
from ...spec.language.properties import Property
from ...spec.language.rows import Declaration
from . import cache, code
from .artifact import Artifact, read
from .code import Code
from .fingerprint import fingerprint
from .layout import Layout, lay_out
from .memory import KINDS, Unit
from .module import MOST_CHOICES, TOO_MANY_CHOICES, Entry, waiters
from .program import build
from .stubborn import Stubborn, stubborn, units_of
from .symmetry import symmetry_of

SECONDS_PER_BYTE = 1e-5
"""What it takes to make a byte of quickly made code fast; on a 2-core x86-64 machine."""


@dataclass(frozen=True)
class Partial:
    """What a search by a part of the steps starts from, and what is asked of it."""

    initial: Sequence[Values]
    asked: Sequence[Property]


@dataclass
class Compiled:
    """Machine code for one world, and what its records mean.

    Code that was made quickly can be exchanged for `optimised` code; what calls it then has to ask for its address
    again.
    """

    layout: Layout
    unit: Unit
    rows: tuple[Declaration, ...]
    waiters: tuple[tuple[type, int], ...]
    stubborn: Stubborn | None
    """Which steps can be put off, if any are to be."""
    key: str
    """Stands for exactly this text of LLVM's."""
    code: Code
    optimised: bool
    patience: float
    """After a search has taken so many seconds of the processor it has been worth it to optimise."""
    seconds: float
    text: Callable[[], str] = field(repr=False)
    """LLVM's text, which is lowered anew if it is asked for."""
    _make: Callable[[], Code] = field(repr=False)

    def optimise(self) -> None:
        """Exchange the code for code that is three times as fast, which takes seconds."""
        made = self._make()
        made.take_over(self.code, len(self.unit.dynamic), len(self.unit.points))
        self.code, self.optimised = made, True

    def site(self, code: int, row: Declaration) -> Site:
        """Where a step of `row` with this error code broke. Raises `SpecError` if it did not fit the engine."""
        if code == TOO_MANY_CHOICES:
            raise SpecError(
                f"{row.qualname} makes more than {MOST_CHOICES} choices in one step",
                file=row.file,
                line=row.line,
                instead="split the row",
            )
        return self.unit.describe(code)

    @property
    def most_findings(self) -> int:
        """How many different findings there can be."""
        errors = (len(self.unit.sites) + 1) * KINDS + 1
        return errors + (len(self.rows) + 1) * len(self.unit.system.case_names) + 1


def compile_world(
    world: PlainWorld,
    *,
    optimise: bool = True,
    symmetric: bool = False,
    deadlocks: bool = True,
    liveness: Container[str] | None = None,
    partial: Partial | None = None,
) -> Compiled:
    """Translate, generate and compile, as far as it is not kept from another time.

    Without `optimise`, code that is not kept is made twenty times faster, and is a third as fast; it can be optimised
    later. `symmetric` code leads from representatives to representatives; with `deadlocks` it keeps apart who waits,
    with `liveness` (by default all of it) who is promised something. With `partial`, it is derived which steps can be
    put off.
    """
    started = time.perf_counter()
    with _nothing_collected():
        program = build(world.system, world.pools)
        symmetry = symmetry_of(world, program, deadlocks=deadlocks, liveness=liveness) if symmetric else None
        layout = lay_out(world)
        units = () if partial is None else units_of(world)
        key = fingerprint(world, program, layout, symmetry, by_unit=bool(units))
        unit = Unit(world.system, program, layout, symmetry, units)
        relations = None if partial is None else stubborn(world, program, partial.initial, partial.asked)

    def lower() -> Unit:
        lowered = Unit(world.system, program, layout, symmetry, units)
        Entry(lowered, world).build()
        return lowered

    found = _recalled(key, unit, optimise=True)
    optimised = found is not None or optimise
    if found is None:
        found = (None if optimise else _recalled(key, unit, optimise=False)) or _made(key, lower, optimise=optimise)
    unit.sites, unit.points = list(found.sites), {point: number for number, point in enumerate(found.points)}
    return Compiled(
        layout,
        unit,
        world.system.steps,
        waiters(world.system, world.pools),
        relations,
        found.text,
        code.load(found.code),
        optimised,
        SECONDS_PER_BYTE * len(found.code),
        time.perf_counter() - started,
        lambda: str(lower().module),
        lambda: code.load((_recalled(key, unit, optimise=True) or _made(key, lower, optimise=True)).code),
    )


def _recalled(key: str, unit: Unit, *, optimise: bool) -> Artifact | None:
    """What is kept of a world that has this fingerprint."""
    kept = cache.recall(_name(key, optimise=optimise))
    return read(kept, unit.program) if kept else None


def _made(key: str, lower: Callable[[], Unit], *, optimise: bool) -> Artifact:
    """What is made of a world, and kept."""
    with _nothing_collected():
        unit = lower()
        text = str(unit.module)
        made = code.object_file(text, optimise=optimise)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        artifact = Artifact(digest, tuple(unit.sites), tuple(unit.points), made)
    cache.keep(_name(key, optimise=optimise), artifact.written(unit.program))
    return artifact


def _name(key: str, *, optimise: bool) -> str:
    """What code is kept under."""
    return hashlib.sha256("\0".join((key, str(optimise), *code.made_by(optimise))).encode()).hexdigest()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Nothing that is made meanwhile is garbage: to look for it takes longer than all else."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
