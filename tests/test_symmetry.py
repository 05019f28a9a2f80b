"""Symmetry reduction: the same verdicts as without it, one state for each orbit, and no slot told apart unseen."""

from __future__ import annotations

import importlib
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bells import BELLS, HARMLESS, TELLING, Bell, not_all_at_once
from hotswap.checker import check
from hotswap.checker.cli import main
from hotswap.checker.compile.canonical import exchanges
from hotswap.checker.compile.native import compile_world
from hotswap.checker.explore.concrete import Representatives
from hotswap.checker.explore.result import Result
from hotswap.checker.scopes import read_scope
from hotswap.checker.view.report import schema
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine, Pools, System, always_eventually
from hotswap.spec.language.plain import PlainWorld, Values
from hotswap.spec.language.system import Scope
from hotswap.spec.language.variants import variant
from models import MODELS
from models.bank import BANK, Account, Transfer
from models.object_cache import OBJECT_CACHE, Client, Item, Scan, Slot, Statistics
from models.two_phase_commit import TWO_PHASE_COMMIT, Manager, Network, Resource
from orbits import orbit, reachable, renamed, renamings

Case = tuple[System, Scope, tuple[type[Machine], ...]]


def model(name: str) -> System:
    """A model by its module's name."""
    found: System = getattr(importlib.import_module(f"models.{name}"), dict(MODELS)[name])
    return found


def judgement(result: Result) -> dict[str, tuple[str, frozenset[tuple[str, int]]]]:
    """Every verdict, and each cause with the length of its shortest trace."""
    return {
        known.name: (known.verdict, frozenset((found.id, found.trace.length) for found in known.findings))
        for known in result.properties
    }


def variants(system: System) -> Iterator[dict[str, str]]:
    """Every profile and every defect, as arguments of `check`."""
    yield from ({"profile": profile.name} for profile in system.profiles)
    yield from ({"defect": defect.name} for defect in system.defects)


def without_deadlock(system: System) -> list[str]:
    """All properties but those that follow slots."""
    return [known.name for known in system.all_properties if known.name != "no-deadlock" and not known.liveness]


def assert_the_same(whole: Result, orbits: Result) -> None:
    """A search under symmetry says what the whole one does, and has seen enough to say so."""
    wanted = judgement(whole)
    symmetry = orbits.symmetry

    assert judgement(orbits) == {known.name: wanted[known.name] for known in orbits.properties}
    assert symmetry is not None
    assert orbits.states <= whole.states <= orbits.states * symmetry.order
    assert {name: used.high for name, used in orbits.pools.items()} == {
        name: used.high for name, used in whole.pools.items()
    }
    assert {row for row, count in orbits.coverage.items() if count} == {
        row for row, count in whole.coverage.items() if count
    }


@pytest.mark.parametrize("size", ["first", pytest.param("medium", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", [name for name, _ in MODELS])
def test_verdicts(name: str, size: str) -> None:
    """Every verdict, every cause and every shortest length is that of the search without the reduction."""
    system = model(name)
    scope = size if size in system.scopes else None
    for arguments in variants(system):
        whole = check(system, scope=scope, **arguments)  # type: ignore[arg-type]
        for properties in ([], without_deadlock(system)):
            orbits = check(system, scope=scope, properties=properties, symmetry=True, **arguments)  # type: ignore[arg-type]
            assert_the_same(whole, orbits)


@pytest.mark.parametrize(("resources", "orbits"), [(3, 80), (5, 314), (8, 1461)])
def test_two_phase_commit(resources: int, orbits: int) -> None:
    """Two-phase commit has exactly as many states as there are orbits, counted by others too."""
    scope = [Pools({Manager: 1, Network: 1, Resource: resources})]

    assert check(TWO_PHASE_COMMIT, scope=scope, symmetry=True).states == orbits


SMALL: list[Case] = [
    (TWO_PHASE_COMMIT, TWO_PHASE_COMMIT.scope("small"), (Resource,)),
    (BANK, BANK.scope("small"), (Account,)),
    (BANK, [Pools({Account: 3, Transfer: 2})], (Account, Transfer)),
    (OBJECT_CACHE, OBJECT_CACHE.scope("small"), (Item,)),
    (OBJECT_CACHE, [Pools({Item: 3, Statistics: 1, Slot: 2, Client: 1, Scan: 1})], (Item, Slot)),
    (model("cascade"), model("cascade").scope("medium"), (model("cascade").machines[1],)),
    (model("bounded_buffer"), model("bounded_buffer").scope("small"), (model("bounded_buffer").machines[2],)),
]
"""Systems, scopes, and the pools that are symmetric there."""


@pytest.mark.thorough
@pytest.mark.parametrize("case", SMALL, ids=lambda case: f"{case[0].name}-{'-'.join(m.__name__ for m in case[2])}")
def test_orbits(case: Case) -> None:
    """The representative of a state is in its orbit, and is the same for all of the orbit, and for no other."""
    system, scope, symmetric = case
    for profile in system.profiles:
        with variant(profile, None):
            world = PlainWorld(system, system.pools(scope))
            compiled = compile_world(world, optimise=False, symmetric=True, deadlocks=False)
            representatives = Representatives(compiled)
            states = reachable(world, list(world.initial(scope)), most=3_000)
            assert compiled.unit.symmetry is not None
            assert compiled.unit.symmetry.machines == symmetric
            assert compiled.unit.symmetry.exact
            chance = random.Random(1)
            every = list(renamings(world, symmetric))
            found: dict[Values, Values] = {}
            for state in states:
                mine = orbit(world, state, symmetric)
                representative = representatives.of(state)
                assert representative in mine
                assert representatives.of(representative) == representative
                assert representatives.of(renamed(world, state, chance.choice(every))) == representative
                assert found.setdefault(min(mine), representative) == representative
            assert len(set(found.values())) == len(found)


@pytest.mark.thorough
@pytest.mark.parametrize("case", SMALL, ids=lambda case: f"{case[0].name}-{'-'.join(m.__name__ for m in case[2])}")
def test_number_of_orbits(case: Case) -> None:
    """The search counts as many states as plain Python counts orbits of the states that it reaches."""
    system, scope, symmetric = case
    with variant(system.profile(), None):
        world = PlainWorld(system, system.pools(scope))
        states = reachable(world, list(world.initial(scope)))
        orbits = {min(orbit(world, state, symmetric)) for state in states}

    result = check(system, scope=scope, properties=without_deadlock(system), symmetry=True)

    assert result.states == len(orbits)


# -- what is derived -----------------------------------------------------------------------------------------------


def outcomes(world: PlainWorld, state: Values, machines: tuple[type[Machine], ...]) -> Counter[Any]:
    """What can happen in a state, but for the numbers of slots."""
    found: Counter[Any] = Counter(world.violated(state))
    for edge in world.edges(state):
        if edge.after is None:
            found[edge.row, edge.error, edge.cut] += 1
        else:
            broken = edge.broken | world.violated_by_step(state, edge.after)
            found[edge.row, min(orbit(world, edge.after, machines)), broken] += 1
    return found


def equivariant(world: PlainWorld, states: list[Values], machines: tuple[type[Machine], ...]) -> bool:
    """Whether renaming turns the steps of these states into steps, and what they break into what those break."""
    chance, every = random.Random(2), list(renamings(world, machines))
    return all(
        outcomes(world, renamed(world, state, renaming), machines) == outcomes(world, state, machines)
        for state in states
        for renaming in chance.sample(every, min(3, len(every)))
    )


@pytest.mark.thorough
@pytest.mark.parametrize("case", SMALL, ids=lambda case: f"{case[0].name}-{'-'.join(m.__name__ for m in case[2])}")
def test_renaming_turns_steps_into_steps(case: Case) -> None:
    """In plain Python, a state of a symmetric system can do what each state of its orbit can."""
    system, scope, symmetric = case
    for profile in system.profiles:
        with variant(profile, None):
            world = PlainWorld(system, system.pools(scope))
            assert equivariant(world, reachable(world, list(world.initial(scope)), most=300), symmetric)


@pytest.mark.parametrize("name", TELLING)
def test_slots_that_are_told_apart(name: str) -> None:
    """A pool whose slots some line tells apart is not reduced, the line is named, and renaming does change steps."""
    defect = BELLS.defect(name)
    result = check(BELLS, defect=defect, symmetry=True)
    with variant(BELLS.profile(), defect):
        world = PlainWorld(BELLS, BELLS.pools(BELLS.scope()))
        states = reachable(world, list(world.initial(BELLS.scope())))
        assert not equivariant(world, states, (Bell,))

    assert result.symmetry is not None
    assert not result.symmetry.pools
    (known,) = result.symmetry.asymmetric
    assert (known.pool, known.file.endswith(f"bells.py with {name}")) == ("Bell", True)
    assert TELLING[name] in known.reason
    assert known.line > 0


@pytest.mark.parametrize("name", HARMLESS)
def test_slots_that_are_not(name: str) -> None:
    """A loop or a generator that every order leads to the same end does not tell slots apart."""
    defect = BELLS.defect(name)
    orbits = check(BELLS, defect=defect, symmetry=True)
    with variant(BELLS.profile(), defect):
        world = PlainWorld(BELLS, BELLS.pools(BELLS.scope()))
        assert equivariant(world, reachable(world, list(world.initial(BELLS.scope())))[::8], (Bell,))

    assert orbits.symmetry is not None
    assert orbits.symmetry.pools == {"Bell": 3}
    assert_the_same(check(BELLS, defect=defect), orbits)


@pytest.mark.parametrize("size", range(2, 7))
def test_exchanges_lead_through_all_orders(size: int) -> None:
    """The exchanges of neighbours lead through every order once."""
    order = list(range(size))
    seen = {tuple(order)}
    for place in exchanges(size):
        order[place], order[place + 1] = order[place + 1], order[place]
        seen.add(tuple(order))

    assert len(exchanges(size)) == len(seen) - 1 == len(set(itertools.permutations(range(size)))) - 1


def test_waiting_slots_are_kept_apart() -> None:
    """Where deadlocks are looked for, a pool whose slots wait is not reduced: a slot is followed by its number."""
    every = check(BANK, scope="medium", symmetry=True)
    fewer = check(BANK, scope="medium", properties=without_deadlock(BANK), symmetry=True)

    assert every.symmetry is not None
    assert fewer.symmetry is not None
    assert (set(every.symmetry.pools), set(fewer.symmetry.pools)) == ({"Account"}, {"Account", "Transfer"})
    assert [known.pool for known in every.symmetry.asymmetric] == ["Transfer"]
    assert fewer.states < every.states


def test_ties_of_many_renamings(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many renamings to try all, an orbit may be counted more than once: that is said, and nothing is lost."""
    exact = check(BELLS, symmetry=True)
    monkeypatch.setattr("hotswap.checker.compile.symmetry.MOST_PERMUTATIONS", 1)
    tied = check(BELLS, symmetry=True)

    assert exact.symmetry is not None
    assert tied.symmetry is not None
    assert (exact.symmetry.exact, tied.symmetry.exact) == (True, False)
    assert exact.states < tied.states
    assert_the_same(check(BELLS), tied)


@pytest.mark.thorough
def test_with_two_threads() -> None:
    """Two threads that share the levels come to the same orbits, verdicts and lengths as one."""
    system = model("bounded_buffer")
    one, two = (check(system, scope="medium", profile="guarded", symmetry=True, threads=each) for each in (1, 2))

    assert (one.states, one.transitions, one.depth) == (two.states, two.transitions, two.depth)
    assert judgement(one) == judgement(two)


def test_unknown_kinds_of_properties() -> None:
    """What nothing is proved of keeps every pool from being reduced, unless nobody asks for it."""

    @always_eventually
    def later() -> bool:
        """Something of a whole run."""
        return True

    system = System("bells", [Bell], {"small": {Bell: 2}}, properties=[not_all_at_once, later])
    result = check(system, symmetry=True)
    unasked = check(system, symmetry=True, properties=[not_all_at_once.name])

    assert result.symmetry is not None
    assert not result.symmetry.pools
    assert [known.reason for known in result.symmetry.asymmetric] == ["`later` may tell slots apart along a run"]
    assert unasked.symmetry is not None
    assert unasked.symmetry.pools == {"Bell": 2}


def test_plain_python_has_none() -> None:
    """The engine that all else is compared with is not reduced."""
    with pytest.raises(ValueError, match="python"):
        check(BELLS, symmetry=True, engine="python")


# -- what is said of it --------------------------------------------------------------------------------------------


def shown() -> list[tuple[str, str, str, str, int, int]]:
    """The rows of the document's table."""
    text = (Path(__file__).resolve().parent.parent / "docs" / "reductions.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w -]+) \| ([\w, ]+) \| ([\d,]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    return [(*row[:4], *(int(count.replace(",", "")) for count in row[4:])) for row in rows]


DOCUMENTED = [
    pytest.param(row, id="-".join(row[:3]), marks=[pytest.mark.thorough] if row[4] > 50_000 else []) for row in shown()
]


def test_the_document_has_rows() -> None:
    """The table is found, with both kinds of questions in it."""
    assert {asked for _, _, asked, *_ in shown()} == {"all", "but no-deadlock"}


@pytest.mark.parametrize("row", DOCUMENTED)
def test_the_document(row: tuple[str, str, str, str, int, int]) -> None:
    """The table of docs/reductions.md is what the checker counts, with the reduction and without."""
    name, scope, asked, pools, states, orbits = row
    system = model(name)
    properties = [] if asked == "all" else without_deadlock(system)
    reduced = check(system, scope=scope, properties=properties, symmetry=True)

    assert reduced.symmetry is not None
    assert (", ".join(reduced.symmetry.pools), reduced.states) == (pools, orbits)
    assert check(system, scope=scope, properties=properties).states == states


def test_the_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report says what a state stands for, and names the line that tells the slots of another pool apart."""
    file = tmp_path / "report.json"
    house = tmp_path / "house.py"
    house.write_text(HOUSE)
    code = main(["check", f"{house}:HOUSE", "--symmetry", "--quiet", "--json", str(file)])
    text = " ".join(capsys.readouterr().out.split())
    document = json.loads(file.read_text())

    assert code == 0
    assert "Symmetric: Guest (3 slots); a state stands for up to 6" in text
    assert "Not symmetric: Room" in text
    assert "house.py:14: `Room[...]` picks a slot by its number" in text
    jsonschema.validate(document, schema())
    assert document["symmetry"]["pools"] == {"Guest": 3}
    assert (document["symmetry"]["order"], document["symmetry"]["exact"]) == (6, True)
    assert [(each["pool"], each["line"]) for each in document["symmetry"]["asymmetric"]] == [("Room", 14)]


HOUSE = """from hotswap.spec.language import Machine, System, step


class Room(Machine):
    taken: bool


class Guest(Machine):
    inside: bool

    @step()
    def enter(self) -> None:
        self.inside = True
        Room[0].taken = True


HOUSE = System("house", [Room, Guest], {"small": {Room: 2, Guest: 3}})
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--engine", "python"], "it has no --symmetry"),
        (["--simulate", "10"], "--symmetry"),
        (["--vacuity", "error"], "--vacuity error needs all"),
    ],
)
def test_what_does_not_go_with_it(capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    """What has no reduction refuses it in one line."""
    code = main(["check", "--symmetry", "--quiet", *more])

    assert code == 2
    assert said in capsys.readouterr().err


TWO_PORTS = "devices=serial+serial,backends=ringbuf+unix,others=,ids=2,changes=1,known=True"
"""A scope of chardev in which two of everything are used."""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(profile.name, marks=[] if profile.name == "repaired" else [pytest.mark.long])
        for profile in CHARDEV.versions
    ],
)
def test_chardev(profile: str) -> None:
    """The chardev protocol is judged alike with the reduction and without, and two names are one orbit."""
    scope = read_scope(CHARDEV, TWO_PORTS)
    whole = check(CHARDEV, profile=profile, scope=scope)
    orbits = check(CHARDEV, profile=profile, scope=scope, symmetry=True)

    assert_the_same(whole, orbits)
    assert orbits.states < whole.states * 0.6


@pytest.mark.long
@pytest.mark.parametrize("defect", [defect.name for defect in CHARDEV.defects])
def test_chardev_with_a_defect(defect: str) -> None:
    """Every defect of the chardev protocol is found alike with the reduction and without."""
    assert_the_same(check(CHARDEV, defect=defect), check(CHARDEV, defect=defect, symmetry=True))
