"""Who can never go on: the states from which no state is reached in which a waiting slot no longer waits.

`stuck[s]` is a mask of slots, at first all that wait in `s`. A slot comes free in `s` if a step that begins no command
leads to a state where it does not wait or comes free. Such a step that ends in an error or a cut is judged as that, and
frees all. States are looked at from the last to the first: most steps lead forward, so one look settles most states.
The steps of those that it does not settle are kept, and gone over until nothing changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import HEADER
from ..cells.control import PARTIAL, PRUNE, RECORDS, ROOM, WITNESSES
from ..cells.deadlock import KEPT, LOOKED, MORE_KEPT, MORE_RECORDS, POSITION, TARGETS
from .lowering import kernel
from .memory import expand, load, mask_of
from .table import find, hash_, shift_of, state_at


@kernel
def look(
    successors: Any,
    busy: Any,
    violated: Any,
    words: Any,
    control: Any,
    table: Any,
    slots: Any,
    states: Any,
    out: Any,
    begins: Any,
    stuck: Any,
    kept: Any,
    starts: Any,
    targets: Any,
    progress: Any,
    first: Any,
) -> Any:
    """Look at the states from `progress[POSITION] - 1` down to `first`."""
    shift = shift_of(slots)
    size = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    for index in range(progress[POSITION] - 1, first - 1, -1):
        progress[POSITION] = index + 1
        source = state_at(states, words, index)
        waiting = mask_of(busy, source)
        if pruned(violated, control, source):
            waiting = np.uint64(0)
        count = np.int64(0)
        if waiting != np.uint64(0):
            count = expand(successors, source, out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return MORE_RECORDS
        end = progress[TARGETS]
        if progress[KEPT] + 1 >= kept.shape[0] or end + count > targets.shape[0]:
            control[RECORDS] = count
            return MORE_KEPT
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            if begins[meta & np.uint64(0xFFFF)]:
                continue
            if meta >> np.uint64(16) != np.uint64(0):
                waiting = np.uint64(0)
                break
            target = address + np.uint64(HEADER * 8)
            h = hash_(target, words)
            found = find(table, shift, states, words, target, h)
            if found < 0 and control[PARTIAL] != 0:
                continue  # not taken; what is not stuck comes free by those that were
            if found < 0:
                waiting = np.uint64(0)  # not followed, behind a violation
                break
            if found <= index:
                waiting &= mask_of(busy, target)  # not looked at yet
            else:
                waiting &= stuck[found]
            if waiting == np.uint64(0):
                break
            targets[end] = np.uint32(found)
            end += 1
        stuck[index] = waiting
        if waiting != np.uint64(0):
            kept[progress[KEPT]] = np.uint32(index)
            progress[KEPT] += 1
            starts[progress[KEPT]] = end
            progress[TARGETS] = end
    progress[POSITION] = first
    return LOOKED


@kernel
def settle(stuck: Any, kept: Any, starts: Any, targets: Any, first: Any, last: Any) -> Any:
    """Go over the kept states from `first` to `last` once; returns how many masks shrank."""
    changed = 0
    for position in range(first, last):
        state = kept[position]
        waiting = stuck[state]
        if waiting == 0:
            continue
        for step in range(starts[position], starts[position + 1]):
            waiting &= stuck[targets[step]]
        if waiting != stuck[state]:
            stuck[state] = waiting
            changed += 1
    return changed


@kernel
def pruned(violated: Any, control: Any, source: Any) -> Any:
    """Whether a state was not expanded, since a property does not hold in it."""
    if control[PRUNE] == 0:
        return False
    return mask_of(violated, source) & ~np.uint64(control[WITNESSES]) != np.uint64(0)
