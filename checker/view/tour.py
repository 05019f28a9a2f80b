"""A transition tour: as text, and as the document `hotswap-tour/1`, whose schema is `tour.schema.json` beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from ..conform.stimulus import Stimulus, read
from ..tours.tour import Part, Tour
from .conformance import print_conversation
from .console import columns, put

SCHEMA = "hotswap-tour/1"


class Written(NamedTuple):
    """A conversation as it is read from a document."""

    configuration: str
    initial: Mapping[str, str]
    stimuli: tuple[Stimulus, ...]


def print_tour(console: Console, found: Tour) -> None:
    """What it comes to, and each conversation."""
    put(console, Text(f"{found.spec}, profile {found.profile}: a tour of all {found.cover}", "bold"))
    put(console, Text(f"{found.explored} configurations, {found.states:,} states at rest"))
    console.print()
    if found.stopped:
        far = f"{found.explored} of {found.configurations} configurations were explored"
        put(console, Text(f"Stopped: {found.stopped}; {far}.", "yellow"))
    if not found.items:
        return
    names = (found.cover, "taken", "conversations", "stimuli", "at least", "ratio")
    table = columns(*names, right=names)
    counts = (len(found.items), len(found.covered), len(found.parts), found.length, found.bound)
    table.add_row(*(f"{count:,}" for count in counts), f"{found.ratio:.2f}" if found.ratio else "")
    put(console, table)
    if found.never:
        put(
            console,
            Text(f"Nothing certainly takes {', '.join(' '.join(item) for item in sorted(found.never))}.", "dim"),
        )
    console.print()
    for number, part in enumerate(found.parts, 1):
        put(console, Text(f"conversation {number}, in {part.configuration}", "bold"))
        print_conversation(console, part.conversation.stimuli)
        console.print()


def text(found: Tour) -> str:
    """The document as it is written to a file."""
    return json.dumps(document(found), indent=1) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("tour.schema.json").read_text("utf-8"))
    return found


def document(found: Tour) -> dict[str, Any]:
    """The document of a tour."""
    return {
        "schema": SCHEMA,
        "spec": found.spec,
        "profile": found.profile,
        "cover": found.cover,
        "configurations": found.configurations,
        "explored": found.explored,
        "states": found.states,
        "items": len(found.items),
        "covered": len(found.covered),
        "never": sorted(map(list, found.never)),
        "stimuli": found.length,
        "bound": found.bound,
        "ratio": found.ratio and round(found.ratio, 4),
        "stopped": found.stopped,
        "conversations": [_conversation(part) for part in found.parts],
    }


def _conversation(part: Part) -> dict[str, Any]:
    return {
        "configuration": str(part.configuration),
        "initial": dict(part.initial),
        "steps": [
            {"stimulus": str(stimulus), "takes": [list(item) for item in taken]}
            for stimulus, taken in zip(part.conversation.stimuli, part.takes, strict=True)
        ],
    }


def conversations(document: Any) -> list[Written]:
    """The conversations of a document. Raises ValueError, KeyError or TypeError where it is none."""
    return [
        Written(each["configuration"], each["initial"], tuple(read(step["stimulus"]) for step in each["steps"]))
        for each in document["conversations"]
    ]
