"""A connection that nobody waits for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from ..host import Address, Channel, Path, Port
from .address import at, looked_up, made_for
from .channel import PosixChannel

PERIOD = 0.05
"""How often a unix socket tries to connect while its listener has no room, in seconds."""


class PosixAttempt:
    """A `connect(2)` that does not block, and nobody has to wait for when the process ends."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, address: Address, answered: Callable[[Channel | None], None]
    ) -> None:
        self.answered = answered
        self.cancelled = False
        self.task = loop.create_task(_reached(loop, address))
        self.task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """It ends unheard."""
        self.cancelled = True
        self.task.cancel()

    def _ended(self, task: asyncio.Task[socket.socket]) -> None:
        if task.cancelled():
            return
        try:
            channel: Channel | None = PosixChannel.of(task.result())
        except OSError:
            channel = None
        if not self.cancelled:
            self.answered(channel)
        elif channel is not None:
            channel.close()


async def _reached(loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
    """Connect, while others go on. Raises `OSError`."""
    where = await asyncio.wrap_future(looked_up(address)) if isinstance(address, Port) else at(address)
    made = made_for(address, where)
    made.setblocking(False)
    try:
        if isinstance(address, Path):
            await _queue(made, where.address)
        else:
            await loop.sock_connect(made, where.address)
    except BaseException:
        made.close()
        raise
    return made


async def _queue(made: socket.socket, path: str) -> None:
    """Connect to a unix socket. If its listener has no room there is nothing to poll that would say when it has."""
    while True:
        try:
            made.connect(path)
        except BlockingIOError:
            await asyncio.sleep(PERIOD)
        else:
            return
