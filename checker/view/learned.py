"""What was learned of an implementation: as text, as a drawing, and as the document `hotswap-learn/1`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import graphviz
from rich.console import Console
from rich.text import Text

from ..learn.difference import Difference
from ..learn.learned import Learned
from ..learn.mealy import NOT_POSSIBLE, Mealy, Output
from .conformance import print_conversation
from .console import columns, put
from .text import steps

SCHEMA = "hotswap-learn/1"


def print_learned(console: Console, found: Learned, seconds: float) -> None:
    """The machine in numbers, and the shortest word that tells it from the spec."""
    put(console, Text(f"{found.target}, learned in {found.configuration}", "bold"))
    letters, states = len(found.letters), len(found.machine.steps)
    asked = f"{found.starts:,} starts, {found.steps:,} steps, {seconds:.1f} s"
    put(console, Text(f"letters: {letters}, states: {states}, by {asked}"))
    put(console, Text(_trust(found)))
    if found.held < states:
        put(console, Text(f"{states - found.held} of them are reached only where the spec is not followed any more"))
    for letter, why in found.undriven.items():
        put(console, Text(f"{letter}: {why}", "yellow"))
    console.print()
    if found.difference is None:
        put(console, Text(f"the same as {found.profile}, along all words of which the spec says something", "green"))
        return
    put(console, Text(f"after {steps(len(found.difference.word))} it is not as {found.profile}", "bold red"))
    print_conversation(console, [found.letters[letter] for letter in found.difference.word])
    table = columns("", found.profile, found.target)
    for name, word in found.difference.seen.items():
        said = "\nor ".join(dict.fromkeys(way.get(name, word) for way in found.difference.spec))
        table.add_row(name, said, word)
    put(console, table)


def _trust(found: Learned) -> str:
    most = len(found.machine.steps) + found.thoroughness.depth
    words = f" {found.thoroughness.words:,} words at random found no more." if found.thoroughness.words else ""
    return f"Nothing was missed if the target has at most {most} states (Wp-method).{words}"


def drawing(found: Learned) -> str:
    """The machine as DOT: in a state what is seen there, on an arrow what was replied and heard."""
    graph = graphviz.Digraph(found.target, graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
    graph.attr(label=f"{found.target}: what a state has no arrow for is not possible there\n")
    graph.node("start", "", shape="point")
    graph.edge("start", "0")
    seen = _seen(found.machine)
    for state, row in enumerate(found.machine.steps):
        graph.node(str(state), graphviz.escape("".join(f"{line}\n" for line in [str(state), *seen[state]])))
        arrows: dict[int, list[str]] = {}
        for letter, (output, after) in zip(found.letters, row, strict=True):
            if output.undone != NOT_POSSIBLE:
                news = [line for line in _lines(output.shown, found.machine.first) if line not in seen[after]]
                arrows.setdefault(after, []).append(f"{letter} / {'; '.join(news)}")
        for after, labels in arrows.items():
            graph.edge(str(state), str(after), label=graphviz.escape("\n".join(labels)))
    return str(graph.source)


def _seen(machine: Mealy) -> list[list[str]]:
    """Of each state what is seen whenever it is reached, and is otherwise than at the start."""
    reached = [[dict(machine.first.state)], *([] for _ in machine.steps[1:])]
    for row in machine.steps:
        for output, after in row:
            if not output.undone:
                reached[after].append(dict(output.state))
    common = (dict(sorted(set.intersection(*({*each.items()} for each in ways)))) for ways in reached)
    return [list(_lines(each, machine.first)) for each in common]


def _lines(shown: Mapping[str, str], first: Output) -> Iterator[str]:
    known = first.shown
    return (f"{name}: {word}" for name, word in shown.items() if known.get(name) != word)


def text(found: Learned) -> str:
    """The document as it is written to a file; what is asked the same way gives the same, so no times are in it."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "target": found.target,
        "profile": found.profile,
        "configuration": str(found.configuration),
        "alphabet": [str(letter) for letter in found.letters],
        "depth": found.thoroughness.depth,
        "random": found.thoroughness.words,
        "seed": found.thoroughness.seed,
        "starts": found.starts,
        "steps": found.steps,
        "hypotheses": found.hypotheses,
        "held": found.held,
        "undriven": {str(letter): why for letter, why in found.undriven.items()},
        "first": found.machine.first.shown,
        "states": [
            [{"letter": number, "output": output.shown, "to": after} for number, (output, after) in enumerate(row)]
            for row in found.machine.steps
        ],
        "difference": _difference(found, found.difference),
    }
    return json.dumps(document, indent=1) + "\n"


def _difference(found: Learned, difference: Difference | None) -> Mapping[str, Any] | None:
    if difference is None:
        return None
    return {
        "word": [str(found.letters[letter]) for letter in difference.word],
        "spec": [dict(way) for way in difference.spec],
        "seen": dict(difference.seen),
    }
