"""Refused of a system: monitors."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each("""
    A monitor is of a machine.
        class Watch(Monitor):  # here
            seen: bool
    refused: the monitor Watch does not say which machine it is of
    instead: write `class Watch(Monitor, of=SomeMachine)`

    A monitor is of a static machine.
        class Watch(Monitor, of=Chardev):  # here
            seen: bool
    refused: Watch is of Chardev, which is dynamic
    instead: monitor a static machine

    A monitor is of a machine that the System lists.
        class Ghost(Machine):
            lit: bool

        class Watch(Monitor, of=Ghost):  # here
            seen: bool
    refused: Watch is of Ghost, which spec does not list
    instead: add it to `machines`

    A monitor is no command.
        class Watch(Monitor, of=Device, thread=MAIN):  # here
            seen: bool
    refused: the monitor Watch is also `thread`
    instead: leave it at `of`

    A monitor has no control states.
        class Watch(Monitor, of=Device):  # here
            off = State(initial=True)
    refused: the monitor Watch has control states
    instead: keep a bool or an Enum in a field

    A monitor owns nothing.
        class Watch(Monitor, of=Device):
            chr: Own[Chardev]  # here
    refused: Watch.chr: a monitor owns nothing
    instead: write `Raw[Chardev]`

    A monitor does nothing by itself.
        class Watch(Monitor, of=Device):
            seen: bool

            @step()  # here
            def look(self) -> None:
                self.seen = True
    refused: Watch.look is marked `@step`, in a monitor
    instead: write `@on(Machine.operation)`: a monitor is told

    A monitor is told of something.
        class Watch(Monitor, of=Device):
            seen: bool

            @on()  # here
            def told(self, device: Device) -> None:
                self.seen = True
    refused: `@on` names something that is not an operation
    instead: name operations: `@on(Machine.operation)`

    A monitor is told of operations, not of steps.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.start)  # here
            def told(self, device: Device) -> None:
                self.seen = True
    refused: `@on` names something that is not an operation
    instead: name operations: `@on(Machine.operation)`

    A monitor is told of operations of its machine.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Chardev.open)  # here
            def told(self, chr: Chardev) -> None:
                self.seen = True
    refused: Watch.told: Chardev.open is no operation of Device
    instead: name an operation of Device, or mend `of`

    A monitor is told with the operation's arguments.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)  # here
            def told(self) -> None:
                self.seen = True
    refused: Watch.told: its parameters are not those of Device.blink
    instead: write `def told(self, device)`, with the types of Device.blink

    Who is told has no result.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)  # here
            def told(self, device: Device) -> bool:
                return True
    refused: Watch.told: a handler has no result
    instead: write `-> None`

    Only a monitor is told.
        class Extra(Machine):
            lit: bool

            @on(Device.blink)  # here
            def told(self, device: Device) -> None:
                self.lit = True
    refused: Extra.told is told of operations, but is in no monitor
    instead: put it in a `class M(Monitor, of=Machine)`

    A monitor assigns no field of the protocol.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.lit = True  # here
    refused: Watch.told: a monitor only writes its own fields
    instead: keep what it needs in the monitor

    A monitor changes no set of the protocol.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.seen.clear()  # here
    refused: Watch.told: a monitor only writes its own fields
    instead: keep what it needs in the monitor

    A monitor takes nothing from a queue of the protocol.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                colour = device.queue.popleft()  # here
    refused: Watch.told: a monitor only writes its own fields
    instead: keep what it needs in the monitor

    A monitor calls nothing that changes the protocol.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                device.blink()  # here
    refused: Watch.told: a monitor calls Device.blink, which changes something
    instead: keep what it needs in the monitor

    A monitor makes no choice.
        class Watch(Monitor, of=Device):
            seen: bool

            @on(Device.blink)
            def told(self, device: Device) -> None:
                self.seen = may("it was seen")  # here
    refused: Watch.told: a monitor only writes its own fields
    instead: keep what it needs in the monitor
""")
def test_a_monitor(tmp_path: Path, mistake: Mistake) -> None:
    """A monitor is told of operations, and writes nothing but itself."""
    refused(tmp_path, spec(mistake.text), mistake.message)
