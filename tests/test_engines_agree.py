"""The oracle and the native engine take the same steps from every state: the edge sets are equal, not only counts."""

from __future__ import annotations

import importlib

import pytest

from agreement import disagreement
from findings import PROFILES, REPAIRED_FIRST
from hotswap.checker import check
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Defect, Edit, Machine, Profile, Switch, System, require, step
from hotswap.spec.models import Model
from models import MODELS

POLITE = Switch("polite", "Who knocks waits for an answer.")


class Guest(Machine):
    """Comes in, under guards that a switch and an edit take away."""

    knocked: bool
    inside: bool

    @step()
    def knock(self) -> None:
        self.knocked = True

    @step()
    def enter(self) -> None:
        if POLITE:
            require(self.knocked)
        require(not self.inside)
        require(not any(guest.inside for guest in Guest))
        self.inside = True


HOUSE = System(
    "house",
    [Guest],
    {"small": {Guest: 2}},
    profiles=[Profile("rude", "Nobody knocks."), Profile("polite", "Everybody does.", (POLITE,))],
    defects=[Defect("again", "", "no-leak", (Edit(Guest.enter, "require(not self.inside)"),), profile="polite")],
)
TINY = (Setup((Model.refuser,), (Kind.ringbuf, Kind.tcp)),)
"""Small enough to interleave everything with everything in plain Python."""


@pytest.mark.slow
@pytest.mark.parametrize("profile", REPAIRED_FIRST)
def test_chardev(profile: str) -> None:
    """Both engines take the same steps through thousands of states of the default scope."""
    difference, _, edges = disagreement(CHARDEV, CHARDEV.scope("small"), profile=CHARDEV.profile(profile), most=2_000)
    assert not difference
    assert edges > 4_000


@pytest.mark.long
@pytest.mark.parametrize("profile", PROFILES)
def test_chardev_with_the_lock(profile: str) -> None:
    """Both engines take the same steps through every state of the default scope."""
    difference, states, edges = disagreement(CHARDEV, CHARDEV.scope("small"), profile=CHARDEV.profile(profile))
    assert not difference
    result = check(CHARDEV, profile=profile)
    assert (result.states, result.transitions) == (states, edges)


@pytest.mark.thorough
@pytest.mark.parametrize("profile", PROFILES)
def test_chardev_without_the_lock(profile: str) -> None:
    """Both engines take the same steps when nothing holds a thread up."""
    difference, _, edges = disagreement(CHARDEV, TINY, profile=CHARDEV.profile(profile), lock="none", most=4_000)
    assert not difference
    assert edges > 10_000


@pytest.mark.thorough
@pytest.mark.parametrize("defect", [defect.name for defect in CHARDEV.defects])
def test_chardev_with_a_defect(defect: str) -> None:
    """Both engines see an edited method."""
    edit = CHARDEV.defect(defect)
    difference, _, edges = disagreement(CHARDEV, TINY, profile=CHARDEV.profile(edit.profile), defect=edit, most=200)
    assert not difference
    assert edges > 200


@pytest.mark.parametrize(("module", "name"), MODELS)
def test_models(module: str, name: str) -> None:
    """Both engines take the same steps in every other model, under every profile and every defect."""
    system: System = getattr(importlib.import_module(f"models.{module}"), name)
    scope = system.scope()
    for profile in system.profiles:
        for lock in ("bql", "none"):
            assert not disagreement(system, scope, profile=profile, lock=lock)[0]
    for defect in system.defects:
        assert not disagreement(system, scope, profile=system.profile(defect.profile), defect=defect)[0]


@pytest.mark.parametrize(("module", "name"), MODELS)
def test_models_are_judged_alike(module: str, name: str) -> None:
    """Both engines find the same causes, by traces of the same length, and count the same."""
    system: System = getattr(importlib.import_module(f"models.{module}"), name)
    for profile in system.profiles:
        one, two = (check(system, profile=profile, engine=engine) for engine in ("python", "native"))
        assert (one.states, one.transitions, one.depth) == (two.states, two.transitions, two.depth)
        assert one.coverage == two.coverage
        assert one.pools == two.pools
        assert one.properties == two.properties


def test_guards_that_come_and_go() -> None:
    """A guard that a switch or an edit takes away leaves those behind it guards, for both engines."""
    rude, polite = HOUSE.profiles
    runs = [(rude, None), (polite, None), (polite, HOUSE.defects[0])]
    found = [disagreement(HOUSE, HOUSE.scope(), profile=profile, defect=defect) for profile, defect in runs]

    assert [difference for difference, _, _ in found] == ["", "", ""]
    assert [states for _, states, _ in found] == [12, 8, 8]
