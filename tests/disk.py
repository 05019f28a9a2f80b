"""Compare a search on disk with the one in memory."""

from __future__ import annotations

from typing import Any

from hotswap.checker import Result


def findings(result: Result) -> dict[str, Any]:
    """Of each property, the verdict and how long the traces are, and where it breaks.

    Deadlocks are left out, of which the disk says little, and which of several rows is the first to reach something.
    """
    return {
        known.name: (
            known.verdict,
            sorted(("" if known.kind == "sometimes" else found.id, found.trace.length) for found in known.findings),
        )
        for known in result.properties
        if known.verdict != "unknown"
    }


def agree(memory: Result, disk: Result) -> None:
    """Compare all that two complete searches say."""
    assert disk.exhaustive and memory.exhaustive
    whole, found = findings(memory), findings(disk)
    if "no-deadlock" not in found:
        assert "can be told only where" in disk.verdict("no-deadlock").reason
        del whole["no-deadlock"]
    assert found == whole
    assert (disk.states, disk.transitions, disk.depth) == (memory.states, memory.transitions, memory.depth)
    assert (disk.coverage, disk.pools, disk.vacuity) == (memory.coverage, memory.pools, memory.vacuity)
