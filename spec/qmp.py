"""The QMP commands that are done in one step: nothing can happen between their actions that matters."""

from __future__ import annotations

from .backend import Kind
from .chardev import create
from .frontend import Frontend
from .language import Machine, State, fail, require, step
from .registry import Id, object_unparent
from .threads import MAIN_LOOP


class Qmp(Machine, command=True, thread=MAIN_LOOP):
    """The monitor's short commands."""

    idle = State(initial=True)

    @step(idle, to=idle)
    def chardev_add(self, id: Id, kind: Kind) -> None:
        """`qmp_chardev_add`: create a chardev and give it a name."""
        require(id.state is not Id.unused and kind in id.backends)
        if id.chardev is not None:
            fail("attempt to add duplicate property '%s' to object (type 'container')")
            return
        new = create(kind)
        if new is None:
            fail("the backend's own error")
            return
        id.adopt(new)

    @step(idle, to=idle)
    def chardev_remove(self, id: Id) -> None:
        """`qmp_chardev_remove`: take a name away, unless a frontend uses its chardev (`qemu_chr_is_busy`)."""
        require(id.state is not Id.unused)
        if id.chardev is None:
            fail("Chardev '%s' not found")
            return
        if id.chardev.frontend is not None:
            fail("Chardev '%s' is busy")
            return
        object_unparent(id.chardev)

    @step(idle, to=idle)
    def device_add(self, frontend: Frontend, id: Id) -> None:
        """`qmp_device_add`: plug a device with `chardev=id` (`set_chr`)."""
        require(frontend.state is Frontend.unplugged)
        require(id.chardev is not None)
        if id.chardev.frontend is not None:
            fail("Device '%s' is in use")
            return
        frontend.realize(id.chardev)

    @step(idle, to=idle)
    def device_del(self, frontend: Frontend) -> None:
        """`qmp_device_del`, once the guest has agreed: the device goes."""
        require(frontend.state in (Frontend.plugged, Frontend.blocked))
        frontend.unrealize()
