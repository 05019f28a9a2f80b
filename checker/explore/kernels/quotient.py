"""The steps between classes of states, counted: every state is expanded once more, and its successors are looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import HEADER
from ..cells.control import RECORDS, ROOM
from .lowering import kernel
from .memory import expand, load
from .table import find, hash_, shift_of, state_at


@kernel
def count(
    successors: Any,
    words: Any,
    control: Any,
    table: Any,
    slots: Any,
    states: Any,
    out: Any,
    classes: Any,
    counts: Any,
    first: Any,
    last: Any,
) -> Any:
    """Count the steps out of the states from `first` on into `counts`: by class before, class after, and row.

    Returns the first state that is not done: `last`, or one whose steps do not fit into `out`. A step that ends in an
    error or a cut leads nowhere.
    """
    shift = shift_of(slots)
    size = np.uint64((words + HEADER) * 8)
    out_address = np.uint64(out.ctypes.data)
    for index in range(first, last):
        steps = expand(successors, state_at(states, words, index), out_address, control[ROOM])
        if steps > control[ROOM]:
            control[RECORDS] = steps
            return index
        for position in range(steps):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            if meta >> np.uint64(16) != np.uint64(0):
                continue
            target = address + np.uint64(HEADER * 8)
            h = hash_(target, words)
            found = find(table, shift, states, words, target, h)
            if found >= 0:
                counts[classes[index], classes[found], np.int64(meta & np.uint64(0xFFFF))] += 1
    return last
