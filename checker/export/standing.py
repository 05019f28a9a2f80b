"""Properties between commands: whether each was broken already in the state in which the first of them began.

The engine's states have a bit for each while commands are in flight, so those of every text have them too.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, sources_of
from .model import Model
from .sight import begins, targets


def changes(model: Model, row: Declaration) -> Iterator[tuple[type[Machine], bool, bool]]:
    """For each command that counts: whether a step may be its first, and whether its bits may be forgotten after it."""
    for command in dict.fromkeys(known.property.between for known in model.standing):
        assert command is not None
        goes_on = row.machine is command and all(state.in_flight for state in sources_of(row))
        first = begins(model, row, command) and not goes_on
        yield command, first, first or any(not state.in_flight for state in targets(model, row, command))
