"""From the states of a path to a trace that can be read: each step is run again in the oracle.

An engine remembers states only. Running the steps again gives labels, choices, nested calls and lines, and checks
that the path is an execution of the spec.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from ...spec.language.machines import LiveValue, StateValue
from ...spec.language.plain import Call, Edge, PlainWorld, Values
from ...spec.language.rows import STRONG, Declaration
from ...spec.language.system import fairness_of, thread_of
from .evidence import evidence
from .result import CallRecord, Finding, Step, Trace
from .search import Cause, Turn
from .words import word

Between = Callable[[Values, Values, Turn | None], Edge]
"""The step that leads from one state to the other."""


class ReplayError(Exception):
    """The oracle has no step where the engine took one: the two disagree, which is a bug of the checker."""


def findings(world: PlainWorld, causes: Iterable[Cause]) -> list[Finding]:
    """What causes look like in a report. A step that several of them have in common is run again once."""
    between = functools.cache(functools.partial(_between, world))
    return [reported(world, cause, _replay(world, cause, between)) for cause in causes]


def finding(world: PlainWorld, cause: Cause) -> Finding:
    """What a cause looks like in a report."""
    return reported(world, cause, replay(world, cause))


def reported(world: PlainWorld, cause: Cause, edges: Sequence[Edge]) -> Finding:
    """The same, where it is known which steps lead to it."""
    trace = _trace(world, cause.path[0], edges, cause.loop)
    file, line, where = "", 0, "boot"
    if cause.site is not None:
        file, line, where = cause.site.file, cause.site.line, f"{cause.site.function}:{cause.site.line}"
    elif cause.row is not None:
        file, line, where = cause.row.file, cause.row.line, cause.row.qualname
    elif cause.loop is not None:
        last = trace.steps[max(cause.loop, 1) - 1] if edges else None
        file, line, where = (last.file, last.line, edges[last.step - 1].row.qualname) if last else ("", 0, "boot")
    elif edges:
        file, line, where = trace.steps[-1].file, trace.steps[-1].line, cause.stuck or edges[-1].row.qualname
    elif cause.stuck:
        where = cause.stuck
    name = next(known.name for known, cases in world.system.cases.items() if cause.property in cases)
    message, why = _message(world, cause, edges), evidence(world, cause, edges)
    return Finding(f"{cause.property}@{where}", name, message, file, line, trace, why)


def replay(world: PlainWorld, cause: Cause) -> list[Edge]:
    """Run the steps of a cause again."""
    return _replay(world, cause, functools.partial(_between, world))


def _replay(world: PlainWorld, cause: Cause, between: Between) -> list[Edge]:
    turns = cause.turns or [None] * (len(cause.path) - 1)
    edges = [between(*step) for step in zip(cause.path, cause.path[1:], turns, strict=False)]
    if cause.loop is not None:
        _hold_to_fairness(world, cause, edges)
    return edges if cause.row is None else [*edges, _breaking(world, cause)]


def _hold_to_fairness(world: PlainWorld, cause: Cause, edges: Sequence[Edge]) -> None:
    """A lasso closes, is fair, and on it what was promised never comes."""
    assert cause.loop is not None
    states = cause.path[cause.loop :]
    known = world.system.property(cause.property)
    arguments = world.promises(known)[cause.choice]
    if states[0] != states[-1] or not all(world.promised(known, arguments, state)[1] for state in states):
        raise ReplayError(f"the oracle does not wait for {cause.property} on the engine's lasso")
    rows = [row for row, _ in world.fair()]
    enabled = [{(edge.row, edge.instance) for edge in world.edges(state, rows=rows)} for state in states]
    taken = {(edge.row, edge.instance) for edge in edges[cause.loop :]}
    for row, instance in set.union(*enabled) - taken:
        if fairness_of(row) is STRONG or all((row, instance) in each for each in enabled):
            raise ReplayError(f"the engine's lasso of {cause.property} is not fair to {row.qualname}")


def _trace(world: PlainWorld, state: Values, edges: Sequence[Edge], loop: int | None = None) -> Trace:
    initial, steps = show(world, state), []
    for number, edge in enumerate(edges, 1):
        steps.append(step(world, number, state, edge))
        state = state if edge.after is None else edge.after
    return Trace(initial, tuple(steps), loop)


def _message(world: PlainWorld, cause: Cause, edges: Sequence[Edge]) -> str:
    if cause.site is not None:
        error = edges[-1].error
        return error.message if error is not None else ""
    last = edges[-1].after if edges else cause.path[-1]
    assert last is not None
    if cause.loop is not None:
        known = world.system.property(cause.property)
        assert known.goal is not None
        return f"{known.goal.__name__}({', '.join(map(_word, world.promises(known)[cause.choice]))}) never comes"
    if cause.property == "no-dangling-pointer":
        return f"{', '.join(world.dangling(last))} dangles"
    if cause.property == "no-leak":
        return f"nobody owns {', '.join(map(str, world.leaked(last)))}"
    if cause.property == "no-deadlock":
        waiting = [str(instance) for instance in world.busy(last)]
        return f"{', '.join(waiting)} can't go on" if waiting else "no step is enabled"
    return ""


def _between(world: PlainWorld, before: Values, after: Values, turn: Turn | None) -> Edge:
    """The first step from one state to the other; where it has to be the turn of a fair row, that of this row."""
    for edge in world.edges(before, rows=None if turn is None else [turn[0]], recording=True):
        if edge.after == after and turn in (None, (edge.row, edge.instance)):
            return edge
    raise ReplayError("the oracle has no step between two states of the engine's path")


def _breaking(world: PlainWorld, cause: Cause) -> Edge:
    """The first firing of the cause's row that breaks its property."""
    before = cause.path[-1]
    assert cause.row is not None
    for edge in world.edges(before, rows=[cause.row], recording=True):
        if cause.site is not None:
            if edge.error == cause.site:
                return edge
        elif cause.property in world.broken_by(before, edge):
            return edge
    raise ReplayError(f"the oracle's {cause.row.qualname} does not break {cause.property} here")


def step(world: PlainWorld, number: int, state: Values, edge: Edge) -> Step:
    """What a step of that number does in a state."""
    after = state if edge.after is None else edge.after
    machine = edge.row.machine
    assert machine is not None
    error = None
    if edge.error is not None:
        error = f"{edge.error.property}: {edge.error.message}" if edge.error.message else edge.error.property
    return Step(
        number,
        thread_of(edge.row).name,
        f"{machine.__name__}{edge.instance}",
        edge.row.name,
        _arguments(edge.row, edge.arguments),
        tuple(outcome(*choice) for choice in edge.choices),
        changes(world, state, after),
        tuple(_record(world, call) for call in edge.calls),
        edge.row.file,
        edge.row.line,
        edge.failed,
        error,
    )


def outcome(label: str, chosen: bool) -> str:
    """How a choice came out."""
    return label if chosen else f"not {label}"


def _record(world: PlainWorld, call: Call) -> CallRecord:
    row = call.operation
    owner = str(call.arguments[0]) if row.machine else ""
    given = call.arguments[1:] if row.machine else call.arguments
    calls = tuple(_record(world, inner) for inner in call.calls)
    changed = changes(world, call.before, call.after or call.before)
    return CallRecord(owner, row.name, _arguments(row, given), changed, calls, row.file, row.line)


def _arguments(row: Declaration, given: tuple[Any, ...]) -> dict[str, str]:
    code = row.body.__code__
    names = code.co_varnames[1 if row.machine else 0 : code.co_argcount]
    return {name: _word(value) for name, value in zip(names, given, strict=True)}


def _word(value: Any) -> str:
    return value.name if isinstance(value, Enum) else str(value)


def changes(world: PlainWorld, before: Values, after: Values) -> dict[str, tuple[str, str]]:
    """The fields that differ, and how; ghosts are left out."""
    return {
        name: (word(value, old), word(value, new))
        for (name, value), old, new in zip(world.positions, before, after, strict=True)
        if old != new and value is not None
    }


def show(world: PlainWorld, state: Values) -> Mapping[str, str]:
    """A state as words: every field of every live object that is not blank."""
    named = list(zip(world.positions, state, strict=True))
    dead = {name.removesuffix("live") for (name, value), raw in named if isinstance(value, LiveValue) and not raw}
    return {
        name: word(value, raw)
        for (name, value), raw in named
        if value is not None
        and name[: name.index(".") + 1] not in dead
        and (raw != value.blank or isinstance(value, StateValue))
    }
