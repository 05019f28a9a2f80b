"""The pictures of the chardev protocol: compared by a test, and written anew when run as a script."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from findings import place
from heard import table
from hotswap.checker.draw import flow, quotient
from hotswap.checker.draw.known import known
from hotswap.checker.draw.machines import machines, pictures
from hotswap.checker.draw.picture import Picture, svg
from hotswap.checker.draw.renderer import PURE, render, renderer
from hotswap.checker.draw.sequence import Sequence, sequence
from hotswap.checker.draw.sequence_svg import svg as sequence_svg
from hotswap.checker.draw.sequence_text import text
from hotswap.checker.explore.explorer import Explorer, Reached
from hotswap.checker.explore.quotient import chosen
from hotswap.checker.explore.quotient import quotient as quotient_of
from hotswap.checker.explore.result import Finding, Result
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Kind
from hotswap.spec.change import Change
from hotswap.spec.models import Model
from qemu_defects import QEMU_DEFECTS, QemuDefect
from questions import QUESTIONS
from swaps import ways
from walkthrough import page, picture

FOLDER = Path(__file__).resolve().parent.parent / "diagrams"
REPAIRED, NEWEST = "repaired", "qemu-10.0"
LOCK = "WriteAll.state,Change.state"


@cache
def reached() -> dict[str, Reached]:
    """Every version, explored once."""
    scope = CHARDEV.scope()
    every = [Explorer(CHARDEV, scope, profile=profile) for profile in CHARDEV.versions]
    return {each.profile.name: each.reach(scope, deadlocks=True) for each in every}


@cache
def result(profile: str) -> Result:
    """What the checker says of a version."""
    return reached()[profile].result()


def finding(defect: QemuDefect) -> Finding:
    """The shortest way to a defect, in the newest version that has it."""
    profile = defect.profiles[-1]
    if defect.setup is None:
        found = shortest(result(profile), defect)
    else:
        found = shortest(reached()[profile].explorer.reach([defect.setup], deadlocks=True).result(), defect)
    assert found is not None, f"{defect.name} is not in {profile}"
    return found


def shortest(found: Result, defect: QemuDefect) -> Finding | None:
    """The finding that shows a defect by the fewest steps, if it is there."""
    every = (each for known in found.properties if known.verdict == "violated" for each in known.findings)
    mine = (each for each in every if place(each) == defect.breaks)
    return min(mine, key=lambda each: each.trace.length, default=None)


def swap() -> Finding:
    """The swap as it should be: nothing is wrong at its end."""
    done = [way for way in ways(REPAIRED, Model.serial, Kind.ringbuf, Kind.file) if not way.refused]
    return Finding(
        "The swap as it should be", "", "", "", 0, min((way.trace for way in done), key=lambda each: each.length)
    )


def _graphs() -> Iterator[Picture]:
    every = reached()
    yield from pictures(CHARDEV, known(CHARDEV.profile(REPAIRED), every.values()))
    yield _lock()
    newest = flow.picture(CHARDEV.name, Change, known(CHARDEV.profile(NEWEST), every.values()), NEWEST)
    assert newest is not None
    yield newest


@cache
def _lock() -> Picture:
    return quotient.picture(CHARDEV.name, LOCK, quotient_of(reached()[REPAIRED], chosen(CHARDEV, LOCK)))


def _sequence(drawn: Sequence) -> str:
    return sequence_svg(drawn, text(drawn))


@cache
def files() -> dict[str, str]:
    """What the folder has to hold."""
    program = renderer(PURE)
    assert program is not None
    defects = [(each, finding(each)) for each in QEMU_DEFECTS]
    good = swap()
    tables = table(NEWEST), table(REPAIRED)
    traces = [(each, found.trace) for each, found in defects]
    found = {
        "README.md": page(machines(CHARDEV), _lock().description.partition(":")[0], good.trace, tables, traces),
        "QUESTIONS.md": QUESTIONS,
        "swap.svg": _sequence(sequence(good, CHARDEV)),
    }
    for graph in _graphs():
        found[f"{graph.name}.dot"] = graph.dot
        found[f"{graph.name}.svg"] = svg(graph, render(program, graph.dot))
    return found | {picture(each): _sequence(sequence(shown, CHARDEV)) for each, shown in defects}


if __name__ == "__main__":
    for old in FOLDER.iterdir():
        old.unlink()
    for name, content in files().items():
        (FOLDER / name).write_text(content, "utf-8")
