"""Start states: SPIN begins at the first, goes from there to the others, and to it from where a step fails."""

from __future__ import annotations

from ....spec.language.system import Scope
from ....spec.language.types import Field, QueueValue, SetValue
from ..start import differences, queued
from ..text import Lines, block
from . import sight, standing
from .macros import at_once, inline
from .model import PromelaModel
from .state import arrays, each, forgotten

Start = dict[str, tuple[str, ...]]
"""The values of every array."""


def starts(model: PromelaModel, scope: Scope) -> list[Start]:
    """What `boot` makes, each once."""
    found = []
    for configuration in scope:
        for state in model.world.initial([configuration]):
            values = {
                name: [array.blank] * (max(1, model.pools[array.machine]) * array.each)
                for name, array in arrays(model).items()
            }
            for made, slot, raw in differences(model, state):
                _assign(model, values, made, slot, raw)
            found.append(tuple((name, tuple(texts)) for name, texts in values.items()))
    return [dict(start) for start in dict.fromkeys(found)]


def _assign(model: PromelaModel, values: dict[str, list[str]], made: Field, slot: int, raw: int) -> None:
    kind, name = made.value, model.names[made]
    if isinstance(kind, QueueValue):
        given = queued(kind, raw)
        values[model.names["length", made]][slot] = str(len(given))
        for i, element in enumerate(given):
            values[name][slot * kind.capacity + i] = model.value(kind.element, element)
    elif isinstance(kind, SetValue):
        values[name][slot] = str(raw)
    else:
        values[name][slot] = model.value(kind, raw)


def begun_at(first: Start, other: Start) -> Lines:
    """The option of the loop that begins at another start state."""
    changed = [
        f"{name}[{i}] = {value};"
        for name, values in other.items()
        for i, value in enumerate(values)
        if value != first[name][i]
    ]
    return block(":: atomic {", ["!started -> started = true;", *at_once(changed)], "}")


def macros(model: PromelaModel, first: Start) -> list[Lines]:
    """What ends a step, and what begins anew."""
    values = [
        (length, f"{name}[nth] = {texts[0]};")
        for name, texts in first.items()
        for length in [len(texts)]
        if len(set(texts)) == 1
    ]
    others = [
        f"{name}[{i}] = {text};" for name, texts in first.items() if len(set(texts)) > 1 for i, text in enumerate(texts)
    ]
    counters = [f"{counter} = 0;" for counter in model.counters.values()]
    copies = [*sight.forgotten(model), *standing.forgotten(model)]
    begin = [*at_once([*each(values), *others, *copies]), *counters, "deep = 0;"]
    comment = "/* Where a step has failed, everything begins anew: so it leads to no other state. */"
    freed = forgotten(model)
    return [
        *([["/* What was freed can be used again. */", *inline("end_step()", freed)]] if freed else []),
        [comment, *inline("begin()", begin)],
    ]
