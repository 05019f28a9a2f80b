"""Rows as routines: what a call checks, the body, and the control state at its end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from ...spec.language.errors import IllegalTransition, NullDereference, RunawayCallback
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ..compile.ir import Function, Pointer, Require, StateType
from .model import Model
from .statements import Statements, ends
from .text import Lines, Part, joined


def in_states(model: Model, text: str, states: Sequence[State]) -> str:
    """Whether a control state is one of several: said by what it is, or by what it is not."""
    machine, syntax = states[0].machine, model.syntax
    assert machine is not None
    others = [state for state in machine.states if state not in states]
    if len(others) < len(states):
        return joined(syntax.both, [f"{text} != {model.names[state]}" for state in others]) or "true"
    return joined(syntax.either, [f"{text} {syntax.equal} {model.names[state]}" for state in states])


class Row:
    """One routine being made; the names of its frame have its parameters."""

    def __init__(self, text: Statements, row: Declaration, function: Function) -> None:
        self.model, self.text, self.frame = text.model, text, text.frame
        self.row, self.function = row, function
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
            text.destination = self.frame.variable("destination", model.kind(StateType(row.machine)))
        text.leave_by(self._leaving())
        lines = [*self._entering(), *text.statements(function.body)]
        if not ends(function.body):
            lines += text.leaving
        return Part(lines, row.summary)

    def _entering(self) -> Lines:
        """What a call checks, then the monitors that are told of it."""
        model, row, text = self.model, self.row, self.text
        if row.kind not in ("operation", "finalizer", "observable"):
            return []
        lines: Lines = []
        me = self.frame.names[self.me] if self.me else ""
        if row.machine is not None and row.kind != "finalizer":
            lines += text.enter(f"{me} != None", NullDereference.name)
        if row.depth is not None:
            counter = model.counter(row)
            lines += text.enter(f"{counter} < {row.depth}", RunawayCallback.name)
            lines.append(text.becomes(counter, f"{counter} + 1"))
        if row.sources:
            assert row.machine is not None
            with text.apart() as before:
                state = self._state(row.machine, me)
            lines += [*before, *text.check(in_states(model, state, row.sources), IllegalTransition.name)]
        for _, handler in model.told.get(row, ()):
            given = [self.frame.names[name] for name, _ in self.function.parameters]
            lines += text.perform(handler, [me, *given])
        return lines

    def _state(self, machine: type[Machine], me: str) -> str:
        made = machine.fields["state"]
        return self.text.read(made, me) if machine.dynamic else self.model.at(me, made)

    def _leaving(self) -> Lines:
        """The control state changes; entering one that forgets blanks the fields."""
        model, row, machine, text = self.model, self.row, self.row.machine, self.text
        lines: Lines = []
        if row.targets:
            assert machine is not None
            me = self.frame.names[self.me]
            with text.apart() as lines:
                slot = text.found(machine, me) if machine.dynamic else me
            goal = text.destination or model.names[row.targets[0]]
            lines.append(text.becomes(model.at(slot, machine.fields["state"]), goal))
            for target in row.targets:
                if target.clear:
                    forget = text.perform(("clear", machine), [me])
                    test = f"{text.destination} {model.syntax.equal} {model.names[target]}"
                    lines += text.branch(test, forget) if text.destination else forget
        if row.depth is not None:
            counter = model.counter(row)
            lines.append(text.becomes(counter, f"{counter} - 1"))
        return lines


def guards(function: Function) -> tuple[Require, ...]:
    """The guards at the very head of a step."""
    return tuple(itertools.takewhile(lambda known: isinstance(known, Require), function.body))  # type: ignore[arg-type]


def without(function: Function, count: int) -> Function:
    """A function without its first statements."""
    return replace(function, body=function.body[count:])
