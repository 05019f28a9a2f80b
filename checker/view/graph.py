"""The states of a small system as a graph, every step an edge."""

from __future__ import annotations

from typing import Any

import networkx

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld
from ...spec.language.system import Scope, System
from ...spec.language.variants import variant
from ..explore.check import name_of_scope
from ..explore.locking import held_states
from ..explore.trace import show, step
from .steps import with_choices

MOST = 100_000
"""A graph of objects takes kilobytes a state: more than this is for the engine."""


def state_graph(
    system: System,
    *,
    profile: str | None = None,
    scope: str | Scope | None = None,
    lock: str = "bql",
    defect: str | None = None,
    most: int = MOST,
) -> networkx.MultiDiGraph[Any]:
    """Every reachable state as a node (its values as attributes), every firing of a row as an edge (its label names the
    instance, the row, the arguments and the outcomes).

    Made by the plain Python engine. A step that ends its path in an error leads nowhere: the node's `errors` has it.
    """
    edit = system.defect(defect) if defect else None
    version = system.profile(profile or (edit.profile if edit else None))
    _, configurations = name_of_scope(system, scope)
    graph: networkx.MultiDiGraph[Any] = networkx.MultiDiGraph(name=system.name)
    with variant(version, edit):
        world = PlainWorld(system, system.pools(configurations), held=held_states(system, lock))
        todo = list(world.initial(configurations))
        for state in todo:
            graph.add_node(state, initial=True, errors=[], values=show(world, state))
        for state in todo:
            for edge in world.edges(state):
                if edge.error is not None:
                    graph.nodes[state]["errors"].append(edge.error.property)
                if edge.after is None:
                    continue
                if edge.after not in graph:
                    if len(graph) >= most:
                        raise SpecError(f"more than {most:,} states", instead="use a smaller scope, or `check`")
                    graph.add_node(edge.after, initial=False, errors=[], values=show(world, edge.after))
                    todo.append(edge.after)
                label = with_choices(step(world, 0, state, edge))
                graph.add_edge(state, edge.after, row=edge.row.qualname, instance=edge.instance, label=label)
    return graph
