"""What a property, an observable and a monitor may not be."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each(
    Mistake(
        "A property is a bool.",
        """
        @invariant  # here
        def watch(device: Device) -> Small:
            return device.count
        """,
        "watch: a property is a bool, this is int 0..3; write `-> bool`",
    ),
    Mistake(
        "A property declares its result.",
        """
        @invariant
        def watch(device: Device):
            return device.lit  # here
        """,
        "watch: a value is returned, but no type is declared for it; write `-> bool`, or whatever it is",
    ),
    Mistake(
        "A property assigns nothing.",
        """
        @invariant
        def watch(device: Device) -> bool:
            device.lit = True  # here
            return True
        """,
        "watch: a property has a part that changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "A property calls nothing that changes something.",
        """
        @invariant
        def watch(chr: Chardev) -> bool:
            return chr.write(1)  # here
        """,
        "watch: a property calls Chardev.write, which changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "A property makes no choice.",
        """
        @invariant
        def watch() -> bool:
            return may("it holds")  # here
        """,
        "watch: a property has a part that changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "A property is not a step.",
        """
        @invariant
        def watch(device: Device) -> bool:
            require(device.lit)  # here
            return True
        """,
        "watch: `require` is the guard of a step; this is called; write `assert` here",
    ),
    Mistake(
        "A property's parameter is never None.",
        """
        @invariant  # here
        def watch(device: Device | None) -> bool:
            return True
        """,
        "watch: parameter `device`: it ranges over live objects: it is never None; drop `| None`",
    ),
    Mistake(
        "A property's parameter has a type of the language.",
        """
        @invariant  # here
        def watch(name: str) -> bool:
            return True
        """,
        "watch: parameter `name`: `str` is no type of the language; use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue",
    ),
    Mistake(
        "A property looks at machines that the System lists.",
        """
        class Ghost(Machine):
            lit: bool

        @invariant
        def watch(ghost: Ghost) -> bool:  # here
            return ghost.lit
        """,
        "watch: the System does not list Ghost: it has no pool; add it to `machines`",
    ),
    Mistake(
        "A property does not look into a loop over nothing that is bounded.",
        """
        @invariant
        def watch(device: Device) -> bool:
            return any(colour is Colour.red for colour in device.seen)  # here
        """,
        "watch: a loop over `device.seen`, which is no pool; write `for x in Pool` or `for i in range(n)`",
    ),
    Mistake(
        "A property ends no row.",
        """
        @invariant
        def watch(device: Device) -> bool:
            device.goto(Device.on)  # here
            return True
        """,
        "watch: `device.goto`: a row ends its own object's step; write `self.goto(...)`",
    ),
    Mistake(
        "A property is a function of its own.",
        """
        @invariant  # here
        @operation
        def watch() -> bool:
            return True
        """,
        "`watch` has two decorators; a row is one thing: keep one",
    ),
    Mistake(
        "A property is a function.",
        """
        @invariant(Device)  # here
        def watch() -> bool:
            return True
        """,
        "`@invariant` stands on Device, which is no function; put it on a plain `def`",
    ),
    Mistake(
        "A property is no coroutine.",
        """
        @invariant  # here
        async def watch() -> bool:
            return True
        """,
        "`watch` is an `async def`; write `def`, and one row for each action",
    ),
    Mistake(
        "What holds between commands names a command.",
        """
        @invariant(between=Device)  # here
        def watch() -> bool:
            return True
        """,
        "`between=Device`: only a command has a time between its steps; name a `class M(Machine, command=True)`, or leave `between` out",
    ),
    Mistake(
        "What holds between commands names one that the System lists.",
        """
        class Ghost(Machine, command=True):
            idle = State(initial=True)

            @step(idle)
            def go(self) -> None:
                pass

        @invariant(between=Ghost)  # here
        def watch() -> bool:
            return True
        """,
        "watch: spec does not list Ghost; add it to `machines`",
    ),
)
def test_an_invariant(tmp_path: Path, mistake: Mistake) -> None:
    """A property is a condition on what there is, and changes nothing."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "An action property has two parameters.",
        """
        @action
        def watch(before: Device) -> bool:  # here
            return True
        """,
        "watch: an action property has two parameters of one machine; write `before: Machine, after: Machine`",
    ),
    Mistake(
        "An action property's parameters are of one machine.",
        """
        @action
        def watch(before: Device, after: Chardev) -> bool:  # here
            return True
        """,
        "watch: an action property has two parameters of one machine; write `before: Machine, after: Machine`",
    ),
    Mistake(
        "The same instance before and after is not identical.",
        """
        @action
        def watch(before: Device, after: Device) -> bool:
            return before.peer is after.peer  # here
        """,
        "watch: `is` between the states before and after is always false; write `==`",
    ),
    Mistake(
        "What was before can't be changed.",
        """
        @action
        def watch(before: Device, after: Device) -> bool:
            before.lit = True  # here
            return True
        """,
        "watch: the state before a step can't be changed; read it only",
    ),
    Mistake(
        "What was in a set before can't be changed.",
        """
        @action
        def watch(before: Device, after: Device) -> bool:
            before.seen.clear()  # here
            return True
        """,
        "watch: the state before a step can't be changed; read it only",
    ),
    Mistake(
        "What was before is not handed over as what is now.",
        """
        @action
        def watch(before: Device, after: Device) -> bool:
            return before.peer in DEVICES  # here
        """,
        "watch: `in` is for a Set field or a tuple; write `x in (a, b)`",
    ),
    Mistake(
        "A call has one time.",
        """
        @operation
        def same(one: Device, two: Device) -> bool:
            return one is two

        @action
        def watch(before: Device, after: Device) -> bool:
            return same(before, after)  # here
        """,
        "watch: `one` of same is a pointer to Device, this is a pointer to Device before the step; write a pointer to Device",
    ),
    Mistake(
        "An action property does not look at a pool.",
        """
        @action
        def watch(before: Device, after: Device) -> bool:
            return any(device.lit for device in Device)  # here
        """,
        "watch: an action property looks at one instance; use its `before` and `after`",
    ),
)
def test_an_action(tmp_path: Path, mistake: Mistake) -> None:
    """An action property compares one instance before and after a step."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "Looking changes nothing.",
        """
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable
            def seen(self) -> bool:
                self.lit = True  # here
                return True
        """,
        "Extra.seen: an observable has a part that changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "What is seen needs no parameter.",
        """
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable  # here
            def seen(self, lit: bool) -> bool:
                return lit
        """,
        "Extra.seen: an observable is a bool, a number or a constant, without parameters; split it up",
    ),
    Mistake(
        "A pointer is not seen.",
        """
        class Extra(Machine):
            lit: bool
            peer: Ref[Device]

            @observable  # here
            def seen(self) -> Device:
                return self.peer
        """,
        "Extra.seen: an observable is a bool, a number or a constant, without parameters; split it up",
    ),
    Mistake(
        "What comes and goes is not seen.",
        """
        class Extra(Machine, dynamic=True):
            lit: bool

            @observable  # here
            def seen(self) -> bool:
                return self.lit
        """,
        "Extra.seen: an observable belongs to a static machine; put it where the outside looks",
    ),
)
def test_an_observable(tmp_path: Path, mistake: Mistake) -> None:
    """What the outside can see is a value of a static machine, and looking changes nothing."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "A monitor is of a machine.",
        """
        class Watch(Monitor):  # here
            seen: bool
        """,
        "the monitor Watch does not say which machine it is of; write `class Watch(Monitor, of=SomeMachine)`",
    ),
    Mistake(
        "A monitor is of a static machine.",
        """
        class Watch(Monitor, of=Chardev):  # here
            seen: bool
        """,
        "Watch is of Chardev, which is dynamic; monitor a static machine",
    ),
    Mistake(
        "A monitor is of a machine that the System lists.",
        """
        class Ghost(Machine):
            lit: bool

        class Watch(Monitor, of=Ghost):  # here
            seen: bool
        """,
        "Watch is of Ghost, which spec does not list; add it to `machines`",
    ),
    Mistake(
        "A monitor is no command.",
        """
        class Watch(Monitor, of=Device, thread=MAIN):  # here
            seen: bool
        """,
        "the monitor Watch is also `thread`; leave it at `of`",
    ),
    Mistake(
        "A monitor has no control states.",
        """
        class Watch(Monitor, of=Device):  # here
            off = State(initial=True)
        """,
        "the monitor Watch has control states; keep a bool or an Enum in a field",
    ),
    Mistake(
        "A monitor owns nothing.",
        """
        class Watch(Monitor, of=Device):
            chr: Own[Chardev]  # here
        """,
        "Watch.chr: a monitor owns nothing; write `Raw[Chardev]`",
    ),
    Mistake(
        "A monitor does nothing by itself.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @step()  # here
            def look(self) -> None:
                self.seen = True
        """,
        "Watch.look is marked `@step`, in a monitor; write `@on(Machine.operation)`: a monitor is told",
    ),
    Mistake(
        "A monitor is told of something.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on()  # here
            def told(self, device: Device) -> None:
                self.seen = True
        """,
        "`@on` names something that is not an operation; name operations: `@on(Machine.operation)`",
    ),
    Mistake(
        "A monitor is told of operations, not of steps.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.start)  # here
            def told(self, device: Device) -> None:
                self.seen = True
        """,
        "`@on` names something that is not an operation; name operations: `@on(Machine.operation)`",
    ),
    Mistake(
        "A monitor is told of operations of its machine.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Chardev.open)  # here
            def told(self, chr: Chardev) -> None:
                self.seen = True
        """,
        "Watch.told: Chardev.open is no operation of Device; name an operation of Device, or mend `of`",
    ),
    Mistake(
        "A monitor is told with the operation's arguments.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)  # here
            def told(self) -> None:
                self.seen = True
        """,
        "Watch.told: its parameters are not those of Device.blink; write `def told(self, device)`, with the types of Device.blink",
    ),
    Mistake(
        "Who is told has no result.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)  # here
            def told(self, device: Device) -> bool:
                return True
        """,
        "Watch.told: a handler has no result; write `-> None`",
    ),
    Mistake(
        "Only a monitor is told.",
        """
        class Extra(Machine):
            lit: bool

            @on(Device.blink)  # here
            def told(self, device: Device) -> None:
                self.lit = True
        """,
        "Extra.told is told of operations, but is in no monitor; put it in a `class M(Monitor, of=Machine)`",
    ),
    Mistake(
        "A monitor assigns no field of the protocol.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.lit = True  # here
        """,
        "Watch.told: a monitor only writes its own fields; keep what it needs in the monitor",
    ),
    Mistake(
        "A monitor changes no set of the protocol.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.seen.clear()  # here
        """,
        "Watch.told: a monitor only writes its own fields; keep what it needs in the monitor",
    ),
    Mistake(
        "A monitor takes nothing from a queue of the protocol.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                colour = device.queue.popleft()  # here
        """,
        "Watch.told: a monitor only writes its own fields; keep what it needs in the monitor",
    ),
    Mistake(
        "A monitor calls nothing that changes the protocol.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.blink()  # here
        """,
        "Watch.told: a monitor calls Device.blink, which changes something; keep what it needs in the monitor",
    ),
    Mistake(
        "A monitor makes no choice.",
        """
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                self.seen = may("it was seen")  # here
        """,
        "Watch.told: a monitor only writes its own fields; keep what it needs in the monitor",
    ),
)
def test_a_monitor(tmp_path: Path, mistake: Mistake) -> None:
    """A monitor is told of operations, and writes nothing but itself."""
    refused(tmp_path, spec(mistake.text), mistake.message)
