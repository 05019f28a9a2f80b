"""What the page shows beside the state: the machines, their rows' texts, and the trace as a sequence diagram."""

from __future__ import annotations

from typing import Any

from ..draw.known import outlined
from ..draw.machines import pictures
from ..draw.picture import svg
from ..draw.renderer import render, renderer
from ..draw.sequence import of_trace
from ..draw.sequence_svg import svg as drawn
from ..draw.sequence_text import text
from .live import Live, Path, written
from .model import Model
from .sources import sources


def drawings(model: Model) -> dict[str, Any]:
    """A picture of each machine, if there is something to draw with, and the text of each row."""
    system, program = model.system, renderer()
    with model.in_use():
        found = pictures(system, outlined(system, model.scope, ())) if program else ()
        texts = sources(row for machine in (*system.machines, *system.monitors) for row in machine.rows)
    return {
        "pictures": {each.name: svg(each, render(program, each.dot)) for each in found if program},
        "sources": texts,
    }


def sequence(live: Live, path: Path) -> dict[str, Any]:
    """The way to a place, as who calls whom. Raises `Nowhere`."""
    position = live.at(path)
    last = position.broken_on_the_way[-1]
    end = f"breaks {', '.join(last)}" if last else ""
    told = of_trace(live.trace(position), live.model.system, f"the way to {written(path)}", end)
    return {"sequence": drawn(told, text(told)) if position.taken else ""}
