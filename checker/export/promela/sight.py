"""What the outside sees, and the copies that commands in flight keep of it.

An error in looking goes back to where it was looked from: that observable is hidden.
"""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration, State
from ....spec.language.types import BoolValue, EnumValue, IntValue, Value
from ..rows import in_states
from ..sight import commands, concerns, observables
from ..text import Lines, indented
from .macros import at_once, define, inline, over
from .model import PromelaModel
from .routines import call, frame_of, gone_to, result_of


def in_flight(model: PromelaModel, command: type[Machine]) -> str:
    """Whether a command is in flight."""
    return _in(model, command, "in_flight", [state for state in command.states if state.in_flight])


def holds_lock(model: PromelaModel, command: type[Machine]) -> str:
    """Whether a command holds its lock."""
    if model.world.held is None:
        return in_flight(model, command)
    return _in(model, command, "holds_lock", [state for state in command.states if model.world.holds_lock(state)])


def _in(model: PromelaModel, command: type[Machine], word: str, states: list[State]) -> str:
    name = model.names[word, command]
    here = in_states(model, model.at("x", command.fields["state"]), states) if states else "false"
    return model.macro((word, command), name, lambda: define(f"{name}(x)", here))


def number(model: PromelaModel) -> int:
    """How many observables there are."""
    return len(model.world.observed())


def kind(model: PromelaModel) -> str:
    """The type of what is seen: 0 is what an error hides, or no copy; else 1 + the place of the value in its type."""
    most = max(high - low + 1 for low, high in (known.value.limits(model.pools) for known in observables(model)))
    return model.kind(IntValue(0, most))


def variables(model: PromelaModel) -> Lines:
    """The copies: they are a part of the states."""
    return [
        f"{kind(model)} {model.names['saw', command]}[{model.pools[command] * number(model)}];"
        f" /* what each {model.names[command]} saw when it began: 0 is hidden by an error, or no copy */"
        for command in commands(model)
    ]


def forgotten(model: PromelaModel) -> Lines:
    """There are no copies."""
    copies = [(model.names["saw", command], model.pools[command] * number(model)) for command in commands(model)]
    return [line for name, length in copies for line in over("nth", range(length), [f"{name}[nth] = 0;"])]


def around(model: PromelaModel, row: Declaration, me: str) -> tuple[Lines, Lines]:
    """What a step needs to keep the copies: what stands before it and what behind it."""
    kept = [command for command in commands(model) if concerns(model, row, command)]
    if not kept:
        return [], []
    behind = [f"{_keep(model, command)}({me if command is row.machine else 'None'});" for command in kept]
    return [_looked(model), f"{_note(model)}();"], [_looked(model), *behind]


def _looked(model: PromelaModel) -> str:
    """A call of the routine that looks at everything."""
    if "look" not in model.frames and "look" not in model.routines:
        model.routines["look"] = []
        model.waiting.append(lambda: _look(model))
    return gone_to(model, "look", "look")


def _look(model: PromelaModel) -> None:
    """What the outside sees, and which commands are in flight."""
    model.hidden("seen_after", kind(model), number(model))
    body: Lines = []
    for known in observables(model):
        frame_of(model, known.row)
        for slot in model.slots(known.machine):
            asked = call(model, known.row, [str(slot)])
            place = model.returns[known.row][-1]
            model.places_of_looks.append(place)
            place_of_value = _place(known.value, result_of(model, known.row))
            seen = f"seen_after[{known.first + slot}] = (unseen -> 0 : {place_of_value});"
            body += [f"looking = {place};", *asked, seen, "unseen = false;"]
    body.append("looking = 0;")
    for command in commands(model):
        flight = model.hidden(model.names["after", command], "bool", model.pools[command])
        body += [f"{flight}[{slot}] = {in_flight(model, command)}({slot});" for slot in model.slots(command)]
    comment = "/* What the outside sees, and which commands are in flight. */"
    model.routines["look"] = [comment, "look:", *indented(["skip;", *body])]


def _place(value: Value, text: str) -> str:
    """1 + the place of a value in its type."""
    match value:
        case BoolValue() | EnumValue():
            return f"{text} + 1"
        case IntValue(low):
            return f"{text} + {1 - low}" if low <= 1 else f"{text} - {low - 1}"
        case _:
            raise TypeError(value)


def _note(model: PromelaModel) -> str:
    def fill() -> Lines:
        model.hidden("seen_before", kind(model), number(model))
        body = over("nth", range(number(model)), ["seen_before[nth] = seen_after[nth];"])
        for command in commands(model):
            before = model.hidden(model.names["before", command], "bool", model.pools[command])
            body += [f"{before}[{x}] = {model.names['after', command]}[{x}];" for x in model.slots(command)]
        return inline("note()", body)

    return model.macro("note", "note", fill)


def _keep(model: PromelaModel, command: type[Machine]) -> str:
    """A command keeps what was seen when it began; what others change meanwhile changes in the copy too."""
    name = model.names["keep", command]

    def fill() -> Lines:
        before, after = model.names["before", command], model.names["after", command]
        body: Lines = []
        for x in model.slots(command):
            copy = f"{model.names['saw', command]}[{x * number(model)} + nth]"
            others = f"{x} != mover && seen_before[nth] != seen_after[nth]"
            kept = [
                "if",
                f":: !{after}[{x}] -> {copy} = 0",
                f":: {after}[{x}] && !{before}[{x}] -> {copy} = seen_before[nth]",
                f":: {after}[{x}] && {before}[{x}] && {others} -> {copy} = seen_after[nth]",
                ":: else",
                "fi;",
            ]
            body += over("nth", range(number(model)), kept)
        return inline(f"{name}(mover)", at_once(body))

    return model.macro(("keep", command), name, fill)
