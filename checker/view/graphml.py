"""A state graph as GraphML, which networkx, Gephi and yEd read."""

from __future__ import annotations

from typing import Any

import networkx


def text(graph: networkx.MultiDiGraph[Any]) -> str:
    """The states are numbered as they were found; a node has each of its fields that is not blank as an attribute."""
    plain: networkx.MultiDiGraph[Any] = networkx.MultiDiGraph(**graph.graph)
    numbers = {state: f"s{number}" for number, state in enumerate(graph)}
    for state, known in graph.nodes(data=True):
        errors = {"errors": ", ".join(known["errors"])} if known["errors"] else {}
        plain.add_node(numbers[state], initial=known["initial"], **errors, **known["values"])
    for number, (source, target, known) in enumerate(graph.edges(data=True)):
        plain.add_edge(numbers[source], numbers[target], key=f"e{number}", **known)
    return "\n".join(networkx.generate_graphml(plain)) + "\n"
