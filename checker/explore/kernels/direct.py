"""A visited set of the states themselves, where they are of a single word that leaves a bit free.

An entry is the state plus 1, so that a look-up touches memory once, and a state's number can't be looked up.

States of so many `bits` have a hash of so many bits, from which they follow. So what the line does not say of it is
enough for an entry. As soon as there are enough lines for this to fit, a line is *compact*: it has sixteen entries, of
32 bits. The lower of them, as many as are `spare`, count the lines from the one that the state belongs in, from 1.
(J. Cleary, "Compact hash tables using bidirectional linear probing", 1984, with a count instead of his marks.) What is
displaced too far for that has no room, which a good hash never brings about as long as the table is no fuller than
`store.py` lets it be.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells import table as cells
from ..cells.table import KNOWN, NEW, NO_ROOM
from .lowering import kernel
from .memory import equal_in_halves, equal_in_line, first_of, load, put_half_if_free, put_if_free, store, store_half
from .table import FREE, WIDTH, home, next_line, shift_of, state_at

spare_bits = kernel(cells.spare_bits)


@kernel
def scattered(state: Any, bits: Any) -> Any:
    """The hash of a state of so many bits, another for each, in as many upper bits."""
    mask, half = (np.uint64(1) << np.uint64(bits)) - np.uint64(1), np.uint64((bits + 1) // 2)
    h = ((state ^ (state >> half)) * np.uint64(0xD6E8FEB86659FD93)) & mask
    h = ((h ^ (h >> half)) * np.uint64(0x9E3779B97F4A7C15)) & mask
    return (h ^ (h >> half)) << np.uint64(64 - bits)


@kernel
def spare_of(shift: Any, bits: Any) -> Any:
    """A mask of the bits that the entries of a compact line have to spare; 0 if lines are not compact."""
    return (np.uint64(1) << np.uint64(spare_bits(bits, 64 - np.int64(shift)))) - np.uint64(1)


@kernel
def compact(h: Any, shift: Any) -> Any:
    """The entry for a hash, in the compact line that it belongs in; in each line behind that it is 1 more."""
    return ((h << (np.uint64(64) - shift)) >> np.uint64(32)) | np.uint64(1)


@kernel
def expanded(entry: Any, line: Any, shift: Any, spare: Any) -> Any:
    """The hash of which this is the entry, in the compact line of a number."""
    whole = np.uint64(64) - shift
    own = (np.uint64(line) - (entry & spare) + np.uint64(1)) & ((np.uint64(1) << whole) - np.uint64(1))
    return (own << shift) | (((entry & ~spare) << np.uint64(32)) >> whole)


@kernel
def knows_directly(table: Any, shift: Any, state: Any, h: Any, spare: Any) -> Any:
    """Whether a table that keeps states knows this one."""
    line, entry = home(table, shift, h), compact(h, shift)
    while True:
        if known_in_line(line, state, entry, spare):
            return True
        if free_in_line(line, spare) != np.uint64(0):
            return False
        line, entry = next_line(table, shift, line), entry + np.uint64(1)
        if spare != FREE and entry & spare == FREE:
            return False


@kernel
def known_in_line(line: Any, state: Any, entry: Any, spare: Any) -> Any:
    """Whether a line has a state, or its entry if the line is compact."""
    found = equal_in_halves(line, entry) if spare != FREE else equal_in_line(line, state + np.uint64(1))
    return found != np.uint64(0)


@kernel
def free_in_line(line: Any, spare: Any) -> Any:
    """A mask of the free entries of a line."""
    return equal_in_halves(line, FREE) if spare != FREE else equal_in_line(line, FREE)


@kernel
def behind(line: Any, spare: Any) -> Any:
    """The line behind a line if that is full, or else the line."""
    last = load(line + WIDTH - np.uint64(8))
    if spare != FREE:
        last >>= np.uint64(32)
    return line + (WIDTH if last != FREE else np.uint64(0))


@kernel
def take_directly(table: Any, shift: Any, state: Any, h: Any, spare: Any, alone: Any) -> Any:
    """Take a state into a table that keeps states: whether it is `NEW` or `KNOWN`, or there is `NO_ROOM` for it.

    Without others, it is put there at once.
    """
    line, entry = home(table, shift, h), compact(h, shift)
    while True:
        if known_in_line(line, state, entry, spare):
            return KNOWN
        free = free_in_line(line, spare)
        if free == np.uint64(0):
            line, entry = next_line(table, shift, line), entry + np.uint64(1)
            if spare != FREE and entry & spare == FREE:
                return NO_ROOM
        elif spare != FREE:
            slot = line + first_of(free) * np.uint64(4)
            if alone:
                store_half(slot, np.uint32(entry))
                return NEW
            if put_half_if_free(slot, entry) == FREE:
                return NEW
        else:
            slot = line + first_of(free) * np.uint64(8)
            if alone:
                store(slot, state + np.uint64(1))
                return NEW
            if put_if_free(slot, state + np.uint64(1)) == FREE:
                return NEW


@kernel
def keep_all(table: Any, size: Any, states: Any, count: Any, bits: Any) -> Any:
    """Fill a blank table with all states themselves; whether all have room."""
    shift = shift_of(size)
    spare = spare_of(shift, bits)
    for index in range(count):
        state = load(state_at(states, 1, index))
        if take_directly(table, shift, state, scattered(state, bits), spare, True) == NO_ROOM:
            return False
    return True
