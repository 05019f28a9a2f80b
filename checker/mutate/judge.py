"""One mistake, judged: explored as the original was, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld
from ...spec.language.rows import Declaration
from ...spec.language.system import Scope, System
from ...spec.language.variants import Defect, Mutant, Profile, variant
from ..compile.coverage import Point
from ..compile.ir import For, If, Program, Require, Statement
from ..compile.native import compile_world
from ..explore.native import Exploration
from ..explore.search import Bounds, Search, silent
from ..explore.vacuity import ends
from .visible import Seen, seen

Fate = Literal["killed", "survived", "unfinished", "equivalent", "identical", "dead", "refused"]
"""What becomes of a mistake.

`killed`: it breaks a property. `survived`: the outside sees other steps than before, and no property minds.
`unfinished`: it breaks nothing among the first states, of which there are far more than before. `equivalent`: it breaks
nothing, and the outside sees exactly the steps that it saw before. `identical`: inside, too, every step is as it was.
`dead`: its place never runs. `refused`: it is no spec, or none that can start.
"""

MOST_TIMES = 20
"""A mutant may have so many times the states of the original before its search is given up."""


@dataclass(frozen=True)
class Original:
    """What a mistake is compared with: a profile in which every property holds."""

    system: System
    profile: Profile
    configurations: Scope
    program: Program = field(repr=False)
    ran: Mapping[Declaration, frozenset[int]] = field(repr=False)
    """The lines of each row that ran."""
    states: int
    seen: Seen = field(repr=False)


def original(system: System, profile: Profile, configurations: Scope) -> Original:
    """Explore the profile itself. Raises `SpecError` if it breaks a property: then a mutant that does shows nothing."""
    with variant(profile):
        found, search = _explored(system, configurations, 0)
        for name in _broken(system, found):
            raise system.refused(
                f"profile {profile.name} breaks {name} by itself: a mutant that does shows nothing",
                "mutate a profile and a scope in which every property holds",
            )
        program = search.compiled.unit.program
        marks = search.marks()
        ran = {row: frozenset(_ran(row, program, marks, found.fired)) for row in program.functions}
        return Original(system, profile, configurations, program, ran, found.states, seen(search))


def fate(known: Original, mistake: Defect | Mutant) -> tuple[Fate, tuple[str, ...]]:
    """What becomes of a mistake, and the properties that it breaks."""
    if isinstance(mistake, Mutant) and not known.ran[mistake.row] & frozenset(range(mistake.first, mistake.last + 1)):
        return "dead", ()
    try:
        with variant(known.profile, mistake):
            found, search = _explored(known.system, known.configurations, MOST_TIMES * known.states)
            by = _broken(known.system, found)
            if by:
                return "killed", by
            if found.stopped:
                return "unfinished", ()
            now = seen(search)
            if now.visible != known.seen.visible:
                return "survived", ()
            return ("identical" if now.graph == known.seen.graph else "equivalent"), ()
    except SpecError:
        return "refused", ()


def _explored(system: System, configurations: Scope, most: int) -> tuple[Search, Exploration]:
    """A search by machine code that is not optimised: each mutant is compiled for itself, which takes most."""
    world = PlainWorld(system, system.pools(configurations))
    search = Exploration(world, compile_world(world, optimise=False), Bounds(max_states=most), silent)
    found = search.run(world.initial(configurations))
    if found.stopped == "interrupted":
        raise KeyboardInterrupt
    return found, search


def _broken(system: System, found: Search) -> tuple[str, ...]:
    """The properties that a search breaks, in the order of reports: of a `sometimes`, that it found none."""
    causes = {cause.property for cause in found.causes}
    broken = []
    for known, cases in system.cases.items():
        seen = not causes.isdisjoint(cases)
        if (not seen and not found.stopped) if known.kind == "sometimes" else seen:
            broken.append(known.name)
    return tuple(broken)


def _ran(
    row: Declaration, program: Program, marks: Mapping[Point, bool], fired: Mapping[Declaration, int]
) -> Iterator[int]:
    """The lines of the statements of a row that ran; of a step that never fires, that is its guard."""

    def ran(point: Point) -> bool:
        return marks.get(point, False)

    def of(body: Sequence[Statement]) -> Iterator[int]:
        for statement in body:
            yield statement.line
            if isinstance(statement, For) and ran(Point("loop", row, statement.line)):
                yield from of(statement.body)
            if isinstance(statement, If):
                if ran(Point("then", row, statement.line)):
                    yield from of(statement.then)
                if ran(Point("else", row, statement.line)):
                    yield from of(statement.other)
                if ends(row, statement, ran):
                    return

    body = program.functions[row].body
    if row.kind == "step" and not fired.get(row):
        guards = [position for position, statement in enumerate(body) if isinstance(statement, Require)]
        body = body[: max(guards, default=-1) + 1]
    if ran(Point("entered", row, row.line)):
        yield from of(body)
