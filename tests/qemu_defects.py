"""What QEMU's chardev hotswap does wrong, as far as it is known: in which profiles, and the finding that shows it.

How long the shortest traces are and which rows they take is in `docs/qemu.md`, which `findings` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Machine
from hotswap.spec.models import Model

V2_10, V7_2, V10_0 = ("qemu-2.10",), ("qemu-7.2",), ("qemu-10.0",)
SINCE_7_2 = (*V7_2, *V10_0)
ALWAYS = (*V2_10, *SINCE_7_2)

SEEN = "seen on 7.2.22 and 10.0.2"
PREDICTED = "predicted"
SEEN_FIRST_HERE = "predicted, then seen on 7.2.22 and 10.0.2"
SEEN_ON_10_0 = "predicted, then seen on 10.0.2"
SEEN_UNDER_OURS = "predicted, then seen on 7.2.22 and 10.0.2 under a frontend of ours"


class Alone(Setup):
    """One configuration, with as much room as the default scope: what is compiled for that serves here, too."""

    def pools(self) -> Mapping[type[Machine], int]:
        """The default scope's."""
        sizes = CHARDEV.pools(CHARDEV.scope())
        return {machine: sizes[machine] for machine in CHARDEV.machines}


@dataclass(frozen=True)
class QemuDefect:
    """Something that QEMU does wrong.

    `breaks` is the finding, a property and the row where it breaks, that is there in `profiles` and in no other.
    `setup` is the configuration that shows it, if another defect gives the same finding in the default scope.
    `also` are findings of the default scope that come of it, too. `source` names QEMU's functions, and the commits.
    """

    name: str
    what: str
    breaks: str
    profiles: tuple[str, ...]
    evidence: str
    source: str
    setup: Setup | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reachable:
    """Something that happens in `profiles` and breaks no property: a state that is reached there, and in no other."""

    name: str
    what: str
    predicate: str
    profiles: tuple[str, ...]
    evidence: str
    source: str
    setup: Setup


@dataclass(frozen=True)
class Outside:
    """Something that is known of QEMU, and why the model says nothing of it."""

    name: str
    what: str
    why: str


SWAP = "qmp_chardev_change, 7bb86085"

QEMU_DEFECTS = (
    # A chardev that nobody uses is replaced.
    QemuDefect(
        "chardev-lost-by-a-failed-change",
        "A chardev that nobody uses is dropped before the new one is created: if that fails, the name is gone.",
        "id-never-lost@Change.add_instead",
        ALWAYS,
        SEEN,
        SWAP,
        also=("failed-command-changes-nothing@Change.add_instead",),
    ),
    QemuDefect(
        "mux-over-itself",
        "A chardev that nobody uses is changed to a mux on top of itself: it is dropped, and then missing as the base.",
        "id-never-lost@Change.add_instead",
        ALWAYS,
        SEEN,
        f"{SWAP}; qemu_chr_open_mux",
        Alone((Model.rng_egd,), (Kind.ringbuf, Kind.mux)),
    ),
    QemuDefect(
        "reconnect-lost-to-its-own-connect",
        "A socket that nobody uses and that still connects is changed to the like: it is dropped, but its connect task"
        " keeps its yank instance: the new one can't register (`duplicate yank instance`), and the name is gone.",
        "id-never-lost@Change.add_instead",
        SINCE_7_2,
        SEEN,
        f"{SWAP}; tcp_chr_connect_client_async, 6806601969; char_socket_finalize",
        Alone((Model.rng_egd,), (Kind.reconnect,)),
    ),
    # What a swap forgets.
    QemuDefect(
        "opened-twice-by-a-swap",
        "Swapped from one open chardev to another, a device hears OPENED again without CLOSED: it never learns that"
        " there is somebody else at the other end.",
        "open-close-alternate@Change.be_change",
        ALWAYS,
        SEEN,
        SWAP,
    ),
    QemuDefect(
        "guest-open-forgotten",
        "The guest has a port open; after a swap the new backend does not know, and `query-chardev` says that the"
        " frontend is closed.",
        "fe-open-agrees@Change.name_new",
        ALWAYS,
        SEEN,
        "qemu_chr_fe_init; virtio-console.c, chr_be_change, af50855c25",
    ),
    QemuDefect(
        "uart-waits-for-ever",
        "A UART waits for a peer that does not read; swapped to a backend without watches, it never transmits again.",
        "blocked-writer-has-wakeup[serial]@Change.be_change",
        ALWAYS,
        SEEN,
        "serial_be_change, 1a29cc8f5e; qemu_chr_fe_add_watch",
        also=("no-deadlock@Device",),
    ),
    QemuDefect(
        "port-throttled-for-ever",
        "A virtio port is throttled by a peer that does not read; swapped to an open backend without watches, it stays"
        " throttled.",
        "blocked-writer-has-wakeup[virtserialport]@Change.be_change",
        ALWAYS,
        SEEN,
        "virtio-console.c, chr_be_change, af50855c25; qemu_chr_fe_add_watch",
        also=("blocked-writer-has-wakeup[refuser]@Change.be_change", "no-deadlock@Device"),
    ),
    QemuDefect(
        "stale-modem-lines",
        "A UART is swapped from a serial line that is not ready to a backend without modem lines: it takes the other"
        " end for not ready for ever.",
        "modem-lines-agree@Change.name_new",
        ALWAYS,
        PREDICTED,
        "serial_be_change, serial_update_msl, 1a29cc8f5e",
    ),
    QemuDefect(
        "sifive-loses-its-watch",
        "A SiFive UART that waits does not know the tag of its watch: after a swap the watch is still that of the old"
        " chardev, which is gone.",
        "no-dangling-pointer@Change.unparent_old",
        V10_0,
        PREDICTED,
        "sifive_uart.c, 53c1557b23",
        also=("blocked-writer-has-wakeup[sifive]@Change.unparent_old",),
    ),
    # A frontend refuses. None in QEMU's tree does: these are for whoever writes one. See `test_refuser.py`.
    QemuDefect(
        "refusal-closes-the-frontend",
        "After a refused swap the old chardev says that its frontend is closed, and does not hear when it closes.",
        "fe-open-agrees@Change.drop_new",
        ALWAYS,
        SEEN_UNDER_OURS,
        f"{SWAP}; qemu_chr_fe_init",
        Alone((Model.refuser,), (Kind.null,)),
        also=("failed-command-changes-nothing@Change.drop_new",),
    ),
    QemuDefect(
        "refusal-says-opened",
        "A frontend that refuses to leave a closed chardev for an open one has heard OPENED of the new one, and hears"
        " no CLOSED.",
        "open-state-agrees@Change.drop_new",
        ALWAYS,
        SEEN_UNDER_OURS,
        SWAP,
        Alone((Model.refuser,), (Kind.null, Kind.ringbuf)),
        also=("open-close-alternate@Chardev.accept",),
    ),
    QemuDefect(
        "refusal-leaves-its-watch",
        "A frontend that waits moves its watch to the new chardev and then refuses: the new chardev is dropped, and the"
        " watch with it.",
        "no-dangling-pointer@Change.drop_new",
        ALWAYS,
        PREDICTED,
        f"{SWAP}; test-char.c",
        Alone((Model.refuser,), (Kind.null, Kind.pty)),
    ),
    QemuDefect(
        "refused-mux-takes-the-chardev-away",
        "A refused mux still has the frontend in a slot: its finalizer takes the old chardev away from it, which still"
        " points at the frontend.",
        "pairing@Change.drop_new",
        ALWAYS,
        SEEN_UNDER_OURS,
        f"{SWAP}; char_mux_finalize",
        also=(
            "pairing@Qmp.device_add",
            "unplugged-is-as-new@Change.be_change",
            "open-state-agrees@Change.name_new",
            "events-only-from-own-chardev@Qmp.chardev_send_break",
        ),
    ),
    QemuDefect(
        "refused-listener-takes-the-path",
        "A refused listener has taken over the path of the old one, and removes it when it goes: the old one is deaf.",
        "path-reachable-after-change@Change.drop_new",
        ALWAYS,
        SEEN_UNDER_OURS,
        f"{SWAP}; unix_listen_saddr; qio_channel_socket_finalize",
    ),
    QemuDefect(
        "refused-connect-keeps-the-instance",
        "A refused socket that still connects keeps its yank instance: until it is done, no socket can have the name.",
        "yank-matches-sockets@Change.drop_new",
        SINCE_7_2,
        SEEN_UNDER_OURS,
        f"{SWAP}; tcp_chr_connect_client_async, 6806601969",
        Alone((Model.refuser,), (Kind.null, Kind.reconnect)),
    ),
    # What there is one of: a yank instance, a path, the terminal, a file, the main loop.
    QemuDefect(
        "yank-of-a-pending-connect",
        "A socket that still connects is swapped for another socket, to which its yank instance goes; when that one"
        " goes, too, the instance has a function left, and QEMU aborts.",
        "no-failed-assertion@Yank.unregister_instance",
        SINCE_7_2,
        SEEN,
        "qmp_chardev_change, feb774ca3f; yank_unregister_instance; tcp_chr_connect_client_async, 6806601969",
    ),
    QemuDefect(
        "instance-outlives-its-socket",
        "A socket that still connects is changed to something else: its yank instance stays until the connect task"
        " ends, and no socket can have the name (`duplicate yank instance`).",
        "yank-matches-sockets@Change.name_new",
        SINCE_7_2,
        SEEN,
        "char_socket_finalize; tcp_chr_connect_client_async, 6806601969",
        also=("yank-matches-sockets@Qmp.chardev_remove", "yank-matches-sockets@Change.add_instead"),
    ),
    QemuDefect(
        "yank-does-not-end-a-connect",
        "A socket that hangs in `connect(2)` is yanked: its channel has no socket yet, nothing is shut down, and it"
        " hangs on.",
        "done-as-asked@Yank.yank",
        SINCE_7_2,
        SEEN,
        "char_socket_yank_iochannel; qio_channel_socket_connect_sync",
    ),
    QemuDefect(
        "listener-deletes-its-successor",
        "A listener is swapped for one at the same path: the old one's finalizer removes the path, and the new one is"
        " deaf.",
        "path-reachable-after-change@Change.name_new",
        ALWAYS,
        SEEN,
        f"{SWAP}; unix_listen_saddr; qio_channel_socket_finalize",
    ),
    QemuDefect(
        "stdio-closes-its-descriptors",
        "A stdio that goes closes the descriptors 0 and 1 for good: the next file gets one of them, and the next stdio"
        " takes it over or aborts.",
        "no-failed-assertion@open_stdio",
        SINCE_7_2,
        SEEN,
        "char_fd_finalize; qemu_chr_open_fd; qemu_chr_open_stdio",
    ),
    QemuDefect(
        "stdio-takes-files-over",
        "After a stdio has closed the descriptors 0 and 1, the next two files get them; a stdio that is swapped in then"
        " works on these, and what a guest writes lands in somebody's file.",
        "stdio-owned-once[file]@Change.create_new",
        SINCE_7_2,
        SEEN,
        "char_fd_finalize; qemu_chr_open_fd; qemu_chr_open_stdio",
    ),
    QemuDefect(
        "failed-stdio-frees-the-terminal",
        "A second stdio fails, but its finalizer gives back the terminal of the first: a third one gets it.",
        "stdio-owned-once[stdio]@Change.add",
        SINCE_7_2,
        PREDICTED,
        "qemu_chr_open_stdio; char_stdio_finalize, term_exit",
        also=(
            "stdio-owned-once[stdio]@Change.add_instead",
            "stdio-owned-once[stdio]@Change.create_new",
            "stdio-owned-once[file]@Change.add",
            "stdio-owned-once[file]@Change.add_instead",
            "terminal-is-taken-by-its-stdio@Change.add",
            "terminal-is-taken-by-its-stdio@Change.add_instead",
            "terminal-is-taken-by-its-stdio@Change.create_new",
            "terminal-is-taken-by-its-stdio@Change.drop_old",
            "terminal-is-taken-by-its-stdio@Change.unparent_old",
            "terminal-is-taken-by-its-stdio@Qmp.chardev_remove",
        ),
    ),
    QemuDefect(
        "stdio-only-once",
        "A stdio that has gone still counts as having the terminal: there can never be another.",
        "terminal-is-taken-by-its-stdio@Qmp.chardev_remove",
        V2_10,
        PREDICTED,
        "qemu_chr_open_stdio, stdio_in_use; term_exit",
        setup=Alone((Model.rng_egd,), (Kind.stdio,)),
        also=("terminal-is-taken-by-its-stdio@Change.drop_old",),
    ),
    QemuDefect(
        "emptied-by-a-failure",
        "A file that is opened for a swap is emptied, even if the swap fails after that.",
        "failed-command-changes-nothing@Change.create_new",
        ALWAYS,
        SEEN,
        "qmp_chardev_open_file",
        also=("failed-command-changes-nothing@Change.add",),
    ),
    QemuDefect(
        "waits-for-a-client",
        "A listener with `wait=on` waits for its client while it has the lock: nothing else happens, no other command,"
        " no virtual CPU, until one comes.",
        "no-deadlock@Change",
        ALWAYS,
        SEEN,
        "tcp_chr_accept_server_sync",
    ),
    # While the machine is stopped.
    QemuDefect(
        "no-swap-while-stopped",
        "While the machine is stopped, a virtio port has no change handler: a swap is refused.",
        "swappable-while-plugged@Qmp.stop",
        SINCE_7_2,
        SEEN,
        "virtconsole_enable_backend, 55289fb036",
        also=("swappable-while-plugged@Qmp.device_add", "heard-while-plugged@Qmp.stop"),
    ),
    QemuDefect(
        "opened-again-by-cont",
        "When the machine goes on, a virtio port that is open hears OPENED again.",
        "open-close-alternate@Qmp.cont",
        SINCE_7_2,
        SEEN,
        "virtconsole_enable_backend, 55289fb036",
    ),
    QemuDefect(
        "closed-unheard-while-stopped",
        "The peer of a virtio port leaves while the machine is stopped: the port never hears CLOSED.",
        "open-state-agrees@Qmp.cont",
        SINCE_7_2,
        SEEN_FIRST_HERE,
        "virtconsole_enable_backend, 55289fb036",
        also=("open-close-alternate@Chardev.accept",),
    ),
    # A device writes, or goes.
    QemuDefect(
        "throttled-by-a-peer-that-has-gone",
        "A virtio port writes to a peer that has gone: it hears CLOSED inside its write, and is throttled after that,"
        " until the next peer leaves. In 10.0 it is enough that a peer who has stopped reading closes.",
        "blocked-writer-has-wakeup[virtserialport]@Device.guest_writes_in_vain",
        ALWAYS,
        SEEN_FIRST_HERE,
        "virtio-console.c, flush_buf; tcp_chr_write",
        also=("blocked-writer-has-wakeup[virtserialport]@Device.watch_fires",),
    ),
    QemuDefect(
        "watch-outlives-its-uart",
        "A UART that waits is unplugged and leaves its watch behind, which fires for a device that is gone.",
        "no-use-after-free@Device.watch_fires",
        ALWAYS,
        PREDICTED,
        "serial_unrealize",
        also=(
            "no-dangling-pointer@Qmp.chardev_remove",
            "no-dangling-pointer@Change.drop_old",
            "no-illegal-transition@Device.watch_fires",
            "unplugged-is-as-new@Qmp.device_del",
        ),
    ),
    # Ptys, muxes and hubs.
    QemuDefect(
        "pty-opens-twice",
        "A device that registers its handlers with a pty whose other end is open hears OPENED twice.",
        "open-close-alternate@Qmp.device_add",
        SINCE_7_2,
        PREDICTED,
        "qemu_chr_fe_set_handlers; pty_chr_state",
        Alone((Model.monitor,), (Kind.pty,)),
    ),
    QemuDefect(
        "pty-says-no-closed",
        "A pty whose other end is closed does not say so: the device hears OPENED again when it is opened.",
        "open-close-alternate@Chardev.accept",
        V7_2,
        "mended in 2025-01 by 4e059a9d96",
        "pty_chr_state",
        Alone((Model.monitor,), (Kind.pty,)),
    ),
    QemuDefect(
        "idle-pty-says-no-closed",
        "The same in 2.10, where it is an idle callback that says OPENED again.",
        "open-close-alternate@Chardev.open_when_idle",
        V2_10,
        "mended in 2025-01 by 4e059a9d96",
        "pty_chr_state",
    ),
    QemuDefect(
        "mux-opens-its-frontends-again",
        "Every frontend that registers with a mux makes its base say OPENED again, to all of them.",
        "open-close-alternate@Qmp.device_add",
        V2_10,
        "mended in 2018-11 by 7a9657ef53",
        "mux_chr_update_read_handlers; qemu_chr_fe_set_handlers",
        Alone((Model.serial, Model.monitor), (Kind.mux,), (Kind.ringbuf,), ids=2),
        also=("open-close-alternate@Qmp.device_del",),
    ),
    QemuDefect(
        "mux-over-a-closed-base",
        "A mux says OPENED although its base is closed.",
        "open-state-agrees@Qmp.device_add",
        SINCE_7_2,
        SEEN_FIRST_HERE,
        "qemu_chr_open_mux",
        Alone((Model.monitor,), (Kind.mux,), (Kind.unix,), ids=2),
    ),
    QemuDefect(
        "hub-over-an-open-member",
        "A hub whose member is open already never says OPENED.",
        "open-state-agrees@Change.name_new",
        V10_0,
        SEEN_ON_10_0,
        "char-hub.c, b66ed23238",
        Alone((Model.virtserialport,), (Kind.null, Kind.hub), (Kind.ringbuf,), ids=2),
        also=("open-state-agrees@Qmp.device_add", "open-close-alternate@Chardev.disconnect"),
    ),
    QemuDefect(
        "break-to-a-hub",
        "`chardev-send-break` to a hub calls a null pointer.",
        "no-failed-assertion@say",
        V10_0,
        PREDICTED,
        "char_hub_class_init, b66ed23238; qemu_chr_be_event",
    ),
    QemuDefect(
        "escape-in-an-empty-mux",
        "Somebody types the escape and c at a mux that no device uses any more: QEMU aborts.",
        "no-failed-assertion@Chardev.escape",
        V10_0,
        PREDICTED,
        "mux_proc_byte, df12798f87",
    ),
    # A connect task.
    QemuDefect(
        "connect-task-without-a-reference",
        "A socket that still connects is removed: its connect task goes on with a pointer to it.",
        "no-use-after-free@Connect.take",
        V2_10,
        "mended in 2020-04 by 6806601969",
        "tcp_chr_connect_client_async",
        also=("no-use-after-free@Connect.give_up",),
    ),
)

REACHABLE = (
    Reachable(
        "refused-while-stopped",
        "`chardev-change` finds a virtio port without its change handler, and is going to refuse:"
        " `Chardev user does not support chardev hotswap`.",
        "Change[0].state is Change.found and Change[0].old.frontend is not None"
        " and Change[0].old.frontend.device.model.hotswap and not Change[0].old.frontend.chr_be_change",
        SINCE_7_2,
        SEEN,
        "virtconsole_enable_backend, 55289fb036; qmp_chardev_change",
        Alone((Model.virtconsole,), (Kind.null,)),
    ),
    Reachable(
        "command-waits-for-a-console",
        "A RISC-V console writes to a peer that does not read, and has the lock meanwhile: the command that would"
        " swap the peer has to wait. What is left is the peer itself, and `yank`.",
        "WriteAll[0].state is WriteAll.spinning and Change[0].state is Change.queued",
        (*V10_0, "repaired"),
        PREDICTED,
        "htif_handle_tohost_write; qemu_chr_fe_write_all",
        Alone((Model.htif,), (Kind.null, Kind.unix)),
    ),
)

OUTSIDE = (
    Outside(
        "vc-leaks",
        "Every swap to a `vc` leaks memory, and in 10.0 a descriptor (seen on 7.2.22 and 10.0.2).",
        "What a console keeps besides its chardev is not in the model, in which a vc answers as a ringbuf does.",
    ),
    Outside(
        "ids-with-a-star",
        "A chardev whose id ends in `[*]` is added under another id, and can't be found (seen on 7.2.22 and 10.0.2).",
        "An id is a name without letters here.",
    ),
    Outside(
        "connect-blocks",
        "A client that does not reconnect waits in `connect(2)`, and the main loop with it; for ever, if the listener"
        " is QEMU's own (seen on 7.2.22 and 10.0.2).",
        "`connect(2)` is one step, which succeeds or fails: how long something takes is not in the model, unless it"
        " waits for somebody who is.",
    ),
    Outside(
        "no-swap-to-the-like",
        "A tcp listener can't be swapped for one at the same port, nor a pty for one with the same link.",
        "The swap fails and nothing has changed, which is all that is asked of a command.",
    ),
    Outside(
        "handlers-withdrawn-by-closed",
        "A device whose CLOSED handler takes its handlers away would have none when `qmp_chardev_change` calls"
        " `chr_be_change`, which it does not look at again.",
        "No device in QEMU's tree does both, and a setup can't make one up: `vhost_user` withdraws, but has no change"
        " handler.",
    ),
    Outside(
        "break-stops-at-the-mux",
        "`chardev-send-break` to a mux reached nobody in 2.10 (mended in 2017-11 by d09c4a4787).",
        "The rows are there (the switch `mux-event`), but BREAK changes nothing here, and no property asks that it is"
        " heard.",
    ),
    Outside(
        "focus-on-a-free-slot",
        "A mux's focus stays on a slot whose frontend has gone; the next one there gets what was typed for the last.",
        "A mux's buffers are data, and MUX_IN and MUX_OUT change nothing here.",
    ),
    Outside(
        "what-a-swap-loses",
        "What a ringbuf or a socket has not delivered yet is lost with it, and so is the setting of its log file.",
        "Data is left out.",
    ),
)
