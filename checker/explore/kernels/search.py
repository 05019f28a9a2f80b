"""Breadth-first search over packed states.

The kernels know nothing of any spec: they call the compiled functions through their addresses, so they are compiled
once a machine. States are stored exactly, in the order of their discovery; that one array is the visited set, the
frontier, and (with a parent beside each state) the index of all shortest traces. A batch of states is expanded before
any successor is looked up, and their slots of the hash table are prefetched, because a lookup is a cache miss.

The search comes back to Python at the latest after a given number of states, so that Ctrl-C, progress and growth are
handled there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ...compile.record import CUT, HEADER
from .control import (
    BUDGET,
    CHILDLESS,
    DEPTH,
    DIRECT,
    DIRTY,
    DONE,
    EDGES,
    ERROR,
    GROW,
    LEVEL,
    LIMIT,
    NEXT,
    PAUSE,
    PRUNE,
    PRUNED,
    RECORDS,
    ROOM,
    SEEN,
    STATES,
    WIDEN,
    WITNESSES,
)
from .findings import note, note_broken
from .memory import expand, load, mask_of, prefetch
from .table import entry_of, fetch, find, find_directly, hash_, keep, shift_of, state_at

BATCH = 16
"""How many states are expanded before their successors are looked up."""


@njit(cache=True, nogil=True)
def insert(control: Any, table: Any, states: Any, parents: Any, words: Any, address: Any, parent: Any) -> Any:
    """Add one state unless it is known. For initial states."""
    mask = np.uint64(table.shape[0] - 1)
    h = hash_(address, words)
    slot = h >> shift_of(table)
    if control[DIRECT] != 0:
        found = find_directly(table, mask, load(address), slot)
    else:
        found = find(table, mask, states, words, address, h, slot)
    if found < 0:
        index = control[STATES]
        keep(index, states, parents, words, address, parent)
        table[np.uint64(-found - 1)] = load(address) + np.uint64(1) if control[DIRECT] != 0 else entry_of(h, index)
        control[STATES] = index + 1


@njit(cache=True, inline="always")
def origin(counts: Any, position: Any) -> Any:
    """Which state of the batch a step leaves."""
    number = 0
    while position >= counts[number]:
        position -= counts[number]
        number += 1
    return number


@njit(cache=True, nogil=True)
def explore(
    successors: Any,
    violated: Any,
    words: Any,
    control: Any,
    table: Any,
    states: Any,
    parents: Any,
    out: Any,
    hashes: Any,
    steps: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
) -> Any:
    """Expand states until none is left, or until Python is needed. See the control array's cells.

    A finding is (what it is, error code or property, row, source). A property counts as broken by the step that leads
    from a state where it holds to one where it does not. As long as nothing was ever broken, only new states are
    judged.
    """
    mask, shift = np.uint64(table.shape[0] - 1), shift_of(table)
    record = words + HEADER
    size = np.uint64(record * 8)
    out_address, table_address = np.uint64(out.ctypes.data), np.uint64(table.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    budget = control[NEXT] + control[BUDGET]
    prune, direct = control[PRUNE] != 0, control[DIRECT] != 0
    counts = np.empty(BATCH, np.int64)
    befores = np.empty(BATCH, np.uint64)
    while control[NEXT] < control[STATES]:
        if control[NEXT] >= budget:
            return PAUSE
        if control[NEXT] == control[LEVEL]:
            control[DEPTH] += 1
            control[LEVEL] = control[STATES]
        first = control[NEXT]
        total = np.int64(0)
        taken = 0
        while taken < BATCH and first + taken < control[LEVEL]:
            index = first + taken
            source = state_at(states, words, index)
            before = np.uint64(0)
            if control[DIRTY] != 0:
                before = mask_of(violated, source)
            befores[taken] = before
            counts[taken] = 0
            if prune and before & ~witnesses != np.uint64(0):
                control[PRUNED] = 1
            else:
                room = control[ROOM] - total
                count = expand(successors, source, out_address + np.uint64(total) * size, room)
                if count > room:
                    if taken == 0:
                        control[RECORDS] = count
                        return WIDEN
                    break
                if count == 0:
                    note(findings, control, CHILDLESS, 0, 0, index)
                counts[taken] = count
                total += count
            taken += 1
        if control[STATES] + total > control[LIMIT]:
            return GROW
        # The steps that lead somewhere; their slots are fetched from memory meanwhile.
        kept = 0
        for position in range(total):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            row, code = np.int64(meta & np.uint64(0xFFFF)), np.int64(meta >> np.uint64(16))
            if code >= CUT:
                cuts[code - CUT] += 1
                continue
            fired[row] += 1
            control[EDGES] += 1
            if code != 0:
                note(findings, control, ERROR, code, row, origin(counts, position) + first)
                continue
            h = hash_(address + np.uint64(HEADER * 8), words)
            hashes[kept], steps[kept] = h, position
            prefetch(table_address + (h >> shift) * np.uint64(8))
            kept += 1
        reached, dirty, seen = control[STATES], control[DIRTY] != 0, np.uint64(control[SEEN])
        # Most of them lead to a state that the first look finds, where there is nothing more to do. Which ones can't
        # be foreseen, by the processor's branch prediction either: they are dropped without a branch.
        if direct and not dirty:
            left = 0
            for position in range(kept):
                h, step = hashes[position], steps[position]
                address = out_address + np.uint64(step) * size
                known = table[h >> shift] == load(address + np.uint64(HEADER * 8)) + np.uint64(1)
                hashes[left], steps[left] = h, step
                left += 0 if known and load(address + np.uint64(8)) == np.uint64(0) else 1
            kept = left
        elif not direct:
            for position in range(kept):
                fetch(table, mask, shift, states, words, hashes[position])
        number, end = 0, np.int64(counts[0])
        for position in range(kept):
            h, step = hashes[position], np.int64(steps[position])
            while step >= end:
                number += 1
                end += counts[number]
            source_index, before = first + number, befores[number]
            address = out_address + np.uint64(step) * size
            fresh = load(address + np.uint64(8))
            target = address + np.uint64(HEADER * 8)
            slot = h >> shift
            if direct:
                found = find_directly(table, mask, load(target), slot)
            else:
                found = find(table, mask, states, words, target, h, slot)
            if found < 0:
                if not prune or fresh == np.uint64(0):
                    keep(reached, states, parents, words, target, source_index)
                    free = np.uint64(-found - 1)
                    table[free] = load(target) + np.uint64(1) if direct else entry_of(h, reached)
                    reached += 1
                else:
                    control[PRUNED] = 1
                fresh |= mask_of(violated, target) & ~before
            elif dirty:
                fresh |= mask_of(violated, target) & ~before
            fresh &= ~seen
            if fresh != np.uint64(0):
                row = np.int64(load(address) & np.uint64(0xFFFF))
                dirty = dirty or fresh & ~witnesses != np.uint64(0)
                seen |= fresh & witnesses
                note_broken(findings, control, fresh, witnesses, row, source_index)
        control[SEEN] = np.int64(seen)
        control[STATES], control[DIRTY] = reached, 1 if dirty else 0
        control[NEXT] = first + taken
    return DONE
