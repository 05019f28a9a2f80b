"""Properties between commands: whether each was broken already in the state in which the first of them began."""

from __future__ import annotations

from ....spec.language.machines import Machine
from ....spec.language.rows import Declaration
from ...compile.ir import Judged
from ..standing import changes
from ..text import Lines
from .model import TlaModel, definition
from .names import Fresh
from .outcomes import If, One, value
from .routines import property_of
from .sight import in_flight
from .text import applied, both, changed


def fields(model: TlaModel) -> list[tuple[str, str]]:
    """Where a state has the bits, and what they are while no command is in flight."""
    return [(_bit(model, known), _sound(model, known)) for known in model.standing]


def settled(model: TlaModel, row: Declaration, after: str) -> str:
    """The state behind a step, with the bits that are kept while commands are in flight."""
    for command, first, last in changes(model, row):
        if first or last:
            after = applied(_settle(model, command), ["state", after])
    return after


def _bit(model: TlaModel, known: Judged) -> str:
    return model.names["standing", known.property]


def _sound(model: TlaModel, known: Judged) -> str:
    cases = model.system.told_by.get(known.property)
    return f"[x \\in {model.kind(cases.value)} |-> FALSE]" if cases else "FALSE"


def _settle(model: TlaModel, command: type[Machine]) -> str:
    name = model.names["settle", command]

    def fill() -> Lines:
        mine = [known for known in model.standing if known.property.between is command]
        forgotten = changed("after", ((_bit(model, known), _sound(model, known)) for known in mine))
        judged = changed("after", ((_bit(model, known), f"{_judge(model, known)}(before)") for known in mine))
        flies = [
            f"\\E x \\in DOMAIN {model.pool(when, command)} : {in_flight(model, command)}({when}, x)"
            for when in ("before", "after")
        ]
        body = If(f"~({flies[1]})", One(forgotten), If(flies[0], One("after"), One(judged)))
        comment = "While such a command is in flight, it is kept which properties were broken before the first began."
        return definition(name, ["before", "after"], value(body), comment)

    return model.operator(("settle", command), name, 2, fill)


def _judge(model: TlaModel, known: Judged) -> str:
    """Whether a property is false of any objects that there are, or an error keeps it from being asked."""
    name = model.names["judge", known.property]

    def body() -> str:
        function = known.function
        fresh = Fresh(model.names)
        fresh("s")
        given = [(fresh(parameter), kind) for parameter, kind in function.parameters]
        domains = [model.member("s", name, kind) for name, kind in given]
        broken = f"{property_of(model, function.declaration, function, ['s', *(name for name, _ in given)])} # {{TRUE}}"
        cases = model.system.told_by.get(known.property)
        if cases is None:
            return f"\\E {', '.join(domains)} : {broken}" if domains else broken
        case = fresh("case")
        here = f"{model.field('s', given[0][0], cases)} = {case}"
        return f"[{case} \\in {model.kind(cases.value)} |-> \\E {', '.join(domains)} : {both([here, broken])}]"

    return model.defined(("judge", known.property), name, ["s"], body)
