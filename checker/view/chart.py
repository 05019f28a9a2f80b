"""A machine's rows as a chart: a `transitions` machine that runs, and a Graphviz drawing."""

from __future__ import annotations

from collections.abc import Iterator

import graphviz
import transitions

from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State


def arrows(machine: type[Machine]) -> Iterator[tuple[Declaration, State, State | None]]:
    """Each row as (row, from, to), once for every pair of states; `to` is None where the state stays."""
    for row in machine.rows:
        if row.kind not in ("step", "operation"):
            continue
        for source in row.sources or machine.states:
            for target in row.targets or (None,):
                yield row, source, target


def control(machine: type[Machine], model: object | None = None) -> transitions.Machine:
    """The control states of a machine as a `transitions.Machine`, whose triggers are the rows.

    A row with several targets has one trigger for each, `row:target`: which of them happens, the spec's body decides.
    """
    _has_states(machine)
    made = transitions.Machine(
        model=model,
        states=[state.name for state in machine.states],
        initial=next(state.name for state in machine.states if state.initial),
        auto_transitions=False,
        send_event=False,
        name=machine.__name__,
    )
    for row, source, target in arrows(machine):
        made.add_transition(trigger(row, target), source.name, target.name if target else None)
    return made


def trigger(row: Declaration, target: State | None) -> str:
    """The name of the trigger that takes a row to one of its targets."""
    return f"{row.name}:{target.name}" if target is not None and len(row.targets) > 1 else row.name


def drawing(machine: type[Machine]) -> graphviz.Digraph:
    """The control states of a machine as a Graphviz graph; steps are solid, operations dashed."""
    _has_states(machine)
    graph = graphviz.Digraph(machine.__name__, graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
    graph.attr("node", style="rounded")
    for state in machine.states:
        attributes = {"peripheries": "2"} if state.initial else {}
        graph.node(state.name, **attributes, **({"style": "rounded,filled"} if state.waiting else {}))
    for row, source, target in arrows(machine):
        if target is None and not row.sources:
            continue  # true of every state: a loop on each says nothing
        style = {} if row.kind == "step" else {"style": "dashed"}
        graph.edge(source.name, (target or source).name, label=row.name, **style)
    return graph


def _has_states(machine: type[Machine]) -> None:
    if not machine.states:
        raise SpecError(f"{machine.__name__} has no control states to draw", instead="draw a machine with states")
