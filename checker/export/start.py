"""Start states: what the spec's `boot` makes, which is plain Python and has run."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.language.plain import Values
from ...spec.language.types import Field, QueueValue, SetValue
from .model import Model


def differences(model: Model, state: Values) -> Iterator[tuple[Field, int, int]]:
    """What is not blank in a state: a field, the slot, and the raw value."""
    values = iter(state)
    for machine in model.machines:
        for slot in range(model.pools[machine]):
            for made in machine.fields.values():
                raw = next(values)
                if raw != (0 if made.name == "live" else made.value.blank):
                    yield made, slot, raw


def members(model: Model, kind: SetValue, raw: int) -> list[int]:
    """The bits of a set's elements."""
    return [i for i in range(kind.size(model.pools)) if raw >> i & 1]


def queued(kind: QueueValue, raw: int) -> list[int]:
    """The raw values of a queue's elements, the oldest first."""
    length, elements = raw & ((1 << kind.length_bits) - 1), raw >> kind.length_bits
    low = kind.element.limits({})[0]
    return [(elements >> i * kind.bits & ((1 << kind.bits) - 1)) + low for i in range(length)]
