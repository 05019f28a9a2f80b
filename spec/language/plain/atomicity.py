"""Failure atomicity: copies of what the outside saw when a command began."""

from __future__ import annotations

from functools import cached_property

from ..errors import (
    Violation,
)
from ..machines import Machine
from ..properties import ATOMICITY
from ..rows import Declaration
from ..types import Value
from .edges import Values
from .states import States


class Atomicity(States):
    """What the outside sees, and the copies that commands in flight keep of it."""

    @cached_property
    def _encodings(self) -> list[tuple[Declaration, Machine, Value, int]]:
        """The observables with what each returns, and the lowest value of that."""
        results = [self.result(row) for row, _ in self._observables]
        return [
            (row, instance, value, value.limits(self.pools)[0])
            for (row, instance), value in zip(self._observables, results, strict=True)
        ]

    def observe(self, state: Values) -> list[int]:
        """What the outside sees, 0 where a memory error keeps it from being read."""
        seen = []
        with self.using(state):
            for row, instance, value, lowest in self._encodings:
                self._rest_calls()
                try:
                    seen.append(value.encode(row.body(instance)) - lowest + 1)
                except (Violation, AssertionError, AttributeError):
                    seen.append(0)
        return seen

    def _remember(self, state: Values, after: Values, mover: Machine) -> Values:
        """Keep, update or compare each command's copy of what the outside saw when the command began."""
        flights = [
            (self._now(state, command).in_flight, self._now(after, command).in_flight, command)
            for command in self._ghosts
        ]
        failed = self._failed is not None and bool(self._observables)
        if not failed and not any(was or now for was, now, _ in flights):
            return after
        if self._seen[0] != state:
            self._seen = state, self.observe(state)
        before_seen, after_seen = self._seen[1], self.observe(after)
        result = list(after)
        expected = before_seen
        for was, now, command in flights:
            start = self._ghosts[command]
            ghost = list(state[start : start + len(before_seen)])
            if command is mover and was:
                expected = ghost
            if not now:
                ghost = [0] * len(ghost)
            elif not was:
                ghost = before_seen
            elif command is not mover:
                triples = zip(ghost, before_seen, after_seen, strict=True)
                ghost = [new if old != new else kept for kept, old, new in triples]
            result[start : start + len(ghost)] = ghost
        if failed and expected != after_seen:
            self._broken.add(ATOMICITY.name)
        return tuple(result)
