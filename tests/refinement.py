"""`docs/refinement.md`: the layer of `impl`, held to the spec step by step. Compared by tests, written as a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill

from hotswap.checker import check
from hotswap.checker.refine.in_process import InProcess
from hotswap.checker.refine.on_system import OnSystem
from hotswap.checker.refine.tour import Coverage, Difference, Tour
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration, Profile
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.rows import Declaration
from hotswap.spec.language.variants import variant
from hotswap.spec.models import Model

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
spec says. They are read from what is there (channels, listeners, the sources that a loop has, tasks, handlers, the
variables of the objects), not from the control states that `transitions` keeps; and what is left behind that no field
speaks of, a source or an open channel, is a difference as well.

Where a step of the spec ends in an error, as steps of QEMU do, the layer has to raise one of that kind, too: it is a
faulty reference on request. That the layer takes no other steps than the spec is not shown by this: there, its control
states stand guard, which only know the spec's rows.

| profile | steps in the graph | of these taken | steps in all | walks | differences |
|---|---|---|---|---|---|
"""


ON_SYSTEM_HEAD = """
The same with real parts: unix and TCP sockets, pseudo terminals, FIFOs and files, whose other ends are moved one step
at a time. In each of some small configurations one step of each row and outcome is taken; `make thorough` takes
all of `repaired` that can be had.

| profile | rows that happen in the spec | of these taken | steps in all | differences |
|---|---|---|---|---|
"""
ON_SYSTEM = (
    Setup((Model.virtserialport,), (Kind.null, Kind.unix)),
    Setup((Model.serial,), (Kind.null, Kind.pty)),
    Setup((Model.serial,), (Kind.null, Kind.pipe)),
    Setup((Model.refuser,), (Kind.ringbuf, Kind.file)),
    Setup((Model.htif,), (Kind.null, Kind.unix)),
    Setup((Model.vhost_user,), (Kind.unix, Kind.client)),
    Setup((Model.colo_compare,), (Kind.unix, Kind.client)),
    Setup((Model.rng_egd,), (Kind.null, Kind.ringbuf)),
    Setup((Model.serial, Model.monitor), (Kind.mux,), (Kind.ringbuf,), ids=2),
    Setup((Model.virtconsole,), (Kind.null, Kind.udp)),
    Setup((Model.virtconsole,), (Kind.reconnect,)),
    Setup((Model.virtconsole,), (Kind.null, Kind.tcp)),
    Setup((Model.serial,), (Kind.null, Kind.waiting)),
    Setup((Model.serial,), (Kind.null, Kind.tty)),
)
"""Small ones, in which together everything happens that can."""


@dataclass
class OnSystemTour:
    """What was done of a configuration with real parts."""

    coverage: Coverage
    differences: list[Difference]
    undriven: dict[str, set[Declaration]]
    """Why which rows could not be had everywhere."""


def on_system(profile: Profile, setup: Setup, *, rows_only: bool = True) -> OnSystemTour:
    """Walk through a configuration with real parts, each walk in a folder of its own."""
    with ExitStack() as walk, TemporaryDirectory() as unused, variant(profile):

        def start(first: dict[str, str]) -> InProcess:
            walk.close()
            target = InProcess(profile, first, OnSystem(Path(walk.enter_context(TemporaryDirectory()))))
            walk.callback(target.end)
            return target

        asked = OnSystem(Path(unused))
        world = PlainWorld(CHARDEV, CHARDEV.pools((setup,)))
        made = Tour(world, list(world.initial((setup,))), start, asked.drives)
        if rows_only:
            made.only_rows()
        differences = list(made.run())
        asked.close()
    return OnSystemTour(made.coverage, differences, made.undriven)


def on_system_tours() -> dict[str, list[OnSystemTour]]:
    """What was done as each profile."""
    return {name: [on_system(CHARDEV.profile(name), setup) for setup in ON_SYSTEM] for name in PROFILES}


def row(declaration: Declaration) -> str:
    """A row's whole name."""
    assert declaration.machine is not None
    return f"{declaration.machine.__name__}.{declaration.name}"


def on_system_page(tours: dict[str, list[OnSystemTour]]) -> str:
    """Its part of the page. Raises `ValueError` if a row was not taken and nobody knows why."""
    undriven: dict[str, set[str]] = {}
    lines = []
    for name, found in tours.items():
        happens = {row for row, count in check(CHARDEV, profile=name).coverage.items() if count}
        taken = {row(each) for made in found for each in made.coverage.rows} & happens
        missing = happens - taken
        for why, rows in ((why, set(map(row, rows))) for made in found for why, rows in made.undriven.items()):
            undriven.setdefault(why, set()).update(rows)
            missing -= rows
        if missing:
            raise ValueError(f"nothing says why {name} has no {', '.join(sorted(missing))} here")
        steps, different = sum(each.coverage.steps for each in found), sum(len(each.differences) for each in found)
        lines.append(f"| {name} | {len(happens)} | {len(taken)} | {steps:,} | {different} |\n")
    said = [f"- {', '.join(f'`{each}`' for each in sorted(rows))}: {why}." for why, rows in sorted(undriven.items())]
    whys = [fill(each, 120, subsequent_indent="  ", break_on_hyphens=False) + "\n" for each in said]
    return ON_SYSTEM_HEAD + "".join(lines) + "\nWhat can't be had, everywhere or of some chardevs:\n\n" + "".join(whys)


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
    return HEAD + "".join(_lines()) + on_system_page(on_system_tours())


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
