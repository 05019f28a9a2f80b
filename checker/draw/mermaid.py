"""A machine's control states and rows as a Mermaid diagram, for pages that render it."""

from __future__ import annotations

from ...spec.language.control import has_states
from ...spec.language.machines import Machine
from ...spec.language.rows import State
from .arrows import bundles

RESERVED = {
    "accDescr",
    "accTitle",
    "class",
    "classDef",
    "click",
    "default",
    "href",
    "note",
    "scale",
    "state",
    "stateDiagram",
    "style",
}
"""What Mermaid does not take as the name of a state."""


def mermaid(machine: type[Machine]) -> str:
    """The control states of a machine as a Mermaid `stateDiagram-v2`; operations are marked as called."""
    has_states(machine)
    names = {state: _identifier(machine, state) for state in machine.states}
    lines = ["stateDiagram-v2"]
    for state, name in names.items():
        title = f"{state.name} (waiting)" if state.waiting else state.name
        if title != name:
            lines.append(f'    state "{title}" as {name}')
    lines += [f"    [*] --> {name}" for state, name in names.items() if state.initial]
    labels: dict[tuple[State, State], list[str]] = {}
    for each in bundles(machine):
        called = "" if each.kind == "step" else " (called)"
        labels.setdefault((each.source, each.target), []).extend(f"{row.name}{called}" for row in each.rows)
    for (source, target), rows in labels.items():
        lines.append(f"    {names[source]} --> {names[target]} : {'<br/>'.join(rows)}")
    return "\n".join(lines) + "\n"


def _identifier(machine: type[Machine], state: State) -> str:
    return f"{machine.__name__}_{state.name}" if state.name in RESERVED else state.name
