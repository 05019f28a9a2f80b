"""What is known of the rows of a spec besides how they stand there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...spec.language.rows import Declaration
from ...spec.language.system import Scope, System, thread_of
from ...spec.language.variants import Profile, variant
from ..compile.program import build, impure
from ..explore.check import check
from ..explore.search import Watch, silent
from .outline import Outline, outline


@dataclass(frozen=True)
class Known:
    """Of a system in one version. Of what is not known, nothing is shown."""

    outlines: Mapping[Declaration, Outline] = field(default_factory=dict)
    threads: Sequence[str] = ()
    """All those that run steps: each has its own colour in all pictures."""
    never: Collection[str] = ()
    """The rows that never fire, by their names (`Change.part`)."""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The rows that fire here and not in every version: in which they do."""


def known(system: System, profile: Profile, scope: Scope, watch: Watch = silent) -> Known:
    """All there is to know: every version is explored. What a search did not complete says nothing of."""
    dead = {each.name: _never(system, each, scope, watch) for each in system.profiles}
    fire = {row.qualname: [name for name, never in dead.items() if row.qualname not in never] for row in _steps(system)}
    never = dead[profile.name]
    only = {row: names for row, names in fire.items() if row not in never and len(names) < len(dead)}
    with variant(profile):
        return replace(outlined(system, scope, never), only=only)


def outlined(system: System, scope: Scope, never: Collection[str]) -> Known:
    """What is known of the variant that is looked at without exploring another one."""
    program = build(system, system.pools(scope))
    changes = impure(system, program)
    outlines = {row: outline(function, changes) for row, function in program.functions.items()}
    return Known(outlines, tuple(dict.fromkeys(thread_of(row).name for row in _steps(system))), never)


def _steps(system: System) -> list[Declaration]:
    return [row for machine in system.machines for row in machine.rows if row.kind == "step"]


def _never(system: System, profile: Profile, scope: Scope, watch: Watch) -> set[str]:
    """The rows that never fire in a version."""
    found = check(system, profile=profile, scope=scope, watch=watch)
    return {each.where for each in found.vacuity if each.kind == "row-never-fires"} if found.exhaustive else set()
