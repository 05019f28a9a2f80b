"""A folder for one process, and for the sockets through which it is talked to."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that is gone in the end, by a name that is short enough for a socket's address, wherever it is."""
    with ExitStack() as stack:
        place = os.path.join(tempfile.gettempdir(), f"hotswap-{secrets.token_hex()}")
        for _ in range(2):  # Ctrl-C may come while it is removed, or as soon as it is there
            stack.callback(shutil.rmtree, place, ignore_errors=True)
        os.mkdir(place, 0o700)
        descriptor = os.open(place, os.O_PATH)
        stack.callback(os.close, descriptor)
        yield Path(f"/proc/self/fd/{descriptor}")
