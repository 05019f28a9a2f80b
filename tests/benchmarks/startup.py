"""What one waits for besides the search: `python tests/benchmarks/startup.py`.

The chardev protocol, checked and drawn, each command in a process of its own, with an empty cache and with all that
was kept before. What is printed is the least of all rounds: what else the machine does only adds to it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import ours
from benchmarks.process import Measured, measured

ROUNDS = 5
"""Of what is quick; of what begins with an empty cache there are two."""

CHECK = ("check", "chardev", "--quiet", "--property", "no-null-dereference")
"""The property holds: every state is visited, and no trace is made."""


@dataclass(frozen=True)
class Case:
    """A command, what is there before it, and in how many rounds it is measured."""

    words: tuple[str, ...]
    how: str
    before: str
    rounds: int = ROUNDS


CASES = (
    Case(("--help",), "", "all"),
    Case(CHECK, "hotswap was never used", "nothing", 2),
    Case(CHECK, "the spec was never checked", "engine"),
    Case(CHECK, "again", "all"),
    Case(("diagram", "--quiet"), "hotswap was never used", "nothing", 2),
    Case(("diagram", "--quiet"), "again", "all"),
)


def once(case: Case, environment: Mapping[str, str]) -> Measured:
    """One process, with nothing that is kept, with the engine alone, or with all."""
    with ours.own_cache() as empty, tempfile.TemporaryDirectory(prefix="hotswap-") as folder:
        if case.before == "engine":
            ours.forget_specs(environment)
        given = empty if case.before == "nothing" else environment
        return measured([*ours.COMMAND, *case.words], folder, codes=ours.CODES, environment=given)


def rows(environment: Mapping[str, str]) -> Iterator[str]:
    """The table, a line as soon as it is measured."""
    yield "| command | | seconds | of the processor |"
    yield "|---|---|--:|--:|"
    for case in CASES:
        if case.before != "nothing":
            once(case, environment)  # so that the others find what it keeps
        found = [once(case, environment) for _ in range(case.rounds)]
        whole, worked = min(each.seconds for each in found), min(each.processor_seconds for each in found)
        yield f"| `hotswap {case.words[0]}` | {case.how} | {whole:.2f} | {worked:.2f} |"


if __name__ == "__main__":
    with ours.own_cache() as kept:
        for line in rows(kept):
            print(line, flush=True)
