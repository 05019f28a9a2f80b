"""From representatives back to an execution of the spec: under symmetry, an engine keeps one state of each orbit.

A step leads from a representative to a state, and what is kept is that state's representative: the slots have other
numbers then. An execution is found by taking the steps in plain Python from the initial state as it was made, each
time one that leads into the orbit of the next representative. There always is one: renaming turns steps into steps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from ...spec.language.plain import PlainWorld, Values
from ..compile.native import Compiled
from .trace import ReplayError


class Representatives:
    """The representative of each state, as the compiled code finds it."""

    def __init__(self, compiled: Compiled) -> None:
        self.layout = compiled.layout
        self._code = compiled.code  # the search may go on with other code
        self._function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(compiled.code.canonical)

    def words(self, state: Values) -> tuple[int, ...]:
        """The representative of a state, packed."""
        words = (ctypes.c_uint64 * self.layout.words)(*self.layout.pack(state))
        self._function(ctypes.addressof(words))
        return tuple(words)

    def of(self, state: Values) -> Values:
        """The representative of a state."""
        return self.layout.unpack(self.words(state))


def execution(
    world: PlainWorld, representatives: Representatives, start: Values, path: Sequence[Values]
) -> tuple[Values, ...]:
    """The states of an execution from `start` along a path of representatives, the first of which is that of `start`.

    Raises `ReplayError` if the spec has no such step, which is a bug of the checker.
    """
    states = [start]
    for wanted in path[1:]:
        reached = (edge.after for edge in world.edges(states[-1]) if edge.after is not None)
        found = next((after for after in reached if representatives.of(after) == wanted), None)
        if found is None:
            raise ReplayError("the oracle has no step into the orbit of the next state of the engine's path")
        states.append(found)
    return tuple(states)
