"""Steps as actions: when one can be taken, and the states that it may lead to."""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.system import lock_of
from ..rows import guards, without
from ..text import Lines, indented
from . import sight, standing
from .model import TlaModel
from .outcomes import One, Outcomes, bind, lines, single, value
from .rows import Row
from .text import applied, changed


def action(model: TlaModel, row: Declaration) -> Lines:
    """One row as an action of its object and its arguments."""
    step = Row(model, row, model.program.functions[row])
    machine, here, function = row.machine, step.begun(), step.function
    assert machine is not None
    conditions = [[condition] for condition in _asked(model, row, machine, step.me)]
    heads = guards(function)
    for guard in heads:
        known = step.text.plain(guard.condition, here)
        if known is None:
            asked = step.text.value(guard.condition, here, lambda _, text: One(text))
            conditions.append(_hung("TRUE \\in", lines(asked)))
        else:
            conditions += [[condition] for condition in (*known.holds, known.text)]
            here = step.text.assuming(guard.condition, known.here, True)
    body = step.body(without(function, len(heads)).body, here)
    after = step.fresh("after")
    body = bind(body, after, One(_ended(model, row, after, step.me)))
    conditions.append(_becomes(body))
    bullets = [line for each in conditions for line in [f"/\\ {each[0]}", *(f"   {more}" for more in each[1:])]]
    comment = [f"\\* {row.summary}"] if row.summary else []
    return [*comment, f"{applied(model.names[row], step.names)} ==", *indented(bullets)]


def _becomes(body: Outcomes) -> Lines:
    return _hung("state' =", value(body)) if single(body) else _hung("state' \\in", lines(body))


def _hung(head: str, body: Lines) -> Lines:
    """A head, and what stands behind it, or below it if that is more than a line."""
    return [f"{head} {body[0]}"] if len(body) == 1 else [head, *indented(body)]


def _asked(model: TlaModel, row: Declaration, machine: type[Machine], me: str) -> list[str]:
    """The control states that a row begins in, and that no other command in flight holds the lock that it needs."""
    result = []
    if row.sources and set(row.sources) != set(machine.states):
        result.append(model.in_states(machine, "state", me, row.sources))
    lock = lock_of(row)
    if lock is None or not model.world.locked:
        return result
    for command in model.system.commands:
        if command.holds is lock and (command is not machine or model.pools[command] > 1):
            other = f"other # {me} /\\ " if command is machine else ""
            held = f"{other}{sight.holds_lock(model, command)}(state, other)"
            result.append(f"~(\\E other \\in DOMAIN {model.pool('state', command)} : {held})")
    return result


def _ended(model: TlaModel, row: Declaration, after: str, me: str) -> str:
    """What is kept of a step in the state behind it; what it has freed can be used by the next."""
    freed = [
        (model.names["freed", machine], "{}")
        for machine in model.dynamic
        if ("finalise", machine) in model.knots.reached[row]
    ]
    return sight.kept(model, row, standing.settled(model, row, changed(after, freed)), me)


def taken(model: TlaModel, row: Declaration) -> str:
    """A row, for whatever object and arguments."""
    function = model.program.functions[row]
    names = Row(model, row, function).names
    domains = [model.member("state", name, kind) for (_, kind), name in zip(function.parameters, names, strict=True)]
    return f"\\E {', '.join(domains)} : {applied(model.names[row], names)}"
