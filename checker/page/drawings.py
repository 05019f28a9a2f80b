"""What a page shows beside a state: the pictures of the machines, and the texts of their rows."""

from __future__ import annotations

from collections.abc import Collection

from ...spec.language.system import Scope, System
from ..draw.known import outlined
from ..draw.machines import pictures
from ..draw.picture import svg
from ..draw.renderer import render
from .sources import sources


def drawings(
    system: System, scope: Scope, renderer: str | None, never: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """Of the variant that is being looked at; rows that `never` fire are grey. Without a renderer nothing is drawn."""
    names = {machine.__name__ for machine in system.machines}
    drawn = (
        [each for each in pictures(system, outlined(system, scope, never)) if each.name in names] if renderer else []
    )
    rows = [row for machine in (*system.machines, *system.monitors) for row in machine.rows]
    return {
        "pictures": {each.name: svg(each, render(renderer, each.dot)) for each in drawn if renderer},
        "sources": sources(rows),
    }
