"""Those at the other ends of chardevs: they connect and listen, stop reading and read again, and go."""

from __future__ import annotations

import array
import fcntl
import os
import socket
import struct
import termios
import tty
from contextlib import suppress
from pathlib import Path

from .process import connected_by
from .record import Actor, Record

CHUNK = 1 << 16
MOST = 1 << 24
"""After so many bytes whoever writes does not stop."""


class Peer:
    """The other end of a connection, a descriptor that does not block."""

    def __init__(self, descriptor: int, actor: Actor) -> None:
        self.descriptor = descriptor
        os.set_blocking(descriptor, False)
        self.reads = True
        self.actor = actor

    def read(self) -> int:
        """Read what there is, unless it has stopped reading or has gone; how much that was."""
        came = 0
        with suppress(OSError):
            while self.reads and self.descriptor >= 0 and came < MOST and (data := os.read(self.descriptor, CHUNK)):
                came += len(data)
        return came

    def stall(self) -> None:
        """Stop reading."""
        self.actor.did("stall")
        self.reads = False

    def drain(self) -> None:
        """Read again."""
        self.actor.did("drain")
        self.reads = True

    def type(self, data: bytes) -> None:
        """Send something."""
        self.actor.did("type", data)
        os.write(self.descriptor, data)

    def is_heard(self) -> bool:
        """Whether what it has sent was read."""
        left = array.array("i", [0])
        fcntl.ioctl(self.descriptor, termios.TIOCOUTQ, left)
        return not left[0]

    def leave(self) -> None:
        """Go, whatever it has not read."""
        if self.descriptor >= 0:
            self.actor.did("leave")
            os.close(self.descriptor)
            self.descriptor = -1


class SocketPeer(Peer):
    """Of a socket."""

    def __init__(self, connection: socket.socket, actor: Actor) -> None:
        if connection.family == socket.AF_INET:
            # It goes with a reset: that a TCP peer will send no more is not told to who does not read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().__init__(connection.detach(), actor)


class PtyPeer(Peer):
    """Whoever has opened the terminal's side of a pty."""

    def __init__(self, path: str, actor: Actor) -> None:
        super().__init__(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK), actor)
        tty.setraw(self.descriptor, termios.TCSANOW)


class PipePeer(Peer):
    """Of a pair of FIFOs. When it stops reading, there is no room left."""

    def __init__(self, path: str, actor: Actor) -> None:
        super().__init__(os.open(f"{path}.out", os.O_RDWR), actor)
        self.path = path
        self.typed = os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK)

    def stall(self) -> None:
        """Stop reading, and let there be no room: neither for much nor for a byte."""
        super().stall()
        for data in (bytes(4096), bytes(1)):
            with suppress(BlockingIOError):
                while True:
                    os.write(self.descriptor, data)

    def type(self, data: bytes) -> None:
        """Into the other FIFO."""
        self.actor.did("type", data)
        os.write(self.typed, data)

    def is_heard(self) -> bool:
        """The other FIFO is empty."""
        left = array.array("i", [0])
        fcntl.ioctl(self.typed, termios.FIONREAD, left)
        return not left[0]

    def leave(self) -> None:
        """Both ends."""
        if self.descriptor >= 0:
            os.close(self.typed)
        super().leave()


class Home:
    """A listener that clients connect to, at a path."""

    def __init__(self, path: str, actor: Actor, backlog: int = 16) -> None:
        self.path, self.backlog = path, backlog
        self.actor = actor
        self.listener = self._listen()

    def _listen(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.bind(self.path)
        made.listen(self.backlog)
        return made

    def accept(self, seconds: float) -> Peer:
        """Whoever has connected. Raises `TimeoutError`; if there are no seconds to wait, `BlockingIOError`."""
        self.listener.settimeout(seconds)
        return self._meet(self.listener.accept()[0])

    def _meet(self, connection: socket.socket) -> Peer:
        return SocketPeer(connection, self.actor.record.meets("peer", "accept", who=self.actor.name))

    def close(self) -> None:
        """Nobody listens any more."""
        self.listener.close()


class BusyHome(Home):
    """One who has no room: whoever connects is held, until he is answered."""

    def __init__(self, path: str, actor: Actor) -> None:
        super().__init__(path, actor, backlog=0)
        self.waiting: list[socket.socket] = []
        self._fill()

    def _fill(self) -> None:
        """Connect for as long as there is room."""
        while True:
            made = socket.socket(socket.AF_UNIX)
            made.setblocking(False)
            try:
                made.connect(self.path)
            except BlockingIOError:
                made.close()
                return
            self.waiting.append(made)

    def accept(self, seconds: float) -> Peer:
        """Make room for whoever is held, take him, and have no room again. Raises `TimeoutError`."""
        self.listener.settimeout(seconds)
        while True:
            accepted, _ = self.listener.accept()
            if connected_by(accepted) != os.getpid():
                break
            accepted.close()
            self.waiting.pop(0).close()
        self._fill()
        return self._meet(accepted)

    def refuse(self) -> None:
        """Nobody listens any more, which whoever is held finds out."""
        self.actor.did("refuse")
        self.close()
        os.unlink(self.path)

    def hold(self) -> None:
        """From now on whoever connects is held again."""
        self.actor.did("hold")
        self.listener = self._listen()
        self._fill()

    def close(self) -> None:
        """Nobody listens, and nobody waits."""
        for made in self.waiting:
            made.close()
        self.waiting.clear()
        super().close()


class Peers:
    """All of those of one name, whose files have that name."""

    def __init__(self, folder: Path, name: str, kinds: frozenset[str], limit: float, record: Record) -> None:
        self.folder, self.name, self.limit, self.record = folder, name, limit, record
        self.home = Home(self.path("peer"), self._home("Home", "peer"))
        self.busy = BusyHome(self.path("held"), self._home("BusyHome", "held")) if "reconnect" in kinds else None
        self.kind = ""
        """Of the chardev of that name."""
        self.now: Peer | None = None
        """Whoever is at the other end of it."""
        self.next: Peer | None = None
        """Whoever is at the other end of the one that will have the name."""
        self._furnish()

    def _furnish(self) -> None:
        self.record.did("make_file", self.place("out"), needed_by=self.place("out"))
        Path(self.path("out")).write_bytes(b"precious")
        self.record.did("make_pipe", self.place("pipe"), needed_by=self.place("pipe"))
        for end in ("in", "out"):
            os.mkfifo(self.path(f"pipe.{end}"))
        self._line, line = os.openpty()
        tty.setraw(line)
        self.tty = os.ttyname(line)
        os.close(line)
        self.record.meets("tty", "make_tty", needed_by=self.tty, value=self.tty)
        # Bound, and not listening: nobody else is given the port, and who asks for it by its number may listen there.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        self.port: int = self._port.getsockname()[1]
        self.record.meets("port", "free_port", needed_by=str(self.port), value=str(self.port))

    def _home(self, what: str, place: str) -> Actor:
        return self.record.meets("home", what, self.place(place), needed_by=self.place(place))

    def place(self, what: str) -> str:
        """A file of that name, as the process finds it."""
        return f"{self.name}.{what}"

    def path(self, what: str) -> str:
        """The same, as it is found from here."""
        return str(self.folder / self.place(what))

    # What becomes of the chardev of that name.

    def created(self, kind: str) -> None:
        """A chardev of a kind has the name now; who was at the other end of the old one goes."""
        self._goes()
        self.kind, self.now, self.next = kind, self.next, None
        if kind == "client":
            self.now = self.home.accept(self.limit)
        elif kind == "pipe":
            self.now = PipePeer(self.path("pipe"), self.record.meets("peer", "open_pipe", self.place("pipe")))

    def removed(self) -> None:
        """Nothing has the name."""
        self._goes()
        self.kind = ""

    def _goes(self) -> None:
        """Whoever is at the other end goes."""
        if self.now is not None:
            self.now.leave()
        self.now = None

    def standing(self) -> str:
        """What whoever is at the other end of the chardev of that name does, in the spec's word."""
        if self.now is None or self.now.descriptor < 0:
            return "absent"
        return "present" if self.now.reads else "stalled"

    def failed(self) -> None:
        """The chardev that was to have the name is gone; a client may have connected before that."""
        if self.next is not None:
            self.next.leave()
        self.next = None
        with suppress(BlockingIOError):
            while True:
                self.home.accept(0).leave()

    # What somebody does.

    def connects(self, kind: str, path: str = "") -> None:
        """Somebody connects to the chardev of that name; to a pty, at a path. Who was there before has gone."""
        self._goes()
        self.now = self._call(kind, path)

    def connects_to_next(self, kind: str) -> None:
        """Somebody connects to the chardev that will have the name."""
        if self.next is not None:
            self.next.leave()
        self.next = self._call(kind)

    def answered(self, *, has_name: bool) -> None:
        """Whoever is held gets his answer. A chardev that has lost its name goes at once. Raises `TimeoutError`."""
        assert self.busy is not None
        if has_name:
            self._goes()
            self.now = self.busy.accept(self.limit)
        else:
            self.busy.accept(self.limit).leave()

    def _call(self, kind: str, path: str = "") -> Peer:
        if kind == "pty":
            return PtyPeer(path, self.record.meets("peer", "open_pty", self.name))
        address = str(self.port) if kind == "tcp" else self.place("sock")
        actor = self.record.meets("peer", "connect", address)
        with socket.socket(socket.AF_INET if kind == "tcp" else socket.AF_UNIX) as caller:
            caller.settimeout(self.limit)
            caller.connect(("127.0.0.1", self.port) if kind == "tcp" else self.path("sock"))
            return SocketPeer(caller, actor)

    def read(self) -> int:
        """Whoever reads does; how much that was."""
        return sum(each.read() for each in (self.now, self.next) if each is not None)

    def is_emptied(self) -> bool:
        """Whether what was in the file is gone."""
        return not Path(self.path("out")).read_bytes().startswith(b"precious")

    def close(self) -> None:
        """Everybody goes."""
        self.removed()
        self.failed()
        self.home.close()
        if self.busy is not None:
            self.busy.close()
        self._port.close()
        os.close(self._line)
