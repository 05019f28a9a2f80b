"""The part of a state's steps that is taken first: a stubborn set with as few steps as can be found cheaply.

Python hands over a *plan*: the relations of `compile/stubborn.py` as masks of units, and room to work in. From each
unit that is enabled, what has to be in the set with it is gathered. A set whose steps all end in an error, are cut, or
lead back into levels that are known would put others off for ever: it is not taken. What comes out depends on the state
and on the levels before it, not on the order within a level, nor on how many threads there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import HEADER
from ..cells.plan import BY_UNIT, CHOOSE, REASONS, RELATIONS, UNITS, WIDTH
from .lowering import kernel
from .memory import call, expand_by_unit, first_of, load, store
from .table import find, hash_

BIT = np.uint64(1)
STATE = np.uint64(8 * HEADER)


@kernel
def is_partial(plan: Any) -> Any:
    """Whether there is a plan."""
    return plan.shape[0] > RELATIONS


@kernel
def room_of(plan: Any) -> Any:
    """Where the room of a plan begins: with how many steps each unit has, or why none."""
    units, width = np.int64(plan[UNITS]), np.int64(plan[WIDTH])
    return RELATIONS + (1 + REASONS) * units * width


@kernel
def expand_whole(plan: Any, source: Any, into: Any, room: Any) -> Any:
    """Write all steps of a state, as the compiled `successors` does, and remember whose they are."""
    firings = np.uint64(plan.ctypes.data) + np.uint64(8) * np.uint64(room_of(plan))
    return expand_by_unit(plan[BY_UNIT], source, into, room, firings)


@kernel
def gather(plan: Any, start: Any, most: Any) -> Any:
    """Gather what has to be in a set with a unit; how many steps it has, or `most` if they are not fewer."""
    units, width = np.int64(plan[UNITS]), np.int64(plan[WIDTH])
    firings = room_of(plan)
    waiting, mask = firings + units, firings + 3 * units
    for word in range(width):
        plan[mask + word] = np.uint64(0)
    plan[mask + start // 64] = BIT << np.uint64(start % 64)
    plan[waiting] = np.uint64(start)
    left, steps = 1, np.int64(plan[firings + start])
    while left > 0:
        if steps >= most:
            return most
        left -= 1
        unit = np.int64(plan[waiting + left])
        known = np.int64(plan[firings + unit])
        relation = 0 if known > 0 else 1 - known
        row = RELATIONS + (relation * units + unit) * width
        for word in range(width):
            more = plan[row + word] & ~plan[mask + word]
            plan[mask + word] |= more
            while more != np.uint64(0):
                other = 64 * word + np.int64(first_of(more))
                more &= more - BIT
                plan[waiting + left] = np.uint64(other)
                left += 1
                steps += max(np.int64(0), np.int64(plan[firings + other]))
    return min(steps, most)


@kernel
def leads_on(plan: Any, table: Any, shift: Any, states: Any, words: Any, into: Any, record: Any, level: Any) -> Any:
    """Whether a step of the set that was gathered leads to a state that is in no level yet up to this one."""
    units = np.int64(plan[UNITS])
    firings = room_of(plan)
    known, mask = firings + 2 * units, firings + 3 * units
    position = np.int64(0)
    for unit in range(units):
        steps = max(np.int64(0), np.int64(plan[firings + unit]))
        inside = plan[mask + unit // 64] >> np.uint64(unit % 64) & BIT != np.uint64(0)
        if inside and steps > 0 and plan[known + unit] == np.uint64(0):
            plan[known + unit] = np.uint64(1)
            for step in range(position, position + steps):
                address = into + np.uint64(step) * record
                if load(address) >> np.uint64(16) != np.uint64(0):
                    continue
                target = address + STATE
                found = find(table, shift, states, words, target, hash_(target, words))
                if found < 0 or found >= level:
                    plan[known + unit] = np.uint64(2)
                    break
        if inside and plan[known + unit] == np.uint64(2):
            return True
        position += steps
    return False


@kernel
def choose(
    plan: Any,
    table: Any,
    shift: Any,
    states: Any,
    words: Any,
    into: Any,
    record: Any,
    level: Any,
    count: Any,
) -> Any:
    """Keep, of `count` steps, those of the best set; how many they are. A step is two words and a state."""
    units, width = np.int64(plan[UNITS]), np.int64(plan[WIDTH])
    firings = room_of(plan)
    known, mask = firings + 2 * units, firings + 3 * units
    best_mask = mask + width
    for unit in range(units):
        plan[known + unit] = np.uint64(0)
    best = count
    for unit in range(units):
        if np.int64(plan[firings + unit]) <= 0:
            continue
        steps = gather(plan, unit, best)
        if steps < best and leads_on(plan, table, shift, states, words, into, record, level):
            best = steps
            for word in range(width):
                plan[best_mask + word] = plan[mask + word]
            if best == 1:
                break
    if best == count:
        return count
    position, kept = np.int64(0), np.int64(0)
    for unit in range(units):
        steps = max(np.int64(0), np.int64(plan[firings + unit]))
        if plan[best_mask + unit // 64] >> np.uint64(unit % 64) & BIT != np.uint64(0):
            for step in range(position, position + steps):
                source, target = into + np.uint64(step) * record, into + np.uint64(kept) * record
                for word in range(HEADER + words):
                    store(target + np.uint64(8 * word), load(source + np.uint64(8 * word)))
                kept += 1
        position += steps
    return kept


@kernel
def chosen_of(
    plan: Any,
    table: Any,
    shift: Any,
    states: Any,
    words: Any,
    into: Any,
    record: Any,
    level: Any,
    count: Any,
) -> Any:
    """Call `choose` at its address: few searches need it, and it takes as long to compile as they do."""
    return call(plan[CHOOSE], plan, table, shift, states, words, into, record, level, count)
