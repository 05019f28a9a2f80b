"""From a world to machine code, kept in a cache: the same spec compiles once on a machine."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld, Site, Values
from ...spec.language.properties import Property
from ...spec.language.rows import Declaration
from ...spec.language.system import Scope
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
    """Stands for exactly this world, and this compiler."""
    code: Code
    optimised: bool
    """Whether there is nothing to gain any more."""
    patience: float
    """After a search has taken so many seconds of the processor it has been worth it to optimise."""
    seconds: float
    _began: str
    """With which states a search began in which ran what the code does not mark; empty if it marks all."""
    _lowering: _Lowering = field(repr=False)

    def begin(self, began: str) -> None:
        """Exchange the code if it does not mark what ran in a search that began with other states than these."""
        if self._began not in ("", began):
            self._exchange(self._lowering.marking(optimise=False))
            self.optimised = False

    def optimise(self, began: str) -> None:
        """Exchange the code for code that is three times as fast, which takes seconds. It marks what is yet to run.

        `began` stands for the states with which the search began.
        """
        before, ran = self.code, [point for point, mark in enumerate(self.covered) if mark]
        self._exchange(self._lowering.sparing(ran, began))
        self.code.take_over(before, len(self.unit.dynamic))
        self.code.mark(ran)
        self.optimised = True

    def _exchange(self, artifact: Artifact) -> None:
        self.code, self._began = self._lowering.loaded(artifact), artifact.began

    def text(self) -> str:
        """LLVM's text, made anew: it marks all that runs."""
        return str(self._lowering.lowered().module)

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
    def covered(self) -> ctypes.Array[ctypes.c_uint8]:
        """The marks of what ran, of each of the spec's points."""
        return (ctypes.c_uint8 * len(self.unit.points)).from_address(self.code.covered)

    @property
    def most_findings(self) -> int:
        """How many different findings there can be."""
        errors = (len(self.unit.sites) + 1) * KINDS + 1
        return errors + (len(self.rows) + 1) * len(self.unit.system.case_names) + 1


def compile_world(
    world: PlainWorld,
    scope: Scope | None = None,
    *,
    asked: frozenset[str] | None = None,
    optimise: bool = True,
    symmetric: bool = False,
    deadlocks: bool = True,
    partial: Partial | None = None,
) -> Compiled:
    """Translate, generate and compile, as far as it is not kept from another time.

    It judges the properties that are `asked` for, by default all. Without `optimise`, code that is not kept is made
    twenty times faster, and is a third as fast; it can be optimised later: then it does not mark what has run before.
    With a `scope` that may be code of an earlier search of it, for one that will `begin`. `symmetric` code leads from
    representatives to representatives; it keeps apart who is promised something, and with `deadlocks` who waits. With
    `partial`, it is derived which steps can be put off.
    """
    started = time.perf_counter()
    with _nothing_collected():
        program = build(world.system, world.pools)
        symmetry = symmetry_of(world, program, deadlocks=deadlocks, liveness=asked) if symmetric else None
        layout = lay_out(world)
        units = () if partial is None else units_of(world)
        key = fingerprint(world, program, layout, symmetry, by_unit=bool(units))
        unit = Unit(world.system, program, layout, symmetry, units)
        relations = None if partial is None else stubborn(world, program, partial.initial, partial.asked)
    cases = world.system.cases_of(asked)
    lowering = _Lowering(world, unit, key, cases, None if scope is None else tuple(map(str, scope)))
    found = (None if scope is None else lowering.recalled(SPARING)) or lowering.marking(optimise=optimise)
    unit.sites, unit.points = list(found.sites), {point: number for number, point in enumerate(found.points)}
    return Compiled(
        layout,
        unit,
        world.system.steps,
        waiters(world.system, world.pools),
        relations,
        key,
        lowering.loaded(found),
        optimise or bool(found.began),
        SECONDS_PER_BYTE * len(found.code),
        time.perf_counter() - started,
        found.began,
        lowering,
    )


QUICK, OPTIMISED, SPARING = range(3)
"""How code is made: quickly; well; or well, and without the marks of what has run."""


@dataclass(frozen=True)
class _Lowering:
    """How a world becomes an object file, which is kept under the world's `key`.

    Optimised code is for searches for certain `cases`, and what spares marks for those of one `scope`, if there is one.
    """

    world: PlainWorld
    unit: Unit
    key: str
    cases: frozenset[str]
    scope: tuple[str, ...] | None

    def loaded(self, artifact: Artifact) -> Code:
        """The code in memory, which judges these cases."""
        made = code.load(artifact.code)
        made.mark(artifact.ran)
        made.ask(sum(1 << bit for bit, name in enumerate(self.world.system.case_names) if name in self.cases))
        return made

    def lowered(self, ran: Collection[int] = (), cases: frozenset[str] | None = None) -> Unit:
        """The module, for certain cases or for any, which has no marks for points of these numbers."""
        known, marked = self.unit, frozenset(point for point, number in self.unit.points.items() if number in ran)
        unit = Unit(known.system, known.program, known.layout, known.symmetry, known.units, marked)
        Entry(unit, self.world, cases).build()
        return unit

    def marking(self, *, optimise: bool) -> Artifact:
        """Code that marks all that runs, as good as it has to be, or better."""
        kept = self.recalled(OPTIMISED) or (None if optimise else self.recalled(QUICK))
        return kept or self._made(OPTIMISED if optimise else QUICK)

    def sparing(self, ran: Collection[int], began: str) -> Artifact:
        """Optimised code that does not mark what ran by now, or in an earlier search that began with these states."""
        kept = self.recalled(SPARING)
        return kept if kept and kept.began == began else self._made(SPARING, ran, began)

    def recalled(self, form: int) -> Artifact | None:
        """What is kept of it."""
        kept = cache.recall(self._name(form))
        return read(kept, self.unit.program) if kept else None

    def _made(self, form: int, ran: Collection[int] = (), began: str = "") -> Artifact:
        """What is made of it, and kept."""
        optimise = form != QUICK
        with _nothing_collected():
            unit = self.lowered(ran, self.cases if optimise else None)
            file = code.object_file(str(unit.module), optimise=optimise)
            artifact = Artifact(tuple(unit.sites), tuple(unit.points), file, tuple(ran), began)
        cache.keep(self._name(form), artifact.written(unit.program))
        return artifact

    def _name(self, form: int) -> str:
        """What code is kept under."""
        of = () if form == QUICK else sorted(self.cases)
        where = (self.scope or ()) if form == SPARING else ()
        words = (self.key, *code.made_by(optimise=form != QUICK), str(form), *of, "", *where)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()


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
