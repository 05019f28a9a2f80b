"""Machines as `transitions` machines and as drawings."""

from __future__ import annotations

import pytest
import transitions

from hotswap.checker import Result
from hotswap.checker.view.chart import control, drawing, trigger
from hotswap.spec.language import Machine, SpecError, System
from nic import Backend, Card, Swap


class Model:
    state: str


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
            for step in found.trace.steps:
                machine = machines[step.machine.rstrip("0123456789")]
                row = next(row for row in machine.rows if row.name == step.row)
                model = models.setdefault(step.machine, Model())
                if not hasattr(model, "state"):
                    control(machine, model)
                    model.state = found.trace.initial[f"{step.machine}.state"]
                target = next(iter(row.targets), None)
                model.trigger(trigger(row, target))  # type: ignore[attr-defined]
                assert model.state == step.changes.get(f"{step.machine}.state", ("", model.state))[1]
                taken += 1
    assert taken > 10


def test_the_drawing() -> None:
    """Every state is a node, every row an edge; the initial state has a double border, operations are dashed."""
    text = drawing(Card).source

    assert "off [peripheries=2]" in text
    assert "off -> on_ [label=switch_on]" in text
    assert "off -> off [label=offer style=dashed]" in text


def test_a_machine_without_states() -> None:
    """There is nothing to draw of a machine without control states."""
    with pytest.raises(SpecError, match="Backend has no control states to draw"):
        drawing(Backend)
