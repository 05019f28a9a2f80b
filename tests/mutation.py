"""`docs/mutants.md`: what the properties are worth. A script, which takes its time; tests hold the page to its report.

`golden/mutants.json` is what `hotswap mutate --json` writes of the default scope of `repaired`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotswap.checker.mutate.campaign import mutate
from hotswap.checker.view.mutation import FATES, document, percent
from hotswap.checker.view.progress import progress_line
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


def campaign() -> dict[str, Any]:
    """Judge everything, which takes a quarter of an hour; the report, without what changes from run to run."""
    with progress_line() as watch:
        found = document(mutate(CHARDEV, profile="repaired", jobs=os.cpu_count() or 1, watch=watch))
    if found["stopped"]:
        sys.exit(f"stopped after {len(found['judged'])} mistakes: {found['stopped']}")
    return {key: value for key, value in found.items() if key != "seconds"}


def report() -> dict[str, Any]:
    """The committed report."""
    found: dict[str, Any] = json.loads(REPORT.read_text("utf-8"))
    return found


def page(known: dict[str, Any]) -> str:
    """The page of a report."""
    return "".join(_page(known))


def _page(known: dict[str, Any]) -> Iterator[str]:
    made = [each for each in known["judged"] if each["kind"] != "defect"]
    yield HEAD
    for fate, meaning in FATES.items():
        count = sum(each["fate"] == fate for each in made)
        if count:
            yield f"| {count} | {fate} | {meaning} |\n"
    killed, matter = known["killed"], known["matter"]
    yield f"\nOf the {matter} that a property could notice, {killed} are killed: {percent(killed / matter)}\n"
    yield PROPERTIES
    explained = CHARDEV.profile("repaired").explained
    worth = {found["where"]: explained.get(f"{found['kind']}@{found['where']}", "") for found in known["vacuity"]}
    for each in CHARDEV.all_properties:
        yield _property(each.name, known["judged"], worth)
    yield DEFECTS
    for defect in CHARDEV.defects:
        (judged,) = [each for each in known["judged"] if each["name"] == defect.name]
        broken = ", ".join(f"**{name}**" if name == defect.breaks else name for name in judged["by"])
        yield f"| {defect.name} | {defect.documentation} | {broken} |\n"
    yield SURVIVORS
    for each in made:
        if each["fate"] in ("survived", "unfinished"):
            yield f"| `{each['name']}` | {explained.get(each['name'], '')} |\n"


def _property(name: str, judged: list[dict[str, Any]], worth: dict[str, str]) -> str:
    kills = [each for each in judged if name in each["by"]]
    made = [each for each in kills if each["kind"] != "defect"]
    alone = sum(each["by"] == [name] for each in made)
    return f"| {name} | {len(kills) - len(made)} | {len(made)} | {alone} | {worth.get(name, '')} |\n"


if __name__ == "__main__":
    REPORT.write_text(json.dumps(campaign(), indent=1) + "\n", "utf-8")
    PAGE.write_text(page(report()), "utf-8")
