"""Refused of a system: properties and observables."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each("""
    A property is a bool.
        @invariant  # here
        def watch(device: Device) -> Small:
            return device.count
    refused: watch: a property is a bool, this is int 0..3
    instead: write `-> bool`

    A property declares its result.
        @invariant
        def watch(device: Device):
            return device.lit  # here
    refused: watch: a value is returned, but no type is declared for it
    instead: write `-> bool`, or whatever it is

    A property assigns nothing.
        @invariant
        def watch(device: Device) -> bool:
            device.lit = True  # here
            return True
    refused: watch: a property has a part that changes something
    instead: read only, and change it elsewhere

    A property calls nothing that changes something.
        @invariant
        def watch(chr: Chardev) -> bool:
            return chr.write(1)  # here
    refused: watch: a property calls Chardev.write, which changes something
    instead: read only, and change it elsewhere

    A property makes no choice.
        @invariant
        def watch() -> bool:
            return may("it holds")  # here
    refused: watch: a property has a part that changes something
    instead: read only, and change it elsewhere

    A property is not a step.
        @invariant
        def watch(device: Device) -> bool:
            require(device.lit)  # here
            return True
    refused: watch: `require` is the guard of a step; this is called
    instead: write `assert` here

    A property's parameter is never None.
        @invariant  # here
        def watch(device: Device | None) -> bool:
            return True
    refused: watch: parameter `device`: it ranges over live objects: it is never None
    instead: drop `| None`

    A property's parameter has a type of the language.
        @invariant  # here
        def watch(name: str) -> bool:
            return True
    refused: watch: parameter `name`: `str` is no type of the language
    instead: use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue

    A property looks at machines that the System lists.
        class Ghost(Machine):
            lit: bool

        @invariant
        def watch(ghost: Ghost) -> bool:  # here
            return ghost.lit
    refused: watch: the System does not list Ghost: it has no pool
    instead: add it to `machines`

    A property does not look into a loop over nothing that is bounded.
        @invariant
        def watch(device: Device) -> bool:
            return any(colour is Colour.red for colour in device.seen)  # here
    refused: watch: a loop over `device.seen`, which is no pool
    instead: write `for x in Pool` or `for i in range(n)`

    A property ends no row.
        @invariant
        def watch(device: Device) -> bool:
            device.goto(Device.on)  # here
            return True
    refused: watch: `device.goto`: a row ends its own object's step
    instead: write `self.goto(...)`

    A property is a function of its own.
        @invariant  # here
        @operation
        def watch() -> bool:
            return True
    refused: `watch` has two decorators
    instead: a row is one thing: keep one

    A property is a function.
        @invariant(Device)  # here
        def watch() -> bool:
            return True
    refused: `@invariant` stands on Device, which is no function
    instead: put it on a plain `def`

    A property is no coroutine.
        @invariant  # here
        async def watch() -> bool:
            return True
    refused: `watch` is an `async def`
    instead: write `def`, and one row for each action

    What holds between commands names a command.
        @invariant(between=Device)  # here
        def watch() -> bool:
            return True
    refused: `between=Device`: only a command has a time between its steps
    instead: name a `class M(Machine, command=True)`, or leave `between` out

    Findings are told apart by a field of the first parameter.
        @invariant(by="owner")  # here
        def watch(device: Device) -> bool:
            return True
    refused: watch: `by='owner'` is no bool, constant or state of its first parameter
    instead: name a field that has few values, or `state`

    What has no parameter has nothing to be told apart by.
        @invariant(by="state")  # here
        def watch() -> bool:
            return True
    refused: watch: `by='state'` is no bool, constant or state of its first parameter
    instead: name a field that has few values, or `state`

    What is ensured is not told apart by a field.
        class Extra(Machine):
            lit: bool

            @step()
            def turn(self) -> None:
                ensure(self.lit, "watch")  # here

        @invariant(by="lit")
        def watch(device: Device) -> bool:
            return True
    refused: Extra.turn: `ensure` does not say by which `lit` it breaks `watch`
    instead: drop its `by`

    What holds between commands names one that the System lists.
        class Ghost(Machine, command=True):
            idle = State(initial=True)

            @step(idle)
            def go(self) -> None:
                pass

        @invariant(between=Ghost)  # here
        def watch() -> bool:
            return True
    refused: watch: spec does not list Ghost
    instead: add it to `machines`
""")
def test_an_invariant(tmp_path: Path, mistake: Mistake) -> None:
    """A property is a condition on what there is, and changes nothing."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each("""
    An action property has two parameters.
        @action
        def watch(before: Device) -> bool:  # here
            return True
    refused: watch: an action property has two parameters of one machine
    instead: write `before: Machine, after: Machine`

    An action property's parameters are of one machine.
        @action
        def watch(before: Device, after: Chardev) -> bool:  # here
            return True
    refused: watch: an action property has two parameters of one machine
    instead: write `before: Machine, after: Machine`

    The same instance before and after is not identical.
        @action
        def watch(before: Device, after: Device) -> bool:
            return before.peer is after.peer  # here
    refused: watch: `is` between the states before and after is always false
    instead: write `==`

    What was before can't be changed.
        @action
        def watch(before: Device, after: Device) -> bool:
            before.lit = True  # here
            return True
    refused: watch: the state before a step can't be changed
    instead: read it only

    What was in a set before can't be changed.
        @action
        def watch(before: Device, after: Device) -> bool:
            before.seen.clear()  # here
            return True
    refused: watch: the state before a step can't be changed
    instead: read it only

    What was before is not handed over as what is now.
        @action
        def watch(before: Device, after: Device) -> bool:
            return before.peer in DEVICES  # here
    refused: watch: `in` is for a Set field or a tuple
    instead: write `x in (a, b)`

    A call has one time.
        @operation
        def same(one: Device, two: Device) -> bool:
            return one is two

        @action
        def watch(before: Device, after: Device) -> bool:
            return same(before, after)  # here
    refused: watch: `one` of same is a pointer to Device, this is a pointer to Device before the step
    instead: write a pointer to Device

    An action property does not look at a pool.
        @action
        def watch(before: Device, after: Device) -> bool:
            return any(device.lit for device in Device)  # here
    refused: watch: an action property looks at one instance
    instead: use its `before` and `after`
""")
def test_an_action(tmp_path: Path, mistake: Mistake) -> None:
    """An action property compares one instance before and after a step."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each("""
    Looking changes nothing.
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable
            def seen(self) -> bool:
                self.lit = True  # here
                return True
    refused: Extra.seen: an observable has a part that changes something
    instead: read only, and change it elsewhere

    What is seen needs no parameter.
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable  # here
            def seen(self, lit: bool) -> bool:
                return lit
    refused: Extra.seen: an observable is a bool, a number or a constant, without parameters
    instead: split it up

    A pointer is not seen.
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable  # here
            def seen(self) -> Device:
                return self.peer
    refused: Extra.seen: an observable is a bool, a number or a constant, without parameters
    instead: split it up

    What comes and goes is not seen.
        class Extra(Machine, dynamic=True):
            lit: bool

            @observable  # here
            def seen(self) -> bool:
                return self.lit
    refused: Extra.seen: an observable belongs to a static machine
    instead: put it where the outside looks
""")
def test_an_observable(tmp_path: Path, mistake: Mistake) -> None:
    """What the outside can see is a value of a static machine, and looking changes nothing."""
    refused(tmp_path, spec(mistake.text), mistake.message)
