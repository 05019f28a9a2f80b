"""Partitions that are no processes: the slow, obvious way to search with several, and to lose some."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from hotswap.checker.compile.native import compile_world
from hotswap.checker.compile.sent import Sent, sent
from hotswap.checker.explore.check import judged, name_of_scope
from hotswap.checker.explore.distributed import Distributed
from hotswap.checker.explore.levels import Kept, Words
from hotswap.checker.explore.locking import held_states
from hotswap.checker.explore.partition import Array, Pace, Partition, Report, Task
from hotswap.checker.explore.result import Result
from hotswap.checker.explore.search import NO_BOUNDS, Bounds, Watch, silent
from hotswap.checker.explore.team import Lost
from hotswap.checker.explore.warming import ON_DISK, warming_up
from hotswap.spec.language import System
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.system import Scope
from hotswap.spec.language.variants import variant

Fate = Callable[[str, int], bool]
"""Whether the partition of a number is lost at its next call of this name."""


def spared(what: str, number: int) -> bool:
    """The fate of partitions that are not lost."""
    return False


class Together:
    """Partitions in one process."""

    def __init__(self, code: Sent, size: int, folder: Path, bounds: Bounds, fate: Fate) -> None:
        self.code, self.size, self.folder, self.bounds, self.fate = code, size, folder, bounds, fate
        self.partitions: dict[int, Partition] = {}
        self.revived = 0

    def open(self, levels: Sequence[Sequence[Kept]]) -> None:
        for number in range(self.size):
            self._make(number, levels[number])

    def revive(self, levels: Sequence[Sequence[Kept]]) -> int:
        lost = [number for number in range(self.size) if number not in self.partitions]
        for number in lost:
            self._make(number, levels[number])
        self.revived += len(lost)
        return len(lost)

    def begin(self, tasks: Sequence[Task]) -> None:
        for number, task in enumerate(tasks):
            self._at(number, "begin").begin(task)

    def give(self, batches: Sequence[Array]) -> None:
        for number, batch in enumerate(batches):
            self._at(number, "take").take(batch)

    def round(self) -> list[Pace]:
        rounds = [self._at(number, "expand").expand() for number in range(self.size)]
        for number in range(self.size):
            batches = [each[1 + number] for each in rounds]
            self._at(number, "take").take(*(batch for batch in batches if isinstance(batch, np.ndarray)))
        return [each[0] for each in rounds if isinstance(each[0], Pace)]

    def settle(self) -> list[Report]:
        return [self._at(number, "settle", behind=True).settle() for number in range(self.size)]

    def predecessors(self, parts: Sequence[tuple[int, int]], wanted: Sequence[Words]) -> list[list[Words | None]]:
        return [self._at(number, "predecessors").predecessors(*part, wanted) for number, part in enumerate(parts)]

    def _make(self, number: int, levels: Sequence[Kept]) -> None:
        self.partitions[number] = Partition(self.code, number, self.size, self.folder)
        self.partitions[number].open(levels, self.bounds, self.size)

    def _at(self, number: int, what: str, behind: bool = False) -> Partition:
        """The partition of a number, unless it is its fate to be lost before it does this, or right behind it."""
        if number not in self.partitions:
            raise Lost
        if self.fate(what, number):
            lost = self.partitions.pop(number)
            if behind:
                lost.settle()
            lost.close(remove=False)
            raise Lost
        return self.partitions[number]


def check_together(
    system: System,
    size: int,
    *,
    profile: str = "",
    defect: str = "",
    scope: str | Scope | None = None,
    bounds: Bounds = NO_BOUNDS,
    fate: Fate = spared,
    watch: Watch = silent,
) -> Result:
    """What `check` says, of a search in so many partitions of this process."""
    edit = system.defect(defect) if defect else None
    version = system.profile(profile or (edit.profile if edit else None))
    where, configurations = name_of_scope(system, scope)
    with warming_up(ON_DISK):
        pass
    with variant(version, edit), tempfile.TemporaryDirectory() as folder:
        world = PlainWorld(system, system.pools(configurations), held=held_states(system, "bql"))
        compiled = compile_world(world)
        team = Together(sent(compiled), size, Path(folder), bounds, fate)
        search = Distributed(world, compiled, team, bounds, watch).run(world.initial(configurations))
        for partition in team.partitions.values():
            partition.close(remove=True)
        return judged(world, search, version, defect=edit, scope=where, lock="bql")
