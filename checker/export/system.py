"""A whole system as text for another model checker."""

from __future__ import annotations

from collections.abc import Callable

from ...spec.language.plain import PlainWorld
from ...spec.language.system import Scope, System
from ...spec.language.variants import variant
from ..explore.check import name_of_scope
from ..explore.locking import held_states
from .murphi import file as murphi
from .promela import file as promela
from .tla import file as tla

LANGUAGES: dict[str, Callable[[PlainWorld, Scope, str], str]] = {
    "murphi": murphi.text,
    "promela": promela.text,
    "tla": tla.text,
}
"""What writes the text of a world whose states begin at a scope's, under a title."""


def export(
    system: System,
    to: str = "murphi",
    *,
    profile: str | None = None,
    scope: str | Scope | None = None,
    lock: str = "bql",
    defect: str | None = None,
) -> str:
    """A system as a text that has as many reachable states as `check` finds for the same arguments.

    Raises `SpecError` for a spec that is not in the language, or a name that it does not have.
    """
    edit = system.defect(defect) if defect else None
    version = system.profile(profile or (edit.profile if edit else None))
    where, configurations = name_of_scope(system, scope)
    title = f"{system.name}, profile {version.name}, scope {where}, lock {lock}"
    with variant(version, edit):
        world = PlainWorld(system, system.pools(configurations), held=held_states(system, lock))
        return LANGUAGES[to](world, configurations, title + (f", with the defect {edit.name}" if edit else ""))
