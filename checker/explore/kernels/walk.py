"""Random walks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import CUT, HEADER
from ..cells.control import EDGES, ERROR, RECORDS, ROOM, WITNESSES
from .findings import note, note_broken
from .lowering import kernel
from .memory import expand, load, mask_of, store


@kernel
def walk(
    successors: Any,
    violated: Any,
    words: Any,
    control: Any,
    out: Any,
    path: Any,
    start: Any,
    depth: Any,
    seed: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
) -> Any:
    """One random walk from the state at `start`; `path` takes its states. Returns how many steps it took.

    Every step out of each state that it visits is looked at, one of them is taken. A finding's source is the position
    in the path. The generator is SplitMix64.
    """
    record = words + HEADER
    size = np.uint64(record * 8)
    out_address = np.uint64(out.ctypes.data)
    path_address = np.uint64(path.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    for word in range(words):
        store(path_address + np.uint64(word * 8), load(start + np.uint64(word * 8)))
    x = np.uint64(seed)
    for step in range(depth):
        source = path_address + np.uint64(step * words * 8)
        before = mask_of(violated, source)
        count = expand(successors, source, out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return -1
        good = np.int64(0)
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            row = np.int64(meta & np.uint64(0xFFFF))
            code = np.int64(meta >> np.uint64(16))
            if code >= CUT:
                cuts[code - CUT] += 1
                continue
            if code != 0:
                note(findings, control, ERROR, code, row, step)
                continue
            good += 1
            fresh = load(address + np.uint64(8)) | (mask_of(violated, address + np.uint64(HEADER * 8)) & ~before)
            note_broken(findings, control, fresh, witnesses, row, step)
        if good == 0:
            return step
        x = x + np.uint64(0x9E3779B97F4A7C15)
        z = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        chosen = np.int64((z ^ (z >> np.uint64(31))) % np.uint64(good))
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            if meta >> np.uint64(16) != np.uint64(0):
                continue
            if chosen == 0:
                fired[np.int64(meta & np.uint64(0xFFFF))] += 1
                control[EDGES] += 1
                target = source + np.uint64(words * 8)
                for word in range(words):
                    offset = np.uint64(word * 8)
                    store(target + offset, load(address + np.uint64(HEADER * 8) + offset))
                break
            chosen -= 1
    return np.int64(depth)
