"""Traces in the Informal Trace Format."""

from __future__ import annotations

import json

import pytest

from hotswap.checker import Result
from hotswap.checker.view import itf


def test_a_trace(broken: Result) -> None:
    """A state for the start and for each step; every variable has a value in every state, of always the same form."""
    trace = broken.verdict("no-dangling-pointer").trace
    assert trace is not None
    made = json.loads(itf.text(broken, trace))

    assert made["#meta"]["format"] == "ITF"
    assert len(made["states"]) == 4
    for number, state in enumerate(made["states"]):
        assert state["#meta"]["index"] == number
        assert set(state) == {"#meta", *made["vars"]}
        assert [set(state[name]) for name in made["vars"][1:]] == [
            set(made["states"][0][name]) for name in made["vars"][1:]
        ]
    assert [state["step"] for state in made["states"]] == [
        "start",
        "Card0.switch_on",
        "Swap0.find(card=Card0, speed=slow)",
        "Swap0.change [open fails]",
    ]
    assert [state["Swap0"]["state"] for state in made["states"]] == ["idle", "idle", "found", "idle"]
    assert [state["Card0"]["last"] for state in made["states"]] == ["None", "Backend0", "Backend0", "dangling"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("True", True),
        ("-3", -3),
        ("Chardev0", "Chardev0"),
        ("{}", {"#set": []}),
        ("{a, 2}", {"#set": ["a", 2]}),
        ("[True, False]", [True, False]),
    ],
)
def test_values(word: str, value: object) -> None:
    """Booleans, numbers, sets and lists are such; anything else is its name."""
    assert itf.value(word) == value
