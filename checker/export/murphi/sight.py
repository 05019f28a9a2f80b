"""Failure atomicity: what the outside sees, and the copies that commands in flight keep of it.

The copies are a part of the engine's states, so they are a part of Murphi's.
"""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration, State
from ....spec.language.types import BoolValue, EnumValue, IntValue, Value
from ..names import Names
from ..rows import in_states
from ..sight import commands, concerns, observables
from ..text import Lines, block
from .model import MurphiModel
from .routines import call
from .text import routine


def in_flight(model: MurphiModel, command: type[Machine]) -> str:
    """Whether a command is in flight."""
    return _in(model, command, "in_flight", [state for state in command.states if state.in_flight])


def holds_lock(model: MurphiModel, command: type[Machine]) -> str:
    """Whether a command holds its lock."""
    if model.world.held is None:
        return in_flight(model, command)
    return _in(model, command, "holds_lock", [state for state in command.states if model.world.holds_lock(state)])


def _in(model: MurphiModel, command: type[Machine], word: str, states: list[State]) -> str:
    name = model.names[word, command]

    def fill() -> Lines:
        here = in_states(model, model.at("x", command.fields["state"]), states) if states else "false"
        head = f"function {name}(x: {model.slots(command)}): boolean"
        return routine(head, [], [f"return {here};"], end="endfunction")

    return model.routine((word, command), name, fill)


def types(model: MurphiModel) -> Lines:
    """What the outside sees, as numbers: 0 is what an error hides, or no copy."""
    if not model.copies:
        return []
    most = max(high - low + 1 for low, high in (known.value.limits(model.pools) for known in observables(model)))
    flights = [f"{_flight(model, c)}: array [{model.slots(c)}] of boolean;" for c in commands(model)]
    return [
        f"Look: 0..{most}; -- 0: hidden by an error, or no copy; else 1 + the place of the value in its type",
        f"Observable: 0..{len(model.world.observed()) - 1}; -- as `look` numbers them",
        "Seen: array [Observable] of Look;",
        *block("Sight: record", ["seen: Seen;", *flights], "endrecord;"),
    ]


def variables(model: MurphiModel) -> Lines:
    """The copies."""
    return [
        f"{model.names['saw', command]}: array [{model.slots(command)}] of Seen; -- when it began"
        for command in commands(model)
    ]


def forget(model: MurphiModel) -> Lines:
    """There are no copies."""
    return [f"clear {model.names['saw', command]};" for command in commands(model)]


def around(model: MurphiModel, row: Declaration, me: str, names: Names) -> tuple[list[tuple[str, str]], Lines, Lines]:
    """What a rule needs to keep the copies: its variables, what stands before the step and what behind it."""
    kept = [command for command in commands(model) if concerns(model, row, command)]
    if not kept:
        return [], [], []
    before, after = (names.give(word, word) for word in ("before", "after"))
    behind = [
        f"{_keep(model, command)}({me if command is row.machine else 'None'}, {before}, {after});" for command in kept
    ]
    looked = [f"{_look(model)}({when});" for when in (before, after)]
    return [(before, "Sight"), (after, "Sight")], looked[:1], [*looked[1:], *behind]


def _flight(model: MurphiModel, command: type[Machine]) -> str:
    return model.names["in_flight", command]


def _look(model: MurphiModel) -> str:
    def fill() -> Lines:
        body = ["looking := true;"]
        for known in observables(model):
            number = f"{known.first} + x" if known.first else "x"
            value = call(model, known.row, ["x"], None)
            seen = [f"sight.seen[{number}] := {_look_at(model)}({_place(model, known.value, value)});"]
            body += block(f"for x: {model.slots(known.machine)} do", seen, "endfor;")
        body.append("looking := false;")
        for command in commands(model):
            flight = [f"sight.{_flight(model, command)}[x] := {in_flight(model, command)}(x);"]
            body += block(f"for x: {model.slots(command)} do", flight, "endfor;")
        comment = "What the outside sees, and which commands are in flight."
        return routine("procedure look(var sight: Sight)", [], body, comment=comment, end="endprocedure")

    return model.routine("look", "look", fill)


def _look_at(model: MurphiModel) -> str:
    def fill() -> Lines:
        body = [*block("if hidden then", ["hidden := false;", "return 0;"], "endif;"), "return place;"]
        return routine("function look_at(place: Look): Look", [], body, end="endfunction")

    return model.routine("look_at", "look_at", fill)


def _place(model: MurphiModel, value: Value, call: str) -> str:
    """1 + the place of a value in its type."""
    match value:
        case BoolValue():
            return f"{call} ? 2 : 1"
        case IntValue(low):
            return f"{call} + {1 - low}" if low <= 1 else f"{call} - {low - 1}"
        case EnumValue(members):
            name = model.names["place", members]

            def fill() -> Lines:
                cases = [f"case {model.names[member]}: return {i + 1};" for i, member in enumerate(members)]
                head = f"function {name}(x: {model.names[members]}): Look"
                return routine(head, [], block("switch x", cases, "endswitch;"), end="endfunction")

            return f"{model.routine(('place', members), name, fill)}({call})"
        case _:
            raise TypeError(value)


def _keep(model: MurphiModel, command: type[Machine]) -> str:
    name = model.names["keep", command]

    def fill() -> Lines:
        copy, flight = f"{model.names['saw', command]}[x][i]", _flight(model, command)
        kept = [
            f"if !after.{flight}[x] then",
            f"  {copy} := 0;",
            f"elsif !before.{flight}[x] then",
            f"  {copy} := before.seen[i];",
            "elsif x != mover & before.seen[i] != after.seen[i] then",
            f"  {copy} := after.seen[i];",
            "endif;",
        ]
        loop = block(f"for x: {model.slots(command)} do", block("for i: Observable do", kept, "endfor;"), "endfor;")
        comment = "A command keeps what was seen when it began; what others change meanwhile changes in the copy too."
        head = f"procedure {name}(mover: {model.names['Pointer', command]}; before: Sight; after: Sight)"
        return routine(head, [], loop, comment=comment, end="endprocedure")

    return model.routine(("keep", command), name, fill)
