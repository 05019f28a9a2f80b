"""The visited set: a hash table of state numbers over the array of all states.

The table is made of lines, each a cache line of eight entries. The upper bits of a state's hash say which line it
belongs in; where that is full it is in the next that has room. A line fills from its start and nothing is ever taken
out, so that a free entry ends the search for a state, and one comparison of eight words at once finds most.

An entry is the upper 32 bits of the hash and, below them, the state's number plus 1; 0 is free. Where states are of one
word, the table may keep them themselves: see `direct.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells.control import GIVE, GIVEN, STATES
from ..cells.table import ENTRIES, NUMBERS
from .lowering import kernel
from .memory import (
    add_to,
    equal_in_line,
    first_of,
    load,
    load_half,
    prefetch,
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
def shift_of(size: Any) -> Any:
    """How far to shift a hash so that its upper bits are one of the lines of a table of so many words."""
    shift = 64
    while (ENTRIES << (64 - shift)) < size:
        shift -= 1
    return np.uint64(shift)


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
def number(table: Any, size: Any, states: Any, words: Any, count: Any) -> None:
    """Fill a blank table with the numbers of all states."""
    shift = shift_of(size)
    for index in range(count):
        h = hash_(state_at(states, words, index), words)
        insert(table, shift, entry_of(h, index), h)


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
