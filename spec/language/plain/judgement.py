"""Properties of states and of steps."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import FunctionType
from typing import Any, cast

from ..errors import (
    Violation,
)
from ..machines import Machine, signature
from ..properties import Property
from ..rows import UNFAIR, Declaration, State
from ..system import System, fairness_of
from ..types import DANGLING, RefValue, Value
from .edges import Edge, Values
from .steps import Steps


class PlainWorld(Steps):
    """The states of a system in pools of given sizes, and its steps, run as plain Python.

    `held` are the states in which commands hold their lock, by default all in which they are in flight. If it is empty
    failure atomicity is not defined, so nothing is kept for it.
    """

    def __init__(
        self, system: System, pools: Mapping[type[Machine], int], *, held: frozenset[State] | None = None
    ) -> None:
        super().__init__(system, pools, held=held)
        self._asks: dict[Property, tuple[Value, ...]] = {}
        self._past: PlainWorld | None = None

    def violated(self, state: Values) -> frozenset[str]:
        """The properties of single states that `state` breaks; a `sometimes` is in it where it holds."""
        found = set()
        if any(state[position] == DANGLING and (live < 0 or state[live]) for position, live in self._strict):
            found.add("no-dangling-pointer")
        for machine in self.system.machines:
            if machine.dynamic and any(
                state[instance._base]
                and not any(state[position] == instance._slot + 1 for _, position, _ in self._own.get(machine, ()))
                for instance in self._pools[machine]
            ):
                found.add("no-leak")
        with self.using(state):
            for known in self.system.all_properties:
                if known.between is not None and self.in_flight(state, known.between):
                    found |= self._named(known, state[self._standing[known]])
                elif known.kind in ("invariant", "sometimes"):
                    found |= self._named(known, self._broken_cases(known))
        return frozenset(found)

    def _named(self, known: Property, cases: int) -> set[str]:
        """The names of the cases of a mask."""
        return {name for bit, name in enumerate(self.system.cases[known]) if cases >> bit & 1}

    def dangling(self, state: Values) -> list[str]:
        """The fields that dangle, by name."""
        return [self.positions[p][0] for p, live in self._strict if state[p] == DANGLING and (live < 0 or state[live])]

    def leaked(self, state: Values) -> list[Machine]:
        """The live objects that nobody owns."""
        return [
            instance
            for machine in self.system.machines
            if machine.dynamic
            for instance in self._pools[machine]
            if state[instance._base]
            and not any(state[position] == instance._slot + 1 for _, position, _ in self._own.get(machine, ()))
        ]

    def _remember(self, state: Values, after: Values, mover: Machine) -> Values:
        """Besides the copies: which properties `between` a command were broken already when it began."""
        result = list(super()._remember(state, after, mover))
        flights = {
            command: (self.in_flight(state, command), self.in_flight(after, command)) for command in self._asked_between
        }
        for known, position in self._standing.items():
            assert known.between is not None
            was, now = flights[known.between]
            if now and not was:
                with self.using(state):
                    result[position] = self._broken_cases(known)
            elif not now:
                result[position] = 0
        return tuple(result)

    def _broken_cases(self, known: Property) -> int:
        """The cases in which the body is false for some live instances, as a mask; of a `sometimes`, is true for some.

        An error in the body counts as false.
        """
        assert known.body is not None
        told_by = self.system.told_by.get(known)
        cases = 0
        for arguments in itertools.product(*[list(value.values()) for value in self._parameters(known)]):
            self._rest_calls()
            try:
                holds = bool(known.body(*arguments))
            except (Violation, AssertionError, AttributeError):
                holds = False
            if holds == (known.kind == "sometimes"):
                cases |= 1 << (told_by.raw(arguments[0]) if told_by else 0)
        return cases

    def _parameters(self, known: Property) -> tuple[Value, ...]:
        if known not in self._asks:
            declared = Declaration("property", cast("FunctionType", known.body))
            self._asks[known] = tuple(signature(declared, self.system.names)[0].values())
        return self._asks[known]

    def promises(self, known: Property) -> list[tuple[Any, ...]]:
        """Whom a property of liveness is asked of, one by one: every choice of slots, live or not, and of values."""
        slots = [
            self._pools[value.machine] if isinstance(value, RefValue) else list(value.values())
            for value in self._parameters(known)
        ]
        return list(itertools.product(*slots))

    def promised(self, known: Property, arguments: tuple[Any, ...], state: Values) -> tuple[bool, bool]:
        """Whether a state promises the goal to these instances, and whether they could still be waiting for it there.

        Whoever is gone waits for nothing. An error in the premise counts as true, one in the goal as false.
        """
        if any(isinstance(each, Machine) and not self._alive(state, each) for each in arguments):
            return False, False
        with self.using(state):
            waiting = not self._holds(cast("FunctionType", known.goal), arguments, error=False)
            if known.kind == "leads-to":
                return waiting and self._holds(cast("FunctionType", known.body), arguments, error=True), waiting
            return waiting, waiting

    @staticmethod
    def _alive(state: Values, instance: Machine) -> bool:
        return not type(instance).dynamic or bool(state[instance._base])

    def _holds(self, body: FunctionType, arguments: tuple[Any, ...], *, error: bool) -> bool:
        self._rest_calls()
        try:
            return bool(body(*arguments))
        except (Violation, AssertionError, AttributeError):
            return error

    def fair(self) -> list[tuple[Declaration, Machine]]:
        """The rows of instances that are fair, each by itself, in the order in which they are tried."""
        return [
            (row, instance)
            for machine in self.system.machines
            for instance in self._pools[machine]
            for row in self.system.steps
            if row.machine is machine and fairness_of(row) is not UNFAIR
        ]

    def broken_by(self, state: Values, edge: Edge) -> frozenset[str]:
        """The properties that a step from `state` breaks: by its error, on its way, or where it leads.

        What was broken before is not; a `sometimes` is in it where it holds.
        """
        if edge.error is not None:
            return frozenset({edge.error.property})
        if edge.after is None:
            return frozenset()
        on_the_way = edge.broken | self.violated_by_step(state, edge.after)
        return on_the_way | (self.violated(edge.after) - self.violated(state))

    def violated_by_step(self, before: Values, after: Values) -> frozenset[str]:
        """The action properties that a step breaks."""
        actions = [known for known in self.system.all_properties if known.kind == "action"]
        if not actions:
            return frozenset()
        if self._past is None:
            self._past = PlainWorld(self.system, self.pools, held=self.held)
        other = self._past
        other.values = list(before)
        found = set()
        with self.using(after):
            for known in actions:
                assert known.body is not None
                value = self._parameters(known)[0]
                assert isinstance(value, RefValue)
                for old, new in zip(other._pools[value.machine], self._pools[value.machine], strict=True):
                    if other.live(old) and self.live(new):
                        self._rest_calls()
                        other._rest_calls()
                        try:
                            holds = bool(known.body(old, new))
                        except (Violation, AssertionError, AttributeError):
                            holds = False
                        if not holds:
                            found.add(known.name)
        return frozenset(found)
