"""What the states of a search look like from a few objects: has a larger scope anything new to show?

A view names the machines of a tuple of objects. What of a state is seen from such a tuple is its projection: the fields
of these objects, where a pointer says only whether it is none, dangles, names one of the tuple, or another object. Slot
numbers are not in it, so that the projections of searches in pools of different sizes can be compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...spec.language.machines import LiveValue, Machine
from ...spec.language.types import RefValue, SetValue, Value
from ..compile.layout import WORD, Layout, dangling_code
from .explorer import Array, Reached, stored_in
from .words import word

Projection = tuple[int, ...]
"""A code for each column of a view."""

NONE, DANGLES, ANOTHER, MEMBER = range(4)
"""The codes of a pointer; `MEMBER + i` names the member `i` of the tuple."""

CHUNK = 1 << 16
"""How many states are looked at at once."""


@dataclass(frozen=True)
class Column:
    """One field of one member of a view, and how many bits its code needs."""

    member: int
    machine: type[Machine]
    field: str
    value: Value
    bits: int


@dataclass(frozen=True)
class View:
    """The machines of a tuple of objects, and which members of it have to point at which.

    Every choice of live and different objects counts in which, for each `(i, field, j)` of `joined`, the field of the
    member `i` names the member `j`. Nothing else has to be between them: objects that have nothing to do with each
    other are a tuple too.
    """

    along: tuple[type[Machine], ...]
    joined: tuple[tuple[int, str, int], ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The fields of all members, in order. They do not depend on the size of any pool."""
        return tuple(
            Column(member, machine, name, made.value, self._bits(made.value))
            for member, machine in enumerate(self.along)
            for name, made in machine.fields.items()
            if not isinstance(made.value, LiveValue)
        )

    def _bits(self, value: Value) -> int:
        if isinstance(value, RefValue):
            return (MEMBER + len(self.along) - 1).bit_length()
        if isinstance(value, SetValue) and isinstance(value.element, RefValue):
            return 1 + len(self.along)
        low, high = value.limits({})
        return (high - low).bit_length()

    def words(self, projection: Projection) -> dict[str, str]:
        """A projection in words, each field by its name; the second member of a machine has a prime."""
        names = [
            machine.__name__ + "'" * self.along[:member].count(machine) for member, machine in enumerate(self.along)
        ]
        return {
            f"{names[column.member]}.{column.field}": _word(names, column.value, code)
            for column, code in zip(self.columns, projection, strict=True)
        }


def _word(names: Sequence[str], value: Value, code: int) -> str:
    if isinstance(value, RefValue):
        return ["None", "dangling", "another", *names][code]
    if isinstance(value, SetValue) and isinstance(value.element, RefValue):
        elements = ["others", *names]
        return "{" + ", ".join(element for bit, element in enumerate(elements) if code >> bit & 1) + "}"
    return word(value, code + value.limits({})[0])


def projections(reached: Reached, view: View) -> dict[Projection, int]:
    """Each projection that a tuple of objects has in some state, with the number of the first such state."""
    return project(view, reached.layout, reached.explorer.world.pools, reached.states)


def project(view: View, layout: Layout, pools: Mapping[type[Machine], int], states: Array) -> dict[Projection, int]:
    """The projections of packed states, with the number of the first state that has each."""
    found: dict[tuple[int, ...], int] = {}
    packing = list(_packing(view))
    for slots in _tuples(view, layout, pools, states):
        rows = _different(view, layout, slots, states)
        if not len(rows):
            continue
        packed = _packed(packing, _codes(view, layout, pools, slots, states[rows]))
        firsts = _firsts(packed)
        keys = zip(*(words[firsts].tolist() for words in packed), strict=True)
        for key, state in zip(keys, rows[firsts].tolist(), strict=True):
            found[key] = min(found.get(key, state), state)
    return {
        tuple(key[at] >> shift & ((1 << column.bits) - 1) for column, at, shift in packing): state
        for key, state in sorted(found.items(), key=lambda item: (item[1], item[0]))
    }


def _tuples(view: View, layout: Layout, pools: Mapping[type[Machine], int], states: Array) -> Iterator[tuple[int, ...]]:
    """The slots of different objects, one of each machine, which are joined in some state."""
    joins = [(member, other, _joins(view, layout, pools, member, name, states)) for member, name, other in view.joined]
    for slots in itertools.product(*(range(pools[machine]) for machine in view.along)):
        distinct = len(set(zip(view.along, slots, strict=True))) == len(slots)
        if distinct and all((slots[member], slots[other]) in pairs for member, other, pairs in joins):
            yield slots


def _joins(
    view: View, layout: Layout, pools: Mapping[type[Machine], int], member: int, field: str, states: Array
) -> set[tuple[int, int]]:
    """Which slots have pointed at which, by the field."""
    machine = view.along[member]
    place = layout.places[machine, field]
    return {
        (slot, int(stored) - 1)
        for slot in range(pools[machine])
        for stored in np.flatnonzero(np.bincount(stored_in(place, slot, states).astype(np.int64)))
    }


def _different(view: View, layout: Layout, slots: Sequence[int], states: Array) -> Array:
    """The numbers of the states in which the tuple counts, the first of all in which its objects are the same."""
    masks = _masks(view, layout, slots)
    numbers: list[Array] = []
    for start in range(0, len(states), CHUNK):
        chunk = states[start : start + CHUNK]
        rows = np.flatnonzero(_counts(view, layout, slots, chunk))
        numbers.append(start + rows[_firsts([chunk[rows, at] & mask for at, mask in masks])])
    all_rows = np.concatenate(numbers)
    result: Array = all_rows[_firsts([states[all_rows, at] & mask for at, mask in masks])]
    return result


def _masks(view: View, layout: Layout, slots: Sequence[int]) -> list[tuple[int, np.uint64]]:
    """Which bits of which words the objects of a tuple are kept in."""
    masks: dict[int, int] = {}
    for column in view.columns:
        place = layout.places[column.machine, column.field]
        if place.bits:
            at, shift = place.at(slots[column.member])
            masks[at] = masks.get(at, 0) | ((1 << place.bits) - 1) << shift
    return [(at, np.uint64(mask)) for at, mask in masks.items()]


def _counts(view: View, layout: Layout, slots: Sequence[int], states: Array) -> Array:
    """In which states the tuple counts: its objects are alive, and joined."""
    result = np.ones(len(states), np.bool_)
    for machine, slot in zip(view.along, slots, strict=True):
        if machine.dynamic:
            result &= stored_in(layout.places[machine, "live"], slot, states) != 0
    for member, field, other in view.joined:
        place = layout.places[view.along[member], field]
        result &= stored_in(place, slots[member], states) == slots[other] + 1
    return result


def _codes(
    view: View, layout: Layout, pools: Mapping[type[Machine], int], slots: Sequence[int], states: Array
) -> Iterator[Array]:
    """The codes of each column."""
    for column in view.columns:
        stored = stored_in(layout.places[column.machine, column.field], slots[column.member], states)
        yield _coder(view, column.value, pools, slots)(stored)


def _coder(
    view: View, value: Value, pools: Mapping[type[Machine], int], slots: Sequence[int]
) -> Callable[[Array], Array]:
    """What makes a code of what is stored."""
    target = value.element if isinstance(value, SetValue) else value
    if not isinstance(target, RefValue):
        return lambda stored: stored
    members = [(i, slot) for i, slot in enumerate(slots) if view.along[i] is target.machine]
    if isinstance(value, SetValue):
        return lambda stored: _reduced(members, stored)
    codes = np.full(pools[target.machine] + 2, ANOTHER, np.uint64)
    codes[0] = NONE
    for i, slot in members:
        codes[slot + 1] = MEMBER + i
    if dangling := dangling_code(value, pools):
        codes[dangling] = DANGLES
    return lambda stored: codes[stored]


def _reduced(members: Sequence[tuple[int, int]], sets: Array) -> Array:
    """Sets of pointers: whether others are in them, in the lowest bit, then which members are."""
    mine = sum(1 << slot for _, slot in members)
    result: Array = ((sets & ~np.uint64(mine)) != 0).astype(np.uint64)
    for i, slot in members:
        result |= (sets >> np.uint64(slot) & np.uint64(1)) << np.uint64(1 + i)
    return result


def _packing(view: View) -> Iterator[tuple[Column, int, int]]:
    """The word and the shift of each column in a packed projection."""
    at = used = 0
    for column in view.columns:
        if used + max(1, column.bits) > WORD:
            at, used = at + 1, 0
        yield column, at, used
        used += column.bits


def _packed(packing: Sequence[tuple[Column, int, int]], codes: Iterator[Array]) -> list[Array]:
    result: list[Array] = []
    for (_, at, shift), each in zip(packing, codes, strict=True):
        if at == len(result):
            result.append(np.zeros(len(each), np.uint64))
        result[at] |= each << np.uint64(shift)
    return result


def _firsts(words: Sequence[Array]) -> Array:
    """The number of the first of each different row, of rows given by columns."""
    same = np.zeros(len(words[0]), np.int64)
    for column in words:
        values, codes = np.unique(column, return_inverse=True)
        same = np.unique(same * len(values) + codes, return_inverse=True)[1]
    return np.sort(np.unique(same, return_index=True)[1])
