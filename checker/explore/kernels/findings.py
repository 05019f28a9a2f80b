"""Findings, each once: the first of its key is the shortest, since the search is breadth first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells.control import BROKEN, FINDINGS
from .lowering import kernel


@kernel
def note(findings: Any, control: Any, kind: Any, what: Any, row: Any, source: Any) -> None:
    """Note the first finding under its key; there is room for one under every key."""
    count = control[FINDINGS]
    for position in range(count):
        same = findings[position, 0] == kind and findings[position, 1] == what
        if same and (kind != BROKEN or findings[position, 2] == row):
            return
    findings[count, 0] = kind
    findings[count, 1] = what
    findings[count, 2] = row
    findings[count, 3] = source
    control[FINDINGS] = count + 1


@kernel
def note_broken(findings: Any, control: Any, fresh: Any, witnesses: Any, row: Any, source: Any) -> None:
    """Note each property of a mask."""
    for bit in range(64):
        if fresh >> np.uint64(bit) & np.uint64(1):
            kind = BROKEN + np.int64(witnesses >> np.uint64(bit) & np.uint64(1))
            note(findings, control, kind, bit, row, source)
