"""Tests that are made from a spec: what they see of an implementation, and what they say when it does otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from hotswap.checker import check
from hotswap.checker.conform.stimulus import Stimulus
from hotswap.checker.conform.suspension import Suspension
from hotswap.checker.conform.target import Words
from hotswap.checker.targets.in_process import Impl
from hotswap.checker.targets.serve import Serve
from hotswap.checker.testing import Adapter, AdapterError, Disagreement, follow, replay, state_machine
from hotswap.checker.testing.agreement import Implementation
from hotswap.impl.backends.ringbuf import RingBuf
from hotswap.impl.devices.device import Device
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Machine, Range, State, System, invariant, may, step
from hotswap.spec.language.plain import Values
from hotswap.spec.models import Model

SOME = settings(max_examples=60, stateful_step_count=20, database=None, derandomize=True, deadline=None)
FOUND = settings(SOME, phases=[Phase.generate])
"""As it was found."""


class Valve(Machine):
    """Opens and closes, unless it is stuck."""

    closed = State(initial=True)
    open_ = State()
    turns: Annotated[int, Range(0, 5)]

    @step(closed, to=(open_, closed))
    def open(self, gently: bool) -> None:
        """Gently it opens always."""
        self.turns = min(self.turns + 1, 5)
        if not gently and may("stuck"):
            self.goto(Valve.closed)
        else:
            self.goto(Valve.open_)

    @step(open_, to=closed)
    def close(self) -> None:
        """Always."""
        self.turns = min(self.turns + 1, 5)


@invariant
def seldom_turned(valve: Valve) -> bool:
    """It is not turned often."""
    return valve.turns < 3


VALVES = System("valves", [Valve], {"small": {Valve: 2}}, properties=[seldom_turned])


class Valves(Adapter):
    """Two valves in memory."""

    mends_itself = True

    def set_up(self, initial: Words) -> None:
        self.opened = [False, False]

    def valve_open(self, valve: int, gently: bool) -> None:
        self.opened[valve] = gently or self.opens(valve)

    def valve_close(self, valve: int) -> None:
        self.opened[valve] = False

    def opens(self, valve: int) -> bool:
        return valve == 0

    def look(self) -> dict[str, object]:
        return {f"Valve{valve}.state": "open_" if opened else "closed" for valve, opened in enumerate(self.opened)}


class Leaking(Valves):
    """Closing one opens the other."""

    def valve_close(self, valve: int) -> None:
        self.opened[valve], self.opened[1 - valve] = False, True


class Crashing(Valves):
    """Can't close when both are open."""

    def valve_close(self, valve: int) -> None:
        if all(self.opened):
            raise OverflowError("both")
        super().valve_close(valve)


def failure(implementation: Implementation, **options: Any) -> tuple[AssertionError, str]:
    """What a generated test fails with, and all that Hypothesis says of it."""
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(state_machine(VALVES, implementation, **options), settings=SOME)
    return caught.value, "\n".join(caught.value.__notes__)


def run(system: System, implementation: Implementation, how: settings, **options: Any) -> None:
    """Run a generated test."""
    run_state_machine_as_test(state_machine(system, implementation, **options), settings=how)


# -- what is seen ------------------------------------------------------------------------------------------------------


def test_what_is_as_the_spec_says_passes() -> None:
    """An implementation that makes its own choices, one way or another, agrees with a spec that leaves them open."""
    run(VALVES, Valves, SOME, breaks=["seldom-turned"])


def test_a_property_is_an_invariant() -> None:
    """Where the implementation goes no property of the spec may break, and the shortest way is found."""
    error, said = failure(Valves)

    assert "seldom-turned is broken" in str(error)
    assert said.count("state.valve_") == 3
    assert "state.seldom_turned()" in said


def test_a_difference_is_a_failure() -> None:
    """It says what the spec allows, what is seen, and after what."""
    error, _ = failure(Leaking, breaks=["seldom-turned"])

    assert isinstance(error, Disagreement)
    assert str(error).splitlines() == [
        "the spec allows:",
        "  Valve1.state: closed",
        "the implementation shows:",
        "  Valve1.state: open_",
        "after:",
        "  Valve0.open(gently=False)",
        "  Valve0.close",
    ]


def test_what_an_implementation_raises_is_a_failure() -> None:
    """It is the cause of the failure, with its own traceback."""
    error, _ = failure(Crashing, breaks=["seldom-turned"])

    assert "dies: OverflowError: both" in str(error)
    assert isinstance(error.__cause__, OverflowError)


def test_choices_that_are_not_the_tests_are_left_open() -> None:
    """A choice that the adapter makes is drawn, and the implementation has to follow it."""

    class Obeying(Valves):
        choices = ("stuck",)

        def opens(self, valve: int) -> bool:
            return "stuck" not in self.circumstances

    class Ignoring(Valves):
        choices = ("stuck",)

    run(VALVES, Obeying, SOME, breaks=["seldom-turned"])
    _, said = failure(Ignoring, breaks=["seldom-turned"])
    assert "Valve0.open(gently=False) [stuck]" in said or "Valve1.open(gently=False)" in said


def test_data_is_drawn_for_the_rows_that_carry_some() -> None:
    """The row's method gets it, a failure is shrunk in it, and the test to keep has it."""

    class Counting(Valves):
        data: ClassVar = {"Valve.open": st.integers(0, 100)}

        def valve_open(self, valve: int, gently: bool, data: int = 0) -> None:
            assert data < 50
            super().valve_open(valve, gently)

    error, said = failure(Counting, breaks=["seldom-turned"])
    assert "dies: AssertionError" in str(error)
    assert "data=50" in said
    assert re.search(r'\("Valve0.open\(gently=\w+\)", 50\),', said)


# -- what a failure leaves ---------------------------------------------------------------------------------------------


def test_a_failure_comes_with_the_shortest_conversation_as_a_test() -> None:
    """The test that is printed fails in the same way, and passes where the implementation is right."""
    _, said = failure(Leaking, breaks=["seldom-turned"])
    test, end, _ = said.partition("As a test to keep:\n\n")[2].partition("\n    )\n")
    known: dict[str, Any] = {"VALVES": VALVES, "Leaking": Leaking}
    exec(re.sub("(?m)^from .*test_testing import .*$", "", test + end), known)

    with pytest.raises(Disagreement, match=r"Valve\d.state: open_"):
        known["test_valve_open_then_valve_close"]()
    known["Leaking"] = Valves
    known["test_valve_open_then_valve_close"]()


def test_the_shortest_conversation_is_found_in_the_states_of_the_spec() -> None:
    """Of a failure that Hypothesis has not shrunk, the shortest conversation is printed all the same."""
    with pytest.raises(Disagreement) as caught:
        run(VALVES, Crashing, FOUND, breaks=["seldom-turned"])

    shown, _, rest = "\n".join(caught.value.__notes__).partition("The shortest conversation that shows it:")
    assert shown.count("state.valve_") >= 3
    assert [line.partition("(")[0].strip()[-5:] for line in rest.splitlines()[1:4]] == [".open", ".open", "close"]
    assert rest.splitlines()[4] == ""


def test_a_conversation_can_be_replayed() -> None:
    """It passes, fails, or says which stimulus can't be begun."""
    replay(VALVES, Valves, ["Valve0.open(gently=True)", "Valve0.close"])
    with pytest.raises(Disagreement):
        replay(VALVES, Leaking, ["Valve0.open(gently=True)", "Valve0.close"])
    with pytest.raises(AdapterError, match=r"Valve0.close can't be begun after 0 stimuli"):
        replay(VALVES, Valves, ["Valve0.close"])


@pytest.mark.parametrize("cover", ["rows", "edges", "pairs"])
def test_a_tour_can_be_followed(cover: str) -> None:
    """An implementation passes a tour or fails it, and what a test has to draw is in none."""

    class Given(Leaking):
        data: ClassVar = {"Valve.close": st.none()}

    class Obeying(Valves):
        choices = ("stuck",)

        def opens(self, valve: int) -> bool:
            return "stuck" not in self.circumstances

    follow(VALVES, Obeying, cover=cover)
    with pytest.raises(Disagreement):
        follow(VALVES, Leaking, cover=cover)
    follow(VALVES, Given, cover=cover)


# -- adapters ----------------------------------------------------------------------------------------------------------


def test_an_adapter_says_something_of_each_row() -> None:
    """A row that it does not begin, and does not name as one that it can't begin, is an error that says what to do."""

    class Half(Adapter):
        def valve_open(self, valve: int, gently: bool) -> None: ...

    with pytest.raises(
        AdapterError, match=re.escape("Half does not begin Valve.close: write `def valve_close(self, valve, ...)`")
    ):
        state_machine(VALVES, Half)


def test_an_adapter_speaks_of_rows_that_there_are() -> None:
    """A name that is no row of the spec is an error."""

    class Other(Valves):
        cannot: ClassVar = {"Valve.turn": "no hands"}

    with pytest.raises(AdapterError, match=r"Other speaks of Valve.turn, and valves has Valve.open, Valve.close"):
        state_machine(VALVES, Other)


# -- the layer ---------------------------------------------------------------------------------------------------------

SMALL = [Setup((Model.virtconsole,), (Kind.unix, Kind.ringbuf))]
RING = [Setup((Model.virtconsole,), (Kind.ringbuf,))]


class Wired(Impl):
    """The layer of `impl`, whose guest writes what is drawn just before each swap."""

    data: ClassVar = {"Change.find": st.lists(st.binary(min_size=1, max_size=100), min_size=1, max_size=3)}
    drawn: Mapping[str, list[bytes]] = MappingProxyType({})

    def __init__(self) -> None:
        super().__init__(CHARDEV.profile("repaired"))

    def start(self, initial: Words) -> None:
        super().start(initial)
        self.find = self.driven.rows["Change.find"]
        self.driven.rows["Change.find"] = self.write_and_find

    def write_and_find(self, *arguments: Any) -> None:
        """A ring buffer has all that was written, in order."""
        pieces = self.drawn["Change.find"]
        for device in self.driven.devices:
            if isinstance(device.frontend.chr, RingBuf):
                self.write(device, pieces)
                assert device.frontend.chr.buffer.endswith(b"".join(pieces))
        self.find(*arguments)

    def write(self, device: Device, pieces: list[bytes]) -> None:
        """One after the other."""
        for piece in pieces:
            device.write(piece)


class Swapping(Wired):
    """The same, but that the last piece is written first."""

    def write(self, device: Device, pieces: list[bytes]) -> None:
        super().write(device, pieces[::-1])


def test_the_layer_is_held_to_the_spec_by_a_generated_test() -> None:
    """In process, with bytes of any number in any pieces, it does what `repaired` says."""
    run(CHARDEV, Wired, SOME, profile="repaired", scope=SMALL)


def test_bytes_in_a_wrong_order_are_found() -> None:
    """What an implementation does with the data is for its adapter to judge, and printed like all else."""
    with pytest.raises(AssertionError) as caught:
        run(CHARDEV, Swapping, FOUND, profile="repaired", scope=RING)

    assert re.search(r"change_find\(data=\[b'.+', b'.+'\]", "\n".join(caught.value.__notes__))


def test_the_layer_of_another_version_is_told_apart() -> None:
    """The layer as QEMU 7.2 is does not do what `repaired` says."""
    with pytest.raises(Disagreement):
        run(CHARDEV, partial(Impl, CHARDEV.profile("qemu-7.2")), FOUND, profile="repaired", scope=SMALL)


def test_a_version_with_defects_breaks_its_properties() -> None:
    """Where the layer as QEMU 7.2 is goes, a property of the spec is broken, and the test says which."""
    with pytest.raises(AssertionError, match=r"where the implementation has gone, .* is broken"):
        run(CHARDEV, partial(Impl, CHARDEV.profile("qemu-7.2")), FOUND, profile="qemu-7.2", scope=SMALL)


@pytest.mark.thorough
@pytest.mark.parametrize("profile", ["repaired", "qemu-10.0"])
def test_a_process_is_held_to_the_spec_by_a_generated_test(profile: str) -> None:
    """Over its sockets, too: each run is a process of its own."""
    broken = {known.name for known in check(CHARDEV, profile=profile).properties if known.verdict == "violated"}
    few = settings(SOME, max_examples=10)
    run(CHARDEV, partial(Serve, profile), few, profile=profile, scope=SMALL, breaks=broken, limit=5.0)


def test_enabled_rules_are_found_once_a_step() -> None:
    """However many rules ask whether they are enabled, the guards of a state are evaluated once."""
    asked = []

    class Noted(Suspension):
        def stimuli(self, state: Values) -> list[Stimulus]:
            asked.append(state)
            return super().stimuli(state)

    steps = []
    starts = []

    class Counted(Valves):
        def set_up(self, initial: Words) -> None:
            starts.append(initial)
            super().set_up(initial)

        def do(self, stimulus: Stimulus, before: Words) -> None:
            steps.append(stimulus)
            super().do(stimulus, before)

    made = state_machine(VALVES, Counted, breaks=["seldom-turned"])
    made.worlds = {
        text: Noted(VALVES, each.profile, each.configuration, choices=()) for text, each in made.worlds.items()
    }
    run_state_machine_as_test(made, settings=SOME)

    assert len(asked) == len(steps) + len(starts)
