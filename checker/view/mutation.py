"""A campaign of mutants as text and as JSON: what became of them, and what each property is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..mutate.campaign import Campaign, Judged
from ..mutate.judge import Fate
from .console import columns, put
from .places import place, shown

SCHEMA = "hotswap-mutate/1"
FATES: Mapping[Fate, str] = {
    "killed": "a property is broken",
    "survived": "the outside sees something else, and no property minds",
    "unfinished": "nothing is broken among the first states, of which there are far more than before",
    "equivalent": "nothing is broken, and the outside sees what it saw before",
    "identical": "inside, too, every step is as it was",
    "dead": "its place never runs",
    "refused": "it is no spec, or none that can start",
}


def print_campaign(console: Console, campaign: Campaign, *, verbose: bool = False) -> None:
    """The whole report; `verbose` names every mistake."""
    put(console, _summary(campaign))
    console.print()
    put(console, _fates(campaign))
    console.print()
    put(console, _properties(campaign))
    console.print()
    for line in _notes(campaign, verbose=verbose):
        put(console, line)


def percent(share: float) -> str:
    """A share, rounded down: what is almost all is not all."""
    return f"{int(share * 1000) / 10:.1f} %"


def _summary(campaign: Campaign) -> Text:
    text = Text.assemble((f"{campaign.spec}, profile {campaign.profile}, scope {campaign.scope}", "bold"), "\n")
    text.append(f"{len(campaign.made):,} of {campaign.mutants:,} mutants and ")
    text.append(
        f"{len(campaign.judged) - len(campaign.made)} of {campaign.defects} defects, {campaign.seconds:.0f} s\n"
    )
    if campaign.stopped:
        text.append(f"Not everything was tried: {campaign.stopped}.\n", "yellow")
    killed = len(campaign.of("killed"))
    text.append(f"{killed:,} of the {campaign.matter:,} mutants that matter are killed: {percent(campaign.share)}")
    return text


def _fates(campaign: Campaign) -> Table:
    table = columns("mutants", "fate", "which is", right=("mutants",))
    for fate, meaning in FATES.items():
        if campaign.of(fate):
            table.add_row(f"{len(campaign.of(fate)):,}", fate, Text(meaning, "dim"))
    return table


def _properties(campaign: Campaign) -> Table:
    table = columns("property", "defects", "mutants", "alone", right=("defects", "mutants", "alone"))
    for name in campaign.properties:
        kills = [known for known in campaign.judged if name in known.by]
        made = sum(known.kind != "defect" for known in kills)
        table.add_row(name, str(len(kills) - made), str(made), str(len(campaign.alone(name))))
    return table


def _notes(campaign: Campaign, *, verbose: bool) -> Iterator[Text]:
    for known in campaign.judged:
        missed = known.fate in ("survived", "unfinished") or (known.kind == "defect" and known.fate != "killed")
        if missed and not known.explanation:
            yield Text(f"{known.fate.capitalize()}: {known.name}, {place(known.file, known.line)}", "yellow")
        elif missed:
            yield Text(f"{known.fate.capitalize()}: {known.name}: {known.explanation}", "dim")
        elif verbose:
            by = f" by {', '.join(known.by)}" if known.by else ""
            yield Text(f"{known.fate.capitalize()}{by}: {known.name}", "dim")
    for found in campaign.vacuity:
        why = f": {found.explanation}" if found.explanation else f", {place(found.file, found.line)}"
        yield Text(f"Vacuous: {found.id}{why}", "dim" if found.explanation else "yellow")


def text(campaign: Campaign) -> str:
    """The campaign as JSON."""
    return json.dumps(document(campaign), indent=1) + "\n"


def document(campaign: Campaign) -> dict[str, Any]:
    """The document `hotswap-mutate/1`."""
    return {
        "schema": SCHEMA,
        "spec": campaign.spec,
        "profile": campaign.profile,
        "scope": campaign.scope,
        "defects": campaign.defects,
        "mutants": campaign.mutants,
        "stopped": campaign.stopped,
        "seconds": round(campaign.seconds, 3),
        "killed": len(campaign.of("killed")),
        "matter": campaign.matter,
        "judged": [_judged(known) for known in campaign.judged],
        "vacuity": [
            {"kind": found.kind, "where": found.where, "explanation": found.explanation} for found in campaign.vacuity
        ],
    }


def _judged(known: Judged) -> dict[str, Any]:
    return {
        "kind": known.kind,
        "name": known.name,
        "row": known.row,
        "file": shown(known.file),
        "line": known.line,
        "fate": known.fate,
        "by": list(known.by),
        "explanation": known.explanation,
    }
