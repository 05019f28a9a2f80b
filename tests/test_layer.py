"""The layer with real sockets, pseudo terminals, pipes and files."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import stat
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path as File
from typing import Any

import pytest

from hotswap.impl.backends import file, mux, null, pty, udp
from hotswap.impl.backends.socket import Socket
from hotswap.impl.change import Change
from hotswap.impl.commands import chardev_remove, device_del
from hotswap.impl.devices.virtio_console import VirtSerialPort
from hotswap.impl.errors import ChardevError
from hotswap.impl.host import Path, Port
from hotswap.impl.layer import Backend, Layer
from hotswap.impl.loop import LoopContext
from hotswap.impl.posix import PosixHost
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Event


class Guest(VirtSerialPort):
    """A port whose guest has it open, and who waits for what comes."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.heard: list[Event] = []
        self.something = asyncio.Event()

    def event(self, event: Event) -> None:
        """Heard."""
        self.heard.append(event)
        super().event(event)
        self.something.set()

    def read(self, data: bytes) -> None:
        """Received."""
        super().read(data)
        self.something.set()

    def watch_fires(self) -> None:
        """There is room again."""
        super().watch_fires()
        self.something.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to come until that holds."""
        async with asyncio.timeout(20):
            while not holds():
                self.something.clear()
                await self.something.wait()

    async def receives(self, data: bytes) -> None:
        """Wait for these bytes, and take them."""
        await self.until(lambda: len(self.received) >= len(data))
        assert self.guest_reads(len(data)) == data


class World:
    """A layer in this process, with a chardev `c` that a guest's port is on."""

    def __init__(self, folder: File, profile: str) -> None:
        loop = asyncio.get_running_loop()
        self.folder, self.main = folder, LoopContext(loop)
        self.layer = Layer(CHARDEV.profile(profile), PosixHost(loop), self.main, self.main)

    def add(self, backend: Backend, name: str = "c") -> None:
        """`chardev-add`."""
        for _ in Change(self.layer).add(name, backend):
            pass

    def change(self, backend: Backend, name: str = "c") -> None:
        """`chardev-change`."""
        for _ in Change(self.layer).change(name, backend):
            pass

    def plug(self, name: str = "c") -> Guest:
        """A port on the chardev, which the guest opens."""
        chardev = self.layer.registry.find(name)
        assert chardev is not None
        guest = Guest(self.layer)
        guest.realize(chardev)
        self.layer.devices.append(guest)
        guest.guest_connects(True)
        return guest

    def listener(self, name: str = "socket") -> Backend:
        """A listener at a path in the folder."""
        return Backend(Socket, {"address": Path(str(self.folder / name))})

    def end(self) -> None:
        """Let go of everything."""
        for device in self.layer.devices:
            if device.plugged:
                device_del(device)
        for chardev in sorted(self.layer.registry.chardevs(), key=lambda each: not each.stacks):
            chardev_remove(self.layer, chardev.label)
        self.main.close()


Test = Callable[[World], Coroutine[Any, Any, None]]
Run = Callable[[Test], None]


@pytest.fixture
def run(tmp_path: File) -> Run:
    """Run a test in a world of its own, after which every descriptor is closed again."""

    async def whole(test: Test) -> None:
        world = World(tmp_path, "repaired")
        await test(world)
        world.end()

    def begin(test: Test) -> None:
        before = descriptors()
        asyncio.run(whole(test))
        assert descriptors() == before

    return begin


def descriptors() -> int:
    """How many descriptors this process has open, without those that nobody knows any more."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


async def connect(path: File) -> socket.socket:
    """A client of a listener."""
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, str(path))
    return client


async def read(client: socket.socket, size: int) -> bytes:
    """So many bytes, or what there is before the end."""
    data = b""
    async with asyncio.timeout(20):
        while len(data) < size and (more := await asyncio.get_running_loop().sock_recv(client, size - len(data))):
            data += more
    return data


def test_a_listener(run: Run) -> None:
    """A client that connects is heard as OPENED, bytes go both ways, and CLOSED is heard when it leaves."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.heard == [Event.opened])
        client.sendall(b"to the guest")
        await guest.receives(b"to the guest")
        guest.write(b"to the host")

        assert await read(client, 11) == b"to the host"

        client.close()
        await guest.until(lambda: guest.heard == [Event.opened, Event.closed])

    run(test)


def test_a_port(run: Run) -> None:
    """The same at a TCP port."""

    async def test(world: World) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        world.add(Backend(Socket, {"address": Port("127.0.0.1", port)}))
        guest = world.plug()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        await guest.receives(b"hello")
        writer.close()
        await guest.until(lambda: guest.heard == [Event.opened, Event.closed])

    run(test)


def test_only_the_owner_may_connect(run: Run) -> None:
    """A unix socket that is created can be used by its owner only."""

    async def test(world: World) -> None:
        world.add(world.listener())

        assert stat.S_IMODE(os.stat(world.folder / "socket").st_mode) == 0o600

    run(test)


def test_a_client(run: Run) -> None:
    """A client is connected when it is created; if nobody listens, the error says so."""

    async def test(world: World) -> None:
        address = Path(str(world.folder / "peer"))
        backend = Backend(Socket, {"address": address, "server": False})
        with pytest.raises(ChardevError, match=r"Failed to connect to '.*/peer': No such file or directory"):
            world.add(backend)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address.path)
            listener.listen()
            world.add(backend)
            guest = world.plug()

            assert guest.heard == [Event.opened]

            peer, _ = listener.accept()
        peer.sendall(b"hello")
        await guest.receives(b"hello")
        peer.close()
        await guest.until(lambda: guest.heard[-1] is Event.closed)

    run(test)


@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET])
def test_a_client_that_connects_again(run: Run, family: int) -> None:
    """A client with `reconnect` comes when somebody listens, and comes again when it was sent away."""

    async def test(world: World) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(family) as listener:
            listener.bind(str(world.folder / "peer") if family == socket.AF_UNIX else ("127.0.0.1", 0))
            name = listener.getsockname()
            address = Path(name) if family == socket.AF_UNIX else Port(*name)
            world.add(Backend(Socket, {"address": address, "server": False, "reconnect": 0.01}))
            guest = world.plug()
            listener.listen()
            listener.setblocking(False)
            for _ in range(2):
                peer, _ = await loop.sock_accept(listener)
                await guest.until(lambda: guest.host_connected)
                peer.close()
                await guest.until(lambda: not guest.host_connected)

        assert guest.heard[:4] == [Event.opened, Event.closed] * 2

    run(test)


def test_a_pty(run: Run) -> None:
    """A pseudo terminal is open while somebody has its other end open."""

    async def test(world: World) -> None:
        world.add(Backend(pty.Pty))
        guest = world.plug()
        chardev = world.layer.registry.find("c")
        assert isinstance(chardev, pty.Pty)
        other = os.open(chardev.path, os.O_RDWR | os.O_NOCTTY)
        await guest.until(lambda: guest.host_connected)
        os.write(other, b"typed")
        await guest.receives(b"typed")
        guest.write(b"shown")

        assert os.read(other, 5) == b"shown"

        os.close(other)
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_a_file(run: Run) -> None:
    """What the guest writes is in the file, which a change that does not succeed leaves as it was."""

    async def test(world: World) -> None:
        out = world.folder / "out"
        out.write_bytes(b"precious")
        world.add(Backend(null.Null))
        guest = world.plug()
        with pytest.raises(ChardevError, match=r"Could not open '.*/nothing': No such file or directory"):
            world.change(Backend(file.File, {"out": str(out), "in_": str(world.folder / "nothing")}))

        assert out.read_bytes() == b"precious"

        world.change(Backend(file.File, {"out": str(out)}))
        guest.write(b"written")

        assert out.read_bytes() == b"written"

        world.change(Backend(file.File, {"out": str(out), "append": True}))
        guest.write(b" and more")

        assert out.read_bytes() == b"written and more"

    run(test)


def test_a_pipe(run: Run) -> None:
    """A pair of FIFOs is one to read and one to write."""

    async def test(world: World) -> None:
        os.mkfifo(world.folder / "pipe.in")
        os.mkfifo(world.folder / "pipe.out")
        world.add(Backend(file.Pipe, {"path": str(world.folder / "pipe")}))
        guest = world.plug()
        with open(world.folder / "pipe.in", "wb", buffering=0) as inward:
            inward.write(b"in")
            await guest.receives(b"in")
        with open(world.folder / "pipe.out", "rb", buffering=0) as outward:
            guest.write(b"out")

            assert outward.read(3) == b"out"

    run(test)


def test_udp(run: Run) -> None:
    """What the guest writes is a datagram."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            world.add(Backend(udp.Udp, {"address": Port("127.0.0.1", other.getsockname()[1])}))
            world.plug().write(b"datagram")

            assert other.recv(100) == b"datagram"

    run(test)


def test_what_comes_from_a_file(run: Run) -> None:
    """What is in the file to read comes, and then its end is heard."""

    async def test(world: World) -> None:
        (world.folder / "in").write_bytes(b"in the file")
        world.add(Backend(file.File, {"out": str(world.folder / "out"), "in_": str(world.folder / "in")}))
        guest = world.plug()
        await guest.receives(b"in the file")
        await guest.until(lambda: guest.heard == [Event.opened, Event.closed])

    run(test)


def test_what_comes_from_a_terminal(run: Run) -> None:
    """What is typed at the other end of a serial line comes."""

    async def test(world: World) -> None:
        other, line = os.openpty()
        world.add(Backend(file.Tty, {"path": os.ttyname(line)}))
        guest = world.plug()
        os.write(other, b"typed")
        await guest.receives(b"typed")
        os.close(line)
        os.close(other)

    run(test)


def test_datagrams_come(run: Run) -> None:
    """A datagram from the other end comes."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            world.add(Backend(udp.Udp, {"address": Port("127.0.0.1", other.getsockname()[1])}))
            guest = world.plug()
            guest.write(b"here")
            other.sendto(b"there", other.recvfrom(10)[1])
            await guest.receives(b"there")

    run(test)


def test_what_can_not_be_emptied(run: Run) -> None:
    """A device is written to as a file is; a path that is a folder is refused, and the old chardev stays."""

    async def test(world: World) -> None:
        world.add(Backend(file.File, {"out": "/dev/null"}))
        guest = world.plug()
        guest.write(b"nowhere")
        (world.folder / "folder").mkdir()
        with pytest.raises(ChardevError, match="Address already in use"):
            world.change(world.listener("folder"))

        assert world.layer.registry.find("c") is guest.frontend.chr

    run(test)


def test_a_write_to_nobody(run: Run) -> None:
    """What is written while nobody is there is gone, and the port is not throttled by it."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        guest.write(b"nobody")

        assert not guest.waiting and not guest.pending

        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected)
        guest.write(b"somebody")

        assert await read(client, 8) == b"somebody"

        client.close()
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_stopped(run: Run) -> None:
    """What comes while the machine is stopped is heard when it goes on, and so is who has left."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected)
        world.layer.stop()
        client.sendall(b"meanwhile")
        client.close()
        world.layer.cont()
        await guest.receives(b"meanwhile")
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_a_mux(run: Run) -> None:
    """Two ports on a mux write to one client, and what comes is for the one that has the focus."""

    async def test(world: World) -> None:
        world.add(world.listener(), "base")
        world.add(Backend(mux.Mux, {"base": "base"}))
        first, second = world.plug(), world.plug()
        client = await connect(world.folder / "socket")
        await second.until(lambda: second.host_connected and first.host_connected)
        first.write(b"1")
        second.write(b"2")

        assert await read(client, 2) == b"12"

        client.sendall(b"a\x01cb")
        await second.receives(b"a")
        await first.receives(b"b")
        client.close()
        await second.until(lambda: not second.host_connected)

    run(test)


def test_a_peer_that_does_not_read(run: Run) -> None:
    """What does not fit waits until the peer reads: nothing is lost, nothing comes twice."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected)
        data = os.urandom(1 << 20)
        guest.write(data)

        assert guest.waiting

        assert await read(client, len(data)) == data
        assert not guest.waiting

        client.close()
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_a_guest_that_does_not_read(run: Run) -> None:
    """What the guest has no room for waits at the peer; all of it arrives before CLOSED is heard."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        client = await connect(world.folder / "socket")
        data = os.urandom(1 << 20)

        async def send() -> None:
            await asyncio.get_running_loop().sock_sendall(client, data)
            client.close()

        sending = asyncio.create_task(send())
        received = b""
        while len(received) < len(data):
            await guest.until(lambda: bool(guest.received))
            received += guest.guest_reads(4096)
        await sending

        assert received == data

        await guest.until(lambda: guest.heard == [Event.opened, Event.closed])

    run(test)


@pytest.mark.parametrize("kept", [True, False], ids=["refused", "done"])
def test_a_swap(run: Run, kept: bool) -> None:
    """A client is sent away by a change that succeeds, and notices nothing of one that fails."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected)
        if kept:
            with pytest.raises(ChardevError):
                world.change(Backend(file.File, {"out": str(world.folder / "nowhere" / "out")}))
            guest.write(b"still here")

            assert await read(client, 10) == b"still here"
            assert guest.heard == [Event.opened]
        else:
            world.change(Backend(null.RingBuf))
            guest.write(b"in memory")

            assert await read(client, 1) == b""
            assert guest.heard == [Event.opened, Event.closed, Event.opened]
        client.close()
        await guest.until(lambda: kept == (guest.heard[-1] is Event.closed))

    run(test)


def test_a_listener_at_its_own_path(run: Run) -> None:
    """A listener can be changed to another at the same path, which is reachable then."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        for _ in range(3):
            world.change(world.listener())
        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected)
        client.close()
        await guest.until(lambda: not guest.host_connected)

        assert os.listdir(world.folder) == ["socket"]

    run(test)


def test_many_swaps_leak_nothing(run: Run) -> None:
    """After hundreds of swaps among all kinds there are no more descriptors, sources and tasks than before."""

    async def test(world: World) -> None:
        os.mkfifo(world.folder / "pipe")
        kinds = [
            Backend(null.Null),
            Backend(null.RingBuf),
            world.listener(),
            Backend(pty.Pty),
            Backend(file.File, {"out": str(world.folder / "out")}),
            Backend(file.Pipe, {"path": str(world.folder / "pipe")}),
            Backend(Socket, {"address": Path(str(world.folder / "nobody")), "server": False, "reconnect": 10}),
        ]
        world.add(kinds[0])
        world.plug()
        before = descriptors(), len(asyncio.all_tasks())
        for _ in range(30):
            for backend in [*kinds[1:], kinds[0]]:
                world.change(backend)
        for thread in threading.enumerate():
            if thread.daemon and "_connect" in thread.name:
                thread.join()
        await asyncio.sleep(0)  # what they have left for the loop is done

        assert (descriptors(), len(asyncio.all_tasks())) == before
        assert not world.main.watches

    run(test)
