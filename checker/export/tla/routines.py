"""Routines as operators: from a state and arguments to the outcomes.

An outcome is a state; with what is returned, a record of both; or that alone, where nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....spec.language.rows import Declaration
from ....spec.language.types import Field
from ...compile.ir import Function
from ..knots import Node
from ..text import Lines
from .endings import blanking, finalisation, setting
from .model import TlaModel
from .rows import Row
from .text import applied


def apply(model: TlaModel, node: Node, arguments: Sequence[str]) -> str:
    """A routine, applied to a state and to its arguments."""
    name = model.names[node]
    model.operator(node, name, len(model.shape(node).parameters) + 1, lambda: _made(model, node))
    return applied(name, arguments)


def property_of(model: TlaModel, row: Declaration, function: Function, arguments: Sequence[str]) -> str:
    """The same for a property, which is no row of the spec."""
    name = model.names[row]
    model.operator(row, name, len(arguments), lambda: Row(model, row, function).lines())
    return applied(name, arguments)


def _made(model: TlaModel, node: Node) -> Lines:
    match node:
        case Declaration():
            return Row(model, node, model.program.functions[node]).lines()
        case ("set", Field() as made):
            return setting(model, made)
        case ("clear", type() as machine):
            return blanking(model, machine)
        case (_, type() as machine):
            return finalisation(model, machine)
        case _:
            raise TypeError(node)
