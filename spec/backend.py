"""The backends, as the different answers that they give to the calls which set them up."""

from __future__ import annotations

from enum import Enum

from .language import Table, row


class Kind(Table):
    """A kind of backend, QEMU's subclasses of `Chardev`.

    `opens`: OPENED is emitted by its creation, so it starts with `be_open` set. `listens`: it opens when a peer
    connects and closes when the peer leaves. `watches`: `chr_add_watch` exists (a listening backend gives a watch only
    while a peer is connected). `fails`: its creation can fail. `says_closed`: its finalizer emits CLOSED.
    """

    opens: bool
    listens: bool
    watches: bool
    fails: bool
    says_closed: bool

    null = row(opens=False, listens=False, watches=False, fails=False, says_closed=False)
    ringbuf = row(opens=True, listens=False, watches=False, fails=False, says_closed=False)
    file = row(opens=True, listens=False, watches=True, fails=True, says_closed=True)
    socket = row(opens=False, listens=True, watches=True, fails=True, says_closed=True)


class Peer(Enum):
    """The other end of a listening backend, as the kernel knows it; QEMU may not have noticed yet."""

    absent = 0
    present = 1
    stalled = 2
