"""What a stand-alone script is made of (`script.py`): of these definitions, those that it needs are copied into it.

They need Python 3.9 and its standard library. Each is in the script as it is here, in this order.
"""

from __future__ import annotations

import ctypes
import fcntl
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LIMIT = 5.0  # seconds in which something has to come about
LIBC = ctypes.CDLL(None)  # looked for here: between fork and exec nothing may take a lock
ASSERTION = re.compile(r"\w+: [Aa]ssertion .*")  # without the names of the program and of the file

process: subprocess.Popen[bytes]
qemu = 0  # its process, which a wrapper may have started
monitor: io.BufferedRWPair
guest: io.BufferedRWPair
answers: list[dict[str, Any]] = []  # to each command; empty while it has none
events: list[dict[str, Any]] = []
peers: list[Any] = []
shown: list[bool] = []


class Otherwise(Exception):
    """QEMU does not do what it did when this was recorded."""


# QEMU, which connects to this script.


@contextmanager
def running(*options: str) -> Iterator[None]:
    """QEMU in a folder of its own. It is ended, whatever happens."""
    global process, qemu, monitor, guest
    program = shutil.which(sys.argv[1] if len(sys.argv) > 1 else "qemu-system-x86_64")
    if program is None:
        print("There is no such QEMU: name another as the argument.", file=sys.stderr)
        sys.exit(2)
    program = os.path.abspath(program)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        # The CPU halts at once: cli; hlt; and once more. The machine runs, and its guest is this script.
        Path("bios").write_bytes((b"\xff" * 0xFFF0 + b"\xfa\xf4\xeb\xfd").ljust(0x10000, b"\xff"))
        listeners = [listen("qmp"), listen("qtest")]
        with open("stdout", "wb") as output, open("stderr", "wb") as errors:
            process = subprocess.Popen(
                [program, *options],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=go_with_parent,
            )
        try:
            connections = [accept(listener) for listener in listeners]
            qemu = connected_by(connections[0])
            monitor, guest = (connection.makefile("rwb") for connection in connections)
            print(message()["QMP"]["version"])
            qmp("qmp_capabilities", enable=["oob"])
            yield
        except (Otherwise, OSError, LookupError, ValueError) as error:
            print(f"It went another way: {error}. QEMU: {how_it_ended(0.1)}")
            print(Path("stderr").read_text("utf-8", "replace"), end="")
            print("Whether the defect is there can't be told.")
            sys.exit(3)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.chdir("/")


def go_with_parent() -> None:
    """In the new process: it is killed when this script is (PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGKILL)


def listen(path: str, backlog: int = 16) -> socket.socket:
    """A socket to which somebody can connect."""
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen(backlog)
    made.settimeout(LIMIT)
    return made


def accept(listener: socket.socket) -> socket.socket:
    """Whoever connects."""
    made, _ = listener.accept()
    made.settimeout(LIMIT)
    return made


def connected_by(connection: socket.socket) -> int:
    """The process at the other end of a unix socket."""
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)


def how_it_ended(seconds: float = LIMIT) -> str:
    """The signal or the exit code, and the assertion that failed."""
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return "it runs"
    if qemu != process.pid and code > 128:  # as a shell says by which signal what it has started was ended
        code = 128 - code
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return ": ".join([how, *ASSERTION.findall(Path("stderr").read_text("utf-8", "replace"))])


# What is said to it.


def send(command: str, how: str = "execute", loud: bool = True, **arguments: Any) -> int:
    """A command, that may be long in coming back; its number."""
    if loud:
        print("->", command, json.dumps(arguments))
    monitor.write(json.dumps({how: command, "arguments": arguments, "id": len(answers)}).encode() + b"\n")
    monitor.flush()
    answers.append({})
    return len(answers) - 1


def answer(number: int, loud: bool = True) -> dict[str, Any]:
    """What is said to it."""
    while not answers[number]:
        hear()
    if loud:
        print("<-", json.dumps(answers[number]))
    return answers[number]


def message() -> dict[str, Any]:
    """The next one from the monitor."""
    line = monitor.readline()
    if not line:
        raise ConnectionError("the monitor is gone")
    return dict(json.loads(line))


def hear() -> None:
    """An event, or an answer."""
    said = message()
    if "event" in said:
        events.append(said)
    else:
        answers[said.pop("id")] = said


def qmp(command: str, how: str = "execute", **arguments: Any) -> dict[str, Any]:
    """A command, and what is said to it."""
    return answer(send(command, how, **arguments))


def ask(command: str, **arguments: Any) -> Any:
    """A command that only looks, and what it returns."""
    said = answer(send(command, loud=False, **arguments), loud=False)
    if "error" in said:
        raise Otherwise(f"{command}: {outcome(said)}")
    return said["return"]


def wait_for_event(name: str) -> None:
    """Of those that have come, it is the last."""
    while not any(event["event"] == name for event in events):
        hear()
    events.clear()


def qtest(*lines: str) -> list[str]:
    """The guest's accesses to ports and memory; what is answered to each."""
    guest.write("".join(f"{line}\n" for line in lines).encode())
    guest.flush()
    said: list[str] = []
    while len(said) < len(lines):
        line = guest.readline().decode()
        if not line:
            raise ConnectionError("the guest is gone")
        if not line.startswith("IRQ"):
            said.append(line.removeprefix("OK").strip())
    return said


def settle() -> None:
    """Let everybody have his turn, until nothing is read any more."""
    came = 1
    while came:
        came = 0
        for _ in range(2):
            came += sum(peer.read() for peer in peers)
            ask("query-status")
            qtest("endianness")


def wait_until(holds: Callable[[], Any]) -> None:
    """Look at it again and again."""
    late = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > late:
            raise Otherwise(f"what came then does not come within {LIMIT:g} s")


def see(holds: Callable[[], Any]) -> None:
    """Let everybody have his turn, until something is seen."""
    late = time.monotonic() + LIMIT
    settle()
    while not holds():
        if time.monotonic() > late:
            raise Otherwise(f"what was seen then is not seen within {LIMIT:g} s")
        settle()


def shows(what: str, look: Callable[[], Any], seen: Any, right: Any) -> None:
    """Whether the defect is seen; there is time for it to come."""
    late = time.monotonic() + LIMIT
    now = None
    while now != seen and time.monotonic() < late:
        with suppress(OSError):  # it may have ended, or hang
            settle()
        now = look()
    print(f"{what}: {now!r}; without the defect: {right!r}")
    shown.append(now == seen)


def finish() -> None:
    """Exit with 0 if the defect was seen, with 1 if it was not."""
    seen = bool(shown) and all(shown)
    print("The defect is there." if seen else "The defect is not there.")
    sys.exit(0 if seen else 1)


# What is seen of it.


def outcome(said: dict[str, Any]) -> str:
    """Of a command."""
    return str(said["error"]["desc"]) if "error" in said else "done"


def chardev(name: str) -> dict[str, Any]:
    """What `query-chardev` says of one; nothing if there is none."""
    return next((dict(each) for each in ask("query-chardev") if each["label"] == name), {})


def exists(name: str) -> bool:
    """Whether there is such a chardev."""
    return bool(chardev(name))


def backend(name: str) -> str:
    """Its backend, as far as `filename` tells."""
    said = chardev(name).get("filename", "").replace("disconnected:", "")
    kind = said.partition(":")[0]
    return "client" if kind == "unix" and ",server=on" not in said else str(kind)


def is_connected(name: str) -> bool:
    """Of a socket."""
    return not chardev(name)["filename"].startswith("disconnected:")


def frontend_open(name: str) -> bool:
    """What `query-chardev` says of that."""
    return bool(chardev(name).get("frontend-open", False))


def has_yank(name: str) -> bool:
    """Whether `query-yank` has an instance for it."""
    return {"type": "chardev", "id": name} in ask("query-yank")


def runs() -> bool:
    """Whether the guest does."""
    return bool(ask("query-status")["running"])


def is_kept(path: str) -> bool:
    """Whether what was in the file is still there."""
    return Path(path).read_bytes().startswith(b"precious")


def is_closed(descriptor: int) -> bool:
    """Whether QEMU has closed one of its descriptors."""
    return not os.path.lexists(f"/proc/{qemu}/fd/{descriptor}")


def virtio_port(number: int, what: str) -> str:
    """Whether a port's `guest` or `host` is on or off, or `throttle`."""
    tree = ask("human-monitor-command", **{"command-line": "info qtree"})
    return str(re.findall(rf"port {number}, .*{what} (\w+)", tree)[0])


def heard(number: int) -> list[str]:
    """What a port was told since `mark()`: opened, closed or break_."""
    said = re.findall(r"virtio_console_chr_event port (\d+), event (\d+)", Path("trace").read_text()[marked:])
    words = {"0": "break_", "1": "opened", "4": "closed"}
    return [words[event] for port, event in said if int(port) == number and event in words]


def mark() -> None:
    """From here on it counts what ports hear."""
    global marked
    marked = len(Path("trace").read_text())


marked = 0


def comes_back(number: int) -> bool:
    """Whether a command does."""
    with suppress(OSError):
        answer(number)
    return bool(answers[number])


def blocked() -> bool:
    """Whether the main loop waits for one thing only: in poll, also restarted, connect, accept or accept4 (x86-64)."""
    if platform.machine() != "x86_64":
        raise Otherwise("what it waits in is known on x86-64 only")
    return Path(f"/proc/{qemu}/syscall").read_text().split()[0] in ("7", "42", "43", "219", "288")


def connecting() -> bool:
    """Whether QEMU waits for an answer to its connect(2) to a unix socket."""
    mine = set()
    with suppress(OSError):
        for each in os.listdir(f"/proc/{qemu}/fd"):
            with suppress(OSError):
                mine.add(os.readlink(f"/proc/{qemu}/fd/{each}"))
    sockets = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return any(
        int(state, 16) == 1 and not int(flags, 16) & 0x10000 and f"socket:[{inode}]" in mine
        for _, _, _, flags, _, state, inode, *_ in sockets
    )


# Those at the other ends of chardevs.


class Peer:
    """Somebody who reads what comes, unless he is told not to."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.reads = descriptor, True
        os.set_blocking(descriptor, False)
        peers.append(self)

    def read(self) -> int:
        """Read what there is; how much that was."""
        came = 0
        with suppress(OSError):
            while self.reads and came < 1 << 24:
                data = os.read(self.descriptor, 1 << 16)
                if not data:
                    break
                came += len(data)
        return came

    def stall(self) -> None:
        """Stop reading."""
        self.reads = False

    def drain(self) -> None:
        """Read again."""
        self.reads = True

    def type(self, data: bytes) -> None:
        """Send something, and wait until it was read."""
        os.write(self.descriptor, data)
        wait_until(lambda: not struct.unpack("i", fcntl.ioctl(self.descriptor, termios.TIOCOUTQ, bytes(4)))[0])

    def leave(self) -> None:
        """Go, whatever has not been read."""
        peers.remove(self)
        os.close(self.descriptor)


def connect(address: str) -> Peer:
    """To a path, or to a port of this host."""
    made = socket.socket(socket.AF_INET if address.isdigit() else socket.AF_UNIX)
    made.settimeout(LIMIT)
    made.connect(("127.0.0.1", int(address)) if address.isdigit() else address)
    return connected(made)


def connected(made: socket.socket) -> Peer:
    """Whoever is at this end of a socket. It goes with a reset."""
    if made.family == socket.AF_INET:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return Peer(made.detach())


def open_pty(name: str) -> Peer:
    """The other side of a chardev's pty."""
    path = chardev(name)["filename"].partition(":")[2]
    peer = Peer(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
    tty.setraw(peer.descriptor, termios.TCSANOW)
    return peer


def open_pipe(path: str) -> Peer:
    """The other ends of a pair of FIFOs."""
    return PipePeer(path)


class PipePeer(Peer):
    """The other ends of a pair of FIFOs."""

    def __init__(self, path: str) -> None:
        super().__init__(os.open(f"{path}.out", os.O_RDWR))
        self.typed = os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK)

    def stall(self) -> None:
        """Stop reading, and leave no room."""
        super().stall()
        for data in (bytes(4096), bytes(1)):
            with suppress(BlockingIOError):
                while True:
                    os.write(self.descriptor, data)

    def type(self, data: bytes) -> None:
        """Into the other FIFO, and wait until it was read."""
        os.write(self.typed, data)
        wait_until(lambda: not struct.unpack("i", fcntl.ioctl(self.typed, termios.FIONREAD, bytes(4)))[0])


class Home:
    """A listener that QEMU connects to."""

    def __init__(self, path: str, backlog: int = 16) -> None:
        self.path, self.backlog = path, backlog
        self.listener = listen(path, backlog)

    def accept(self) -> Peer:
        """Whoever has connected."""
        return connected(accept(self.listener))


class BusyHome(Home):
    """One who has no room in his backlog: QEMU's connect(2) is not answered, until he wants."""

    def __init__(self, path: str) -> None:
        super().__init__(path, 0)
        self.waiting: list[socket.socket] = []
        self.fill()

    def fill(self) -> None:
        """Connect for as long as there is room."""
        with suppress(BlockingIOError):
            while True:
                made = socket.socket(socket.AF_UNIX)
                made.setblocking(False)
                made.connect(self.path)
                self.waiting.append(made)

    def accept(self) -> Peer:
        """Make room for QEMU, take it, and have no room again."""
        while True:
            made = accept(self.listener)
            if connected_by(made) != os.getpid():
                break
            made.close()
            self.waiting.pop(0).close()
        self.fill()
        return connected(made)

    def refuse(self) -> None:
        """Nobody listens any more, which QEMU finds out."""
        for made in (*self.waiting, self.listener):
            made.close()
        self.waiting.clear()
        os.unlink(self.path)
        wait_until(lambda: not connecting())

    def hold(self) -> None:
        """From now on who connects is held again."""
        self.listener = listen(self.path, 0)
        self.fill()


def make_file(path: str) -> None:
    """A file that has something in it."""
    Path(path).write_bytes(b"precious")


def make_pipe(path: str) -> None:
    """A pair of FIFOs."""
    os.mkfifo(f"{path}.in")
    os.mkfifo(f"{path}.out")


def make_tty() -> str:
    """A terminal that can be a serial line."""
    _, line = os.openpty()
    tty.setraw(line)
    return os.ttyname(line)


def free_port() -> str:
    """A TCP port that nobody else is given: it is bound, and who asks for it by its number may listen there."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    port = str(made.getsockname()[1])
    made.detach()  # for as long as this script runs
    return port


# The guest, and its drivers.


def enable(slot: int, port: int) -> None:
    """Have a card's registers at a port, and let it read memory (PCI)."""
    for register, value in ((0x10, port), (0x04, 7)):
        qtest(f"outl 0xcf8 {1 << 31 | slot << 11 | register:#x}", f"outl 0xcfc {value:#x}")


class Uart:
    """A 16550 on a card."""

    def __init__(self, slot: int, port: int) -> None:
        self.slot, self.port = slot, port
        enable(slot, port)

    def status(self) -> int:
        """The line status register."""
        return int(qtest(f"inb {self.port + 5:#x}")[0], 16)

    def waits(self) -> bool:
        """Whether it has a byte that it could not transmit: TEMT is 0."""
        return not self.status() & 0x40

    def fill(self) -> None:
        """Write until it waits, and goes on waiting when everybody has had his turn."""
        for _ in range(1 << 12):
            if self.waits():
                settle()
                if self.waits():
                    return
            qtest(*[f"outb {self.port:#x} 0x78"] * 256)
        raise Otherwise("somebody reads all that the UART transmits")

    def receive(self) -> None:
        """Read what comes."""
        wait_until(lambda: self.status() & 1)
        while self.status() & 1:
            qtest(f"inb {self.port:#x}")

    def eject(self) -> None:
        """Let go of the card (ACPI)."""
        qtest("outl 0xae10 0", f"outl 0xae08 {1 << self.slot:#x}")


class Queue:
    """A queue of virtio's, all of whose buffers are one page."""

    def __init__(self, port: int, number: int) -> None:
        self.notify, self.number, self.sent = port + 16, number, 0
        self.size = int(qtest(f"outw {port + 14:#x} {number}", f"inw {port + 12:#x}")[1], 16)
        self.descriptors = 0x100000 + number * 0x10000
        self.available = self.descriptors + 16 * self.size
        self.used = (self.available + 6 + 2 * self.size + 4095) // 4096 * 4096
        self.page = self.descriptors + 0xF000
        qtest(f"memset {self.descriptors:#x} 0x10000 0")
        write(self.available + 4, struct.pack(f"<{self.size}H", *range(self.size)))
        self.buffers(4096)
        qtest(f"outl {port + 8:#x} {self.descriptors // 4096:#x}")

    def buffers(self, length: int) -> None:
        """From now on each buffer is so long."""
        write(self.descriptors, struct.pack("<QIHH", self.page, length, 0, 0) * self.size)

    def send(self, count: int) -> None:
        """So many buffers."""
        self.sent += count
        write(self.available + 2, struct.pack("<H", self.sent & 0xFFFF))
        qtest(f"outw {self.notify:#x} {self.number}")

    def left(self) -> int:
        """How many were not taken."""
        taken = bytes.fromhex(qtest(f"read {self.used + 2:#x} 2")[0][2:])
        return (self.sent - int.from_bytes(taken, "little")) & 0xFFFF


class VirtioSerial:
    """A controller on a card, with so many ports (virtio 1.0, 4.1 and 5.3, the legacy interface)."""

    def __init__(self, slot: int, port: int, ports: int) -> None:
        enable(slot, port)
        qtest(*[f"outb {port + 18:#x} {status}" for status in (0, 1, 3)], f"outl {port + 4:#x} 2")
        self.control = Queue(port, 3)
        self.control.buffers(8)
        self.queues = {number: Queue(port, 2 * number + 3) for number in range(1, ports + 1)}
        qtest(f"outb {port + 18:#x} 7")
        self.tell(0, 0, 1)  # DEVICE_READY

    def tell(self, number: int, event: int, value: int) -> None:
        """A control message."""
        write(self.control.page, struct.pack("<IHH", number, event, value))
        self.control.send(1)

    def open(self, number: int, value: int = 1) -> None:
        """The guest opens its end of a port."""
        self.tell(number, 3, 1)  # PORT_READY
        self.tell(number, 6, value)  # PORT_OPEN

    def close(self, number: int) -> None:
        """The guest closes its end of a port."""
        self.open(number, 0)

    def send(self, number: int) -> None:
        """The guest writes one buffer."""
        self.queues[number].send(1)

    def fill(self, number: int) -> None:
        """The guest writes until something is left, and stays so when everybody has had his turn."""
        queue = self.queues[number]
        before = queue.left()
        for _ in range(1 << 7):
            queue.send(32)
            settle()
            if queue.left() > before:
                return
        raise Otherwise("somebody reads all that the port sends")


def write(address: int, data: bytes) -> None:
    """Into the guest's memory."""
    qtest(f"write {address:#x} {len(data)} 0x{data.hex()}")
