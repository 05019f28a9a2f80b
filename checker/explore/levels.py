"""The file of a partition: its states, level behind level."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .saved import CheckpointError

FILES = "partition-*"
"""What the files are called."""
PIECE = 1 << 26
"""How many bytes are read or written at once."""

Array = np.ndarray[Any, Any]
Words = tuple[int, ...]


@dataclass(frozen=True)
class Kept:
    """A level in a file: how many states, and their checksum."""

    count: int
    checksum: int


class Levels:
    """The file of partition `number` in a folder, with states of so many words. Its errors are `CheckpointError`."""

    def __init__(self, folder: Path, number: int, words: int) -> None:
        self.path, self.words = folder / FILES.replace("*", f"{number}"), words

    def open(self, states: int) -> None:
        """Open the file, or make it. It has to hold so many states."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            if os.fstat(self._file).st_size < states * self.words * 8:
                raise CheckpointError(
                    f"{self.path} on this machine does not hold the states of its worker; "
                    "name a --checkpoint that all machines share"
                )
        except OSError as error:
            raise self._failed(error) from None

    def read(self, first: int, into: Array) -> None:
        """Fill an array with the states from a number on."""
        left, offset = into.data.cast("B"), first * self.words * 8
        try:
            while left:
                done = os.preadv(self._file, [left[:PIECE]], offset)
                if not done:
                    raise OSError(errno.EIO, "it is shorter than what was written to it")
                left, offset = left[done:], offset + done
        except OSError as error:
            raise self._failed(error) from None

    def state(self, number: int) -> Words:
        """The state of a number."""
        row = np.empty(self.words, np.uint64)
        self.read(number, row)
        return tuple(row.tolist())

    def write(self, first: int, states: Array) -> None:
        """Write states from a number on, and nothing behind them; they are on the disk then."""
        left, offset = states.data.cast("B"), first * self.words * 8
        try:
            os.ftruncate(self._file, offset)
            while left:
                done = os.pwrite(self._file, left[:PIECE], offset)
                left, offset = left[done:], offset + done
            os.fsync(self._file)
        except OSError as error:
            raise self._failed(error) from None

    def damaged(self) -> CheckpointError:
        """The error that says that what is there is not what was written."""
        return CheckpointError(f"{self.path} is damaged; remove {self.path.parent} to begin anew")

    def close(self, remove: bool) -> None:
        """End; the file is of no more use if it is to be removed, nor is its folder without others."""
        os.close(self._file)
        if remove:
            self.path.unlink(missing_ok=True)
            with suppress(OSError):
                self.path.parent.rmdir()

    def _failed(self, error: OSError) -> CheckpointError:
        return CheckpointError(f"can't keep states in {self.path}: {error.strerror or error}")
