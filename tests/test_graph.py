"""The state graph of a small system."""

from __future__ import annotations

import networkx
import pytest

from hotswap.checker import Result, check
from hotswap.checker.view.graph import state_graph
from hotswap.spec.language import SpecError, System


def test_it_has_what_the_check_counts(nic: System, proved: Result) -> None:
    """As many nodes as states, as many edges as transitions, and the same depth."""
    graph = state_graph(nic, profile="repaired")
    initial = [state for state, first in graph.nodes(data="initial") if first]

    assert (len(graph), graph.number_of_edges()) == (proved.states, proved.transitions)
    assert len(initial) == 1
    assert max(networkx.single_source_shortest_path_length(graph, initial[0]).values()) == proved.depth


def test_errors_are_in_the_nodes(nic: System) -> None:
    """A step that ends its path leads nowhere, but is not forgotten."""
    graph = state_graph(nic)
    result = check(nic, engine="python")
    errors = [error for _, found in graph.nodes(data="errors") for error in found]

    assert set(errors) == {"no-use-after-free"}
    assert graph.number_of_edges() + len(errors) == result.transitions


def test_it_is_for_small_systems(nic: System) -> None:
    """More states than a graph is good for are refused."""
    with pytest.raises(SpecError, match="more than 20 states"):
        state_graph(nic, most=20)
