"""Calls of routines: of one that stands above, of the caller itself, or of another part of its circle."""

from __future__ import annotations

from collections.abc import Sequence

from ...spec.language.rows import Declaration
from ..compile.ir import NOTHING
from .circles import Circle
from .frame import Frame
from .knots import Node
from .model import Model
from .names import Names
from .text import Lines, Part, headed


def call(model: Model, node: Node, arguments: Sequence[str], circle: Circle | None) -> str:
    """A call from `circle`, or from outside of all; what another part of the circle returns, it leaves in a result."""
    inner = model.circles.get(node)
    if inner is not None and inner is circle:
        return inner.call(node, arguments, inner.results)
    name = model.names[node]
    model.routine(node, name, lambda: _whole(model, node, inner))
    return f"{name}({', '.join(arguments)})"


def _whole(model: Model, node: Node, circle: Circle | None) -> Lines:
    """A routine by itself; that of a circle's part calls the circle."""
    shape, frame = model.shape(node), Frame(Names(model.names))
    given = [(frame.names.give(name, name), model.kind(kind)) for name, kind in shape.parameters]
    part = _made(model, node, frame) if circle is None else _entry(model, node, frame, circle)
    result = "" if shape.result == NOTHING else model.kind(shape.result)
    return headed(model.names[node], given, result, frame.variables, part)


def _entry(model: Model, node: Node, frame: Frame, circle: Circle) -> Part:
    model.routine(circle, circle.name, lambda: _circle(model, circle))
    shape = model.shape(node)
    results = {kind: frame.variable("result", model.kind(kind)) for kind in circle.results}
    lines = [f"{circle.call(node, [frame.names[name] for name, _ in shape.parameters], results)};"]
    return Part([*lines, *([f"return {results[shape.result]};"] if shape.result in results else [])])


def _circle(model: Model, circle: Circle) -> Lines:
    return circle.lines({node: _made(model, node, circle.frame(node)) for node in circle.words})


def _made(model: Model, node: Node, frame: Frame) -> Part:
    """What a routine does."""
    from .objects import blanking, finalisation, setting
    from .rows import Row

    match node:
        case Declaration():
            return Row(model, node, model.program.functions[node], frame).part()
        case ("set", made):
            return setting(model, made, frame)
        case ("clear", machine):
            return blanking(model, machine, frame)
        case (_, machine):
            return finalisation(model, machine, frame)
