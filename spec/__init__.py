"""QEMU's chardev hotswap, written as explicit state machines.

Read `chardev`, `frontend` and `registry` for who points to whom, then `change`, which is the protocol, and
`properties`, which is what it promises. `profiles` and `defects` are versions of it; `system` puts it together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .system import CHARDEV, Setup

__all__ = ["CHARDEV", "Setup"]


def __getattr__(name: str) -> Any:
    """Import the chardev when it is asked for: other protocols use the language without it."""
    if name in __all__:
        from . import system

        return getattr(system, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
