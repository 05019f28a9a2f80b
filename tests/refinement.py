"""`docs/refinement.md`: the layer of `impl`, held to the spec step by step. Compared by tests, written as a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from hotswap.checker import check
from hotswap.checker.conform.in_process import InProcess
from hotswap.checker.conform.on_system import SERIAL_LINE, OnSystem
from hotswap.checker.conform.tour import Coverage, Difference, Tour
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration, Profile
from hotswap.spec.language.plain import Edge, PlainWorld
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
at a time. In each of a dozen small configurations one step of each row and outcome is taken; `make thorough` takes
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
    Setup((Model.virtconsole,), (Kind.udp, Kind.reconnect)),
    Setup((Model.virtconsole,), (Kind.null, Kind.tcp)),
    Setup((Model.serial,), (Kind.null, Kind.waiting)),
)
"""Small ones, in which together everything happens that can."""


@dataclass
class OnSystemTour:
    """What was done of a configuration with real parts."""

    coverage: Coverage
    differences: list[Difference]
    rows: set[str]
    undriven: dict[str, set[str]]
    """Why which rows could not be had everywhere."""


def on_system(profile: Profile, setup: Setup, *, rows_only: bool = True) -> OnSystemTour:
    """Walk through a configuration with real parts, each walk in a folder of its own."""
    undriven: dict[str, set[str]] = {}
    with ExitStack() as walk, TemporaryDirectory() as unused, variant(profile):

        def start(first: dict[str, str]) -> InProcess:
            walk.close()
            target = InProcess(profile, first, OnSystem(Path(walk.enter_context(TemporaryDirectory()))))
            walk.callback(target.end)
            return target

        def drives(edge: Edge, before: dict[str, str]) -> str:
            why = asked.drives(edge, before)
            if why:
                undriven.setdefault(why, set()).add(row(edge))
            return why

        asked = OnSystem(Path(unused))
        world = PlainWorld(CHARDEV, CHARDEV.pools((setup,)))
        made = Tour(world, list(world.initial((setup,))), start, drives)
        if rows_only:
            made.only_rows()
        rows = {row(edge) for edges in made.left.values() for edge in edges}
        differences = list(made.run())
        asked.close()
    return OnSystemTour(made.coverage, differences, rows, undriven)


def row(edge: Edge) -> str:
    """A row's whole name."""
    assert edge.row.machine is not None
    return f"{edge.row.machine.__name__}.{edge.row.name}"


def on_system_page() -> str:
    """Its part of the page."""
    undriven: dict[str, set[str]] = {}
    lines = []
    for name in PROFILES:
        happens = {row for row, count in check(CHARDEV, profile=name).coverage.items() if count}
        found = [on_system(CHARDEV.profile(name), setup) for setup in ON_SYSTEM]
        taken = set().union(*(each.rows for each in found)) & happens
        steps, different = sum(each.coverage.steps for each in found), sum(len(each.differences) for each in found)
        lines.append(f"| {name} | {len(happens)} | {len(taken)} | {steps:,} | {different} |\n")
        for why, rows in ((why, rows) for each in found for why, rows in each.undriven.items()):
            undriven.setdefault(why, set()).update(rows)
        for missing in happens - taken:
            undriven.setdefault(SERIAL_LINE, set()).add(missing)
    whys = [f"- {', '.join(f'`{each}`' for each in sorted(rows))}: {why}.\n" for why, rows in sorted(undriven.items())]
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
    return HEAD + "".join(_lines()) + on_system_page()


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
