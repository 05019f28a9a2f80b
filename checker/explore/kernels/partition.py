"""A visited set in parts: whose a state is, and which states a part has not seen.

The owner of a state follows from the lower half of its hash; where it lies in the owner's table, from the upper half.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells.table import BATCH, NEW
from .direct import scattered, take_directly
from .external import copy
from .lowering import kernel
from .memory import load, on_stack, prefetch
from .table import LOW, entry_of, find, hash_, home, insert, shift_of, state_at


@kernel
def owner_of(h: Any, owners: Any) -> Any:
    """Which of so many owners has the states with this hash."""
    return np.int64(((h & LOW) * np.uint64(owners)) >> np.uint64(32))


@kernel
def split(rows: Any, count: Any, words: Any, ends: Any, places: Any, out: Any) -> None:
    """Put rows in the order of their owners, keeping that of each; those of owner `i` end before row `ends[i]`.

    `places` is room, for each owner.
    """
    owners = ends.shape[0]
    ends[:] = 0
    for position in range(count):
        ends[owner_of(hash_(state_at(rows, words, position), words), owners)] += 1
    end = 0
    for owner in range(owners):
        places[owner] = end
        end += ends[owner]
        ends[owner] = end
    for position in range(count):
        row = state_at(rows, words, position)
        owner = owner_of(hash_(row, words), owners)
        copy(row, state_at(out, words, places[owner]), words)
        places[owner] += 1


@kernel
def take_new(
    table: Any, slots: Any, states: Any, words: Any, bits: Any, limit: Any, rows: Any, count: Any, cursor: Any
) -> None:
    """Keep those of the rows that the table does not know, as long as there are fewer than `limit` states.

    `cursor` is (the next row to look at, how many states there are).
    """
    shift = shift_of(slots)
    hashes = on_stack(BATCH, np.uint64)
    at, known = cursor[0], cursor[1]
    while at < count and known + BATCH <= limit:
        batch = min(BATCH, count - at)
        for position in range(batch):
            row = state_at(rows, words, at + position)
            hashes[position] = hash_(row, words) if bits == 0 else scattered(load(row), bits)
            prefetch(home(table, shift, hashes[position]))
        for position in range(batch):
            row, h = state_at(rows, words, at + position), hashes[position]
            if bits != 0:
                new = take_directly(table, shift, load(row), h, np.uint64(0), True) == NEW
            else:
                new = find(table, shift, states, words, row, h) < 0
                if new:
                    insert(table, shift, entry_of(h, known), h)
            if new:
                copy(row, state_at(states, words, known), words)
                known += 1
        at += batch
    cursor[0], cursor[1] = at, known
