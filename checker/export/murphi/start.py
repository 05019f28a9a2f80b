"""Start states: what the spec's `boot` makes, which is plain Python and has run."""

from __future__ import annotations

from collections.abc import Iterator

from ....spec.language.system import Scope
from ....spec.language.types import Field, IntValue, QueueValue, RefValue, SetValue
from ..start import differences, members, queued
from ..text import Lines, block
from . import sight, standing
from .model import MurphiModel
from .pools import blank
from .text import routine


def start_states(model: MurphiModel, scope: Scope) -> Iterator[Lines]:
    """Each outcome of `boot`, under the name of its configuration."""
    for configuration in scope:
        for number, state in enumerate(model.world.initial([configuration])):
            body = [f"{_blank_all(model)}();"]
            for made, slot, raw in differences(model, state):
                body += _assigned(model, made, model.at(str(slot), made), raw)
            yield [f'startstate "{configuration}: {number + 1}"', *block("begin", body, "endstartstate;")]


def _blank_all(model: MurphiModel) -> str:
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


def _assigned(model: MurphiModel, made: Field, place: str, raw: int) -> Lines:
    kind = made.value
    if isinstance(kind, SetValue):
        return [f"{place}[{_element(model, kind, i)}] := true;" for i in members(model, kind, raw)]
    if isinstance(kind, QueueValue):
        given = queued(kind, raw)
        return [
            f"{place}.length := {len(given)};",
            *(f"{place}.elements[{i}] := {model.value(kind.element, element)};" for i, element in enumerate(given)),
        ]
    return [f"{place} := {model.value(kind, raw)};"]


def _element(model: MurphiModel, kind: SetValue, index: int) -> str:
    """The index of a set's element by its bit."""
    low = kind.element.limits(model.pools)[0] if isinstance(kind.element, IntValue) else 0
    return str(index) if isinstance(kind.element, RefValue) else model.value(kind.element, index + low)
