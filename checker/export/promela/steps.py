"""Steps: one option of the process's loop for each row, taken as a whole."""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.system import lock_of
from ....spec.language.types import EnumValue, IntValue
from ...compile.ir import Call, Function, Local, May, Pointer, Require, Type, walk
from ..rows import Row, guards, in_states, without
from ..text import Lines, block, part_of
from . import sight, standing
from .body import Body
from .frame import PromelaFrame
from .model import PromelaModel
from .routines import said, up_to


def step(model: PromelaModel, row: Declaration, *, begins: bool) -> tuple[Lines, Lines]:
    """The macro for when a row's objects can take a step, if anything is asked of them, and the step.

    With `begins` it is noted that a step was taken, and that no other start state can be chosen any more.
    """
    function, machine, name = model.program.functions[row], row.machine, model.names[row]
    assert machine is not None
    conditions, heads = _conditions(model, row, machine, function)
    frame = PromelaFrame(model, name)
    chosen: Lines = []
    for number, (parameter, kind) in enumerate(function.parameters):
        variable = frame.variable(parameter, model.kind(kind), parameter)
        chosen += _objects(model, row, variable, conditions) if number == 0 else _any(model, variable, kind)
    me = frame.names[function.parameters[0][0]]
    there = [
        f"check({model.live(kind.machine, frame.names[parameter])}); /* there is no such object */"
        for parameter, kind in function.parameters[1:]
        if isinstance(kind, Pointer) and kind.machine.dynamic
    ]
    body = Body(model, frame, end=f"{name}_ends")
    part = Row(body, row, without(function, heads)).part()
    ahead, behind = sight.around(model, row, me)
    judged, settled = standing.around(model, row)
    lines = [*there, *ahead, *judged, *up_to(f"{name}_ends", part.lines), *body.behind, *behind, *settled]
    chosen += ["started = true;"] if begins else []
    ended = ["end_step();"] if model.dynamic else []
    above = [said(f"{row.qualname}: {part.comment}" if part.comment else row.qualname)]
    return _guard(model, row, conditions), [*above, *block(":: atomic {", [*chosen, *lines, *ended], "}")]


def _conditions(
    model: PromelaModel, row: Declaration, machine: type[Machine], function: Function
) -> tuple[list[str], int]:
    """What is asked of an object of a row before anything is chosen, and how many guards say so."""
    me = function.parameters[0][0]
    conditions = [model.live(machine, "self")] if machine.dynamic else []
    if row.sources:
        conditions.append(in_states(model, model.at("self", machine.fields["state"]), row.sources))
    conditions += _unlocked(model, row, machine)
    text = Body(model, PromelaFrame(model, model.names["can", row]))
    text.names.put(me, "self")
    text.sure.add(me)
    heads = 0
    for guard in guards(function):
        if not _of_one(guard, me):
            break
        with text.apart() as before:
            condition = text.value(guard.condition)
        if before:
            break
        conditions.append(condition)
        heads += 1
    return [known for known in conditions if known != "true"], heads


def _of_one(guard: Require, me: str) -> bool:
    """Whether a guard is about one object only, and calls nothing."""
    parts = list(walk(guard.condition))
    inner = {part.variable for part in parts if hasattr(part, "variable")}
    return all(
        not isinstance(part, Call | May) and not (isinstance(part, Local) and part.name not in {me, *inner})
        for part in parts
    )


def _guard(model: PromelaModel, row: Declaration, conditions: list[str]) -> Lines:
    if not conditions:
        return []
    parts = [part_of("&&", condition) for condition in conditions]
    head = f"#define {model.names['can', row]}(self)"
    if len(parts) == 1:
        return [f"{head} ({parts[0]})"]
    return [f"{head} ({parts[0]} \\", *(f"  && {part} \\" for part in parts[1:-1]), f"  && {parts[-1]})"]


def _unlocked(model: PromelaModel, row: Declaration, machine: type[Machine]) -> list[str]:
    """No other command in flight holds the lock that the row needs."""
    lock = lock_of(row)
    if lock is None or not model.world.locked:
        return []
    held = []
    for command in model.system.commands:
        if command.holds is lock and (command is not machine or model.pools[command] > 1):
            other = "{0} != self && " if command is machine else ""
            word = sight.holds_lock(model, command)
            held += [f"!({other.format(slot)}{word}({slot}))" for slot in model.slots(command)]
    return held


def _objects(model: PromelaModel, row: Declaration, variable: str, conditions: list[str]) -> Lines:
    """Any object that can take the step."""
    assert row.machine is not None
    guard = model.names["can", row]
    options = [
        f":: {guard}({slot}) -> {variable} = {slot}" if conditions else f":: {variable} = {slot}"
        for slot in model.slots(row.machine)
    ]
    return ["if", *options, "fi;"]


def _any(model: PromelaModel, variable: str, kind: Type) -> Lines:
    """Any value of a type."""
    match kind:
        case Pointer(machine):
            low, high = 0, model.pools[machine] - 1
        case IntValue(low, high):
            pass
        case EnumValue(members):
            low, high = 0, len(members) - 1
        case _:
            low, high = 0, 1
    return [f"{variable} = {low};"] if low == high else [f"select ({variable} : {low} .. {high});"]
