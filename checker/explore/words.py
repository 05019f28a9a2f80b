"""The raw values of a state in the spec's own words."""

from __future__ import annotations

from ...spec.language.machines import LiveValue, StateValue
from ...spec.language.types import DANGLING, BoolValue, EnumValue, QueueValue, RefValue, SetValue, Value


def word(value: Value, raw: int) -> str:
    """A raw value in the spec's own words."""
    if isinstance(value, BoolValue | LiveValue):
        return str(bool(raw))
    if isinstance(value, StateValue):
        return value.machine.states[raw].name
    if isinstance(value, EnumValue):
        return str(list(value.members)[raw].name)
    if isinstance(value, RefValue):
        return "None" if raw == 0 else "dangling" if raw == DANGLING else f"{value.machine.__name__}{raw - 1}"
    if isinstance(value, SetValue):
        low = 0 if isinstance(value.element, RefValue) else value.element.limits({})[0]
        offset = 1 if isinstance(value.element, RefValue) else low
        elements = [word(value.element, bit + offset) for bit in range(raw.bit_length()) if raw >> bit & 1]
        return "{" + ", ".join(elements) + "}"
    if isinstance(value, QueueValue):
        length, rest = raw & ((1 << value.length_bits) - 1), raw >> value.length_bits
        low = value.element.limits({})[0]
        mask = (1 << value.bits) - 1
        return "[" + ", ".join(word(value.element, (rest >> i * value.bits & mask) + low) for i in range(length)) + "]"
    return str(raw)
