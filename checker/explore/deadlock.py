"""Deadlocks of a finished search: who waits and can never go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...spec.language.errors import SpecError
from ...spec.language.system import begins
from .cells import control as cells
from .cells.deadlock import KEPT, LOOKED, MORE_KEPT, POSITION, TARGETS
from .engine import deadlock as kernel
from .search import Cause

if TYPE_CHECKING:
    from ..compile.native import Compiled
    from .native import Exploration

RANGE = 1 << 18
"""How many states a kernel looks at before it comes back."""


def find(exploration: Exploration) -> Iterator[Cause]:
    """The first state in which an instance of each machine is stuck.

    In a spec where nothing ever waits, the first state that has no step at all.
    """
    if exploration.world.can_wait:
        yield from _stuck(exploration)
        return
    found = exploration.findings[: int(exploration.control[cells.FINDINGS])]
    for *_, source in found[found[:, 0] == cells.CHILDLESS]:
        yield Cause("no-deadlock", exploration.path(int(source)))


def _stuck(exploration: Exploration) -> Iterator[Cause]:
    stuck = _Settling(exploration).run()
    masks: dict[str, int] = {}
    for bit, (machine, _) in enumerate(exploration.compiled.waiters):
        masks[machine.__name__] = masks.get(machine.__name__, 0) | 1 << bit
    firsts = [(index, name) for name, mask in masks.items() if (index := _first(stuck, mask)) >= 0]
    for index, name in sorted(firsts, key=lambda first: first[0]):
        yield Cause("no-deadlock", exploration.path(index), stuck=name)


def _first(stuck: np.ndarray[Any, Any], mask: int) -> int:
    """The first state in which a slot of the mask is stuck; -1 if there is none."""
    for start in range(0, len(stuck), RANGE):
        found = np.flatnonzero(stuck[start : start + RANGE] & stuck.dtype.type(mask))
        if len(found):
            return start + int(found[0])
    return -1


def check_waiters(compiled: Compiled) -> None:
    """Refuse what the masks have no bits for."""
    if len(compiled.waiters) > 64:
        raise SpecError(f"{len(compiled.waiters)} slots can wait, which is more than 64", instead="use a smaller scope")


class _Settling:
    """Masks of the stuck slots of every state, shrunk until nothing changes. See the kernels."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self.states = int(exploration.control[cells.STATES])
        exploration.store.number(self.states)
        kind: type[np.unsignedinteger[Any]] = np.uint8 if len(exploration.compiled.waiters) <= 8 else np.uint64
        exploration.store.charge(self.states * np.dtype(kind).itemsize)
        self.stuck = np.zeros(self.states, kind)
        self.progress = np.zeros(3, np.int64)
        self.kept, self.starts, self.targets = np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.uint32)
        self._grow(1 << 12)

    def run(self) -> np.ndarray[Any, Any]:
        """The masks, settled."""
        self.progress[POSITION] = self.states
        for first in range((self.states - 1) // RANGE * RANGE, -1, -RANGE):
            self._look(first)
            self.exploration.watch(self.exploration.progress())
        changed = True
        while changed:
            changed = False
            for first in range(0, int(self.progress[KEPT]), RANGE):
                last = min(first + RANGE, int(self.progress[KEPT]))
                changed |= kernel.settle(self.stuck, self.kept, self.starts, self.targets, first, last) > 0
                self.exploration.watch(self.exploration.progress())
        return self.stuck

    def _look(self, first: int) -> None:
        begun = np.array([begins(row) for row in self.exploration.compiled.rows] or [False], np.bool_)
        while True:
            reason = kernel.look(
                np.uint64(self.exploration.compiled.code.successors),
                np.uint64(self.exploration.compiled.code.busy),
                np.uint64(self.exploration.compiled.code.violated),
                self.exploration.words,
                self.exploration.control,
                self.exploration.store.table,
                self.exploration.store.size,
                self.exploration.store.base,
                self.exploration.out,
                begun,
                self.stuck,
                self.kept,
                self.starts,
                self.targets,
                self.progress,
                first,
            )
            needed = int(self.exploration.control[cells.RECORDS])
            if reason == LOOKED:
                return
            if reason == MORE_KEPT:
                self._grow(needed)
            else:
                self.exploration.widen(2 * needed)

    def _grow(self, needed: int) -> None:
        """Room for twice as many kept states and steps."""
        kept, targets = len(self.kept), len(self.targets)
        more_kept = kept if self.progress[KEPT] + 2 >= kept else 0
        more_targets = targets + needed if self.progress[TARGETS] + needed >= targets else 0
        if not kept:
            more_kept = needed
        self.exploration.store.charge(12 * more_kept + 4 * more_targets)
        for array, more in ((self.kept, more_kept), (self.starts, more_kept), (self.targets, more_targets)):
            array.resize(len(array) + more, refcheck=False)  # where it is, or the old one would stand beside the new
