"""char-mux.c and char-hub.c: chardevs that are themselves the frontend of another chardev.

A mux has several frontends, of which one has the focus; a hub has several backends. Here a hub has one: what goes
wrong with it does so with one. Left out are a mux's buffers, and the limit of four on either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Context, Event, Kind
from .frontend import Frontend, Role
from .language import operation
from .profiles import HUB_EVENT, MUX_EMPTY, MUX_EVENT, MUX_SLOTS, STACK_OPEN, SYNC_STATE

if TYPE_CHECKING:
    from .chardev import Chardev
    from .registry import Id


@operation
def open_stack(chardev: Chardev, base: Id) -> bool:
    """`qemu_chr_open_mux`, `qemu_chr_open_hub`: become the frontend of the base chardev, if it has none."""
    if base.chardev is None or base.chardev.frontend is not None:
        return False
    for frontend in Frontend:
        if frontend.role is Role.spare:
            frontend.role = Role.stack
            frontend.stack = chardev
            chardev.own = frontend
            frontend.init(base.chardev)
            if STACK_OPEN:
                chardev.be_open = base.chardev.be_open
                if chardev.kind is Kind.hub:
                    chardev.member_open = base.chardev.be_open
                read_base(chardev, chardev.context)
            elif chardev.kind is Kind.mux:
                chardev.be_event(Event.opened)
            return True
    return False


@operation
def close_stack(chardev: Chardev) -> None:
    """`char_mux_finalize`, `char_hub_finalize`: the frontends have no chardev any more, the base has no frontend."""
    for frontend in Frontend:
        if frontend in chardev.attached:
            frontend.lose()
    if chardev.own is not None:
        chardev.own.deinit()
        chardev.own.role = Role.spare
        chardev.own.stack = None


@operation
def read_base(chardev: Chardev, context: Context) -> None:
    """`mux_chr_update_read_handlers`, `hub_chr_update_read_handlers`: register with the base, each time anew."""
    sync_state = True
    if SYNC_STATE:
        sync_state = False
    chardev.own.set_handlers(True, False, True, True, sync_state, context)


@operation
def say(chardev: Chardev, event: Event) -> None:
    """`mux_chr_be_event`: what a mux itself says is for the frontend with the focus; a hub has no such function."""
    if chardev.kind is Kind.mux:
        if MUX_EVENT and chardev.focus is not None and chardev.focus in chardev.attached:
            tell(chardev, chardev.focus, event)
    elif HUB_EVENT:
        if chardev.frontend is not None:
            tell(chardev, chardev.frontend, event)
    else:
        assert chardev.kind is not Kind.hub


@operation
def hear(chardev: Chardev, event: Event) -> None:
    """`mux_chr_event` tells every frontend; `hub_chr_event` tells the one, of the first OPENED and the last CLOSED."""
    if STACK_OPEN and event is not Event.break_:
        chardev.be_open = event is Event.opened
    if chardev.kind is Kind.mux:
        for frontend in Frontend:
            if frontend in chardev.attached:
                tell(chardev, frontend, event)
    elif event is Event.break_ or chardev.member_open != (event is Event.opened):
        if event is not Event.break_:
            chardev.member_open = event is Event.opened
        if chardev.frontend is not None:
            tell(chardev, chardev.frontend, event)


@operation
def tell(chardev: Chardev, frontend: Frontend, event: Event) -> None:
    """`mux_chr_send_event`: call the frontend's handler, if it has one."""
    if frontend.chr_event:
        frontend.event(chardev, event)


@operation
def move_focus(chardev: Chardev) -> None:
    """`mux_proc_byte`, the escape and c: the next frontend has the focus."""
    for frontend in Frontend:
        if frontend in chardev.attached and frontend is not chardev.focus:
            chardev.focus = frontend
            return


@operation
def is_empty(chardev: Chardev) -> bool:
    """Whether a mux has no frontend."""
    return not any(frontend in chardev.attached for frontend in Frontend)


@operation
def is_free(chardev: Chardev) -> bool:
    """`qemu_chr_is_busy`, of a mux: a count that never shrinks, until 2024."""
    if MUX_SLOTS:
        return is_empty(chardev)
    return False


@operation
def survives_escape(chardev: Chardev) -> bool:
    """Whether the escape does no harm: since the slots are a bit set, it aborts when the set is empty."""
    if MUX_SLOTS and not MUX_EMPTY:
        return not is_empty(chardev)
    return True
