"""Which model a page is about: what was asked for on the command line, and what that stands for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...spec.language.plain import PlainWorld
from ...spec.language.system import Scope, System
from ...spec.language.variants import Defect, Profile, variant
from ..explore.check import one_at_a_time
from ..explore.locking import held_states
from ..load import load
from ..scopes import read_scope


@dataclass(frozen=True)
class Asked:
    """The words of the command line: with them, another process has the same model."""

    spec: str
    profile: str | None = None
    defect: str | None = None
    scope: str | None = None
    lock: str = "bql"

    def model(self) -> Model:
        """What they stand for. Raises `SpecError`."""
        system = load(self.spec)
        defect = system.defect(self.defect) if self.defect else None
        profile = system.profile(self.profile or (defect.profile if defect else None))
        scope = read_scope(system, self.scope)
        with one_at_a_time, variant(profile, defect):
            world = PlainWorld(system, system.pools(scope), held=held_states(system, self.lock))
        return Model(system, profile, defect, self.scope or next(iter(system.scopes)), scope, self.lock, world)


@dataclass(frozen=True)
class Model:
    """One version of a system, in a scope."""

    system: System
    profile: Profile
    defect: Defect | None
    scope_name: str
    scope: Scope
    lock: str
    world: PlainWorld

    @contextmanager
    def in_use(self) -> Iterator[PlainWorld]:
        """Have the spec's classes be this version while they are looked at."""
        with one_at_a_time, variant(self.profile, self.defect):
            yield self.world

    @property
    def title(self) -> str:
        """What it is, in one line."""
        defect = f" with the defect {self.defect.name}" if self.defect else ""
        return f"{self.system.name}, profile {self.profile.name}{defect}, scope {self.scope_name}, lock {self.lock}"
