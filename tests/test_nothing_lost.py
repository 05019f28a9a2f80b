"""Not a byte is lost while backends are swapped: streams both ways through a port, and where each byte of them went."""

from __future__ import annotations

import asyncio
import functools
import itertools
import math
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, TypeVar

import numpy as np
import pytest
from qemu.qmp import QMPClient

from hotswap.impl.backends import pty
from hotswap.impl.backends.null import Null
from hotswap.impl.backends.socket import Socket
from hotswap.impl.change import Change
from hotswap.impl.chardev import Chardev
from hotswap.impl.clients.qmp.monitor import QmpMonitor
from hotswap.impl.commands import chardev_remove, device_del
from hotswap.impl.devices.virtio_console import VirtSerialPort
from hotswap.impl.host import Path
from hotswap.impl.layer import Backend, Layer
from hotswap.impl.loop import LoopContext
from hotswap.impl.posix.host import PosixHost
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Event
from serving import descriptors

CHUNK = 1 << 14
LIMIT = 20
"""After so many seconds something hangs."""
T = TypeVar("T")
Run = Callable[..., "tuple[Guest, Outside]"]


def stream(number: int, at: int, size: int) -> bytes:
    """A piece of the stream of that number: every 8 bytes say which stream it is, and where in it."""
    first = at // 8
    words = np.arange(first, (at + size) // 8 + 1, dtype=">u8") + (number << 40)
    return words.astype(">u8").tobytes()[at - first * 8 :][:size]


@dataclass
class Arrived:
    """What came of a stream: looked at as it comes and not kept, for nobody knows how many gigabytes it will be."""

    number: int
    start: int
    """Where in the stream it should begin."""
    size: int = 0
    in_order: bool = True

    def take(self, data: bytes) -> None:
        """That came next."""
        self.in_order = self.in_order and data == stream(self.number, self.start + self.size, len(data))
        self.size += len(data)


@dataclass
class Life:
    """A chardev under the port, as the guest saw it."""

    came: Arrived
    """What it brought."""
    written_from: int
    """Where in the stream to the host it began to be given bytes."""
    read_from: int
    """How many bytes had come before it."""
    taken: int = 0
    """How many bytes it took of the guest."""


class Guest(VirtSerialPort):
    """A guest that always sends, and reads whatever comes, though never more than a chunk at a time."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.sent = 0
        self.got = 0
        """How many bytes it has read."""
        self.reading = 0
        """Which life the next byte is of."""
        self.left = 0
        """How many bytes it had still to write, at the end."""
        self.rests = False
        self.something = asyncio.Event()
        self.lives: list[Life] = []
        self.frontend_writes, self.frontend_receives = self.frontend.write, self.frontend.receive
        self.frontend.write = self.count  # type: ignore[method-assign]
        self.frontend.receive = self.inherit  # type: ignore[method-assign]

    def count(self, data: bytes) -> int:
        """How much the chardev takes."""
        taken = self.frontend_writes(data)
        self.lives[-1].taken += taken
        return taken

    def inherit(self, data: bytes) -> None:
        """The last that came from the chardev before."""
        self.lives[-1].read_from += len(data)
        self.frontend_receives(data)

    def attached(self, chr: Chardev) -> None:
        """The first chardev."""
        self.lives.append(Life(Arrived(0, 0), 0, 0))

    def be_change(self, asked: bool) -> bool:
        """Another chardev: whatever came before, came from the last one."""
        brings = Arrived(len(self.lives), 0)
        self.lives.append(Life(brings, self.sent - len(self.pending), self.came()))
        self.rests = False
        self.something.set()
        return super().be_change(asked)

    def came(self) -> int:
        """How many bytes have come, those included that the guest has not read yet."""
        return self.got + len(self.received) + len(self.frontend.unread)

    def take(self, data: bytes) -> None:
        """Read: the first of it may be of a chardev that has gone since."""
        while data:
            while self.reading + 1 < len(self.lives) and self.lives[self.reading + 1].read_from <= self.got:
                self.reading += 1
            then = self.lives[self.reading + 1 : self.reading + 2]
            size = min([len(data), *(life.read_from - self.got for life in then)])
            self.lives[self.reading].came.take(data[:size])
            self.got += size
            data = data[size:]

    def event(self, event: Event) -> None:
        """Heard."""
        super().event(event)
        self.something.set()

    def read(self, data: bytes) -> None:
        """Received."""
        super().read(data)
        self.something.set()

    def write_on(self) -> None:
        """There was room again."""
        super().write_on()
        self.something.set()

    def ask_for_watch(self) -> None:
        """There is none."""
        super().ask_for_watch()
        self.something.set()

    async def run(self) -> None:
        """Send and receive, for ever."""
        while True:
            reads, writes = bool(self.received), self.may_write()
            if reads:
                self.take(self.guest_reads(CHUNK))
            if writes:
                self.sent += CHUNK
                self.write(stream(0, self.sent - CHUNK, CHUNK))
            if reads or writes:
                await asyncio.sleep(0)  # the main loop's turn
            else:
                await self.changes()

    def may_write(self) -> bool:
        """As a guest knows it: somebody is there, and the port is not throttled."""
        return self.host_connected and not (self.rests or self.waiting or self.pending)

    async def changes(self) -> None:
        """Wait for something to happen."""
        self.something.clear()
        await self.something.wait()

    async def rest(self, sent: int) -> int:
        """Send no more, and read what the peer has sent; how many bytes the chardev took of the guest."""
        self.rests = True
        while self.pending or self.came() < self.lives[-1].read_from + sent:
            await self.changes()
        return self.lives[-1].taken

    async def blocks(self) -> None:
        """Until it can't write."""
        while not self.waiting:
            await self.changes()


class Peer:
    """The other end of a chardev, in another thread: it always reads, and writes a stream of its own."""

    def __init__(self, number: int, descriptor: int, first: int, most: float) -> None:
        self.number, self.descriptor, self.most = number, descriptor, most
        os.set_blocking(descriptor, False)
        self.sent = 0
        self.read = Arrived(0, first)
        self.moved = asyncio.Event()
        self.reader, self.writer = asyncio.create_task(self.reads()), asyncio.create_task(self.writes())

    async def reads(self) -> None:
        """To the end, which a terminal says with an error."""
        loop = asyncio.get_running_loop()
        while data := await self._when(loop.add_reader, loop.remove_reader, lambda: os.read(self.descriptor, 1 << 16)):
            self.read.take(data)
            self.moved.set()

    async def writes(self) -> None:
        """Until nobody reads, or it has sent as much as it is to."""
        loop = asyncio.get_running_loop()
        while wrote := await self._when(loop.add_writer, loop.remove_writer, self._write):
            self.sent += wrote
            self.moved.set()
            if self.sent >= self.most:
                return

    def _write(self) -> int:
        return os.write(self.descriptor, stream(self.number, self.sent, CHUNK))

    async def _when(
        self, add: Callable[..., object], remove: Callable[[int], object], act: Callable[[], T]
    ) -> T | None:
        """Do it as soon as it can be done; None if it never can again."""
        while True:
            try:
                return act()
            except BlockingIOError:
                ready = asyncio.Event()
                add(self.descriptor, ready.set)
                try:
                    await ready.wait()
                finally:
                    remove(self.descriptor)
            except OSError:
                return None

    def has_moved(self, share: int) -> bool:
        """Whether so many bytes went each way."""
        return self.read.size >= share and self.sent >= share

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until that holds."""
        async with asyncio.timeout(LIMIT):
            while not holds():
                self.moved.clear()
                await self.moved.wait()

    async def end(self) -> None:
        """The chardev is gone: read what it has left, and go."""
        if self.reader.cancelled():
            self.reader = asyncio.create_task(self.reads())
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(self.reader, self.writer, return_exceptions=True)
        os.close(self.descriptor)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


class Outside:
    """Who has the monitor and all the peers: another thread, which shares nothing with the layer but sockets."""

    def __init__(self, folder: File, guest: Guest, inside: asyncio.AbstractEventLoop) -> None:
        self.folder, self.guest, self.inside = folder, guest, inside
        self.peers: list[tuple[str, Peer]] = []
        self.port = ""
        """Where it listens for TCP."""

    async def swap(self, kinds: Sequence[str], swaps: int, share: int) -> None:
        """Swap, and swap again when a share of bytes has gone each way."""
        monitor = QMPClient()
        await monitor.connect(str(self.folder / "qmp"))
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX) as listener, socket.create_server(("127.0.0.1", 0)) as port:
            listener.bind(str(self.folder / "peer"))
            listener.listen()
            self.port = str(port.getsockname()[1])
            for each in (listener, port):
                each.setblocking(False)
            for number, kind in zip(range(1, swaps + 1), itertools.cycle(kinds), strict=False):
                answer: Any = await monitor.execute("chardev-change", self.arguments(kind, number))
                if self.peers:
                    await self.peers[-1][1].end()
                match kind:
                    case "client" | "stalled" | "port":
                        other, _ = await loop.sock_accept(port if kind == "port" else listener)
                        descriptor = other.detach()
                    case "listener":
                        other = socket.socket(socket.AF_UNIX)
                        other.setblocking(False)
                        await loop.sock_connect(other, str(self.folder / f"socket{number}"))
                        descriptor = other.detach()
                    case _:
                        descriptor = os.open(answer["pty"], os.O_RDWR | os.O_NOCTTY)
                # The kernel takes megabytes from a TCP peer before the guest has read any.
                first = self.guest.lives[number].written_from
                peer = Peer(number, descriptor, first, share if kind == "port" else math.inf)
                self.peers.append((kind, peer))
                await peer.until(functools.partial(peer.has_moved, share))
                if kind in ("drained", "port"):
                    await self.drain(peer)
                if kind == "stalled":
                    await self.stall(peer)
            await monitor.execute("chardev-change", {"id": "c", "backend": {"type": "null", "data": {}}})
            await peer.end()
        await monitor.disconnect()

    def arguments(self, kind: str, number: int) -> dict[str, Any]:
        """Of the change."""
        server = kind == "listener"
        path = {"type": "unix", "data": {"path": str(self.folder / (f"socket{number}" if server else "peer"))}}
        port = {"type": "inet", "data": {"host": "127.0.0.1", "port": self.port}}
        made = {"addr": port if kind == "port" else path, "server": server}
        return {
            "id": "c",
            "backend": {"type": "pty", "data": {}} if kind in ("pty", "drained") else {"type": "socket", "data": made},
        }

    async def drain(self, peer: Peer) -> None:
        """Until nothing is on its way.

        A pseudo terminal drops what was not read when it closes, and what a TCP peer sends then comes too late.
        """
        await _stopped(peer.writer)
        taken = await self.ask(self.guest.rest(peer.sent))
        await peer.until(lambda: peer.read.size == taken)

    async def stall(self, peer: Peer) -> None:
        """Read no more, until the port is throttled."""
        await _stopped(peer.reader)
        await self.ask(self.guest.blocks())

    async def ask(self, guest: Coroutine[Any, Any, T]) -> T:
        """Have the guest do something, in its thread."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(guest, self.inside))


async def flow(folder: File, profile: str, kinds: Sequence[str], swaps: int, share: int) -> tuple[Guest, Outside]:
    """A port whose chardev is swapped all the time, and who was there; what is left of it is nothing."""
    loop = asyncio.get_running_loop()
    main = LoopContext(loop)
    layer = Layer(CHARDEV.profile(profile), PosixHost(loop), main, main)
    for name, backend in (
        ("qmp", Backend(Socket, {"address": Path(str(folder / "qmp"))})),
        ("c", Backend(Null)),
    ):
        for _ in Change(layer).add(name, backend):
            pass
    monitor, guest = QmpMonitor(layer), Guest(layer)
    for device, name in ((monitor, "qmp"), (guest, "c")):
        chardev = layer.registry.find(name)
        assert chardev is not None
        device.realize(chardev)
    guest.guest_connects(True)
    running = asyncio.create_task(guest.run())
    outside = Outside(folder, guest, loop)
    await asyncio.to_thread(asyncio.run, outside.swap(kinds, swaps, share))
    while guest.got < guest.came():
        await asyncio.sleep(0)  # the guest's turn
    await _stopped(running)
    guest.left = len(guest.pending)
    for device in (guest, monitor):
        device_del(device)
    for name in ("c", "qmp"):
        chardev_remove(layer, name)

    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not main.watches and not layer.chardevs

    main.close()
    return guest, outside


@pytest.fixture
def run(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Swap, with no descriptor and no thread left over. A terminal looks for its other end more often than it does."""
    monkeypatch.setattr(pty, "PERIOD", 0.002)

    def begin(*arguments: Any) -> tuple[Guest, Outside]:
        before = descriptors(), threading.active_count()
        result = asyncio.run(flow(tmp_path, *arguments))
        assert (descriptors(), threading.active_count()) == before
        return result

    return begin


def check(guest: Guest, outside: Outside, lossless: Sequence[str]) -> tuple[int, int, int, int]:
    """Each byte is in exactly one class, and what arrived is in order and there once.

    Returns how many bytes were discarded by the port, how many a chardev of the kinds that are not lossless had taken
    and its peer did not read, how many such a peer had sent and the guest did not read, and how many arrived in all.
    """
    lives, lasts = guest.lives[1:-1], guest.lives[2:]
    unread = dropped = 0

    assert len(lives) == len(outside.peers)
    for life, (kind, peer) in zip(lives, outside.peers, strict=True):
        assert peer.read.in_order and life.came.in_order
        assert (peer.read.start, life.came.number) == (life.written_from, peer.number)
        if kind in lossless:
            assert (peer.read.size, life.came.size) == (life.taken, peer.sent)
        unread += life.taken - peer.read.size
        dropped += peer.sent - life.came.size
    gaps = [then.written_from - life.written_from - life.taken for life, then in zip(lives, lasts, strict=True)]
    discarded = sum(gaps)

    assert min(gaps) >= 0 and lives[0].written_from == 0
    assert sum(peer.read.size for _, peer in outside.peers) + unread + discarded + guest.left == guest.sent
    assert guest.got + dropped == sum(peer.sent for _, peer in outside.peers)
    return discarded, unread, dropped, guest.got


KINDS = ("client", "listener", "drained", "stalled", "port")


@pytest.mark.parametrize("swaps", [200, pytest.param(1000, marks=pytest.mark.thorough)])
def test_nothing_is_lost(run: Run, swaps: int) -> None:
    """Of 100 kB a swap each way, which comes to 100 MB in 1,000 swaps, every byte arrives."""
    guest, outside = run("repaired", KINDS, swaps, 100_000)
    *lost, arrived = check(guest, outside, KINDS)

    assert lost == [0, 0, 0]
    assert guest.sent >= 100_000 * swaps and arrived >= 100_000 * swaps
    assert len(outside.peers) == swaps


def test_what_a_terminal_drops(run: Run) -> None:
    """What is on its way through a pseudo terminal is lost with it, and nothing else."""
    guest, outside = run("repaired", ("client", "pty", "listener"), 12, 100_000)
    discarded, *_ = check(guest, outside, ("client", "listener"))

    assert discarded == 0


def test_what_qemu_discards(run: Run) -> None:
    """In QEMU a port discards what it could not write when its chardev is swapped for one where nobody is."""
    guest, outside = run("qemu-10.0", ("stalled", "listener"), 8, 100_000)
    discarded, unread, _, _ = check(guest, outside, ())

    assert discarded > 0
    assert unread == 0
