"""What is known of the rows of a spec besides how they stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ...spec.language.system import Scope, System, thread_of
from ...spec.language.variants import Profile
from ..compile.ir import Program
from ..compile.program import build, impure
from ..explore.explorer import Explorer, Reached, stored_in
from ..explore.search import Watch, silent
from .outline import Outline, outline


@dataclass(frozen=True)
class Known:
    """Of a system in one version. Of what is not known, nothing is shown."""

    outlines: Mapping[Declaration, Outline] = field(default_factory=dict)
    threads: Sequence[str] = ()
    """All those that run steps: each has its own colour in all pictures."""
    never: frozenset[str] = frozenset()
    """The rows that never fire, by their names (`Change.part`), and the operations that lead to `empty` states only."""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The rows that fire here and not in every version, and those that never do but elsewhere: in which they fire."""
    empty: frozenset[State] = frozenset()
    """The control states that no object is ever in."""


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
    empty: dict[str, frozenset[State]] = {}
    rows: Sequence[Declaration] = ()
    for each in reached:
        system, program = each.explorer.world.system, each.explorer.compiled.unit.program
        name = each.explorer.profile.name
        rows = [row for machine in system.machines for row in machine.rows if row.kind in ("step", "operation")]
        empty[name] = frozenset() if each.search.stopped else _empty(each)
        never = {row.qualname for row in rows if _is_dead(row, each, empty[name])}
        dead[name] = set() if each.search.stopped else never
        if each.explorer.profile is profile:
            outlines = _outlines(system, program)
    fire = {row.qualname: [name for name, never in dead.items() if row.qualname not in never] for row in rows}
    only = {row: names for row, names in fire.items() if 0 < len(names) < len(dead)}
    steps = [row for row in rows if row.kind == "step"]
    return Known(outlines, _threads(steps), frozenset(dead[profile.name]), only, empty[profile.name])


def _is_dead(row: Declaration, reached: Reached, empty: Collection[State]) -> bool:
    """A step that never fires, or an operation that can't have returned: nobody is where it leads."""
    if row.kind == "step":
        return not reached.search.fired.get(row)
    return bool(row.targets) and all(state in empty for state in row.targets)


def _empty(reached: Reached) -> frozenset[State]:
    """The control states that no object is in, in any state of a complete search."""
    machines = [machine for machine in reached.explorer.world.system.machines if machine.states]
    every = {state for machine in machines for state in machine.states}
    return frozenset(every.difference(*(_occupied(machine, reached) for machine in machines)))


def _occupied(machine: type[Machine], reached: Reached) -> Iterator[State]:
    place = reached.layout.places[machine, "state"]
    for slot in range(reached.explorer.world.pools[machine]):
        for stored in np.unique(stored_in(place, slot, reached.states)):
            yield machine.states[int(stored) + place.low]


def outlined(system: System, scope: Scope, never: Collection[str] = ()) -> Known:
    """What is known of the variant that is being looked at, without exploring any."""
    program = build(system, system.pools(scope))
    return Known(_outlines(system, program), _threads(system.steps), frozenset(never))


def _outlines(system: System, program: Program) -> dict[Declaration, Outline]:
    changes = impure(system, program)
    return {row: outline(function, changes, program) for row, function in program.functions.items()}


def _threads(steps: Sequence[Declaration]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thread_of(row).name for row in steps))
