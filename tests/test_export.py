"""The Murphi text of a spec has the states and the steps that the engine counts; rumur says so."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeVar

import pytest

from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker import check
from hotswap.checker.explore.check import Lock
from hotswap.checker.export.murphi import export
from hotswap.spec import CHARDEV
from hotswap.spec.language import SpecError, System
from hotswap.spec.language.properties import ERRORS
from models import MODELS
from rumur import count

SYSTEMS: dict[str, System] = {
    module: getattr(importlib.import_module(f"models.{module}"), name) for module, name in MODELS
}
VERSIONS = [(module, profile.name) for module, system in SYSTEMS.items() for profile in system.profiles]
DEFECTS = [(module, defect.name) for module, system in SYSTEMS.items() for defect in system.defects]
LOCKED = [module for module, system in SYSTEMS.items() if any(command.holds for command in system.commands)]

Test = TypeVar("Test", bound=Callable[..., None])


def by_rumur(test: Test) -> Test:
    """A test for which a C program is generated, compiled and run."""
    for program in ("rumur", "gcc"):
        test = pytest.mark.external(program)(test)
    return pytest.mark.slow(test)


def assert_counted(
    system: System, folder: Path, *, profile: str | None = None, lock: Lock = "bql", defect: str | None = None
) -> None:
    """As many states, and as many steps as lead to one: all of them, unless some end their path by an error."""
    wanted = check(system, profile=profile, lock=lock, defect=defect)
    found = count(export(system, profile=profile, lock=lock, defect=defect), folder)
    errors = any(known.name in ERRORS and known.verdict == "violated" for known in wanted.properties)

    assert found.states == wanted.states
    assert (found.rules_fired < wanted.transitions) if errors else (found.rules_fired == wanted.transitions)


@by_rumur
@pytest.mark.parametrize("profile", [profile.name for profile in CHARDEV.profiles])
def test_chardev(profile: str, tmp_path: Path) -> None:
    """rumur finds the states of the chardev protocol in its default scope."""
    assert_counted(CHARDEV, tmp_path, profile=profile)


@by_rumur
@pytest.mark.parametrize(("module", "profile"), VERSIONS)
def test_models(module: str, profile: str, tmp_path: Path) -> None:
    """rumur finds the states of every other model."""
    assert_counted(SYSTEMS[module], tmp_path, profile=profile)


@by_rumur
@pytest.mark.parametrize("module", LOCKED)
def test_models_without_locks(module: str, tmp_path: Path) -> None:
    """rumur finds the states that there are when nothing is held."""
    assert_counted(SYSTEMS[module], tmp_path, lock="none")


@by_rumur
@pytest.mark.parametrize(("module", "defect"), DEFECTS)
def test_models_with_a_defect(module: str, defect: str, tmp_path: Path) -> None:
    """rumur's paths end at the same errors."""
    assert_counted(SYSTEMS[module], tmp_path, defect=defect)


SPECS = {
    "operations that call each other in a circle": """
        class Node(Machine, dynamic=True):
            other: Own[Node]
            peer: Own[Twin]
            marked: bool
            @operation(depth=2)
            def ping(self) -> None:
                self.marked = not self.marked
                if self.peer is not None and may("on"):
                    self.peer.pong(self)
            @finalizer
            def gone(self) -> None:
                Owner[0].lost = not Owner[0].lost

        class Twin(Machine, dynamic=True):
            node: Own[Node]
            @operation
            def pong(self, node: Node) -> None:
                if may("drop"):
                    node.peer = None
                elif self.node is not None:
                    self.node.ping()

        class Owner(Machine):
            first: Own[Node]
            lost: bool
            @step()
            def make(self) -> None:
                self.first = Node.new(other=self.first, peer=Twin.new(node=self.first))
            @step()
            def ping(self) -> None:
                require(self.first is not None)
                self.first.ping()
            @step()
            def drop(self) -> None:
                self.first = None

        SYSTEM = System("small", [Node, Twin, Owner], {"small": {Node: 2, Twin: 2, Owner: 1}})
    """,
    "effects inside expressions, in Python's order": """
        Level = Annotated[int, Range(-3, 3)]

        class Thing(Machine):
            level: Level
            last: Level
            mark: bool
            @operation
            def up(self) -> Level:
                self.level = min(self.level + 1, 3)
                return self.level
            @operation
            def mean(self, one: Level, two: Level) -> Level:
                return (one + two) // 2
            @step()
            def go(self) -> None:
                self.last = self.mean(self.level, self.up())
            @step()
            def back(self) -> None:
                self.level = -3 if self.level == 3 and (self.up() == 3 or may("a")) else self.level
                self.mark = may("b") and sum(1 for i in range(2) if i != self.level) == self.level % 2 + 1
            @step()
            def add(self) -> None:
                require(all(any(i == t.level + 3 for i in range(4)) for t in Thing))
                self.last = self.up() + self.level - (0 if may("c") else self.up())

        SYSTEM = System("small", [Thing], {"small": {Thing: 1}})
    """,
    "names that are Murphi's": """
        class Case(Enum):
            begin = 0
            end = 1

        class Record(Machine):
            array = State(initial=True)
            var = State()
            type: Case
            Case_end: bool
            answer: Annotated[Queue[Case], Capacity(2)]
            @operation
            def answers(self, rule: Case) -> bool:
                none = rule is Case.end
                return none
            @step(array, to=(array, var))
            def endrule(self, rule: Case) -> None:
                self.type = rule
                if len(self.answer) < 2:
                    self.answer.append(rule)
                if self.answers(rule):
                    self.goto(Record.var)
                else:
                    self.goto(Record.array)
            @step(var, to=array)
            def until(self) -> None:
                self.Case_end = self.answer.popleft() is Case.begin

        SYSTEM = System("small", [Record], {"small": {Record: 1}})
    """,
    "what an error hides from the outside": """
        class Item(Machine, dynamic=True):
            number: Annotated[int, Range(-1, 1)]

        class Shelf(Machine, thread=OUTSIDE):
            item: Own[Item]
            seen: Ref[Item]
            set: Set[Shelf]
            @observable
            def number(self) -> Annotated[int, Range(-1, 0)]:
                assert self.seen is not None and self in self.set
                return self.seen.number
            @step()
            def put(self) -> None:
                self.item = Item.new(number=-1)
                self.seen = self.item
                self.set.add(self)
            @step()
            def take(self) -> None:
                self.item = None
            @step()
            def count(self) -> None:
                require(self.item is not None and self.item.number < 1)
                self.item.number = self.item.number + 1

        class Command(Machine, command=True, holds=BIG, thread=WORKER):
            idle = State(initial=True, clear=True)
            busy = State()
            item: Own[Item]
            @step(idle, to=busy)
            def begin(self, shelf: Shelf) -> None:
                self.item = shelf.item
            @step(busy, to=idle)
            def end(self) -> None:
                if may("fails"):
                    fail("so it does")

        SYSTEM = System("small", [Item, Shelf, Command], {"small": {Item: 2, Shelf: 1, Command: 2}})
    """,
}


@by_rumur
@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_small_specs(text: str, tmp_path: Path) -> None:
    """rumur finds the states of specs that Murphi has no simple words for."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)
        assert_counted(system, tmp_path, lock="none")


def test_a_choice_is_a_parameter_of_its_rule() -> None:
    """A row has rules for every answer that it can ask for, and no row asks in vain."""
    text = export(SYSTEMS["object_cache"])

    assert "ruleset self: ClientSlot; slot: SlotSlot; outcomes: 0..1 do" in text
    assert "ruleset self: ClientSlot do" in text


def test_a_row_of_too_many_choices(tmp_path: Path) -> None:
    """A row for which there would be thousands of rules is refused, and the message says where it stands."""
    text = """
        class Thing(Machine):
            flag: bool
            @step()
            def go(self) -> None:
                for i in range(13):
                    self.flag = may("again")

        SYSTEM = System("small", [Thing], {"small": {Thing: 1}})
    """
    with (
        loaded(HEAD + dedent(text), tmp_path) as system,
        pytest.raises(SpecError, match=r"a_generated_spec.py:\d+: Thing.go makes up to 13 choices in one step"),
    ):
        export(system)
