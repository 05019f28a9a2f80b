"""The visited set: a hash table of state numbers over the array of all states, or of the states themselves.

The table is made of lines, each a cache line of eight entries. The upper bits of a state's hash say which line it
belongs in; where that is full it is in the next that has room. A line fills from its start and nothing is ever taken
out, so that a free entry ends the search for a state, and one comparison of eight words at once finds most.

An entry is the upper 32 bits of the hash and, below them, the state's number plus 1; 0 is free. States of a single word
that leaves a bit free are kept *directly*: the entry is the state plus 1, so that a look-up touches memory once, and a
state's number can't be looked up.

States of so many `bits` that are kept directly have a hash of so many bits, from which they follow. So what the line
does not say of it is enough for an entry. As soon as there are enough lines for this to fit, a line is *compact*: it
has sixteen entries, of 32 bits. The lower of them, as many as are `spare`, count the lines from the one that the state
belongs in, from 1. (J. Cleary, "Compact hash tables using bidirectional linear probing", 1984, with a count instead of
his marks.) What is displaced too far for that has no room, which a good hash never brings about as long as the table
is no fuller than `store.py` lets it be.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells import table as cells
from ..cells.control import GIVE, GIVEN, STATES
from ..cells.table import ENTRIES, KNOWN, NEW, NO_ROOM, NUMBERS
from .lowering import kernel
from .memory import (
    add_to,
    equal_in_halves,
    equal_in_line,
    first_of,
    load,
    load_half,
    on_stack,
    prefetch,
    put_half_if_free,
    put_if_free,
    store,
    store_half,
    upper_equal_in_line,
)

WIDTH = np.uint64(8 * ENTRIES)
"""How many bytes."""
LOW = np.uint64(0xFFFFFFFF)
"""The half of an entry that is a number."""
FREE = np.uint64(0)


spare_bits = kernel(cells.spare_bits)


@kernel
def cell(control: Any, name: Any) -> Any:
    """The address of a cell of a control array."""
    return np.uint64(control.ctypes.data) + np.uint64(8 * name)


@kernel
def state_at(states: Any, words: Any, index: Any) -> Any:
    """The address of a state's words."""
    return states + np.uint64(index) * np.uint64(words) * np.uint64(8)


@kernel
def mixed(word: Any) -> Any:
    """A word whose every bit depends on every bit of the given one."""
    h = (word ^ np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xD6E8FEB86659FD93)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return h ^ (h >> np.uint64(32))


@kernel
def hash_(address: Any, words: Any) -> Any:
    """64 well-mixed bits of a state."""
    h = mixed(load(address))
    for word in range(1, words):
        h = mixed(h ^ load(address + np.uint64(word) * np.uint64(8)))
    return h


@kernel
def scattered(state: Any, bits: Any) -> Any:
    """The hash of a state of so many bits, another for each, in as many upper bits."""
    mask, half = (np.uint64(1) << np.uint64(bits)) - np.uint64(1), np.uint64((bits + 1) // 2)
    h = ((state ^ (state >> half)) * np.uint64(0xD6E8FEB86659FD93)) & mask
    h = ((h ^ (h >> half)) * np.uint64(0x9E3779B97F4A7C15)) & mask
    return (h ^ (h >> half)) << np.uint64(64 - bits)


@kernel
def shift_of(size: Any) -> Any:
    """How far to shift a hash so that its upper bits are one of the lines of a table of so many words."""
    shift = 64
    while (ENTRIES << (64 - shift)) < size:
        shift -= 1
    return np.uint64(shift)


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
def home(table: Any, shift: Any, h: Any) -> Any:
    """The address of the line that a hash belongs in. A table has two lines at least."""
    return table + (h >> shift) * WIDTH


@kernel
def next_line(table: Any, shift: Any, line: Any) -> Any:
    """The address of the line after one; after the last comes the first."""
    after = line + WIDTH
    return table if after == table + (WIDTH << (np.uint64(64) - shift)) else after


@kernel
def same(one: Any, two: Any, words: Any) -> Any:
    """Whether two states are the same."""
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        if load(one + offset) != load(two + offset):
            return False
    return True


@kernel
def fetch(table: Any, shift: Any, states: Any, words: Any, h: Any) -> Any:
    """Have the first state that may be the one with this hash fetched from memory."""
    line = home(table, shift, h)
    alike = upper_equal_in_line(line, h >> np.uint64(32))
    if alike != np.uint64(0):
        entry = load(line + first_of(alike) * np.uint64(8))
        prefetch(state_at(states, words, np.int64(entry & LOW) - 1))


@kernel
def keep(index: Any, states: Any, parents: Any, words: Any, address: Any, parent: Any) -> None:
    """Keep a state under a number."""
    target = state_at(states, words, index)
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        store(target + offset, load(address + offset))
    store_half(parents + np.uint64(index) * np.uint64(4), np.uint32(parent + 1))


@kernel
def entry_of(h: Any, index: Any) -> Any:
    """What the table keeps of a state that it knows by number."""
    return (h & ~LOW) | np.uint64(index + 1)


@kernel
def find(table: Any, shift: Any, states: Any, words: Any, address: Any, h: Any) -> Any:
    """The number of a state; -1 if it is not known."""
    line = home(table, shift, h)
    while True:
        alike = upper_equal_in_line(line, h >> np.uint64(32))
        while alike != np.uint64(0):
            known = np.int64(load(line + first_of(alike) * np.uint64(8)) & LOW) - 1
            if known >= 0 and same(state_at(states, words, known), address, words):
                return known
            alike &= alike - np.uint64(1)
        if equal_in_line(line, FREE) != np.uint64(0):
            return np.int64(-1)
        line = next_line(table, shift, line)


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
def take(
    table: Any,
    shift: Any,
    states: Any,
    parents: Any,
    words: Any,
    address: Any,
    h: Any,
    parent: Any,
    leader: Any,
    control: Any,
    alone: Any,
) -> Any:
    """Take a state into the table and keep it under the next number; whether it is new.

    Beside others it is kept before it is in the table, since they may look at it there at once. If one of them has put
    the same state there meanwhile, the number is for the next.
    """
    line = home(table, shift, h)
    index = np.int64(-1)
    while True:
        alike = upper_equal_in_line(line, h >> np.uint64(32))
        free = equal_in_line(line, FREE)
        while alike != np.uint64(0):
            known = np.int64(load(line + first_of(alike) * np.uint64(8)) & LOW) - 1
            if known >= 0 and same(state_at(states, words, known), address, words):
                return False
            alike &= alike - np.uint64(1)
        if free == np.uint64(0):
            line = next_line(table, shift, line)
            continue
        slot = line + first_of(free) * np.uint64(8)
        if alone:
            index = control[STATES]
            control[STATES] = index + 1
            keep(index, states, parents, words, address, parent)
            store(slot, entry_of(h, index))
            return True
        if index < 0:
            index = next_number(leader, control)
            keep(index, states, parents, words, address, parent)
        if put_if_free(slot, entry_of(h, index)) == FREE:
            control[GIVE] += 1
            return True


@kernel
def next_number(leader: Any, control: Any) -> Any:
    """The next number that nobody but this thread gives."""
    if control[GIVE] == control[GIVEN]:
        control[GIVE] = add_to(cell(leader, STATES), NUMBERS)
        control[GIVEN] = control[GIVE] + NUMBERS
    return control[GIVE]


@kernel
def insert(table: Any, shift: Any, entry: Any, h: Any) -> None:
    """Put an entry, which the table does not have, where it belongs."""
    line = home(table, shift, h)
    free = equal_in_line(line, FREE)
    while free == np.uint64(0):
        line = next_line(table, shift, line)
        free = equal_in_line(line, FREE)
    store(line + first_of(free) * np.uint64(8), entry)


@kernel
def hash_of(entry: Any, bits: Any) -> Any:
    """The bits of the hash that an entry has, or that follow from it."""
    return entry & ~LOW if bits == 0 else scattered(entry - np.uint64(1), bits)


@kernel
def spread(table: Any, size: Any, first: Any, last: Any, bits: Any, aside: Any) -> Any:
    """Move the entries of the words from `first` to `last` to where they belong in a table of twice the `size`.

    Those that find no room between `2 * first` and `2 * last` are set aside, by their hashes if the new table is
    compact; how many, or -1 if they are too many. These words are blank before, and none of them is one from `first` to
    `last`; where that can't be, at the start, all entries are set aside.
    """
    old, shift = shift_of(size), shift_of(2 * size)
    before, spare = spare_of(old, bits), spare_of(shift, bits)
    begin, end = table + np.uint64(16 * first), table + np.uint64(16 * last)
    if 2 * first < last:
        begin = end
    held = on_stack(ENTRIES, np.uint64)
    each = 2 * ENTRIES if before != FREE else ENTRIES
    count = 0
    for position in range(last - ENTRIES, first - ENTRIES, -ENTRIES):
        line = table + np.uint64(8 * position)
        for word in range(ENTRIES):
            held[word] = load(line + np.uint64(8 * word))
            store(line + np.uint64(8 * word), FREE)
        for number in range(each):
            if before == FREE:
                entry = held[number]
                h = hash_of(entry, bits)
            else:
                entry = (held[number // 2] >> np.uint64(32 * (number % 2))) & LOW
                h = expanded(entry, position // ENTRIES, old, before)
            if entry == FREE:
                break
            if spare != FREE:
                entry = h
            place, free = home(table, shift, h), np.uint64(0)
            part = compact(h, shift)
            while begin <= place < end:
                free = free_in_line(place, spare)
                if free != np.uint64(0):
                    break
                place, part = place + WIDTH, part + np.uint64(1)
            if free != np.uint64(0) and spare == FREE:
                store(place + first_of(free) * np.uint64(8), entry)
            elif free != np.uint64(0) and part & spare != FREE:
                store_half(place + first_of(free) * np.uint64(4), np.uint32(part))
            elif count == aside.shape[0]:
                return -1
            else:
                aside[count] = entry
                count += 1
    return count


@kernel
def put_back(table: Any, size: Any, bits: Any, aside: Any) -> Any:
    """Put entries, or what has these hashes if it is compact, where they belong in a table; whether all have room."""
    shift = shift_of(size)
    spare = spare_of(shift, bits)
    for entry in aside:
        if spare == FREE:
            insert(table, shift, entry, hash_of(entry, bits))
        elif take_directly(table, shift, FREE, entry, spare, True) == NO_ROOM:
            return False
    return True


@kernel
def number(table: Any, size: Any, states: Any, words: Any, count: Any) -> None:
    """Fill a blank table with the numbers of all states."""
    shift = shift_of(size)
    for index in range(count):
        h = hash_(state_at(states, words, index), words)
        insert(table, shift, entry_of(h, index), h)


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


@kernel
def renumber(table: Any, size: Any, states: Any, parents: Any, words: Any, direct: Any, last: Any, index: Any) -> None:
    """Give a state another number."""
    source, shift = state_at(states, words, last), shift_of(size)
    keep(index, states, parents, words, source, np.int64(load_half(parents + np.uint64(last) * np.uint64(4))) - 1)
    if direct:
        return
    h = hash_(source, words)
    line = home(table, shift, h)
    found = equal_in_line(line, entry_of(h, last))
    while found == FREE:
        line = next_line(table, shift, line)
        found = equal_in_line(line, entry_of(h, last))
    store(line + first_of(found) * np.uint64(8), entry_of(h, index))
