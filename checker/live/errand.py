"""What takes long is done by a process of its own, which says in lines of JSON how far it is and what came of it.

The page stays quick meanwhile, and what nobody waits for any more is ended, whatever it is at. A line is
`{"progress": text}`, and the last one `{"error": text}` or the result.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import anyio

from .model import Asked


@dataclass(frozen=True)
class Errand:
    """What is to be done: a search from a place or from the start, or a run of the way to a place on a target."""

    what: Literal["search", "run"]
    asked: Asked
    path: str
    predicate: str = ""
    start: str = "start"
    """Where a search begins: `start` or `here`."""
    target: str = "impl"
    qemu: str = ""
    limit: float = 5.0

    def text(self) -> str:
        """As the process gets it."""
        return json.dumps(dataclasses.asdict(self))


def read(text: str) -> Errand:
    """An errand as `text` writes it."""
    said = json.loads(text)
    return Errand(**{**said, "asked": Asked(**said["asked"])})


def line(said: dict[str, Any]) -> bytes:
    """One line of a report."""
    return json.dumps(said).encode() + b"\n"


async def report(errand: Errand) -> AsyncIterator[bytes]:
    """Run an errand, and pass on what it says. It is ended with whoever listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", __package__, errand.text()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the server, which ends it
    )
    assert process.stdout is not None
    try:
        async for each in process.stdout:
            yield each
        if code := await process.wait():
            yield line({"error": _ended(errand, code)})
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """What it has begun itself, a QEMU for one, it ends on SIGTERM; it has a while for that.

    The server's end cancels this once more: it waits as well, so that no process is left behind.
    """
    if process.returncode is not None:
        return
    process.terminate()
    late, cancelled = asyncio.get_running_loop().time() + GRACE, False
    while process.returncode is None:
        try:
            async with asyncio.timeout_at(late):
                await process.communicate()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            late += GRACE
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


GRACE = 5.0
"""Seconds."""


def _ended(errand: Errand, code: int) -> str:
    if code < 0:
        return f"the {errand.what} was ended by signal {-code}; the system may have had no memory left"
    return f"the {errand.what} has failed; what it said stands where hotswap was started"
