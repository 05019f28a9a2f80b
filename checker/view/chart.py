"""A machine's rows as a chart: a Graphviz drawing, and a Mermaid diagram."""

from __future__ import annotations

from dataclasses import dataclass

import graphviz

from ...spec.language.control import arrows, has_states
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State

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


@dataclass(frozen=True)
class Bundle:
    """The rows of one kind that lead from one state to one other: a single arrow of a picture."""

    source: State
    target: State
    kind: str
    rows: tuple[Declaration, ...]


def bundles(machine: type[Machine]) -> list[Bundle]:
    """The arrows of a picture, in the order of the rows.

    A row that can be taken in every state and stays there has none: a loop on each state says nothing.
    """
    found: dict[tuple[State, State, str], list[Declaration]] = {}
    for row, source, target in arrows(machine):
        if row.sources or target is not None:
            found.setdefault((source, target or source, row.kind), []).append(row)
    return [Bundle(*ends, tuple(rows)) for ends, rows in found.items()]


def anywhere(machine: type[Machine]) -> list[Declaration]:
    """The rows that a picture leaves out: they can be taken in every state, and name none to go to."""
    return [row for row in machine.rows if row.kind in ("step", "operation") and not row.sources and not row.targets]


def drawing(machine: type[Machine]) -> graphviz.Digraph:
    """The control states of a machine as a Graphviz graph; steps are solid, operations dashed."""
    has_states(machine)
    graph = graphviz.Digraph(machine.__name__, graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
    graph.attr("node", style="rounded")
    for state in machine.states:
        attributes = {"peripheries": "2"} if state.initial else {}
        graph.node(state.name, **attributes, **({"style": "rounded,filled"} if state.waiting else {}))
    for each in bundles(machine):
        style = {} if each.kind == "step" else {"style": "dashed"}
        graph.edge(each.source.name, each.target.name, label="\\n".join(row.name for row in each.rows), **style)
    return graph


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
