"""A folder that several files are written to: all of them, or none."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from .output import Output, OutputError


class Folder:
    """What is written is kept until the end, and then each file is renamed into its place."""

    def __init__(self, name: str) -> None:
        self.path = Path(name)
        self._texts: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """Of the files, in the order in which they were written."""
        return list(self._texts)

    def write(self, name: str, text: str) -> None:
        """A file of the folder."""
        self._texts[name] = text

    def __enter__(self) -> Folder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"can't write to {self.path}: {error.strerror or error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            for name, text in self._texts.items():
                with Output(str(self.path / name)) as output:
                    output.write(text)
