"""The main loop of a real process: asyncio, with a set of `epoll(7)` of its own, which knows of hang-ups."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable

from .context import Condition
from .host import Channel, Interface, Listener
from .posix.channel import PosixChannel
from .posix.listener import PosixListener

EVENTS = {
    Condition.readable: select.EPOLLIN,
    Condition.writable: select.EPOLLOUT,
    Condition.hung_up: select.EPOLLRDHUP,
}
ENDS = select.EPOLLHUP | select.EPOLLERR
"""What is reported whether it was asked for or not."""
PAUSE = 0.1
"""How long a file that takes nothing is left alone, in seconds."""


class LoopSource:
    """A source on a descriptor, a timer or a bottom half."""

    def __init__(self, destroy: Callable[[], None]) -> None:
        self._destroy: Callable[[], None] | None = destroy

    def destroy(self) -> None:
        """`g_source_destroy`."""
        if self._destroy is not None:
            destroy, self._destroy = self._destroy, None
            destroy()


class LoopContext:
    """What runs sources in the thread of an asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.poll = select.epoll()
        self.watches: dict[int, list[tuple[int, Callable[[], None]]]] = {}
        """Of each descriptor, who waits for which events."""
        loop.add_reader(self.poll.fileno(), self._ready)

    def watch(
        self, channel: Channel | Listener | Interface, condition: Condition, call: Callable[[], None]
    ) -> LoopSource:
        """For as long as it is not destroyed.

        What `epoll(7)` does not take, a file, always has something to read. If it takes nothing its disk is full.
        """
        assert isinstance(channel, PosixChannel | PosixListener)
        descriptor = channel.out if condition is Condition.writable else channel.in_
        if descriptor is None:
            return LoopSource(lambda: None)
        entry = (EVENTS[condition], call)
        waiting = self.watches.setdefault(descriptor, [])
        waiting.append(entry)
        try:
            self._ask(descriptor)
        except PermissionError:
            del self.watches[descriptor]
            return self._always(call, PAUSE if condition is Condition.writable else 0)
        channel.hold()
        return LoopSource(lambda: self._forget(channel, descriptor, entry))

    def timer(self, seconds: float, call: Callable[[], None]) -> LoopSource:
        """Once."""
        return LoopSource(self.loop.call_later(seconds, call).cancel)

    def idle(self, call: Callable[[], None]) -> LoopSource:
        """Once."""
        return LoopSource(self.loop.call_soon(call).cancel)

    def _always(self, call: Callable[[], None], pause: float) -> LoopSource:
        """Again and again."""
        scheduled: asyncio.Handle

        def again() -> None:
            nonlocal scheduled
            scheduled = self.loop.call_later(pause, again)
            call()

        scheduled = self.loop.call_later(pause, again)
        return LoopSource(lambda: scheduled.cancel())

    def close(self) -> None:
        """Nothing is watched any more."""
        self.loop.remove_reader(self.poll.fileno())
        self.poll.close()

    def _ask(self, descriptor: int) -> None:
        events = 0
        for event, _ in self.watches[descriptor]:
            events |= event
        try:
            self.poll.modify(descriptor, events)
        except FileNotFoundError:
            self.poll.register(descriptor, events)

    def _forget(
        self, channel: PosixChannel | PosixListener, descriptor: int, entry: tuple[int, Callable[[], None]]
    ) -> None:
        waiting = self.watches[descriptor]
        waiting.remove(entry)
        if waiting:
            self._ask(descriptor)
        else:
            del self.watches[descriptor]
            self.poll.unregister(descriptor)
        channel.release()

    def _ready(self) -> None:
        """Call who waits for what has happened; whoever is called may destroy the others."""
        ready = [
            (descriptor, entry)
            for descriptor, events in self.poll.poll(0)
            for entry in self.watches.get(descriptor, ())
            if (entry[0] | ENDS) & events
        ]
        for descriptor, entry in ready:
            if entry in self.watches.get(descriptor, ()):
                entry[1]()
