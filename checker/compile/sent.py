"""The code of a spec without the spec: what another process, on another kind of processor, has to know to search."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ...spec.language.errors import SpecError
from . import cache, code
from .layout import WORD, Layout
from .native import Compiled


@dataclass(frozen=True)
class Sent:
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


def sent(compiled: Compiled) -> Sent:
    """What of a compiled spec can be sent. Raises `SpecError` if its states fill their words to the last bit."""
    layout, unit = compiled.layout, compiled.unit
    return Sent(
        compiled.text(),
        layout.words,
        layout.bits,
        _spare_word(layout),
        len(compiled.rows),
        len(unit.machines),
        len(unit.dynamic),
        len(unit.points),
        compiled.most_findings,
    )


def loaded(what: Sent) -> code.Code:
    """Make machine code of it for the processor at hand, or take what is kept of that."""
    name = hashlib.sha256("\0".join((what.text, *code.made_by(optimise=True))).encode()).hexdigest()
    made = cache.recall(name)
    if not made:
        made = code.object_file(what.text, optimise=True)
        cache.keep(name, made)
    return code.load(made)


def _spare_word(layout: Layout) -> int:
    used = [0] * layout.words
    for place, slot, _ in layout.order:
        word, shift = place.at(slot)
        used[word] = max(used[word], shift + place.bits)
    for word, bits in enumerate(used):
        if bits < WORD:
            return word
    raise SpecError("the states fill their words to the last bit", instead="use another scope, no --dir and no --ray")
