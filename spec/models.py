"""The frontends, as the different ways in which devices use a chardev."""

from __future__ import annotations

from .language import Table, row


class Model(Table):
    """A model of device (or a monitor) that uses a chardev.

    `hotswap`: it registers a `be_change` handler. `refuses`: that handler may say no. `events`: it registers an event
    handler. `opens`: registering handlers opens the frontend (`set_open`); otherwise the guest opens and closes it.
    `waits`: it waits for a watch when a write would block. `unthrottles`: it stops waiting when it hears CLOSED.
    `drops_watch`: unplugging it removes its watch. `keeps_driver`: it saves what `qemu_chr_fe_get_driver` returned.
    """

    hotswap: bool
    refuses: bool
    events: bool
    opens: bool
    waits: bool
    unthrottles: bool
    drops_watch: bool
    keeps_driver: bool

    # virtio-console.c, a console: it never waits, what does not fit is lost.
    virtconsole = row(
        hotswap=True,
        refuses=False,
        events=False,
        opens=True,
        waits=False,
        unthrottles=False,
        drops_watch=True,
        keeps_driver=False,
    )
    # virtio-console.c, a port: the guest opens and closes it, and it is throttled while it waits.
    virtserialport = row(
        hotswap=True,
        refuses=False,
        events=True,
        opens=False,
        waits=True,
        unthrottles=True,
        drops_watch=True,
        keeps_driver=False,
    )
    # serial.c: a UART. Its event handler acts on BREAK only, but is told of OPENED and CLOSED.
    serial = row(
        hotswap=True,
        refuses=False,
        events=True,
        opens=True,
        waits=True,
        unthrottles=False,
        drops_watch=False,
        keeps_driver=False,
    )
    # A frontend whose handler returns -1, as in test-char.c. No device in QEMU's tree does.
    refuser = row(
        hotswap=True,
        refuses=True,
        events=True,
        opens=True,
        waits=True,
        unthrottles=False,
        drops_watch=True,
        keeps_driver=False,
    )
    # monitor.c, and most devices: no handler, so no swap.
    monitor = row(
        hotswap=False,
        refuses=False,
        events=True,
        opens=True,
        waits=False,
        unthrottles=False,
        drops_watch=True,
        keeps_driver=False,
    )
    # xen_console.c, rng-egd.c: no handler either, and a copy of the pointer.
    pointer_keeper = row(
        hotswap=False,
        refuses=False,
        events=False,
        opens=True,
        waits=False,
        unthrottles=False,
        drops_watch=True,
        keeps_driver=True,
    )
