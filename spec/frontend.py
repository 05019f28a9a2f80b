"""The frontend: what a device does with its chardev, QEMU's `CharBackend` and the device around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Peer
from .language import Machine, Ref, State, may, observable, operation, require, step
from .models import Model
from .profiles import DROP_WATCH, REPLAY_OPEN, RESUME
from .threads import MAIN_LOOP, VCPU

if TYPE_CHECKING:
    from .chardev import Chardev


class Frontend(Machine, thread=VCPU):
    """A place for a device of one model, and the frontend in the device when one is plugged.

    The frontend owns nothing: `chr` is a raw pointer, and the chardev points back at it.
    """

    absent = State(initial=True)
    """The machine has no such place."""
    unplugged = State()
    plugged = State()
    blocked = State(waiting=True)
    """The device has output that it could not write, and waits for its watch."""

    model: Model
    chr: Ref[Chardev]
    chr_event: bool
    """An event handler is registered."""
    chr_be_change: bool
    """A change handler is registered."""
    fe_is_open: bool
    asks_open: bool
    """What the device asked for last, of `qemu_chr_fe_set_open` or in registering its handlers."""
    sees_open: bool
    """What the last OPENED or CLOSED said."""
    watch: Ref[Chardev]
    """The chardev on whose channel the device's watch is."""
    driver: Ref[Chardev]
    """What `qemu_chr_fe_get_driver` returned, kept."""

    # The device comes and goes.

    @operation(absent, to=unplugged)
    def offer(self, model: Model) -> None:
        """The machine has a place for a device of this model."""
        self.model = model

    @operation(unplugged, to=plugged)
    def realize(self, chr: Chardev) -> None:
        """The device's realize function: attach to the chardev, then register the handlers.

        It is a new device: what the last one left behind is not its own.
        """
        self.watch = None
        self.init(chr)
        if self.model.keeps_driver:
            self.driver = self.get_driver()
        self.set_handlers()

    @operation(plugged, blocked, to=unplugged)
    def unrealize(self) -> None:
        """The device's unrealize function: let go of the chardev."""
        if self.model.drops_watch:
            self.watch = None
        else:
            if DROP_WATCH:
                self.watch = None
        self.deinit()
        self.driver = None
        self.asks_open = False
        self.sees_open = False

    # What the device calls.

    @operation
    def init(self, chr: Chardev) -> None:
        """`qemu_chr_fe_init`: it is an error if the chardev has a frontend, and here an error aborts."""
        assert chr.frontend is None
        chr.frontend = self
        self.fe_is_open = False
        self.chr = chr

    @operation
    def set_handlers(self) -> None:
        """`qemu_chr_fe_set_handlers`: a chardev that is open already says OPENED, to whoever registers."""
        if self.chr is None:
            return
        self.chr_event = self.model.events
        self.chr_be_change = self.model.hotswap
        if self.model.opens:
            self.asks_open = True
            self.set_open(True)
        if self.chr.be_open:
            self.chr.be_event(True)

    @operation
    def deinit(self) -> None:
        """`qemu_chr_fe_deinit`: take the handlers away, say that the frontend is closed, and part."""
        if self.chr is None:
            return
        self.chr_event = False
        self.chr_be_change = False
        self.set_open(False)
        if self.chr.frontend is self:
            self.chr.frontend = None
        self.chr = None

    @operation
    def set_open(self, opened: bool) -> None:
        """`qemu_chr_fe_set_open`: tell the backend, if that is news."""
        if self.chr is None or self.fe_is_open == opened:
            return
        self.fe_is_open = opened
        self.chr.set_fe_open(opened)

    @operation
    def get_driver(self) -> Chardev:
        """`qemu_chr_fe_get_driver`: the raw pointer, for a frontend that will not be swapped."""
        assert not self.chr_be_change
        return self.chr

    # What the chardev calls.

    @operation
    def event(self, sender: Chardev, opened: bool) -> None:
        """`chr_event`, the device's handler, hears OPENED or CLOSED; `sender` is for those who watch the model."""
        self.sees_open = opened
        if self.model.unthrottles and not opened:
            self.watch = None
            if self.state is Frontend.blocked:
                self.resume()

    @operation(plugged, blocked)
    def agrees(self) -> bool:
        """Whether the device will go along with a swap. Only asked, it does nothing."""
        return not (self.model.refuses and may("refuses"))

    @operation(plugged, blocked)
    def be_change(self, asked: bool) -> bool:
        """`chr_be_change`, the device's handler: set itself up again on its new chardev; False refuses it.

        A frontend that has been `asked` before has given its word.
        """
        if self.model.refuses and not asked and may("refuses at once"):
            return False
        self.set_handlers()
        if REPLAY_OPEN:
            self.set_open(self.asks_open)
        if self.watch is not None:
            self.move_watch()
        return asked or not (self.model.refuses and may("refuses after its set-up"))

    @operation
    def move_watch(self) -> None:
        """Remove the watch and ask the new chardev for one: `qemu_chr_fe_add_watch` returns 0 if it has none."""
        if self.chr.can_watch():
            self.watch = self.chr
        else:
            self.watch = None
            if RESUME:
                self.resume()

    @operation(blocked, to=plugged)
    def resume(self) -> None:
        """The device writes on (`serial_xmit`, `virtio_serial_throttle_port`)."""

    # What happens to the device.

    @step(plugged, to=blocked)
    def guest_writes(self) -> None:
        """The guest writes and the peer does not read: the device waits for a watch to tell it to go on."""
        require(self.model.waits and self.chr is not None)
        require(self.chr.be_open and self.chr.peer is Peer.stalled)
        self.watch = self.chr

    @step(plugged, blocked)
    def guest_connects(self, opened: bool) -> None:
        """`set_guest_connected`: the guest opens or closes its end of the port."""
        require(not self.model.opens and opened != self.asks_open)
        self.asks_open = opened
        self.set_open(opened)

    @step(plugged)
    def use_driver(self) -> None:
        """The device follows the pointer that it kept."""
        require(self.model.keeps_driver)
        assert self.driver.frontend is self

    @step(thread=MAIN_LOOP)
    def watch_fires(self) -> None:
        """`serial_watch_cb`, `chr_write_unblocked`: the channel takes data again, or is gone."""
        require(self.watch is not None)
        require(self.watch.peer is not Peer.stalled)
        self.watch = None
        self.resume()

    # What the guest sees.

    @observable
    def backend_connected(self) -> bool:
        """`qemu_chr_fe_backend_connected`: the device has a chardev."""
        return self.chr is not None

    @observable
    def host_connected(self) -> bool:
        """Whether the device believes that the host's end is open."""
        return self.sees_open

    @observable
    def waits(self) -> bool:
        """Whether the device has output that it could not write."""
        return self.state is Frontend.blocked
