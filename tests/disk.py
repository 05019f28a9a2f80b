"""Compare a search on disk with the one in memory."""

from __future__ import annotations

from typing import Any

from hotswap.checker import Result
from hotswap.checker.explore.result import Verdict


def findings(result: Result) -> dict[str, Any]:
    """Of each property, the verdict and how long the traces are, and where it breaks.

    Lassos are left out, of which the disk says nothing; and by which row a state is reached first is chance.
    """
    return {
        known.name: (
            known.verdict,
            sorted(("" if is_a_state(known) else found.id, found.trace.length) for found in known.findings),
        )
        for known in result.properties
        if known.verdict != "unknown"
    }


def is_a_state(known: Verdict) -> bool:
    """Whether a finding is a state, and not the row that breaks something."""
    return known.kind == "sometimes" or known.name == "no-deadlock"


def agree(memory: Result, disk: Result) -> None:
    """Compare all that two complete searches say."""
    assert disk.exhaustive and memory.exhaustive
    whole, found = findings(memory), findings(disk)
    unjudged = [known for known in disk.properties if known.name not in found]
    for known in unjudged:
        assert (known.name == "no-deadlock" or known.liveness) and "can be told only where" in known.reason
        del whole[known.name]
    names = {known.name for known in unjudged}
    assert found == whole
    assert (disk.states, disk.transitions, disk.depth) == (memory.states, memory.transitions, memory.depth)
    assert (disk.coverage, disk.pools) == (memory.coverage, memory.pools)
    assert disk.vacuity == tuple(part for part in memory.vacuity if part.where not in names)
