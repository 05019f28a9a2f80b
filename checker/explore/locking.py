"""Which of the modelled locks are held: all, none, or only in some of a command's states."""

from __future__ import annotations

import difflib

from ...spec.language.errors import SpecError
from ...spec.language.rows import State
from ...spec.language.system import System


def held_states(system: System, lock: str) -> frozenset[State] | None:
    """The states in which commands hold their lock: `None` for all in which they are in flight.

    `lock` is "bql" for all of them, "none", or the states themselves, as in `Change.told,Change.detached`. Raises
    `SpecError` for a name that is none of a command's that holds a lock.
    """
    if lock == "bql":
        return None
    if lock == "none":
        return frozenset()
    known = {
        str(state): state
        for command in system.commands
        if command.holds is not None
        for state in command.states
        if state.in_flight
    }
    names = [name.strip() for name in lock.split(",")]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"write {', '.join(['bql', 'none', *known])}"
            raise SpecError(f"no command of {system.name} holds a lock in `{name}`", instead=hint)
    return frozenset(known[name] for name in names)
