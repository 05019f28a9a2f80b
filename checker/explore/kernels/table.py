"""The visited set: a hash table of state numbers over the array of all states.

A slot is the upper bits of a state's hash; collisions go to the next free slot. An entry is the upper 32 bits of the
hash and, below them, the state's number plus 1. States of a single word that leaves a bit free are kept *directly*: the
entry is the state plus 1, so that a look-up touches memory once, and a state's number can't be looked up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .memory import load, prefetch, store, store_half

LOW = np.uint64(0xFFFFFFFF)
"""The half of an entry that is a number."""


@njit(cache=True, inline="always")
def state_at(states: Any, words: Any, index: Any) -> Any:
    """The address of a state's words."""
    return states + np.uint64(index) * np.uint64(words) * np.uint64(8)


@njit(cache=True, inline="always")
def mixed(word: Any) -> Any:
    """A word whose every bit depends on every bit of the given one."""
    h = (word ^ np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xD6E8FEB86659FD93)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return h ^ (h >> np.uint64(32))


@njit(cache=True, inline="always")
def hash_(address: Any, words: Any) -> Any:
    """64 well-mixed bits of a state."""
    h = mixed(load(address))
    for word in range(1, words):
        h = mixed(h ^ load(address + np.uint64(word) * np.uint64(8)))
    return h


@njit(cache=True, inline="always")
def shift_of(table: Any) -> Any:
    """How far to shift a hash so that its upper bits are a slot."""
    shift = 64
    while (1 << (64 - shift)) < table.shape[0]:
        shift -= 1
    return np.uint64(shift)


@njit(cache=True, inline="always")
def same(one: Any, two: Any, words: Any) -> Any:
    """Whether two states are the same."""
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        if load(one + offset) != load(two + offset):
            return False
    return True


@njit(cache=True, inline="always")
def fetch(table: Any, mask: Any, shift: Any, states: Any, words: Any, h: Any) -> Any:
    """Have the first state that may be the one with this hash fetched from memory."""
    slot = h >> shift
    tag = h >> np.uint64(32)
    entry = table[slot]
    while entry != np.uint64(0) and entry >> np.uint64(32) != tag:
        slot = (slot + np.uint64(1)) & mask
        entry = table[slot]
    if entry != np.uint64(0):
        prefetch(state_at(states, words, np.int64(entry & LOW) - 1))


@njit(cache=True, inline="always")
def keep(index: Any, states: Any, parents: Any, words: Any, address: Any, parent: Any) -> Any:
    """Keep a state under the next number."""
    target = state_at(states, words, index)
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        store(target + offset, load(address + offset))
    store_half(parents + np.uint64(index) * np.uint64(4), np.uint32(parent + 1))


@njit(cache=True, inline="always")
def entry_of(h: Any, index: Any) -> Any:
    """What the table keeps of a state that it knows by number."""
    return (h & ~LOW) | np.uint64(index + 1)


HEAD = 1 << 12
"""How many slots at the start of a table are set aside while it doubles."""


@njit(cache=True, nogil=True)
def double(table: Any, size: Any, aside: Any, direct: Any) -> Any:
    """Make the first `2 * size` slots of `table` its table, in place, and return how many entries were set aside.

    A slot is the upper bits of the hash, which an entry has too, or which follow from it. So an entry's new slot is at
    least twice its old home: going down from the end, it never falls on one that is still to be moved. Only near the
    start, where an entry may lie further from its home than that is from the start, and where a chain runs over the
    end, are entries set `aside` first.
    """
    mask = np.uint64(2 * size - 1)
    shift = shift_of(table[: 2 * size])
    count = 0
    for position in range(min(size, HEAD)):
        if table[position] != np.uint64(0):
            aside[count] = table[position]
            table[position] = np.uint64(0)
            count += 1
    for position in range(size - 1, HEAD - 1, -1):
        entry = table[position]
        if entry != np.uint64(0):
            table[position] = np.uint64(0)
            h = mixed(entry - np.uint64(1)) if direct else entry & ~LOW
            slot = np.int64(h >> shift)
            if slot >= position:
                while slot < 2 * size and table[slot] != np.uint64(0):
                    slot += 1
            if position <= slot < 2 * size:
                table[slot] = entry
            else:
                aside[count] = entry
                count += 1
    for position in range(count):
        entry = aside[position]
        h = mixed(entry - np.uint64(1)) if direct else entry & ~LOW
        home = h >> shift
        while table[home] != np.uint64(0):
            home = (home + np.uint64(1)) & mask
        table[home] = entry
    return count


@njit(cache=True, nogil=True)
def number(table: Any, states: Any, words: Any, count: Any) -> None:
    """Fill a blank table with the numbers of all states."""
    mask, shift = np.uint64(table.shape[0] - 1), shift_of(table)
    for index in range(count):
        h = hash_(state_at(states, words, index), words)
        slot = h >> shift
        while table[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        table[slot] = entry_of(h, index)


@njit(cache=True, nogil=True)
def keep_all(table: Any, states: Any, count: Any) -> None:
    """Fill a blank table with all states themselves."""
    mask, shift = np.uint64(table.shape[0] - 1), shift_of(table)
    for index in range(count):
        address = state_at(states, 1, index)
        slot = hash_(address, 1) >> shift
        while table[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        table[slot] = load(address) + np.uint64(1)


@njit(cache=True, inline="always")
def find_directly(table: Any, mask: Any, state: Any, slot: Any) -> Any:
    """1 if a table that keeps states knows this one, else minus the free slot that it belongs in, minus 1."""
    while True:
        entry = table[slot]
        if entry == np.uint64(0):
            return -np.int64(slot) - 1
        if entry == state + np.uint64(1):
            return np.int64(1)
        slot = (slot + np.uint64(1)) & mask


@njit(cache=True, inline="always")
def find(table: Any, mask: Any, states: Any, words: Any, address: Any, h: Any, slot: Any) -> Any:
    """The number of a state plus 1, or minus the free slot that it belongs in, minus 1; looked for from `slot` on."""
    tag = h >> np.uint64(32)
    while True:
        entry = table[slot]
        if entry == np.uint64(0):
            return -np.int64(slot) - 1
        if entry >> np.uint64(32) == tag:
            known = np.int64(entry & LOW) - 1
            if same(state_at(states, words, known), address, words):
                return known + 1
        slot = (slot + np.uint64(1)) & mask
