"""The devices, as the different ways in which they use a chardev."""

from __future__ import annotations

from .language import Table, row


class Model(Table):
    """A model of device (or a monitor, or a debugger's stub) that uses a chardev.

    `hotswap`: it registers a `be_change` handler. `refuses`: that handler may say no. `events`: it registers an event
    handler. `opens`: registering handlers opens the frontend (`set_open`); otherwise the guest opens and closes it.
    `waits`: it waits for a watch when a write would block. `unthrottles`: it stops waiting when it hears CLOSED.
    `drops_watch`: unplugging it removes its watch. `moves_watch`: so does its change handler, and asks for a new one.
    `virtio`: its handlers are taken away while the machine is stopped. `modem`: it reads the modem lines.
    `keeps_driver`: it saves what `qemu_chr_fe_get_driver` returned. `reconnects`: it takes sockets only.
    `withdraws`: when it hears CLOSED it takes its handlers away, and a bottom half puts them back.
    `stops_machine`: it does when it hears OPENED. `io_thread`: it hears its chardev in an I/O thread of its own.
    `spins`: it writes with `qemu_chr_fe_write_all`. `riscv`: QEMU has it since it has RISC-V.

    The other users of chardevs register no change handler, and do nothing else that one of these does not.
    """

    hotswap: bool
    refuses: bool
    events: bool
    opens: bool
    waits: bool
    unthrottles: bool
    drops_watch: bool
    moves_watch: bool
    virtio: bool
    modem: bool
    keeps_driver: bool
    reconnects: bool
    withdraws: bool
    stops_machine: bool
    io_thread: bool
    spins: bool
    riscv: bool

    virtconsole = row(hotswap=True, opens=True, virtio=True, drops_watch=True, moves_watch=True)
    """virtio-console.c, a console: it never waits, what does not fit is lost."""
    virtserialport = row(
        hotswap=True, events=True, waits=True, unthrottles=True, virtio=True, drops_watch=True, moves_watch=True
    )
    """virtio-console.c, a port: the guest opens and closes it, and it is throttled while it waits."""
    serial = row(hotswap=True, events=True, opens=True, waits=True, modem=True, moves_watch=True)
    """serial.c: a UART. Its event handler acts on BREAK only, but is told of OPENED and CLOSED."""
    sifive = row(hotswap=True, events=True, opens=True, waits=True, riscv=True)
    """sifive_uart.c: a UART that does not keep the tag of its watch, and so never removes it."""
    htif = row(hotswap=True, opens=True, spins=True, riscv=True)
    """riscv_htif.c: a console that writes until everything is written."""
    refuser = row(hotswap=True, refuses=True, events=True, opens=True, waits=True, drops_watch=True, moves_watch=True)
    """A frontend whose handler returns -1, as in test-char.c. No device in QEMU's tree does."""
    monitor = row(events=True, opens=True, drops_watch=True)
    """monitor.c, and most devices: no handler, so no swap."""
    gdbstub = row(events=True, opens=True, drops_watch=True, stops_machine=True)
    """gdbstub.c: a debugger that connects stops the machine."""
    vhost_user = row(events=True, opens=True, drops_watch=True, reconnects=True, withdraws=True)
    """vhost-user.c: the device's back end is another process, which may come again."""
    colo_compare = row(events=True, opens=True, drops_watch=True, reconnects=True, io_thread=True)
    """colo-compare.c."""
    rng_egd = row(opens=True, drops_watch=True, keeps_driver=True)
    """rng-egd.c, xen_console.c: no handler either, and a copy of the pointer."""
