"""What is to hold of the chardev protocol, besides memory safety and the atomicity of failed commands."""

from __future__ import annotations

from .backend import Descriptors, Event, Kind
from .change import Change
from .chardev import Chardev
from .connect import Connect
from .device import Device
from .file import File
from .frontend import Frontend
from .language import Monitor, ensure, invariant, on, operation, sometimes
from .profiles import YANK
from .registry import Id
from .terminal import Terminal
from .world import WORLD


@invariant(between=Change)
def pairing(frontend: Frontend, chardev: Chardev) -> bool:
    """A frontend's chardev is the chardev whose frontend it is, unless that is a mux."""
    if chardev.kind is Kind.mux:
        return (frontend.chr is chardev) == (frontend in chardev.attached)
    return (frontend.chr is chardev) == (chardev.frontend is frontend)


@invariant
def one_chardev_per_id(id: Id, chardev: Chardev) -> bool:
    """The chardev of a name is the only one that is registered under it."""
    return (id.chardev is chardev) == (chardev.state is Chardev.registered and chardev.label is id)


@invariant(between=Change)
def id_never_lost(id: Id) -> bool:
    """A change leaves a chardev under its name, the old one or the new one."""
    return id.state is not Id.lost


@invariant(between=Change)
def open_state_agrees(device: Device) -> bool:
    """The last of OPENED and CLOSED that a device heard is what its chardev is, or the base of a mux or hub."""
    frontend = device.frontend
    if frontend is None or frontend.chr is None or not frontend.chr_event:
        return True
    return device.sees_open == frontend.chr.is_open()


@invariant(between=Change)
def fe_open_agrees(device: Device) -> bool:
    """What the device asked for, what its frontend remembers and what the backend was told are the same."""
    frontend = device.frontend
    if frontend is None or frontend.chr is None:
        return True
    if frontend.chr.kind is Kind.mux:
        return frontend.fe_is_open == device.asks_open
    return frontend.fe_is_open == device.asks_open and frontend.fe_is_open == frontend.chr.fe_open


@invariant(by="model")
def blocked_writer_has_wakeup(device: Device) -> bool:
    """A device that waits to write has a watch that will tell it to go on."""
    return device.state is not Device.blocked or device.watch is not None


@invariant(between=Change)
def swappable_while_plugged(device: Device) -> bool:
    """A device that has a change handler has registered it for as long as it is plugged."""
    if device.state in (Device.plugged, Device.blocked) and device.model.hotswap:
        return device.frontend.chr is None or device.frontend.chr_be_change
    return True


@invariant(between=Change)
def heard_while_plugged(device: Device) -> bool:
    """A device that has an event handler has registered it for as long as it is plugged, or is about to."""
    if device.state in (Device.plugged, Device.blocked) and device.model.events:
        return device.frontend.chr is None or device.frontend.chr_event or device.bottom_half
    return True


@invariant
def unplugged_is_as_new(device: Device) -> bool:
    """What a device had is gone with it."""
    if device.state is not Device.unplugged:
        return True
    remembers = device.asks_open or device.sees_open or device.bottom_half or device.polls or device.cts
    return not remembers and device.watch is None and device.driver is None


@invariant(between=Change)
def modem_lines_agree(device: Device) -> bool:
    """A UART reads the modem lines if its chardev has any; if not, it does not believe that the other is not ready."""
    if device.state not in (Device.plugged, Device.blocked) or not device.model.modem or device.frontend.chr is None:
        return True
    return device.polls == device.frontend.chr.kind.ioctls and (device.polls or device.cts)


@invariant(between=Change)
def yank_matches_sockets(id: Id) -> bool:
    """A name can be yanked exactly if its chardev is a socket."""
    if YANK and id.state is not Id.unused:
        return id.yank.has_entry() == (id.chardev is not None and id.chardev.kind.yanks)
    return True


@invariant(between=Change)
def path_reachable_after_change(id: Id) -> bool:
    """A listener can be reached at its path."""
    return id.chardev is None or id.chardev.kind not in (Kind.unix, Kind.waiting) or id.address.path is id.chardev


@invariant(between=Change)
def file_was_emptied(id: Id) -> bool:
    """What a name's file had before is gone once the file is written to."""
    return id.chardev is None or id.chardev.kind is not Kind.file or id.file.state is File.emptied


@invariant
def reconnect_goes_on(chardev: Chardev) -> bool:
    """A socket that is to connect again has a connection, tries to get one, or will."""
    if chardev.kind is not Kind.reconnect or chardev.state is not Chardev.registered:
        return True
    return chardev.connected or chardev.timer or any(task.state is not Connect.idle for task in Connect)


@invariant
def terminal_is_taken_by_its_stdio(terminal: Terminal) -> bool:
    """The terminal counts as taken exactly while a stdio has it."""
    return terminal.in_use == any(chardev.terminal for chardev in Chardev)


@operation
def apart(one: Descriptors, other: Descriptors) -> bool:
    """Whether two chardevs share neither of the descriptors 0 and 1."""
    if one is Descriptors.others or other is Descriptors.others:
        return True
    return one is not other and one is not Descriptors.both and other is not Descriptors.both


@invariant(by="kind")
def stdio_owned_once(one: Chardev, other: Chardev) -> bool:
    """No two chardevs have the terminal, or the same one of the descriptors 0 and 1."""
    if one is other or (one.kind is Kind.stdio and other.kind is not Kind.stdio):
        return True
    return one.kind is not Kind.stdio and apart(one.descriptors, other.descriptors)


@invariant
def done_as_asked(change: Change) -> bool:
    """A command that does not fail has done what it was for; so has what takes a connection, or lets go of one."""
    return change.state is not Change.replaced or (change.fresh is not None and change.fresh.kind is change.kind)


@sometimes
def change_succeeds(change: Change) -> bool:
    """A change can come to its end: nothing is proved by commands that always fail."""
    return change.state is Change.replaced


class OpenCloseAlternate(Monitor, of=Device):
    """A device hears OPENED and CLOSED in turn, OPENED first, from when it is plugged to when it is unplugged."""

    is_open: bool

    @on(Device.realize)
    def plugged(self, device: Device, chr: Chardev) -> None:
        """A new life starts closed."""
        self.is_open = False

    @on(Device.unrealize)
    def unplugged(self, device: Device) -> None:
        """Nothing is left of it."""
        self.is_open = False

    @on(Device.event)
    def event(self, device: Device, sender: Chardev, event: Event) -> None:
        """Each event is the other of the two."""
        if event is not Event.break_:
            ensure((event is Event.opened) != self.is_open)
            self.is_open = event is Event.opened


class EventsOnlyFromOwnChardev(Monitor, of=Frontend):
    """What delivers an event to a frontend is the chardev that the frontend points to."""

    @on(Frontend.event)
    def event(self, frontend: Frontend, sender: Chardev, event: Event) -> None:
        """It comes from where the frontend's own calls go."""
        ensure(sender is frontend.chr)


PROPERTIES = (
    pairing,
    one_chardev_per_id,
    id_never_lost,
    OpenCloseAlternate,
    open_state_agrees,
    fe_open_agrees,
    EventsOnlyFromOwnChardev,
    blocked_writer_has_wakeup,
    swappable_while_plugged,
    heard_while_plugged,
    unplugged_is_as_new,
    modem_lines_agree,
    yank_matches_sockets,
    path_reachable_after_change,
    stdio_owned_once,
    terminal_is_taken_by_its_stdio,
    file_was_emptied,
    reconnect_goes_on,
    done_as_asked,
    change_succeeds,
    *WORLD,
)
