"""What has to come in the end: fairness, lassos, and that both engines mean the same by them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from fuzz.compare import loaded
from graphs import GRAPHS, NODES, graphs
from hotswap.checker import Result, check
from hotswap.checker.explore.check import Engine
from hotswap.checker.explore.result import Trace
from models.filter_lock import FILTER_LOCK

ENGINES: tuple[Engine, ...] = ("python", "native")
HEAD = """
from __future__ import annotations
from typing import Annotated
from hotswap.spec.language import *
"""
LAMP = """
class Lamp(Machine):
    off = State(initial=True)
    on = State()

    @step(off, to=on{up})
    def up(self) -> None:
        pass

    @step(on, to=off{down})
    def down(self) -> None:
        pass

    @step(off{spin})
    def spin(self) -> None:
        pass

def is_on(lamp: Lamp) -> bool:
    return lamp.state is Lamp.on

@leads_to(is_on)
def lit(lamp: Lamp) -> bool:
    return lamp.state is Lamp.off

@eventually
def lit_once(lamp: Lamp) -> bool:
    return lamp.state is Lamp.on

@always_eventually
def dark(lamp: Lamp) -> bool:
    return lamp.state is Lamp.off

SYSTEM = System("lamp", [Lamp], {{"small": {{Lamp: {lamps}}}}}, properties=[lit, lit_once, dark])
"""


def lamp(up: str = "", down: str = "", spin: str = "", lamps: int = 1) -> str:
    """A lamp, with rows that are fair."""
    fair = {name: f", fair={word}" if word else "" for name, word in (("up", up), ("down", down), ("spin", spin))}
    return LAMP.format(**fair, lamps=lamps)


def judged(folder: Path, text: str, **arguments: object) -> Result:
    """A spec as both engines judge it, which is the same."""
    with loaded(HEAD + dedent(text), folder) as system:
        plain, native = (check(system, engine=engine, **arguments) for engine in ENGINES)  # type: ignore[arg-type]
    assert plain.properties == native.properties
    return native


def verdicts(folder: Path, text: str) -> dict[str, str]:
    """What is said of each property of liveness."""
    return {known.name: known.verdict for known in judged(folder, text).properties if known.liveness}


def lasso(folder: Path, text: str, name: str) -> tuple[list[str], list[str]]:
    """The rows of the stem, and those of the cycle."""
    trace = judged(folder, text).verdict(name).trace
    assert trace is not None
    return parts(trace)


def parts(trace: Trace) -> tuple[list[str], list[str]]:
    """The rows of the stem, and those of the cycle."""
    rows = [f"{step.machine}.{step.row}" for step in trace.steps]
    assert trace.loop is not None
    return rows[: trace.loop], rows[trace.loop :]


class TestFairness:
    """What is taken for granted of who."""

    def test_nobody_has_to_act(self, tmp_path: Path) -> None:
        """Without fairness a run may end anywhere: nothing more happens."""
        assert verdicts(tmp_path, lamp()) == {"lit": "violated", "lit-once": "violated", "dark": "violated"}
        assert lasso(tmp_path, lamp(), "lit") == ([], [])
        assert lasso(tmp_path, lamp(), "dark") == (["Lamp0.up"], [])

    def test_weakly(self, tmp_path: Path) -> None:
        """What stays enabled is taken: also if something else happens meanwhile."""
        assert verdicts(tmp_path, lamp(up="WEAK")) == {"lit": "proved", "lit-once": "proved", "dark": "violated"}
        assert verdicts(tmp_path, lamp(up="WEAK", down="WEAK"))["dark"] == "proved"

    def test_fairness_of_others(self, tmp_path: Path) -> None:
        """Who turns round for ever may do so fairly, if nobody else has to act."""
        assert lasso(tmp_path, lamp(spin="WEAK"), "lit") == ([], ["Lamp0.spin"])

    def test_each_instance_by_itself(self, tmp_path: Path) -> None:
        """That one instance takes a row does not excuse another."""
        assert verdicts(tmp_path, lamp(up="WEAK", lamps=2))["lit"] == "proved"

    TURNS = """
        class Turn(Machine):
            mine, yours = State(initial=True), State()

            @step(mine, to=yours, fair=WEAK)
            def give(self) -> None:
                pass

            @step(yours, to=mine, fair=WEAK)
            def take(self) -> None:
                pass

        class Guest(Machine):
            out, within = State(initial=True), State()

            @step(out, to=within, fair=FAIR)
            def enter(self) -> None:
                require(Turn[0].state is Turn.mine)

        @eventually
        def everybody_is_within(guest: Guest) -> bool:
            return guest.state is Guest.within

        SYSTEM = System("door", [Turn, Guest], {"small": {Turn: 1, Guest: 1}}, properties=[everybody_is_within])
    """

    def test_strong_is_more_than_weak(self, tmp_path: Path) -> None:
        """What is enabled again and again is taken only if it is strongly fair."""
        weak, strong = (self.TURNS.replace("FAIR", word) for word in ("WEAK", "STRONG"))

        assert verdicts(tmp_path, weak) == {"everybody-is-within": "violated"}
        assert lasso(tmp_path, weak, "everybody-is-within") == ([], ["Turn0.give", "Turn0.take"])
        assert verdicts(tmp_path, strong) == {"everybody-is-within": "proved"}

    def test_a_cycle_that_strong_fairness_cuts_in_two(self, tmp_path: Path) -> None:
        """Where a strong row is at odds with a component, a part of it may still hold a fair cycle."""
        text = """
            class Walker(Machine):
                a, b, c, end = State(initial=True), State(), State(), State()

                @step((a, b), to=(a, b), fair=WEAK)
                def here(self) -> None:
                    if self.state is Walker.a:
                        self.goto(Walker.b)
                    else:
                        self.goto(Walker.a)

                @step(b, to=c)
                def on(self) -> None:
                    pass

                @step(c, to=b, fair=WEAK)
                def back(self) -> None:
                    pass

                @step(c, to=end, fair=STRONG)
                def leave(self) -> None:
                    pass

            @eventually
            def at_the_end(walker: Walker) -> bool:
                return walker.state is Walker.end

            SYSTEM = System("walk", [Walker], {"small": {Walker: 1}}, properties=[at_the_end])
        """
        assert lasso(tmp_path, text, "at-the-end") == ([], ["Walker0.here", "Walker0.here"])

    def test_a_thread(self, tmp_path: Path) -> None:
        """A fair thread is fair in each of its rows, but it does not begin commands of itself."""
        text = """
            WORKER = Thread("worker", fair=WEAK)

            class Job(Machine, command=True, thread=WORKER):
                idle, busy = State(initial=True), State()

                @step(idle, to=busy)
                def begin(self) -> None:
                    pass

                @step(busy, to=idle)
                def end(self) -> None:
                    pass

            def is_idle(job: Job) -> bool:
                return job.state is Job.idle

            @leads_to(is_idle)
            def ends(job: Job) -> bool:
                return job.state is Job.busy

            @eventually
            def begins(job: Job) -> bool:
                return job.state is Job.busy

            SYSTEM = System("job", [Job], {"small": {Job: 1}}, properties=[ends, begins])
        """
        assert verdicts(tmp_path, text) == {"ends": "proved", "begins": "violated"}


class TestObligations:
    """Who is promised what, and when that is over."""

    def test_eventually_is_of_the_start(self, tmp_path: Path) -> None:
        """`eventually` asks for one time, `always_eventually` for one after any."""
        text = """
            class Match(Machine):
                whole, lit, burnt = State(initial=True), State(), State()

                @step(whole, to=lit, fair=WEAK)
                def strike(self) -> None:
                    pass

                @step(lit, to=burnt)
                def burn(self) -> None:
                    pass

            @eventually
            def once(match: Match) -> bool:
                return match.state is Match.lit

            @always_eventually
            def always(match: Match) -> bool:
                return match.state is Match.lit

            SYSTEM = System("match", [Match], {"small": {Match: 1}}, properties=[once, always])
        """
        assert verdicts(tmp_path, text) == {"once": "proved", "always": "violated"}

    OBJECTS = """
        class Owner(Machine):
            mine: Own[Item]
            goes: bool

            @step()
            def make(self) -> None:
                require(self.mine is None)
                self.mine = Item.new()

            @step(fair=WEAK)
            def drop(self) -> None:
                require(self.mine is not None and GOES)
                self.mine = None

        class Item(Machine, dynamic=True):
            made, used = State(initial=True), State()

            @step(made, to=used)
            def use(self) -> None:
                pass

        def is_used(item: Item) -> bool:
            return item.state is Item.used

        @leads_to(is_used)
        def comes_to_use(item: Item) -> bool:
            return item.state is Item.made

        SYSTEM = System("items", [Owner, Item], {"small": {Owner: 1, Item: 1}}, properties=[comes_to_use])
    """

    def test_who_is_gone_waits_for_nothing(self, tmp_path: Path) -> None:
        """What was promised to an object is over when it is freed."""
        gone, stays = (self.OBJECTS.replace(" and GOES", more) for more in ("", " and self.goes"))

        assert verdicts(tmp_path, gone) == {"comes-to-use": "proved"}
        assert lasso(tmp_path, stays, "comes-to-use") == (["Owner0.make"], [])

    def test_an_error_is_judged_as_that(self, tmp_path: Path) -> None:
        """A fair step that ends in an error has to be taken, and then the path is over."""
        text = lamp(up="WEAK").replace(
            "def up(self) -> None:\n        pass", "def up(self) -> None:\n        assert self.state is Lamp.on"
        )
        result = judged(tmp_path, text)

        assert {known.name for known in result.properties if known.verdict == "violated"} == {"no-failed-assertion"}

    def test_several_choices(self, tmp_path: Path) -> None:
        """A property of two instances, or of values, is judged for each choice; the shortest lasso is shown."""
        text = """
            class Clock(Machine):
                at: Annotated[int, Range(0, 3)]

                @step(fair=WEAK)
                def tick(self) -> None:
                    require(self.at < 2)
                    self.at += 1

            @eventually
            def strikes(clock: Clock, hour: Annotated[int, Range(1, 3)], late: bool) -> bool:
                return clock.at == hour or late

            SYSTEM = System("clock", [Clock], {"small": {Clock: 2}}, properties=[strikes])
        """
        found = judged(tmp_path, text).verdict("strikes").findings

        assert [each.message for each in found] == ["strikes(Clock0, 3, False) never comes"]


class TestVerdicts:
    """What a check says of liveness, and when it says nothing."""

    def test_not_behind_violations(self, tmp_path: Path) -> None:
        """Of a search that left something out nothing is said."""
        text = lamp(up="WEAK").replace("properties=[", "properties=[never, ").replace("SYSTEM =", NEVER)

        result = judged(tmp_path, text, prune=True)
        assert {known.verdict for known in result.properties if known.liveness} == {"unknown"}

    @pytest.mark.parametrize("engine", ENGINES)
    def test_stopped(self, engine: Engine) -> None:
        """Nor of one that stopped at a bound."""
        result = check(FILTER_LOCK, scope="medium", max_states=1000, engine=engine)
        assert result.verdict("who-begins-gets-in").verdict == "unknown"

    def test_exit_codes(self, tmp_path: Path) -> None:
        """Liveness is 13; safety, and a deadlock, come before it."""
        assert judged(tmp_path, lamp()).exit_code == 13
        assert judged(tmp_path, lamp(up="WEAK", down="WEAK")).exit_code == 0
        worse = lamp().replace("properties=[", "properties=[never, ").replace("SYSTEM =", NEVER)
        assert judged(tmp_path, worse).exit_code == 12
        stuck = lamp().replace("on = State()", "on = State(waiting=True)").replace("@step(on, to=off)", "@step(off)")
        assert judged(tmp_path, stuck).exit_code == 11

    def test_only_what_is_asked(self, tmp_path: Path) -> None:
        """One property is judged by itself."""
        result = judged(tmp_path, lamp(), properties=["dark"])
        assert [(known.name, known.verdict) for known in result.properties] == [("dark", "violated")]


NEVER = """
@invariant
def never() -> bool:
    return all(lamp.state is not Lamp.on for lamp in Lamp)

SYSTEM ="""


class TestGraphs:
    """Graphs at random, each looked through in three ways."""

    @pytest.mark.parametrize("seed", range(4))
    def test_both_engines_and_every_set_of_steps(self, seed: int) -> None:
        """There is a lasso just where some set of steps makes a fair run that waits for ever."""
        seen: Counter[tuple[str, str]] = Counter()
        for graph in graphs(seed, 25):
            plain, native = (check(GRAPHS, scope=[graph], engine=engine) for engine in ENGINES)
            promised = {
                "asked-is-given": graph.asks,
                "given-once": frozenset({0}),
                "given-always": frozenset(range(NODES)),
            }
            for name, nodes in promised.items():
                word = "violated" if graph.waits(after=nodes) else "proved"
                assert native.verdict(name).verdict == word, graph
                assert plain.verdict(name) == native.verdict(name), graph
                seen[name, word] += 1
        assert all(seen[name, word] for name in promised for word in ("violated", "proved"))
