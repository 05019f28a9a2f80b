"""A whole system as Murphi text, in the dialect of rumur."""

from __future__ import annotations

from ....spec.language.plain import PlainWorld
from ....spec.language.system import Scope
from ...compile.program import build
from ..text import Lines, indented, listed
from . import sight, standing
from .choices import most_answers
from .model import MurphiModel
from .rules import rule
from .start import start_states

HEADER = """\
-- {title}
--
-- Written by `hotswap export`, for rumur to count the reachable states:
--   rumur --deadlock-detection off --output model.c model.m
--   cc -O2 -mcx16 -pthread -o model model.c && ./model
--
-- A row of the spec is a rule. An error, or a pool that is full, ends the path: a false `assume` discards the step.
-- What is only judged (`ensure`, `fail`) has no effect. A pointer is a slot, None or Dangling."""


def text(world: PlainWorld, scope: Scope, title: str) -> str:
    """A file that has as many states as the world."""
    model = MurphiModel(world, build(world.system, world.pools))
    rules = [rule(model, row) for row in world.system.steps]
    starts = list(start_states(model, scope))
    parts: list[Lines] = [
        HEADER.format(title=title).splitlines(),
        ["const", *indented(["None: -1;", "Dangling: -2;"])],
        ["type", *indented(_types(model))],
        ["var", *indented(_variables(model))],
        *model.written(),
        *starts,
        *rules,
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _types(model: MurphiModel) -> Lines:
    names = model.names
    lines: Lines = []
    for enumeration in model.enumerations:
        lines += listed(f"{names[enumeration]}: enum {{", (names[member] for member in enumeration), "};")
    for machine in model.machines:
        most = model.pools[machine] - 1
        lowest = "Dangling" if machine.dynamic else "None"
        lines.append(f"{names['Slot', machine]}: 0..{most};")
        lines.append(f"{names['Pointer', machine]}: {lowest}..{most};")
        if machine.states:
            lines += listed(f"{names['States', machine]}: enum {{", (names[state] for state in machine.states), "};")
    numbers = model.numbers()
    if numbers:
        lines.append(f"number: {min(numbers[0], 0)}..{max(numbers[1], 1)}; -- as low and as high as any becomes")
    for circle in dict.fromkeys(model.circles.values()):
        lines += circle.type()
    return lines + sight.types(model)


def _variables(model: MurphiModel) -> Lines:
    lines: Lines = []
    for machine in model.machines:
        for made in machine.fields.values():
            lines.append(f"{model.names[made]}: array [{model.slots(machine)}] of {model.kind(made.value)};")
    lines += [*sight.variables(model), *standing.variables(model)]
    scratch = [f"{model.names['freed', m]}: array [{model.slots(m)}] of boolean;" for m in model.dynamic]
    scratch += [f"{counter}: 0..{row.depth};" for row, counter in model.counters.items()]
    answers = max((most_answers(model, row) for row in model.system.steps), default=0)
    scratch += [f"answers: 0..{max(1, 2**answers - 1)};"] if model.labels() else []
    scratch += ["looking: boolean;", "hidden: boolean;"] if model.looks else []
    return [*lines, *(["-- Only within a step:", *scratch] if scratch else [])]
