"""A state graph in the Aldebaran format, which CADP and mCRL2 read: the header, then a line for each transition."""

from __future__ import annotations

from typing import Any

import networkx

BOOT = "boot"
"""What leads to each of several start states: the format has one."""


def text(graph: networkx.MultiDiGraph[Any]) -> str:
    """The states are numbered as they were found, the start first."""
    starts = [state for state, initial in graph.nodes(data="initial") if initial]
    before = 1 if len(starts) > 1 else 0
    numbers = {state: number for number, state in enumerate(graph, start=before)}
    lines = [_line(0, BOOT, numbers[state]) for state in starts] if before else []
    lines += [_line(numbers[source], label, numbers[target]) for source, target, label in graph.edges(data="label")]
    return "\n".join([f"des (0, {len(lines)}, {len(graph) + before})", *lines]) + "\n"


def _line(source: int, label: str, target: int) -> str:
    return f'({source}, "{label.replace(chr(34), chr(39))}", {target})'
