"""Several threads that explore a wide level together.

They share the states and the table, whose entries are put there atomically, and take batches of the level's states one
after the other. Everybody comes back to Python now and then: only while nobody searches can memory grow. Which number a
state gets, and by which of the states before it it is remembered to be reached, depends on who was faster. How many
states and edges there are, what is found, and how long traces are, does not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from .engine import control as cells
from .engine import search as kernel
from .engine import table
from .searcher import Searcher
from .store import Store

WIDE = 1 << 16
"""How many states a level has to have for several threads to be worth it."""

SAME = (cells.DIRTY, cells.WITNESSES, cells.SEEN, cells.DIRECT, cells.LEVEL)
"""What all of them have to know when they begin."""


class Crew:
    """The threads of a search, and its leader, who explores narrow levels alone."""

    def __init__(self, leader: Searcher, threads: int) -> None:
        self.leader = leader
        self.members = [Searcher(leader.compiled, leader.store) for _ in range(threads)]

    def explore(self, grow: Callable[[int], None], between: Callable[[], None]) -> None:
        """Explore the leader's level. `grow` makes room for so many states; `between` is called while nobody searches.

        What was counted until then is the leader's, even if `grow` or `between` stop the search.
        """
        control = self.leader.control
        first, clean = int(control[cells.NEXT]), not control[cells.DIRTY]
        for member in self.members:
            member.control[list(SAME)] = control[list(SAME)]
            member.control[[cells.TAKEN, cells.UNTIL]] = 0
        busy = list(self.members)
        try:
            with ThreadPoolExecutor(len(self.members)) as pool:
                while busy:
                    grow(sum(member.room for member in self.members))
                    for member in busy:
                        member.control[cells.LIMIT] = self.store.limit - sum(
                            other.room for other in self.members if other is not member
                        )
                    reasons = list(pool.map(partial(Searcher.explore, leader=self.leader), busy))
                    busy = [member for member, reason in zip(busy, reasons, strict=True) if reason != cells.DONE]
                    between()
        finally:
            control[[cells.NEXT, cells.TAKEN, cells.UNTIL]] = control[cells.LEVEL]
            self._gather()
        if clean and control[cells.DIRTY]:
            self._judge(first, int(control[cells.LEVEL]))

    @property
    def store(self) -> Store:
        """What all of them share."""
        return self.leader.store

    def _gather(self) -> None:
        """Add what the members have counted and found to what the leader has; there is no state without a number."""
        leader, control = self.leader, self.leader.control
        for member in self.members:
            leader.fired += member.fired
            leader.cuts += member.cuts
            for count in (cells.EDGES, cells.PARTLY, cells.LEFT):
                control[count] += member.control[count]
                member.control[count] = 0
            control[cells.DIRTY] |= member.control[cells.DIRTY]
            control[cells.SEEN] |= member.control[cells.SEEN]
            member.fired[:], member.cuts[:] = 0, 0
        found = sorted(tuple(each) for member in self.members for each in member.found.tolist())
        known = {_key(*each) for each in leader.found.tolist()}
        for each in found:
            if _key(*each) not in known:
                known.add(_key(*each))
                leader.findings[control[cells.FINDINGS]] = each
                control[cells.FINDINGS] += 1
        spare = sorted((int(member.control[cells.SPARE]) - 1 for member in self.members), reverse=True)
        for number in spare:
            if number >= 0:
                self._give_up(number)
        for member in self.members:
            member.control[[cells.SPARE, cells.FINDINGS]] = 0

    def _give_up(self, number: int) -> None:
        """No state has this number: the last one gets it."""
        control, store = self.leader.control, self.store
        last = int(control[cells.STATES]) - 1
        if number != last:
            table.renumber(store.table, store.slots, store.base, store.beside, store.words, last, number)
        control[cells.STATES] = last

    def _judge(self, first: int, last: int) -> None:
        """Look once more at a level in which a property broke for the first time: nobody knew what others had seen."""
        leader = self.leader
        while first < last:
            first = kernel.judge(
                np.uint64(leader.compiled.code.successors),
                np.uint64(leader.compiled.code.violated),
                self.store.words,
                leader.control,
                self.store.base,
                leader.out,
                leader.findings,
                first,
                last,
            )
            if first < last:
                leader.widen(2 * int(leader.control[cells.RECORDS]))


def _key(kind: int, what: int, row: int, source: int) -> tuple[int, int, int]:
    """What a finding is the first of; see the kernels."""
    return kind, what, row if kind == cells.BROKEN else 0
