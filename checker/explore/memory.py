"""What a process takes of the machine's memory, and what is left of a limit for a search."""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from pathlib import Path

from .search import Bounds, amount

SPARE = 8_000_000
"""What a search may take beside what it counts: pages that are filled in part, and Python's own objects, in bytes."""


class MemoryLimitError(Exception):
    """A limit that the process exceeds before it has visited a state."""


def most_resident() -> int:
    """The most that this process has had in memory, in bytes."""
    found = _status("VmHWM")
    if found:
        return found
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident() -> int:
    """What this process has in memory now, in bytes; where the system doesn't say, the most that it has had."""
    return _status("VmRSS") or most_resident()


def free_bytes() -> int:
    """What the machine, or the process's control group, has free."""
    free = 1 << 62
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    free = int(line.split()[1]) * 1024
    except OSError:
        return free
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            with open(limit) as a, open(used) as b:
                free = min(free, int(a.read()) - int(b.read()))
        except (OSError, ValueError):
            continue
    return max(free, 0)


def within(bounds: Bounds) -> Bounds:
    """The bounds of a search, with what a limit of the whole process leaves for it.

    Raises `MemoryLimitError` if that is nothing.
    """
    if not bounds.memory:
        return bounds
    left = bounds.memory - resident() - SPARE
    if left < SPARE or most_resident() > bounds.memory:
        taken = max(most_resident(), resident() + 2 * SPARE)
        raise MemoryLimitError(
            f"{amount(bounds.memory)} is too little: Python and the compiled spec take {amount(taken)} before a state "
            "is visited"
        )
    return replace(bounds, max_bytes=min(left, bounds.max_bytes or left))


def _status(key: str) -> int:
    """A line of what Linux says of this process; 0 elsewhere. (A child's `ru_maxrss` begins with its parent's.)"""
    try:
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)
