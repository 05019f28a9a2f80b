"""`docs/refinement.md`: the layer of `impl`, held to the spec step by step. Compared by tests, written as a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hotswap.checker.conform.in_process import InProcess
from hotswap.checker.conform.tour import Coverage, Difference, Tour
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.language import Configuration, Profile
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.variants import variant

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "refinement.md"
COMPARED = TESTS / "golden" / "compare.json"
PROFILES = ("qemu-7.2", "qemu-10.0", "repaired")
"""Whose behaviour the layer offers."""

HEAD = """\
# The layer does what the spec does

Written by `make long`. `impl` is a chardev layer that runs: real sockets, pseudo terminals and files, and monitors that
QEMU's own client talks to. Here it is taken through the spec's state space, in one process and with an operating system
in memory. Every step that can be taken from any reachable state of the default scope is taken on the layer, in the
order of walks that begin where the spec begins. After each step all fields of all objects are compared with what the
spec says. They are read from what is there (channels, listeners, sources, tasks, handlers, and where a command has come
to), not from the control states that `transitions` keeps.

Where a step of the spec ends in an error, as steps of QEMU do, the layer has to raise one of that kind, too: it is a
faulty reference on request. That the layer takes no other steps than the spec is not shown by this: there, its control
states stand guard, which only know the spec's rows.

| profile | steps in the graph | of these taken | steps in all | walks | differences |
|---|---|---|---|---|---|
"""


def tour(profile: Profile, setup: Configuration, *, most: int | None = None) -> tuple[Coverage, list[Difference]]:
    """Walk along every edge of a configuration, until there are `most` differences."""
    with variant(profile):
        world = PlainWorld(CHARDEV, CHARDEV.pools((setup,)))
        made = Tour(world, list(world.initial((setup,))), lambda start: InProcess(profile, start))
        return made.coverage, list(islice(made.run(), most))


def named(setup: Configuration) -> str:
    """A configuration in a word."""
    assert isinstance(setup, Setup)
    return "+".join(each.name for each in (*setup.devices, *setup.backends, *setup.others))


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for name in PROFILES:
        found = [tour(CHARDEV.profile(name), setup) for setup in CHARDEV.scope("small")]
        numbers = [
            sum(getattr(coverage, what) for coverage, _ in found) for what in ("edges", "done", "steps", "starts")
        ]
        different = sum(len(differences) for _, differences in found)
        yield f"| {name} | {' | '.join(f'{number:,}' for number in (*numbers, different))} |\n"


def transitions() -> dict[str, int]:
    """How many the checker counts, of each profile."""
    known = json.loads(COMPARED.read_text("utf-8"))
    return {each["profile"]: each["transitions"] for each in known["profiles"]}


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
