"""Tests from a spec: stateful Hypothesis machines, replayed conversations, and how much of the spec they have seen.

An implementation is anybody's; its tests need an `Adapter` of it. `plugin` is what pytest loads.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapter import Adapter, AdapterError
    from .agreement import Disagreement, follow, replay
    from .machine import state_machine

__all__ = ["Adapter", "AdapterError", "Disagreement", "follow", "replay", "state_machine"]

_HOMES = {
    "Adapter": ".adapter",
    "AdapterError": ".adapter",
    "Disagreement": ".agreement",
    "follow": ".agreement",
    "replay": ".agreement",
    "state_machine": ".machine",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: pytest loads the plugin in every run."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
