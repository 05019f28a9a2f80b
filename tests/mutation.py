"""`docs/mutants.md`: what the properties are worth. Compared by tests, written as a script.

It shows `golden/mutants.json`, which is what `hotswap mutate --profile repaired --json` wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotswap.checker.explore.result import Vacuity
from hotswap.checker.mutate.campaign import Campaign, Judged
from hotswap.checker.view.mutation import FATES, percent
from hotswap.spec import CHARDEV

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "mutants.md"
REPORT = TESTS / "golden" / "mutants.json"

HEAD = """\
# What the properties are worth

Written by `make long`, from a run of `hotswap mutate`; tests hold it to the spec. Everything here is done to
`repaired`, in which every property holds: whatever breaks, breaks by the mistake. A *defect* is a mistake that somebody
thought of, with the property that is to notice it. A *mutant* is made by a program: at every place of every row it
leaves out a part of a guard, an assignment or a call, or does two neighbouring steps in the other order.

| mutants | fate | which is |
|---|---|---|
"""
PROPERTIES = """
## The properties

How many defects and how many mutants break each, and how many of the mutants break no other property. Where there are
none, it says why the property is worth keeping. The first nine come with the language and ask for nothing; what they
find names its cause.

| property | defects | mutants | alone | |
|---|---|---|---|---|
"""
DEFECTS = """
## The defects

| defect | what it is | breaks |
|---|---|---|
"""
SURVIVORS = """
## The mutants that survive

The outside sees something else, and no property minds.

| mutant | why |
|---|---|
"""


def campaign() -> Campaign:
    """The committed report."""
    known: dict[str, Any] = json.loads(REPORT.read_text("utf-8"))
    judged = tuple(Judged(**{**each, "by": tuple(each["by"])}) for each in known["judged"])
    vacuity = tuple(Vacuity(**found, text="", file="", line=0) for found in known["vacuity"])
    counts = {name: known[name] for name in ("spec", "profile", "scope", "defects", "mutants", "seconds", "stopped")}
    properties = tuple(each.name for each in CHARDEV.all_properties)
    return Campaign(**counts, judged=judged, properties=properties, vacuity=vacuity)


def page(known: Campaign) -> str:
    """The page of a report."""
    return "".join(_page(known))


def _page(known: Campaign) -> Iterator[str]:
    yield HEAD
    for fate, meaning in FATES.items():
        if known.of(fate):
            yield f"| {len(known.of(fate))} | {fate} | {meaning} |\n"
    yield f"\nOf the {known.matter} that a property could notice, {len(known.of('killed'))} are killed:"
    yield f" {percent(known.share)}\n"
    yield PROPERTIES
    worth = {found.where: found.explanation for found in known.vacuity}
    for name in known.properties:
        kills = [each for each in known.judged if name in each.by]
        defects = sum(each.kind == "defect" for each in kills)
        alone = len(known.alone(name))
        yield f"| {name} | {defects} | {len(kills) - defects} | {alone} | {worth.get(name, '')} |\n"
    yield DEFECTS
    for defect in CHARDEV.defects:
        (found,) = [each for each in known.judged if each.name == defect.name]
        broken = ", ".join(f"**{name}**" if name == defect.breaks else name for name in found.by)
        yield f"| {defect.name} | {defect.documentation} | {broken} |\n"
    yield SURVIVORS
    for each in (*known.of("survived"), *known.of("unfinished")):
        yield f"| `{each.name}` | {each.explanation} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(campaign()), "utf-8")
