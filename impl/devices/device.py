"""What all devices do with the frontend that they embed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...spec import device as spec
from ...spec.backend import Event
from ...spec.profiles import DROP_WATCH, KEEP_HANDLERS, KEEP_TAG, REPLAY_OPEN, RESUME
from ..backends.stack import Stack
from ..chardev import Chardev
from ..context import Context, Source
from ..control import Control
from ..frontend import Frontend, Handlers

if TYPE_CHECKING:
    from ..layer import Layer


class Device:
    """A place for a device, and the device when one is plugged.

    What differs between devices is said by these flags, as `spec/models.py` has them, or by methods of their own.
    """

    hotswap: ClassVar[bool] = False
    """It registers a change handler."""
    events: ClassVar[bool] = False
    """It registers an event handler."""
    opens: ClassVar[bool] = True
    """Registering handlers opens the frontend; otherwise the guest opens and closes it."""
    drops_watch: ClassVar[bool] = True
    """Unplugging it removes its watch."""
    moves_watch: ClassVar[bool] = False
    """So does its change handler, and asks for a new one."""
    virtio: ClassVar[bool] = False
    """Its handlers are taken away while the machine is stopped."""
    waits: bool = False
    """It waits for a watch when a write would block; otherwise what does not fit is lost."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.control = Control(spec.Device)
        self.frontend = Frontend(layer)
        self.plugged = False
        self.asks_open = False
        """What it asked for last, of its frontend."""
        self.host_connected = False
        """What the last OPENED or CLOSED said."""
        self.watch: Source | None = None
        self.watched: Chardev | None = None
        """On whose channel the watch is."""
        self.waiting = False
        """It has output that it could not write, and waits for its watch (`tsr_retry`, `throttled`)."""
        self.pending = b""
        """That output."""
        with self.control.taking("offer"):
            pass

    @property
    def context(self) -> Context:
        """Where it hears its chardev."""
        return self.layer.main

    # The device comes and goes.

    def realize(self, chr: Chardev | None) -> None:
        """Attach to the chardev, if there is one, then register the handlers.

        Raises `ChardevError` if the chardev is in use.
        """
        with self.control.taking("realize"):
            if chr is not None:
                self.frontend.init(chr)
                self.attached(chr)
            self.drop_watch()
            self.register()
            self.synchronise()
        self.plugged = True
        self.layer.devices.append(self)

    def attached(self, chr: Chardev) -> None:
        """It has a chardev, and no handlers yet."""

    def unrealize(self) -> None:
        """Let go of the chardev."""
        with self.control.taking("unrealize"):
            if self.drops_watch or DROP_WATCH in self.layer.switches:
                self.drop_watch()
            self.frontend.deinit()
            self.asks_open = self.host_connected = False
            self.forget()
        self.plugged = self.waiting = False
        self.pending = b""
        self.layer.devices.remove(self)

    def forget(self) -> None:
        """What the device had is gone with it."""

    # What it does with its frontend.

    def handlers(self) -> Handlers:
        """All that it has."""
        return Handlers(
            self.can_read,
            self.read,
            self.event if self.events else None,
            self.be_change if self.hotswap else None,
            self.agrees if self.hotswap else None,
        )

    def register(self) -> None:
        """`qemu_chr_fe_set_handlers`, with all that the device has."""
        if self.opens:
            self.asks_open = True
        self.frontend.set_handlers(self.handlers(), set_open=self.opens, context=self.context)

    def withdraw(self) -> None:
        """`qemu_chr_fe_set_handlers`, with nothing; the backend is not told."""
        self.frontend.set_handlers(Handlers(), set_open=False)

    def enable_backend(self, enable: bool) -> None:
        """`virtconsole_enable_backend`: a virtio port is told that the machine runs, or does not."""
        if not self.virtio:
            return
        if KEEP_HANDLERS in self.layer.switches:
            self.frontend.accept_input()
        elif enable:
            self.frontend.set_handlers(self.handlers(), set_open=False)
        else:
            self.withdraw()

    def synchronise(self) -> None:
        """What a device does beside registering handlers when it is on a chardev: a UART reads the modem lines."""

    # Its handlers.

    def can_read(self) -> int:
        """`chr_can_read`."""
        return 4096

    def read(self, data: bytes) -> None:
        """`chr_read`."""

    def event(self, event: Event) -> None:
        """`chr_event`; BREAK is for the guest."""
        if event is Event.break_:
            return
        self.host_connected = event is Event.opened
        if event is Event.opened:
            self.opened()
        else:
            self.closed()

    def opened(self) -> None:
        """OPENED."""

    def closed(self) -> None:
        """CLOSED."""

    def agrees(self) -> bool:
        """Whether the device would let its chardev be changed."""
        return True

    def be_change(self, asked: bool) -> bool:
        """`chr_be_change`: set the frontend up again, on its new chardev. False if the device refuses."""
        if not asked and not self.agrees():
            return False
        self.register()
        if REPLAY_OPEN in self.layer.switches:
            self.frontend.set_open(self.asks_open)
        self.synchronise()
        if self.moves_watch or KEEP_TAG in self.layer.switches:
            self.move_watch()
        return True

    # Its output.

    def write(self, data: bytes) -> None:
        """Write; what does not fit waits, or is lost. Without a chardev there is nothing to wait for."""
        if self.frontend.chr is None:
            return
        try:
            taken = self.frontend.write(data)
        except BlockingIOError:
            taken = 0
        except OSError:
            self.failed(data)
            return
        if taken < len(data) and self.waits:
            with self.control.taking("guest_writes"):
                self.pending = data[taken:]
                self.waiting = True
                self.ask_for_watch()

    def failed(self, data: bytes) -> None:
        """A write has failed: most devices take that for a success."""

    def ask_for_watch(self) -> None:
        """`qemu_chr_fe_add_watch`."""
        self.watch = self.frontend.add_watch(self.watch_fires)
        self.watched = bottom(self.frontend.chr) if self.watch is not None else None

    def move_watch(self) -> None:
        """In place of the watch that there is: its tag is 0 if the chardev has none."""
        if self.watch is None:
            return
        self.watch.destroy()
        self.ask_for_watch()
        if RESUME in self.layer.switches and self.watch is None:
            self.resume()

    def drop_watch(self) -> None:
        """It does not wait for the channel any more."""
        if self.watch is not None:
            self.watch.destroy()
        self.watch = self.watched = None

    def watch_fires(self) -> None:
        """`serial_watch_cb`, `chr_write_unblocked`: the channel takes data again, or is gone."""
        if self.watched is not None:
            self.watched.watch_fires()
        self.drop_watch()
        self.resume()

    def resume(self) -> None:
        """The device writes on, from a bottom half."""
        with self.control.taking("resume"):
            self.waiting = False
        self.layer.main.idle(self.write_on)

    def write_on(self) -> None:
        """`serial_xmit`, `virtio_serial_throttle_port`: what could not be written before."""
        if self.plugged and self.pending and not self.waiting:
            data, self.pending = self.pending, b""
            self.write(data)


def bottom(chr: Chardev | None) -> Chardev | None:
    """The chardev at the bottom of a stack, which has the channel."""
    while isinstance(chr, Stack):
        chr = chr.slowest().chr
    return chr
