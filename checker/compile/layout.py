"""Where each field of each slot lies in the words of a packed state.

A pool is an array of equal strides, so that following a pointer is a variable shift and a mask, whatever the size of
the pool. An instance too large for a word is spread over several such arrays, by fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.types import DANGLING, RefValue, Value

WORD = 64


@dataclass(frozen=True)
class Place:
    """One field of a pool of so many slots: slot `i` is `bits` wide, in word `word + i // per_word`, from bit
    `base + (i % per_word) * stride` on. `low` is the raw value that is stored as 0."""

    word: int
    base: int
    stride: int
    per_word: int
    bits: int
    low: int
    slots: int

    def at(self, slot: int) -> tuple[int, int]:
        """The word and the shift of a slot."""
        return self.word + slot // self.per_word, self.base + slot % self.per_word * self.stride


@dataclass(frozen=True)
class Layout:
    """The packed form of the states of one program.

    `ghosts` are the places of the copies of observables, `standing` those of the properties broken already.
    """

    words: int
    bits: int
    """How many bits of the fullest word are used."""
    places: Mapping[tuple[type[Machine], str], Place]
    ghosts: tuple[Place, ...]
    standing: tuple[Place, ...]
    order: tuple[tuple[Place, int, int], ...]

    def pack(self, values: Values) -> tuple[int, ...]:
        """A state of the oracle as words."""
        words = [0] * self.words
        for (place, slot, dangling), raw in zip(self.order, values, strict=True):
            word, shift = place.at(slot)
            words[word] |= (dangling if raw == DANGLING and dangling else raw - place.low) << shift
        return tuple(words)

    def unpack(self, words: Sequence[int]) -> Values:
        """Words as a state of the oracle."""
        values = []
        for place, slot, dangling in self.order:
            word, shift = place.at(slot)
            stored = words[word] >> shift & ((1 << place.bits) - 1)
            values.append(DANGLING if dangling and stored == dangling else stored + place.low)
        return tuple(values)


def dangling_code(value: Value | None, pools: Mapping[type[Machine], int]) -> int:
    """What a pointer field stores when it dangles; 0 for a field that can't."""
    if isinstance(value, RefValue) and value.machine.dynamic:
        return pools[value.machine] + 1
    return 0


def width(value: Value, pools: Mapping[type[Machine], int]) -> tuple[int, int]:
    """The bits that a field needs and the raw value that it stores as 0."""
    low, high = value.limits(pools)
    if isinstance(value, RefValue):
        return (high + (1 if low == DANGLING else 0)).bit_length(), 0
    return (high - low).bit_length(), low


def lay_out(world: PlainWorld) -> Layout:
    """Pack first the pools that need most, each into the first word that still has room."""
    pools = world.pools
    groups: list[tuple[type[Machine], list[tuple[str, int, int]], int]] = []
    for machine in (*world.system.machines, *world.system.monitors):
        group: list[tuple[str, int, int]] = []
        used = 0
        for name, made in machine.fields.items():
            bits, low = width(made.value, pools)
            if used + bits > WORD:
                groups.append((machine, group, used))
                group, used = [], 0
            group.append((name, bits, low))
            used += bits
        groups.append((machine, group, used))
    ghost_widths = [bits for _ in world.ghost_commands() for bits in world.ghost_widths()]
    room: list[int] = []
    places: dict[tuple[type[Machine], str], Place] = {}
    for machine, group, stride in sorted(groups, key=lambda g: -g[2] * pools[g[0]]):
        count = pools[machine]
        per_word = count if stride * count <= WORD else WORD // stride
        if per_word == count:
            word = _first_fit(room, stride * count)
            base = room[word]
            room[word] += stride * count
        else:
            word, base = len(room), 0
            full, rest = divmod(count, per_word)
            room += [WORD] * full + ([rest * stride] if rest else [])
        offset = base
        for name, bits, low in group:
            places[machine, name] = Place(word, offset, stride, per_word, bits, low, count)
            offset += bits
    ghosts = [_beside(room, bits) for bits in ghost_widths]
    standing = [_beside(room, len(world.system.cases[known])) for known in world.standing()]
    order: list[tuple[Place, int, int]] = []
    for machine in (*world.system.machines, *world.system.monitors):
        for slot in range(pools[machine]):
            for name, made in machine.fields.items():
                order.append((places[machine, name], slot, dangling_code(made.value, pools)))
    order += [(place, 0, 0) for place in (*ghosts, *standing)]
    return Layout(max(1, len(room)), max(room, default=0), places, tuple(ghosts), tuple(standing), tuple(order))


def _beside(room: list[int], bits: int) -> Place:
    """A place of its own, beside the pools."""
    word = _first_fit(room, bits)
    room[word] += bits
    return Place(word, room[word] - bits, bits, 1, bits, 0, 1)


def _first_fit(room: list[int], bits: int) -> int:
    for word, used in enumerate(room):
        if used + bits <= WORD:
            return word
    room.append(0)
    return len(room) - 1
