"""A folder that several files are written to: all of them, or none."""

from __future__ import annotations

from contextlib import ExitStack
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
        if kind is not None:
            return
        with ExitStack() as stack:
            # All of them can be written before the first one is.
            outputs = [stack.enter_context(Output(str(self.path / name))) for name in self._texts]
            for output, text in zip(outputs, self._texts.values(), strict=True):
                output.write(text)
