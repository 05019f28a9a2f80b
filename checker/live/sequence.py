"""The way to a place as a sequence diagram."""

from __future__ import annotations

from typing import Any

from ..draw.sequence import of_trace
from ..draw.sequence_svg import svg
from ..draw.sequence_text import text
from .position import Live, Path, written


def sequence(live: Live, path: Path) -> dict[str, Any]:
    """Who calls whom on the way; nothing if no step has been taken. Raises `Nowhere`."""
    position = live.at(path)
    last = position.broken_on_the_way[-1]
    end = f"breaks {', '.join(last)}" if last else ""
    told = of_trace(live.trace(position), live.model.system, f"the way to {written(path)}", end)
    return {"sequence": svg(told, text(told)) if position.taken else ""}
