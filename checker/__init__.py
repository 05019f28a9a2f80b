"""The model checker: `check(system)` explores every interleaving and judges the properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .explore.check import check
    from .explore.result import Result

__all__ = ["Result", "check"]


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: `hotswap --help` needs none of it."""
    if name == "check":
        from .explore.check import check

        return check
    if name == "Result":
        from .explore.result import Result

        return Result
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
