"""Sorted runs of states in files, which are written once and read in windows.

The files have no names: they are gone with the process, however that ends, and nothing is ever left in their folder.
"""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .store import Stopped

BLOCK = 4096
"""Rows between two that a run remembers the first words of."""

Array = np.ndarray[Any, Any]


class FolderError(Exception):
    """A folder in which no file can be made; says which and why."""


@dataclass
class Traffic:
    """The bytes that a search has on the disk, had at most, and has written and read."""

    now: int = 0
    peak: int = 0
    written: int = 0
    read: int = 0


class Rows:
    """A file of rows of so many words."""

    def __init__(self, folder: Path, words: int, traffic: Traffic) -> None:
        self.words, self.traffic, self.count = words, traffic, 0
        self.folder = folder
        try:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise FolderError(f"can't make a file in {folder}: {error.strerror or error}") from None

    def append(self, rows: Array) -> None:
        """Write rows behind the last. Raises `Stopped` when the disk is full."""
        left = rows.data.cast("B")
        size, offset = len(left), self.count * self.words * 8
        try:
            while left:
                done = os.pwrite(self._file.fileno(), left[: 1 << 26], offset)
                left, offset = left[done:], offset + done
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise Stopped(f"{self.traffic.now / 1e9:.1f} GB in {self.folder}, which has no more room") from None
        self.traffic.now += size
        self.traffic.peak = max(self.traffic.peak, self.traffic.now)
        self.traffic.written += size
        self.count += size // (self.words * 8)

    def read(self, first: int, into: Array) -> None:
        """Fill an array with the rows from `first` on."""
        left = into.data.cast("B")
        offset = first * self.words * 8
        self.traffic.read += len(left)
        while left:
            done = os.preadv(self._file.fileno(), [left[: 1 << 26]], offset)
            if not done:
                raise OSError(errno.EIO, f"a file in {self.folder} is shorter than what was written to it")
            left, offset = left[done:], offset + done

    def close(self) -> None:
        """Give the room on the disk back, once."""
        if not self._file.closed:
            self.traffic.now -= self.count * self.words * 8
            self._file.close()


class Run:
    """Sorted rows: a part of a file, from its row `first` on."""

    def __init__(self, rows: Rows, own: bool) -> None:
        self.rows, self.own = rows, own
        self.first, self.count = rows.count, 0
        self._heads: list[Array] = []

    def append(self, rows: Array) -> None:
        """Add rows, which come behind all others in order."""
        new = len(rows) // self.rows.words
        at = -self.count % BLOCK
        self._heads.append(rows[at * self.rows.words :: BLOCK * self.rows.words].copy())
        self.rows.append(rows)
        self.count += new

    def read(self, first: int, into: Array) -> None:
        """Fill an array with the rows from `first` on."""
        self.rows.read(self.first + first, into)

    def between(self, low: int, high: int) -> tuple[int, int]:
        """The rows among which all are whose first word lies between two, as (first, last)."""
        if len(self._heads) > 1:
            self._heads = [np.concatenate(self._heads)]
        if not self._heads:
            return 0, 0
        first = max(0, int(np.searchsorted(self._heads[0], np.uint64(low), "left")) - 1) * BLOCK
        last = min(self.count, int(np.searchsorted(self._heads[0], np.uint64(high), "right")) * BLOCK)
        return first, last

    def close(self) -> None:
        """Drop the file, if it is the run's own."""
        if self.own:
            self.rows.close()
