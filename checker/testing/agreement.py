"""A conversation that is written down, had again: what a failure of a generated test leaves behind as a plain test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from ...spec.language.plain import Values
from ...spec.language.system import Scope, System
from ...spec.language.variants import Profile
from ..conform.held import LIMIT, Difference, Held
from ..conform.stimulus import read
from ..conform.suspension import Suspension
from ..conform.target import Target
from ..scopes import read_scope
from ..tours.cover import cover as kind
from ..tours.tour import tour
from .adapter import Adapter, AdapterError, require_whole
from .coverage import COVERAGE

Implementation = type[Adapter] | Callable[[], Target]
"""What makes an implementation that was not started yet: an adapter, or a target of `checker.targets`."""

Written = str | tuple[str, Any]
"""A stimulus as `str` writes it, maybe with the data that its adapter gets."""


class Disagreement(AssertionError):
    """An implementation does not do what its spec says."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        lines = ["the spec allows:", *(f"  {way or 'what is seen'}" for way in difference.expected)]
        lines += ["the implementation shows:", *(f"  {seen}" for seen in difference.observed)]
        lines += ["after:", *(f"  {stimulus}" for stimulus in difference.conversation)]
        super().__init__("\n".join(lines))


def maker(system: System, implementation: Implementation) -> Callable[[], Target]:
    """What makes an implementation. Raises `AdapterError`."""
    adapter = _adapter(implementation)
    if adapter is None:
        return cast("Callable[[], Target]", implementation)
    require_whole(adapter, system)
    return partial(adapter, system)


def choices(implementation: Implementation) -> Sequence[str] | None:
    """The choices that the implementation's tests make: a target makes them all."""
    adapter = _adapter(implementation)
    return None if adapter is None else tuple(adapter.choices)


def _adapter(implementation: Implementation) -> type[Adapter] | None:
    return implementation if isinstance(implementation, type) and issubclass(implementation, Adapter) else None


def replay(
    system: System,
    implementation: Implementation,
    stimuli: Iterable[Written],
    *,
    profile: str | Profile | None = None,
    configuration: str | None = None,
    initial: int = 0,
    limit: float = LIMIT,
) -> None:
    """Have a conversation with an implementation, and see after each stimulus that it does what its spec says.

    `configuration` is written as a scope is on the command line, by default the first of the first scope; `initial` is
    which of its initial states. Raises `Disagreement`; `AdapterError` for a stimulus that can't be begun there.
    """
    __tracebackhide__ = True
    version = profile if isinstance(profile, Profile) else system.profile(profile)
    where = read_scope(system, configuration)[0]
    suspension = Suspension(system, version, where, timers="waited", choices=choices(implementation))
    made = maker(system, implementation)
    COVERAGE.expect(system, version, [where], getattr(implementation, "cannot", ()))
    _have(suspension, made(), suspension.initial[initial], stimuli, {}, limit)


def follow(
    system: System,
    implementation: Implementation,
    *,
    cover: str = "rows",
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    limit: float = LIMIT,
) -> None:
    """Have the conversations of a tour: along all `rows`, `edges` or `pairs` of rows that the implementation can be
    moved along, but for rows that carry data, which would have to be drawn. `hotswap tour` shows one.

    Raises `Disagreement` where the implementation does not do what its spec says, and `SpecError` for another cover.
    """
    __tracebackhide__ = True
    version = profile if isinstance(profile, Profile) else system.profile(profile)
    configurations = system.scope(scope) if scope is None or isinstance(scope, str) else scope
    made, given = maker(system, implementation), choices(implementation)
    COVERAGE.expect(system, version, configurations, getattr(implementation, "cannot", ()))
    found = tour(system, version, configurations, kind(system, cover), target=made(), choices=given)
    for where, conversation in found.conversations:
        suspension = Suspension(system, version, where, timers="waited", choices=given)
        _have(suspension, made(), conversation.initial, map(str, conversation.stimuli), None, limit)


def _have(
    suspension: Suspension,
    target: Target,
    initial: Values,
    stimuli: Iterable[Written],
    data: dict[str, Any] | None,
    limit: float,
) -> None:
    __tracebackhide__ = True
    with running(suspension, target, initial, data, limit) as held:
        must(held.begin(), held.target)
        for written in stimuli:
            text, drawn = written if isinstance(written, tuple) else (written, None)
            stimulus = read(text)
            if isinstance(written, tuple) and data is not None:
                data[stimulus.qualname] = drawn
            if why := held.hinders(stimulus):
                raise AdapterError(f"{text} can't be begun after {len(held.conversation)} stimuli: {why}")
            must(held.take(stimulus), held.target)
            COVERAGE.add(held)


@contextmanager
def running(
    suspension: Suspension, target: Target, initial: Values, data: Mapping[str, Any] | None, limit: float
) -> Iterator[Held]:
    """An implementation in an initial state, which is ended."""
    hand(target, data)
    try:
        yield Held(suspension, target, initial, limit)
    finally:
        target.stop()


def hand(target: Target, data: Mapping[str, Any] | None) -> None:
    """Let an implementation for which data is drawn know where it is."""
    if getattr(target, "data", None):
        cast("Adapter", target).drawn = data


def must(found: Difference | None, target: Target) -> None:
    """Raises `Disagreement`, because of what the implementation has raised, if it has."""
    __tracebackhide__ = True
    if found is not None:
        raise Disagreement(found) from getattr(target, "error", None)
