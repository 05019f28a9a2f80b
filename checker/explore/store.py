"""The memory of a search: the states, their parents, and the hash table that finds them."""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, ClassVar
from weakref import WeakSet

import numpy as np

from .cells.table import ENTRIES, spare_bits
from .doubling import Crowded, Each, double
from .engine import direct, table
from .search import amount

LOAD = 7 / 8
"""How full the hash table gets before it doubles."""

LOADS = {4: 0.66, 5: 0.75, 6: 0.8}
"""How full one gets whose compact entries have so few bits to spare, so that none is ever too far from its line.

It would be if `2 ** spare - 1` lines in a row were full, for which there is a chance of less than 2^-32 a line.
"""

MOST_STATES = int(LOAD * (1 << 32))
"""A state's number is 32 bits of a table's entry."""

LEAST_BITS, MOST_BITS = 32, 63
"""How many bits a state has at least, for more of them to be mixed; and at most, for the table to keep it itself. With
the most, lines are never compact."""


class Stopped(Exception):
    """The search stops at a bound."""


class Region:
    """Memory that the system gives page by page as it is touched: reserved whole, so that it never has to move.

    A child of a fork has none of it. What it maps may be at the same addresses, so that there a region must never end.
    """

    mapped: ClassVar[WeakSet[mmap.mmap]] = WeakSet()
    inherited: ClassVar[list[mmap.mmap]] = []

    def __init__(self, size: int) -> None:
        size = max(size, mmap.PAGESIZE)
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0))
        self.mapped.add(self._map)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):
                self._map.madvise(mmap.MADV_HUGEPAGE)  # spares the processor a page walk a lookup
        if hasattr(mmap, "MADV_DONTFORK"):
            self._map.madvise(mmap.MADV_DONTFORK)  # or a child would have to be given as much

    def array(self, kind: type[np.unsignedinteger[Any]]) -> np.ndarray[Any, Any]:
        """The memory as an array; blank at first."""
        return np.frombuffer(self._map, kind)

    def give_back(self, first: int, last: int) -> None:
        """Give the system its pages back from one byte up to another, but for those of which that is only a part."""
        first, last = -(-first // mmap.PAGESIZE) * mmap.PAGESIZE, last // mmap.PAGESIZE * mmap.PAGESIZE
        if first < last and sys.platform == "linux":
            self._map.madvise(mmap.MADV_DONTNEED, first, last - first)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: Region.inherited.extend(Region.mapped))


class Store:
    """The states, their parents where these are kept, and the hash table that finds them."""

    def __init__(
        self,
        words: int,
        bits: int,
        max_bytes: int,
        *,
        parents: bool = True,
        compact: bool = True,
        forgets: bool = False,
    ) -> None:
        self.words, self.max_bytes = words, max_bytes
        self.forgotten = self.most = 0
        """The number before which no state is kept any more, and the most bytes that were ever in use."""
        self.forget_some: Callable[[], None] = lambda: None
        """What to do when memory is short."""
        self.bits = 0 if words > 1 or bits > MOST_BITS else max(LEAST_BITS, bits) if compact else MOST_BITS
        """How many bits a state has that the table keeps itself, 0 if it keeps numbers."""
        self.bytes = 0
        """What was asked for."""
        self.each = words * 8 + (4 if parents else 0)
        self.forgets = forgets and self.bits > 0 and sys.platform == "linux"
        """Whether it can do without states when memory is short: it needs them in its table, and a system that takes
        pages back at once."""
        self.room = min(max_bytes // (4 if self.forgets else self.each), MOST_STATES) if max_bytes else MOST_STATES
        self._reserve()
        self.filled = self.size = 0
        self.each_part: Each = map
        self.threads = 1
        """How the table grows, and with how many threads."""
        self._take_words(1 << 13)
        self.fill(0, 0)

    def _reserve(self) -> None:
        """Address space for as many states as the bound allows, or as many as the system has it for.

        What has to fit beside them is reserved too, and given back.
        """
        while True:
            sizes = (self.room * self.words * 8, self.room * 4, 8 << max(13, int(self.room / LOAD).bit_length()))
            try:
                states, parents, slots, _ = [Region(size) for size in (*sizes, self.room * 8)]
            except (OSError, ValueError, OverflowError):
                self.room = self.room * 3 // 4
                if self.room < 1 << 16:
                    raise MemoryError from None
            else:
                self._regions = (states, self.words * 8), (parents, 4)
                self._slots = slots
                self.states, self.parents = states.array(np.uint64), parents.array(np.uint32)
                self._table = slots.array(np.uint64)
                return

    @property
    def table(self) -> np.uint64:
        """The address of the hash table."""
        return np.uint64(self._table.ctypes.data)

    def charge(self, size: int) -> None:
        """Count an allocation before it is made; stop the search if it is too much."""
        if self.max_bytes and self.bytes + size > self.max_bytes:
            self.forget_some()
        if self.max_bytes and self.bytes + size > self.max_bytes:
            raise Stopped(amount(self.max_bytes))
        self.bytes += size

    def used(self, states: int) -> int:
        """What so many states take, with all else that was asked for: there may be room for more of them."""
        return max(self.most, self.bytes - max(0, self.filled - states) * self.each)

    def forget(self, before: int) -> None:
        """Keep none of the states before a number."""
        self.most = max(self.most, self.bytes)
        for region, each in self._regions:
            region.give_back(self.forgotten * each, before * each)
        self.bytes -= (before - self.forgotten) * self.each
        self.forgotten = before

    def clear(self) -> None:
        """Keep nothing any more."""
        for region, each in self._regions:
            region.give_back(0, self.room * each)
        self._slots.give_back(0, 8 * self.size)

    def _take_words(self, size: int) -> None:
        """Let the table have so many words."""
        self.charge((size - self.size) * 8)
        self.size = size

    def holds(self, size: int) -> int:
        """How many states a table of so many words holds before it doubles."""
        spare = spare_bits(self.bits, size.bit_length() - ENTRIES.bit_length())
        return int(size * (2 if spare else 1) * LOADS.get(spare, LOAD))

    def fill(self, states: int, records: int) -> None:
        """Make room for a sixteenth more states than there are, but for a batch of `records` at least.

        Where there is plenty, it is room for many more: threads that search have to meet whenever it is to be made.
        """
        least = states + max(1 << 14, records)
        if least > self.room:
            raise Stopped(f"{amount(self.used(states))}, which hold {self.room:,} states")
        wanted = states + max(1 << 14, states >> 4, records, self._left // 64 if self.max_bytes else states)
        wanted = max(self.filled, min(wanted, self.room))
        if wanted - self.filled > self._left:
            self.forget_some()
            wanted = max(least, self.filled, min(wanted, self.filled + self._left))
        self.charge((wanted - self.filled) * self.each)
        self.filled = wanted

    @property
    def _left(self) -> int:
        """How many states there is memory for."""
        return (self.max_bytes - self.bytes) // self.each if self.max_bytes else MOST_STATES

    def make_room(self, states: int, more: int) -> None:
        """Make room for so many states more than there are."""
        while states + more > self.limit:
            if self.filled <= self.holds(self.size):
                self.fill(states, more)
            else:
                self.grow_table()

    def grow_table(self) -> None:
        """Double the hash table, where it is. Ctrl-C is heard when it is whole again."""
        before = self.size
        self._take_words(2 * before)
        interrupted: BaseException | None = None
        with ThreadPoolExecutor(1) as another:
            doubling = another.submit(double, self.table, before, self.bits, self.each_part, self.threads)
            while not doubling.done():
                try:
                    wait([doubling])
                except (KeyboardInterrupt, SystemExit) as heard:
                    interrupted = heard
        doubling.result()
        if interrupted is not None:
            raise interrupted

    def refill(self, states: int) -> None:
        """Make the table of so many states, which are there already."""
        size = self.size
        while states > self.holds(size):
            size *= 2
        self._take_words(size)
        self._table[: self.size] = 0
        if not self.bits:
            table.number(self.table, self.size, self.base, self.words, states)
        elif not direct.keep_all(self.table, self.size, self.base, states, self.bits):
            raise Crowded

    def number(self, states: int) -> None:
        """From here on the table knows the states' numbers."""
        if self.bits:
            self._table[: self.size] = 0
            self.bits = 0
            self.refill(states)

    @property
    def base(self) -> np.uint64:
        """The address of the first state."""
        return np.uint64(self.states.ctypes.data)

    @property
    def beside(self) -> np.uint64:
        """The address of the first state's parent."""
        return np.uint64(self.parents.ctypes.data)

    @property
    def limit(self) -> int:
        """How many states fit before something has to grow."""
        return min(self.filled, self.holds(self.size))

    def state(self, index: int) -> list[int]:
        """The words of one state."""
        return [int(word) for word in self.states[index * self.words : (index + 1) * self.words]]

    def parent(self, index: int) -> int:
        """The state from which a state was first reached; -1 for an initial one."""
        return int(self.parents[index]) - 1
