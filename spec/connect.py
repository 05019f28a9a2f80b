"""The background task in which a socket client connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .language import Machine, Own, Raw, State, may, operation, step
from .profiles import CONNECT_REF
from .threads import MAIN_LOOP, WORKER

if TYPE_CHECKING:
    from .chardev import Chardev


class Connect(Machine):
    """A `QIOTask` that runs `connect(2)` in a thread of the pool, and tells the main loop how it ended."""

    idle = State(initial=True, clear=True)
    connecting = State()
    connected = State()
    failed = State()

    chardev: Raw[Chardev]
    reference: Own[Chardev]
    """What keeps the chardev alive until the task has ended."""

    @operation(idle, to=connecting)
    def start(self, chardev: Chardev) -> None:
        """`qio_task_run_in_thread`."""
        self.chardev = chardev
        if CONNECT_REF:
            self.reference = chardev

    @operation(connecting, connected, failed, to=idle)
    def cancel(self) -> None:
        """Nobody wants to know any more. QEMU has no such call."""

    @operation(connecting, connected, failed, to=failed)
    def shut_down(self) -> None:
        """`qio_channel_shutdown`, from another thread: what `connect(2)` has made or will make is of no use."""

    @step(connecting, to=(connected, failed), thread=WORKER)
    def answered(self) -> None:
        """`tcp_chr_connect_client_task`: whoever listens there accepts, or nobody does."""
        if may("connected"):
            self.goto(Connect.connected)
        else:
            self.goto(Connect.failed)

    @step(connected, to=idle, thread=MAIN_LOOP)
    def take(self) -> None:
        """`qemu_chr_socket_connected`: the chardev has its connection."""
        self.chardev.take()

    @step(failed, to=idle, thread=MAIN_LOOP)
    def give_up(self) -> None:
        """`qemu_chr_socket_connected`, with an error: the chardev will try again."""
        self.chardev.connect_failed()
