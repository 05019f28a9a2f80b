"""Machine code that is kept from one run to the next, in a folder that stays small."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 200_000_000
"""How large a folder may get."""

DIGEST = hashlib.sha256().digest_size
"""A file begins with so many bytes by which it is known whether the rest is whole."""


def cache_folder() -> Path:
    """Where compiled code is kept: `$XDG_CACHE_HOME/hotswap`, by default `~/.cache/hotswap`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotswap"


SPECS, KERNELS = "specs", "kernels"
"""The folders: code that is generated from specs, and that of the engine."""


def recall(key: str, folder: str = SPECS) -> bytes:
    """The code that is kept under `key`; nothing if there is none, or if it is not what was kept."""
    file = _file(key, folder)
    try:
        kept = file.read_bytes()
    except OSError:
        return b""
    digest, code = kept[:DIGEST], kept[DIGEST:]
    if hashlib.sha256(code).digest() != digest:
        return b""
    with suppress(OSError):
        os.utime(file)  # what is used stays
    return code


def keep(key: str, code: bytes, folder: str = SPECS) -> None:
    """Keep code under `key`. A cache that can't be written is no cache, not an error."""
    file = _file(key, folder)
    beside = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(hashlib.sha256(code).digest() + code)  # or another process would read half of it
        beside.replace(file)
    except OSError:
        with suppress(OSError):
            beside.unlink()
    else:
        trim(file.parent, MOST_BYTES)


def trim(folder: Path, most: int) -> None:
    """Remove the files that nobody has used for longest, until the rest is small enough.

    Other processes may write, use and remove files meanwhile.
    """
    size = 0
    for _, each, file in sorted(_files(folder), reverse=True):
        size += each
        if size > most:
            with suppress(OSError):
                file.unlink()


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    """When each file was used last, and its size."""
    found = []
    for file in folder.iterdir():
        with suppress(OSError):
            known = file.stat()
            found.append((known.st_mtime_ns, known.st_size, file))
    return found


def _file(key: str, folder: str) -> Path:
    return cache_folder() / folder / f"{key}.o"
