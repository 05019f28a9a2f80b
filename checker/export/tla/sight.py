"""Failure atomicity: what the outside sees, and the copies that commands in flight keep of it.

What is seen is the set of an observable's outcomes: none of one that an error hides, nor where there is no copy.
"""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration, State
from ..sight import Observable, commands, concerns, observables
from ..text import Lines, block, indented
from .model import TlaModel, definition
from .routines import apply
from .text import applied


def in_flight(model: TlaModel, command: type[Machine]) -> str:
    """Whether a command is in flight."""
    return _in(model, command, "in_flight", [state for state in command.states if state.in_flight])


def holds_lock(model: TlaModel, command: type[Machine]) -> str:
    """Whether a command holds its lock."""
    if model.world.held is None:
        return in_flight(model, command)
    return _in(model, command, "holds_lock", [state for state in command.states if model.world.holds_lock(state)])


def _in(model: TlaModel, command: type[Machine], word: str, states: list[State]) -> str:
    def body() -> str:
        return model.in_states(command, "s", "x", states) if states else "FALSE"

    return model.defined((word, command), model.names[word, command], ["s", "x"], body)


def fields(model: TlaModel) -> list[tuple[str, str]]:
    """Where a state has the copies, and what is there if there are none."""
    return [
        (model.names["saw", command], f"[x \\in {model.slots(command)} |-> {_unseen(model)}]")
        for command in commands(model)
    ]


def kept(model: TlaModel, row: Declaration, after: str, me: str) -> str:
    """The state behind a step, with the copies that commands keep."""
    for command in commands(model):
        if concerns(model, row, command):
            after = applied(_keep(model, command), ["state", after, me if command is row.machine else "None"])
    return after


def _label(model: TlaModel, known: Observable) -> str:
    return model.names[known.row]


def _unseen(model: TlaModel) -> str:
    def body() -> Lines:
        parts = [
            f"{_label(model, known)} |-> [y \\in {model.slots(known.machine)} |-> {{}}]" for known in observables(model)
        ]
        return definition("unseen", [], _record(parts))

    return model.operator("unseen", "unseen", 0, body)


def _look(model: TlaModel) -> str:
    def body() -> Lines:
        parts = []
        for known in observables(model):
            seen = apply(model, known.row, ["s", "y"])
            parts.append(f"{_label(model, known)} |-> [y \\in DOMAIN {model.pool('s', known.machine)} |-> {seen}]")
        return definition("look", ["s"], _record(parts), "What the outside sees.")

    return model.operator("look", "look", 1, body)


def _keep(model: TlaModel, command: type[Machine]) -> str:
    name = model.names["keep", command]

    def fill() -> Lines:
        flight, copy = in_flight(model, command), model.names["saw", command]
        labels = [_label(model, known) for known in observables(model)]
        merged = _record([f"{label} |-> Seen(earlier.{label}, later.{label}, @[x].{label})" for label in labels])
        body = [
            f"LET earlier == {_look(model)}(before)",
            f"    later == {_look(model)}(after)",
            f"IN [after EXCEPT !.{copy} = [x \\in DOMAIN @ |->",
            *indented(
                [
                    f"IF ~{flight}(after, x) THEN {_unseen(model)}",
                    f"ELSE IF ~{flight}(before, x) THEN earlier",
                    "ELSE IF x = mover THEN @[x]",
                    f"ELSE {merged[0]}",
                    *merged[1:-1],
                    f"{merged[-1]}]]",
                ]
            ),
        ]
        comment = "A command keeps what was seen when it began; what others change meanwhile changes in the copy too."
        return definition(name, ["before", "after", "mover"], body, comment)

    return model.operator(("keep", command), name, 3, fill)


def _record(parts: list[str]) -> Lines:
    return block("[", [f"{part}," for part in parts[:-1]] + parts[-1:], "]")
