"""Machines as `transitions` machines and as drawings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import transitions

from hotswap.checker import Result
from hotswap.checker.draw.arrows import anywhere
from hotswap.checker.draw.machine import drawing
from hotswap.checker.draw.mermaid import mermaid
from hotswap.checker.explore.trace import show
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Machine, SpecError, State, System, operation, step
from hotswap.spec.language.control import control, trigger
from hotswap.spec.language.plain import Call, Edge, PlainWorld, Values
from hotswap.spec.language.rows import Declaration
from hotswap.spec.language.variants import variant
from hotswap.spec.models import Model as DeviceModel
from nic import Backend, Card, Swap

ALL_ROWS = (
    Setup((DeviceModel.refuser,), (Kind.ringbuf,)),
    Setup((DeviceModel.virtserialport,), (Kind.tcp,)),
    Setup((DeviceModel.virtconsole,), (Kind.null,)),
    Setup((DeviceModel.rng_egd,), (Kind.file,)),
    Setup((DeviceModel.serial,), (Kind.tty,)),
    Setup((DeviceModel.htif,), (Kind.client,)),
    Setup((DeviceModel.vhost_user,), (Kind.reconnect,)),
    Setup((DeviceModel.colo_compare,), (Kind.tcp,)),
    Setup((DeviceModel.rng_egd,), (Kind.null,)),
    Setup((DeviceModel.monitor,), (Kind.mux,), (Kind.ringbuf,), ids=2),
)
"""Small, and yet there is a state for nearly every row."""


class Model:
    state: str


class Lamp(Machine):
    default = State(initial=True)
    lit = State(waiting=True)

    @step(default, to=lit)
    def light(self) -> None:
        """On."""

    @operation(default, to=lit)
    def flash(self) -> None:
        """On, when called."""

    @step(lit, to=default)
    def quench(self) -> None:
        """Off."""

    @step()
    def flicker(self) -> None:
        """In any state."""


class Charts:
    """A `transitions` machine for every instance of a world, which replay what its steps do to control states."""

    def __init__(self, world: PlainWorld) -> None:
        self.world = world
        self.models: dict[str, Model] = {}
        self.blank: dict[str, str] = {}
        self.triggers: set[str] = set()
        self.taken: set[str] = set()
        for machine in [known for known in world.system.machines if known.states]:
            for i in range(world.pools[machine]):
                name = f"{machine.__name__}{i}"
                self.models[name] = model = Model()
                self.blank[name] = next(state.name for state in machine.states if state.initial)
                control(machine, model)
                self.triggers |= {
                    f"{machine.__name__}.{trigger(row, target)}" for row in machine.rows for target in row.targets
                }

    def states(self, values: Values) -> dict[str, str]:
        """The control state of every live instance."""
        shown = show(self.world, values).items()
        return {field.removesuffix(".state"): value for field, value in shown if field.endswith(".state")}

    def replay(self, before: Values, edge: Edge) -> None:
        """Let the charts do what a step did: every row is to be one of their triggers, and to lead where it led."""
        assert edge.after is not None
        assert edge.row.machine is not None
        for name, state in (self.blank | self.states(before)).items():
            self.models[name].state = state
        self.run(edge.row, f"{edge.row.machine.__name__}{edge.instance}", edge.calls, edge.after)
        for name, state in self.states(edge.after).items():
            assert self.models[name].state == state, (edge.row.qualname, name)

    def run(self, row: Declaration, name: str, calls: Sequence[Call], after: Values) -> None:
        """One row of one instance: what it calls, then its own change of state; what leads nowhere comes first."""
        if not row.targets:
            self.trigger(row, name, None)
        for call in calls:
            self.run(call.operation, str(next(iter(call.arguments), None)), call.calls, call.after)
        if row.targets:
            reached = self.states(after)[name]
            self.trigger(row, name, next(state for state in row.targets if state.name == reached))

    def trigger(self, row: Declaration, name: str, target: State | None) -> None:
        """What a row is in the chart of its machine, if it has one."""
        if row.machine is None or not row.machine.states or row.kind not in ("step", "operation"):
            return
        move = trigger(row, target)
        self.models[name].trigger(move)  # type: ignore[attr-defined]
        self.taken.add(f"{row.machine.__name__}.{move}")


def test_rows_are_triggers() -> None:
    """The states are the machine's, the triggers its rows, and there is nothing else."""
    chart = control(Swap)

    assert list(chart.states) == ["idle", "found"]
    assert set(chart.events) == {"find", "change"}
    assert control(Card).get_triggers("off") == ["offer", "switch_on"]


def test_what_has_no_row_is_refused() -> None:
    """A row that does not begin in the present state can't be taken."""
    model = Model()
    control(Swap, model)

    with pytest.raises(transitions.MachineError):
        model.trigger("change")  # type: ignore[attr-defined]


def test_traces_are_runs_of_the_charts(broken: Result, nic: System) -> None:
    """Every step of every trace is a transition of its machine's chart, and leads where the trace says."""
    machines: dict[str, type[Machine]] = {machine.__name__: machine for machine in nic.machines}
    taken = 0
    for known in broken.properties:
        for found in known.findings:
            models: dict[str, Model] = {}
            for each in found.trace.steps:
                machine = machines[each.machine.rstrip("0123456789")]
                row = next(row for row in machine.rows if row.name == each.row)
                model = models.setdefault(each.machine, Model())
                if not hasattr(model, "state"):
                    control(machine, model)
                    model.state = found.trace.initial[f"{each.machine}.state"]
                target = next(iter(row.targets), None)
                model.trigger(trigger(row, target))  # type: ignore[attr-defined]
                assert model.state == each.changes.get(f"{each.machine}.state", ("", model.state))[1]
                taken += 1
    assert taken > 10


def test_the_drawing() -> None:
    """Every state is a node, with the rows inside that stay there; the first has a double border; others are edges."""
    lines = {line.strip().partition(" [")[0]: line for line in drawing(Card).source.splitlines()}

    assert "peripheries=2" in lines["off"]
    assert "<b>offer</b>" in lines["off"]
    assert "peripheries" not in lines["on_"]
    assert "<b>switch_on</b>" in lines["off -> on_"]
    assert "off -> off" not in lines


def test_what_is_called_is_dashed() -> None:
    """An operation has dashes, a step the colour of its thread."""
    lines = {line.strip().partition(" [")[0]: line for line in drawing(Lamp).source.splitlines()}

    assert "<b>flash</b>" in drawing(Lamp).source
    assert "style=dashed" in next(line for line in drawing(Lamp).source.splitlines() if "<b>flash</b>" in line)
    assert "style=dashed" not in lines["lit -> default"]


def test_a_machine_without_states() -> None:
    """There is nothing to draw of a machine without control states."""
    with pytest.raises(SpecError, match="Backend has no control states to draw"):
        drawing(Backend)


def test_the_diagram() -> None:
    """A Mermaid diagram has one arrow between two states; operations are marked, and so is a state that waits."""
    assert mermaid(Lamp) == (
        "stateDiagram-v2\n"
        '    state "default" as Lamp_default\n'
        '    state "lit (waiting)" as lit\n'
        "    [*] --> Lamp_default\n"
        "    Lamp_default --> lit : light<br/>flash (called)\n"
        "    lit --> Lamp_default : quench\n"
    )


def test_rows_of_every_state_have_no_arrow() -> None:
    """A row that can be taken everywhere and leads nowhere else is listed instead."""
    assert [row.name for row in anywhere(Lamp)] == ["flicker"]
    assert "flicker" not in mermaid(Lamp) + drawing(Lamp).source


@pytest.mark.thorough
def test_changes_of_state_are_runs_of_the_charts() -> None:
    """Whatever changes a control state, in a step or in a call inside it, is a trigger of a chart and leads there.

    Between them, the profiles take every trigger that leads to a state, but those of booting, and what only happens to
    the frontends of a mux, which would take long.
    """
    left: list[set[str]] = []
    for profile in CHARDEV.profiles:
        with variant(profile):
            world = PlainWorld(CHARDEV, CHARDEV.pools(ALL_ROWS))
            charts = Charts(world)
            states = list(world.initial(ALL_ROWS))
            seen = set(states)
            for state in states:
                for edge in world.edges(state, recording=True):
                    if edge.after is not None:
                        charts.replay(state, edge)
                        if edge.after not in seen:
                            seen.add(edge.after)
                            states.append(edge.after)
        left.append(charts.triggers - charts.taken)

    assert set.intersection(*left) == {"Id.offer", "Device.offer", "Frontend.lose"}
