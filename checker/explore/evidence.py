"""Why a finding is one: the fields that the broken condition reads, with what is in them.

The step that breaks a property is run once more, in a world that notes which of its values are read; then the
condition alone is evaluated there: a property's body for the objects for which it is false, or what an `assert` or an
`ensure` says where it fails.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import product
from types import CodeType, FrameType, TracebackType
from typing import Any, Self, SupportsIndex

from ...spec.language.errors import Violation
from ...spec.language.machines import LiveValue, Machine
from ...spec.language.plain import Edge, PlainWorld, Site, Values
from ...spec.language.properties import ATOMICITY, Property
from .search import Cause
from .words import word


def evidence(world: PlainWorld, cause: Cause, edges: Sequence[Edge]) -> dict[str, str]:
    """Each field as `Frontend0.fe_is_open`, in the order of reading.

    Of a leak, and of what compares two states, there is none; of an observable, what it was and what it is.
    """
    last = cause.path[-1] if cause.row is None else edges[-1].after
    if cause.property == "no-deadlock":
        with world.using(cause.path[-1]):
            return {f"{instance}.state": instance.state.name for instance in world.busy(cause.path[-1])}
    if cause.property == "no-dangling-pointer" and last is not None:
        return dict.fromkeys(world.dangling(last), "dangling")
    witness = _witness(world)
    witness.wanted, witness.found = cause.property, None
    if cause.row is not None and (edges[-1].error is not None or cause.property in edges[-1].broken):
        return witness.of_step(cause.path[-1], edges[-1])
    known = next(known for known, cases in world.system.cases.items() if cause.property in cases)
    return witness.of_state(known, last) if known.kind == "invariant" and last is not None else {}


@lru_cache(maxsize=1)
def _witness(world: PlainWorld) -> _Witness:
    """One serves for all findings of a search."""
    return _Witness(world.system, world.pools, held=world.held)


class _Values(list[int]):
    """The raw values of a state, and the positions of those that have been read."""

    def __init__(self, values: Values) -> None:
        super().__init__(values)
        self.read: dict[int, int] = {}

    def __getitem__(self, index: Any) -> Any:
        value = super().__getitem__(index)
        if isinstance(index, SupportsIndex):
            self.read.pop(int(index), None)  # what was read last is last
            self.read[int(index)] = value
        return value


class _Witness(PlainWorld):
    """A world that notes what is read."""

    wanted: str
    """The case of a property that it looks at."""
    found: dict[str, str] | None

    @contextmanager
    def using(self, state: Values) -> Iterator[Self]:
        with super().using(state):
            self.values = _Values(state)
            yield self

    def of_state(self, known: Property, state: Values) -> dict[str, str]:
        """What the body reads for all the objects for which it is false."""
        assert known.body is not None
        told_by = self.system.told_by.get(known)
        found: dict[str, str] = {}
        with self.using(state):
            for arguments in product(*[list(value.values()) for value in self._parameters(known)]):
                case = told_by.raw(arguments[0]) if told_by else 0
                if self.system.cases[known][case] == self.wanted:
                    holds, read = self._reading(lambda given=arguments: known.body(*given))  # type: ignore[misc]
                    found |= {} if holds else read
        return found

    def of_step(self, state: Values, edge: Edge) -> dict[str, str]:
        """What is read by the condition at which a step breaks."""
        machine = edge.row.machine
        assert machine is not None
        mine = self._pools[machine][edge.instance]
        if self.wanted == ATOMICITY.name:
            return self._seen_otherwise(state, edge, mine)
        arguments = tuple(
            self._pools[type(each)][each._slot] if isinstance(each, Machine) else each for each in edge.arguments
        )
        self.fire(state, edge.row, mine, arguments, [chosen for _, chosen in edge.choices])
        return self.found or {}

    def broken(self, name: str | None) -> None:
        super().broken(name)
        if self.wanted in self._broken:
            self._at(sys._getframe(2))

    def _judge(self, problem: BaseException) -> Site:
        if isinstance(problem, AssertionError):
            self._at(_innermost(problem.__traceback__))
        elif self.found is None:
            self.found = self._fields(dict([*self._noted.items()][-1:]))
        return super()._judge(problem)

    def _at(self, frame: FrameType) -> None:
        """Evaluate the condition that has failed in a frame; only the first counts."""
        file = frame.f_code.co_filename
        condition = _condition("".join(linecache.getlines(file)), file, frame.f_lineno)
        if self.found is None and condition is not None:
            self.found = {}
            names = {**frame.f_globals, **frame.f_locals}
            self.found = self._reading(lambda: eval(condition, names))[1]

    def _reading(self, condition: Callable[[], object]) -> tuple[bool, dict[str, str]]:
        self._noted.clear()
        try:
            holds = bool(condition())
        except (Violation, AssertionError, AttributeError):
            holds = False
        return holds, self._fields(self._noted)

    @property
    def _noted(self) -> dict[int, int]:
        assert isinstance(self.values, _Values)
        return self.values.read

    def _fields(self, read: Mapping[int, int]) -> dict[str, str]:
        named = ((*self.positions[position], raw) for position, raw in read.items())
        return {
            name: word(value, raw)
            for name, value, raw in named
            if value is not None and not isinstance(value, LiveValue)
        }

    def _seen_otherwise(self, state: Values, edge: Edge, command: Machine) -> dict[str, str]:
        """The observables that a failed command has changed."""
        assert edge.after is not None
        start = self._ghosts.get(command)
        began = start is not None and self._now(state, command).in_flight
        before = state[start:] if began else self.observe(state)
        found = {}
        for (row, instance), old, new in zip(self._observables, before, self.observe(edge.after), strict=False):
            if old != new:
                value = self.result(row)
                words = (word(value, raw - 1 + value.limits(self.pools)[0]) for raw in (old, new))
                found[f"{instance}.{row.name}"] = " → ".join(words)
        return found


def _innermost(traceback: TracebackType | None) -> FrameType:
    assert traceback is not None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame


@cache
def _condition(source: str, file: str, line: int) -> CodeType | None:
    """What an `assert` or an `ensure` in a line says; None if the source is not to be had."""
    said = {
        (node.lineno, node.end_lineno or 0): node.test if isinstance(node, ast.Assert) else node.args[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "ensure")
    }
    found = next((test for (first, last), test in said.items() if first <= line <= last), None)
    return None if found is None else compile(ast.Expression(found), file, "eval")
