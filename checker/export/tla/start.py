"""Initial states: what the spec's `boot` makes, which is plain Python and has run."""

from __future__ import annotations

from collections.abc import Iterator

from ....spec.language.system import Scope
from ....spec.language.types import Field, IntValue, QueueValue, RefValue, SetValue
from ..start import differences, members, queued
from ..text import Lines
from . import pools, sight, standing
from .model import TlaModel, definition
from .text import applied


def blank(model: TlaModel) -> Lines:
    """The state in which every static object is blank, and there are no others."""
    parts = []
    for machine in model.machines:
        objects = "<<>>" if machine.dynamic else f"[x \\in {model.slots(machine)} |-> {pools.blank(model, machine)}]"
        parts.append(f"{model.names[machine]} |-> {objects}")
    copies = [*sight.fields(model), *standing.fields(model)]
    scratch = [(model.names["freed", machine], "{}") for machine in model.dynamic]
    scratch += [(counter, "0") for counter in model.counters.values()]
    parts += [f"{name} |-> {value}" for name, value in (*copies, *scratch)]
    return definition("Blank", [], ["[", *(f"  {part}," for part in parts[:-1]), f"  {parts[-1]}", "]"])


def initial(model: TlaModel, scope: Scope) -> Lines:
    """Each outcome of `boot`, under the name of its configuration."""
    lines: Lines = []
    for configuration in scope:
        for number, state in enumerate(model.world.initial([configuration])):
            updates = list(_updates(model, differences(model, state)))
            lines.append(f"\\* {configuration}: {number + 1}")
            if not updates:
                lines.append("\\/ state = Blank")
                continue
            lines.append("\\/ state = [Blank EXCEPT")
            lines += [f"     !.{path} = {value}," for path, value in updates]
            lines[-1] = f"{lines[-1][:-1]}]"
    return definition("Init", [], lines)


def _updates(model: TlaModel, known: Iterator[tuple[Field, int, int]]) -> Iterator[tuple[str, str]]:
    for made, slot, raw in known:
        name = model.names[made.machine]
        if made.name == "live":
            yield name, applied("Placed", ["@", str(slot), pools.blank(model, made.machine)])
        else:
            yield f"{name}[{slot}].{model.label(made)}", _value(model, made, raw)


def _value(model: TlaModel, made: Field, raw: int) -> str:
    kind = made.value
    if isinstance(kind, SetValue):
        return f"{{{', '.join(_element(model, kind, i) for i in members(model, kind, raw))}}}"
    if isinstance(kind, QueueValue):
        return f"<<{', '.join(model.value(kind.element, element) for element in queued(kind, raw))}>>"
    return model.value(kind, raw)


def _element(model: TlaModel, kind: SetValue, index: int) -> str:
    """A set's element by its bit."""
    low = kind.element.limits(model.pools)[0] if isinstance(kind.element, IntValue) else 0
    return str(index) if isinstance(kind.element, RefValue) else model.value(kind.element, index + low)
