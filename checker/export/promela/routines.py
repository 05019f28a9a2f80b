"""Routines: labels that are gone to, and that go back to the place that a call has noted.

Promela has no procedures, its inlines cannot call themselves, and a text that has each of them in place of each call
grows beyond all bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....spec.language.rows import Declaration
from ...compile.ir import NOTHING, Function
from ..knots import Node
from ..model import Shape
from ..objects import blanking, finalisation, setting
from ..rows import Row
from ..text import Lines, Part, block, indented
from .frame import RESULT, PromelaFrame
from .model import PromelaModel

if TYPE_CHECKING:
    from .body import Body


def call(model: PromelaModel, node: Node, arguments: Sequence[str], function: Function | None = None) -> Lines:
    """A call; with `function` for a row that the program doesn't list."""
    frame = frame_of(model, node, function)
    shape = _shape(model, node, function)
    given = (frame.given(name) for name, _ in shape.parameters)
    passed = [f"{name} = {value};" for name, value in zip(given, arguments, strict=True)]
    return [*passed, gone_to(model, node, model.names[node])]


def gone_to(model: PromelaModel, node: object, name: str) -> str:
    """Go to a routine, and come back here."""
    return f"call({name}, {model.place(node)});"


def result_of(model: PromelaModel, node: Node, function: Function | None = None) -> str:
    """What a routine has just returned, to its caller."""
    return frame_of(model, node, function).given(RESULT)


def frame_of(model: PromelaModel, node: Node, function: Function | None = None) -> PromelaFrame:
    """The frame of a routine, which is written for whoever is the first to ask for it."""
    if node not in model.frames:
        frame = PromelaFrame(model, model.names[node], stacked=model.recursive(node))
        model.frames[node] = frame
        shape = _shape(model, node, function)
        for name, kind in shape.parameters:
            frame.variable(name, model.kind(kind), name)
        if shape.result != NOTHING:
            frame.variable("result", model.kind(shape.result), RESULT)
        model.waiting.append(lambda: _write(model, node, frame, function))
    return model.frames[node]


def _shape(model: PromelaModel, node: Node, function: Function | None) -> Shape:
    return model.shape(node) if function is None else Shape(function.parameters, function.result)


def _write(model: PromelaModel, node: Node, frame: PromelaFrame, function: Function | None) -> None:
    from .body import Body

    name = model.names[node]
    body = Body(model, frame, _shape(model, node, function).result, end=f"{name}_ends")
    part = _made(body, node, function)
    above = [said(part.comment)] if part.comment else []
    lines = [*up_to(f"{name}_ends", part.lines), *body.behind]
    model.routines[node] = [*above, f"{name}:", *indented(["skip;", *lines])]


def _made(body: Body, node: Node, function: Function | None) -> Part:
    """What a routine does."""
    match node:
        case Declaration():
            return Row(body, node, function or body.model.program.functions[node]).part()
        case ("set", made):
            return setting(body, made)
        case ("clear", machine):
            return blanking(body, machine)
        case (_, machine):
            return finalisation(body, machine)


def said(comment: str) -> str:
    """A comment."""
    return f"/* {comment.replace('*/', '* /')} */"


def up_to(label: str, lines: Lines) -> Lines:
    """The lines, and a label for those that leave them before their end."""
    gone = f"goto {label};"
    if lines and lines[-1] == gone:
        lines = lines[:-1]
    return [*lines, f"{label}:", "skip;"] if any(line.strip() == gone for line in lines) else lines


def returning(model: PromelaModel, node: object) -> Lines:
    """Where a routine goes back to."""
    places = model.returns.get(node, [])
    if len(places) == 1:
        return ["deep--;", f"goto back_{places[0]};"]
    return ["deep--;", "if", *(f":: back[deep] == {place} -> goto back_{place}" for place in places), "fi;"]


def all_routines(model: PromelaModel) -> list[Lines]:
    """The option of the loop that has the routines, and what an error goes to; it is never taken by itself."""
    counters = "".join(f"{counter} = 0; " for counter in model.counters.values())
    looks = [
        f":: looking == {place} -> unseen = true; {counters}deep = 1; goto back_{place}"
        for place in model.places_of_looks
    ]
    failed = ["failed:", *indented(["skip;", *(["if", *looks, ":: else", "fi;"] if looks else []), "begin();"])]
    ended = ["end_step();"] if model.dynamic else []
    lines = [
        line for node, routine in model.routines.items() for line in [*routine, *indented(returning(model, node)), ""]
    ]
    return [block(":: atomic {", ["false ->", *lines, *failed, *ended], "}")]
