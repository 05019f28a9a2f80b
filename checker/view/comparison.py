"""Profiles side by side: properties down, profiles across."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ..explore.result import Result, Verdict
from .console import columns, put
from .text import STYLES, steps

SCHEMA = "hotswap-compare/1"


def print_comparison(console: Console, results: Sequence[Result]) -> None:
    """A verdict in each cell, and of what is violated how many steps it takes."""
    first = results[0]
    put(console, Text(f"{first.spec}, scope {first.scope}, lock {first.lock}", "bold"))
    console.print()
    table = columns("property", *(result.profile for result in results))
    for known in first.properties:
        table.add_row(known.name, *(_cell(result.verdict(known.name)) for result in results))
    table.add_row()
    table.add_row(Text("states", "dim"), *(Text(f"{result.states:,}", "dim") for result in results))
    put(console, table)
    for result in results:
        if not result.exhaustive:
            put(console, Text(f"{result.profile}: not every state was visited. Stopped: {result.stopped}.", "yellow"))


def text(results: Sequence[Result]) -> str:
    """The comparison as JSON."""
    return json.dumps(document(results), indent=1) + "\n"


def document(results: Sequence[Result]) -> dict[str, Any]:
    """The document `hotswap-compare/1`: the verdicts of every profile, without the traces."""
    first = results[0]
    return {
        "schema": SCHEMA,
        "spec": first.spec,
        "scope": first.scope,
        "lock": first.lock,
        "engine": first.engine,
        "profiles": [
            {
                "profile": result.profile,
                "exhaustive": result.exhaustive,
                "states": result.states,
                "transitions": result.transitions,
                "properties": [_verdict(known) for known in result.properties],
            }
            for result in results
        ],
    }


def _verdict(known: Verdict) -> dict[str, Any]:
    length = known.trace.length if known.trace else None
    return {"name": known.name, "kind": known.kind, "verdict": known.verdict, "trace_length": length}


def _cell(known: Verdict) -> Text:
    style = STYLES[known.verdict]
    if known.verdict == "violated" and known.trace:
        return Text(steps(known.trace.length), style)
    return Text(known.verdict.upper(), style)
