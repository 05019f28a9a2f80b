"""Those who use a chardev and can't be swapped, and one that may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..chardev import Chardev
from ..context import Context, Source
from ..errors import Abort
from .device import Device

if TYPE_CHECKING:
    from ..layer import Layer


class Refuser(Device):
    """A frontend whose handler may refuse, as in test-char.c. No device in QEMU's tree does."""

    hotswap = True
    events = True
    waits = True
    moves_watch = True

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.answers: Iterator[bool] = iter(())
        """What it says when it is asked, and when it has set itself up; then it always agrees."""

    def agrees(self) -> bool:
        """It may say no."""
        return next(self.answers, True)

    def be_change(self, asked: bool) -> bool:
        """It may say no before it has set itself up, and after."""
        return super().be_change(asked) and (asked or next(self.answers, True))


class Unswappable(Device):
    """monitor.c, and most devices: no change handler, so no swap."""

    events = True


class GdbStub(Unswappable):
    """gdbstub.c: a debugger that connects stops the machine."""

    def opened(self) -> None:
        """`gdb_chr_event`."""
        self.layer.stop()


class VhostUser(Unswappable):
    """vhost-user.c: the device's back end is another process, which may come again."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.bottom_half: Source | None = None
        """It will register its handlers again."""

    def closed(self) -> None:
        """`net_vhost_user_event`, CLOSED: take the handlers away, and have a bottom half put them back."""
        self.withdraw()
        self.bottom_half = self.layer.main.idle(self.bottom_half_runs)

    def bottom_half_runs(self) -> None:
        """`chr_closed_bh`."""
        self.bottom_half = None
        self.register()

    def forget(self) -> None:
        """A bottom half of a device that has gone does not run."""
        if self.bottom_half is not None:
            self.bottom_half.destroy()
        self.bottom_half = None


class ColoCompare(Unswappable):
    """colo-compare.c: it hears its chardev in an I/O thread of its own."""

    @property
    def context(self) -> Context:
        """The I/O thread's."""
        return self.layer.io


class RngEgd(Device):
    """rng-egd.c, xen_console.c: no handler either, and a copy of the pointer."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.driver: Chardev | None = None
        """What `qemu_chr_fe_get_driver` returned, kept."""

    def attached(self, chr: Chardev) -> None:
        """It keeps the pointer."""
        self.driver = self.frontend.get_driver()

    def use_driver(self) -> None:
        """It follows the pointer that it kept."""
        if self.driver is None or self.driver.be is not self.frontend:
            raise Abort("the pointer that a device kept is not its chardev's")

    def forget(self) -> None:
        """The pointer is gone with it."""
        self.driver = None
