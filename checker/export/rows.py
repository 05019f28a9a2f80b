"""Rows as routines: what a call checks, the body, and the control state at its end."""

from __future__ import annotations

from collections.abc import Sequence

from ...spec.language.errors import IllegalTransition, NullDereference, RunawayCallback
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ..compile.ir import Function, NothingType, Pointer, Require, Statement, Type
from .fields import read, the
from .knots import OUTSIDE, Depth
from .model import Model
from .names import Names
from .objects import clear
from .statements import Statements, ends
from .text import Lines, block, check, comma, joined, routine


def called(model: Model, row: Declaration, arguments: Sequence[str], depth: Depth) -> str | None:
    """A call from a copy at `depth`, with all that a call checks; None if it is nested too deep."""
    inner = model.knots.enter(row, depth)
    if inner is None:
        return None
    name = model.copy(row, inner)
    model.routine((row, inner), name, lambda: _Row(model, row, inner, name).lines())
    return f"{name}({', '.join(arguments)})"


def step(model: Model, row: Declaration, names: Names, body: Sequence[Statement]) -> str:
    """The routine of a step, without the guards that its rule has."""
    name = model.copy(row, OUTSIDE)
    return model.routine((row, OUTSIDE), name, lambda: _Row(model, row, OUTSIDE, name, names, body).lines())


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


class _Row:
    """One routine being made."""

    def __init__(
        self,
        model: Model,
        row: Declaration,
        depth: Depth,
        name: str,
        names: Names | None = None,
        body: Sequence[Statement] | None = None,
    ) -> None:
        self.model, self.row, self.depth, self.name = model, row, depth, name
        self.function = model.program.functions[row]
        self.names = parameters(self.function, Names(model.names)) if names is None else names
        self.body = self.function.body if body is None else body
        self.lenient = row in model.lenient
        self.text = Statements(model, depth, self.names, self.function.result, lenient=self.lenient)
        self.me = next(iter(self.function.parameters), ("", None))[0]

    def lines(self) -> Lines:
        """The whole routine."""
        model, row, function, text = self.model, self.row, self.function, self.text
        if row.machine is not None:
            text.sure.add(self.me)
        if row.kind == "step":
            text.sure |= {name for name, kind in function.parameters if isinstance(kind, Pointer)}
        for name, kind in function.locals.items():
            text.variables.append((self.names.give(name, name), model.kind(kind)))
        if len(row.targets) > 1:
            assert row.machine is not None
            text.destination = text.variable("destination", model.names["States", row.machine])
        text.leaving = self._leaving()
        if text.leaving and not isinstance(function.result, NothingType):
            text.result = text.variable("result", model.kind(function.result))
        lines = [*self._entering(), *text.statements(self.body)]
        if not ends(self.body):
            lines += text.leaving
        given = comma((self.names[name], self._kind(kind)) for name, kind in function.parameters)
        void = isinstance(function.result, NothingType)
        word, result = ("procedure", "") if void else ("function", f": {model.kind(function.result)}")
        return routine(
            f"{word} {self.name}({given}){result}", text.variables, lines, comment=row.summary, end=f"end{word}"
        )

    def _kind(self, kind: Type) -> str:
        """A parameter's type: what a step is taken with is an object."""
        if self.row.kind == "step" and isinstance(kind, Pointer):
            return self.model.slots(kind.machine)
        return self.model.kind(kind)

    def _check(self, holds: str, name: str) -> Lines:
        if not self.lenient:
            return check(holds, name)
        result = self.function.result
        void = isinstance(result, NothingType)
        return check(holds, name, ["return;" if void else f"return {self.model.some(result)};"])

    def _counter(self) -> str:
        """What counts how often the operation is active; copies know that by themselves."""
        if self.row.depth is None or self.depth.circle:
            return ""
        return self.model.counter(self.row)

    def _entering(self) -> Lines:
        """What a call checks, then the monitors that are told of it."""
        model, row = self.model, self.row
        if row.kind not in ("operation", "finalizer", "observable"):
            return []
        lines: Lines = []
        me = self.names[self.me] if self.me else ""
        if row.machine is not None and row.kind != "finalizer":
            lines += self._check(f"{me} != None", NullDereference.name)
        if counter := self._counter():
            lines += [*self._check(f"{counter} < {row.depth}", RunawayCallback.name), f"{counter} := {counter} + 1;"]
        if row.sources:
            assert row.machine is not None
            holds = in_states(model, self._state(row.machine, me), row.sources)
            lines += check(holds, IllegalTransition.name, [] if self.lenient else None)
        for _, handler in model.told.get(row, ()):
            given = [self.names[name] for name, _ in self.function.parameters]
            lines.append(f"{called(model, handler, [me, *given], self.depth)};")
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
            me = self.names[self.me]
            slot = f"{the(model, machine)}({me})" if machine.dynamic else me
            goal = self.text.destination or model.names[row.targets[0]]
            lines.append(f"{model.at(slot, machine.fields['state'])} := {goal};")
            for target in row.targets:
                if target.clear:
                    forget = [f"{clear(model, machine, self.depth)}({me});"]
                    test = f"if {self.text.destination} = {model.names[target]} then"
                    lines += block(test, forget, "endif;") if self.text.destination else forget
        if counter := self._counter():
            lines.append(f"{counter} := {counter} - 1;")
        return lines


def guards(function: Function) -> tuple[tuple[Require, ...], tuple[Statement, ...]]:
    """The guards at the very head of a step, and the rest of its body."""
    count = next((i for i, known in enumerate(function.body) if not isinstance(known, Require)), len(function.body))
    return tuple(known for known in function.body[:count] if isinstance(known, Require)), function.body[count:]
