"""Scopes on the command line."""

from __future__ import annotations

import pytest

from hotswap.checker.scopes import read_scope
from hotswap.spec.language import Machine, Pools, SpecError, State, System, step
from nic import Setup, Speed


class Door(Machine):
    shut = State(initial=True)

    @step(shut)
    def knock(self) -> None:
        """Nothing changes."""


DOORS = System("doors", [Door], {"small": {Door: 1}, "medium": {Door: 3}})


def test_a_name(nic: System) -> None:
    """A scope's name is that scope; nothing is the first."""
    assert read_scope(nic, "medium") == [Setup((Speed.slow, Speed.fast))]
    assert read_scope(nic, None) == [Setup((Speed.slow,))]


def test_changes(nic: System) -> None:
    """`key=value` changes every configuration of the scope: numbers, switches, several constants."""
    assert read_scope(nic, "spare=1") == [Setup((Speed.slow,), spare=1)]
    assert read_scope(nic, "medium, lively=false") == [Setup((Speed.slow, Speed.fast), lively=False)]
    assert read_scope(nic, "first=fast+slow+fast,spare=0") == [Setup((Speed.fast, Speed.slow, Speed.fast), spare=0)]
    assert read_scope(nic, "first=") == [Setup(())]


def test_equal_configurations_are_explored_once() -> None:
    """When a change makes configurations equal, one is left."""
    system = System("doors", [Door], {"small": [Pools({Door: 1}), Pools({Door: 2})]})

    assert read_scope(system, "Door=4") == [Pools({Door: 4})]


def test_pools() -> None:
    """In a plain scope the keys are machines."""
    assert read_scope(DOORS, "medium,Door=5") == [Pools({Door: 5})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("medum", "nic has no scope `medum`; did you mean `medium`?"),
        ("spar=1", "a scope of nic has no `spar`; did you mean `spare`?"),
        ("x=1", "a scope of nic has no `x`; there are: first, spare, lively"),
        ("spare=one", "spare: `one` is not a number; write `spare=...` with a number"),
        ("lively=perhaps", "lively: `perhaps` is not true or false; write `lively=...` with true or false"),
        ("first=slow+fats", "first: Speed has no `fats`; did you mean `fast`?"),
        ("small,medium", "`small,medium` names 2 scopes; name one, then `key=value`"),
    ],
)
def test_mistakes(nic: System, text: str, message: str) -> None:
    """A mistake is named, and what to write instead."""
    with pytest.raises(SpecError) as caught:
        read_scope(nic, text)

    assert str(caught.value) == message
