"""What is to hold of the chardev protocol, besides memory safety and the atomicity of failed commands."""

from __future__ import annotations

from .change import Change
from .chardev import Chardev
from .frontend import Frontend
from .language import Monitor, ensure, invariant, on
from .registry import Id


@invariant(between=Change)
def pairing(frontend: Frontend, chardev: Chardev) -> bool:
    """A frontend's chardev is the chardev whose frontend it is."""
    return (frontend.chr is chardev) == (chardev.frontend is frontend)


@invariant
def one_chardev_per_id(id: Id, chardev: Chardev) -> bool:
    """The chardev of a name is the only one that is registered under it."""
    return (id.chardev is chardev) == (chardev.state is Chardev.registered and chardev.label is id)


@invariant(between=Change)
def open_state_agrees(frontend: Frontend) -> bool:
    """The last of OPENED and CLOSED that a frontend heard is what its chardev is."""
    return not frontend.chr_event or frontend.chr is None or frontend.sees_open == frontend.chr.be_open


@invariant(between=Change)
def fe_open_agrees(frontend: Frontend) -> bool:
    """What the device asked for, what the frontend remembers and what the backend was told are the same."""
    if frontend.chr is None:
        return True
    return frontend.fe_is_open == frontend.asks_open and frontend.fe_is_open == frontend.chr.fe_open


class OpenCloseAlternate(Monitor, of=Frontend):
    """A frontend hears OPENED and CLOSED in turn, OPENED first, from when it is plugged to when it is unplugged."""

    is_open: bool

    @on(Frontend.realize)
    def plugged(self, frontend: Frontend, chr: Chardev) -> None:
        """A new life starts closed."""
        self.is_open = False

    @on(Frontend.unrealize)
    def unplugged(self, frontend: Frontend) -> None:
        """Nothing is left of it."""
        self.is_open = False

    @on(Frontend.event)
    def event(self, frontend: Frontend, sender: Chardev, opened: bool) -> None:
        """Each event is the other of the two."""
        ensure(opened != self.is_open)
        self.is_open = opened


class EventsOnlyFromOwnChardev(Monitor, of=Frontend):
    """What delivers an event to a frontend is the chardev that the frontend points to."""

    @on(Frontend.event)
    def event(self, frontend: Frontend, sender: Chardev, opened: bool) -> None:
        """It comes from where the frontend's own calls go."""
        ensure(sender is frontend.chr)


PROPERTIES = (
    pairing,
    one_chardev_per_id,
    OpenCloseAlternate,
    open_state_agrees,
    fe_open_agrees,
    EventsOnlyFromOwnChardev,
)
