"""The files of a checkpoint: two that only ever grow, and a small one beside them that says how much of them counts.

A folder holds `states` and `parents`, as they lie in memory, and `manifest.json`. What is new is appended to both and
brought to the disk; only then is the new manifest renamed into its place. So whatever kills the process, and whenever,
the last manifest and the parts that it speaks of are whole; what may stand behind them is cut off.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

COLUMNS = ("states", "parents")
MANIFEST, BESIDE = "manifest.json", "manifest.json.new"
PIECE = 1 << 24
"""How many bytes are read or written at once."""

Array = np.ndarray[Any, Any]


class CheckpointError(Exception):
    """A checkpoint can't be written, or is none of this search; says which and why."""


def written(file: FileIO, piece: memoryview) -> int:
    """Write a piece, or as much of it as the system takes."""
    return file.write(piece)


class Column:
    """One of the files that grow."""

    def __init__(self, file: FileIO) -> None:
        self.file = file
        self.whole = (0, 0)
        """How many bytes are there, and their checksum: one value, since an interrupt may come between two."""

    def append(self, array: Array) -> None:
        """Bring to the disk what an array has more than the file."""
        size, checksum = self.whole
        self.file.seek(size)
        view = array.data.cast("B")
        while size < len(view):
            count = written(self.file, view[size : size + PIECE])
            checksum = zlib.crc32(view[size : size + count], checksum)
            size += count
        os.fsync(self.file.fileno())
        self.whole = (size, checksum)

    def read(self, into: Array) -> None:
        """Read all that counts. Raises `ValueError` if that is not what was written."""
        view = into.data.cast("B")
        self.file.seek(0)
        checksum = 0
        for start in range(0, len(view), PIECE):
            piece = view[start : start + PIECE]
            if self.file.readinto(piece) != len(piece):
                raise ValueError
            checksum = zlib.crc32(piece, checksum)
        if (len(view), checksum) != self.whole:
            raise ValueError


class Folder:
    """The folder of a checkpoint, which belongs to this process as long as it is open.

    It may hold its columns, the manifest, and `others`, by a pattern, which somebody else writes.
    """

    def __init__(self, path: Path, names: Sequence[str] = COLUMNS, others: str = "") -> None:
        self.path, self.names, self.others = path, names, others
        self.columns: dict[str, Column] = {}
        self.manifest: dict[str, Any] | None = None
        self._lock = -1

    def __enter__(self) -> Folder:
        try:
            self._open()
        except OSError as error:
            self._close()
            raise self.failed(error) from None
        except CheckpointError:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def write(self, manifest: dict[str, Any], **arrays: Array) -> None:
        """Append what the arrays have more than the columns, then put the manifest into its place.

        Raises `CheckpointError` if there is no room; then the manifest before still counts.
        """
        try:
            for name, column in self.columns.items():
                column.append(arrays[name])
            self._put({**manifest, "columns": {name: column.whole for name, column in self.columns.items()}})
        except OSError as error:
            raise self.failed(error) from None

    def read(self, **into: Array) -> None:
        """Fill arrays with the columns. Raises `CheckpointError` if these are damaged."""
        for name, column in self.columns.items():
            try:
                column.read(into[name])
            except OSError as error:
                raise self.failed(error) from None
            except ValueError:
                raise CheckpointError(f"{self.path / name} is damaged; remove {self.path} to begin anew") from None

    def failed(self, error: OSError) -> CheckpointError:
        """What went wrong there."""
        return CheckpointError(f"can't keep a checkpoint in {self.path}: {error.strerror or error}")

    def _open(self) -> None:
        self.path.mkdir(exist_ok=True)
        mine = {*self.names, MANIFEST, BESIDE}
        foreign = sorted(
            file.name
            for file in self.path.iterdir()
            if file.name not in mine and not (self.others and file.match(self.others))
        )
        if foreign:
            raise CheckpointError(
                f"{self.path} is no checkpoint: it holds {foreign[0]}; name a folder that is not there"
            )
        for name in self.names:
            handle = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o666)
            self.columns[name] = Column(FileIO(handle, "r+"))
        self._lock = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CheckpointError(f"another search keeps its checkpoint in {self.path}") from None
        with suppress(FileNotFoundError):
            self.manifest = self._parsed((self.path / MANIFEST).read_bytes())
        for column in self.columns.values():
            if column.file.seek(0, os.SEEK_END) > column.whole[0]:
                column.file.truncate(column.whole[0])

    def _parsed(self, text: bytes) -> dict[str, Any]:
        try:
            manifest: dict[str, Any] = json.loads(text)
            for name, column in self.columns.items():
                size, checksum = manifest["columns"][name]
                column.whole = (int(size), int(checksum))
        except (ValueError, KeyError, TypeError):
            raise CheckpointError(f"{self.path / MANIFEST} is damaged; remove {self.path} to begin anew") from None
        return manifest

    def _put(self, manifest: dict[str, Any]) -> None:
        beside = self.path / BESIDE
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / MANIFEST)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _close(self) -> None:
        for column in self.columns.values():
            column.file.close()
        self.columns = {}
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
