"""A stateful Hypothesis test of an implementation, made from its spec."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ...spec.language.rows import Declaration
from ...spec.language.system import Scope, System
from ...spec.language.variants import Profile
from ..conform.held import LIMIT, Difference, Held
from ..conform.stimulus import Stimulus, read
from ..conform.suspension import Suspension, Timers
from ..conform.target import Target
from .adapter import method, moved
from .agreement import Disagreement, Implementation, choices, hand, maker
from .coverage import COVERAGE
from .regression import Regression

Place = tuple[str, int]
"""A configuration as it is written on the command line, and which of its initial states."""


class SpecMachine(RuleBasedStateMachine):
    """What the generated machines share: the states of the spec that fit to all that was seen of the implementation."""

    implementation: Implementation
    make: Callable[[], Target]
    worlds: Mapping[str, Suspension]
    limit: float

    def __init__(self) -> None:
        super().__init__()
        self.held: Held | None = None
        self.data: dict[str, Any] = {}
        self.enabled: Mapping[str, list[Stimulus]] = {}
        self.broken: set[str] = set()
        """The properties that the spec breaks on the way that the implementation has gone."""
        self.failed: Regression | None = None

    def begin(self, place: Place) -> None:
        """Start the implementation."""
        text, number = place
        suspension = self.worlds[text]
        self.place = place
        target = self.make()
        hand(target, self.data)
        self.held = Held(suspension, target, suspension.initial[number], self.limit)
        self._see(self.held.begin())

    def offered(self, row: Declaration) -> st.SearchStrategy[str]:
        """The stimuli of a row that can be begun now, in all circumstances."""
        assert self.held is not None
        held = self.held
        bare = st.sampled_from(self.enabled[row.qualname])
        return bare.flatmap(lambda stimulus: st.sampled_from(held.variants(stimulus) or [stimulus])).map(str)

    def take(self, text: str) -> None:
        """Begin a stimulus, and see that what comes of it is in the spec."""
        assert self.held is not None
        self._see(self.held.take(read(text)))

    def _see(self, found: Difference | None) -> None:
        assert self.held is not None
        held = self.held
        COVERAGE.add(held)
        if found is not None:
            self.failed = Regression(held, self.implementation, self.make, self.place, dict(self.data), found)
            raise Disagreement(found) from getattr(held.target, "error", None)
        broken = frozenset.intersection(*(answer.broken for answer in held.answers))
        self.broken |= {each.partition("@")[0].partition("[")[0] for each in broken}
        self.enabled = {}
        for stimulus in held.stimuli() if held.states else ():
            self.enabled.setdefault(stimulus.qualname, []).append(stimulus)

    def teardown(self) -> None:
        """End the implementation. Of the failure that Hypothesis reports, say how it comes about the shortest way."""
        if self.held is not None:
            self.held.target.stop()
        if self.failed is not None:
            note(self.failed)


def state_machine(
    system: System,
    implementation: Implementation,
    *,
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    timers: Timers = "waited",
    breaks: Collection[str] = (),
    limit: float = LIMIT,
) -> type[SpecMachine]:
    """A stateful test in which an implementation is moved along the rows of a spec; its `TestCase` is for pytest.

    The rules are the rows that somebody outside begins, each enabled where its guard holds for one of its instances;
    after each the implementation has to show what the spec says. The invariants are the spec's properties, but for
    those in `breaks`: where the implementation goes, none may break. `scope` is by default the spec's first; `limit`
    are the seconds in which what the spec says has to be seen, if that takes any. With `timers="by hand"` timers are
    rules, too, and the adapter has them run out.

    Raises `AdapterError` for an adapter that does not go with the spec, and `SpecError` for a spec that can't be read.
    """
    version = profile if isinstance(profile, Profile) else system.profile(profile)
    made = maker(system, implementation)
    configurations = system.scope(scope) if scope is None or isinstance(scope, str) else scope
    worlds = {
        str(each): Suspension(system, version, each, timers=timers, judging=True, choices=choices(implementation))
        for each in configurations
    }
    places = [
        (text, number)
        for text, world in worlds.items()
        for number, state in enumerate(world.initial)
        if not made().lacks(world.words(state))
    ]
    COVERAGE.expect(system, version, configurations, getattr(implementation, "cannot", ()))
    members: dict[str, Any] = {
        "__doc__": f"{system.name} as {version.name}, and an implementation of it.",
        "system": system,
        "implementation": staticmethod(implementation),
        "make": staticmethod(made),
        "worlds": worlds,
        "limit": limit,
        "start": initialize(place=st.sampled_from(places))(_start),
        "rest": precondition(lambda machine: not machine.enabled)(rule()(_rest)),
    }
    data = getattr(implementation, "data", {})
    for row in moved(system) if timers == "by hand" else moved(system)[: len(system.outside.stimuli)]:
        members[method(row.qualname)] = _rule(row, data.get(row.qualname))
    for known in system.all_properties:
        if known.kind != "sometimes" and not known.liveness and known.name not in breaks:
            name = known.name.replace("-", "_")
            members[name] = _invariant(name, known.name)
    return type(f"{_camel(system.name)}Machine", (SpecMachine,), members)


def _start(machine: SpecMachine, place: Place) -> None:
    machine.begin(place)


_start.__name__ = "start"


def _rest(machine: SpecMachine) -> None:
    """Nothing can be begun any more."""


_rest.__name__ = "rest"


def _rule(row: Declaration, data: st.SearchStrategy[Any] | None) -> Any:
    """The rule of a row.

    At each step Hypothesis asks the preconditions of many rules, and describes them: of a lambda that takes longest.
    """
    name = row.qualname

    def take(machine: SpecMachine, step: str, data: Any = None) -> None:
        if data is not None:
            machine.data[name] = data
        machine.take(step)

    def is_enabled(machine: SpecMachine) -> bool:
        return name in machine.enabled

    take.__name__ = method(name)
    take.__doc__ = row.documentation
    strategies: dict[str, Any] = {"step": st.runner().flatmap(lambda machine: machine.offered(row))}
    if data is not None:
        strategies["data"] = data
    declare: Any = rule
    enabled: Any = precondition(is_enabled)
    return enabled(declare(**strategies)(take))


def _invariant(name: str, known: str) -> Any:
    """The invariant of a property. Only a broken one is asked, so that Hypothesis doesn't print all the others."""

    def holds(machine: SpecMachine) -> None:
        raise AssertionError(f"where the implementation has gone, {known} is broken")

    def is_broken(machine: SpecMachine) -> bool:
        return known in machine.broken

    holds.__name__ = name
    broken: Any = precondition(is_broken)
    return broken(invariant()(holds))


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
