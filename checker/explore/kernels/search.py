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

from .control import (
    BUDGET,
    CUT,
    DEPTH,
    DIRTY,
    DONE,
    EDGES,
    ERROR,
    FINDINGS,
    FULL,
    GROW,
    HEADER,
    LEVEL,
    LIMIT,
    NEXT,
    PAUSE,
    PRUNE,
    RECORDS,
    ROOM,
    STATES,
    WIDEN,
    WITNESSES,
)
from .findings import note, note_broken
from .memory import expand, load, mask_of, prefetch
from .table import append, candidate, find, hash_, shift_of, state_at

BATCH = 16
"""How many states are expanded before their successors are looked up."""


@njit(cache=True, nogil=True)
def insert(control: Any, table: Any, states: Any, parents: Any, words: Any, address: Any, parent: Any) -> Any:
    """Add one state unless it is known; returns its number. For initial states."""
    mask = np.uint64(table.shape[0] - 1)
    h = hash_(address, words)
    found = find(table, mask, states, words, address, h, h >> shift_of(table))
    if found > 0:
        return found - 1
    index = control[STATES]
    append(index, table, states, parents, words, address, h, np.uint64(-found - 1), parent)
    control[STATES] = index + 1
    return index


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
    slots: Any,
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
    prune = control[PRUNE] != 0
    sources = np.empty(BATCH, np.int64)
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
            sources[taken] = index
            counts[taken] = 0
            if not (prune and before & ~witnesses != np.uint64(0)):
                room = control[ROOM] - total
                count = expand(successors, source, out_address + np.uint64(total) * size, room)
                if count > room:
                    if taken == 0:
                        control[RECORDS] = count
                        return WIDEN
                    break
                counts[taken] = count
                total += count
            taken += 1
        if control[STATES] + total > control[LIMIT]:
            return GROW
        if control[FINDINGS] + 64 > findings.shape[0]:
            return FULL
        for position in range(total):
            address = out_address + np.uint64(position) * size
            h = hash_(address + np.uint64(HEADER * 8), words)
            hashes[position] = h
            prefetch(table_address + (h >> shift) * np.uint64(8))
        for position in range(total):
            slots[position] = candidate(table, mask, shift, states, words, hashes[position])
        position, edges = 0, total
        reached, dirty = control[STATES], control[DIRTY] != 0
        for number in range(taken):
            source_index, before = sources[number], befores[number]
            for _ in range(counts[number]):
                address = out_address + np.uint64(position) * size
                h, slot = hashes[position], np.uint64(slots[position])
                position += 1
                meta = load(address)
                row = np.int64(meta & np.uint64(0xFFFF))
                code = np.int64(meta >> np.uint64(16))
                if code >= CUT:
                    cuts[code - CUT] += 1
                    edges -= 1
                    continue
                fired[row] += 1
                if code != 0:
                    note(findings, control, ERROR, code, row, source_index)
                    continue
                fresh = load(address + np.uint64(8))
                target = address + np.uint64(HEADER * 8)
                found = find(table, mask, states, words, target, h, slot)
                if found < 0:
                    if not prune or fresh == np.uint64(0):
                        append(reached, table, states, parents, words, target, h, np.uint64(-found - 1), source_index)
                        reached += 1
                    fresh |= mask_of(violated, target) & ~before
                elif dirty:
                    fresh |= mask_of(violated, target) & ~before
                if fresh != np.uint64(0):
                    dirty = True
                    note_broken(findings, control, fresh, witnesses, row, source_index)
        control[STATES], control[DIRTY] = reached, 1 if dirty else 0
        control[EDGES] += edges
        control[NEXT] = first + taken
    return DONE
