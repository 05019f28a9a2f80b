"""The layer follows the machines of the spec: it has no other rows than theirs."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest
import transitions

from hotswap.impl.control import Chart, Control
from hotswap.impl.errors import IllegalTransition
from hotswap.spec import CHARDEV
from hotswap.spec.change import Change
from hotswap.spec.language import Machine
from hotswap.spec.language.control import control

IMPL = Path(__file__).resolve().parent.parent / "impl"


class Model:
    """Whatever has a state."""

    state = ""


def outcome(chart: transitions.Machine, trigger: str, state: str) -> str:
    """Where a trigger leads from a state; empty if it is refused."""
    model = Model()
    chart.set_state(state, model)
    try:
        chart.events[trigger].trigger(model)
    except transitions.MachineError:
        return ""
    return model.state


@pytest.mark.parametrize("machine", [machine for machine in CHARDEV.machines if machine.states])
def test_a_row_does_what_transitions_does(machine: type[Machine]) -> None:
    """Without callbacks every event has the outcome, in every state, that it has in the library's own machine."""
    ours, theirs = control(machine, kind=Chart), control(machine)
    cases = list(product(theirs.events, theirs.states))

    assert cases
    assert [outcome(ours, *case) for case in cases] == [outcome(theirs, *case) for case in cases]


def test_a_step_without_a_row() -> None:
    """The layer can't take a step that the spec does not have: it says which machine, which state and which row."""
    control = Control(Change)

    with pytest.raises(IllegalTransition) as raised, control.taking("attach"):
        pass

    assert str(raised.value) == (
        "Change has no row attach in the state idle: `qemu_chr_fe_init` with `error_abort`:"
        " the frontend is on the new chardev."
    )


def test_a_step_to_nowhere() -> None:
    """Nor can it take a row to a state that the row does not lead to."""
    control = Control(Change)

    with pytest.raises(IllegalTransition, match="Change has no row find:told in"), control.taking("find") as row:
        row.to = "told"


def test_a_row_inside_a_row() -> None:
    """Nor can an object take a row while it takes another; after a row that has failed it can."""
    control = Control(Change)

    inside = pytest.raises(IllegalTransition, match="Change takes find inside find")
    with inside, control.taking("find"), control.taking("find"):
        pass

    with control.taking("find") as row:
        row.to = "found"
    assert control.state == "found"


def test_control_states_are_never_edited() -> None:
    """Only `control.py` knows how a control state is kept; everybody else takes rows."""
    for path in sorted(IMPL.rglob("*.py")):
        if path.name == "control.py":
            continue
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        written = {
            node.attr for node in nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        }
        imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}

        assert not used & {"set_state", "add_transition", "_rules", "__dict__"}, path
        assert "state" not in written and "setattr" not in called, path
        assert "transitions" not in imported, path
