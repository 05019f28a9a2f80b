"""The model checker: `check(system)` explores every interleaving and judges the properties."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .explore.check import check, simulate
    from .explore.result import Result

__all__ = ["Result", "check", "simulate"]

_HOMES = {"check": ".explore.check", "simulate": ".explore.check", "Result": ".explore.result"}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: `hotswap --help` needs none of it."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
