"""What came of reproducing a finding, as text."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ..conform.finding import Route
from ..conform.reproduce import Reproduction
from ..explore.result import Finding
from .conformance import print_conversation, print_difference
from .console import columns, put
from .text import steps


def print_reproduction(console: Console, way: Route, found: Reproduction, target: str) -> None:
    """What was done, what was said over QMP, and whether the defect is there."""
    finding, profile = way.finding, way.suspension.profile.name
    put(console, Text(f"{finding.id} of {profile}, in {way.suspension.configuration}", "bold"))
    trace = "its trace" if way.as_found else "its trace can't be driven, but another way to it, and that"
    put(console, Text(f"{trace} has {steps(len(way.conversation.stimuli))} that somebody outside takes"))
    console.print()
    print_conversation(console, found.conversation)
    console.print()
    for line in found.log:
        put(console, Text(f"  {line}", "dim"))
    console.print()
    if found.difference is not None:
        put(console, Text(f"{target}: the defect did not appear: it does something else", "yellow"))
        print_difference(console, "difference", way.suspension.configuration, found.difference)
        return
    if not found.appeared:
        put(console, Text(f"{target}: nothing shows whether the defect is there", "yellow"))
        return
    assert found.mended is not None
    put(console, Text(f"{target}: the defect appeared", "bold red"))
    table = columns("", found.mended.name, "seen")
    for name, (wanted, seen) in sorted(found.seen.items()):
        table.add_row(name, wanted, seen)
    put(console, table)


def print_not_drivable(console: Console, finding: Finding, profile: str, target: str, why: str) -> None:
    """Why a target can't be brought there."""
    put(console, Text(f"{finding.id} of {profile}", "bold"))
    put(console, Text(f"{target} can't be driven there: {why}", "yellow"))
