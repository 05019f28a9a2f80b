"""The doubling of a hash table, in place.

Line `n` of a table becomes the lines `2 * n` and `2 * n + 1` of one that is twice as large. So the upper half of the
lines goes to where nothing is yet, and then the upper half of what is left goes to where that was: any part of a half
goes by itself, and several threads can each take one. What finds no room in its part, because it ran over the end of a
line into another part, waits until all are done; so does the small rest at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np

from .cells.table import ENTRIES
from .engine import doubling as kernel

HEAD = 1 << 12
"""How many words at the start wait."""

WORTH = 1 << 16
"""For how many words a thread is worth it."""

Part = tuple[int, int]
"""The words from one up to another."""

Entries = np.ndarray[tuple[int], np.dtype[np.uint64]]

Each = Callable[[Callable[[Part], Entries], Iterable[Part]], Iterable[Entries]]
"""Calls a function with each of several parts, at the same time if it can: `map`, or that of a pool of threads."""


class Crowded(Exception):
    """A table has no room for a state near where it belongs."""


def double(table: np.uint64, size: int, bits: int, each: Each = map, threads: int = 1) -> None:
    """Make the `2 * size` words at `table` the table that the first `size` were; both are powers of 2.

    `bits` is how many the states have that it keeps itself, 0 if it keeps numbers. Raises `Crowded`.
    """

    def spread(part: Part) -> Entries:
        aside = np.empty(4 * HEAD, np.uint64)
        count = kernel.spread(table, size, *part, bits, aside)
        if count < 0:
            raise RuntimeError("a hash table is full where it is not: its hashes are no hashes")
        return aside[:count]

    waiting = [aside for half in _halves(size) for aside in each(spread, _parts(*half, threads))]
    if not kernel.put_back(table, 2 * size, bits, np.concatenate(waiting)):
        raise Crowded


def _halves(size: int) -> Iterator[Part]:
    """The upper half, that of the rest, and so on; and the head."""
    while size > HEAD:
        yield size // 2, size
        size //= 2
    yield 0, size


def _parts(first: int, last: int, threads: int) -> list[Part]:
    """A half in as many parts as threads are worth it, each of whole lines."""
    count = max(1, min(threads, (last - first) // WORTH))
    ends = [first + (last - first) * part // count // ENTRIES * ENTRIES for part in range(count + 1)]
    return list(pairwise(ends))
