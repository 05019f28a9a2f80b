"""Breadth-first search over packed states.

The kernels know nothing of any spec: they call the compiled functions through their addresses, so they are compiled
once a machine. States are stored exactly, in the order of their discovery; that one array is the visited set, the
frontier, and (with a parent beside each state) the index of all shortest traces. A batch of states is expanded before
any successor is looked up, and their lines of the hash table are prefetched, because a look-up is a cache miss.

The search comes back to Python at the latest after a given number of states, so that Ctrl-C, progress and growth are
handled there. A level that is wide enough may be explored by several threads, each of which takes a batch of its states
after the other; they share the states and the table, and each has a control array and buffers of its own. Which number
a state has then depends on who was faster; how many there are, and how far from the start each is, does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import CUT, HEADER
from ..cells.control import (
    BEGAN,
    BITS,
    BUDGET,
    CALLED,
    CHILDLESS,
    CROWDED,
    DEPTH,
    DIRTY,
    DONE,
    EDGES,
    ENDED,
    ERROR,
    GIVE,
    GROW,
    LEFT,
    LEVEL,
    LIMIT,
    NEXT,
    PARTLY,
    PAUSE,
    PRUNE,
    PRUNED,
    RECORDS,
    ROOM,
    SEEN,
    SHARE,
    STATES,
    TAKEN,
    UNTIL,
    WAITS,
    WIDE,
    WIDEN,
    WITNESSES,
)
from ..cells.table import BATCH, NEW, NO_ROOM, NUMBERS
from .direct import behind, compact, known_in_line, knows_directly, scattered, spare_of, take_directly
from .findings import note, note_broken
from .lowering import kernel
from .memory import add_to, expand, load, mask_of, on_stack, prefetch, seen_now, show
from .stubborn import chosen_of, expand_whole, is_partial
from .table import cell, fetch, find, hash_, home, keep, next_number, shift_of, state_at, take

STATE = np.uint64(8 * HEADER)
"""Where the state is in a record."""
STEP_BROKE = np.uint64(8)
"""Where the properties are that the step itself broke."""
ROW = np.uint64(0xFFFF)


@kernel
def insert(control: Any, table: Any, size: Any, states: Any, parents: Any, words: Any, address: Any) -> None:
    """Add one state that nothing leads to, unless it is known."""
    shift = shift_of(size)
    bits = control[BITS]
    if bits == 0:
        take(table, shift, states, parents, words, address, hash_(address, words), -1, control, control, True)
        return
    state = load(address)
    took = take_directly(table, shift, state, scattered(state, bits), spare_of(shift, bits), True)
    if took == NO_ROOM:
        control[CROWDED] = 1
    elif took == NEW:
        keep(control[STATES], states, parents, words, address, -1)
        control[STATES] += 1


@kernel
def origin(counts: Any, position: Any) -> Any:
    """Which state of the batch a step leaves."""
    number = 0
    while position >= counts[number]:
        position -= counts[number]
        number += 1
    return number


@kernel
def called(leader: Any, reason: Any) -> Any:
    """Why to go back to Python: the others have to come, too."""
    show(cell(leader, CALLED), 1)
    return reason


@kernel
def explore(
    successors: Any,
    violated: Any,
    words: Any,
    leader: Any,
    control: Any,
    members: Any,
    table: Any,
    size: Any,
    states: Any,
    parents: Any,
    out: Any,
    hashes: Any,
    steps: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
    plan: Any,
) -> Any:
    """Expand states until none is left, or until Python is needed. See the control array's cells.

    `leader` is the control array that counts for all threads; `members` are the addresses of theirs. Without any, the
    leader is alone.

    A finding is (what it is, error code or property, row, source). A property counts as broken by the step that leads
    from a state where it holds to one where it does not. As long as nothing was ever broken, only new states are
    judged. `plan` says which steps may be put off, if any.
    """
    shift = shift_of(size)
    record = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    alone = len(members) == 0
    witnesses = np.uint64(control[WITNESSES])
    prune, bits = control[PRUNE] != 0, control[BITS]
    direct, spare = bits != 0, spare_of(shift, bits)
    partial = is_partial(plan)
    counts = on_stack(BATCH, np.int64)
    befores = on_stack(BATCH, np.uint64)
    while True:
        if control[TAKEN] == control[UNTIL]:
            if control[BUDGET] <= 0:
                return called(leader, PAUSE)
            if alone and control[NEXT] == control[LEVEL]:
                if control[LEVEL] == control[STATES]:
                    return DONE
                control[DEPTH] += 1
                control[BEGAN], control[LEVEL] = control[LEVEL], control[STATES]
                if control[WIDE] != 0 and control[STATES] - control[NEXT] >= control[WIDE]:
                    return SHARE
            if alone:
                first = control[NEXT]
                control[NEXT] = min(first + BATCH, control[LEVEL])
            else:
                if seen_now(cell(leader, CALLED)) != 0:
                    return PAUSE
                first = control[LEVEL] if control[WAITS] != 0 else add_to(cell(leader, NEXT), BATCH)
                if first >= control[LEVEL]:
                    return ENDED
            control[TAKEN], control[UNTIL] = first, min(first + BATCH, control[LEVEL])
        if seen_now(cell(leader, STATES)) + control[ROOM] + NUMBERS > control[LIMIT]:
            return called(leader, GROW)
        first, total, taken = control[TAKEN], np.int64(0), 0
        while first + taken < control[UNTIL]:
            source = state_at(states, words, first + taken)
            before = np.uint64(0)
            if control[DIRTY] != 0:
                before = mask_of(violated, source)
            befores[taken] = before
            counts[taken] = 0
            if prune and before & ~witnesses != np.uint64(0):
                control[PRUNED] = 1
            else:
                room = control[ROOM] - total
                into = out_address + np.uint64(total) * record
                count = expand_whole(plan, source, into, room) if partial else expand(successors, source, into, room)
                if count > room:
                    break
                if count == 0:
                    note(findings, control, CHILDLESS, 0, 0, first + taken)
                if partial:
                    chosen = chosen_of(plan, table, shift, states, words, into, record, control[LEVEL], count)
                    control[PARTLY] += 1 if chosen < count else 0
                    control[LEFT] += count - chosen
                    count = chosen
                counts[taken] = count
                total += count
            taken += 1
        if taken == 0:
            control[RECORDS] = count
            return called(leader, WIDEN)
        # The steps that lead somewhere; their lines are fetched from memory meanwhile.
        kept, edges = 0, 0
        for position in range(total):
            address = out_address + np.uint64(position) * record
            meta = load(address)
            row, code = meta & ROW, np.int64(meta >> np.uint64(16))
            if code >= CUT:
                cuts[np.uint64(code - CUT)] += 1
                continue
            fired[row] += 1
            edges += 1
            if code != 0:
                note(findings, control, ERROR, code, np.int64(row), origin(counts, position) + first)
                continue
            h = scattered(load(address + STATE), bits) if direct else hash_(address + STATE, words)
            hashes[np.uint64(kept)], steps[np.uint64(kept)] = h, np.uint64(position)
            prefetch(home(table, shift, h))
            kept += 1
        control[EDGES] += edges
        dirty, seen = control[DIRTY] != 0, np.uint64(control[SEEN])
        # Most of them lead to a state that the first look finds, where there is nothing more to do. Which ones can't
        # be foreseen, by the processor's branch prediction either: they are dropped without a branch.
        if direct and not dirty:
            left = 0
            for position in range(kept):
                h, step = hashes[np.uint64(position)], steps[np.uint64(position)]
                address = out_address + step * record
                line = home(table, shift, h)
                known = known_in_line(line, load(address + STATE), compact(h, shift), spare)
                prefetch(behind(line, spare))  # where it may be, if it is not known yet
                hashes[np.uint64(left)], steps[np.uint64(left)] = h, step
                left += 1 - int(known & (load(address + STEP_BROKE) == np.uint64(0)))  # `and` would jump
            kept = left
        elif not direct:
            for position in range(kept):
                fetch(table, shift, states, words, hashes[np.uint64(position)])
        number, end = 0, np.int64(counts[0])
        for position in range(kept):
            h, step = hashes[np.uint64(position)], np.int64(steps[np.uint64(position)])
            while step >= end:
                number += 1
                end += counts[number]
            source_index, before = first + number, befores[number]
            address = out_address + np.uint64(step) * record
            fresh = load(address + STEP_BROKE)
            target = address + STATE
            new = False
            if prune and fresh != np.uint64(0):
                if direct:
                    new = not knows_directly(table, shift, load(target), h, spare)
                else:
                    new = find(table, shift, states, words, target, h) < 0
                if new:
                    control[PRUNED] = 1
            elif direct:
                took = take_directly(table, shift, load(target), h, spare, alone)
                new = took == NEW
                if took == NO_ROOM:
                    show(cell(leader, CROWDED), 1)
                elif new and alone:
                    keep(control[STATES], states, parents, words, target, source_index)
                    control[STATES] += 1
                elif new:
                    keep(next_number(leader, control), states, parents, words, target, source_index)
                    control[GIVE] += 1
            else:
                new = take(table, shift, states, parents, words, target, h, source_index, leader, control, alone)
            if new or dirty:
                fresh |= mask_of(violated, target) & ~before
            fresh &= ~seen
            if fresh != np.uint64(0):
                dirty = dirty or fresh & ~witnesses != np.uint64(0)
                seen |= fresh & witnesses
                note_broken(findings, control, fresh, witnesses, np.int64(load(address) & ROW), source_index)
        control[SEEN] = np.int64(seen)
        control[DIRTY] = 1 if dirty else 0
        control[TAKEN] = first + taken
        control[BUDGET] -= taken


@kernel
def judge(
    successors: Any,
    violated: Any,
    words: Any,
    control: Any,
    states: Any,
    out: Any,
    findings: Any,
    first: Any,
    last: Any,
) -> Any:
    """Note what the steps out of clean states break. Returns the first that is not done: `last`, or one whose steps do
    not fit into `out`.

    A level in which a property was broken for the first time is judged again after several threads have explored it:
    each of them knew only of what itself had seen.
    """
    record = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    for index in range(first, last):
        count = expand(successors, state_at(states, words, index), out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return index
        for position in range(count):
            address = out_address + np.uint64(position) * record
            if load(address) >> np.uint64(16) != np.uint64(0):
                continue
            fresh = (load(address + STEP_BROKE) | mask_of(violated, address + STATE)) & ~witnesses
            if fresh != np.uint64(0):
                note_broken(findings, control, fresh, witnesses, np.int64(load(address) & ROW), index)
    return last
