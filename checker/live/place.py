"""Where a path leads, as the page gets it: the steps to there, the state, what can come next, and what holds."""

from __future__ import annotations

import inspect
from typing import Any

from ...spec.language.machines import LiveValue
from ...spec.language.plain import Edge, PlainWorld, Values
from ..explore.trace import outcome, show, step
from ..explore.words import word
from ..view.report import one_step, steps
from .judged import judged
from .model import Model
from .position import Live, Path, Position, in_order, written

MOST_STARTS = 200
"""How many initial states of a configuration are listed."""


def model(model: Model) -> dict[str, Any]:
    """What does not change: the model, and where one can start."""
    return {
        "title": model.title,
        "spec": model.system.name,
        "documentation": inspect.cleandoc(model.system.documentation),
        "profile": model.profile.name,
        "defect": model.defect.name if model.defect else None,
        "scope": model.scope_name,
        "lock": model.lock,
        "configurations": [str(configuration) for configuration in model.scope],
        "machines": {machine.__name__: [state.name for state in machine.states] for machine in model.system.machines},
    }


def starts(live: Live, configuration: int) -> dict[str, Any]:
    """The first initial states of a configuration, each by the choices that lead to it. Raises `Nowhere`."""
    found = live.starts(configuration, MOST_STARTS + 1)
    words = [", ".join(outcome(label, chosen) for label, chosen in choices) for _, choices in found[:MOST_STARTS]]
    return {"starts": words, "more": len(found) > MOST_STARTS}


def place(live: Live, path: Path) -> dict[str, Any]:
    """Everything about a place. Raises `Nowhere`."""
    with live.model.in_use() as world:
        position = live.at(path)
        return {
            "path": written(path),
            "configuration": str(position.configuration),
            "initial": dict(show(world, position.initial)),
            "trace": steps(live.trace(position)),
            "broken": [list(each) for each in position.broken_on_the_way],
            "ended": position.ended,
            "state": table(world, position.state),
            "dangling": world.dangling(position.state),
            "waiting": [str(each) for each in world.busy(position.state)],
            "rows": _rows(live, position),
            "properties": [
                {
                    "name": each.property.name,
                    "kind": each.property.kind,
                    "said": each.said,
                    "why": each.why,
                    "documentation": each.property.documentation,
                }
                for each in judged(live, position)
            ],
        }


def table(world: PlainWorld, state: Values) -> dict[str, str]:
    """Every field of every live object."""
    named = [(name, value, raw) for (name, value), raw in zip(world.positions, state, strict=True) if value is not None]
    dead = {name.partition(".")[0] for name, value, raw in named if isinstance(value, LiveValue) and not raw}
    return {name: word(value, raw) for name, value, raw in named if name.partition(".")[0] not in dead}


def _rows(live: Live, position: Position) -> list[dict[str, Any]]:
    world, number = live.world, len(position.taken) + 1
    return [
        {
            "number": index,
            "step": one_step(step(world, number, position.state, edge)),
            "about": _about(edge),
            "breaks": list(in_order(world, world.broken_by(position.state, edge))),
            "cut": edge.cut.__name__ if edge.cut is not None else None,
        }
        for index, edge in enumerate(live.next(position))
    ]


def _about(edge: Edge) -> str:
    """The first line of what the spec says of a row."""
    return inspect.cleandoc(edge.row.body.__doc__ or "").partition("\n")[0]
