"""The Murphi text of a spec has the states and the steps that the engine counts; rumur says so."""

from __future__ import annotations

import importlib
from pathlib import Path
from textwrap import dedent

import pytest

from export.rumur import count
from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker import check
from hotswap.checker.export.system import export
from hotswap.spec import CHARDEV
from hotswap.spec.language import System
from hotswap.spec.language.properties import ERRORS
from models import MODELS
from nic import NIC

SYSTEMS: dict[str, System] = {
    module: getattr(importlib.import_module(f"models.{module}"), name) for module, name in MODELS
} | {"nic": NIC}
VERSIONS = [(module, profile.name) for module, system in SYSTEMS.items() for profile in system.profiles]
DEFECTS = [(module, defect.name) for module, system in SYSTEMS.items() for defect in system.defects]
CHARDEV_VERSIONS = [profile.name for profile in CHARDEV.versions]
LOCKED = [module for module, system in SYSTEMS.items() if any(command.holds for command in system.commands)]

pytestmark = [pytest.mark.thorough, pytest.mark.external("rumur"), pytest.mark.external("gcc")]


def assert_counted(
    system: System, folder: Path, *, profile: str | None = None, lock: str = "bql", defect: str | None = None
) -> None:
    """As many states, and as many steps as lead to one: all of them, unless some end their path by an error."""
    wanted = check(system, profile=profile, lock=lock, defect=defect)
    found = count(export(system, profile=profile, lock=lock, defect=defect), folder)
    errors = any(known.name in ERRORS and known.verdict == "violated" for known in wanted.properties)

    assert found.states == wanted.states
    assert (found.rules_fired < wanted.transitions) if errors else (found.rules_fired == wanted.transitions)


@pytest.mark.long
@pytest.mark.parametrize("profile", CHARDEV_VERSIONS)
def test_chardev(profile: str, tmp_path: Path) -> None:
    """rumur finds the states of the chardev protocol in its default scope."""
    assert_counted(CHARDEV, tmp_path, profile=profile)


@pytest.mark.parametrize(("module", "profile"), VERSIONS)
def test_models(module: str, profile: str, tmp_path: Path) -> None:
    """rumur finds the states of every other model."""
    assert_counted(SYSTEMS[module], tmp_path, profile=profile)


@pytest.mark.parametrize("module", LOCKED)
def test_models_without_locks(module: str, tmp_path: Path) -> None:
    """rumur finds the states that there are when nothing is held."""
    assert_counted(SYSTEMS[module], tmp_path, lock="none")


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
    "a circle of operations that return something": """
        Level = Annotated[int, Range(0, 3)]

        class Node(Machine, dynamic=True):
            other: Own[Node]
            marked: bool
            @operation(depth=3)
            def even(self) -> Level:
                return 0 if self.other is None else self.other.odd() + 1
            @operation
            def odd(self) -> Level:
                return 0 if self.other is None else self.other.even()
            @operation
            def flips(self, by: Level) -> bool:
                return self.other is not None and self.other.even() == by and self.other.stays(by)
            @operation(depth=2)
            def stays(self, by: Level) -> bool:
                self.marked = not self.marked
                return not self.flips(by)

        class Owner(Machine):
            first: Own[Node]
            seen: Level
            @step()
            def make(self) -> None:
                self.first = Node.new(other=self.first, marked=may("marked"))
            @step()
            def look(self) -> None:
                require(self.first is not None and any(node.even() == 1 and not node.marked for node in Node))
                self.seen = self.first.odd() if self.first.flips(1) else self.first.even()
            @step()
            def drop(self) -> None:
                require(self.first is not None and all(node.odd() < 2 for node in Node))
                self.first = None

        SYSTEM = System("small", [Node, Owner], {"small": {Node: 3, Owner: 1}})
    """,
    "properties that were broken already when a command began": """
        class Item(Machine, dynamic=True):
            good: bool

        class Command(Machine, command=True, holds=BIG, thread=WORKER):
            idle = State(initial=True)
            queued = State(queued=True)
            busy = State()
            @step(idle, to=queued)
            def ask(self) -> None:
                pass
            @step(queued, to=busy)
            def begin(self, shelf: Shelf) -> None:
                shelf.good = not shelf.good
            @step(busy, to=(busy, idle))
            def end(self) -> None:
                if may("again"):
                    self.goto(Command.busy)
                else:
                    self.goto(Command.idle)

        class Shelf(Machine, thread=OUTSIDE):
            item: Own[Item]
            seen: Ref[Item]
            good: bool
            @step()
            def put(self) -> None:
                self.item = Item.new(good=may("good"))
                self.seen = self.item
            @step()
            def take(self) -> None:
                self.item = None
            @step()
            def turn(self) -> None:
                require(self.item is not None)
                self.item.good = not self.item.good

        @invariant(between=Command)
        def shelved(shelf: Shelf, item: Item) -> bool:
            return shelf.item is item and item.good == shelf.good

        @invariant(between=Command, by="good")
        def sorted_out(item: Item) -> bool:
            return item.good

        @invariant(between=Command, by="state")
        def settled(command: Command) -> bool:
            return Shelf[0].seen is None

        @invariant(between=Command)
        def seen(shelf: Shelf, flag: bool) -> bool:
            return shelf.seen.good or flag

        KEPT = [shelved, sorted_out, settled, seen]
        SYSTEM = System("small", [Item, Command, Shelf], {"small": {Item: 2, Command: 2, Shelf: 1}}, properties=KEPT)
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
    "what dies within a step": """
        class Item(Machine, dynamic=True):
            former: Raw[Item]

        class Box(Machine):
            full = State(clear=True)
            empty = State(initial=True)
            item: Own[Item]
            last: Raw[Item]
            @step(empty, to=empty)
            def exchange(self) -> None:
                former = self.item
                self.item = None
                self.last = former
                self.item = Item.new(former=former)
            @step(empty, to=full)
            def keep(self) -> None:
                require(self.item is not None)
                self.last = self.item
            @step(full, to=(full, empty))
            def free(self) -> None:
                if may("both"):
                    free(Box[0].item)
                    self.goto(Box.full)
                else:
                    self.goto(Box.empty)

        SYSTEM = System("small", [Item, Box], {"small": {Item: 3, Box: 2}})
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


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_small_specs(text: str, tmp_path: Path) -> None:
    """rumur finds the states of specs that Murphi has no simple words for."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)
        assert_counted(system, tmp_path, lock="none")
