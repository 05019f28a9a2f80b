"""char-pty.c: the backend that is a pseudo terminal, which learns of its other end by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Event
from .language import operation
from .profiles import PTY_AT_ONCE, PTY_CLOSED

if TYPE_CHECKING:
    from .chardev import Chardev


@operation
def poll(chardev: Chardev) -> None:
    """`pty_chr_update_read_handler`: ask whether the other end is open, and tell."""
    if chardev.comes():
        chardev.connection_made()
    elif chardev.goes():
        chardev.connection_lost()


@operation
def answered(chardev: Chardev) -> None:
    """`pty_chr_state(1)`."""
    if PTY_AT_ONCE:
        chardev.be_event(Event.opened)
    else:
        chardev.open_source = True


@operation
def hung_up(chardev: Chardev) -> None:
    """`pty_chr_state(0)`."""
    chardev.open_source = False
    if PTY_CLOSED:
        chardev.be_event(Event.closed)
