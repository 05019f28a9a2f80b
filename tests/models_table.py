"""The tables of `tests/models/README.md`: reads the counts, and writes the verdicts when run as a script.

The counts are what others have published, or what a formula gives, so they are typed by hand and a test checks them.
The verdicts are what the checker says of the first scope.
"""

from __future__ import annotations

import functools
import importlib
import re
from dataclasses import dataclass
from pathlib import Path

from hotswap.checker import Result, check
from hotswap.spec.language import System
from models import MODELS

README = Path(__file__).resolve().parent / "models" / "README.md"
VERDICTS = "| model | profile or defect | states | transitions | violated |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Count:
    """A line of the table of known counts."""

    model: str
    scope: str
    states: int
    transitions: int


def model(name: str) -> System:
    """The system in `tests/models/` of this name."""
    found: System = getattr(importlib.import_module(f"models.{name}"), dict(MODELS)[name])
    return found


@functools.cache
def judged(name: str, *, profile: str | None = None, defect: str | None = None) -> Result:
    """What the checker says of the first scope."""
    return check(model(name), profile=profile, defect=defect)


def known_counts() -> list[Count]:
    """The lines of the table of known counts."""
    _, _, text = README.read_text("utf-8").partition("## Known counts\n")
    found: list[Count] = []
    for line in re.findall(r"^\| .*\d.* \|$", text.partition("\n## ")[0], re.MULTILINE):
        name, scope, states, transitions, _ = (cell.strip() for cell in line[1:-1].split("|"))
        name = name.strip("`") or found[-1].model
        scope = scope.partition(":")[0]
        found.append(Count(name, scope, int(states.replace(",", "")), int(transitions.replace(",", ""))))
    return found


def written_verdicts(name: str) -> list[str]:
    """The lines that the table of verdicts has for a model."""
    _, _, table = README.read_text("utf-8").partition(VERDICTS)
    groups = re.split(r"^(?=\| `)", table, flags=re.MULTILINE)
    return next((group.splitlines() for group in groups if group.startswith(f"| `{name}` |")), [])


def verdicts(name: str) -> list[str]:
    """The lines that a model has to have."""
    system = model(name)
    results = {profile.name: judged(name, profile=profile.name) for profile in system.profiles}
    results |= {f"defect {defect.name}": judged(name, defect=defect.name) for defect in system.defects}
    first = [f"`{name}`"] + [""] * (len(results) - 1)
    return [
        f"| {title} | {variant} | {result.states:,} | {result.transitions:,} | {_violated(result)} |"
        for title, (variant, result) in zip(first, results.items(), strict=True)
    ]


def _violated(result: Result) -> str:
    return ", ".join(
        f"`{known.name}` {known.trace.length if known.trace else 'never'}"
        for known in result.properties
        if known.verdict == "violated"
    )


def rewritten() -> str:
    """The document with the verdicts of today; the table of them is its end."""
    before, _, _ = README.read_text("utf-8").partition(VERDICTS)
    return before + VERDICTS + "".join(f"{line}\n" for name, _ in MODELS for line in verdicts(name))


if __name__ == "__main__":
    README.write_text(rewritten(), "utf-8")
