"""Rules: when a step can be taken, with what, and by which answers."""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.system import lock_of
from ...compile.ir import Pointer
from ..names import Names
from ..rows import guards, in_states, without
from ..text import Lines, block, indented, part_of
from . import sight, standing
from .body import Body
from .choices import most_answers
from .frame import MurphiFrame
from .model import MurphiModel
from .routines import alone, domain, parameters
from .text import check, routine


def rule(model: MurphiModel, row: Declaration) -> Lines:
    """One row as a ruleset over its object, its arguments, and the answers that it asks for."""
    function = model.program.functions[row]
    machine = row.machine
    assert machine is not None
    names = parameters(function, Names(model.names))
    text = Body(model, MurphiFrame(names))
    text.sure |= {name for name, kind in function.parameters if isinstance(kind, Pointer)}
    given = [(names[name], kind) for name, kind in function.parameters]
    me = given[0][0]
    objects = [(name, kind.machine) for name, kind in given if isinstance(kind, Pointer)]
    conditions = [model.live(kind, name) for name, kind in objects if kind.dynamic]
    if row.sources:
        conditions.append(in_states(model, model.at(me, machine.fields["state"]), row.sources))
    conditions += _unlocked(model, row, machine, me)
    heads = 0
    for guard in guards(function):
        with text.apart() as before:
            condition = text.value(guard.condition)
        if before:
            break
        conditions.append(condition)
        heads += 1
    answers = most_answers(model, row)
    domains = [f"{name}: {domain(model, kind)}" for name, kind in given]
    fired = f"{alone(model, row, without(function, heads), names)}({', '.join(name for name, _ in given)});"
    variables, ahead, behind = sight.around(model, row, me, names)
    judged, settled = standing.around(model, row)
    body = [*ahead, *judged, fired, *behind, *settled]
    if answers:
        outcomes = names.give("outcomes", "outcomes")
        domains.append(f"{outcomes}: 0..{2**answers - 1}")
        body = [f"answers := {outcomes};", *body, *check("answers = 0", "every answer was asked for")]
    body += _forget_freed(model)
    lines = [
        f'rule "{row.qualname}"',
        *indented(f"{'& ' if i else ''}{part_of('&', known)}" for i, known in enumerate(conditions or ["true"])),
        "==>",
        *(["var", *indented(f"{name}: {kind};" for name, kind in variables)] if variables else []),
        *block("begin", body, "endrule;"),
    ]
    return block(f"ruleset {'; '.join(domains)} do", lines, "endruleset;")


def _unlocked(model: MurphiModel, row: Declaration, machine: type[Machine], me: str) -> list[str]:
    """No other command in flight holds the lock that the row needs."""
    lock = lock_of(row)
    if lock is None or not model.world.locked:
        return []
    result = []
    for command in model.system.commands:
        if command.holds is lock and (command is not machine or model.pools[command] > 1):
            other = f"other != {me} & " if command is machine else ""
            held = f"{other}{sight.holds_lock(model, command)}(other)"
            result.append(f"!(exists other: {model.slots(command)} do {held} endexists)")
    return result


def _forget_freed(model: MurphiModel) -> Lines:
    """The slots that were freed in a step can be used by the next."""
    if not model.dynamic:
        return []

    def fill() -> Lines:
        body = [f"clear {model.names['freed', machine]};" for machine in model.dynamic]
        comment = "The slots that were freed in a step can be used by the next."
        return routine("procedure end_step()", [], body, comment=comment, end="endprocedure")

    return [f"{model.routine('end_step', 'end_step', fill)}();"]
