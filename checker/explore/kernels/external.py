"""Breadth-first search with delayed duplicate detection: successors are gathered, then told from the known states.

Sorted rows of words are all that there is: no state has a number while it is gathered. `gather` keeps the successors of
a level in a hash table whose slots are the states themselves; `close_up` and `sort` make a sorted run of it, `merge`
makes one of several, and `subtract` takes away what an earlier level has. Nothing here touches a file: the driver reads
and writes windows of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import CUT, HEADER
from ..cells.control import (
    BUDGET,
    CHILDLESS,
    DIRTY,
    DONE,
    EDGES,
    ERROR,
    GROW,
    LIMIT,
    NEXT,
    PAUSE,
    RECORDS,
    ROOM,
    SEEN,
    STATES,
    WIDEN,
    WITNESSES,
)
from ..cells.merging import ENDED, FULL
from ..cells.table import BATCH, EMPTY
from .findings import note, note_broken
from .lowering import kernel
from .memory import expand, load, mask_of, on_stack, prefetch, store
from .table import hash_, same, state_at


@kernel
def home(h: Any, slots: Any) -> Any:
    """The first slot for a hash, of any number of slots below 2^32."""
    return ((h >> np.uint64(32)) * np.uint64(slots)) >> np.uint64(32)


@kernel
def gather(
    successors: Any,
    violated: Any,
    words: Any,
    free: Any,
    control: Any,
    level: Any,
    last: Any,
    base: Any,
    table: Any,
    slots: Any,
    out: Any,
    hashes: Any,
    steps: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
) -> Any:
    """Expand the states of a block of a level, from `control[NEXT]` to `last`; the first of the block is number `base`.

    `control[STATES]` counts what the table has; with `control[LIMIT]` it is full. Word `free` is blank in free slots. A
    property counts as broken as in the search in memory, where one may read why.
    """
    size = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    budget = control[NEXT] + control[BUDGET]
    counts = on_stack(BATCH, np.int64)
    befores = on_stack(BATCH, np.uint64)
    gap = np.uint64(free * 8)
    while control[NEXT] < last:
        if control[NEXT] >= budget:
            return PAUSE
        first = control[NEXT]
        total = np.int64(0)
        taken = 0
        while taken < BATCH and first + taken < last:
            source = state_at(level, words, first + taken)
            befores[taken] = mask_of(violated, source) if control[DIRTY] != 0 else np.uint64(0)
            room = control[ROOM] - total
            count = expand(successors, source, out_address + np.uint64(total) * size, room)
            if count > room:
                if taken == 0:
                    control[RECORDS] = count
                    return WIDEN
                break
            if count == 0:
                note(findings, control, CHILDLESS, 0, 0, base + first + taken)
            counts[taken] = count
            total += count
            taken += 1
        if control[STATES] + total > control[LIMIT]:
            return GROW
        kept, number, end = 0, 0, np.int64(counts[0])
        for position in range(total):
            while position >= end:
                number += 1
                end += counts[number]
            address = out_address + np.uint64(position) * size
            meta = load(address)
            row, code = np.int64(meta & np.uint64(0xFFFF)), np.int64(meta >> np.uint64(16))
            if code >= CUT:
                cuts[code - CUT] += 1
                continue
            fired[row] += 1
            control[EDGES] += 1
            if code != 0:
                note(findings, control, ERROR, code, row, base + first + number)
                continue
            slot = home(hash_(address + np.uint64(HEADER * 8), words), slots)
            hashes[kept], steps[kept] = slot, position
            prefetch(state_at(table, words, slot))
            kept += 1
        reached, dirty, seen = control[STATES], control[DIRTY] != 0, np.uint64(control[SEEN])
        number, end = 0, np.int64(counts[0])
        for position in range(kept):
            slot, step = np.int64(hashes[position]), np.int64(steps[position])
            while step >= end:
                number += 1
                end += counts[number]
            address = out_address + np.uint64(step) * size
            target = address + np.uint64(HEADER * 8)
            place = state_at(table, words, slot)
            new = load(place + gap) == EMPTY
            while not new and not same(place, target, words):
                slot = slot + 1 if slot + 1 < slots else 0
                place = state_at(table, words, slot)
                new = load(place + gap) == EMPTY
            if new:
                copy(target, place, words)
                reached += 1
            fresh = load(address + np.uint64(8))
            if new or dirty:
                fresh |= mask_of(violated, target) & ~befores[number]
            fresh &= ~seen
            if fresh != np.uint64(0):
                row = np.int64(load(address) & np.uint64(0xFFFF))
                dirty = dirty or fresh & ~witnesses != np.uint64(0)
                seen |= fresh & witnesses
                note_broken(findings, control, fresh, witnesses, row, base + first + number)
        control[SEEN] = np.int64(seen)
        control[STATES], control[DIRTY] = reached, 1 if dirty else 0
        control[NEXT] = first + taken
    return DONE


@kernel
def copy(source: Any, target: Any, words: Any) -> None:
    """Copy one row."""
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        store(target + offset, load(source + offset))


@kernel
def before(one: Any, two: Any, words: Any) -> Any:
    """Whether a row comes before another, in the order of their words."""
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        a, b = load(one + offset), load(two + offset)
        if a != b:
            return a < b
    return False


@kernel
def close_up(table: Any, slots: Any, words: Any, free: Any) -> Any:
    """Move the rows of a table to its start; how many they are."""
    count = 0
    for slot in range(slots):
        place = state_at(table, words, slot)
        if load(place + np.uint64(free * 8)) != EMPTY:
            if slot != count:
                copy(place, state_at(table, words, count), words)
            count += 1
    return count


@kernel
def sort(rows: Any, count: Any, words: Any, middle: Any, spare: Any) -> None:
    """Sort rows in place: quicksort, the shorter part last, so that what waits is never more than 64 parts.

    `middle` and `spare` are room for a row each.
    """
    lows, highs = on_stack(64, np.int64), on_stack(64, np.int64)
    depth, low, high = 0, np.int64(0), np.int64(count) - 1
    while True:
        while high - low > 16:
            chosen = state_at(rows, words, low + (high - low) // 2)
            one, two = state_at(rows, words, low), state_at(rows, words, high)
            if before(one, chosen, words):
                one, chosen = chosen, one
            # now `chosen` is the smaller of two: the median of three is the larger of it and the smaller of the rest
            if before(chosen, two, words):
                chosen = two if before(two, one, words) else one
            copy(chosen, middle, words)
            left, right = low, high
            while left <= right:
                while before(state_at(rows, words, left), middle, words):
                    left += 1
                while before(middle, state_at(rows, words, right), words):
                    right -= 1
                if left <= right:
                    one, two = state_at(rows, words, left), state_at(rows, words, right)
                    copy(one, spare, words)
                    copy(two, one, words)
                    copy(spare, two, words)
                    left += 1
                    right -= 1
            if right - low > high - left:
                lows[depth], highs[depth] = low, right
                low = left
            else:
                lows[depth], highs[depth] = left, high
                high = right
            depth += 1
        for position in range(low + 1, high + 1):
            copy(state_at(rows, words, position), spare, words)
            at = position
            while at > low and before(spare, state_at(rows, words, at - 1), words):
                copy(state_at(rows, words, at - 1), state_at(rows, words, at), words)
                at -= 1
            copy(spare, state_at(rows, words, at), words)
        if depth == 0:
            return
        depth -= 1
        low, high = lows[depth], highs[depth]


@kernel
def subtract(rows: Any, count: Any, words: Any, cursor: Any, window: Any, size: Any) -> None:
    """Drop the rows that a window has, as far as it reaches; what is kept closes up.

    `cursor` is (the next row to look at, how many are kept), and goes on with the next window.
    """
    at, kept, other = cursor[0], cursor[1], np.int64(0)
    while at < count and other < size:
        mine, known = state_at(rows, words, at), state_at(window, words, other)
        if before(known, mine, words):
            step = np.int64(1)
            while other + step < size and before(state_at(window, words, other + step), mine, words):
                other += step
                step *= 2
            other += 1
        elif before(mine, known, words):
            if at != kept:
                copy(mine, state_at(rows, words, kept), words)
            at += 1
            kept += 1
        else:
            at += 1
            other += 1
    cursor[0], cursor[1] = at, kept


@kernel
def merge(
    windows: Any,
    each: Any,
    runs: Any,
    positions: Any,
    sizes: Any,
    more: Any,
    words: Any,
    cursor: Any,
    out: Any,
    room: Any,
) -> Any:
    """Merge sorted runs, each without doubles, into one without doubles.

    Of each run a window of at most `each` rows is in memory; `more` says whether there are rows behind it. Returns the
    run that needs its next window, or `FULL` when there are `room` rows in `out`, whose number is `cursor[0]`.
    """
    for run in range(runs):
        if positions[run] == sizes[run] and more[run]:
            return run
    count = cursor[0]
    while True:
        if count == room:
            cursor[0] = count
            return FULL
        least = -1
        smallest = np.uint64(0)
        for run in range(runs):
            if positions[run] < sizes[run]:
                head = state_at(windows, words, run * each + positions[run])
                if least < 0 or before(head, smallest, words):
                    least, smallest = run, head
        if least < 0:
            cursor[0] = count
            return ENDED
        target = state_at(out, words, count)
        copy(smallest, target, words)
        count += 1
        wanting = -1
        for run in range(runs):
            if positions[run] < sizes[run]:
                head = state_at(windows, words, run * each + positions[run])
                if same(head, target, words):
                    positions[run] += 1
                    if positions[run] == sizes[run] and more[run]:
                        wanting = run
        if wanting >= 0:
            cursor[0] = count
            return wanting


@kernel
def look_back(
    successors: Any,
    words: Any,
    control: Any,
    level: Any,
    last: Any,
    base: Any,
    out: Any,
    wanted: Any,
    missing: Any,
    found: Any,
) -> Any:
    """Look in a block of a level for states with steps to the `wanted` ones; the first for each is its `found`.

    Goes from `control[NEXT]` to `last`, and ends early when none of the wanted is `missing` any more.
    """
    size = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    budget = control[NEXT] + control[BUDGET]
    sieve = on_stack(1024, np.uint8)
    sieve[:] = 0
    for position in range(found.shape[0]):
        sieve[hash_(state_at(wanted, words, position), words) >> np.uint64(54)] = 1
    while control[NEXT] < last and missing[0] > 0:
        if control[NEXT] >= budget:
            return PAUSE
        source = state_at(level, words, control[NEXT])
        count = expand(successors, source, out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return WIDEN
        for position in range(count):
            address = out_address + np.uint64(position) * size
            if load(address) >> np.uint64(16) != np.uint64(0):
                continue
            target = address + np.uint64(HEADER * 8)
            if sieve[hash_(target, words) >> np.uint64(54)] == 0:
                continue
            for which in range(found.shape[0]):
                if found[which] < 0 and same(target, state_at(wanted, words, which), words):
                    found[which] = base + control[NEXT]
                    missing[0] -= 1
        control[NEXT] += 1
    return DONE
