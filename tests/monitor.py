"""`docs/monitor.md`: why monitor hotswap was not merged, and what would do. Compared by tests, written as a script."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from findings import steps_of
from hotswap.checker import Result, check
from hotswap.checker.explore.result import Finding
from hotswap.spec.language import Profile, Switch
from hotswap.spec.monitor import MONITOR_HOTSWAP, REPAIRED

PAGE = Path(__file__).resolve().parent.parent / "docs" / "monitor.md"

HEAD = """\
# The monitor hotswap that QEMU never merged

Written by `python tests/monitor.py`; tests hold it to the spec. Patches of 2021 (Message-Id
20210413213459.629963-1, and the versions 2 and 3 after it) gave the monitor a change handler, so that a QMP monitor
could be moved from null to a socket. Reviewers named faults; it was not merged, and monitors still have no handler.

A monitor on a socket lives in an I/O thread, which never takes the big lock, and any thread may write an event to it,
under a lock of its own. So the lock that holds the whole of a swap together in [repaired.md](repaired.md) does not
reach here. [monitor.py](../spec/monitor.py) is a small spec of just that, in which every access to what the threads
share is a step of its own. `hotswap check hotswap.spec.monitor --profile patches-2021` shows all that follows.

## What goes wrong

The patches themselves are known here by what was said of them; the order of their handler's steps is our reading.
"""
REPAIRS = """
## What would make it hold

With all of these together every property holds. Without any one of them, and with all others, a property breaks.
The last is the one that nobody asked for: whatever the handler does, it is called when the frontend is on the new
chardev already, while the I/O thread may have come to the old one's source. So the monitor has to be asked to
leave before anything changes, as `ask-first` of `repaired` asks whether it agrees. A monitor that leaves its chardev
and enters another is next to a monitor that is removed and a new one that is added, which is what reviewers proposed.

| | | source | without it | steps |
|---|---|---|---|---|
"""
WITHOUT = """
### Without `leave-first`

"""

NAMED = {
    "Monitor.opened": (
        "The handlers are set from the wrong thread",
        "The main loop sets them, and the I/O thread reads the new chardev at once, while the main loop still begins "
        "the session: two threads are in one parser, which has no lock.",
    ),
    "Monitor.remove_watch": (
        "The watch is touched without its lock",
        "The handler looks whether there is a watch, and takes it away after it has gone.",
    ),
    "Change.move_watch": (
        "The watch is removed from the wrong context",
        "`g_source_remove` knows the default context only. The watch on the old chardev stays, and nobody knows of it.",
    ),
    "Monitor.initialise": (
        "The monitor is initialised again",
        "Its mutex is made new while another thread holds it. (The place in the list of monitors was looked after.)",
    ),
    "Io.read": (
        "The old chardev is dropped while the I/O thread reads from it",
        "This one no reviewer named, as far as we know: the command relies on the big lock, which that "
        "thread never takes.",
    ),
}
"""What is wrong, by the row in which it shows, and what the trace is about."""


@functools.cache
def patches() -> Result:
    """What holds of the patches."""
    return check(MONITOR_HOTSWAP, profile="patches-2021")


@functools.cache
def without(switch: Switch) -> Result:
    """What holds without one of the repairs."""
    others = tuple(other for other in REPAIRED.switches if other is not switch)
    return check(MONITOR_HOTSWAP, profile=Profile(f"without-{switch.name}", "", others))


def findings(result: Result) -> list[Finding]:
    """All that breaks, the shortest trace first."""
    broken = [found for known in result.properties if known.verdict == "violated" for found in known.findings]
    return sorted(broken, key=lambda found: found.trace.length)


def row(found: Finding) -> str:
    """The row in which it shows, without a line."""
    return found.id.partition("@")[2].partition(":")[0]


def page() -> str:
    """The whole page."""
    return "".join(_page())


def _page() -> Iterator[str]:
    yield HEAD
    by_row = {row(found): found for found in findings(patches())}
    for name, (title, text) in NAMED.items():
        found = by_row[name]
        yield f"\n### {title}\n\n{fill(text, 120)}\n\n`{found.property}`, in {found.trace.length} steps:\n\n"
        yield steps_of(found.trace, MONITOR_HOTSWAP)
    yield REPAIRS
    for switch in REPAIRED.switches:
        found = findings(without(switch))[0]
        yield (
            f"| `{switch.name}` | {switch.documentation} | {switch.source} | `{found.property}`"
            f" | {found.trace.length} |\n"
        )
    yield WITHOUT
    yield steps_of(findings(without(REPAIRED.switches[-1]))[0].trace, MONITOR_HOTSWAP)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
