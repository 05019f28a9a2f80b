"""`hotswap console`, a process of its own on a pseudo terminal, swapped by the QEMU project's own client."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from qemu.qmp import ExecuteError, QMPClient

JSON = dict[str, Any]
LIMIT = 20
"""After so many seconds something hangs."""

COUNTER = r"""
import os, select, signal, sys, termios

def say(text):
    os.write(1, text.encode() + b"\n")

def told(number, frame):
    say(signal.Signals(number).name + " " + str(os.get_terminal_size(0)[::-1]))

assert os.isatty(0) and os.isatty(1) and os.isatty(2) and os.tcgetpgrp(0) == os.getpid()
mode = termios.tcgetattr(0)
mode[3] &= ~termios.ECHO
termios.tcsetattr(0, termios.TCSANOW, mode)
signal.signal(signal.SIGHUP, told)
signal.signal(signal.SIGWINCH, told)
number, counts = 0, True
while True:
    if counts:
        say(f"{number:08}")
        number += 1
    if select.select([0], [], [], 0 if counts else None)[0]:
        word = os.read(0, 100).decode().strip()
        counts = {"pause": False, "go": True}.get(word, counts)
        say("heard " + word)
        if word in ("", "end"):
            sys.exit(7)
"""
"""It counts, a line a number, and says what it hears: words that are typed, the end of its input, and signals."""


class End:
    """One end of something, with all that has come out of it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.came = b""
        self.ended = False
        self.something = asyncio.Event()
        os.set_blocking(descriptor, False)
        self.listen()

    def listen(self) -> None:
        """Take what comes."""
        asyncio.get_running_loop().add_reader(self.descriptor, self.read)

    def ignore(self) -> None:
        """Leave it where it is."""
        asyncio.get_running_loop().remove_reader(self.descriptor)

    def read(self) -> None:
        """A pseudo terminal ends with an error."""
        try:
            data = os.read(self.descriptor, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.came += data
        self.something.set()
        if not data:
            self.ended = True
            self.ignore()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to come until that holds."""
        async with asyncio.timeout(LIMIT):
            while not holds():
                self.something.clear()
                await self.something.wait()

    async def says(self, text: bytes) -> None:
        """Wait for a text, from now on."""
        start = len(self.came)
        await self.until(lambda: text in self.came[start:])

    async def goes_on(self) -> None:
        """Wait for many numbers."""
        start = len(self.came)
        await self.until(lambda: len(self.came) > start + 20_000)

    def type(self, text: bytes) -> None:
        """All at once."""
        assert os.write(self.descriptor, text) == len(text)

    def unread(self) -> int:
        """How much has come, and was not taken."""
        return int(struct.unpack("i", fcntl.ioctl(self.descriptor, termios.FIONREAD, b"\0" * 4))[0])

    def close(self) -> None:
        """Go."""
        self.ignore()
        os.close(self.descriptor)


class Session:
    """A console on a terminal, and its monitor's client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        master, self.slave = os.openpty()
        termios.tcsetwinsize(self.slave, (30, 70))
        self.cooked = self.mode()
        self.terminal = End(master)
        self.client = QMPClient("test")

    def mode(self) -> list[Any]:
        """How the terminal is set."""
        return termios.tcgetattr(self.slave)

    def start(self, *command: str, words: tuple[str, ...] = ()) -> None:
        """On the terminal."""
        given = [sys.executable, "-m", "hotswap.checker", "console", "--qmp", f"unix:{self.folder}/qmp", *words, "--"]
        self.process = subprocess.Popen([*given, *command], preexec_fn=lambda: os.login_tty(self.slave))

    async def connect(self) -> None:
        """When there is an output, there is a monitor."""
        await self.terminal.until(lambda: self.terminal.came)
        await self.client.connect(f"{self.folder}/qmp")

    async def change(self, kind: str, **data: Any) -> JSON:
        """`chardev-change`."""
        backend = {"type": kind, "data": data}
        answer = await self.client.execute("chardev-change", {"id": "console0", "backend": backend})
        assert isinstance(answer, dict)
        return answer

    async def to_pty(self) -> End:
        """Swap, and open the pseudo terminal."""
        return End(os.open((await self.change("pty"))["pty"], os.O_RDWR | os.O_NOCTTY))

    async def to_socket(self, name: str = "peer") -> End:
        """Swap to a client of a listener here."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{self.folder}/{name}")
            listener.listen()
            await self.change("socket", addr={"type": "unix", "data": {"path": f"{self.folder}/{name}"}}, server=False)
            return End(listener.accept()[0].detach())

    async def code(self) -> int:
        """How it ends."""
        return await asyncio.to_thread(self.process.wait, LIMIT)

    async def close(self) -> None:
        """End what is left."""
        with suppress(EOFError, ConnectionError):  # the console may hang up first
            await self.client.disconnect()
        self.process.kill()
        self.process.wait()
        self.terminal.close()
        os.close(self.slave)


@asynccontextmanager
async def running(folder: Path, *command: str, words: tuple[str, ...] = ()) -> AsyncIterator[Session]:
    """A command on a console, whose monitor is spoken to."""
    session = Session(folder)
    session.start(*command, words=words)
    try:
        await session.connect()
        yield session
    finally:
        await session.close()


def run(test: Coroutine[Any, Any, None]) -> None:
    """To its end."""
    asyncio.run(test)


def numbers(text: bytes) -> list[int]:
    """The lines that are numbers; a line is cut where a backend was swapped, so the parts are to be joined first."""
    assert text.count(b"\n") == text.count(b"\r\n")
    return [int(line) for line in text.split(b"\r\n") if re.fullmatch(rb"\d+", line)]


def test_the_command_notices_nothing(tmp_path: Path) -> None:
    """Its terminal is a terminal, then a pty, then a socket, then a terminal again, while it counts without a pause.

    Every number arrives, once and in order, and what is typed at any of them is heard. Only before a pty is closed the
    command is asked to pause: what is not read then is gone.
    """

    async def swap() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER) as session:
            terminal = session.terminal
            await terminal.goes_on()

            assert session.mode() != session.cooked

            terminal.type(b"one\r")
            await terminal.says(b"heard one\r\n")
            pty = await session.to_pty()
            await pty.goes_on()

            assert session.mode() == session.cooked

            pty.type(b"pause\r")
            await pty.says(b"heard pause\r\n")
            peer = await session.to_socket()
            peer.type(b"go\n")
            await peer.says(b"heard go\r\n")
            await peer.goes_on()
            terminal.read()
            first, terminal.came = terminal.came, b""
            await session.change("stdio")
            await terminal.goes_on()

            assert session.mode() != session.cooked

            terminal.type(b"end\r")

            assert await session.code() == 7

            await peer.until(lambda: peer.ended)
            terminal.read()
            whole = first + pty.came + peer.came + terminal.came

            assert numbers(whole) == list(range(len(numbers(whole))))
            assert re.findall(rb"heard (.*)\r\n", whole) == [b"one", b"pause", b"go", b"end"]
            assert b"SIG" not in whole
            assert session.mode() == session.cooked

            pty.close()
            peer.close()

    run(swap())


def test_a_command_that_is_not_read_waits(tmp_path: Path) -> None:
    """Of a peer that reads nothing the command notices that it can't write; what it writes next, the next peer gets."""

    async def swap() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER) as session:
            terminal = session.terminal
            stalled = await session.to_socket("stalled")
            stalled.ignore()
            before = -1
            async with asyncio.timeout(LIMIT):
                while before != stalled.unread() or not before:
                    before = stalled.unread()
                    for _ in range(3):
                        await session.client.execute("query-chardev")
            peer = await session.to_socket()
            await peer.goes_on()
            peer.type(b"end\n")

            assert await session.code() == 7

            stalled.listen()
            await stalled.until(lambda: stalled.ended)
            await peer.until(lambda: peer.ended)
            terminal.read()
            whole = terminal.came + stalled.came + peer.came

            assert numbers(whole) == list(range(len(numbers(whole))))

            stalled.close()
            peer.close()

    run(swap())


SUM = r"""
import hashlib, os, signal, tty
tty.setraw(0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print(os.getpid(), flush=True)
signal.sigwait([signal.SIGUSR1])
data = b""
while not data.endswith(b"!"):
    data += os.read(0, 4096)
print(hashlib.sha256(data).hexdigest(), flush=True)
"""
"""When it is told to, it reads up to an exclamation mark."""


def test_what_the_command_does_not_read_waits(tmp_path: Path) -> None:
    """While the command reads nothing, no more can be typed at some point; then all of it arrives."""

    async def type_on() -> None:
        async with running(tmp_path, sys.executable, "-c", SUM) as session:
            pid = int(session.terminal.came)
            peer = await session.to_socket()
            typed, before = 0, -1
            while before != typed:
                before = typed
                with suppress(BlockingIOError):
                    while typed < 10_000_000:
                        typed += os.write(peer.descriptor, b"." * 4096)
                for _ in range(20):
                    await session.client.execute("query-chardev")

            assert 4096 < typed < 10_000_000

            os.kill(pid, signal.SIGUSR1)
            os.set_blocking(peer.descriptor, True)
            await asyncio.to_thread(os.write, peer.descriptor, b"!")
            os.set_blocking(peer.descriptor, False)
            await peer.until(lambda: hashlib.sha256(b"." * typed + b"!").hexdigest().encode() in peer.came)

            assert await session.code() == 0

            peer.close()

    run(type_on())


WHEN_TOLD = "trap 'seq 500; exit 4' USR1; echo $$; while :; do read x; done"
"""A script that writes and ends when it hears a signal."""


@pytest.mark.parametrize("backend", ["null", "socket,path=@/l,server=on,wait=off"])
def test_where_nobody_reads(backend: str, tmp_path: Path) -> None:
    """What is written to null, or to a listener without a client, is discarded: the command runs to its end."""

    async def discard() -> None:
        words = ("--monitor", f"unix:{tmp_path}/typed")
        script = WHEN_TOLD.replace("500", "100000")
        async with running(tmp_path, "sh", "-c", script, words=words) as session:
            with socket.socket(socket.AF_UNIX) as typed:
                typed.connect(f"{tmp_path}/typed")
                typed.sendall(f"chardev-change console0 {backend.replace('@', str(tmp_path))}\ninfo status\n".encode())
                said = b""
                while not said.endswith(b"running\r\n(qemu) "):
                    said += typed.recv(4096)

                assert b"Error" not in said

            os.kill(int(session.terminal.came), signal.SIGUSR1)

            assert await session.code() == 4

    run(discard())


@pytest.mark.parametrize("late", ["opens it", "reads"])
def test_the_last_words(late: str, tmp_path: Path) -> None:
    """What a command writes before it ends is read, on a pty too, by who opens it or reads from it after that."""

    async def end() -> None:
        async with running(tmp_path, "sh", "-c", WHEN_TOLD) as session:
            pid = int(session.terminal.came)
            path = (await session.change("pty"))["pty"]
            if late == "reads":
                pty = End(os.open(path, os.O_RDWR | os.O_NOCTTY))
                pty.type(b"\n")
                await pty.says(b"\n")
                pty.ignore()
            os.kill(pid, signal.SIGUSR1)
            while Path(f"/proc/{pid}").exists():
                await session.client.execute("query-chardev")
            if late == "opens it":
                pty = End(os.open(path, os.O_RDWR | os.O_NOCTTY))
            for _ in range(3):
                await session.client.execute("query-chardev")
            pty.listen()
            await pty.until(lambda: pty.ended)

            assert numbers(pty.came) == list(range(1, 501))
            assert await session.code() == 4

            pty.close()

    run(end())


@pytest.mark.slow
def test_nobody_hears_the_last_words(tmp_path: Path) -> None:
    """A peer that reads nothing does not keep the console from ending for long."""

    async def end() -> None:
        async with running(tmp_path, "sh", "-c", "echo $$; read x; seq 1000000") as session:
            pid = int(session.terminal.came)
            peer = await session.to_socket()
            peer.ignore()
            peer.type(b"\n")
            before = -1
            while before != peer.unread() or before < 10_000:
                before = peer.unread()
                await session.client.execute("query-chardev")
            os.killpg(pid, signal.SIGKILL)

            assert await session.code() == 128 + signal.SIGKILL

            peer.close()

    run(end())


def test_keys_are_the_commands(tmp_path: Path) -> None:
    """Ctrl-C is typed for the command, which it interrupts as it does on any terminal; nothing else hears it."""

    async def interrupt() -> None:
        async with running(tmp_path, "sh", "-c", "echo ready; exec cat") as session:
            terminal = session.terminal
            terminal.type(b"what is typed\r")
            await terminal.until(lambda: terminal.came.count(b"what is typed\r\n") == 2)
            terminal.type(b"\x03")

            assert await session.code() == 128 + signal.SIGINT
            assert session.mode() == session.cooked

    run(interrupt())


def test_the_size_of_the_window(tmp_path: Path) -> None:
    """The command's terminal is as large as the one in front of the console, and the command is told of a change."""

    async def resize() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER) as session:
            termios.tcsetwinsize(session.terminal.descriptor, (40, 100))
            await session.terminal.until(lambda: b"SIGWINCH (40, 100)\r\n" in session.terminal.came)

    run(resize())


def test_the_size_at_first(tmp_path: Path) -> None:
    """The command finds it as it is."""

    async def ask() -> None:
        async with running(tmp_path, "sh", "-c", "stty size; read x") as session:
            await session.terminal.until(lambda: session.terminal.came == b"30 70\r\n")

    run(ask())


@pytest.mark.parametrize("how", ["quit", "SIGTERM", "the terminal is closed"])
def test_a_hang_up(how: str, tmp_path: Path) -> None:
    """When the console is to end, the command hears SIGHUP; its exit code is passed on."""

    async def hang_up() -> None:
        script = f"trap 'echo gone > {tmp_path}/said; exit 9' HUP; echo ready; while :; do read x; done"
        async with running(tmp_path, "sh", "-c", script) as session:
            if how == "quit":
                await session.client.execute("quit")
            elif how == "SIGTERM":
                session.process.terminate()
            else:
                session.terminal.close()
                session.terminal = End(os.dup(session.slave))

            assert await session.code() == 9
            assert (tmp_path / "said").read_text() == "gone\n"
            if how != "the terminal is closed":
                assert session.mode() == session.cooked

    run(hang_up())


@pytest.mark.slow
def test_a_command_that_stays(tmp_path: Path) -> None:
    """Of a command that does not care for a hang-up the console takes leave."""

    async def hang_up() -> None:
        async with running(tmp_path, "sh", "-c", "trap '' HUP; echo $$; while :; do sleep 1; done") as session:
            pid = int(session.terminal.came)
            session.process.terminate()

            assert await session.code() == 128 + signal.SIGHUP
            assert session.mode() == session.cooked

            os.kill(pid, signal.SIGKILL)

    run(hang_up())


def test_a_terminal_that_is_not_used_may_go(tmp_path: Path) -> None:
    """Once it is on a socket, the console does not end when the terminal is closed that it was started from."""

    async def close() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER) as session:
            peer = await session.to_socket()
            session.terminal.close()
            session.terminal = End(os.dup(session.slave))
            await peer.goes_on()
            peer.type(b"end\n")

            assert await session.code() == 7

            peer.close()

    run(close())


def test_a_failed_swap(tmp_path: Path) -> None:
    """The command stays where it is, and so does the terminal's mode."""

    async def fail() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER) as session:
            raw = session.mode()
            with pytest.raises(ExecuteError, match="cannot use stdio by multiple character devices"):
                await session.change("stdio")
            await session.terminal.goes_on()

            assert session.mode() == raw

    run(fail())


def test_what_qemu_does_to_the_terminal(tmp_path: Path) -> None:
    """With the behaviour of 7.2 a failed swap to stdio gives the terminal back that is still in use."""

    async def fail() -> None:
        async with running(tmp_path, sys.executable, "-c", COUNTER, words=("--profile", "qemu-7.2")) as session:
            with pytest.raises(ExecuteError, match="cannot use stdio by multiple character devices"):
                await session.change("stdio")

            assert session.mode() == session.cooked

    run(fail())


def test_nohup(tmp_path: Path) -> None:
    """A hang-up that was to be ignored before it started is ignored."""

    async def hang_up() -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            async with running(tmp_path, "sh", "-c", "echo ready; read x; exit 3") as session:
                session.process.send_signal(signal.SIGHUP)
                await session.client.execute("query-chardev")
                session.terminal.type(b"\r")

                assert await session.code() == 3
        finally:
            signal.signal(signal.SIGHUP, before)

    run(hang_up())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--", "true"], 2, "nobody could swap the backend; --monitor unix:PATH or --qmp unix:PATH makes a monitor"),
        (["--qmp", "unix:@/q"], 2, "where does the command begin? write -- in front of it"),
        (["--qmp", "unix:@/q", "--"], 2, "there is no command behind --"),
        (["--qmp", "tcp:0.0.0.0:1", "--", "true"], 2,
         "whoever reaches 0.0.0.0 could do anything here; --anywhere allows it"),
        (["--qmp", "unix:@/q", "--", "@/nope"], 127, "@/nope: No such file or directory"),
        (["--qmp", "unix:@/q", "--", "@"], 126, "@: Permission denied"),
        (["--qmp", "unix:@/nope/q", "--", "true"], 2, "Failed to bind socket to @/nope/q: No such file or directory"),
    ],
)  # fmt: skip
def test_usage(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    """What can't be done is an error with its reason, and a code of its own."""
    given = [sys.executable, "-m", "hotswap.checker", "console", *(word.replace("@", str(tmp_path)) for word in words)]
    ran = subprocess.run(given, capture_output=True, text=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL)

    assert ran.returncode == code
    assert ran.stderr.startswith("hotswap console: ")
    assert ran.stderr.endswith(f"{said.replace('@', str(tmp_path))}\n")
    assert ran.stderr.count("\n") == 1


def test_without_a_terminal(tmp_path: Path) -> None:
    """In a pipe it is on what is read and written there; the words of the command are its own."""
    given = [sys.executable, "-m", "hotswap.checker", "console", "--qmp", f"unix:{tmp_path}/q", "--"]
    script = 'read x; echo "$x" "$@"; test -t 0 && kill -9 $$'
    ran = subprocess.run(
        [*given, "sh", "-c", script, "sh", "--help", "--"],
        input=b"in\n",
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )

    assert ran.returncode == 128 + signal.SIGKILL
    assert ran.stdout == b"in\r\nin --help --\r\n"
