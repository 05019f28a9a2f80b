"""The QMP commands that are done in one step: nothing can happen between their actions that matters."""

from __future__ import annotations

from .backend import Event
from .device import Device, vm_start, vm_stop
from .language import Machine, State, ensure, fail, require, step
from .profiles import HUB
from .registry import Id, object_unparent
from .threads import MAIN_LOOP
from .vm import Vm


class Qmp(Machine, command=True, thread=MAIN_LOOP):
    """The monitor's short commands."""

    idle = State(initial=True)

    @step(idle, to=idle)
    def chardev_remove(self, id: Id) -> None:
        """`qmp_chardev_remove`: take a name away, unless a frontend uses its chardev."""
        require(id.state is not Id.unused)
        if id.chardev is None:
            fail("Chardev '%s' not found")
            return
        if id.chardev.is_busy():
            fail("Chardev '%s' is busy")
            return
        object_unparent(id.chardev)
        ensure(id.chardev is None, "done-as-asked")

    @step(idle, to=idle)
    def chardev_send_break(self, id: Id) -> None:
        """`qmp_chardev_send_break`."""
        require(id.state is not Id.unused)
        if id.chardev is None:
            fail("Chardev '%s' not found")
            return
        id.chardev.be_event(Event.break_)

    @step(idle, to=idle)
    def device_add(self, device: Device, id: Id) -> None:
        """`qmp_device_add`: plug a device with `chardev=id` (`set_chr`)."""
        require(device.state is Device.unplugged and id.chardev is not None)
        require(device.takes(id.chardev))
        if device.frontend.in_use(id.chardev):
            if HUB:
                fail("chardev '%s' is already in use")
            else:
                fail("Device '%s' is in use")
            return
        device.realize(id.chardev)
        ensure(device.state is Device.plugged, "done-as-asked")

    @step(idle, to=idle)
    def device_del(self, device: Device) -> None:
        """`qmp_device_del`, once the guest has agreed: the device goes."""
        require(device.state in (Device.plugged, Device.blocked))
        device.unrealize()
        ensure(device.state is Device.unplugged, "done-as-asked")

    @step(idle, to=idle)
    def stop(self) -> None:
        """`qmp_stop`: it matters to virtio devices only."""
        require(Vm[0].runs() and any(device.is_told() for device in Device))
        vm_stop()
        ensure(not Vm[0].runs(), "done-as-asked")

    @step(idle, to=idle)
    def cont(self) -> None:
        """`qmp_cont`."""
        require(not Vm[0].runs())
        vm_start()
        ensure(Vm[0].runs(), "done-as-asked")
