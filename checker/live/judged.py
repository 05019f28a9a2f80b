"""What can be said of each property at one place: many are of a single state, others of a step or of what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...spec.language.plain import PlainWorld
from ...spec.language.properties import Property
from .position import Live, Position

Said = Literal["holds", "broken", "reached", "not here", "not asked", "not of a state"]

OF_A_STATE = ("no-dangling-pointer", "no-leak")
"""Of the built-in ones; most others are of a step."""


@dataclass(frozen=True)
class Judgement:
    """What is said of a property here, and what more there is to say."""

    property: Property
    said: Said
    why: str = ""


def judged(live: Live, position: Position) -> list[Judgement]:
    """Every property at a place, in the order of reports."""
    with live.model.in_use() as world:
        here = world.violated(position.state)
        taken = frozenset(position.taken[-1].broken) if position.taken else None
        stuck = not position.ended and not live.next(position)
        return [
            _stuck(known, world, stuck) if known.name == "no-deadlock" else _judged(known, world, position, here, taken)
            for known in world.system.all_properties
        ]


def _stuck(known: Property, world: PlainWorld, stuck: bool) -> Judgement:
    if world.can_wait:
        return Judgement(known, "not of a state", "it is of all that can follow: `hotswap check` knows")
    return Judgement(known, "broken", "no step is enabled") if stuck else Judgement(known, "holds")


def _judged(
    known: Property, world: PlainWorld, position: Position, here: frozenset[str], taken: frozenset[str] | None
) -> Judgement:
    if known.liveness:
        return Judgement(known, "not of a state", "it is of all that can follow: `hotswap check` knows")
    cases = world.system.cases[known]
    mine = [name for name in cases if name in here]
    which = ", ".join(mine) if len(cases) > 1 else ""
    if known.kind == "sometimes":
        return Judgement(known, "reached" if mine else "not here", which)
    if known.name in OF_A_STATE:
        return Judgement(known, "broken", _what(known, world, position)) if mine else Judgement(known, "holds")
    if known.kind == "invariant":
        if known.between is not None and world.in_flight(position.state, known.between):
            return _not_asked(known, bool(mine), f"while a {known.between.__name__} is in flight")
        return Judgement(known, "broken" if mine else "holds", which)
    if taken is not None and any(name in taken for name in cases):
        return Judgement(known, "broken", "by the last step")
    why = "it is of steps" if taken is None else "it is of steps, and the last one keeps it"
    return Judgement(known, "not of a state", why)


def _not_asked(known: Property, broken: bool, meanwhile: str) -> Judgement:
    """What was broken already when a command began counts as that until it ends."""
    if broken:
        return Judgement(known, "broken", f"before, and not asked {meanwhile}")
    return Judgement(known, "not asked", meanwhile)


def _what(known: Property, world: PlainWorld, position: Position) -> str:
    if known.name == "no-leak":
        return f"nobody owns {', '.join(map(str, world.leaked(position.state)))}"
    return f"{', '.join(world.dangling(position.state))} dangles"
