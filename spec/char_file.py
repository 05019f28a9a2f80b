"""char-file.c: the backend that writes to a file, and may read from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .language import may, operation
from .profiles import TRUNCATE_LATE
from .terminal import Terminal

if TYPE_CHECKING:
    from .chardev import Chardev


@operation
def open_file(chardev: Chardev) -> bool:
    """`qmp_chardev_open_file`: open the one to write, which empties it, then the one to read."""
    if may("no such directory"):
        return False
    if not TRUNCATE_LATE:
        chardev.label.file.truncate()
    if may("no file to read"):
        return False
    chardev.descriptors = Terminal[0].open()
    return True
