"""`logfile`: a file that has what the frontend writes as well."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec.profiles import TRUNCATE_LATE
from .errors import ChardevError

if TYPE_CHECKING:
    from .layer import Layer


@dataclass(frozen=True)
class LogFile:
    """What a command says of a log, QAPI's `ChardevCommon`."""

    path: str
    append: bool = False


class Log:
    """A log that is open. It is best effort: what it can't take now is lost, and the chardev goes on.

    What TRUNCATE_LATE says of a file is true of the log as well: `repaired` empties it when the creation of its chardev
    is settled. Nor does `repaired` log what will be written again, which stands in QEMU's log as often as it was tried.
    """

    def __init__(self, layer: Layer, file: LogFile) -> None:
        """`qemu_char_open`, its first part. Raises `ChardevError`."""
        self.repaired = TRUNCATE_LATE in layer.switches
        self.append = file.append
        truncate = not self.append and not self.repaired
        try:
            self.channel = layer.host.open_file(file.path, append=self.append, truncate=truncate)
        except OSError as error:
            raise ChardevError(f"Could not create '{file.path}': {error.strerror}") from None

    def settle(self) -> None:
        """The creation of its chardev is settled."""
        if self.repaired and not self.append:
            self.channel.truncate()

    def copy(self, put: Callable[[bytes], int], data: bytes) -> int:
        """`qemu_chr_write_buffer`: write, and log what was taken, or everything if the write has failed for good."""
        try:
            taken = put(data)
        except BlockingIOError:
            if not self.repaired:
                self._write(data)
            raise
        except OSError:
            self._write(data)
            raise
        self._write(data[:taken])
        return taken

    def _write(self, data: bytes) -> None:
        """`qemu_chr_write_log`; where QEMU waits for a pipe that is full, this does not."""
        with suppress(OSError):
            while data:
                data = data[self.channel.write(data) :]

    def close(self) -> None:
        """`char_finalize`."""
        self.channel.close()
