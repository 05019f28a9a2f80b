"""Which properties a process can have broken that has died, or that goes on."""

from __future__ import annotations

import re

FAILED = re.compile(r"[Aa]ssert|should not be reached|Unexpected error in|error_abort|null pointer")
"""What C's `assert`, GLib's, `error_abort` (util/error.c) and `hotswap serve` say before they abort."""

ASSERTION = "no-failed-assertion"
MEMORY = frozenset({"no-null-dereference", "no-use-after-free", "no-double-free", "no-illegal-transition"})
"""A processor notices some of these, the C library's checks of its heap and QOM's of its casts others."""

UNNOTICED = frozenset({"no-use-after-free", "no-double-free", "no-illegal-transition"})
"""What a process may do, and go on: memory that was freed often is as it was."""


def broken_by(how: str, said: str) -> frozenset[str]:
    """The properties that an end may break, by its signal and by what was said on standard error.

    What the spec asserts, QEMU may do without: it calls a hub's `chr_send_event`, which is a null pointer.
    """
    match how.partition(":")[0]:
        case "SIGABRT":
            return MEMORY | {ASSERTION} if FAILED.search(said) else MEMORY
        case "SIGSEGV" | "SIGBUS":
            return MEMORY | {ASSERTION, "no-runaway-callback"}
    return frozenset()
