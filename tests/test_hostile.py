"""`hotswap serve` and those who mean it no good: whatever they do, it says what is wrong, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from serving import JSON, LIMIT, Line, Server, Start, command, listens, until

SECOND = ("-qmp", "unix:@/second,server=on,wait=off")
STATUS = {"status": "running", "running": True}
GUEST = (
    "-device", "virtio-serial", "-device", "virtserialport,chardev=c,id=p", "-guest", "unix:@/guest,server=on,wait=off",
)  # fmt: skip
UART = ("-device", "isa-serial,chardev=c,id=s", "-qtest", "unix:@/qtest,server=on,wait=off")
LISTENER = ("-chardev", "socket,id=c,path=@/a,server=on,wait=off")


@pytest.fixture
def start(start: Start) -> Iterator[Start]:
    """Start servers that, unless they are ended before, still obey in the end, and have nothing to complain of."""
    servers: list[Server] = []

    def begin(*words: str) -> Server:
        servers.append(start(*words))
        return servers[-1]

    yield begin
    for server in [server for server in servers if server.said is None]:
        said = server.end()
        assert (server.process.returncode, said) == (0, "")


def memory(server: Server) -> int:
    """How many bytes the process has in memory."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def peak(server: Server) -> int:
    """How many it had at most."""
    status = Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) << 10


def busy(server: Server) -> float:
    """Which part of half a second the process computes."""

    def ticks() -> int:
        fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before, began = ticks(), time.monotonic()
    time.sleep(0.5)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)


def threads(server: Server) -> int:
    """How many threads it has."""
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


@contextmanager
def limited(server: Server, what: int, limit: int) -> Iterator[None]:
    """Lower one of the limits of the process, and raise it again."""
    before = resource.prlimit(server.process.pid, what)
    resource.prlimit(server.process.pid, what, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, what, before)


@contextmanager
def stuck(folder: Path) -> Iterator[socket.socket]:
    """A listener `stuck`, whose backlog is full."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(folder / "stuck"))
        listener.listen(0)
        listener.settimeout(LIMIT)
        sockets.enter_context(socket.socket(socket.AF_UNIX)).connect(str(folder / "stuck"))
        yield listener


def joins(path: str, **more: object) -> JSON:
    """The data of a socket that connects."""
    return {"addr": {"type": "unix", "data": {"path": path}}, "server": False, **more}


class Port:
    """The guest's side of a port, over `-guest`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.does("open")

    def does(self, what: str, **more: object) -> JSON:
        """One word of the guest's; the answer."""
        self.line.say(json.dumps({"port": "p", "do": what, **more}).encode())
        answer: JSON = json.loads(self.line.hear())
        return answer

    def sends(self, data: bytes) -> bool:
        """Whether it is throttled then."""
        throttled: bool = self.does("send", data=base64.b64encode(data).decode())["throttled"]
        return throttled

    def throttled(self) -> bool:
        """Whether it has to wait."""
        return bool(self.does("status")["throttled"])


# What a client says.


BAD = [
    (b'{"execute": ]', "JSON parse error, expecting value"),
    (b'{"execute": "\xc3"}', "JSON parse error, invalid UTF-8 sequence in string"),
    (b'{"execute": "query-st', "JSON parse error, stray '\"query-st\n'"),
    (b"[" * 10_000 + b"\0", "JSON nesting depth limit exceeded"),
    (b'"' + b"x" * (64 << 20), "JSON token size limit exceeded"),
    (b'{"execute": "nope"}', "The command nope has not been found"),
    (b'{"execute": "stop", "arguments": {"now": true}}', "Parameter 'now' is unexpected"),
]
"""What is wrong in as many ways as there are lines, and what is said to that."""


def test_bad_messages(start: Start) -> None:
    """Who says it hears what is wrong, and is heard again; another client notices nothing."""
    server = start(*SECOND)
    before = memory(server)
    with closing(server.monitor("second")) as second:
        for text, said in BAD:
            second.say(text)

            assert json.loads(second.hear())["error"]["desc"] == said
            assert server.execute("query-status") == STATUS

            second.say(b'{"execute": "query-status", "id": "the next"}')
            while "id" not in (answer := json.loads(second.hear())):
                pass

            assert answer == {"return": STATUS, "id": "the next"}
    assert memory(server) < before + (200 << 20)


def test_a_large_message(start: Start) -> None:
    """A long string takes no more memory than some copies of it."""
    server = start(*SECOND)
    with closing(server.monitor("second")) as second:
        before = peak(server)
        second.say(b'{"execute": "query-status", "id": "' + b"x" * (16 << 20) + b'"}')

        assert json.loads(second.hear())["return"] == STATUS
        assert peak(server) < before + 10 * (16 << 20)


@pytest.mark.parametrize(("deep", "heard"), [(1023, True), (1024, False)])
def test_a_deep_message(deep: int, heard: bool, start: Start) -> None:
    """Values are nested 1024 deep in QEMU, and not deeper."""
    server = start(*SECOND)
    with closing(server.monitor("second")) as second:
        second.say(b'{"execute": "query-status", "id": ' + b"[" * deep + b"]" * deep + b"}")
        answer = second.hear()

        assert answer.count(b"[") == deep if heard else b"JSON nesting depth limit exceeded" in answer


@pytest.mark.parametrize("text", [b"", b'{"execute": "sto'], ids=["nothing", "half a message"])
def test_silence(start: Start, text: bytes) -> None:
    """Who says nothing, or not enough, has his monitor for himself, and nobody else waits for him."""
    server = start("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s", *SECOND)
    with closing(server.connect("second")) as silent, closing(server.connect("second")) as after:
        silent.hear()
        silent.connection.sendall(text)

        assert server.change("ringbuf") == {}
        assert not select.select([after.connection], [], [], 0)[0]

        silent.close()

        assert json.loads(after.hear()) == server.greeting


def test_nobody_reads_the_answers(start: Start) -> None:
    """Who does not read is not heard: what is said to him is kept within bounds, and all of it is there in the end."""
    server = start("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s", *SECOND)
    before, count = memory(server), 10_000
    with closing(server.monitor("second")) as second:
        asks = threading.Thread(target=second.connection.sendall, args=(b'{"execute": "query-commands"}\n' * count,))
        asks.start()
        for _ in range(50):
            assert server.change("ringbuf") == {}
            assert server.change("null") == {}

        assert asks.is_alive()
        assert memory(server) < before + (8 << 20)

        first = second.hear()
        assert all(second.hear() == first for _ in range(count - 1))
        asks.join(LIMIT)


def test_nobody_reads_the_events(start: Start) -> None:
    """Who lets events pile up is sent away when there are too many; then somebody else has his turn."""
    server = start("-chardev", "null,id=c", *SECOND)
    before, name = memory(server), "x" * 30_000
    with closing(server.monitor("second")) as deaf:
        for _ in range(100):
            assert server.execute("device_add", driver="pci-serial", chardev="c", id=name) == {}
            assert server.execute("device_del", id=name) == {}

        assert memory(server) < before + (8 << 20)

        heard = [json.loads(line)["event"] for line in deaf.file if line.endswith(b"\n")]
        assert 0 < len(heard) < 100 and set(heard) == {"DEVICE_DELETED"}
    server.monitor("second").close()


@pytest.mark.parametrize("path", ["guest", "qtest"])
def test_nobody_reads_the_lines(start: Start, path: str) -> None:
    """So it is with the others who are answered line by line."""
    server = start("-chardev", "null,id=c", *UART, "-guest", "unix:@/guest,server=on,wait=off")
    before, count = memory(server), 40_000
    with closing(server.connect(path)) as client:
        asks = threading.Thread(target=client.connection.sendall, args=(b"nonsense without a meaning\n" * count,))
        asks.start()

        assert server.change("ringbuf") == {}

        first = client.hear()
        assert memory(server) < before + (8 << 20)
        assert all(client.hear() == first for _ in range(count - 1))
        asks.join(LIMIT)


# Who comes, and who goes.


def test_two_hundred_clients(start: Start) -> None:
    """Of many clients at once one is served; each has its turn, its greeting and its answer."""
    server = start(*SECOND)

    async def visit() -> JSON:
        reader, writer = await asyncio.open_unix_connection(server.folder / "second")
        assert json.loads(await reader.readline()) == server.greeting
        writer.write(b'{"execute": "qmp_capabilities"}{"execute": "query-status"}')
        assert json.loads(await reader.readline()) == {"return": {}}
        answer: JSON = json.loads(await reader.readline())
        writer.close()
        await writer.wait_closed()
        return answer

    async def visits() -> list[JSON]:
        async with asyncio.timeout(LIMIT):
            return await asyncio.gather(*(visit() for _ in range(200)))

    assert asyncio.run(visits()) == [{"return": STATUS}] * 200


VICTIM = """
import os, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
lines = client.makefile("rb")
lines.readline()
client.sendall(b'{"execute": "qmp_capabilities"}')
lines.readline()
client.sendall(sys.argv[2].encode() * int(sys.argv[3]))
print("said", flush=True)
sys.stdin.read()
"""


@contextmanager
def victim(server: Server, text: str, times: int = 1) -> Iterator[None]:
    """Somebody who has said this to the second monitor, and is killed."""
    words = [sys.executable, "-c", VICTIM, str(server.folder / "second"), text, str(times)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"said\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("text", "times"),
    [('{"execute": "chardev-change", "argum', 1), ('{"execute": "', 1), ('{"execute": "query-commands"}', 5_000)],
    ids=["a command", "a string", "answers"],
)
def test_killed(start: Start, text: str, times: int) -> None:
    """A client is killed in the middle of what it says, or is told: the next has a session of its own."""
    server = start("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s", *SECOND)
    with victim(server, text, times):
        pass

    with closing(server.monitor("second")) as after:
        after.say(b'{"execute": "query-status"}')

        assert json.loads(after.hear()) == {"return": STATUS}
    assert server.change("ringbuf") == {}


def test_killed_while_a_change_waits(start: Start) -> None:
    """The change that a client has asked for waits for its peer, as QEMU's does; it ends though nobody hears of it."""
    server = start("--profile", "qemu-10.0", "-chardev", "null,id=c", *UART, *SECOND)
    data = {**listens(str(server.folder / "a")), "wait": True}
    change = {"execute": "chardev-change", "arguments": {"id": "c", "backend": {"type": "socket", "data": data}}}
    with victim(server, json.dumps(change)):
        until((server.folder / "a").exists)
    with closing(server.connect("a")) as peer, closing(server.connect("qtest")) as qtest:
        qtest.say(b"outb 0x3f8 0x41")

        assert qtest.hear() == b"OK\n"
        assert peer.connection.recv(1) == b"A"
        assert server.execute("qom-get", path="/chardevs/c", property="connected") is True
        assert server.change("null") == {}
        assert peer.hear() == b""
    server.monitor("second").close()


# Who does not read what a device writes.


def test_a_port_whose_peer_does_not_read(start: Start) -> None:
    """Its guest waits, and nobody else does; after a swap it writes on, and no byte is lost."""
    server = start(*LISTENER, *GUEST, "-chardev", "ringbuf,id=d", *SECOND)
    with closing(server.connect("guest")) as line, closing(server.accept("a")) as peer:
        port, sent = Port(line), b""
        while not port.throttled():
            part = b"".join(b"%07d\n" % number for number in range(len(sent) // 8, len(sent) // 8 + 512))
            port.sends(part)
            sent += part

        assert server.execute("ringbuf-write", device="d", data="others go on") == {}
        assert server.execute("ringbuf-read", device="d", size=100) == "others go on"
        server.monitor("second").close()

        assert server.change("ringbuf") == {}
        until(lambda: not port.throttled())

        read = b"".join(iter(lambda: peer.connection.recv(1 << 16), b""))
        assert read + server.execute("ringbuf-read", device="c", size=1 << 16).encode() == sent


def test_a_uart_whose_peer_does_not_read(start: Start) -> None:
    """Its guest sees that the transmitter is not empty; after a swap the byte that waits is sent."""
    server = start(*LISTENER, *UART)
    with closing(server.connect("qtest")) as qtest, closing(server.accept("a")) as peer:

        def asks(text: str) -> str:
            qtest.say(text.encode())
            return qtest.hear().decode().strip()

        sent = 0
        while asks("inb 0x3fd") == "OK 0x0060":
            assert asks("outb 0x3f8 0x41") == "OK"
            sent += 1

        assert server.execute("query-status") == STATUS
        assert server.change("ringbuf") == {}
        until(lambda: asks("inb 0x3fd") == "OK 0x0060")
        read = b"".join(iter(lambda: peer.connection.recv(1 << 16), b""))
        assert read + server.execute("ringbuf-read", device="c", size=10).encode() == b"A" * sent


# What the system has none left of.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(small_disk: Path, start: Start) -> None:
    """A port waits until there is room, without asking all the time; then all is written, in order."""
    server = start("-chardev", f"file,id=c,path={small_disk}/file", *GUEST)
    (small_disk / "other").write_bytes(bytes(32 << 10))
    data = os.urandom(48 << 10)
    with closing(server.connect("guest")) as line:
        port = Port(line)

        assert port.sends(data)
        assert busy(server) < 0.2
        assert server.execute("query-status") == STATUS

        (small_disk / "other").unlink()
        until(lambda: not port.throttled())

        assert (small_disk / "file").read_bytes() == data


def test_a_file_that_may_not_grow(start: Start) -> None:
    """So it is with a limit on the size of files; and a change away from it takes along what waits."""
    server = start("-chardev", "file,id=c,path=@/file", *GUEST)
    with closing(server.connect("guest")) as line, limited(server, resource.RLIMIT_FSIZE, 4):
        port = Port(line)

        assert port.sends(b"0123456789")
        assert server.change("ringbuf") == {}
        until(lambda: not port.throttled())
        assert server.execute("ringbuf-read", device="c", size=100) == "456789"
        assert (server.folder / "file").read_bytes() == b"0123"


def test_a_uart_on_a_full_disk(start: Start) -> None:
    """Its byte is lost, as in QEMU 7.2.22 and 10.0.2, and it is ready for the next."""
    server = start("-chardev", "file,id=c,path=/dev/full", *UART)
    with closing(server.connect("qtest")) as qtest:
        qtest.say(b"outb 0x3f8 0x41\ninb 0x3fd")

        assert [qtest.hear(), qtest.hear()] == [b"OK\n", b"OK 0x0060\n"]
        assert server.change("ringbuf") == {}

        qtest.say(b"outb 0x3f8 0x42")
        qtest.hear()

        assert server.execute("ringbuf-read", device="c", size=10) == "B"


def test_no_descriptor_left(start: Start) -> None:
    """Who can't be accepted waits, without haste; what needs a descriptor fails, and says why; the rest goes on."""
    server = start(*LISTENER)
    kinds = {
        "file": {"out": str(server.folder / "file")},
        "pipe": {"device": str(server.folder / "pipe")},
        "pty": {},
        "socket": listens(str(server.folder / "b")),
        "udp": {"remote": {"type": "inet", "data": {"host": "localhost", "port": "9"}}},
    }
    tcp = {"type": "inet", "data": {"host": "localhost", "port": "0"}}
    with ExitStack() as after:
        with limited(server, resource.RLIMIT_NOFILE, 3):
            peer = after.enter_context(closing(server.connect("a")))
            tried = list(kinds.items())
            tried += [("socket", joins(str(server.folder / "a"))), ("socket", {"addr": tcp, "wait": False})]
            for kind, data in tried:
                said = server.execute("chardev-add", id="d", backend={"type": kind, "data": data})
                assert said.startswith("Failed to add chardev 'd': ") and said.endswith(": Too many open files")

            assert busy(server) < 0.2
            assert server.execute("chardev-add", id="e", backend={"type": "null", "data": {}}) == {}
            assert server.execute("qom-get", path="/chardevs/c", property="connected") is False
        until(lambda: server.execute("qom-get", path="/chardevs/c", property="connected") is True)

        assert server.execute("chardev-add", id="d", backend={"type": "file", "data": kinds["file"]}) == {}
        assert server.change("null") == {}
        assert peer.hear() == b""


def test_connects_that_nobody_answers(start: Start) -> None:
    """However many of them were given up, none is left behind; the last one is there when its turn comes."""
    server = start("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s")
    descriptors = Path(f"/proc/{server.process.pid}/fd")
    with stuck(server.folder) as listener:
        before = threads(server), len(os.listdir(descriptors))
        for _ in range(100):
            assert server.change("socket", **joins(str(server.folder / "stuck"), reconnect=1)) == {}
            assert server.change("null") == {}
        until(lambda: (threads(server), len(os.listdir(descriptors))) == before)

        assert server.change("socket", **joins(str(server.folder / "stuck"), reconnect=1)) == {}
        for _ in range(2):
            listener.accept()[0].close()


# How it ends.


def waiting(server: Server) -> bool:
    """Whether the process sleeps in a system call that is not its main loop's."""
    sleeps_in = Path(f"/proc/{server.process.pid}/wchan").read_text("ascii")
    return sleeps_in not in ("", "0") and "ep_poll" not in sleeps_in and "epoll" not in sleeps_in


@pytest.mark.parametrize(
    ("waits_for", "number", "code"),
    [("a client", signal.SIGTERM, 0), ("a connection", signal.SIGINT, 130), ("a reader", signal.SIGHUP, 0)],
)
def test_ended_while_it_waits(start: Start, waits_for: str, number: int, code: int) -> None:
    """A signal ends a server that does nothing else, as QEMU does, until somebody comes; its paths are gone."""
    server = start("--profile", "qemu-10.0", *LISTENER, "-device", "isa-serial,chardev=c,id=s")
    folder = server.folder
    os.mkfifo(folder / "fifo")
    kind, data = {
        "a client": ("socket", {**listens(str(folder / "b")), "wait": True}),
        "a connection": ("socket", joins(str(folder / "stuck"))),
        "a reader": ("file", {"out": str(folder / "fifo")}),
    }[waits_for]
    change = {"execute": "chardev-change", "arguments": {"id": "c", "backend": {"type": kind, "data": data}}}
    with stuck(folder):
        server.line.say(json.dumps(change).encode())
        until(lambda: waiting(server))
        server.process.send_signal(number)
        said = server.end()

    assert (server.process.returncode, said) == (code, "")
    assert sorted(os.listdir(folder)) == ["fifo", "qmp", "stuck"]


def test_ended_at_the_start(tmp_path: Path) -> None:
    """So does one that has not even begun, because it waits for a client."""
    path = tmp_path / "a"
    words = command("--profile", "qemu-10.0", "-chardev", f"socket,id=c,path={path},server=on,wait=on")
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            until(path.exists)
            process.terminate()
            _, said = process.communicate(timeout=LIMIT)
        finally:
            process.kill()

    assert (process.returncode, said.splitlines()[1:]) == (
        0,
        [b"info: QEMU waiting for connection on: disconnected:" + f"unix:{path},server=on".encode()],
    )
    assert not path.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_ended_in_the_middle(start: Start, number: int, code: int) -> None:
    """Whatever it does, a signal ends it after that: no path is left, and no half answer."""
    server, count = start(*LISTENER, "-device", "isa-serial,chardev=c,id=s"), 4_000
    changes = [
        {"execute": "chardev-change", "arguments": {"id": "c", "backend": {"type": "socket", "data": data}}}
        for data in (listens(str(server.folder / "b")), listens(str(server.folder / "a")))
    ]
    text = "".join(map(json.dumps, changes)).encode() * (count // 2)
    asks = threading.Thread(target=send, args=(server.line.connection, text))
    asks.start()
    heard = [server.line.hear() for _ in range(100)]
    server.process.send_signal(number)
    with suppress(ConnectionResetError):
        heard += server.line.file
    asks.join(LIMIT)
    said = server.end()

    assert (server.process.returncode, said) == (code, "")
    assert set(heard) == {b'{"return": {}}\r\n'}
    assert len(heard) < count
    assert os.listdir(server.folder) == ["qmp"]


def send(connection: socket.socket, text: bytes) -> None:
    """As much as somebody hears."""
    with suppress(OSError):
        connection.sendall(text)
