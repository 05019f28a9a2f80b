"""The tester's graph: the states at rest of one configuration, and the stimuli that lead from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import Configuration
from ..conform.conversation import Move, moves
from ..conform.suspension import Suspension
from ..conform.target import Target


@dataclass(frozen=True, eq=False)
class Graph:
    """What a tester can be sure of: every state that some conversation certainly leads to, and what can be done there.

    Behind a stimulus that may come out in several states nothing is explored: a tour is written down before it is had,
    and can't wait and see.
    """

    configuration: Configuration
    world: PlainWorld
    initial: Sequence[Values]
    moves: Mapping[Values, Sequence[Move]]


def explored(suspension: Suspension, target: Target | None = None, watch: Callable[[], None] = lambda: None) -> Graph:
    """The graph of a configuration, or what of it a target can be driven along. `watch` is called in each state."""
    initial = [state for state in suspension.initial if not (target and target.lacks(suspension.words(state)))]
    found: dict[Values, Sequence[Move]] = dict.fromkeys(initial, ())
    for state in (waiting := list(initial)):
        watch()
        found[state] = tuple(moves(suspension, state, target.drives if target else None))
        for move in found[state]:
            if move.after is not None and move.after not in found:
                found[move.after] = ()
                waiting.append(move.after)
    return Graph(suspension.configuration, suspension.world, initial, found)
