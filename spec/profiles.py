"""Versions of the protocol: the switches, each one change or one repair, and the profiles that set them."""

from __future__ import annotations

from . import mutants, vacuous
from .language import Profile, Switch

# What QEMU changed, from 2.10 to 10.0.

STOP_HANDLERS = Switch(
    "stop-handlers",
    "While the machine is stopped, virtio ports have no handlers, the change handler included.",
    source="virtconsole_enable_backend, 55289fb036, 2017-09",
)
MUX_EVENT = Switch(
    "mux-event",
    "What a mux itself says reaches the frontend that has its focus; before, it reached nobody.",
    source="mux_chr_be_event, d09c4a4787, 2017-11",
)
RISCV = Switch(
    "riscv",
    "The two RISC-V devices are there, with their change handlers.",
    source="sifive_uart.c and riscv_htif.c, 2018-03",
)
SYNC_STATE = Switch(
    "sync-state",
    "A mux that registers its handlers again is not told OPENED again by its base.",
    source="qemu_chr_fe_set_handlers_full, 7a9657ef53, 2018-11",
)
CONNECT_REF = Switch(
    "connect-ref",
    "A connect task holds a reference to its chardev; before, it held its bare pointer.",
    source="tcp_chr_connect_client_async, 6806601969, 2020-04",
)
PTY_AT_ONCE = Switch(
    "pty-at-once",
    "A pty says OPENED when it finds its other end open; before, an idle callback said it.",
    source="pty_chr_state, between 3.1 and 5.2",
)
YANK = Switch(
    "yank",
    "Every socket has a yank instance under its name, which a swap from socket to socket hands over.",
    source="char-socket.c, 2021-01; qmp_chardev_change, feb774ca3f, 2021-03",
)
TERM_EXIT = Switch(
    "term-exit",
    "The finalizer of a stdio lets stdio be used again; before, it never could be.",
    source="term_exit, stable releases of 7.2",
)
SIFIVE_WATCH = Switch(
    "sifive-watch",
    "The SiFive UART waits for a watch; before, it dropped what did not fit.",
    source="sifive_uart.c, 53c1557b23, 2024-08",
)
HTIF_WRITE_ALL = Switch(
    "htif-write-all",
    "The RISC-V console writes until everything is written; before, it dropped what did not fit.",
    source="riscv_htif.c, 2024",
)
MUX_SLOTS = Switch(
    "mux-slots",
    "A mux knows which of its slots are in use: it can be removed when none is.",
    source="char-mux.c, df12798f87, 2024-10",
)
PTY_CLOSED = Switch(
    "pty-closed",
    "A pty says CLOSED when its other end is closed.",
    source="pty_chr_state, 4e059a9d96, 2025-01",
)
HUB = Switch("hub", "There are hubs.", source="char-hub.c, b66ed23238, 2025-01")

# What `repaired` changes.

CREATE_FIRST = Switch(
    "create-first",
    "A chardev without a frontend is replaced only when the new one exists, and so can't be the new one's base; "
    "QEMU drops the old one first.",
    source="qmp_chardev_change, since 7bb86085",
)
ASK_FIRST = Switch(
    "ask-first",
    "A frontend may refuse before anything has changed, and not later; QEMU hears it when the new chardev is attached.",
    source="qmp_chardev_change, since 7bb86085",
)
CLOSED_FIRST = Switch(
    "closed-first",
    "A frontend hears CLOSED of every open chardev that it leaves; QEMU saves it if the new one is open, "
    "and then says OPENED twice.",
    source="qmp_chardev_change, since 7bb86085",
)
REPLAY_OPEN = Switch(
    "replay-open",
    "A change handler tells the new chardev whether the guest has the port open; virtio-console does not.",
    source="virtio-console.c, since af50855c",
)
RESUME = Switch(
    "resume",
    "A device that gets no watch goes on without; serial and virtio-console wait on.",
    source="serial.c, since 1a29cc8f; virtio-console.c, since af50855c",
)
DROP_WATCH = Switch(
    "drop-watch",
    "Every device removes its watch when it is unplugged; serial leaves it behind.",
    source="serial_unrealize",
)
KEEP_TAG = Switch(
    "keep-tag",
    "The SiFive UART keeps the tag of its watch, and its change handler moves it.",
    source="sifive_uart.c, since 53c1557b23",
)
MODEM_RESET = Switch(
    "modem-reset",
    "A UART whose new chardev has no modem lines takes them for ready; QEMU leaves them as they were read last.",
    source="serial_update_msl, since 757358425e",
)
SYNC_ONCE = Switch(
    "sync-once",
    "A chardev that opens while handlers are registered says OPENED once; a pty says it twice.",
    source="qemu_chr_fe_set_handlers, pty_chr_state",
)
KEEP_HANDLERS = Switch(
    "keep-handlers",
    "While the machine is stopped, a virtio port keeps its handlers, and only takes no input.",
    source="virtconsole_enable_backend, since 55289fb036",
)
BIND_BESIDE = Switch(
    "bind-beside",
    "A listener takes its path when its creation is settled, and gives up only a path that is its own.",
    source="qio_net_listener_open_sync, char_socket_finalize",
)
TRUNCATE_LATE = Switch(
    "truncate-late",
    "A file is emptied when its creation is settled; QEMU empties it in opening it.",
    source="qmp_chardev_open_file",
)
DUP_STDIO = Switch(
    "dup-stdio",
    "stdio works on copies of the descriptors 0 and 1, which stay open.",
    source="qemu_chr_open_stdio, char_fd_finalize",
)
OWN_TERMINAL = Switch(
    "own-terminal",
    "Only the stdio that has the terminal gives it back; in QEMU one that failed to get it does, too.",
    source="char_stdio_finalize",
)
DROP_CONNECT = Switch(
    "drop-connect",
    "A chardev that loses its name gives up its attempt to connect, and with it the reference and the yank function.",
    source="char-socket.c, since 6806601969",
)
YANK_CONNECT = Switch(
    "yank-connect",
    "A yank ends an attempt to connect; in QEMU the channel has no socket yet that could be shut down.",
    source="char_socket_yank_iochannel; qio_channel_socket_connect_sync",
)
NO_WAIT = Switch(
    "no-wait",
    "A listener that a command creates never waits for its peer.",
    source="tcp_chr_accept_server_sync",
)
STACK_OPEN = Switch(
    "stack-open",
    "A mux or a hub is open when its base is, from the start; QEMU's mux always counts as open, its hub never.",
    source="qemu_chr_open_mux; char-hub.c, since b66ed23238",
)
HUB_EVENT = Switch(
    "hub-event",
    "A hub passes on what is said in its name; QEMU's has a null pointer where the function should be.",
    source="char_hub_class_init, since b66ed23238",
)
MUX_EMPTY = Switch(
    "mux-empty",
    "The escape that moves a mux's focus does nothing if nobody uses the mux; since 10.0 it aborts.",
    source="mux_proc_byte, since df12798f87",
)

# What is only studied.

REFERENCES = Switch(
    "references",
    "A change holds a reference to the chardev that it replaces, as with `object_ref`; QEMU relies on the lock alone.",
    source="qmp_chardev_change",
)

QEMU_2_10 = Profile(
    "qemu-2.10",
    "QEMU as it got the hotswap in 2017: commit 7bb86085 and the twelve around it.",
    explained=vacuous.QEMU_2_10,
)
QEMU_7_2 = Profile(
    "qemu-7.2",
    "QEMU 7.2 of 2022, as its stable releases have it.",
    (STOP_HANDLERS, MUX_EVENT, RISCV, SYNC_STATE, CONNECT_REF, PTY_AT_ONCE, YANK, TERM_EXIT),
    explained=vacuous.QEMU_7_2,
)
QEMU_10_0 = Profile(
    "qemu-10.0",
    "QEMU 10.0 of 2025.",
    (*QEMU_7_2.switches, SIFIVE_WATCH, HTIF_WRITE_ALL, MUX_SLOTS, PTY_CLOSED, HUB),
    explained=vacuous.QEMU_10_0,
)
REPAIRED = Profile(
    "repaired",
    "QEMU 10.0 with the repairs that it takes for every property to hold.",
    (
        *QEMU_10_0.switches,
        CREATE_FIRST,
        ASK_FIRST,
        CLOSED_FIRST,
        REPLAY_OPEN,
        RESUME,
        DROP_WATCH,
        KEEP_TAG,
        MODEM_RESET,
        SYNC_ONCE,
        KEEP_HANDLERS,
        BIND_BESIDE,
        TRUNCATE_LATE,
        DUP_STDIO,
        OWN_TERMINAL,
        DROP_CONNECT,
        YANK_CONNECT,
        NO_WAIT,
        STACK_OPEN,
        HUB_EVENT,
        MUX_EMPTY,
    ),
    explained={**vacuous.REPAIRED, **mutants.REPAIRED},
)
REFERENCED = Profile(
    "referenced",
    "`repaired`, with references where the lock is: can they replace it?",
    (*REPAIRED.switches, REFERENCES),
    study=True,
)
PROFILES = (QEMU_2_10, QEMU_7_2, QEMU_10_0, REPAIRED, REFERENCED)
