"""char-stdio.c: the backend that is QEMU's own terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .language import operation
from .profiles import OWN_TERMINAL
from .terminal import Terminal

if TYPE_CHECKING:
    from .chardev import Chardev


@operation
def open_stdio(chardev: Chardev) -> bool:
    """`qemu_chr_open_stdio`, `qemu_chr_open_fd`: only one at a time, and both descriptors have to be open."""
    if Terminal[0].in_use:
        return False
    Terminal[0].in_use = True
    chardev.terminal = True
    if Terminal[0].zero_closed:
        return False
    assert not Terminal[0].one_closed
    chardev.descriptors = Terminal[0].copied()
    return True


@operation
def close_stdio(chardev: Chardev) -> None:
    """`char_stdio_finalize`: give the terminal back."""
    if OWN_TERMINAL:
        if chardev.terminal:
            Terminal[0].term_exit()
    else:
        Terminal[0].term_exit()
