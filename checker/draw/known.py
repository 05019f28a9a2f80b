"""What is known of the rows of a spec besides how they stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...spec.language.rows import Declaration
from ...spec.language.system import Scope, System, thread_of
from ...spec.language.variants import Profile
from ..compile.ir import Program
from ..compile.program import build, impure
from ..explore.explorer import Explorer, Reached
from ..explore.search import Watch, silent
from .outline import Outline, outline


@dataclass(frozen=True)
class Known:
    """Of a system in one version. Of what is not known, nothing is shown."""

    outlines: Mapping[Declaration, Outline] = field(default_factory=dict)
    threads: Sequence[str] = ()
    """All those that run steps: each has its own colour in all pictures."""
    never: frozenset[str] = frozenset()
    """The rows that never fire, by their names (`Change.part`)."""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The rows that fire here and not in every version, and those that never do but elsewhere: in which they fire."""


def searches(system: System, profile: Profile, scope: Scope, watch: Watch = silent) -> Iterator[Reached]:
    """Each version of a system, explored, and `profile` if it is none of them."""
    for each in dict.fromkeys((*system.versions, profile)):
        yield Explorer(system, scope, profile=each).reach(scope, watch=watch)


def known(profile: Profile, reached: Iterable[Reached]) -> Known:
    """All there is to know of a version, from searches of all; each is looked at, and not needed after that.

    What a search did not complete says nothing of rows that never fire.
    """
    dead: dict[str, set[str]] = {}
    outlines: dict[Declaration, Outline] = {}
    steps: Sequence[Declaration] = ()
    for each in reached:
        system, program = each.explorer.world.system, each.explorer.compiled.unit.program
        steps = system.steps
        fired = each.search.fired
        never = {row.qualname for row in steps if not fired.get(row)}
        dead[each.explorer.profile.name] = set() if each.search.stopped else never
        if each.explorer.profile is profile:
            outlines = _outlines(system, program)
    fire = {row.qualname: [name for name, never in dead.items() if row.qualname not in never] for row in steps}
    only = {row: names for row, names in fire.items() if 0 < len(names) < len(dead)}
    return Known(outlines, _threads(steps), frozenset(dead[profile.name]), only)


def outlined(system: System, scope: Scope, never: Collection[str] = ()) -> Known:
    """What is known of the variant that is being looked at, without exploring any."""
    program = build(system, system.pools(scope))
    return Known(_outlines(system, program), _threads(system.steps), frozenset(never))


def _outlines(system: System, program: Program) -> dict[Declaration, Outline]:
    changes = impure(system, program)
    return {row: outline(function, changes, program) for row, function in program.functions.items()}


def _threads(steps: Sequence[Declaration]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thread_of(row).name for row in steps))
