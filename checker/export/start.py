"""Start states: what the spec's `boot` makes, which is plain Python and has run."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.plain import Values
from ...spec.language.system import Scope
from ...spec.language.types import Field, IntValue, QueueValue, RefValue, SetValue
from . import sight, standing
from .model import Model
from .objects import blank
from .text import Lines, block, routine


def start_states(model: Model, scope: Scope) -> Iterator[Lines]:
    """Each outcome of `boot`, under the name of its configuration."""
    for configuration in scope:
        for number, state in enumerate(model.world.initial([configuration])):
            body = [f"{_blank_all(model)}();", *_differences(model, state)]
            yield [f'startstate "{configuration}: {number + 1}"', *block("begin", body, "endstartstate;")]


def _blank_all(model: Model) -> str:
    def fill() -> Lines:
        body: Lines = []
        for machine in model.machines:
            if machine.fields:
                inner = [f"{blank(model, machine)}(x);"]
                body += block(f"for x: {model.slots(machine)} do", inner, "endfor;")
        body += [f"clear {model.names['freed', machine]};" for machine in model.dynamic]
        body += [f"{counter} := 0;" for counter in model.counters.values()]
        body += ["answers := 0;"] if model.labels() else []
        body += ["looking := false;", "hidden := false;"] if model.looks else []
        body += [*sight.forget(model), *standing.forget(model)]
        comment = "Every field of every slot is blank, and no step is under way."
        return routine("procedure blank_all()", [], body, comment=comment, end="endprocedure")

    return model.routine("blank_all", "blank_all", fill)


def _differences(model: Model, state: Values) -> Lines:
    """What is not blank in a state."""
    lines: Lines = []
    values = iter(state)
    for machine in model.machines:
        for slot in range(model.pools[machine]):
            for made in machine.fields.values():
                raw = next(values)
                if raw != (0 if made.name == "live" else made.value.blank):
                    lines += _assigned(model, made, model.at(str(slot), made), raw)
    return lines


def _assigned(model: Model, made: Field, place: str, raw: int) -> Lines:
    kind = made.value
    if isinstance(kind, SetValue):
        low = kind.element.limits(model.pools)[0] if isinstance(kind.element, IntValue) else 0
        names = [_element(model, kind, low, i) for i in range(kind.size(model.pools)) if raw >> i & 1]
        return [f"{place}[{name}] := true;" for name in names]
    if isinstance(kind, QueueValue):
        length, elements = raw & ((1 << kind.length_bits) - 1), raw >> kind.length_bits
        low = kind.element.limits({})[0]
        given = [(elements >> i * kind.bits & ((1 << kind.bits) - 1)) + low for i in range(length)]
        return [
            f"{place}.length := {length};",
            *(f"{place}.elements[{i}] := {model.value(kind.element, element)};" for i, element in enumerate(given)),
        ]
    return [f"{place} := {model.value(kind, raw)};"]


def _element(model: Model, kind: SetValue, low: int, index: int) -> str:
    """The index of a set's element by its bit."""
    return str(index) if isinstance(kind.element, RefValue) else model.value(kind.element, index + low)
