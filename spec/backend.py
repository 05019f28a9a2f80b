"""The backends, as the different answers that they give to the calls which set them up."""

from __future__ import annotations

from enum import Enum

from .language import Table, row


class Kind(Table):
    """A kind of backend, QEMU's subclasses of `Chardev` and the ways in which a socket is set up.

    `opens`: its creation says OPENED. `fails`: its creation can fail. `accepts`: peers come to
    it. `peers`: it has another end, which can leave. `ends`: when the peer leaves, it says CLOSED. `watches`:
    `chr_add_watch` gives a source; for one with peers, only while it is connected. `says_closed`: its finalizer emits
    CLOSED. `yanks`: a socket, which can be yanked. `stacks`: a mux or a hub, on top of another chardev. `ioctls`: it
    has modem lines.

    Left out are the kinds that answer as another one does: memory (ringbuf), msmouse, wctablet, testdev, braille and
    vc (null or ringbuf), parallel (file), spiceport and dbus (spicevmc, socket); and TLS, telnet and websocket, whose
    handshakes only delay what is said. The end of a stdio's input is left out, which is as the end of a pipe's.
    """

    opens: bool
    fails: bool
    accepts: bool
    peers: bool
    ends: bool
    watches: bool
    says_closed: bool
    yanks: bool
    stacks: bool
    ioctls: bool

    null = row()
    ringbuf = row(opens=True)
    file = row(opens=True, fails=True, watches=True, says_closed=True)
    pipe = row(opens=True, fails=True, peers=True, ends=True, watches=True, says_closed=True)
    stdio = row(opens=True, fails=True, watches=True, says_closed=True)
    tty = row(opens=True, fails=True, watches=True, says_closed=True, ioctls=True)
    """The host's serial line, QEMU's `chardev-serial`."""
    udp = row(fails=True, says_closed=True)
    pty = row(accepts=True, peers=True, watches=True, says_closed=True)
    unix = row(accepts=True, peers=True, ends=True, watches=True, says_closed=True, yanks=True)
    """A socket that listens at a path."""
    tcp = row(accepts=True, peers=True, ends=True, watches=True, says_closed=True, yanks=True)
    """A socket that listens at a port."""
    waiting = row(accepts=True, peers=True, ends=True, watches=True, says_closed=True, yanks=True)
    """A socket that listens at a path, and whose creation waits for the peer (`wait=on`)."""
    client = row(opens=True, fails=True, peers=True, ends=True, watches=True, says_closed=True, yanks=True)
    """A socket that connects when it is created, and never again."""
    reconnect = row(peers=True, ends=True, watches=True, says_closed=True, yanks=True)
    """A socket that connects in the background, again and again."""
    spicevmc = row(accepts=True, peers=True, ends=True, watches=True)
    mux = row(watches=True, stacks=True)
    hub = row(watches=True, stacks=True)


class Peer(Enum):
    """The other end of a backend, as the kernel knows it; QEMU may not have noticed yet."""

    absent = 0
    present = 1
    stalled = 2


class Event(Enum):
    """What a chardev says to its frontend, `QEMUChrEvent`; the two of a mux's focus have no effect here."""

    opened = 0
    closed = 1
    break_ = 2


class Context(Enum):
    """The thread that runs a chardev's sources, its `gcontext`."""

    main_loop = 0
    io_thread = 1


class Descriptors(Enum):
    """Which of the process's two first descriptors a chardev's channel is on."""

    others = 0
    zero = 1
    one = 2
    both = 3
