"""What tells two versions apart: as text, and as the document `hotswap-diff/1`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ..conform.diff import Distinction
from .conformance import print_conversation
from .console import columns, put

SCHEMA = "hotswap-diff/1"


def print_distinctions(console: Console, one: str, other: str, found: Sequence[Distinction], stopped: str) -> None:
    """Each conversation, and what the two versions show at its end."""
    for each in found:
        put(console, Text(f"after {len(each.conversation)} steps, in {each.configuration}", "bold"))
        print_conversation(console, each.conversation)
        table = columns("", one, other)
        for name in each.names:
            table.add_row(name, _cell(each.one, name), _cell(each.other, name))
        put(console, table)
        console.print()
    if not found and not stopped:
        put(console, Text(f"nothing tells {one} and {other} apart in this scope", "green"))
    if stopped:
        put(console, Text(f"Stopped: {stopped}.", "yellow"))


def _cell(ways: Sequence[Mapping[str, str]], name: str) -> str:
    return "\nor ".join(dict.fromkeys(shown[name] for shown in ways))


def text(one: str, other: str, found: Sequence[Distinction], stopped: str) -> str:
    """The document as it is written to a file."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "one": one,
        "other": other,
        "stopped": stopped,
        "differences": [
            {
                "configuration": str(each.configuration),
                "conversation": [str(stimulus) for stimulus in each.conversation],
                "one": [dict(shown) for shown in each.one],
                "other": [dict(shown) for shown in each.other],
            }
            for each in found
        ],
    }
    return json.dumps(document, indent=1) + "\n"
