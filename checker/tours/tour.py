"""Transition tours: Naito and Tsunoyama, "Fault detection for sequential machines by transition tours" (1981).

A tour takes each item once, in whatever configuration that is shortest: what was taken in one need not be in another.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field

from ...spec.language.system import Configuration, Scope, System
from ...spec.language.variants import Profile
from ..conform.conversation import Conversation
from ..conform.suspension import Suspension
from ..conform.target import Target
from ..explore.trace import show
from .bound import bound
from .cover import Cover, Item
from .graph import explored
from .greedy import greedy
from .places import Step, places

Watch = Callable[["Tour"], None]
"""Is told how far it is."""


@dataclass(frozen=True)
class Part:
    """A conversation of a tour."""

    configuration: Configuration
    conversation: Conversation
    initial: Mapping[str, str]
    """The state that it starts in, in words."""
    takes: Sequence[Sequence[Item]]
    """What each of its stimuli is the first of the tour to take."""


@dataclass
class Tour:
    """A tour, or what there is of it if it was interrupted."""

    spec: str
    profile: str
    cover: str
    configurations: int
    explored: int = 0
    """Of how many of them all states are known."""
    states: int = 0
    """At rest."""
    items: frozenset[Item] = frozenset()
    """All that some conversation certainly takes."""
    never: frozenset[Item] = frozenset()
    """What the spec has, and none certainly takes."""
    parts: list[Part] = field(default_factory=list)
    bound: int = 0
    """No tour has fewer stimuli."""
    stopped: str = ""

    @property
    def conversations(self) -> list[tuple[Configuration, Conversation]]:
        """What is to be done."""
        return [(part.configuration, part.conversation) for part in self.parts]

    @property
    def length(self) -> int:
        """In stimuli."""
        return sum(len(part.conversation.stimuli) for part in self.parts)

    @property
    def ratio(self) -> float | None:
        """How many times the lower bound the length is; none while it is no tour yet."""
        return self.length / self.bound if self.bound and not self.stopped else None

    @property
    def covered(self) -> frozenset[Item]:
        """What it takes."""
        return frozenset(item for part in self.parts for taken in part.takes for item in taken)


def tour(
    system: System,
    profile: Profile,
    scope: Scope,
    cover: Cover,
    *,
    target: Target | None = None,
    choices: Container[str] | None = None,
    watch: Watch = lambda so_far: None,
) -> Tour:
    """A tour of a scope; with a target, only along what that can be driven. `choices` are those of the tester, all by
    default. Ctrl-C ends it with what there is.
    """
    found = Tour(system.name, profile.name, cover.name, len(scope))
    try:
        graphs = []
        for configuration in scope:
            suspension = Suspension(system, profile, configuration, timers="waited", choices=choices)
            graphs.append(explored(suspension, target, lambda: _seen(found, watch)))
            found.explored += 1
        known = places(graphs, cover)
        found.items = frozenset(item for place in known for step in place.steps for item in step.items)
        found.never = cover.named(system) - found.items
        found.bound = bound(known, cover)
        left = set(found.items)
        for steps in greedy(known):
            found.parts.append(_part(steps, left))
    except KeyboardInterrupt:
        found.stopped = "interrupted"
    return found


def _seen(found: Tour, watch: Watch) -> None:
    """Another state is known."""
    found.states += 1
    watch(found)


def _part(steps: Sequence[Step], left: set[Item]) -> Part:
    """A conversation; what it takes is not left any more."""
    takes = []
    for step in steps:
        takes.append(sorted(step.items & left))
        left -= step.items
    start = steps[0].before
    return Part(
        start.graph.configuration,
        Conversation(start.state, tuple(step.move.stimulus for step in steps)),
        show(start.graph.world, start.state),
        takes,
    )
