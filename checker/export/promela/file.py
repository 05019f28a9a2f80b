"""A whole system as Promela text."""

from __future__ import annotations

import re

from ....spec.language.plain import PlainWorld
from ....spec.language.system import Scope
from ...compile.program import build
from ..text import Lines, indented
from . import sight, standing, start
from .model import PromelaModel
from .routines import all_routines
from .state import arrays
from .steps import step

HEADER = """\
/* {title}
 *
 * Written by `hotswap export`, for SPIN to count the reachable states:
 *   spin -a model.pml
 *   cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000
 *
 * A row of the spec is an option of the loop, and one atomic step. An error, or a pool that is full, ends the path: it
 * leads back to the start. What is only judged (`ensure`, `fail`) has no effect. A pointer is a slot, None or Dangling.
 * Routines stand in the last option: `call` notes where they go back to. What is hidden is no part of a state.
 */"""

MACROS = """\
#define None 255
#define Dangling 254
#define check(holds) if :: (holds) :: else -> goto failed fi
#define call(routine, place) back[deep] = place; deep++; goto routine; back_##place: skip
#define may(answer) if :: answer = true :: answer = false fi"""


def text(world: PlainWorld, scope: Scope, title: str) -> str:
    """A file that has as many states as the world."""
    model = PromelaModel(world, build(world.system, world.pools))
    first, *others = start.starts(model, scope)
    steps = [step(model, row, begins=bool(others)) for row in world.system.steps]
    while model.waiting:
        model.waiting.pop(0)()
    options = [start.begun_at(first, other) for other in others] + [taken for _, taken in steps]
    routines = all_routines(model)
    loop = ["active proctype world() {", "end:", "  do", *_apart([*options, *routines]), "  od", "}"]
    code = ["\n".join(lines) for lines in (*_macros(model, first), _guards(steps), loop)]
    parts = [
        HEADER.format(title=title.replace("*/", "* /")),
        "\n".join([*MACROS.splitlines(), *_values(model)]),
        "\n".join(_state(model, first)),
        "\n".join(_hidden(model, "\n".join([MACROS, *code]))),
        *code,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _values(model: PromelaModel) -> Lines:
    """The values of enumerations, and the control states."""
    groups = [[model.names[member] for member in enumeration] for enumeration in model.enumerations]
    groups += [[model.names[state] for state in machine.states] for machine in model.machines]
    return [f"#define {name} {number}" for group in groups for number, name in enumerate(group)]


def _state(model: PromelaModel, first: start.Start) -> Lines:
    """The arrays that a state is made of, as they are at first."""
    lines = []
    for name, array in arrays(model).items():
        values = first[name]
        given = values[0] if len(set(values)) == 1 else f"{{{', '.join(values)}}}"
        lines.append(f"{array.kind} {name}[{len(values)}] = {given};")
    return ["/* A state. */", *lines, *sight.variables(model), *standing.variables(model)]


def _hidden(model: PromelaModel, code: str) -> Lines:
    """What is only used within a step; none of it that nobody came to use."""
    used = set(re.findall(r"\w+", code))
    declared = [variable.declared(name) for name, variable in model.variables.items() if name in used]
    return ["/* Only within a step. */", *declared]


def _macros(model: PromelaModel, first: start.Start) -> list[Lines]:
    """The macros, each above whoever uses it: what is short in one block."""
    short = [line for lines in model.macros.values() if len(lines) == 1 for line in lines]
    return [short, *start.macros(model, first), *(lines for lines in model.macros.values() if len(lines) > 1)]


def _guards(steps: list[tuple[Lines, Lines]]) -> Lines:
    lines = [line for guard, _ in steps for line in guard]
    return ["/* When an object can take a step. */", *lines] if lines else []


def _apart(options: list[Lines]) -> Lines:
    """The options of the loop, with an empty line between them."""
    lines: Lines = []
    for option in options:
        lines += ["", *indented(option)]
    return [*lines, ""]
