"""What came of holding an implementation to the spec: as text, and as the document `hotswap-conform/1`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ...spec.language.system import Configuration
from ..conform.campaign import Campaign
from ..conform.held import Difference
from ..conform.stimulus import Stimulus
from ..learn.letter import Letter
from .console import columns, put

SCHEMA = "hotswap-conform/1"


def print_campaign(console: Console, found: Campaign) -> None:
    """What was done, what could not be, and every difference."""
    put(console, Text(f"{found.target} held to profile {found.profile}", "bold"))
    counts = f"{found.configurations} configurations, {found.conversations} conversations, {found.stimuli:,} stimuli"
    put(console, Text(f"{counts}, {found.timers} timers waited for"))
    console.print()
    if found.drivable:
        missing = sorted(found.drivable - found.rows)
        put(
            console,
            Text(f"{len(found.rows & found.drivable)} of {len(found.drivable)} rows that can be had were taken"),
        )
        for row in missing:
            put(console, Text(f"not taken: {row}", "yellow"))
    if found.unseen:
        put(console, Text(f"never seen: {', '.join(sorted(found.unseen))}", "yellow"))
    if found.undriven:
        table = columns("can't be had, everywhere or somewhere", "why")
        for why, rows in sorted(found.undriven.items(), key=lambda each: sorted(each[1])):
            table.add_row("\n".join(sorted(rows)), why)
        put(console, table)
        console.print()
    if found.not_followed:
        table = columns("could not be begun", "after", "why")
        for conversation, why in found.not_followed:
            *before, last = map(str, conversation.stimuli)
            table.add_row(last, "\n".join(before), why)
        put(console, table)
        console.print()
    for number, (configuration, difference) in enumerate(found.differences, 1):
        print_difference(console, f"difference {number}", configuration, difference)
    if not found.stimuli and not found.differences:
        put(console, Text("nothing of it could be done", "yellow"))
    elif found.not_followed and not found.differences:
        put(console, Text("no difference in what could be done", "yellow"))
    elif not found.stopped and not found.differences:
        put(console, Text("no difference", "green"))
    if found.stopped:
        put(console, Text(f"Stopped: {found.stopped}.", "yellow"))


def print_difference(console: Console, title: str, configuration: Configuration, difference: Difference) -> None:
    """The conversation, and what the spec allows beside what was seen."""
    put(console, Text(f"{title}, in {configuration}", "bold red"))
    print_conversation(console, difference.conversation)
    table = columns("the spec allows", "seen")
    table.add_row("\nor ".join(difference.expected) or "nothing", "\n".join(difference.observed) or "nothing")
    put(console, table)
    console.print()
    for title, log in (("seen", difference.log), ("the spec's own implementation", difference.reference)):
        if log:
            put(console, Text(f"{title}:"))
        for line in log:
            put(console, Text(f"  {line}", "dim"))
    console.print()


def print_conversation(console: Console, conversation: Sequence[Stimulus | Letter]) -> None:
    """One stimulus a line."""
    table = columns("", "step", right=("",))
    for number, stimulus in enumerate(conversation, 1):
        table.add_row(str(number), str(stimulus))
    put(console, table)


def text(found: Campaign) -> str:
    """The document as it is written to a file."""
    return json.dumps(document(found), indent=1) + "\n"


def document(found: Campaign) -> dict[str, Any]:
    """The document of one campaign; the same conversations give the same document, so no times are in it."""
    return {
        "schema": SCHEMA,
        "target": found.target,
        "profile": found.profile,
        "configurations": found.configurations,
        "conversations": found.conversations,
        "stimuli": found.stimuli,
        "timers": found.timers,
        "rows": sorted(found.rows),
        "drivable": sorted(found.drivable),
        "undriven": {why: sorted(rows) for why, rows in sorted(found.undriven.items())},
        "unseen": sorted(found.unseen),
        "not_followed": [
            {"conversation": [str(each) for each in conversation.stimuli], "why": why}
            for conversation, why in found.not_followed
        ],
        "stopped": found.stopped,
        "differences": [dict(_difference(*each)) for each in found.differences],
    }


def _difference(configuration: Configuration, difference: Difference) -> Iterator[tuple[str, Any]]:
    yield "configuration", str(configuration)
    yield "conversation", [str(stimulus) for stimulus in difference.conversation]
    yield "expected", list(difference.expected)
    yield "observed", list(difference.observed)
    yield "log", list(difference.log)
    yield "reference", list(difference.reference)
