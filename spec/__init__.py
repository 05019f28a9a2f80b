"""QEMU's chardev hotswap, written as explicit state machines.

Read `chardev`, `frontend` and `registry` for who points to whom, then `change`, which is the protocol, and
`properties`, which is what it promises. `profiles` and `defects` are versions of it; `system` puts it together.
"""

from .system import CHARDEV, Setup

__all__ = ["CHARDEV", "Setup"]
