"""Small specs that the two engines once took differently, each for a reason of its own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fuzz.compare import edges_agree, loaded, searches_agree
from fuzz.specs import HEAD
from hotswap.checker import check
from hotswap.spec.language import SpecError

SPECS = {
    "a generator's variable has the name of a later local": """
        class Thing(Machine):
            flag: bool
            other: Ref[Thing]
            @step()
            def go(self) -> None:
                if all(v.flag or v.other is None for v in Thing):
                    v = self
                    self.other = v
                for i in range(2):
                    self.flag = i == 1
                total = sum(total for total in range(3))
                assert total == 3
                i = self.other
                assert i is not None

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 2}})
    """,
    "an operation on the object before the step looks at the state before": """
        class Thing(Machine):
            flag: bool
            @operation
            def someone(self) -> bool:
                return any(t.flag for t in Thing) or Thing[1].flag
            @step()
            def go(self) -> None:
                self.flag = not self.flag

        @action
        def kept(before: Thing, after: Thing) -> bool:
            return not before.someone() or after.someone()

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 2}}, properties=[kept])
    """,
    "an object forgets the fields by which it lives": """
        class Owner(Machine):
            first: Own[Node]
            @step()
            def make(self) -> None:
                self.first = Node.new()
                self.first.other = Node.new(other=self.first)
                self.first = None

        class Node(Machine, dynamic=True):
            full = State(initial=True)
            empty = State(clear=True)
            other: Own[Node]
            flag: bool
            @step(full, to=empty)
            def forget(self) -> None:
                self.flag = True

        SYSTEM = System("small", machines=(Owner, Node), scopes={"small": {Owner: 1, Node: 3}})
    """,
    "the only step of a command that waits leads back to its state": """
        class Swap2(Machine, command=True):
            idle = State(initial=True)
            busy = State()
            @step(idle, to=busy)
            def begin(self) -> None:
                pass
            @step(busy, to=busy)
            def spin(self) -> None:
                pass

        SYSTEM = System("small", machines=(Swap2,), scopes={"small": {Swap2: 2}})
    """,
    "another machine begins the command": """
        class Clerk(Machine):
            level: Annotated[int, Range(1, 2)]
            @step()
            def ask(self) -> None:
                if Swap[0].state is Swap.idle:
                    Swap[0].begin()
            @step()
            def raise_(self) -> None:
                self.level = 2
            @observable
            def seen(self) -> Annotated[int, Range(1, 2)]:
                return self.level

        class Swap(Machine, command=True):
            idle = State(initial=True)
            busy = State()
            @operation(idle, to=busy)
            def begin(self) -> None:
                pass
            @step(busy, to=idle)
            def end(self) -> None:
                fail("no")

        SYSTEM = System("small", machines=(Clerk, Swap), scopes={"small": {Clerk: 1, Swap: 1}})
    """,
    "what fails stands in a later line of its statement": """
        class Thing(Machine):
            other: Ref[Thing]
            some: Set[bool]
            few: Annotated[Queue[bool], Capacity(1)]
            kind: Annotated[int, Range(0, 9)]
            @step()
            def turn(self) -> None:
                self.kind = (self.kind + 1) % 10
            @step()
            def dereference(self) -> None:
                require(self.kind == 1)
                assert (
                    self
                    .other
                    .other is None
                )
            @step()
            def fail_late(self) -> None:
                require(self.kind == 2)
                assert (
                    self.kind == 1
                    or self.kind == 3
                ), "never"
            @step()
            def contain(self) -> None:
                require(self.kind == 3)
                (self.other
                    .some).add(
                    True
                )
            @step()
            def pop(self) -> None:
                require(self.kind == 4)
                (
                    self.few
                    .popleft()
                )
            @step()
            def measure(self) -> None:
                require(self.kind == 5)
                assert len(
                    self.other.few
                ) == 0
            @step()
            def look(self) -> None:
                require(self.kind == 6)
                assert (
                    True
                    in self.other.some
                )

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 1}})
    """,
    "a switch returns early": """
        NEWER = Switch("newer", "")

        class Thing(Machine):
            low = State(initial=True)
            high = State()
            flag: bool
            @step(low, to=(low, high))
            def go(self) -> None:
                if NEWER:
                    if self.flag:
                        self.goto(Thing.low)
                        return
                    self.goto(Thing.high)
                    return
                self.flag = True
                self.goto(Thing.high)

        SYSTEM = System(
            "small",
            machines=(Thing,),
            scopes={"small": {Thing: 1}},
            profiles=[Profile("old", ""), Profile("new", "", (NEWER,))],
        )
    """,
    "a switch decides on a guard": """
        NEWER = Switch("newer", "")

        class Thing(Machine):
            count: Annotated[int, Range(0, 3)]
            @step()
            def go(self, up: bool) -> None:
                pass
                if NEWER:
                    require(self.count < 3)
                    if not NEWER:
                        require(False)
                else:
                    least = 1
                    require(up or self.count > least)
                require(up or self.count > 0)
                self.count = self.count + 1 if up else self.count - 1

        SYSTEM = System(
            "small",
            machines=(Thing,),
            scopes={"small": {Thing: 1}},
            profiles=[Profile("old", ""), Profile("new", "", (NEWER,))],
        )
    """,
    "a command has one state": """
        class Sleeper(Machine):
            awake = State(initial=True)
            asleep = State(waiting=True)
            @step(awake, to=asleep)
            def doze(self) -> None:
                pass
            @operation(asleep, to=awake)
            def wake(self) -> None:
                pass

        class Wake(Machine, command=True):
            idle = State(initial=True)
            @step()
            def wake(self, sleeper: Sleeper) -> None:
                require(sleeper.state is Sleeper.asleep)
                sleeper.wake()
            @step(idle)
            def nothing(self) -> None:
                pass

        SYSTEM = System("small", machines=(Sleeper, Wake), scopes={"small": {Sleeper: 1, Wake: 1}})
    """,
    "a field has a single value": """
        class Only(Enum):
            one = 1

        class Thing(Machine):
            there = State(initial=True)
            only: Only
            two: Annotated[int, Range(2, 2)]
            some: Annotated[Queue[Only], Capacity(2)]
            @step(there, to=there)
            def go(self) -> None:
                self.only = Only.one
                self.two = self.two
                self.some.append(self.only)
                ensure(self.state is Thing.there and self.only is Only.one and self.two == 2, "no-leak")

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 3}})
    """,
    "a witness is there from the start, and later again": """
        class Thing(Machine):
            flag: bool
            @step()
            def go(self) -> None:
                self.flag = not self.flag

        @sometimes
        def off() -> bool:
            return not Thing[0].flag

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 1}}, properties=[off])
    """,
}


@pytest.mark.parametrize("name", SPECS)
def test_engines_agree(tmp_path: Path, name: str) -> None:
    """Both engines take the same steps, in every profile and without locks, and their searches find the same."""
    with loaded(HEAD + dedent(SPECS[name]), tmp_path) as system:
        for run in range(len(system.profiles) + 1):
            assert edges_agree(system, run)[0] == ""
        for run in range(3):
            assert searches_agree(system, run)[0] == ""


def test_atomicity_of_a_command_that_another_begins(tmp_path: Path) -> None:
    """The copy of the observables is taken when the command begins, whoever begins it."""
    with loaded(HEAD + dedent(SPECS["another machine begins the command"]), tmp_path) as system:
        result = check(system, engine="python")
        assert result.verdict("failed-command-changes-nothing").verdict == "proved"


def test_a_command_of_one_state_is_a_new_one_each_time(tmp_path: Path) -> None:
    """Who waits until somebody gives a command waits for ever, whether the command's row names its state or not."""
    with loaded(HEAD + dedent(SPECS["a command has one state"]), tmp_path) as system:
        assert check(system, engine="python").verdict("no-deadlock").verdict == "violated"


REFUSED = {
    "come or go while the loop runs over them": """
        class Owner(Machine):
            full = State(initial=True)
            empty = State(clear=True)
            thing: Own[Thing]
            @operation(to=empty)
            def forget(self) -> None:
                pass
            @step(full)
            def go(self) -> None:
                for thing in Thing:
                    self.forget()

        class Thing(Machine, dynamic=True):
            flag: bool

        SYSTEM = System("small", machines=(Owner, Thing), scopes={"small": {Owner: 1, Thing: 2}})
    """,
    "the switch `NEWER` is no value": """
        NEWER = Switch("newer", "")

        class Thing(Machine):
            flag: bool
            @step()
            def go(self) -> None:
                self.flag = self.flag == NEWER

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 1}})
    """,
    "a monitor only writes its own fields": """
        class Thing(Machine):
            some: Set[bool]
            @operation
            def act(self) -> None:
                self.some.add(True)
            @step()
            def go(self) -> None:
                self.act()

        class Watcher(Monitor, of=Thing):
            @on(Thing.act)
            def told(self, thing: Thing) -> None:
                thing.some.clear()

        SYSTEM = System("small", machines=(Thing,), scopes={"small": {Thing: 1}}, properties=[Watcher])
    """,
    "have at most 62": """
        class Owner(Machine):
            thing: Own[Thing]
            @step()
            def go(self) -> None:
                self.thing = Thing.new()

        class Thing(Machine, dynamic=True):
            flag: bool

        SYSTEM = System("small", machines=(Owner, Thing), scopes={"small": {Owner: 1, Thing: 63}})
    """,
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(tmp_path: Path, message: str) -> None:
    """What the engines could only take differently is refused."""
    with pytest.raises(SpecError, match=message), loaded(HEAD + dedent(REFUSED[message]), tmp_path) as system:
        check(system)
