"""Partial-order reduction: the same verdicts as without it, by a part of the steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema
import pytest

from counters import COMMANDED, COUNTERS, IGNORED, UNSEEN, Counter
from hotswap.checker import check
from hotswap.checker.cli import main
from hotswap.checker.compile.program import build
from hotswap.checker.compile.reflexive import holds_of_nothing
from hotswap.checker.compile.stubborn import Stubborn, stubborn
from hotswap.checker.explore import native
from hotswap.checker.explore.result import Result
from hotswap.checker.view.report import schema
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine, Pools, Property, System, action, step
from hotswap.spec.language.plain import PlainWorld, Values
from hotswap.spec.language.variants import variant
from models import MODELS
from models.two_phase_commit import TWO_PHASE_COMMIT
from models_table import model
from orbits import reachable
from reduced import firings, reduced, told, why_not


def variants(system: System) -> Iterator[dict[str, str]]:
    """Every profile and every defect, as arguments of `check`."""
    yield from ({"profile": profile.name} for profile in system.profiles)
    yield from ({"defect": defect.name} for defect in system.defects)


def assert_the_same(system: System, properties: Sequence[str] = (), **arguments: str) -> Result:
    """A search by a part of the steps says what the whole one does."""
    whole = check(system, properties=properties, **arguments)  # type: ignore[arg-type]
    part = check(system, properties=properties, partial_order=True, **arguments)  # type: ignore[arg-type]

    assert told(part) == told(whole)
    assert part.states <= whole.states
    assert part.transitions <= whole.transitions
    return part


@pytest.mark.parametrize("name", dict(MODELS))
def test_verdicts(name: str) -> None:
    """Every verdict and every error is that of the whole search, for all properties and for deadlocks alone."""
    system = model(name)
    for arguments in variants(system):
        assert_the_same(system, **arguments)
        assert_the_same(system, ["no-deadlock"], **arguments)


@pytest.mark.thorough
@pytest.mark.parametrize("name", dict(MODELS))
def test_verdicts_one_by_one(name: str) -> None:
    """So it is for each property by itself, for which more can be put off."""
    system = model(name)
    for arguments in variants(system):
        for known in system.all_properties:
            if not known.liveness:
                assert_the_same(system, [known.name], **arguments)


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name, _ in MODELS if "medium" in model(name).scopes])
def test_verdicts_of_more(name: str) -> None:
    """So it is in larger scopes."""
    system = model(name)
    for arguments in variants(system):
        assert_the_same(system, scope="medium", **arguments)
        assert_the_same(system, ["no-deadlock"], scope="medium", **arguments)


CHARDEVS = [{"profile": profile.name} for profile in CHARDEV.versions]


@pytest.mark.thorough
@pytest.mark.parametrize("arguments", CHARDEVS, ids=str)
def test_chardev(arguments: dict[str, str]) -> None:
    """The chardev protocol is judged alike, asked for everything, for deadlocks and for memory errors."""
    assert_the_same(CHARDEV, **arguments)
    assert_the_same(CHARDEV, ["no-deadlock"], **arguments)
    assert assert_the_same(CHARDEV, ["no-use-after-free", "no-leak"], **arguments).put_off is not None


@pytest.mark.long
@pytest.mark.parametrize("defect", [defect.name for defect in CHARDEV.defects])
def test_chardev_with_a_defect(defect: str) -> None:
    """Every defect of the chardev protocol is found alike."""
    assert_the_same(CHARDEV, defect=defect)
    assert_the_same(CHARDEV, [CHARDEV.defect(defect).breaks], defect=defect)


# -- what it saves -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counters", [1, 3, 8])
def test_counters(counters: int) -> None:
    """Of counters that know nothing of each other, one after the other counts: a path through a cube."""
    result = check(COUNTERS, scope=[Pools({Counter: counters})], partial_order=True)

    assert (result.states, result.transitions) == (3 * counters + 1, 3 * counters)
    assert result.put_off is not None
    assert result.put_off.steps == 3 * counters * (counters - 1) // 2


def test_two_phase_commit_for_one_property() -> None:
    """Who asks for less has more put off."""
    less = assert_the_same(TWO_PHASE_COMMIT, ["decisions-are-final"], scope="medium")

    assert less.states < check(TWO_PHASE_COMMIT, scope="medium").states / 2


# -- what it relies on ---------------------------------------------------------------------------------------------


def relations(world: PlainWorld, asked: Sequence[Property] = ()) -> tuple[Stubborn, list[Values]]:
    """The relations of a world, and its initial states."""
    initial = list(world.initial(world.system.scope()))
    return stubborn(world, build(world.system, world.pools), initial, asked), initial


def assert_taken_at_its_word(world: PlainWorld, most: int) -> int:
    """In plain Python, units that are said not to interfere commute, and nobody else wakes one that can't fire.

    Returns how many pairs were tried.
    """
    known, initial = relations(world)
    tried = 0
    for state in reachable(world, initial, most):
        here = firings(world, known, state)
        for one, unit in enumerate(known.units):
            for edge in here[unit]:
                if edge.after is None:
                    continue
                there = firings(world, known, edge.after)
                for other, second in enumerate(known.units):
                    if other != one and here[second] and not known.enabled[one] >> other & 1:
                        tried += 1
                        assert outcomes(here[second]) == outcomes(there[second]), f"{unit} then {second}"
                        for before, after in zip(here[second], there[second], strict=True):
                            assert before.after is None or after.after in ends(world, known, before.after, unit)
                    elif not here[second]:
                        helpers = known.disabled[why_not(world, state, second)][other]
                        assert helpers >> one & 1 or not there[second], f"{unit} enables {second}"
    return tried


def outcomes(edges: Sequence[object]) -> list[object]:
    """The steps of a unit, but for the states that they lead to."""
    return [
        (edge.arguments, edge.choices, edge.error, edge.cut, edge.broken, edge.failed)  # type: ignore[attr-defined]
        for edge in edges
    ]


def ends(world: PlainWorld, known: Stubborn, state: Values, unit: object) -> set[Values | None]:
    """Where a unit's steps lead."""
    return {edge.after for edge in firings(world, known, state)[unit]}  # type: ignore[index]


@pytest.mark.parametrize("name", dict(MODELS))
def test_what_does_not_interfere(name: str) -> None:
    """In each model, units that are said not to interfere commute, and what is said to enable one is all that does."""
    system = model(name)
    for profile in system.profiles:
        with variant(profile, None):
            assert_taken_at_its_word(PlainWorld(system, system.pools(system.scope())), 120)


@pytest.mark.thorough
@pytest.mark.parametrize("profile", [profile.name for profile in CHARDEV.versions])
def test_what_does_not_interfere_in_chardev(profile: str) -> None:
    """So it is in the chardev protocol, with its locks, copies, monitors and finalizers."""
    with variant(CHARDEV.profile(profile), None):
        world = PlainWorld(CHARDEV, CHARDEV.pools(CHARDEV.scope()))
        assert assert_taken_at_its_word(world, 300) > 100


QUICK = [name if name != "filter_lock" else pytest.param(name, marks=pytest.mark.thorough) for name, _ in MODELS]


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("asked", ["all", "no-deadlock"])
def test_plain_python_takes_the_same_steps(name: str, asked: str) -> None:
    """A search in plain Python by the same relations comes to the same states, steps, and steps left out."""
    system = model(name)
    properties = system.all_properties if asked == "all" else (system.property(asked),)
    with variant(system.profile(), None):
        world = PlainWorld(system, system.pools(system.scope()))
        known, initial = relations(world, properties)
        wanted = reduced(world, known, initial)
    found = check(system, properties=[each.name for each in properties], partial_order=True)

    assert found.put_off is not None
    assert (found.states, found.depth) == (len(wanted.states), max(wanted.states.values()))
    assert found.transitions == sum(edge.cut is None for _, edge in wanted.steps)
    assert found.put_off.steps == wanted.left


# -- what would be missed ------------------------------------------------------------------------------------------


def plain(system: System) -> PlainWorld:
    """A world of the first scope."""
    return PlainWorld(system, system.pools(system.scope()))


def test_nothing_is_put_off_for_ever() -> None:
    """Without the condition on levels, a step that leads round in a circle hides an error of another."""
    world = plain(IGNORED)
    known, initial = relations(world, IGNORED.all_properties)

    assert reduced(world, known, initial, proviso=False).broken == set()
    assert reduced(world, known, initial).broken == {"no-failed-assertion"}
    assert check(IGNORED, partial_order=True).verdict("no-failed-assertion").verdict == "violated"


def test_the_order_of_what_is_seen() -> None:
    """Without the condition on what a property reads, the order that breaks it is not taken."""
    world = plain(UNSEEN)

    def broken(asked: Sequence[Property]) -> set[str]:
        known, initial = relations(world, asked)
        return {name for state in reduced(world, known, initial).states for name in world.violated(state)}

    assert broken(()) == set()
    assert broken(UNSEEN.all_properties) == {"first-is-first"}
    assert check(UNSEEN, partial_order=True).verdict("first-is-first").verdict == "violated"


def test_commands_begin_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a command's beginning could be taken first, who goes on without it would seem to wait for it."""
    assert check(COMMANDED, partial_order=True).verdict("no-deadlock").verdict == "proved"

    monkeypatch.setattr("hotswap.checker.compile.stubborn.begins", lambda row: False)

    assert check(COMMANDED, partial_order=True).verdict("no-deadlock").verdict == "violated"


# -- properties of steps -------------------------------------------------------------------------------------------


class Cup(Machine):
    """Is filled."""

    full: bool

    @step()
    def fill(self) -> None:
        self.full = True


@action
def stays(before: Cup, after: Cup) -> bool:
    """What is full stays so."""
    return not before.full or after.full


@action
def stays_written_otherwise(before: Cup, after: Cup) -> bool:
    """The same."""
    if before.full:
        return after.full
    return True


@action
def changes(before: Cup, after: Cup) -> bool:
    """Every step fills it."""
    return after.full and not before.full


CUPS = System(
    "cups", [Cup, Counter], {"small": {Cup: 1, Counter: 1}}, properties=[stays, stays_written_otherwise, changes]
)


@pytest.mark.parametrize(
    ("known", "holds"),
    [(stays, True), (stays_written_otherwise, True), (changes, False)],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_steps_that_change_nothing(known: Property, holds: bool) -> None:
    """It is derived whether a step that changes nothing can break a property of steps."""
    world = plain(CUPS)
    program = build(CUPS, world.pools)
    (function,) = [judged.function for judged in program.judged if judged.property is known]

    assert holds_of_nothing(program, function) is holds


def test_properties_that_any_step_may_break() -> None:
    """For such a property nothing is put off, and the report says so."""
    helped = check(CUPS, properties=["stays"], partial_order=True)
    result = assert_the_same(CUPS)

    assert helped.put_off is not None
    assert result.put_off is not None
    assert (bool(helped.put_off.unhelped), helped.put_off.steps > 0) == (False, True)
    assert (list(result.put_off.unhelped), result.put_off.steps) == (["changes"], 0)


# -- what is said of it --------------------------------------------------------------------------------------------


def shown() -> list[tuple[str, str, str, int, int, int, int]]:
    """The rows of the document's table."""
    text = (Path(__file__).resolve().parent.parent / "docs" / "reductions.md").read_text("utf-8")
    cells = r"\| `(\w+)` \| (\w+) \| ([\w-]+) " + r"\| ([\d,]+) " * 4 + r"\|"
    rows = re.findall(rf"^{cells}$", text, re.MULTILINE)
    return [(*row[:3], *(int(count.replace(",", "")) for count in row[3:])) for row in rows]


def marks(states: int) -> list[pytest.MarkDecorator]:
    """How often a row is counted again."""
    return [pytest.mark.thorough] if states > 100_000 else []


@pytest.mark.parametrize("row", [pytest.param(row, id="-".join(row[:3]), marks=marks(row[3])) for row in shown()])
def test_the_document(row: tuple[str, str, str, int, int, int, int]) -> None:
    """The table of docs/reductions.md is what the checker counts, with the reduction and without."""
    name, scope, asked, *counts = row
    whole, part = (
        check(model(name), scope=scope, properties=[] if asked == "all" else [asked], partial_order=reduced)
        for reduced in (False, True)
    )

    assert [whole.states, part.states, whole.transitions, part.transitions] == counts


def test_the_document_has_rows() -> None:
    """The table is found."""
    assert {asked for _, _, asked, *_ in shown()} == {"all", "no-deadlock", "mutual-exclusion"}


# -- with other options --------------------------------------------------------------------------------------------


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put off does not depend on the number of threads."""
    monkeypatch.setattr(native, "WIDE", 1)
    one, three = (
        check(TWO_PHASE_COMMIT, properties=["no-deadlock"], partial_order=True, threads=threads) for threads in (1, 3)
    )

    assert (one.states, one.transitions, one.put_off) == (three.states, three.transitions, three.put_off)
    assert dict(one.coverage) == dict(three.coverage)


def test_checkpoint(tmp_path: Path) -> None:
    """A search that was stopped goes on, and comes to the same; it is of the properties that it was begun for."""
    folder = tmp_path / "kept"
    asked = {"properties": ["no-deadlock"], "partial_order": True, "scope": "medium"}
    check(TWO_PHASE_COMMIT, max_states=5000, checkpoint=folder, every=0.01, **asked)  # type: ignore[arg-type]
    resumed = check(TWO_PHASE_COMMIT, checkpoint=folder, **asked)  # type: ignore[arg-type]
    alone = check(TWO_PHASE_COMMIT, **asked)  # type: ignore[arg-type]

    assert "Resumed" in resumed.notes[0]
    assert (resumed.states, resumed.transitions, resumed.put_off) == (alone.states, alone.transitions, alone.put_off)
    with pytest.raises(Exception, match="properties no-deadlock, not consistent"):
        check(TWO_PHASE_COMMIT, scope="medium", properties=["consistent"], partial_order=True, checkpoint=folder)


def test_liveness_is_not_judged() -> None:
    """Of what has to come in the end such a search says nothing, and that it does not."""
    found = check(model("peterson"), partial_order=True).verdict("who-wants-in-gets-in")

    assert found.verdict == "unknown"
    assert "whole runs" in found.reason


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--engine", "python"], "it has no --partial-order"),
        (["--simulate", "10"], "--partial-order"),
        (["--dir", "somewhere"], "a search on disk has no --partial-order"),
        (["--symmetry"], "does not go with --symmetry"),
        (["--prune"], "does not go with --prune"),
        (["--vacuity", "error"], "--vacuity error needs all"),
    ],
)
def test_what_does_not_go_with_it(capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    """What has no such reduction refuses it in one line."""
    code = main(["check", "--partial-order", "--quiet", *more])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("more", [{"engine": "python"}, {"directory": "x"}, {"prune": True}, {"symmetry": True}])
def test_what_does_not_go_with_it_in_python(more: dict[str, object]) -> None:
    """So does the function."""
    with pytest.raises(ValueError, match=r"reduction|partial_order"):
        check(COUNTERS, partial_order=True, **more)  # type: ignore[arg-type]


def test_the_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report says how much was left out, and that traces may be longer than they have to."""
    file = tmp_path / "report.json"
    code = main(
        [
            "check",
            f"{Path(__file__).with_name('counters.py')}:COUNTERS",
            "--partial-order",
            "--quiet",
            "--json",
            str(file),
        ]
    )
    text = " ".join(capsys.readouterr().out.split())
    document = json.loads(file.read_text())

    assert code == 11
    assert "traces may not be the shortest ones" in text
    assert "Partial order: 6 of 10 states by a part of their steps, 9 of 18 left out (2.0 times fewer)" in text
    jsonschema.validate(document, schema())
    assert document["put_off"] == {"units": 3, "states": 6, "steps": 9, "unhelped": []}
