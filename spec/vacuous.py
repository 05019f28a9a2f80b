"""What never happens in the default scope, and why that is meant to be: rows, branches and guards, by their ids.

A row that never fires, or a guard that stops nothing, is a question that a property may owe its proof to. `hotswap
check` reports it, unless the profile explains it here.
"""

from __future__ import annotations

from collections.abc import Mapping

_PORT_ON_A_MUX = "What waits on a mux is a UART here; a port, whose write fails when its peer is gone, is in `medium`."
_ONE_AT_A_TIME = "Nobody else holds the lock here: two commands are in `medium`, a console that spins in 10.0."
_NO_SPIN = "The only device that writes until all is written does so since 10.0."
_NO_HUB = "There are hubs since 10.0."
_NO_YANK = "There are no yank instances yet."
_NO_SIFIVE = "The device comes with RISC-V."
_NEVER_AGAIN = "A stdio that was given up can never be used again."
_REFUSES_FIRST = "A frontend refuses before anything has changed, and not later."
_NO_WAIT = "No listener waits for its peer."
_COPIES = "The descriptors 0 and 1 stay open: a stdio works on copies."
_STAYS = "No mux and no hub goes away below its frontends, so a plugged device has a chardev."

_EVERYWHERE: Mapping[str, str] = {
    "branch-never-taken@Chardev.finalize: if self.frontend is not None": (
        "With the lock, nobody drops a chardev that is in use; without it, a command does."
    ),
    "branch-never-taken@Frontend.set_handlers: if self.chr is None": (
        "With the lock, no device is unplugged while its chardev is swapped; without it, one is."
    ),
    "branch-never-taken@Chardev.write_fails: if self.kind.stacks": _PORT_ON_A_MUX,
    "branch-never-taken@Chardev.write_in_vain: if self.kind.stacks": _PORT_ON_A_MUX,
}
_AT_ONCE: Mapping[str, str] = {
    "row-never-fires@Chardev.open_when_idle": "A pty says OPENED at once; 2.10 left it to an idle callback.",
}
_BEFORE_10_0: Mapping[str, str] = {
    "row-never-fires@WriteAll.write_all": _NO_SPIN,
    "row-never-fires@WriteAll.written": _NO_SPIN,
    "row-never-fires@Change.wait": _ONE_AT_A_TIME,
    "row-never-fires@Change.dispatch": _ONE_AT_A_TIME,
    "branch-never-taken@say: unless chardev.kind is Kind.mux": _NO_HUB,
    "branch-never-taken@hear: unless chardev.kind is Kind.mux": _NO_HUB,
}

QEMU_2_10: Mapping[str, str] = {
    **_EVERYWHERE,
    **_BEFORE_10_0,
    "row-never-fires@Yank.yank": _NO_YANK,
    "branch-never-taken@close_socket: if chardev.registered_yank": _NO_YANK,
    "branch-never-taken@close_socket: if chardev.registered_yank and (not chardev.handover)": _NO_YANK,
    "branch-never-taken@connect: if chardev.registered_yank": _NO_YANK,
    "branch-never-taken@made: if chardev.registered_yank and (not chardev.yank_function)": _NO_YANK,
    "branch-never-taken@connection_failed: if chardev.registered_yank": _NO_YANK,
    "branch-never-taken@lost: if chardev.registered_yank": _NO_YANK,
    "nothing-written@yank-matches-sockets": _NO_YANK,
    "branch-never-taken@Device.can_wait: if not SIFIVE_WATCH and self.model is Model.sifive": _NO_SIFIVE,
    "branch-never-taken@open_stdio: if Terminal[0].zero_closed": _NEVER_AGAIN,
}
QEMU_7_2: Mapping[str, str] = {**_EVERYWHERE, **_BEFORE_10_0, **_AT_ONCE}
QEMU_10_0: Mapping[str, str] = {**_EVERYWHERE, **_AT_ONCE}
REPAIRED: Mapping[str, str] = {
    **_EVERYWHERE,
    **_AT_ONCE,
    "row-never-fires@Change.part": _REFUSES_FIRST,
    "row-never-fires@Change.reattach": _REFUSES_FIRST,
    "row-never-fires@Change.reopen": _REFUSES_FIRST,
    "row-never-fires@Change.drop_new": _REFUSES_FIRST,
    "branch-never-taken@Change.be_change: unless self.frontend.device.be_change(self.asked)": _REFUSES_FIRST,
    "branch-never-taken@Device.be_change: if not asked and (not self.agrees())": _REFUSES_FIRST,
    "guard-never-false@Change.opened: not waits(self.kind) or self.fresh.comes()": _NO_WAIT,
    "branch-never-taken@Change.opened: if waits(self.kind)": _NO_WAIT,
    "branch-never-taken@Terminal.open: if self.zero_closed": _COPIES,
    "branch-never-taken@Terminal.open: if self.one_closed": _COPIES,
    "branch-never-taken@Terminal.close: if descriptors in (Descriptors.zero, Descriptors.both)": _COPIES,
    "branch-never-taken@Terminal.close: if descriptors in (Descriptors.one, Descriptors.both)": _COPIES,
    "branch-never-taken@open_stdio: if Terminal[0].zero_closed": _COPIES,
    "branch-never-taken@apart: unless one is Descriptors.others or other is Descriptors.others": _COPIES,
    "guard-never-false@Chardev.escape: self.own.chr_event": _STAYS,
    "branch-never-taken@Frontend.deinit: if self.chr is None": _STAYS,
    "branch-never-taken@close_stack: if frontend in chardev.attached": _STAYS,
    "guard-never-false@Device.guest_writes: self.frontend.chr is not None": _STAYS,
    "branch-never-taken@Device.write_in_vain: unless RESUME and self.watch is None": (
        "A port whose peer has gone gets no watch, and goes on without."
    ),
    "branch-never-taken@open_socket: if chardev.label.yank.has_entry()": (
        "A socket that still connects is given up when it loses its name, and its instance with it."
    ),
}
