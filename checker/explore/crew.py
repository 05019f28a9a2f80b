"""Several threads that explore wide levels together.

They share the states and the table, whose entries are put there atomically, and take batches of the level's states one
after the other. The last to be done with a level begins the next (see `kernels/crew.py`). Everybody comes back to
Python now and then: only while nobody searches can memory grow. Which number a state gets, and by which of the states
before it it is remembered to be reached, depends on who was faster. How many states and edges there are, what is found,
and how long traces are, does not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from .cells import control as cells
from .engine import crew as together
from .engine import search as kernel
from .searcher import Searcher
from .store import Store

WIDE = 1 << 12
"""How many states a level has to have for several threads to be worth it."""

SAME = (cells.DEPTH, cells.DIRTY, cells.WITNESSES, cells.SEEN, cells.BITS, cells.LEVEL)
"""What all of them have to know when they begin."""


class Crew:
    """The threads of a search, and its leader, who explores narrow levels alone."""

    def __init__(self, leader: Searcher, threads: int) -> None:
        self.leader = leader
        self.members = [Searcher(leader.compiled, leader.store) for _ in range(threads)]
        self.addresses = np.array([member.control.ctypes.data for member in self.members], np.uint64)
        self.pool = ThreadPoolExecutor(threads)
        self.store.each_part, self.store.threads = self.pool.map, threads

    def explore(self, grow: Callable[[int], None], between: Callable[[], None]) -> None:
        """Explore the leader's level, and those behind it that are as wide, up to the end of one of them.

        `grow` makes room for so many states; `between` is called while nobody searches. What was counted until then is
        the leader's, even if `grow` or `between` stop the search.
        """
        control, store = self.leader.control, self.store
        clean = not control[cells.DIRTY]
        control[cells.WAITING] = 0
        for member in self.members:
            member.control[list(SAME)] = control[list(SAME)]
            member.control[[cells.TAKEN, cells.UNTIL, cells.WAITS]] = 0
        reasons: list[int] = []
        try:
            while cells.MET not in reasons:
                grow(sum(member.room for member in self.members))
                for member in self.members:
                    others = sum(other.room for other in self.members if other is not member)
                    member.control[cells.LIMIT] = store.limit - others
                reasons = self._together()
                between()
        finally:
            self._gather()
        if clean and control[cells.DIRTY]:
            self._judge(int(control[cells.BEGAN]), int(control[cells.LEVEL]))

    def close(self) -> None:
        """End the threads."""
        self.store.each_part, self.store.threads = map, 1
        self.pool.shutdown()

    @property
    def store(self) -> Store:
        """What all of them share."""
        return self.leader.store

    def _together(self) -> list[int]:
        """Have everybody explore until somebody has to come back; why each did."""
        control = self.leader.control
        control[cells.CALLED] = 0
        running = [self.pool.submit(each.explore, self.leader, self.addresses) for each in self.members]
        try:
            return [each.result() for each in running]
        finally:
            control[cells.CALLED] = 1  # after Ctrl-C
            wait(running)
            for member in self.members:
                self._count(member)

    def _count(self, member: Searcher) -> None:
        """Add what a member has counted to what the leader has."""
        self.leader.fired += member.fired
        self.leader.cuts += member.cuts
        for count in (cells.EDGES, cells.PARTLY, cells.LEFT):
            self.leader.control[count] += member.control[count]
            member.control[count] = 0
        member.fired[:], member.cuts[:] = 0, 0

    def _gather(self) -> None:
        """Bring what the members have found to the leader, whose level is at its end."""
        leader, control, store = self.leader, self.leader.control, self.store
        together.close_gaps(control, self.addresses, store.table, store.size, store.base, store.beside, store.words)
        control[[cells.NEXT, cells.TAKEN, cells.UNTIL]] = control[cells.LEVEL]
        for member in self.members:
            control[cells.DIRTY] |= member.control[cells.DIRTY]
            control[cells.SEEN] |= member.control[cells.SEEN]
        known = {_key(*each) for each in leader.found.tolist()}
        for each in sorted((each for member in self.members for each in member.found.tolist()), key=_by_state):
            if _key(*each) not in known:
                known.add(_key(*each))
                leader.findings[control[cells.FINDINGS]] = each
                control[cells.FINDINGS] += 1
        for member in self.members:
            member.control[cells.FINDINGS] = 0

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


def _by_state(finding: list[int]) -> Any:
    """The states of one level come before those of the next."""
    kind, what, row, source = finding
    return source, kind, what, row


def _key(kind: int, what: int, row: int, source: int) -> tuple[int, int, int]:
    """What a finding is the first of; see the kernels."""
    return kind, what, row if kind == cells.BROKEN else 0
