"""How much of a spec the tests of an implementation have seen: rows that were certainly taken, and states at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from ...spec.language.system import Configuration, System
from ...spec.language.variants import Profile
from ..conform.held import Held
from ..explore.check import check

MOST_STATES = 2_000_000
"""Of a scope that has more it is not found out which rows happen in it at all."""


@dataclass
class Visited:
    """Of one version of a spec, what was seen, and what there is to be seen."""

    rows: set[str] = field(default_factory=set)
    states: set[int] = field(default_factory=set)
    """A number for each: there are only to be counted, in several processes."""
    happening: set[str] = field(default_factory=set)
    """The rows that happen in the configurations that were tested, but for those that no test can take."""

    @property
    def missed(self) -> list[str]:
        """The rows that were never taken."""
        return sorted(self.happening - self.rows)

    @property
    def percent(self) -> float:
        """Which share of the rows was taken."""
        return 100 * len(self.rows & self.happening) / len(self.happening) if self.happening else 100.0


@dataclass
class Tested:
    """A version of a spec that tests of this process hold an implementation to."""

    system: System
    profile: Profile
    configurations: dict[str, Configuration] = field(default_factory=dict)
    cannot: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    states: set[int] = field(default_factory=set)

    def visited(self) -> Visited:
        """With a look at what happens at all."""
        result = check(
            self.system, profile=self.profile, scope=list(self.configurations.values()), max_states=MOST_STATES
        )
        fired = {row for row, count in result.coverage.items() if count}
        happening = fired if result.exhaustive else {row.qualname for row in self.system.steps}
        return Visited(self.rows, self.states, happening - self.cannot)


class Coverage:
    """What all tests of this process have seen, by the system's and the profile's name."""

    def __init__(self) -> None:
        self.tested: dict[str, Tested] = {}

    def expect(self, system: System, profile: Profile, scope: Iterable[Configuration], cannot: Iterable[str]) -> None:
        """These configurations are going to be tested, but for rows that no test can take."""
        known = self.tested.setdefault(f"{system.name} as {profile.name}", Tested(system, profile))
        known.configurations.update({str(each): each for each in scope})
        known.cannot.update(cannot)

    def add(self, held: Held) -> None:
        """After a stimulus: the rows that it has certainly brought, and where the implementation is, if that is known.

        Several answers that fit leave open what was taken.
        """
        suspension = held.suspension
        known = self.tested[f"{suspension.system.name} as {suspension.profile.name}"]
        if held.answers:
            known.rows |= frozenset.intersection(*(answer.rows for answer in held.answers))
        if len(held.states) == 1:
            known.states.add(hash((crc32(str(suspension.configuration).encode()), *held.states)))


COVERAGE = Coverage()


def written(visited: Mapping[str, Visited]) -> dict[str, Any]:
    """As plain values, for another process; numbers as large as a state's do not get through."""
    return {
        name: [sorted(each.rows), list(map(str, each.states)), sorted(each.happening)] for name, each in visited.items()
    }


def merge(visited: dict[str, Visited], told: Mapping[str, Any]) -> None:
    """Add what another process has seen."""
    for name, (rows, states, happening) in told.items():
        each = visited.setdefault(name, Visited())
        each.rows.update(rows)
        each.states.update(map(int, states))
        each.happening.update(happening)
