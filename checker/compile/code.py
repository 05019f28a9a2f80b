"""The code of a spec without the spec: what another process, on another kind of processor, has to know to search."""

from __future__ import annotations

from dataclasses import dataclass

from ...spec.language.errors import SpecError
from .layout import WORD, Layout
from .native import Compiled


@dataclass(frozen=True)
class Code:
    """The text that becomes machine code, and the sizes of what that reads and writes."""

    text: str
    words: int
    """Of a state."""
    bits: int
    """How many bits of the fullest word are used."""
    spare: int
    """A word of which no state uses the last bit."""
    rows: int
    machines: int
    dynamic: int
    """How many machines are dynamic."""
    points: int
    """How many parts of the spec are marked when they run."""
    findings: int
    """How many different ones there can be."""


def code_of(compiled: Compiled) -> Code:
    """What of a compiled spec can be sent. Raises `SpecError` if its states fill their words to the last bit."""
    layout, unit = compiled.layout, compiled.unit
    return Code(
        compiled.text,
        layout.words,
        layout.bits,
        _spare_word(layout),
        len(compiled.rows),
        len(unit.machines),
        len(unit.dynamic),
        len(unit.points),
        compiled.most_findings,
    )


def _spare_word(layout: Layout) -> int:
    used = [0] * layout.words
    for place, slot, _ in layout.order:
        word, shift = place.at(slot)
        used[word] = max(used[word], shift + place.bits)
    for word, bits in enumerate(used):
        if bits < WORD:
            return word
    raise SpecError("the states fill their words to the last bit", instead="use another scope, no --dir and no --ray")
