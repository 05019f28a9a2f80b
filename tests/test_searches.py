"""Where a search begins and where it ends: the outcomes of `boot`, bounds, and what is left out behind a violation."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import pytest

from hotswap.checker import check, simulate
from hotswap.checker.explore.check import Engine
from hotswap.checker.explore.search import Progress
from hotswap.spec.language import Machine, Range, SpecError, System, ensure, invariant, may, require, step
from hotswap.spec.language.plain import states
from nic import NIC

ENGINES = pytest.mark.parametrize("engine", ["python", "native"])


class Coin(Machine):
    """Lies as it fell; may be turned, and be dropped."""

    heads: bool
    dropped: Annotated[int, Range(0, 2)]

    @step()
    def turn(self) -> None:
        self.heads = not self.heads

    @step()
    def drop(self) -> None:
        self.dropped = self.dropped + 1


class Loud(Machine):
    """A coin that says so when it is turned."""

    heads: bool

    @step()
    def turn(self) -> None:
        ensure(False, "silent")
        self.heads = not self.heads


class Known(Machine):
    """The same, where each step leads to a state that is known already."""

    heads: bool

    @step()
    def put(self, heads: bool) -> None:
        self.heads = heads

    @step()
    def turn(self) -> None:
        ensure(False, "silent")
        self.heads = not self.heads


@invariant
def silent() -> bool:
    """Broken by what a step says."""
    return True


def fall() -> None:
    """Every coin falls."""
    for coin in Coin:
        coin.heads = may("heads")


COINS = System("coins", [Coin], {"four": {Coin: 4}, "one": {Coin: 1}}, fall)


@ENGINES
def test_boot_has_only_so_many_outcomes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """More are refused, with the configuration and how many states there were until then."""
    monkeypatch.setattr(states, "MOST_OUTCOMES", 15)

    with pytest.raises(SpecError, match=r"more than 15 outcomes for Coin=4 \(15 initial states until then\)"):
        check(COINS, engine=engine)
    assert check(COINS, scope="one", engine=engine).states == 6


@ENGINES
def test_initial_states_are_bounded_as_others_are(engine: Engine) -> None:
    """A search stops at its bound before all initial states are made."""
    result = check(COINS, engine=engine, max_states=10)

    assert (result.states, result.transitions, result.stopped) == (11, 0, "10 states")


@ENGINES
def test_initial_states_can_be_interrupted(engine: Engine) -> None:
    """Progress is told while they are made, and Ctrl-C ends that too."""

    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    assert check(COINS, engine=engine, watch=interrupt).stopped == "interrupted"
    assert simulate(COINS, walks=1, watch=interrupt).stopped == "interrupted after 0 random walks"


@ENGINES
def test_errors_leave_nothing_out(engine: Engine) -> None:
    """A path ends at an error, whether one looks behind violations or not: such a search is complete."""
    result = check(COINS, scope="one", engine=engine, prune=True)

    assert result.verdict("in-range").verdict == "violated"
    assert result.exhaustive
    assert result.verdict("no-leak").verdict == "proved"


@ENGINES
def test_a_violation_leaves_out_what_is_behind_it(engine: Engine) -> None:
    """A search that does not look behind a violation is complete only if there was nothing behind it to be seen."""
    loud, known = (System("s", [coin], {"small": {coin: 1}}, properties=[silent]) for coin in (Loud, Known))
    pruned, whole = (check(system, engine=engine, prune=True) for system in (loud, known))

    assert (pruned.states, pruned.exhaustive, pruned.verdict("no-leak").verdict) == (1, False, "unknown")
    assert (whole.states, whole.exhaustive, whole.verdict("no-leak").verdict) == (2, True, "proved")
    assert whole.verdict("silent").verdict == pruned.verdict("silent").verdict == "violated"


@ENGINES
@pytest.mark.parametrize("profile", ["first", "repaired"])
def test_nothing_is_left_out_behind_what_nobody_asks_for(engine: Engine, profile: str) -> None:
    """Only what breaks a property that is asked for hides what is behind it."""
    asked = {"profile": profile, "engine": engine, "properties": ["stays-on"]}
    pruned, whole = (check(NIC, prune=prune, **asked) for prune in (True, False))  # type: ignore[arg-type]

    assert (pruned.states, pruned.transitions, pruned.exhaustive) == (whole.states, whole.transitions, True)
    assert pruned.verdict("stays-on").verdict == whole.verdict("stays-on").verdict


class Lamp(Enum):
    """What is lit."""

    red = "red"
    green = "green"


class Signal(Machine):
    """A lamp that goes out, whichever it is."""

    lamp: Lamp
    out: bool

    @step()
    def turn(self, lamp: Lamp) -> None:
        require(not self.out)
        self.lamp = lamp

    @step()
    def go_out(self) -> None:
        self.out = True


@invariant(by="lamp")
def lit(signal: Signal) -> bool:
    """A signal is lit."""
    return not signal.out


@ENGINES
def test_each_case_of_a_property_is_a_finding_of_its_own(engine: Engine) -> None:
    """One row that breaks an invariant for two values of the field that it is told apart by is two findings."""
    result = check(System("signal", [Signal], {"small": {Signal: 1}}, properties=[lit]), engine=engine)
    findings = [(found.id, found.property, found.trace.length) for found in result.verdict("lit").findings]
    assert findings == [("lit[red]@Signal.go_out", "lit", 1), ("lit[green]@Signal.go_out", "lit", 2)]
