"""Mistakes that a program makes in a spec, and what becomes of them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import pytest

from hotswap.checker.compile.native import compile_world
from hotswap.checker.compile.program import build
from hotswap.checker.explore.native import Exploration
from hotswap.checker.explore.search import NO_BOUNDS, Progress, silent
from hotswap.checker.mutate.campaign import Campaign, mutate
from hotswap.checker.mutate.judge import Fate, Original, fate
from hotswap.checker.mutate.mutants import mutants
from hotswap.checker.mutate.visible import seen
from hotswap.spec.language import (
    Defect,
    Edit,
    Machine,
    Profile,
    Range,
    State,
    Switch,
    System,
    invariant,
    observable,
    operation,
    require,
    sometimes,
    step,
)
from hotswap.spec.language.errors import SpecError
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.system import Scope
from hotswap.spec.language.variants import Mutant, variant
from nic import NIC

NEVER = Switch("never", "It is never on.")


class Lamp(Machine):
    """A lamp that counts."""

    dark = State(initial=True)
    lit = State()
    wires: Annotated[int, Range(0, 3)]
    count: Annotated[int, Range(0, 100_000)]
    seen: bool
    spare: bool

    @step(dark, to=lit)
    def turn_on(self) -> None:
        """It is counted, and seen."""
        require(self.wires == 3 and self.count < 2)
        self.count += 1
        self.seen = True

    @step(lit, to=dark)
    def turn_off(self) -> None:
        """Nobody sees it any more."""
        self.spare = False
        self.seen = False

    @step(dark, lit)
    def blink(self) -> None:
        """It does so at any time, in a colour that nobody sees."""
        self.spare = not self.spare

    @step(dark)
    def wire(self) -> None:
        """One more wire."""
        require(self.wires < 3)
        more = self.wires + 1
        self.wires = more

    @step(dark)
    def overload(self) -> None:
        """It never comes to that."""
        require(self.count > 100)
        self.count = 0

    @step(dark)
    def again(self) -> None:
        """Counting goes on, though nobody looks."""
        require(self.count >= 2)
        require(self.count < 2)
        require(self.count < 100_000)
        self.count += 1

    @operation
    def shines(self) -> bool:
        """Only the observable asks."""
        shining = self.seen
        return shining

    @observable
    def light(self) -> bool:
        """What is seen from outside."""
        return self.shines()


class Echo(Machine):
    """Says it twice."""

    said: bool

    @step()
    def say(self) -> None:
        """Once, and once more."""
        self.said = True
        self.said = True


@invariant
def wired(lamp: Lamp) -> bool:
    """It shines by three wires only."""
    return lamp.wires == 3 or lamp.state is not Lamp.lit


@invariant
def round_number(lamp: Lamp) -> bool:
    """Nothing could break it."""
    return lamp.count >= 0


@sometimes
def counted(lamp: Lamp) -> bool:
    """It has been turned on twice."""
    return lamp.count == 2


OFTEN = Defect(
    "often",
    "The wires are not counted.",
    breaks="wired",
    edits=(Edit(Lamp.turn_on, "require(self.wires == 3 and self.count < 2)"),),
    profile="plain",
)
EXPLAINED = {"drop-assignment@Lamp.turn_off: self.seen = False": "Nobody minds."}
LAMP = System(
    "lamp",
    machines=(Lamp,),
    scopes={"one": {Lamp: 1}},
    properties=(wired, round_number, counted),
    profiles=(Profile("plain", "As it is.", explained=EXPLAINED), Profile("odd", "The same.", (NEVER,))),
    defects=(OFTEN,),
)


def mutants_of(system: System) -> tuple[Mutant, ...]:
    """The mutants of a system's default scope."""
    return mutants(system, build(system, system.pools(system.scope())))


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    """Everything that can go wrong with the lamp, judged once."""
    return mutate(LAMP)


def test_the_mutants() -> None:
    """Every part of a guard, every assignment and every two neighbours of the protocol's rows make one; what only the
    outside asks is left alone."""
    assert [mutant.name for mutant in mutants_of(LAMP)] == [
        "drop-guard@Lamp.turn_on: self.wires == 3",
        "drop-guard@Lamp.turn_on: self.count < 2",
        "drop-assignment@Lamp.turn_on: self.count += 1",
        "drop-assignment@Lamp.turn_on: self.seen = True",
        "swap-steps@Lamp.turn_on: self.count += 1 <-> self.seen = True",
        "drop-assignment@Lamp.turn_off: self.spare = False",
        "drop-assignment@Lamp.turn_off: self.seen = False",
        "swap-steps@Lamp.turn_off: self.spare = False <-> self.seen = False",
        "drop-assignment@Lamp.blink: self.spare = not self.spare",
        "drop-guard@Lamp.wire: self.wires < 3",
        "drop-assignment@Lamp.wire: more = self.wires + 1",
        "drop-assignment@Lamp.wire: self.wires = more",
        "swap-steps@Lamp.wire: more = self.wires + 1 <-> self.wires = more",
        "drop-guard@Lamp.overload: self.count > 100",
        "drop-assignment@Lamp.overload: self.count = 0",
        "drop-guard@Lamp.again: self.count >= 2",
        "drop-guard@Lamp.again: self.count < 2",
        "drop-guard@Lamp.again: self.count < 100000",
        "drop-assignment@Lamp.again: self.count += 1",
    ]


def test_mutants_that_drop_a_call() -> None:
    """A call makes one, too, unless it only reports, or says where the row ends."""
    names = [mutant.name for mutant in mutants_of(NIC) if mutant.name.startswith("drop-call")]

    assert "drop-call@Card.send: self.last.send()" in names
    assert not [name for name in names if "fail(" in name or "goto(" in name]


def test_their_names() -> None:
    """A name tells one mutant, where a row says the same thing twice, too."""
    system = System("echo", machines=(Echo,), scopes={"one": {Echo: 1}})

    assert [mutant.name for mutant in mutants_of(system)] == [
        "drop-assignment@Echo.say: self.said = True",
        "drop-assignment@Echo.say: self.said = True (2)",
        "swap-steps@Echo.say: self.said = True <-> self.said = True",
    ]


@pytest.mark.parametrize(
    ("name", "fate", "by"),
    [
        ("often", "killed", ("wired",)),
        ("drop-guard@Lamp.turn_on: self.wires == 3", "killed", ("wired",)),
        ("drop-guard@Lamp.wire: self.wires < 3", "killed", ("in-range",)),
        ("drop-assignment@Lamp.wire: self.wires = more", "killed", ("counted",)),
        ("drop-assignment@Lamp.turn_on: self.seen = True", "survived", ()),
        ("drop-assignment@Lamp.turn_off: self.seen = False", "survived", ()),
        ("drop-assignment@Lamp.blink: self.spare = not self.spare", "equivalent", ()),
        ("swap-steps@Lamp.turn_on: self.count += 1 <-> self.seen = True", "identical", ()),
        ("drop-assignment@Lamp.overload: self.count = 0", "dead", ()),
        ("drop-assignment@Lamp.wire: more = self.wires + 1", "refused", ()),
        ("drop-guard@Lamp.again: self.count < 2", "unfinished", ()),
    ],
)
def test_fates(campaign: Campaign, name: str, fate: str, by: tuple[str, ...]) -> None:
    """A mistake breaks a property, or the outside sees something else, or nothing new, or it never runs, or it is no
    spec, or there is no end to it."""
    (known,) = [known for known in campaign.judged if known.name == name]

    assert known.fate == fate
    assert known.by == by


def test_what_matters(campaign: Campaign) -> None:
    """The share is that of the mutants that a property could notice; defects do not count, nor do those of which
    nothing is seen, and what has no end counts as unnoticed."""
    fates = [known.fate for known in campaign.made]

    assert campaign.matter == sum(fate in ("killed", "survived", "unfinished") for fate in fates) < len(fates)
    assert campaign.share == fates.count("killed") / campaign.matter


def test_alone(campaign: Campaign) -> None:
    """A property is worth keeping for a mutant that it kills alone."""
    names = [known.name for known in campaign.alone("wired")]

    assert names == ["drop-guard@Lamp.turn_on: self.wires == 3"]


def test_explained(campaign: Campaign) -> None:
    """The profile says why one that survives is no harm; of one that does not survive, nothing."""
    assert {known.name: known.explanation for known in campaign.judged if known.explanation} == EXPLAINED


def test_a_property_that_nothing_breaks(campaign: Campaign) -> None:
    """A property that no defect and no mutant breaks is vacuous; what was not tried whole does not know."""
    assert [found.id for found in campaign.vacuity] == ["never-broken@round-number"]
    assert mutate(LAMP, sample=3).vacuity == ()


def test_a_sample() -> None:
    """The same seed takes the same sample, and another one another."""
    names = [[known.name for known in mutate(LAMP, sample=4, seed=seed).judged] for seed in (1, 1, 2)]

    assert len(names[0]) == 4
    assert names[0] == names[1] != names[2]


def test_processes(campaign: Campaign) -> None:
    """Several processes judge as one does, in the same order."""
    assert mutate(LAMP, jobs=2).judged == campaign.judged


def test_a_profile_that_breaks_something_by_itself() -> None:
    """There a mutant that breaks it shows nothing: it is refused."""
    with pytest.raises(SpecError, match="profile first breaks no-dangling-pointer by itself"):
        mutate(NIC, profile="first")


def test_interrupted() -> None:
    """Ctrl-C ends a campaign with what it has judged."""

    def watch(progress: Progress) -> None:
        if progress.phase.startswith("2 of"):
            raise KeyboardInterrupt

    campaign = mutate(LAMP, watch=watch)

    assert campaign.stopped == "interrupted"
    assert len(campaign.judged) == 2
    assert campaign.vacuity == ()


@pytest.mark.parametrize("calls", range(1, 5))
def test_interrupted_while_others_judge(calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever call on the way to the next judgement Ctrl-C comes, other processes begin no more than they had."""
    begun = tmp_path / "begun"

    def counted(known: Original, mistake: Defect | Mutant) -> tuple[Fate, tuple[str, ...]]:
        with begun.open("ab") as file:
            file.write(b".")
        return fate(known, mistake)

    def watch(progress: Progress) -> None:
        if progress.phase.startswith("1 of"):
            left = iter(range(calls))

            def call(frame: FrameType, event: str, argument: object) -> None:
                if next(left, None) is None:
                    raise KeyboardInterrupt

            sys.settrace(call)

    monkeypatch.setattr("hotswap.checker.mutate.campaign.fate", counted)
    before = sys.gettrace()
    try:
        campaign = mutate(NIC, jobs=2, watch=watch)
    finally:
        sys.settrace(before)

    assert campaign.stopped == "interrupted"
    assert begun.stat().st_size < campaign.defects + campaign.mutants


@pytest.mark.parametrize("system", [LAMP, NIC], ids=lambda system: system.name)
def test_visible_steps(system: System) -> None:
    """What machine code says that the outside sees is what plain Python says, of every step of every configuration."""
    scope = system.scope()
    with variant(system.profile("plain" if system is LAMP else "repaired")):
        world = PlainWorld(system, system.pools(scope))
        search = Exploration(world, compile_world(world, optimise=False), NO_BOUNDS, silent)
        search.run(world.initial(scope))
        found = {
            (search.compiled.layout.unpack(search.store.state(origin)), *map(_values, (before, after)))
            for origin, before, after in seen(search).visible
        }
        wanted = set(_plainly(world, scope))

    assert found == wanted


def _values(said: bytes) -> tuple[int, ...]:
    return tuple(memoryview(said).cast("q"))


def _plainly(world: PlainWorld, scope: Scope) -> list[tuple[object, ...]]:
    """Every visible step, found by walking through plain Python from each initial state in turn."""
    seen: set[tuple[int, ...]] = set()
    steps: list[tuple[object, ...]] = []
    todo = [(state, state) for state in world.initial(scope)]
    for origin, state in todo:
        if state in seen:
            continue
        seen.add(state)
        for edge in world.edges(state):
            if edge.after is None:
                continue
            before, after = (tuple(world.observe(each)) for each in (state, edge.after))
            if before != after:
                steps.append((origin, before, after))
            todo.append((origin, edge.after))
    return steps
