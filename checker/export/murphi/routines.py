"""Calls of routines: of one that stands above, of the caller itself, or of another part of its circle."""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.rows import Declaration
from ...compile.ir import NOTHING, Function, Pointer, Type
from ..knots import Node
from ..names import Names
from ..objects import blanking, finalisation, setting
from ..rows import Row
from ..text import Lines, Part
from .circles import Circle
from .frame import MurphiFrame
from .model import MurphiModel
from .text import headed


def call(model: MurphiModel, node: Node, arguments: Sequence[str], circle: Circle | None) -> str:
    """A call from `circle`, or from outside of all; what another part of the circle returns, it leaves in a result."""
    inner = model.circles.get(node)
    if inner is not None and inner is circle:
        return inner.call(node, arguments, inner.results)
    name = model.names[node]
    model.routine(node, name, lambda: _whole(model, node, inner))
    return f"{name}({', '.join(arguments)})"


def _whole(model: MurphiModel, node: Node, circle: Circle | None) -> Lines:
    """A routine by itself; that of a circle's part calls the circle."""
    shape, frame = model.shape(node), MurphiFrame(Names(model.names))
    given = [(frame.names.give(name, name), model.kind(kind)) for name, kind in shape.parameters]
    part = _made(model, node, frame) if circle is None else _entry(model, node, frame, circle)
    result = "" if shape.result == NOTHING else model.kind(shape.result)
    return headed(model.names[node], given, result, frame.variables, part)


def _entry(model: MurphiModel, node: Node, frame: MurphiFrame, circle: Circle) -> Part:
    model.routine(circle, circle.name, lambda: _circle(model, circle))
    shape = model.shape(node)
    results = {kind: frame.variable("result", model.kind(kind)) for kind in circle.results}
    lines = [f"{circle.call(node, [frame.names[name] for name, _ in shape.parameters], results)};"]
    return Part([*lines, *([f"return {results[shape.result]};"] if shape.result in results else [])])


def _circle(model: MurphiModel, circle: Circle) -> Lines:
    return circle.lines({node: _made(model, node, circle.frame(node)) for node in circle.words})


def _made(model: MurphiModel, node: Node, frame: MurphiFrame) -> Part:
    """What a routine does."""
    from .body import Body

    match node:
        case Declaration():
            function = model.program.functions[node]
            return Row(Body(model, frame, function.result, lenient=node in model.beside), node, function).part()
        case ("set", made):
            return setting(Body(model, frame), made)
        case ("clear", machine):
            return blanking(Body(model, frame), machine)
        case (_, machine):
            return finalisation(Body(model, frame), machine)


def alone(model: MurphiModel, row: Declaration, function: Function, names: Names) -> str:
    """A routine that is only called with objects that there are: a step's, a property's. `names` has its parameters."""
    from .body import Body

    def fill() -> Lines:
        frame = MurphiFrame(names)
        part = Row(Body(model, frame, function.result, lenient=row in model.beside), row, function).part()
        given = [(names[name], domain(model, kind)) for name, kind in function.parameters]
        result = "" if function.result == NOTHING else model.kind(function.result)
        return headed(model.names[row], given, result, frame.variables, part)

    return model.routine(row, model.names[row], fill)


def domain(model: MurphiModel, kind: Type) -> str:
    """The type of what a parameter of a rule or a property ranges over: of pointers, the slots."""
    return model.slots(kind.machine) if isinstance(kind, Pointer) else model.kind(kind)


def parameters(function: Function, names: Names) -> Names:
    """Names for the parameters of a row."""
    for name, _ in function.parameters:
        names.give(name, name)
    return names
