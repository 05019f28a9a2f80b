"""A tree of multiplexers over a line: what the line says goes down the tree, inside one step.

The profile `checked` refuses to plug a multiplexer below itself; `unchecked` does not, and an event then runs in
circles: `no-runaway-callback`.
"""

from __future__ import annotations

from hotswap.spec.language import (
    Defect,
    Edit,
    Machine,
    Monitor,
    Own,
    Profile,
    Ref,
    Set,
    State,
    Switch,
    System,
    Table,
    ensure,
    finalizer,
    invariant,
    on,
    operation,
    require,
    row,
    sometimes,
    step,
)

CHECKED = Switch("checked", "What would close a circle is not plugged.")


class Event(Table):
    """What a line says."""

    open: bool
    opened = row(open=True)
    closed = row(open=False)


class Mux(Machine, dynamic=True):
    """Passes on what it hears to the one below it, and to its device."""

    below: Own[Mux]
    device: Ref[Device]

    @operation(depth=3)
    def event(self, event: Event) -> None:
        """`mux_event`: the device first, then down."""
        if self.device is not None:
            self.device.event(event)
        if self.below is not None:
            self.below.event(event)

    @operation(depth=4)
    def leads_to(self, mux: Mux) -> bool:
        """Whether `mux` is this one, or further down."""
        if self is mux:
            return True
        if self.below is None:
            return False
        return self.below.leads_to(mux)

    @finalizer
    def finalize(self) -> None:
        """`mux_finalize`: its device is unplugged; what is below it goes with it, if nobody else owns it."""
        if self.device is not None:
            self.device.unplug()


class Device(Machine):
    """Listens to one multiplexer."""

    alone = State(initial=True)
    plugged = State()
    mux: Ref[Mux]
    heard: Set[Event]

    @operation(plugged)
    def event(self, event: Event) -> None:
        """`device_event`"""
        if event.open:
            self.heard.clear()
        self.heard.add(event)

    @operation(plugged, to=alone)
    def unplug(self) -> None:
        """`device_unplug`"""
        self.mux.device = None
        self.mux = None
        self.heard.clear()

    @step(alone, to=plugged)
    def plug(self, mux: Mux) -> None:
        """`device_plug`"""
        require(mux.device is None)
        self.mux = mux
        mux.device = self

    @step(plugged, to=alone)
    def leave(self) -> None:
        """By itself."""
        self.unplug()


class Line(Machine):
    """Owns the multiplexers, and speaks through the first."""

    closed = State(initial=True)
    opened = State()
    first: Own[Mux]
    spare: Own[Mux]

    @step(closed, to=opened)
    def open(self) -> None:
        """The other side is there."""
        if self.first is not None:
            self.first.event(Event.opened)

    @step(opened, to=closed)
    def close(self) -> None:
        """And gone."""
        if self.first is not None:
            self.first.event(Event.closed)

    @step(closed)
    def add(self) -> None:
        """A multiplexer above all others."""
        require(self.spare is None)
        self.spare = Mux.new(below=self.first)
        self.first = self.spare
        self.spare = None

    @step(closed)
    def set_aside(self) -> None:
        """The first is not the line's first any more, the one below it is."""
        require(self.first is not None and self.spare is None)
        self.spare = self.first
        self.first = self.spare.below
        self.spare.below = None

    @step(closed)
    def drop(self) -> None:
        """And what it owns."""
        require(self.spare is not None)
        self.spare = None

    @step(closed)
    def put_below(self, mux: Mux) -> None:
        """The one that was set aside, or the first itself, below any that has none."""
        require(self.first is not None and mux.below is None)
        if self.spare is None:
            if CHECKED:
                if not self.first.leads_to(mux):
                    mux.below = self.first
            else:
                mux.below = self.first
        elif mux is not self.spare:
            mux.below = self.spare
            self.spare = None


class HearsItOnce(Monitor, of=Device):
    """A device hears of every event once, and not before it hears the opposite again."""

    open: bool
    fresh: bool

    @on(Device.event)
    def heard(self, device: Device, event: Event) -> None:
        """Not the same twice."""
        ensure(not self.fresh or self.open != event.open)
        self.open = event.open
        self.fresh = True

    @on(Device.unplug)
    def unplugged(self, device: Device) -> None:
        """Whatever comes next is new."""
        self.fresh = False
        self.open = False


@invariant
def device_and_mux_agree(device: Device) -> bool:
    """A device is plugged exactly when its multiplexer knows it."""
    return (device.state is Device.plugged) == any(mux.device is device for mux in Mux)


@sometimes
def three_in_a_row() -> bool:
    """The tree can be three deep."""
    return any(mux.below is not None and mux.below.below is not None for mux in Mux)


CASCADE = System(
    name="cascade",
    machines=[Mux, Device, Line],
    scopes={"small": {Mux: 3, Device: 1, Line: 1}, "medium": {Mux: 3, Device: 3, Line: 1}},
    properties=[HearsItOnce, device_and_mux_agree, three_in_a_row],
    profiles=[
        Profile("checked", "There are no circles.", (CHECKED,)),
        Profile("unchecked", "There are."),
    ],
    defects=[
        Defect(
            "still-plugged",
            "A multiplexer goes without telling its device.",
            "no-dangling-pointer",
            (Edit(Mux.finalize, "if self.device is not None:\n    self.device.unplug()"),),
            profile="checked",
        ),
        Defect(
            "half-unplugged",
            "A device leaves, and its multiplexer does not know.",
            "no-illegal-transition",
            (Edit(Device.unplug, "self.mux.device = None"),),
            profile="checked",
        ),
    ],
)
