"""The devices: what each does with the frontend that it embeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Context, Event, Peer
from .language import Machine, Ref, State, may, observable, operation, require, step
from .models import Model
from .profiles import (
    DROP_WATCH,
    KEEP_HANDLERS,
    KEEP_TAG,
    MODEM_RESET,
    REPLAY_OPEN,
    RESUME,
    RISCV,
    SIFIVE_WATCH,
    STOP_HANDLERS,
)
from .threads import MAIN_LOOP, VCPU
from .vm import Vm

if TYPE_CHECKING:
    from .chardev import Chardev
    from .frontend import Frontend


class Device(Machine, thread=VCPU):
    """A place for a device of one model, and the device when one is plugged.

    Left out is the data, but for what does not fit: of a write there is only that the peer does not read.
    """

    absent = State(initial=True)
    """The machine has no such place."""
    unplugged = State()
    plugged = State()
    blocked = State(waiting=True)
    """The device has output that it could not write, and waits for its watch (`tsr_retry`, `throttled`)."""

    model: Model
    frontend: Ref[Frontend]
    asks_open: bool
    """What the device asked for last, of `qemu_chr_fe_set_open` or in registering its handlers."""
    sees_open: bool
    """What the last OPENED or CLOSED said."""
    watch: Ref[Chardev]
    """The chardev on whose channel the device's watch is."""
    driver: Ref[Chardev]
    """What `qemu_chr_fe_get_driver` returned, kept."""
    bottom_half: bool
    """A bottom half is scheduled, which will register the handlers again."""
    polls: bool
    """`poll_msl`: the modem lines are read from time to time."""
    cts: bool
    """The modem lines as they were read last: clear to send."""

    # The device comes and goes.

    @operation(absent, to=unplugged)
    def offer(self, model: Model, frontend: Frontend) -> None:
        """The machine has a place for a device of this model."""
        self.model = model
        self.frontend = frontend
        frontend.embed(self)

    @operation
    def takes(self, chr: Chardev) -> bool:
        """Whether such a device exists, and can use such a chardev at all."""
        if not RISCV and self.model.riscv:
            return False
        return not self.model.reconnects or (chr.kind.yanks and chr.connected)

    @operation(unplugged, to=plugged)
    def realize(self, chr: Chardev) -> None:
        """The device's realize function: attach to the chardev, then register the handlers.

        It is a new device: what the last one left behind is not its own.
        """
        self.watch = None
        self.frontend.init(chr)
        if self.model.keeps_driver:
            self.driver = self.frontend.get_driver()
        self.register()
        if self.model.modem:
            self.cts = True
            self.read_lines()

    @operation(plugged, blocked, to=unplugged)
    def unrealize(self) -> None:
        """The device's unrealize function: let go of the chardev."""
        if self.model.drops_watch:
            self.watch = None
        else:
            if DROP_WATCH:
                self.watch = None
        self.frontend.deinit()
        self.driver = None
        self.asks_open = False
        self.sees_open = False
        self.bottom_half = False
        self.polls = False
        self.cts = False

    # What the device does with its frontend.

    @operation
    def register(self) -> None:
        """`qemu_chr_fe_set_handlers`, with all that the device has."""
        if self.model.opens:
            self.asks_open = True
        self.frontend.set_handlers(
            self.model.events, self.model.hotswap, True, self.model.opens, True, self.thread_of_events()
        )

    @operation
    def thread_of_events(self) -> Context:
        """The context that it registers its handlers for."""
        return Context.io_thread if self.model.io_thread else Context.main_loop

    @operation
    def withdraw(self) -> None:
        """`qemu_chr_fe_set_handlers`, with nothing; the backend is not told."""
        self.frontend.set_handlers(False, False, False, False, True, Context.main_loop)

    @operation
    def is_told(self) -> bool:
        """Whether it is told when the machine stops."""
        return self.state in (Device.plugged, Device.blocked) and self.model.virtio

    @operation
    def enable_backend(self, enable: bool) -> None:
        """`virtconsole_enable_backend`: a virtio port is told that the machine runs, or does not."""
        if not self.is_told():
            return
        if STOP_HANDLERS and not KEEP_HANDLERS:
            if enable:
                self.frontend.set_handlers(self.model.events, True, True, False, True, Context.main_loop)
            else:
                self.withdraw()

    @operation(depth=4)
    def event(self, sender: Chardev, event: Event) -> None:
        """`chr_event`, the device's handler; BREAK is for the guest, and changes nothing here."""
        if event is Event.break_:
            return
        self.sees_open = event is Event.opened
        if event is Event.opened:
            if self.model.stops_machine:
                vm_stop()
        elif self.model.unthrottles:
            self.watch = None
            if self.state is Device.blocked:
                self.resume()
        elif self.model.withdraws:
            self.withdraw()
            self.bottom_half = True

    @operation
    def agrees(self) -> bool:
        """Whether the device would let its chardev be changed; only a device that may refuse can say no."""
        return not (self.model.refuses and may("refuses"))

    @operation
    def be_change(self, asked: bool) -> bool:
        """`chr_be_change`: set the frontend up again, on its new chardev. False if the device refuses."""
        if not asked and not self.agrees():
            return False
        self.register()
        if REPLAY_OPEN:
            self.frontend.set_open(self.asks_open)
        if self.model.modem:
            self.read_lines()
        if self.model.moves_watch:
            self.move_watch()
        else:
            if KEEP_TAG:
                self.move_watch()
        return asked or not (self.model.refuses and may("refuses after its set-up"))

    @operation
    def move_watch(self) -> None:
        """`qemu_chr_fe_add_watch`, in place of the watch that there is: its tag is 0 if the chardev has none."""
        if self.watch is None:
            return
        self.watch = self.frontend.chr.add_watch()
        if RESUME and self.watch is None:
            self.resume()

    @operation
    def read_lines(self) -> None:
        """`serial_update_tiocm`, `serial_update_msl`: a chardev without modem lines answers ENOTSUP."""
        self.polls = self.frontend.chr.kind.ioctls
        if self.polls:
            self.cts = self.frontend.chr.cts
        else:
            if MODEM_RESET:
                self.cts = True

    @operation(plugged, blocked, to=plugged)
    def resume(self) -> None:
        """The device writes on (`serial_xmit`, `virtio_serial_throttle_port`)."""

    # What happens to the device.

    @step(plugged, to=blocked)
    def guest_writes(self) -> None:
        """The guest writes and the peer does not read: the device waits for a watch to tell it to go on."""
        require(Vm[0].runs() and self.frontend.chr is not None)
        require(self.can_wait() and self.frontend.chr.would_block())
        self.watch = self.frontend.chr.add_watch()

    @step(plugged)
    def guest_writes_in_vain(self) -> None:
        """The guest writes to a port that believes that somebody is there, when nobody is."""
        require(Vm[0].runs() and self.model.unthrottles and self.sees_open and self.fails_to_write())
        self.write_in_vain()

    @operation
    def fails_to_write(self) -> bool:
        """Whether a write would fail."""
        return self.frontend.chr is not None and self.frontend.chr.write_fails()

    @operation(plugged, to=(blocked, plugged))
    def write_in_vain(self) -> None:
        """`flush_buf` of a port: the write fails, which is taken for one that does not fit.

        If the guest takes no input at that time, `tcp_chr_write` disconnects. Then the port hears CLOSED in the middle
        of its write, and is throttled after that.
        """
        self.frontend.chr.write_in_vain()
        self.watch = self.frontend.chr.add_watch()
        if RESUME and self.watch is None:
            self.goto(Device.plugged)
        else:
            self.goto(Device.blocked)

    @operation
    def can_wait(self) -> bool:
        """Whether the device waits at all; the SiFive UART learned it late."""
        if not SIFIVE_WATCH and self.model is Model.sifive:
            return False
        return self.model.waits

    @step(plugged, blocked)
    def guest_connects(self, opened: bool) -> None:
        """`set_guest_connected`: the guest opens or closes its end of the port."""
        require(Vm[0].runs() and not self.model.opens and opened != self.asks_open)
        self.asks_open = opened
        self.frontend.set_open(opened)

    @step(plugged)
    def use_driver(self) -> None:
        """The device follows the pointer that it kept."""
        require(self.model.keeps_driver)
        assert self.driver.frontend is self.frontend

    @step(thread=MAIN_LOOP)
    def watch_fires(self) -> None:
        """`serial_watch_cb`, `chr_write_unblocked`: the channel takes data again, or is gone; a port tries at once."""
        require(self.watch is not None)
        require(self.watch.peer is not Peer.stalled)
        self.watch = None
        self.resume()
        if self.model.unthrottles and self.sees_open and self.fails_to_write():
            self.write_in_vain()

    @step(thread=MAIN_LOOP)
    def bottom_half_runs(self) -> None:
        """`chr_closed_bh`: the handlers are registered again."""
        require(self.bottom_half)
        self.bottom_half = False
        self.register()

    @step(plugged, blocked, thread=MAIN_LOOP)
    def lines_are_read(self) -> None:
        """`serial_update_msl`, by a timer."""
        require(self.polls and self.cts != self.frontend.chr.cts)
        self.cts = self.frontend.chr.cts

    # What the guest sees.

    @observable
    def backend_connected(self) -> bool:
        """`qemu_chr_fe_backend_connected`: the device has a chardev."""
        return self.frontend is not None and self.frontend.chr is not None

    @observable
    def host_connected(self) -> bool:
        """Whether the device believes that the host's end is open."""
        return self.sees_open

    @observable
    def waits(self) -> bool:
        """Whether the device has output that it could not write."""
        return self.state is Device.blocked


@operation
def vm_stop() -> None:
    """`vm_stop`: the virtual CPUs rest, and the virtio devices are told."""
    if Vm[0].runs():
        Vm[0].pause()
        for device in Device:
            device.enable_backend(False)


@operation
def vm_start() -> None:
    """`vm_start`."""
    if not Vm[0].runs():
        Vm[0].resume()
        for device in Device:
            device.enable_backend(True)
