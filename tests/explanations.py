"""Of each of QEMU's defects: whose pointer or whose memory of things is wrong, and what mends it.

What goes wrong, and in which versions, is in `qemu_defects`. Each text is held against the trace that it explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotswap.spec import profiles
from hotswap.spec.language import Switch

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Names that are lost": (
        "chardev-lost-by-a-failed-change",
        "mux-over-itself",
        "reconnect-lost-to-its-own-connect",
    ),
    "What a refusal leaves behind": (
        "refusal-closes-the-frontend",
        "refusal-says-opened",
        "refusal-leaves-its-watch",
        "refused-mux-takes-the-chardev-away",
        "refused-listener-takes-the-path",
        "refused-connect-keeps-the-instance",
    ),
    "What is heard and remembered": (
        "opened-twice-by-a-swap",
        "guest-open-forgotten",
        "stale-modem-lines",
        "no-swap-while-stopped",
        "opened-again-by-cont",
        "closed-unheard-while-stopped",
        "pty-opens-twice",
        "pty-says-no-closed",
        "idle-pty-says-no-closed",
    ),
    "Watches, and who waits": (
        "uart-waits-for-ever",
        "port-throttled-for-ever",
        "throttled-by-a-peer-that-has-gone",
        "sifive-loses-its-watch",
        "watch-outlives-its-uart",
        "waits-for-a-client",
    ),
    "Yank and connecting": (
        "yank-of-a-pending-connect",
        "instance-outlives-its-socket",
        "yank-does-not-end-a-connect",
        "connect-task-without-a-reference",
    ),
    "Paths, files and stdio": (
        "listener-deletes-its-successor",
        "stdio-closes-its-descriptors",
        "stdio-takes-files-over",
        "failed-stdio-frees-the-terminal",
        "stdio-only-once",
        "emptied-by-a-failure",
    ),
    "Mux and hub": (
        "mux-opens-its-frontends-again",
        "mux-over-a-closed-base",
        "hub-over-an-open-member",
        "break-to-a-hub",
        "escape-in-an-empty-mux",
    ),
}
"""The defects by what goes wrong: in the order of the walk-through."""


@dataclass(frozen=True)
class Explanation:
    """Whose it is, and the change to the protocol by which it goes away."""

    whose: str
    mended: Switch


EXPLANATIONS: Mapping[str, Explanation] = {
    "chardev-lost-by-a-failed-change": Explanation(
        "The name's `Id.chardev` is the only owner. `drop_old` clears it and so frees the chardev; when `add_instead`"
        " fails, nothing can be put back, and the name is `lost`.",
        profiles.CREATE_FIRST,
    ),
    "mux-over-itself": Explanation(
        "The base that the mux looks for is what `Id.chardev` pointed to, and `drop_old` has just cleared that.",
        profiles.CREATE_FIRST,
    ),
    "reconnect-lost-to-its-own-connect": Explanation(
        "`Connect.reference` keeps the old chardev alive when its name has let go of it, and so its yank instance"
        " stays registered: the chardev that nobody can find blocks the one that was to replace it.",
        profiles.CREATE_FIRST,
    ),
    "opened-twice-by-a-swap": Explanation(
        "`Frontend.chr` moves from one open chardev to another. `tell` is silent, since the new one is open, and in"
        " `be_change` whoever registers with an open chardev hears OPENED: for `Device.sees_open` nothing has changed.",
        profiles.CLOSED_FIRST,
    ),
    "guest-open-forgotten": Explanation(
        "Three remember whether the port is open: `Device.asks_open`, `Frontend.fe_is_open`, `Chardev.fe_open`."
        " `attach` clears the second, the third is a new object's, and the change handler tells neither.",
        profiles.REPLAY_OPEN,
    ),
    "uart-waits-for-ever": Explanation(
        "`Device.watch` was on the old chardev. `move_watch` asks the new one for another and gets none, so that the"
        " pointer is None while the device is still `blocked`: nobody will wake it.",
        profiles.RESUME,
    ),
    "port-throttled-for-ever": Explanation(
        "`Device.watch` is None and the port still `blocked`, as with the UART. A new chardev that is closed would"
        " make the old one say CLOSED, which ends the throttling; a ring buffer is open, and `tell` is silent.",
        profiles.RESUME,
    ),
    "stale-modem-lines": Explanation(
        "`Device.cts` is what the UART has read last, of the serial line. The new chardev has no lines: the UART stops"
        " asking (`polls` is False), and keeps the old answer.",
        profiles.MODEM_RESET,
    ),
    "sifive-loses-its-watch": Explanation(
        "`Device.watch` names the old chardev through the whole swap, for the device has no tag to remove it by. When"
        " `unparent_old` frees that chardev, the watch dangles, and the device waits for nothing.",
        profiles.KEEP_TAG,
    ),
    "refusal-closes-the-frontend": Explanation(
        "`reattach` is `qemu_chr_fe_init` once more, which clears `Frontend.fe_is_open`. The device asked for open, and"
        " the old chardev was told so; when the device closes, the frontend takes that for old news.",
        profiles.ASK_FIRST,
    ),
    "refusal-says-opened": Explanation(
        "`Device.sees_open` is of the new chardev, with which the handlers were registered. On the way back `reopen`"
        " says OPENED if the old one had said CLOSED, but nobody ever says CLOSED of the new one.",
        profiles.ASK_FIRST,
    ),
    "refusal-leaves-its-watch": Explanation(
        "`Device.watch` moves to the new chardev in `be_change`, and `reattach` brings only `Frontend.chr` back."
        " `drop_new` frees the chardev that the watch is on.",
        profiles.ASK_FIRST,
    ),
    "refused-mux-takes-the-chardev-away": Explanation(
        "`part` clears the mux's `frontend`, but a mux has its frontends in slots (`attached`). Its finalizer sets"
        " `Frontend.chr` to None, though that points to the old chardev again, whose `frontend` still points back.",
        profiles.ASK_FIRST,
    ),
    "refused-listener-takes-the-path": Explanation(
        "`Address.path` says who is reached at a path. The new listener takes it in `create_new` and clears it in its"
        " finalizer; the old one, which still listens, does not get it back.",
        profiles.ASK_FIRST,
    ),
    "refused-connect-keeps-the-instance": Explanation(
        "`Connect.reference` owns the refused chardev when `drop_new` has let go of it, and its yank instance stays"
        " registered under the name of a chardev that is no socket.",
        profiles.ASK_FIRST,
    ),
    "yank-of-a-pending-connect": Explanation(
        "The yank function outlives its owner's place: `Connect.reference` keeps the first socket alive, whose function"
        " is in the instance that was handed to the second. When the second one's finalizer unregisters the instance,"
        " that function is still in it, and the assertion that there is none fails.",
        profiles.DROP_CONNECT,
    ),
    "instance-outlives-its-socket": Explanation(
        "`Connect.reference` is the last owner of the old socket. Its finalizer, which would unregister the instance,"
        " runs when the task is over, and not when the name is gone.",
        profiles.DROP_CONNECT,
    ),
    "yank-does-not-end-a-connect": Explanation(
        "`Connect.chardev` has a channel without a socket while `connect(2)` has not returned. What is shut down is"
        " nothing, and the task is still `connecting` when the command says that it is done.",
        profiles.YANK_CONNECT,
    ),
    "listener-deletes-its-successor": Explanation(
        "`Address.path` points to the new listener from `create_new` on. The old one's finalizer removes the path by"
        " its name, whoever listens there, and in `unparent_old` that is its successor.",
        profiles.BIND_BESIDE,
    ),
    "stdio-closes-its-descriptors": Explanation(
        "The descriptors 0 and 1 are the process's, but the finalizer closes them (`Terminal.zero_closed`,"
        " `one_closed`). A file takes 0, the next stdio believes that 0 is its own, finds 1 closed, and aborts.",
        profiles.DUP_STDIO,
    ),
    "stdio-takes-files-over": Explanation(
        "`Chardev.descriptors` of the two files are 0 and 1, and those of the stdio are both: one channel has two"
        " owners.",
        profiles.DUP_STDIO,
    ),
    "failed-stdio-frees-the-terminal": Explanation(
        "`Terminal.in_use` is the first stdio's. The second is refused for it, and then its finalizer clears it.",
        profiles.OWN_TERMINAL,
    ),
    "stdio-only-once": Explanation(
        "`Terminal.in_use` stays set when the stdio that set it has been freed.",
        profiles.TERM_EXIT,
    ),
    "emptied-by-a-failure": Explanation(
        "The file is outside QEMU, and nothing brings it back: `create_new` has emptied it to write to it when the"
        " other file, to read from, turns out to be missing.",
        profiles.TRUNCATE_LATE,
    ),
    "waits-for-a-client": Explanation(
        "The command holds the lock from its first step on. The one step that is shown has decided all: from `free`"
        " the only way leads to `opening`, and there it waits for somebody outside, who may never come; everybody else"
        " waits for the lock.",
        profiles.NO_WAIT,
    ),
    "no-swap-while-stopped": Explanation(
        "`Frontend.chr_be_change`: `stop` takes all handlers away, also that one, and `look` takes its absence for a"
        " device that can't be swapped.",
        profiles.KEEP_HANDLERS,
    ),
    "opened-again-by-cont": Explanation(
        "`Frontend.chr_event` is cleared by `stop` and set by `cont`, and an open chardev says OPENED to whoever"
        " registers. `Device.sees_open` has not heard CLOSED in between.",
        profiles.KEEP_HANDLERS,
    ),
    "closed-unheard-while-stopped": Explanation(
        "`Frontend.chr_event` is not set while the machine is stopped, so that CLOSED reaches nobody; `cont` says"
        " OPENED of open chardevs only. `Device.sees_open` stays True.",
        profiles.KEEP_HANDLERS,
    ),
    "throttled-by-a-peer-that-has-gone": Explanation(
        "The write itself finds out that the peer has gone: the port hears CLOSED first, and only then asks for"
        " `Device.watch`. A socket without a peer gives none, and the port is `blocked` for good.",
        profiles.RESUME,
    ),
    "watch-outlives-its-uart": Explanation(
        "The watch outlives its UART: `device_del` takes the frontend from the chardev, but leaves `Device.watch`"
        " behind. `chardev_remove` may free the chardev now, the watch dangles, and when it fires it is followed.",
        profiles.DROP_WATCH,
    ),
    "pty-opens-twice": Explanation(
        "`set_handlers` first has the pty look at its other end, which says OPENED at once, and then says OPENED"
        " itself, since the chardev is open now.",
        profiles.SYNC_ONCE,
    ),
    "pty-says-no-closed": Explanation(
        "`Chardev.connected` is cleared when the other end is closed, and nothing is said: `Device.sees_open` is still"
        " True when the next connection says OPENED.",
        profiles.PTY_CLOSED,
    ),
    "idle-pty-says-no-closed": Explanation(
        "`Chardev.open_source` is the callback that will say OPENED. The device has heard OPENED from its own"
        " registration, and then the callback says it again.",
        profiles.PTY_CLOSED,
    ),
    "mux-opens-its-frontends-again": Explanation(
        "The mux's own frontend registers with the base again whenever one of the mux's does. The base says OPENED to"
        " whoever registers, and the mux passes that on to all in `Chardev.attached`, also to those who know.",
        profiles.SYNC_STATE,
    ),
    "mux-over-a-closed-base": Explanation(
        "The mux's `Chardev.be_open` is set in its creation, whatever its base's is: whoever registers with the mux"
        " hears OPENED, though nobody is at the other end.",
        profiles.STACK_OPEN,
    ),
    "hub-over-an-open-member": Explanation(
        "The hub registers with its member without being told how that is (`sync_state=False`). Its `be_open` stays"
        " False, and the device is never told OPENED.",
        profiles.STACK_OPEN,
    ),
    "break-to-a-hub": Explanation(
        "The pointer is the hub class's `chr_be_event`, which is NULL, and `qemu_chr_be_event` calls it.",
        profiles.HUB_EVENT,
    ),
    "escape-in-an-empty-mux": Explanation(
        "`Chardev.attached` is empty, since the only device has gone, but the mux still listens to its base: the escape"
        " looks for the next frontend, and asserts that there is one.",
        profiles.MUX_EMPTY,
    ),
    "connect-task-without-a-reference": Explanation(
        "`Connect.chardev` is a bare pointer, and nothing else of the task keeps the chardev alive. `chardev_remove`"
        " frees it; when the connect task is over, it follows the pointer.",
        profiles.CONNECT_REF,
    ),
}
