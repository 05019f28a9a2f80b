"""Properties between commands: whether each was broken already in the state in which the first of them began.

The engine's states have a bit for each while commands are in flight, so Murphi's have them too.
"""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ...compile.ir import Judged, Pointer
from ..names import Names
from ..standing import changes
from ..text import Lines, Part, block
from .frame import MurphiFrame
from .model import MurphiModel
from .routines import alone, domain, parameters
from .sight import in_flight
from .text import headed, routine


def variables(model: MurphiModel) -> Lines:
    """The bits."""
    lines = []
    for known in model.standing:
        cases = model.system.told_by.get(known.property)
        kind = f"array [{model.kind(cases.value)}] of boolean" if cases else "boolean"
        lines.append(f"{_bit(model, known)}: {kind}; -- was broken when the commands began")
    return lines


def forget(model: MurphiModel) -> Lines:
    """Nothing is kept while no command is in flight."""
    return [line for known in model.standing for line in _forget(model, known)]


def _forget(model: MurphiModel, known: Judged) -> Lines:
    cases = model.system.told_by.get(known.property)
    if cases is None:
        return [f"{_bit(model, known)} := false;"]
    return block(f"for x: {model.kind(cases.value)} do", [f"{_bit(model, known)}[x] := false;"], "endfor;")


def around(model: MurphiModel, row: Declaration) -> tuple[Lines, Lines]:
    """What a rule needs to keep the bits: what stands before the step, and what behind it."""
    ahead: Lines = []
    behind: Lines = []
    for command, first, last in changes(model, row):
        if first:
            ahead.append(f"{_judge_all(model, command)}();")
        if last:
            behind.append(f"{_settle(model, command)}();")
    return ahead, behind


def _bit(model: MurphiModel, known: Judged) -> str:
    return model.names["standing", known.property]


def _unless_in_flight(model: MurphiModel, command: type[Machine], lines: Lines) -> Lines:
    flies = f"exists x: {model.slots(command)} do {in_flight(model, command)}(x) endexists"
    return block(f"if !({flies}) then", lines, "endif;")


def _judge_all(model: MurphiModel, command: type[Machine]) -> str:
    """What a step may need that is the first of a command."""
    name = model.names["judge", command]

    def fill() -> Lines:
        judged = [f"{_judge(model, known)}();" for known in model.standing if known.property.between is command]
        body = _unless_in_flight(model, command, ["looking := true;", *judged, "looking := false;"])
        comment = "Before a step that may be the first of a command: note which properties are broken."
        return routine(f"procedure {name}()", [], body, comment=comment, end="endprocedure")

    return model.routine(("judge", command), name, fill)


def _judge(model: MurphiModel, known: Judged) -> str:
    """Note whether a property is false of any objects that there are, or an error keeps it from being asked."""
    name = model.names["judge", known.property]

    def fill() -> Lines:
        function, row = known.function, known.function.declaration
        frame = MurphiFrame(parameters(function, Names(model.names)))
        given = [(frame.names[parameter], kind) for parameter, kind in function.parameters]
        holds = frame.variable("holds", "boolean")
        asked = alone(model, row, function, parameters(function, Names(model.names)))
        cases = model.system.told_by.get(known.property)
        bit = _bit(model, known) + (f"[{model.at(given[0][0], cases)}]" if cases else "")
        body = [
            f"{holds} := {asked}({', '.join(parameter for parameter, _ in given)});",
            *block(f"if hidden | !{holds} then", [f"{bit} := true;"], "endif;"),
            "hidden := false;",
        ]
        for parameter, kind in reversed(given):
            if isinstance(kind, Pointer) and kind.machine.dynamic:
                body = block(f"if {model.live(kind.machine, parameter)} then", body, "endif;")
            body = block(f"for {parameter}: {domain(model, kind)} do", body, "endfor;")
        return headed(name, [], "", frame.variables, Part(body))

    return model.routine(("judge", known.property), name, fill)


def _settle(model: MurphiModel, command: type[Machine]) -> str:
    """What a step may need that is the last of a command."""
    name = model.names["settle", command]

    def fill() -> Lines:
        mine = [known for known in model.standing if known.property.between is command]
        body = _unless_in_flight(model, command, [line for known in mine for line in _forget(model, known)])
        comment = "Behind a step that may be the last of a command, or that made none begin."
        return routine(f"procedure {name}()", [], body, comment=comment, end="endprocedure")

    return model.routine(("settle", command), name, fill)
