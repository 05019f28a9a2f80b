"""The doubling of a table: every entry to where it belongs among twice as many lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells.table import ENTRIES, NO_ROOM
from .direct import compact, expanded, free_in_line, scattered, spare_of, take_directly
from .lowering import kernel
from .memory import first_of, load, on_stack, store, store_half
from .table import FREE, LOW, WIDTH, home, insert, shift_of


@kernel
def hash_of(entry: Any, bits: Any) -> Any:
    """The bits of the hash that an entry has, or that follow from it."""
    return entry & ~LOW if bits == 0 else scattered(entry - np.uint64(1), bits)


@kernel
def entries_in(line: Any, spare: Any) -> Any:
    """How many entries a line has, all of them at its start."""
    free = free_in_line(line, spare)
    return np.int64(first_of(free)) if free != FREE else 2 * ENTRIES if spare != FREE else ENTRIES


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
    room = 2 * ENTRIES if spare != FREE else ENTRIES
    held, filled = on_stack(ENTRIES, np.uint64), on_stack(2, np.int64)
    each = 2 * ENTRIES if before != FREE else ENTRIES
    count = 0
    for position in range(last - ENTRIES, first - ENTRIES, -ENTRIES):
        line, pair = table + np.uint64(8 * position), table + np.uint64(16 * position)
        for word in range(ENTRIES):
            held[word] = load(line + np.uint64(8 * word))
            store(line + np.uint64(8 * word), FREE)
        # Nearly all go to a pair of lines. How full these are is counted: a look at what was just written has to wait.
        filled[0], filled[1] = entries_in(pair, spare), entries_in(pair + WIDTH, spare)
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
            place, part = home(table, shift, h), compact(h, shift)
            while begin <= place < end and (spare == FREE or part & spare != FREE):
                which = (place - pair) // WIDTH
                where = filled[which] if which < np.uint64(2) else entries_in(place, spare)
                if where < room:
                    if which < np.uint64(2):
                        filled[which] += 1
                    if spare != FREE:
                        store_half(place + np.uint64(4 * where), np.uint32(part))
                    else:
                        store(place + np.uint64(8 * where), entry)
                    break
                place, part = place + WIDTH, part + np.uint64(1)
            else:
                if count == aside.shape[0]:
                    return -1
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
