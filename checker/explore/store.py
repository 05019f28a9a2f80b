"""The memory of a search: the states, their parents, and the hash table that finds them."""

from __future__ import annotations

import mmap
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import numpy as np

from .doubling import Each, double
from .engine import table
from .search import amount

LOAD = 7 / 8
"""How full the hash table gets before it doubles."""

MOST_STATES = int(LOAD * (1 << 32))
"""A state's number, and its slot, are 32 bits of a table's entry."""


class Stopped(Exception):
    """The search stops at a bound."""


class Region:
    """Memory that the system gives page by page as it is touched: reserved whole, so that it never has to move."""

    def __init__(self, size: int) -> None:
        size = max(size, mmap.PAGESIZE)
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0))
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):
                self._map.madvise(mmap.MADV_HUGEPAGE)  # spares the processor a page walk a lookup
        if hasattr(mmap, "MADV_DONTFORK"):
            self._map.madvise(mmap.MADV_DONTFORK)  # or a child would have to be given as much

    def array(self, kind: type[np.unsignedinteger[Any]]) -> np.ndarray[Any, Any]:
        """The memory as an array; blank at first."""
        return np.frombuffer(self._map, kind)


class Store:
    """The states, their parents where these are kept, and the hash table that finds them."""

    def __init__(self, words: int, bits: int, max_bytes: int, parents: bool = True) -> None:
        self.words, self.max_bytes = words, max_bytes
        self.direct = words == 1 and bits < 64
        self.bytes = 0
        """What was asked for."""
        self.each = words * 8 + (4 if parents else 0)
        self.room = min(max_bytes // self.each, MOST_STATES) if max_bytes else MOST_STATES
        self._reserve()
        self.filled = self.slots = 0
        self.each_part: Each = map
        self.threads = 1
        """How the table grows, and with how many threads."""
        self._take_slots(1 << 13)
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
                self.states, self.parents = states.array(np.uint64), parents.array(np.uint32)
                self._slots = slots.array(np.uint64)
                return

    @property
    def table(self) -> np.uint64:
        """The address of the hash table."""
        return np.uint64(self._slots.ctypes.data)

    def charge(self, size: int) -> None:
        """Count an allocation before it is made; stop the search if it is too much."""
        if self.max_bytes and self.bytes + size > self.max_bytes:
            raise Stopped(amount(self.max_bytes))
        self.bytes += size

    def used(self, states: int) -> int:
        """What so many states take, with all else that was asked for: there may be room for more of them."""
        return self.bytes - max(0, self.filled - states) * self.each

    def _take_slots(self, slots: int) -> None:
        self.charge((slots - self.slots) * 8)
        self.slots = slots

    def fill(self, states: int, records: int) -> None:
        """Make room for a sixteenth more states than there are, and for a batch of `records` at least.

        Where there is plenty, it is room for many more: threads that search have to meet whenever it is to be made.
        """
        wanted = states + max(1 << 14, states >> 4, records)
        if wanted > self.room:
            raise Stopped(f"{amount(self.used(states))}, which hold {self.room:,} states")
        plenty = (self.max_bytes - self.bytes) // self.each // 64 if self.max_bytes else states
        wanted = max(self.filled, min(max(wanted, states + plenty), self.room))
        self.charge((wanted - self.filled) * self.each)
        self.filled = wanted

    def make_room(self, states: int, more: int) -> None:
        """Make room for so many states more than there are."""
        while states + more > self.limit:
            if self.filled <= int(self.slots * LOAD):
                self.fill(states, more)
            else:
                self.grow_table()

    def grow_table(self) -> None:
        """Double the hash table, where it is. Ctrl-C is heard when it is whole again."""
        before = self.slots
        self._take_slots(2 * before)
        interrupted: BaseException | None = None
        with ThreadPoolExecutor(1) as another:
            doubling = another.submit(double, self.table, before, self.direct, self.each_part, self.threads)
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
        slots = self.slots
        while states > int(slots * LOAD):
            slots *= 2
        self._take_slots(slots)
        self._slots[: self.slots] = 0
        if self.direct:
            table.keep_all(self.table, self.slots, self.base, states)
        else:
            table.number(self.table, self.slots, self.base, self.words, states)

    def number(self, states: int) -> None:
        """From here on the table knows the states' numbers."""
        if self.direct:
            self._slots[: self.slots] = 0
            table.number(self.table, self.slots, self.base, self.words, states)
            self.direct = False

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
        return min(self.filled, int(self.slots * LOAD))

    def state(self, index: int) -> list[int]:
        """The words of one state."""
        return [int(word) for word in self.states[index * self.words : (index + 1) * self.words]]

    def parent(self, index: int) -> int:
        """The state from which a state was first reached; -1 for an initial one."""
        return int(self.parents[index]) - 1
