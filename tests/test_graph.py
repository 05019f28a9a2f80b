"""The state graph of a small system."""

from __future__ import annotations

import re
from pathlib import Path

import networkx
import pytest

from hotswap.checker import Result, check
from hotswap.checker.cli import main
from hotswap.checker.view.graph import state_graph
from hotswap.spec.language import SpecError, System

HERE = Path(__file__).parent
NIC = f"{HERE}/nic.py"
SEVERAL = "devices=serial,backends=null,others=,ids=1,changes=1,known=True"
"""A scope with more than one initial state."""
Output = pytest.CaptureFixture[str]


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


def exported(capsys: Output, spec: str, form: str, *more: str) -> str:
    """What `hotswap export` prints."""
    assert main(["export", spec, "--to", form, *more]) == 0
    return capsys.readouterr().out


def test_graphml(proved: Result, capsys: Output) -> None:
    """What is exported as GraphML can be read, and has every state with its fields and every firing with its label."""
    graph = networkx.parse_graphml(exported(capsys, NIC, "graphml", "--profile", "repaired"))

    assert (len(graph), graph.number_of_edges()) == (proved.states, proved.transitions)
    assert {"Card0.state", "initial"} <= set(graph.nodes["s0"])
    assert "Card0.switch_on" in {label for _, _, label in graph.edges(data="label")}


def test_aldebaran(proved: Result, capsys: Output) -> None:
    """The head of an Aldebaran text says how many there are, and every line leads from one state to another."""
    head, *lines = exported(capsys, NIC, "aut", "--profile", "repaired").splitlines()
    found = [re.fullmatch(r'\((\d+), "[^"]+", (\d+)\)', line) for line in lines]
    ends = {int(end) for line in found if line is not None for end in line.groups()}

    assert head == f"des (0, {proved.transitions}, {proved.states})"
    assert len(lines) == proved.transitions
    assert all(found)
    assert ends == set(range(proved.states))


def test_more_than_one_start(capsys: Output) -> None:
    """An Aldebaran text has one start: of several, each is a step away from it."""
    lines = exported(capsys, f"{HERE}/models/river.py", "aut").splitlines()
    several = exported(capsys, "chardev", "aut", "--scope", SEVERAL).splitlines()

    assert '"boot"' not in "".join(lines)
    assert several[1].startswith('(0, "boot", 1)')
