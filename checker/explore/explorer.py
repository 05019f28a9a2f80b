"""One version of a system, compiled once for many searches, and what a search leaves behind: every state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...spec.language.plain import PlainWorld
from ...spec.language.system import Scope, System
from ...spec.language.variants import Profile, variant
from ..compile.layout import Layout, Place
from ..compile.native import compile_world
from .check import judged, one_at_a_time
from .locking import held_states
from .memory import free_bytes
from .native import Exploration
from .result import Result, Trace
from .search import Bounds, Cause, Search, Watch, silent
from .trace import finding
from .warming import warming_up

Array = np.ndarray[Any, Any]


class Explorer:
    """One variant of a system in pools with room for each configuration of `room`, compiled once for many searches.

    A configuration may then have more slots than it asks for. That makes no difference where it says itself what is
    in use, and where no search was cut for want of a slot. A pool whose size is all that bounds it has to be the same
    in all configurations of `room`.
    """

    def __init__(self, system: System, room: Scope, *, profile: str | Profile | None = None, lock: str = "bql") -> None:
        self.profile = profile if isinstance(profile, Profile) else system.profile(profile)
        self.lock = lock
        with one_at_a_time, variant(self.profile):
            self.world = PlainWorld(system, system.pools(room), held=held_states(system, lock))
            with warming_up():
                self.compiled = compile_world(self.world, optimise=False)

    def reach(self, scope: Scope, *, max_states: int = 0, deadlocks: bool = False, watch: Watch = silent) -> Reached:
        """Visit the states of a scope; `max_states` bounds the search. Who waits for ever is looked for if asked."""
        asked = None if deadlocks else self.world.system.cases_of(None)
        bounds = Bounds(max_states, max(1, free_bytes() * 85 // 100), deadlocks=deadlocks, asked=asked)
        with one_at_a_time, variant(self.profile):
            exploration = Exploration(self.world, self.compiled, bounds, watch)
            return Reached(self, exploration, exploration.run(self.world.initial(scope)))


@dataclass(frozen=True)
class Reached:
    """The states of a search, packed, in the order in which they were found."""

    explorer: Explorer
    exploration: Exploration
    search: Search

    @property
    def layout(self) -> Layout:
        """How they are packed."""
        return self.exploration.compiled.layout

    @property
    def states(self) -> Array:
        """The words of each state."""
        store = self.exploration.store
        return store.states[: self.search.states * store.words].reshape(-1, store.words)

    def result(self, scope: str = "custom") -> Result:
        """What `check` says of it. What parts of the spec never ran is that of all searches of the explorer so far."""
        explorer = self.explorer
        with one_at_a_time, variant(explorer.profile):
            return judged(explorer.world, self.search, explorer.profile, scope=scope, lock=explorer.lock)

    def trace(self, state: int) -> Trace:
        """The shortest way to the state of a number."""
        with one_at_a_time, variant(self.explorer.profile):
            world = self.explorer.world
            reached = Cause(world.system.case_names[0], self.exploration.path(state))  # what is wrong there is not told
            return finding(world, reached).trace


def stored_in(place: Place, slot: int, states: Array) -> Array:
    """The field of a slot as it is stored, in each state."""
    if not place.bits:
        return np.zeros(len(states), np.uint64)
    at, shift = place.at(slot)
    stored: Array = states[:, at] >> np.uint64(shift) & np.uint64((1 << place.bits) - 1)
    return stored
