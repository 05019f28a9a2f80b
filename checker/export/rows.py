"""Rows as routines: what a call checks, the body, and the control state at its end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from ...spec.language.errors import IllegalTransition, NullDereference, RunawayCallback
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ..compile.ir import NOTHING, Function, Pointer, Require, Type
from .fields import read, the
from .frame import Frame
from .model import Model
from .names import Names
from .routines import call
from .statements import Statements, ends
from .text import Lines, Part, block, check, headed, joined


def alone(model: Model, row: Declaration, function: Function, names: Names) -> str:
    """A routine that is only called with objects that there are: a step's, a property's. `names` has its parameters."""

    def fill() -> Lines:
        frame = Frame(names)
        part = Row(model, row, function, frame).part()
        given = [(names[name], domain(model, kind)) for name, kind in function.parameters]
        result = "" if function.result == NOTHING else model.kind(function.result)
        return headed(model.names[row], given, result, frame.variables, part)

    return model.routine(row, model.names[row], fill)


def domain(model: Model, kind: Type) -> str:
    """The type of what a parameter of a rule or a property ranges over: of pointers, the slots."""
    return model.slots(kind.machine) if isinstance(kind, Pointer) else model.kind(kind)


def parameters(function: Function, names: Names) -> Names:
    """Names for the parameters of a row."""
    for name, _ in function.parameters:
        names.give(name, name)
    return names


def in_states(model: Model, text: str, states: Sequence[State]) -> str:
    """Whether a control state is one of several: said by what it is, or by what it is not."""
    machine = states[0].machine
    assert machine is not None
    others = [state for state in machine.states if state not in states]
    if len(others) < len(states):
        return joined("&", [f"{text} != {model.names[state]}" for state in others]) or "true"
    return joined("|", [f"{text} = {model.names[state]}" for state in states])


class Row:
    """One routine being made; the names of its frame have its parameters."""

    def __init__(self, model: Model, row: Declaration, function: Function, frame: Frame) -> None:
        self.model, self.row, self.function, self.frame = model, row, function, frame
        self.lenient = row in model.beside
        self.text = Statements(model, frame, function.result, lenient=self.lenient)
        self.me = next(iter(function.parameters), ("", None))[0]

    def part(self) -> Part:
        """What the routine does."""
        model, row, function, text = self.model, self.row, self.function, self.text
        if row.machine is not None:
            text.sure.add(self.me)
        if row.kind in ("step", "property"):
            text.sure |= {name for name, kind in function.parameters if isinstance(kind, Pointer)}
        for name, kind in function.locals.items():
            self.frame.variable(name, model.kind(kind), name)
        if len(row.targets) > 1:
            assert row.machine is not None
            text.destination = self.frame.variable("destination", model.names["States", row.machine])
        text.leaving = self._leaving()
        lines = [*self._entering(), *text.statements(function.body)]
        if not ends(function.body):
            lines += text.leaving
        return Part(lines, row.summary)

    def _check(self, holds: str, name: str) -> Lines:
        if not self.lenient:
            return check(holds, name)
        return check(holds, name, self.text.returned(self.model.some(self.function.result)))

    def _entering(self) -> Lines:
        """What a call checks, then the monitors that are told of it."""
        model, row = self.model, self.row
        if row.kind not in ("operation", "finalizer", "observable"):
            return []
        lines: Lines = []
        me = self.frame.names[self.me] if self.me else ""
        if row.machine is not None and row.kind != "finalizer":
            lines += self._check(f"{me} != None", NullDereference.name)
        if row.depth is not None:
            counter = model.counter(row)
            lines += [*self._check(f"{counter} < {row.depth}", RunawayCallback.name), f"{counter} := {counter} + 1;"]
        if row.sources:
            assert row.machine is not None
            holds = in_states(model, self._state(row.machine, me), row.sources)
            lines += check(holds, IllegalTransition.name, [] if self.lenient else None)
        for _, handler in model.told.get(row, ()):
            given = [self.frame.names[name] for name, _ in self.function.parameters]
            lines.append(f"{call(model, handler, [me, *given], self.frame.circle)};")
        return lines

    def _state(self, machine: type[Machine], me: str) -> str:
        made = machine.fields["state"]
        return f"{read(self.model, made)}({me})" if machine.dynamic else self.model.at(me, made)

    def _leaving(self) -> Lines:
        """The control state changes; entering one that forgets blanks the fields."""
        model, row, machine = self.model, self.row, self.row.machine
        lines: Lines = []
        if row.targets:
            assert machine is not None
            me = self.frame.names[self.me]
            slot = f"{the(model, machine)}({me})" if machine.dynamic else me
            goal = self.text.destination or model.names[row.targets[0]]
            lines.append(f"{model.at(slot, machine.fields['state'])} := {goal};")
            for target in row.targets:
                if target.clear:
                    forget = [f"{call(model, ('clear', machine), [me], self.frame.circle)};"]
                    test = f"if {self.text.destination} = {model.names[target]} then"
                    lines += block(test, forget, "endif;") if self.text.destination else forget
        if row.depth is not None:
            counter = model.counter(row)
            lines.append(f"{counter} := {counter} - 1;")
        return lines


def guards(function: Function) -> tuple[Require, ...]:
    """The guards at the very head of a step."""
    return tuple(itertools.takewhile(lambda known: isinstance(known, Require), function.body))  # type: ignore[arg-type]


def without(function: Function, count: int) -> Function:
    """A function without its first statements."""
    return replace(function, body=function.body[count:])
