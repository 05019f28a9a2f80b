"""The layer with real sockets, pseudo terminals, pipes and files."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path as File
from typing import Any

import pytest

from hotswap.impl.backends import file, hub, mux, null, pipe, pty, ringbuf, serial, udp
from hotswap.impl.backends.socket import Socket
from hotswap.impl.change import Change
from hotswap.impl.chardev import Chardev
from hotswap.impl.commands import chardev_remove, device_del
from hotswap.impl.devices.virtio_console import VirtConsole, VirtSerialPort
from hotswap.impl.errors import ChardevError
from hotswap.impl.host import Path, Port
from hotswap.impl.layer import Backend, Layer
from hotswap.impl.log import LogFile
from hotswap.impl.loop import LoopContext
from hotswap.impl.posix.channel import PosixChannel
from hotswap.impl.posix.host import PosixHost
from hotswap.spec import CHARDEV
from hotswap.spec.backend import Event
from serving import descriptors


class Console(VirtConsole):
    """A console whose guest waits for what comes."""

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


class OneByOne(Console):
    """A console whose guest takes one byte at a time."""

    def can_read(self) -> int:
        """Only when it has taken the last one."""
        return int(not self.received)


class Guest(Console, VirtSerialPort):
    """A port whose guest has it open."""


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

    def find(self, name: str) -> Chardev:
        """The chardev of that name."""
        chardev = self.layer.registry.find(name)
        assert chardev is not None
        return chardev

    def plug(self, name: str = "c") -> Guest:
        """A port on the chardev, which the guest opens."""
        guest = Guest(self.layer)
        guest.realize(self.find(name))
        guest.guest_connects(True)
        return guest

    async def meet(self, listener: str = "socket") -> tuple[Guest, socket.socket]:
        """A port on the chardev, and a client of a listener, of whom the guest has heard."""
        guest, client = self.plug(), await connect(self.folder / listener)
        await guest.until(lambda: guest.host_connected)
        return guest, client

    def console(self, name: str = "c", kind: type[Console] = Console) -> Console:
        """A console on the chardev."""
        console = kind(self.layer)
        console.realize(self.find(name))
        return console

    def listener(self, name: str = "socket") -> Backend:
        """A listener at a path in the folder."""
        return Backend(Socket, {"address": Path(str(self.folder / name))})

    def end(self) -> None:
        """Let go of everything."""
        for device in tuple(self.layer.devices):
            device_del(device)
        for chardev in sorted(self.layer.registry.chardevs(), key=lambda each: not each.stacks):
            chardev_remove(self.layer, chardev.label)
        self.main.close()


Test = Callable[[World], Coroutine[Any, Any, None]]
Run = Callable[[Test], None]


@pytest.fixture(params=["repaired"])
def run(tmp_path: File, request: pytest.FixtureRequest) -> Run:
    """Run a test in a world of its own, after which every descriptor is closed again."""

    async def whole(test: Test) -> None:
        world = World(tmp_path, request.param)
        await test(world)
        world.end()

    def begin(test: Test) -> None:
        before = descriptors()
        asyncio.run(whole(test))
        assert descriptors() == before

    return begin


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


def test_a_pty(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo terminal is open while somebody has its other end open; here it looks more often than it does."""
    monkeypatch.setattr(pty, "PERIOD", 0.002)

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
        world.add(Backend(pipe.Pipe, {"path": str(world.folder / "pipe")}))
        guest = world.plug()
        with open(world.folder / "pipe.in", "wb", buffering=0) as inward:
            inward.write(b"in")
            await guest.receives(b"in")
        with open(world.folder / "pipe.out", "rb", buffering=0) as outward:
            guest.write(b"out")

            assert outward.read(3) == b"out"

    run(test)


def test_udp(run: Run) -> None:
    """What the guest writes to a console is a datagram; a port would wait for somebody who is never there."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            world.add(Backend(udp.Udp, {"address": Port("127.0.0.1", other.getsockname()[1])}))
            world.console().write(b"datagram")

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
        world.add(Backend(serial.Tty, {"path": os.ttyname(line)}))
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
            console = world.console()
            console.write(b"here")
            other.sendto(b"there", other.recvfrom(10)[1])
            await console.receives(b"there")

    run(test)


def test_a_datagram_is_not_cut_off(run: Run) -> None:
    """A guest that takes one byte at a time gets every byte of a datagram, and then those of the next."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            world.add(Backend(udp.Udp, {"address": Port(*other.getsockname())}))
            console = world.console(kind=OneByOne)
            console.write(b"here")
            _, guest = other.recvfrom(10)
            for datagram in (b"hello", b"again"):
                other.sendto(datagram, guest)
            for byte in b"helloagain":
                await console.receives(bytes([byte]))

    run(test)


@pytest.mark.parametrize(("run", "kept"), [("repaired", b"elloagain"), ("qemu-10.0", b"")], indirect=["run"])
def test_datagrams_that_were_not_read(run: Run, kept: bytes) -> None:
    """A swap hands over what is left of a datagram, and those that wait; QEMU drops them."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            world.add(Backend(udp.Udp, {"address": Port(*other.getsockname())}))
            console = world.console(kind=OneByOne)
            console.write(b"here")
            _, guest = other.recvfrom(10)
            for datagram in (b"hello", b"again"):
                other.sendto(datagram, guest)
            await console.receives(b"h")
            world.change(Backend(null.Null))
            console.frontend.accept_input()
            rest = b""
            while more := console.guest_reads(1):
                rest += more

            assert rest == kept

    run(test)


def free_for_datagrams() -> int:
    """A port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def test_where_datagrams_come_from(run: Run) -> None:
    """A socket for datagrams is bound to its own end, and refused if that can't be; seen on 7.2.22 and 10.0.2."""

    async def test(world: World) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            there, here = Port(*other.getsockname()), Port("127.0.0.1", free_for_datagrams())
            world.add(Backend(udp.Udp, {"address": there, "local": here}))
            world.console().write(b"x")

            assert other.recvfrom(10) == (b"x", (here.host, here.port))

            for local, text in (
                (there, "Failed to bind socket: Address already in use"),
                (Port("192.0.2.1", 0), "Failed to bind socket: Cannot assign requested address"),
                (Port("::1", 5), "address resolution failed for ::1:5: Address family for hostname not supported"),
            ):
                with pytest.raises(ChardevError, match=text):
                    world.add(Backend(udp.Udp, {"address": there, "local": local}), "d")

    run(test)


def has(chardev: Chardev, level: int, option: int) -> bool:
    """Whether a socket's connection has an option of `setsockopt(2)`."""
    assert isinstance(chardev, Socket) and isinstance(chardev.channel, PosixChannel)
    assert chardev.channel.kept is not None
    return bool(chardev.channel.kept.getsockopt(level, option))


@pytest.mark.parametrize("nodelay", [True, False])
def test_what_is_sent_at_once(run: Run, nodelay: bool) -> None:
    """A connection does not wait for more to send if it is not to, at either end."""

    async def test(world: World) -> None:
        delay = {"nodelay": nodelay}
        world.add(Backend(Socket, {"address": Port("127.0.0.1", 0), **delay}))
        listener = world.find("c")
        guest = world.plug()
        assert isinstance(listener, Socket)
        world.add(Backend(Socket, {"address": listener.address, "server": False, **delay}), "d")
        await guest.until(lambda: guest.host_connected)

        assert [has(world.find(name), socket.IPPROTO_TCP, socket.TCP_NODELAY) for name in "cd"] == [nodelay] * 2

    run(test)


@pytest.mark.parametrize("reconnect", [0, 10])
@pytest.mark.parametrize("keep", [True, False])
def test_what_is_kept_alive(run: Run, reconnect: float, keep: bool) -> None:
    """The system asks whether a client's other end is there, if it is to."""

    async def test(world: World) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            host, port = listener.getsockname()
            address = Port(host, port, keep_alive=keep)
            world.add(Backend(Socket, {"address": address, "server": False, "reconnect": reconnect}))
            guest = world.plug()
            await guest.until(lambda: guest.host_connected)

            assert has(world.find("c"), socket.SOL_SOCKET, socket.SO_KEEPALIVE) == keep

    run(test)


def test_an_address_that_is_no_name(run: Run) -> None:
    """A listener looks up no name if it is not to; seen on 7.2.22 and 10.0.2."""

    async def test(world: World) -> None:
        with pytest.raises(ChardevError, match="address resolution failed for localhost:0: Name or service not known"):
            world.add(Backend(Socket, {"address": Port("localhost", 0, numeric=True)}))
        world.add(Backend(Socket, {"address": Port("127.0.0.1", 0, numeric=True)}))

    run(test)


@pytest.mark.parametrize("size", [100, 103, 107, 108])
@pytest.mark.parametrize(("run", "swaps"), [("repaired", 0), ("repaired", 2), ("qemu-10.0", 0)], indirect=["run"])
def test_a_listener_at_a_long_path(run: Run, swaps: int, size: int) -> None:
    """It may be as long as QEMU allows, also when one is put in another's place, and the folder has nothing else."""

    async def test(world: World) -> None:
        folder = world.folder / ("x" * (size - len(str(world.folder)) - len("//socket")))
        folder.mkdir()
        backend = Backend(Socket, {"address": Path(str(folder / "socket"))})

        assert len(str(folder / "socket")) == size

        world.add(backend)
        guest = world.plug()
        for _ in range(swaps):
            world.change(backend)
        with socket.socket(socket.AF_UNIX) as client:
            opened = os.open(folder, os.O_PATH)
            client.connect(f"/proc/self/fd/{opened}/socket")
            os.close(opened)
            await guest.until(lambda: guest.host_connected)

            assert os.listdir(folder) == ["socket"]

    run(test)


@pytest.mark.parametrize("run", ["repaired", "qemu-10.0"], indirect=True)
def test_what_somebody_else_has_beside_a_path(run: Run) -> None:
    """A listener that is made beside its path takes a name that nobody has."""

    async def test(world: World) -> None:
        others = [world.folder / f".{os.getpid():x}-{number}" for number in range(1, 4)]
        for each in others:
            each.write_text("precious")
        world.add(world.listener())

        assert {each.read_text() for each in others} == {"precious"}
        assert {each.name for each in world.folder.iterdir()} == {"socket", *(each.name for each in others)}

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


@pytest.mark.parametrize("run", ["repaired", "qemu-10.0"], indirect=True)
def test_a_write_to_nobody(run: Run) -> None:
    """What is written while nobody is there is kept for who comes; in QEMU it is gone. The port is not throttled."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest = world.plug()
        guest.write(b"nobody ")

        assert not guest.waiting

        client = await connect(world.folder / "socket")
        await guest.until(lambda: guest.host_connected and not guest.pending)
        guest.write(b"somebody")
        said = b"nobody somebody" if world.layer.profile.name == "repaired" else b"somebody"

        assert await read(client, len(said)) == said

        client.close()
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_stopped(run: Run) -> None:
    """What comes while the machine is stopped is heard when it goes on, and so is who has left."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest, client = await world.meet()
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
        world.add(Backend(mux.Mux, {"bases": ("base",)}))
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


def test_what_is_behind_a_mux_s_escape(run: Run) -> None:
    """The escape twice is a byte for the guest, with b it is BREAK, and with another key it is nothing (measured)."""

    async def test(world: World) -> None:
        world.add(world.listener(), "base")
        world.add(Backend(mux.Mux, {"bases": ("base",)}))
        guest = world.plug()
        client = await connect(world.folder / "socket")
        client.sendall(b"\x01\x01\x01b\x01z\x01\x01b")
        await guest.receives(b"\x01\x01b")

        assert guest.heard.count(Event.break_) == 1

        client.close()

    run(test)


def test_a_hub(run: Run) -> None:
    """A port on a hub writes to all members that are open, and hears the first that opens and the last that closes."""

    async def test(world: World) -> None:
        names = ("one", "two", "three")
        for name in names:
            world.add(world.listener(name), name)
        world.add(Backend(hub.Hub, {"bases": names}))
        guest, one = await world.meet("one")
        guest.write(b"to one")
        two = await connect(world.folder / "two")
        two.sendall(b"from two")
        await guest.receives(b"from two")
        guest.write(b" and two")

        assert await read(one, 14) == b"to one and two"
        assert await read(two, 8) == b" and two"

        one.sendall(b"from one")
        await guest.receives(b"from one")
        one.close()
        two.sendall(b"!")
        await guest.receives(b"!")
        two.close()
        await guest.until(lambda: guest.heard == [Event.opened, Event.closed])

    run(test)


def test_the_slowest_member_of_a_hub(run: Run) -> None:
    """Who is faster than the slowest member is given nothing twice, and nobody misses anything."""

    async def test(world: World) -> None:
        world.add(Backend(ringbuf.RingBuf, {"size": 1 << 20}), "memory")
        for name in ("one", "two"):
            world.add(world.listener(name), name)
        world.add(Backend(hub.Hub, {"bases": ("one", "memory", "two")}))
        guest = world.plug()
        one, two = await connect(world.folder / "one"), await connect(world.folder / "two")
        for client in (one, two):
            client.sendall(b"here")
            await guest.receives(b"here")
        data = os.urandom(1 << 20)
        guest.write(data)

        assert guest.waiting

        first, second = await asyncio.gather(read(one, len(data)), read(two, len(data)))

        assert (first == data, second == data) == (True, True)
        memory = world.layer.registry.find("memory")
        assert isinstance(memory, ringbuf.RingBuf) and memory.take(len(data)) == data
        assert not guest.waiting

        one.close()
        two.close()

    run(test)


@pytest.mark.parametrize(("run", "kept"), [("repaired", b"kept"), ("qemu-10.0", b"")], indirect=["run"])
def test_a_member_of_a_hub_that_is_gone(run: Run, kept: bytes) -> None:
    """Until the hub hears of it, what is written to QEMU's fails for those after it as well."""

    async def test(world: World) -> None:
        world.add(world.listener("one"), "one")
        world.add(Backend(hub.Hub, {"bases": ("one",)}))
        guest, client = await world.meet("one")
        device_del(guest)
        chardev_remove(world.layer, "c")
        world.add(Backend(ringbuf.RingBuf), "memory")
        world.add(Backend(hub.Hub, {"bases": ("one", "memory")}))
        guest = world.plug()
        client.close()
        guest.write(b"kept")
        memory = world.layer.registry.find("memory")

        assert isinstance(memory, ringbuf.RingBuf) and memory.take(4) == kept

    run(test)


@pytest.mark.parametrize(
    ("bases", "said"),
    [
        (("a", "b", "c", "d", "e"), "hub: too many uses of chardevs 'h' (maximum is 4)"),
        (("a", "a"), "chardev 'a' is already in use"),
        (("a", "nope"), "hub: chardev can't be found by id 'nope'"),
        (
            ("a", "mux", "nope"),
            "hub: multiplexers and hub devices can't be stacked, check chardev 'mux', "
            "chardev should not be a hub device or have 'mux=on' enabled",
        ),
    ],
)
def test_what_can_be_no_hub(run: Run, bases: tuple[str, ...], said: str) -> None:
    """As QEMU 10.0.2 says it; the members are free again."""

    async def test(world: World) -> None:
        for name in ("a", "b", "c", "d", "e", "base"):
            world.add(Backend(ringbuf.RingBuf), name)
        world.add(Backend(mux.Mux, {"bases": ("base",)}), "mux")
        with pytest.raises(ChardevError) as caught:
            world.add(Backend(hub.Hub, {"bases": bases}), "h")

        assert str(caught.value) == f"Failed to add chardev 'h': {said}"

        world.add(Backend(hub.Hub, {"bases": ("a", "b", "c", "d")}), "h")
        with pytest.raises(ChardevError, match="Chardev 'a' is busy"):
            chardev_remove(world.layer, "a")
        with pytest.raises(ChardevError, match="Chardev user does not support chardev hotswap"):
            world.change(Backend(null.Null), "a")

    run(test)


QEMU_TOO = pytest.mark.parametrize("run", ["repaired", "qemu-10.0"], indirect=True)


@QEMU_TOO
def test_a_log(run: Run) -> None:
    """What the frontend writes is in the log, what it reads is not, and a log is emptied unless it is to be kept."""

    async def test(world: World) -> None:
        log = world.folder / "log"
        log.write_bytes(b"old\n")
        world.add(Backend(ringbuf.RingBuf, log=LogFile(str(log), append=True)))
        guest = world.plug()
        guest.write(b"one\n")

        assert log.read_bytes() == b"old\none\n"

        world.change(Backend(Socket, {"address": Path(str(world.folder / "socket"))}, LogFile(str(log))))

        assert log.read_bytes() == b""

        client = await connect(world.folder / "socket")
        client.sendall(b"in")
        await guest.receives(b"in")
        guest.write(b"out")

        assert log.read_bytes() == await read(client, 3) == b"out"

        client.close()

    run(test)


@QEMU_TOO
def test_a_log_that_is_not_there(run: Run) -> None:
    """Nothing is created without its log, and the log is opened first; seen on 7.2.22 and 10.0.2."""

    async def test(world: World) -> None:
        world.add(Backend(null.Null))
        guest = world.plug()
        kept = guest.frontend.chr
        for path, why in (
            (str(world.folder / "no" / "log"), "No such file or directory"),
            ("", "No such file or directory"),
            (str(world.folder), "Is a directory"),
        ):
            backend = Backend(file.File, {"out": str(world.folder / "no" / "out")}, LogFile(path))
            with pytest.raises(ChardevError) as caught:
                world.change(backend)
            assert str(caught.value) == f"Could not create '{path}': {why}"
        with pytest.raises(ChardevError, match="Failed to add chardev 'd': Could not create ''"):
            world.add(Backend(null.Null, log=LogFile("")), "d")

        assert guest.frontend.chr is kept

    run(test)


@pytest.mark.parametrize(("run", "left"), [("repaired", b"old"), ("qemu-10.0", b"")], indirect=["run"])
def test_a_change_that_fails_and_its_log(run: Run, left: bytes) -> None:
    """QEMU has emptied the log by then; `repaired` has not."""

    async def test(world: World) -> None:
        log = world.folder / "log"
        log.write_bytes(b"old")
        world.add(Backend(null.Null))
        world.plug()
        with pytest.raises(ChardevError, match="Could not open"):
            world.change(Backend(file.File, {"out": str(world.folder / "no" / "out")}, LogFile(str(log))))

        assert log.read_bytes() == left

    run(test)


@pytest.mark.parametrize(
    ("run", "once"), [("repaired", True), ("qemu-7.2", False), ("qemu-10.0", False)], indirect=["run"]
)
def test_the_log_of_a_peer_that_does_not_read(run: Run, once: bool) -> None:
    """The log has what the peer was sent, byte by byte; QEMU logs what has to wait each time that it is tried."""

    async def test(world: World) -> None:
        log = world.folder / "log"
        world.add(Backend(Socket, {"address": Path(str(world.folder / "socket"))}, LogFile(str(log))))
        guest, client = await world.meet()
        data = b""
        while not guest.waiting:
            data += (more := os.urandom(4096))
            guest.write(more)

        assert await read(client, len(data)) == data
        assert (log.read_bytes() == data) == once

        client.close()
        await guest.until(lambda: not guest.host_connected)

    run(test)


def test_a_log_on_a_full_disk(run: Run) -> None:
    """A log that takes nothing costs the chardev nothing."""

    async def test(world: World) -> None:
        world.add(Backend(ringbuf.RingBuf, log=LogFile("/dev/full")))
        guest = world.plug()
        guest.write(b"kept")
        memory = guest.frontend.chr

        assert isinstance(memory, ringbuf.RingBuf) and memory.take(10) == b"kept"

    run(test)


def test_the_path_of_a_pty(run: Run) -> None:
    """There is a link to the other end for as long as the chardev lives; a path that is taken is an error."""

    async def test(world: World) -> None:
        link = world.folder / "tty"
        world.add(Backend(pty.Pty, {"link": str(link)}))
        made = world.layer.registry.find("c")

        assert isinstance(made, pty.Pty) and os.readlink(link) == made.path

        for path, why in ((link, "File exists"), (world.folder / "no" / "tty", "No such file or directory")):
            with pytest.raises(ChardevError, match=f"Failed to create PTY symlink: {why}"):
                world.add(Backend(pty.Pty, {"link": str(path)}), "d")

        assert os.readlink(link) == made.path

        chardev_remove(world.layer, "c")

        assert not link.is_symlink()

    run(test)


def test_a_range_of_ports(run: Run) -> None:
    """A listener takes the first port that is free, and says which; if none is, that is an error."""

    async def test(world: World) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            world.add(Backend(Socket, {"address": Port("localhost", taken, to=taken + 20, ipv4=True)}))
            with pytest.raises(ChardevError, match="Failed to find an available port: Address already in use"):
                world.add(Backend(Socket, {"address": Port("127.0.0.1", taken, to=taken)}), "d")
        made = world.layer.registry.find("c")

        assert isinstance(made, Socket) and isinstance(made.address, Port)
        assert taken < made.address.port <= taken + 20

        guest = world.plug()
        client = socket.create_connection(("127.0.0.1", made.address.port))
        await guest.until(lambda: guest.host_connected)
        own = client.getsockname()[1]

        assert made.filename() == f"tcp:127.0.0.1:{made.address.port},server=on <-> 127.0.0.1:{own}"

        client.close()
        await guest.until(lambda: not guest.host_connected)

        assert made.filename() == f"disconnected:tcp:127.0.0.1:{made.address.port},server=on"

    run(test)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            Port("127.0.0.1", 0, ipv6=True),
            "address resolution failed for 127.0.0.1:0: Address family for hostname not supported",
        ),
        (
            Port("127.0.0.1", 0, ipv4=False),
            "address resolution failed for 127.0.0.1:0: Address family for hostname not supported",
        ),
        (Port("no.invalid", 0), "address resolution failed for no.invalid:0: Name or service not known"),
        (Port("192.0.2.1", 0), "Failed to bind socket: Cannot assign requested address"),
    ],
)
def test_a_port_that_can_not_be_listened_at(run: Run, address: Port, said: str) -> None:
    """In QEMU's words, as 7.2.22 and 10.0.2 have them."""

    async def test(world: World) -> None:
        with pytest.raises(ChardevError) as caught:
            world.add(Backend(Socket, {"address": address}))

        assert str(caught.value) == f"Failed to add chardev 'c': {said}"

    run(test)


def test_names_that_are_not_used_any_more(run: Run) -> None:
    """A name that is removed leaves nothing behind."""

    async def test(world: World) -> None:
        for number in range(50):
            world.add(world.listener(), f"c{number}")
            world.change(Backend(null.Null), f"c{number}")
            chardev_remove(world.layer, f"c{number}")

        assert world.layer.registry.ids == {}
        assert world.layer.yank.instances == {}

    run(test)


def test_a_peer_that_does_not_read(run: Run) -> None:
    """What does not fit waits until the peer reads: nothing is lost, nothing comes twice."""

    async def test(world: World) -> None:
        world.add(world.listener())
        guest, client = await world.meet()
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
        guest, client = await world.meet()
        if kept:
            with pytest.raises(ChardevError):
                world.change(Backend(file.File, {"out": str(world.folder / "nowhere" / "out")}))
            guest.write(b"still here")

            assert await read(client, 10) == b"still here"
            assert guest.heard == [Event.opened]
        else:
            world.change(Backend(ringbuf.RingBuf))
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
            Backend(ringbuf.RingBuf),
            world.listener(),
            Backend(pty.Pty),
            Backend(file.File, {"out": str(world.folder / "out")}),
            Backend(pipe.Pipe, {"path": str(world.folder / "pipe")}),
            Backend(Socket, {"address": Path(str(world.folder / "nobody")), "server": False, "reconnect": 10}),
        ]
        world.add(kinds[0])
        world.plug()
        before = descriptors(), len(asyncio.all_tasks())
        for _ in range(30):
            for backend in [*kinds[1:], kinds[0]]:
                world.change(backend)
        await asyncio.sleep(0)  # what they have left for the loop is done

        assert (descriptors(), len(asyncio.all_tasks())) == before
        assert not world.main.watches

    run(test)
