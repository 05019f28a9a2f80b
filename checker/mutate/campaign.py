"""A campaign: every defect and every mutant of a profile is judged, to see what its properties are worth."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from ...spec.language.properties import Property
from ...spec.language.rows import Declaration, declaration
from ...spec.language.system import Scope, System
from ...spec.language.variants import Defect, Mutant, Profile
from ..explore.check import name_of_scope
from ..explore.result import Vacuity, VacuityKind
from ..explore.search import Progress, Watch, silent
from .judge import Fate, Original, fate, original
from .mutants import mutants


@dataclass(frozen=True)
class Judged:
    """What became of one mistake; `by` are the properties that it breaks. The kind of a Defect is `defect`."""

    kind: str
    name: str
    row: str
    file: str
    line: int
    fate: Fate
    by: tuple[str, ...]
    explanation: str = ""
    """What the profile says of one that survives."""


@dataclass(frozen=True)
class Campaign:
    """The outcome for one profile and scope: `judged` of all the `defects` and `mutants` that there are."""

    spec: str
    profile: str
    scope: str
    defects: int
    mutants: int
    judged: tuple[Judged, ...]
    properties: tuple[str, ...]
    vacuity: tuple[Vacuity, ...]
    """The properties of the spec itself that nothing breaks, or no mutant breaks alone, if everything was tried."""
    seconds: float
    stopped: str = ""

    @property
    def made(self) -> tuple[Judged, ...]:
        """Those that a program made: all but the defects."""
        return tuple(known for known in self.judged if known.kind != "defect")

    def of(self, wanted: Fate) -> tuple[Judged, ...]:
        """The mutants of one fate."""
        return tuple(known for known in self.made if known.fate == wanted)

    @property
    def matter(self) -> int:
        """How many mutants a property could notice: those that run, and that the outside can tell from the original."""
        return sum(len(self.of(each)) for each in ("killed", "survived", "unfinished"))

    @property
    def share(self) -> float:
        """How many of those that matter are killed, from 0 to 1."""
        return len(self.of("killed")) / self.matter if self.matter else 1.0

    def alone(self, name: str) -> tuple[Judged, ...]:
        """The mutants that this property kills and no other."""
        return tuple(known for known in self.made if known.by == (name,))


def mutate(
    system: System,
    *,
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    sample: int = 0,
    seed: int = 0,
    jobs: int = 1,
    watch: Watch = silent,
) -> Campaign:
    """Judge every defect and every mutant of a profile, or `sample` of them chosen by `seed`, in `jobs` processes.

    `profile` is by default the one that the defects edit, and `scope` the first. On Ctrl-C the campaign ends with what
    is judged so far. Raises `SpecError` if the profile breaks a property by itself.
    """
    started = time.perf_counter()
    version = profile if isinstance(profile, Profile) else system.profile(profile or _edited_profile(system))
    where, configurations = name_of_scope(system, scope)
    watch(_progress("looking at the original"))
    known = original(system, version, configurations)
    made = mutants(system, known.program)
    defects = [defect for defect in system.defects if defect.profile == version.name]
    mistakes = _sample([*defects, *made], sample, seed)
    judged: list[Judged] = []
    stopped = ""
    try:
        for outcome, by in _fates(known, mistakes, jobs):
            judged.append(_judged(version, mistakes[len(judged)], outcome, by))
            watch(_progress(f"{len(judged)} of {len(mistakes)} mistakes"))
    except KeyboardInterrupt:
        stopped = "interrupted"
    complete = len(judged) == len(defects) + len(made)
    return Campaign(
        system.name,
        version.name,
        where,
        len(defects),
        len(made),
        tuple(judged),
        tuple(known.name for known in system.all_properties),
        tuple(_worthless(system, version, judged)) if complete else (),
        time.perf_counter() - started,
        stopped,
    )


def _edited_profile(system: System) -> str | None:
    return system.defects[0].profile if system.defects else None


def _progress(phase: str) -> Progress:
    return Progress(0, 0, 0, 0, 0, 0.0, phase)


def _sample(mistakes: Sequence[Defect | Mutant], sample: int, seed: int) -> Sequence[Defect | Mutant]:
    if not sample or sample >= len(mistakes):
        return mistakes
    chosen = random.Random(seed).sample(range(len(mistakes)), sample)
    return [mistakes[position] for position in sorted(chosen)]


def _judged(profile: Profile, mistake: Defect | Mutant, outcome: Fate, by: tuple[str, ...]) -> Judged:
    row = mistake.row if isinstance(mistake, Mutant) else declaration(mistake.edits[0].method)
    assert isinstance(row, Declaration)
    kind, line = "defect", row.line
    if isinstance(mistake, Mutant):
        kind, line = mistake.name.partition("@")[0], mistake.first
    why = profile.explained.get(mistake.name, "") if outcome in ("survived", "unfinished") else ""
    return Judged(kind, mistake.name, row.qualname, row.file, line, outcome, by, why)


def _worthless(system: System, profile: Profile, judged: Sequence[Judged]) -> Iterator[Vacuity]:
    broken = {name for known in judged for name in known.by}
    for known in system.all_properties:
        if known.file and known.name not in broken:  # what comes with the language has no file
            yield _finding(profile, "never-broken", known)
        elif known.file and not any(each.by == (known.name,) for each in judged if each.kind != "defect"):
            yield _finding(profile, "never-alone", known)


def _finding(profile: Profile, kind: VacuityKind, known: Property) -> Vacuity:
    found = Vacuity(kind, known.name, "", known.file, known.line)
    return replace(found, explanation=profile.explained.get(found.id, ""))


# -- in several processes --------------------------------------------------------------------------------------------

_given: list[tuple[Original, Sequence[Defect | Mutant]]] = []
"""What a process has from its parent, by the fork: rows are known by their identity, and can't be sent."""


def _fates(known: Original, mistakes: Sequence[Defect | Mutant], jobs: int) -> Iterator[tuple[Fate, tuple[str, ...]]]:
    """In the order of the mistakes."""
    if jobs < 2 or len(mistakes) < 2:
        yield from (fate(known, mistake) for mistake in mistakes)
        return
    _given.append((known, mistakes))
    pool = ProcessPoolExecutor(jobs, get_context("fork"), _leave_it_to_the_parent)
    try:
        yield from pool.map(_fate, range(len(mistakes)))
    finally:
        # What `map` has asked for is cancelled when its generator ends, which a traceback through it may keep alive.
        pool.shutdown(cancel_futures=True)
        _given.pop()


def _leave_it_to_the_parent() -> None:
    """Ctrl-C goes to every process of a terminal: the parent stops the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _fate(position: int) -> tuple[Fate, tuple[str, ...]]:
    known, mistakes = _given[-1]
    return fate(known, mistakes[position])
