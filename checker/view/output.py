"""Files that reports are written to: known to be writable before the search, and never half written."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType


class OutputError(Exception):
    """A file can't be written; says which and why."""


class Output:
    """A file to be written once: made beside its place on entering, renamed into it when the text is complete."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._temporary = ""

    def __enter__(self) -> Output:
        try:
            self._open()
        except OSError as error:
            raise self._failed(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._temporary:
            with suppress(OSError):
                os.unlink(self._temporary)

    def write(self, text: str) -> None:
        """Write all of `text`, or raise and leave what was there before."""
        try:
            if self.name == "-":
                sys.stdout.write(text)
                sys.stdout.flush()
            elif not self._temporary:
                Path(self.name).write_text(text, "utf-8")
            else:
                self._replace(text)
        except OSError as error:
            raise self._failed(error) from None

    def _open(self) -> None:
        path = Path(self.name)
        if self.name == "-":
            return
        if path.exists() and not path.is_file():  # a pipe or a device: nothing to rename over
            with path.open("a"):
                return
        target = path.resolve()  # a link stays a link
        if target.exists():
            with target.open("a"):
                pass
        handle, self._temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)

    def _replace(self, text: str) -> None:
        target = Path(self.name).resolve()
        with open(self._temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask
        os.chmod(self._temporary, mode)
        os.replace(self._temporary, target)
        self._temporary = ""

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"can't write {self.name}: {error.strerror or error}")
