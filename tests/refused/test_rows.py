"""Refused of a row: its decorator, its parameters, its result, its states."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, row, spec


@each("""
    A result has its type.
        @operation
        def bad(self) -> bool:
            return 1  # here
    refused: Device.bad: the result is bool, this is int 1..1
    instead: write True, False or a comparison

    A result fits its range.
        @operation
        def bad(self) -> Small:
            return 4  # here
    refused: Device.bad: 4 never fits the result, which is int 0..3
    instead: widen the Range, or mend the value

    A result has a declared type.
        @operation
        def bad(self):
            return self.lit  # here
    refused: Device.bad: a value is returned, but no type is declared for it
    instead: write `-> bool`, or whatever it is

    A result is not left out.
        @operation
        def bad(self) -> bool:
            return  # here
    refused: Device.bad: `return` without a value; the result is bool
    instead: return one

    A result comes from every path.
        @operation
        def bad(self) -> bool:  # here
            if self.lit:
                return True
    refused: Device.bad: a path ends without `return`
    instead: return a value on every path

    A result is no container.
        @operation
        def bad(self) -> Set[Colour]:  # here
            return self.seen
    refused: Device.bad: the result is a container
    instead: hand over the object that has it

    A step has no result.
        @step(off)  # here
        def bad(self) -> bool:
            return True
    refused: Device.bad: a step has no result
    instead: write `-> None`

    A constant is never None.
        @operation  # here
        def bad(self) -> Colour | None:
            return None
    refused: Device.bad: the result: only a pointer can be None
    instead: drop `| None`, and give the type a member for it
""")
def test_a_result(tmp_path: Path, mistake: Mistake) -> None:
    """A row returns what it declares, on every path."""
    refused(tmp_path, row(mistake.text), mistake.message)


@each("""
    A row has `self`.
        @step(off)  # here
        def bad() -> None:
            pass
    refused: Device.bad: the first parameter is not `self`
    instead: write `def bad(self, ...)`

    `self` comes first.
        @step(off)  # here
        def bad(size: Small) -> None:
            pass
    refused: Device.bad: the first parameter is not `self`
    instead: write `def bad(self, ...)`

    A parameter has no default.
        @step(off)  # here
        def bad(self, size: Small = 0) -> None:
            pass
    refused: Device.bad: a parameter has a default, or `*`
    instead: write plain names, and hand over every argument

    Parameters are not gathered.
        @step(off)  # here
        def bad(self, *sizes: Small) -> None:
            pass
    refused: Device.bad: a parameter has a default, or `*`
    instead: write plain names, and hand over every argument

    A parameter can be handed over by its place.
        @step(off)  # here
        def bad(self, *, size: Small) -> None:
            pass
    refused: Device.bad: a parameter has a default, or `*`
    instead: write plain names, and hand over every argument

    A parameter has a type.
        @step(off)  # here
        def bad(self, size) -> None:
            pass
    refused: Device.bad: parameter `size` has no type
    instead: write `size: bool`, or whatever it is

    A number has a range.
        @step(off)  # here
        def bad(self, size: int) -> None:
            pass
    refused: Device.bad: parameter `size`: an int needs its range
    instead: write `Annotated[int, Range(low, high)]`

    A container is not handed over.
        @step(off)
        def bad(self, seen: Set[Colour]) -> None:  # here
            pass
    refused: Device.bad: parameter `seen` is a container
    instead: hand over the object that has it

    A parameter does not say how it points.
        @step(off)  # here
        def bad(self, chr: Ref[Chardev]) -> None:
            pass
    refused: Device.bad: parameter `chr`: only a field says how it points
    instead: write `Chardev`

    A step's parameter is never None.
        @step(off)  # here
        def bad(self, chr: Chardev | None) -> None:
            pass
    refused: Device.bad: parameter `chr`: it ranges over live objects: it is never None
    instead: drop `| None`

    A type has to be defined.
        @step(off)  # here
        def bad(self, size: Smal) -> None:
            pass
    refused: Device.bad: parameter `size`: `Smal` is not defined
    instead: list the machine in the System, or import the type

    A pool that the System does not list does not exist.
        @step(off)
        def bad(self, watch: Monitor) -> None:  # here
            pass
    refused: Device.bad: the System does not list Monitor: it has no pool
    instead: add it to `machines`
""")
def test_a_signature(tmp_path: Path, mistake: Mistake) -> None:
    """A parameter is a plain name with a type."""
    refused(tmp_path, row(mistake.text), mistake.message)


@each("""
    `@step` has parentheses.
        @step  # here
        def bad(self) -> None:
            pass
    refused: `@step` lacks its parentheses
    instead: write `@step()`, or name its states

    A source is a state.
        @step("off")  # here
        def bad(self) -> None:
            pass
    refused: a source of `bad` is a str, not a State
    instead: name a State of the same class, or a tuple of them

    A target is a state, or a tuple of them.
        @step(off, to=[on, off])  # here
        def bad(self) -> None:
            pass
    refused: a target of `bad` is a list, not a State
    instead: name a State of the same class, or a tuple of them

    A thread is a Thread.
        @step(off, thread="main")  # here
        def bad(self) -> None:
            pass
    refused: `thread='main'`: a Thread is expected
    instead: make one beside the machines: `THREAD = Thread("name")`

    A lock is a Lock.
        @step(off, lock="bql")  # here
        def bad(self) -> None:
            pass
    refused: `lock='bql'`: a Lock is expected
    instead: make one beside the machines: `LOCK = Lock("name")`

    A depth is a count.
        @operation(depth=0)  # here
        def bad(self) -> None:
            pass
    refused: the depth 0 is no count
    instead: write `depth=1`, or more

    A row has one decorator.
        @operation  # here
        @step(off)
        def bad(self) -> None:
            pass
    refused: `bad` has two decorators
    instead: a row is one thing: keep one

    A row is no coroutine.
        @step(off)  # here
        async def bad(self) -> None:
            pass
    refused: `bad` is an `async def`
    instead: write `def`, and one row for each action

    A row is no static method.
        @step(off)  # here
        @staticmethod
        def bad() -> None:
            pass
    refused: `@step` stands on a staticmethod, which is no function
    instead: put it on a plain `def`

    A row is no lambda.
        bad = operation(lambda self: None)  # here
    refused: the source of `Device.<lambda>` can't be found
    instead: write rows as plain `def` in a file, not as lambdas or at a prompt
""")
def test_a_decorator(tmp_path: Path, mistake: Mistake) -> None:
    """A decorator stands on a plain method, alone."""
    refused(tmp_path, row(mistake.text), mistake.message)


@each("""
    A machine starts in one state, not in two.
        class Extra(Machine):  # here
            off = State(initial=True)
            on = State(initial=True)

            @step(off, to=on)
            def go(self) -> None:
                pass
    refused: Extra has 2 initial states: off, on
    instead: write `State(initial=True)` for exactly one

    A machine starts in a state.
        class Extra(Machine):  # here
            off = State()

            @step(to=off)
            def go(self) -> None:
                pass
    refused: Extra has 0 initial states
    instead: write `State(initial=True)` for exactly one

    A state has a row.
        class Extra(Machine):
            off = State(initial=True)
            on = State()  # here

            @step(off)
            def go(self) -> None:
                pass
    refused: Extra.on has no row: nothing enters or leaves it
    instead: give it a row, or remove it

    A row can be reached.
        class Extra(Machine):
            off = State(initial=True)
            on = State()

            @step(off)
            def go(self) -> None:
                pass

            @step(on, to=off)  # here
            def back(self) -> None:
                pass
    refused: Extra.back can't be reached: no row leads to Extra.on
    instead: add the row that leads there, or remove this one

    A row names states of its machine.
        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=Device.on)  # here
            def go(self) -> None:
                pass
    refused: Extra.go names Device.on, a state of another machine
    instead: name states of Extra

    A state belongs to a machine.
        LOST = State()

        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=LOST)  # here
            def go(self) -> None:
                pass
    refused: Extra.go names a State of no machine
    instead: name states of Extra

    A state has one name.
        class Extra(Machine):
            off = State(initial=True)
            on = off  # here

            @step(off, to=on)
            def go(self) -> None:
                pass
    refused: Extra.on is the same State as Extra.off
    instead: write `on = State()`

    A state does not have a name of the language.
        class Extra(Machine):
            state = State(initial=True)  # here

            @step(state)
            def go(self) -> None:
                pass
    refused: Extra.state is a word of the language
    instead: use another name

    A state does not have a row's name.
        class Extra(Machine):
            off = State(initial=True)

            @step(off)  # here
            def off(self) -> None:
                pass
    refused: Extra.off is declared twice
    instead: rename one of them

    A row begins a command, or goes on with one.
        class Extra(Machine, command=True):
            idle = State(initial=True)
            busy = State()

            @step(idle, to=busy)
            def begin(self) -> None:
                pass

            @step(idle, busy, to=idle)  # here
            def reset(self) -> None:
                pass
    refused: Extra.reset both begins a command and goes on with one
    instead: write one row that leaves Extra.idle, and one for the other states

    A row without sources fires in every state of a command.
        class Extra(Machine, command=True):
            idle = State(initial=True)
            busy = State()

            @step(idle, to=busy)
            def begin(self) -> None:
                pass

            @step(to=idle)  # here
            def reset(self) -> None:
                pass
    refused: Extra.reset both begins a command and goes on with one
    instead: write one row that leaves Extra.idle, and one for the other states

    A row names each target once.
        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=(off, off))  # here
            def go(self) -> None:
                self.goto(Extra.off)
    refused: Extra.go names a target twice
    instead: name each once
""")
def test_a_state(tmp_path: Path, mistake: Mistake) -> None:
    """Every control state has a name and a row, and every row can come to fire."""
    refused(tmp_path, spec(mistake.text), mistake.message)


def test_a_machine_with_too_many_states(tmp_path: Path) -> None:
    """A machine has as many states as a word has bits."""
    states = "".join(f"    s{i} = State({'initial=True' if i == 0 else ''})\n" for i in range(65))
    text = f"class Extra(Machine):  # here\n{states}\n    @step(to=({', '.join(f's{i}' for i in range(65))}))\n"
    body = "    def go(self) -> None:\n        pass\n"
    message = "Extra has 65 states; keep to 64: split the machine, or keep numbers in fields"
    refused(tmp_path, spec(text + body), message)
