"""Properties between commands: whether each was broken already in the state in which the first of them began."""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ....spec.language.types import BoolValue, EnumValue, IntValue
from ...compile.ir import Judged, Pointer
from ..standing import changes
from ..text import Lines, block, indented
from .body import branch
from .frame import PromelaFrame
from .macros import at_once, inline
from .model import PromelaModel
from .routines import call, frame_of, gone_to, result_of
from .sight import in_flight


def _cases(model: PromelaModel, known: Judged) -> range:
    """What a property is told apart by, as raw values."""
    field = model.system.told_by.get(known.property)
    if field is None:
        return range(1)
    low, high = field.value.limits(model.pools)
    return range(low, high + 1)


def variables(model: PromelaModel) -> Lines:
    """The bits: they are a part of the states."""
    return [
        f"bool {_name(model, known)}[{len(_cases(model, known))}]; /* was broken when the commands began */"
        for known in model.standing
    ]


def forgotten(model: PromelaModel) -> Lines:
    """Nothing is noted."""
    return [
        f"{_name(model, known)}[{i}] = false;" for known in model.standing for i in range(len(_cases(model, known)))
    ]


def around(model: PromelaModel, row: Declaration) -> tuple[Lines, Lines]:
    """What a step needs to keep the bits: what stands before it, and what behind it."""
    ahead: Lines = []
    behind: Lines = []
    for command, first, last in changes(model, row):
        if first:
            ahead += branch(_nobody(model, command), [_judged(model, command)])
        if last:
            behind += branch(_nobody(model, command), [f"{_settle(model, command)}();"])
    return ahead, behind


def _name(model: PromelaModel, known: Judged) -> str:
    return model.names["standing", known.property]


def _nobody(model: PromelaModel, command: type[Machine]) -> str:
    """No command is in flight."""
    flying = " || ".join(f"{in_flight(model, command)}({slot})" for slot in model.slots(command))
    return f"!({flying})"


def _judged(model: PromelaModel, command: type[Machine]) -> str:
    """A call of the routine that notes which properties are broken."""
    key = ("judge", command)
    if key not in model.routines:
        model.routines[key] = []
        model.waiting.append(lambda: _judge(model, command))
    return gone_to(model, key, model.names["judge", command])


def _judge(model: PromelaModel, command: type[Machine]) -> None:
    name = model.names["judge", command]
    frame = PromelaFrame(model, name)
    body: Lines = []
    for known in model.standing:
        if known.property.between is command:
            body += _one(model, known, frame)
    comment = "/* Before a step that may be the first of a command: which properties are broken. */"
    lines = ["skip;", *body, "looking = 0;"]
    model.routines["judge", command] = [comment, f"{name}:", *indented(lines)]


def _one(model: PromelaModel, known: Judged, frame: PromelaFrame) -> Lines:
    """Whether a property is false of any objects that there are, or an error keeps it from being asked."""
    function, row = known.function, known.function.declaration
    frame_of(model, row, function)
    given = [(frame.variable(name, "int"), kind) for name, kind in function.parameters]
    asked = call(model, row, [name for name, _ in given], function)
    place = model.returns[row][-1]
    model.places_of_looks.append(place)
    cases = model.system.told_by.get(known.property)
    low = _cases(model, known).start
    case = f"{model.at(given[0][0], cases)} - {low}" if cases else "0"
    broken = branch(
        f"unseen || !{result_of(model, row, function)}", [f"{_name(model, known)}[{case.removesuffix(' - 0')}] = true;"]
    )
    body = [f"looking = {place};", *asked, *broken, "unseen = false;"]
    for name, kind in reversed(given):
        if isinstance(kind, Pointer) and kind.machine.dynamic:
            body = branch(model.live(kind.machine, name), body)
        low, high = _limits(model, kind)
        body = block(f"for ({name} : {low} .. {high}) {{", body, "}")
    return body


def _limits(model: PromelaModel, kind: object) -> tuple[int, int]:
    match kind:
        case Pointer(machine):
            return 0, model.pools[machine] - 1
        case IntValue(low, high):
            return low, high
        case EnumValue(members):
            return 0, len(members) - 1
        case BoolValue():
            return 0, 1
        case _:
            raise TypeError(kind)


def _settle(model: PromelaModel, command: type[Machine]) -> str:
    """Behind a step that may be the last of a command, or that made none begin: nothing is noted any more."""
    name = model.names["settle", command]

    def fill() -> Lines:
        mine = [known for known in model.standing if known.property.between is command]
        body = [f"{_name(model, known)}[{i}] = false;" for known in mine for i in range(len(_cases(model, known)))]
        return inline(f"{name}()", at_once(body))

    return model.macro(("settle", command), name, fill)
