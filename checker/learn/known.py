"""The state of a spec that a target's own words describe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.types import SetValue, Value
from ..conform.target import Words
from ..explore.words import word


def state(world: PlainWorld, words: Words) -> Values:
    """What is not said is blank."""
    return tuple(
        0 if value is None else _raw(value, words[name], world.pools) if name in words else value.blank
        for name, value in world.positions
    )


def _raw(value: Value, text: str, pools: Mapping[type[Machine], int]) -> int:
    """The inverse of `word`."""
    if isinstance(value, SetValue):
        bits = _raws(value, tuple(1 << bit for bit in range(value.size(pools))))
        return sum(bits[f"{{{element}}}"] for element in text.strip("{}").split(", ") if element)
    low, high = value.limits(pools)
    return _raws(value, range(low, high + 1))[text]


@cache
def _raws(value: Value, raws: range | tuple[int, ...]) -> Mapping[str, int]:
    return {word(value, raw): raw for raw in raws}
