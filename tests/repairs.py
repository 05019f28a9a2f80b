"""`docs/repaired.md`: what to change in QEMU, and what goes wrong otherwise. Compared by tests, written as a script."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

from findings import steps_of
from hotswap.checker import Result, check
from hotswap.checker.explore.result import Finding
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.change import Change
from hotswap.spec.language import Defect, Edit, Profile, Switch
from hotswap.spec.models import Model

PAGE = Path(__file__).resolve().parent.parent / "docs" / "repaired.md"
REPAIRED = CHARDEV.profile("repaired")
REPAIRS = [switch for switch in REPAIRED.switches if switch not in CHARDEV.profile("qemu-10.0").switches]
LARGE = Path(__file__).resolve().parent / "golden" / "large.json"
"""What `hotswap check --profile repaired --scope large --json` wrote."""

TWO_CHANGES = (Setup((Model.virtconsole,), (Kind.null, Kind.ringbuf), changes=2),)
"""Small, and yet two commands that may come between each other's steps."""

TWO_DEVICES = (Setup((Model.virtconsole, Model.monitor), (Kind.null, Kind.ringbuf)),)
"""Small, and yet a second device that may take the chardev which the first one leaves."""

IN_C = {
    "create-first": (
        "`qmp_chardev_change`: where the old chardev has no frontend, call `chardev_new` first, as in the other case;"
        " then `object_unparent` the old one and add the new one to /chardevs. A mux or a hub over the very name is an"
        " error, as it is with a frontend."
    ),
    "ask-first": (
        "Give `chr_be_change` a companion that only answers whether the frontend agrees, and call it before"
        " `chardev_new`. `chr_be_change` then returns nothing, and the whole way back in `qmp_chardev_change` goes:"
        " what cannot be refused needs no undoing."
    ),
    "closed-first": (
        "`qmp_chardev_change` sends CHR_EVENT_CLOSED whenever the old chardev is open, not only if the new one is"
        " closed. A device that treats a swap as nothing new may ignore the pair; one that talks to a peer has to know."
    ),
    "replay-open": (
        "`chr_be_change` of virtio-console.c calls `qemu_chr_fe_set_open` with what the guest last asked for, after"
        " `qemu_chr_fe_set_handlers`: `qemu_chr_fe_init` has forgotten it."
    ),
    "resume": (
        "Where `qemu_chr_fe_add_watch` returns 0, nobody will call back: `serial_xmit` and the change handler of"
        " serial.c go on as if the byte were sent, `flush_buf` of virtio-console.c does not throttle the port, and its"
        " change handler takes the throttle back."
    ),
    "drop-watch": "`serial_unrealize` removes `watch_tag`, as the change handler of serial.c does.",
    "keep-tag": (
        "sifive_uart.c keeps what `qemu_chr_fe_add_watch` returns, and its change handler removes that watch and asks"
        " for one on the new chardev, as serial.c does."
    ),
    "modem-reset": (
        "`serial_update_msl`: where CHR_IOCTL_SERIAL_GET_TIOCM is not supported, set CTS, DSR and DCD before it stops"
        " to ask. Today they stay as the last tty left them."
    ),
    "sync-once": (
        "`qemu_chr_fe_set_handlers_full` registers the event handler after `qemu_chr_be_update_read_handlers`, so that"
        " a pty which finds its other end open there is heard once, when the state is passed on, and not twice."
    ),
    "keep-handlers": (
        "`virtconsole_enable_backend` leaves the event and the change handler registered while the machine is stopped,"
        " and only takes the read handlers away, which is what 55289fb036 was for."
    ),
    "bind-beside": (
        "A listener binds to a name beside its path and renames it over the path when the chardev gets its name"
        " (`rename(2)` is atomic), and `char_socket_finalize` unlinks the path only if it is still its own, by device"
        " and inode."
    ),
    "truncate-late": (
        "`qmp_chardev_open_file` opens without O_TRUNC; the file is emptied by `ftruncate(2)` when the chardev gets its"
        " name."
    ),
    "dup-stdio": (
        "`qemu_chr_open_stdio` works on copies (`dup(2)`) of the descriptors 0 and 1, so that `char_fd_finalize` closes"
        " the copies, and `open(2)` never returns 0 or 1."
    ),
    "own-terminal": (
        "`char_stdio_finalize` calls `term_exit` only for the chardev for which `qemu_chr_open_stdio` set"
        " `stdio_in_use`."
    ),
    "drop-connect": (
        "When a socket chardev loses its name, it cancels its connect task and unregisters its yank function, instead"
        " of leaving both to the task, which may take as long as `connect(2)` does."
    ),
    "yank-connect": (
        "Make the socket before the connect task starts, and give it to the channel, so that `qio_channel_shutdown`"
        " finds it while `connect(2)` is under way. `shutdown(2)` does not end a `connect(2)` that waits for room in"
        " the backlog of a unix socket: that has to be tried without blocking, and again."
    ),
    "no-wait": (
        "`qmp_chardev_open_socket` refuses `wait=on` (or takes it for `off`) when a command creates the chardev: there"
        " is nobody to wait for, while everybody waits for the lock."
    ),
    "stack-open": (
        "`qemu_chr_open_mux` and char-hub.c set `be_open` from their base when they open, and follow its events; a mux"
        " over a closed base is not open, a hub over an open one is."
    ),
    "hub-event": "`char_hub_class_init` leaves `chr_be_event` to the base class, as all but the mux do.",
    "mux-empty": "`mux_proc_byte` looks whether `mux_bitset` is 0 before it moves the focus; today it asserts it.",
}
"""What to change, for each repair, in the words of QEMU's code."""

HEAD = """\
# `repaired`: a hotswap in which every property holds

Written by `python tests/repairs.py`; tests hold it to the spec. QEMU 10.0 with the changes below keeps every property
that hotswap asks for: no dangling pointer, no command that fails halfway, nobody who waits for ever. Each change is a
switch of the spec, and each is needed: without it, and with all others, a property breaks, by the trace that is shown.

| scope | what `hotswap check --profile repaired --scope ...` proves |
|---|---|
"""
AWAY = """
## What the repairs take away

A chardev that nobody uses can be changed to a listener at its own TCP port. It works in QEMU 10.0, which drops the old
one first, and for that very reason may end with neither. With `create-first` the command fails, because the port is
taken, and changes nothing; so does it in QEMU already while a frontend is attached. The same goes for stdio. What
remains is to do it in two commands, `chardev-remove` and `chardev-add`. The old listener's descriptor could be handed
over (`dup(2)`), as its yank instance is; that is not modelled.

"""
LOCK = """
## What the lock is for

`qmp_chardev_change` holds the big lock from its first look to its last step. It may not let go of it anywhere in
between: with two commands at a time, each of the states that a change goes through breaks something if others may run
in it (`hotswap check --profile repaired --lock ...`, with all other states named).

| if it lets go when the change is | breaks | steps | and the trace ends in |
|---|---|---|---|
"""
REFERENCES = """
### Would references do instead?

No. The study `referenced` gives the command a reference to the chardev that it replaces (as `object_ref` would) and
takes the lock away. The command's own pointers are safe then, with one device: `no-dangling-pointer`,
`no-use-after-free` and `no-null-dereference` hold. But a second device that is plugged meanwhile is on the old chardev,
which the command then drops: nobody has told it.

"""


@functools.cache
def without(switch: Switch) -> Result:
    """The default scope of `repaired` without one of its repairs."""
    others = tuple(other for other in REPAIRED.switches if other is not switch)
    return check(CHARDEV, profile=Profile(f"without-{switch.name}", "", others), scope="small")


@functools.cache
def released(state: str) -> Result:
    """What holds if a change lets go of the lock in one of its states."""
    held = [known.name for known in Change.states if known.in_flight and known.name != state]
    return check(CHARDEV, profile="repaired", scope=TWO_CHANGES, lock=",".join(f"Change.{name}" for name in held))


@functools.cache
def same_port(profile: str) -> Finding | None:
    """How a listener that nobody uses can't be changed to one at its own port, if it can't."""
    create = Edit(Change.create, 'fail("the backend\'s own error")', "assert self.frontend is not None")
    defect = Defect("notice", "A creation that fails is noticed.", "no-failed-assertion", (create,), profile)
    result = check(CHARDEV, defect=defect, scope=(Setup((Model.virtconsole,), (Kind.tcp,)),))
    found = result.verdict(defect.breaks).findings
    return found[0] if found else None


def large() -> dict[str, Any]:
    """The committed report of the largest scope."""
    known: dict[str, Any] = json.loads(LARGE.read_text("utf-8"))
    return known


def states() -> list[str]:
    """The states that a change of `repaired` goes through."""
    coverage = check(CHARDEV, profile="repaired", scope="small").coverage
    rows = {row for row, count in coverage.items() if count}
    reached = {state for row in Change.rows if row.qualname in rows for state in row.sources}
    return [state.name for state in Change.states if state in reached and state.in_flight]


def first(result: Result) -> Finding:
    """The finding with the shortest trace."""
    findings = [found for known in result.properties for found in known.findings if known.verdict == "violated"]
    return min(findings, key=lambda found: found.trace.length)


def page() -> str:
    """The whole page."""
    return "".join(_page())


def _page() -> Iterator[str]:
    yield HEAD
    for scope in ("small", "medium"):
        result = check(CHARDEV, profile="repaired", scope=scope)
        assert result.exhaustive and result.exit_code == 0
        yield f"| `{scope}` | {result.states:,} states, {result.transitions:,} transitions |\n"
    known = large()
    counts = f"{known['states']:,} states, {known['transitions']:,} transitions"
    cost = f"{known['seconds']:,.0f} s, {known['rss_bytes'] / 1e9:.1f} GB"
    yield f"| `large` | {counts}, {cost}, on a core of an x86-64 virtual machine |\n"
    yield "\n## The changes\n"
    for switch in REPAIRS:
        yield _repair(switch)
    yield AWAY
    found = same_port("repaired")
    assert found is not None and same_port("qemu-10.0") is None
    yield steps_of(found.trace)
    yield LOCK
    for state in states():
        found = first(released(state))
        yield f"| `{state}` | `{found.property}` | {found.trace.length} | `{_last(found)}` |\n"
    yield REFERENCES
    alone = check(CHARDEV, profile="referenced", scope=TWO_DEVICES, lock="none")
    yield _trace(alone.verdict("no-use-after-free").findings[0])


def _last(found: Finding) -> str:
    step = found.trace.steps[-1]
    return f"{step.machine}.{step.row}"


def _repair(switch: Switch) -> str:
    result = without(switch)
    broken = ", ".join(f"`{known.name}`" for known in result.properties if known.verdict == "violated")
    found = first(result)
    text = f"\n### {switch.name}\n\n{fill(switch.documentation, 120)}\n\n{fill(IN_C[switch.name], 120)}\n\n"
    return f"{text}- Source: {switch.source}\n- Without it: {broken}\n\n{_trace(found)}"


def _trace(found: Finding) -> str:
    return f"`{found.id}`, in {found.trace.length} steps:\n\n{steps_of(found.trace)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
