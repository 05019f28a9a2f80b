"""What a complete search reports as vacuous."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from hotswap.checker import check
from hotswap.checker.compile.coverage import Point
from hotswap.checker.compile.ir import For, Function, If, Statement
from hotswap.checker.compile.native import compile_world
from hotswap.checker.explore import oracle
from hotswap.checker.explore.native import Exploration
from hotswap.checker.explore.search import NO_BOUNDS, silent
from hotswap.spec.language import (
    Machine,
    Monitor,
    Own,
    Profile,
    State,
    System,
    ensure,
    invariant,
    on,
    operation,
    require,
    sometimes,
    step,
)
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.variants import variant
from models import MODELS
from models.filter_lock import FILTER_LOCK


class Letter(Machine, dynamic=True):
    """Never written."""

    sent: bool


class Lamp(Machine):
    """Is turned on and off, and on again."""

    off = State(initial=True)
    lit = State()
    times: bool
    spare: bool
    letter: Own[Letter]

    @step(off, to=lit)
    def turn_on(self) -> None:
        """Nothing ever keeps it from that."""
        require(not self.spare and self.letter is None)
        if self.spare:
            self.times = False
        else:
            self.times = True

    @step(lit, to=off)
    def turn_off(self) -> None:
        """There is always time."""
        if not self.spare:
            return
        self.times = False

    @step(off)
    def mend(self) -> None:
        """It never breaks."""
        require(self.spare)
        self.ring(True)
        self.spare = False

    @operation
    def ring(self, loud: bool) -> None:
        """Nobody calls it."""


@invariant
def sealed(letter: Letter) -> bool:
    """There is no letter."""
    return not letter.sent


@invariant
def dark(lamp: Lamp) -> bool:
    """The right side is never asked."""
    return not lamp.spare or lamp.times


@invariant
def kept(lamp: Lamp) -> bool:
    """Nobody writes what it reads."""
    return not lamp.spare


@invariant
def steady(lamp: Lamp) -> bool:
    """What breaks it is told in a branch, which is not to be taken."""
    if lamp.times and lamp.state is Lamp.off and lamp.spare:
        return False
    return all(not each.sent for each in Letter)


class Quiet(Monitor, of=Lamp):
    """Hears nothing."""

    heard: bool

    @on(Lamp.ring)
    def rings(self, lamp: Lamp, loud: bool) -> None:
        """It does not ring."""
        ensure(loud)


LAMPS = System("lamps", [Lamp, Letter], {"small": {Lamp: 1, Letter: 1}}, properties=[sealed, dark, kept, steady, Quiet])

VACUOUS = {
    "row-never-fires@Lamp.mend",
    "guard-never-false@Lamp.turn_on: not self.spare",
    "guard-never-false@Lamp.turn_on: self.letter is None",
    "branch-never-taken@Lamp.turn_on: if self.spare",
    "branch-never-taken@Lamp.turn_off: unless not self.spare",
    "never-told@Quiet.rings",
    "never-asked@sealed",
    "left-side-never-holds@dark: return not lamp.spare or lamp.times",
    "nothing-written@kept",
}


def test_every_kind() -> None:
    """Each kind of vacuity is found, at its line, and nothing else."""
    found = {each.id: each for each in check(LAMPS).vacuity}

    assert set(found) == VACUOUS
    assert {each.file for each in found.values()} == {__file__}
    lines = Path(__file__).read_text("utf-8").splitlines()
    assert lines[found["guard-never-false@Lamp.turn_on: not self.spare"].line - 1].strip().startswith("require(")


class Stone(Machine):
    """Has one state."""

    warm: bool

    @step()
    def lie(self) -> None:
        """Nothing changes."""


@sometimes
def lies(stone: Stone) -> bool:
    """From the beginning."""
    return not stone.warm


STONES = System("stones", [Stone], {"small": {Stone: 1}}, properties=[lies])


def test_the_initial_states_are_asked(tmp_path: Path) -> None:
    """What is asked of nothing but the initial states has been asked, in memory and on disk."""
    for result in (check(STONES), check(STONES, directory=tmp_path)):
        assert [each.id for each in result.vacuity] == ["nothing-written@lies"]


def test_only_what_is_complete_knows() -> None:
    """A search that stopped reports nothing as vacuous."""
    stopped = check(FILTER_LOCK, scope="medium", max_states=10)

    assert (stopped.exhaustive, stopped.vacuity) == (False, ())


def test_plain_python_knows_of_rows() -> None:
    """The plain engine reports the rows that never fire."""
    assert [found.id for found in check(LAMPS, engine="python").vacuity] == ["row-never-fires@Lamp.mend"]


def test_a_profile_explains() -> None:
    """What the profile explains carries its explanation."""
    profile = Profile("known", "", explained={"row-never-fires@Lamp.mend": "It never breaks."})
    found = {each.id: each.explanation for each in check(LAMPS, profile=profile).vacuity}

    assert found["row-never-fires@Lamp.mend"] == "It never breaks."
    assert [name for name, explanation in found.items() if explanation] == ["row-never-fires@Lamp.mend"]


@contextmanager
def traced(files: set[str]) -> Iterator[set[tuple[str, int]]]:
    """The lines of some files that Python runs meanwhile."""
    lines: set[tuple[str, int]] = set()

    def look(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield lines
    finally:
        sys.settrace(before)


def blocks(function: Function) -> Iterator[tuple[Point, tuple[Statement, ...]]]:
    """The parts of a body that are not empty, and their marks."""
    yield Point("entered", function.declaration, function.declaration.line), function.body
    waiting = [*function.body]
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, If):
            yield Point("then", function.declaration, statement.line), statement.then
            yield Point("else", function.declaration, statement.line), statement.other
            waiting += [*statement.then, *statement.other]
        elif isinstance(statement, For):
            yield Point("loop", function.declaration, statement.line), statement.body
            waiting += statement.body


@pytest.mark.parametrize("module", [module for module, _ in MODELS])
def test_marks_are_what_python_runs(module: str) -> None:
    """A part of a body is marked exactly if plain Python runs its first line, in every model."""
    system: System = getattr(importlib.import_module(f"models.{module}"), dict(MODELS)[module])
    scope = system.scope()
    with variant(system.profile()):
        world = PlainWorld(system, system.pools(scope))
        compiled = compile_world(world, optimise=False)
        exploration = Exploration(world, compiled, NO_BOUNDS, silent)
        exploration.run(world.initial(scope))
        marks = exploration.marks()
        program = compiled.unit.program
        functions = [*program.functions.values(), *(each.function for each in program.judged)]
        with traced({function.declaration.file for function in functions}) as lines:
            oracle.explore(world, scope)
    for function in functions:
        for point, body in blocks(function):
            if body and point in marks:
                line = (function.declaration.file, body[0].line)
                assert marks[point] == (line in lines), point
