"""The terminal that QEMU was started on, and the descriptors 0 and 1 that it comes with."""

from __future__ import annotations

from .backend import Descriptors
from .language import Machine, operation
from .profiles import DUP_STDIO, TERM_EXIT


class Terminal(Machine):
    """The process's standard input and output: what char-stdio.c keeps in static variables, and the kernel in a table.

    A descriptor that is closed is the next one that `open(2)` returns.
    """

    in_use: bool
    """`stdio_in_use`."""
    zero_closed: bool
    one_closed: bool

    @operation
    def term_exit(self) -> None:
        """`term_exit`: the terminal is as it was, and free."""
        if TERM_EXIT:
            self.in_use = False

    @operation
    def copied(self) -> Descriptors:
        """What a stdio chardev works on: `qemu_chr_open_fd` takes 0 and 1 themselves."""
        if DUP_STDIO:
            return Descriptors.others
        return Descriptors.both

    @operation
    def open(self) -> Descriptors:
        """The kernel: the lowest descriptor that is free."""
        if self.zero_closed:
            self.zero_closed = False
            return Descriptors.zero
        if self.one_closed:
            self.one_closed = False
            return Descriptors.one
        return Descriptors.others

    @operation
    def close(self, descriptors: Descriptors) -> None:
        """The kernel: what is closed is free, whoever else believes to have it."""
        if descriptors in (Descriptors.zero, Descriptors.both):
            self.zero_closed = True
        if descriptors in (Descriptors.one, Descriptors.both):
            self.one_closed = True
