"""A process with chardevs, devices and monitors, started with QEMU's own words for these."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

from .. import options
from ..backends.socket import Socket
from ..backends.stack import Stack
from ..change import Change, finish
from ..chardev import Chardev
from ..clients.guest import Guest
from ..clients.hmp.commands import redirected
from ..clients.hmp.monitor import HmpMonitor
from ..clients.qmp.messages import MOST_NESTED
from ..clients.qmp.monitor import QmpMonitor
from ..clients.qtest import QTest
from ..devices.device import Device
from ..devices.drivers import ALIASES, DRIVERS, plug
from ..errors import FATAL, ChardevError
from ..host import Address, Path, Port
from ..layer import Backend, Layer
from ..loop import LoopContext
from ..posix.host import PosixHost
from ..version import newest
from .signals import Ended, Signals
from .words import MODES, PROFILES, UsageError, Words, words

MONITORS = {"control": QmpMonitor, "readline": HmpMonitor}
"""By their modes."""
RECURSION = 1000 + MOST_NESTED
"""How deep Python may call: `json` calls itself for each value in a value."""

HELP = """\
usage: hotswap serve [-chardev KIND,id=ID,...] [-device DRIVER,chardev=ID,id=ID] [-qmp unix:PATH[,server=on]] ...

A process with QEMU's character devices, whose backends are swapped while they are in use. The words are QEMU's:

  -chardev KIND,id=ID,...     null, ringbuf, file, pipe, pty, udp, socket, serial, stdio, mux, hub;
                              with logfile=PATH for what is written, and mux=on for several frontends
  -device DRIVER,...          isa-serial, pci-serial, virtconsole, virtserialport; with chardev=ID and id=ID
  -qmp unix:PATH[,server=on]  a monitor for programs: it connects to the path, or listens there; tcp:HOST:PORT as well
  -monitor DEV                a monitor to type commands to: stdio, pty, null, file:PATH, pipe:PATH, or as -qmp has it
  -mon chardev=ID[,mode=readline|control]  either on a chardev; to type to, if nothing is said
  -serial DEV                 an isa-serial on such a chardev of its own
  -qtest unix:PATH            the UARTs' ports, for outb and inb
  -guest unix:PATH            what the guest does with its virtio ports; JSON lines, which QEMU has not
  -S                          start with the machine stopped
  --profile NAME              whose behaviour: repaired (the default), qemu-10.0 or qemu-7.2
  --anywhere                  let a monitor listen at an address that other machines reach

QEMU's other options, and devices without a chardev, mean nothing here and are ignored, with a note. docs/serve.md has
the options of chardevs, the commands of QMP, and what can be said to a guest.
"""


def serve(given: Sequence[str]) -> int:
    """Run until somebody says `quit`, or Ctrl-C; returns the exit code."""
    if {"-h", "-help", "--help"} & set(given):
        print(HELP, end="")
        return 0
    signals = Signals()
    try:
        asyncio.run(_serve(words(given, Words()), signals))
    except (UsageError, ChardevError) as error:
        print(f"hotswap serve: {error}", file=sys.stderr)
        return 2
    except Ended:
        pass
    finally:
        signals.over()
    return signals.code or 0


async def _serve(asked: Words, signals: Signals) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    if not (asked.monitors or asked.guest or asked.qtest):
        print("hotswap serve: nobody can talk to this; -qmp unix:PATH,server=on,wait=off would help", file=sys.stderr)
    with started(asked, PosixHost(loop, signals.waiting)) as layer:
        layer.quit = ended.set
        signals.tell(loop, ended.set)
        await ended.wait()


@contextmanager
def started(asked: Words, host: PosixHost) -> Iterator[Layer]:
    """A layer with what the words ask for; in the end nothing of it is left. Raises `ChardevError`, `UsageError`."""
    sys.setrecursionlimit(RECURSION)
    main = LoopContext(host.loop)
    layer = Layer(PROFILES[asked.profile], host, main, main)
    host.loop.set_exception_handler(partial(_failed, asked.command, host))
    for each in asked.ignored:
        print(f"hotswap {asked.command}: {each}: means nothing here, ignored", file=sys.stderr)
    try:
        try:
            build(layer, asked)
            yield layer
        finally:
            for chardev in sorted(layer.registry.chardevs(), key=lambda each: not each.stacks):
                layer.registry.unparent(chardev)
            main.close()
    except FATAL as error:
        _abort(asked.command, host, error)


def build(layer: Layer, asked: Words) -> None:
    """Create what the words ask for, in QEMU's order. Raises `ChardevError`, `UsageError`."""
    for text in asked.chardevs:
        with _said("-chardev", text):
            for label, backend in options.chardevs(text, newest=newest(layer)):
                create(layer, label, backend)
    _monitors(layer, asked)
    if asked.stopped:
        layer.stop()
    for number, text in enumerate(text for text in asked.serials if text != "none"):
        with _said("-serial", text):
            plug(layer, "isa-serial", {"chardev": _own(layer, f"serial{number}", text, asked)})
    for text in asked.devices:
        with _said("-device", text):
            driver, given = options.device(text)
            if driver in DRIVERS or driver in ALIASES or "chardev" in given:
                plug(layer, driver, given)
            else:
                print(f"hotswap {asked.command}: -device {text}: has no chardev, ignored", file=sys.stderr)
    for text in asked.qtest:
        with _said("-qtest", text):
            front(QTest(layer), _own(layer, "qtest", text, asked))
    for text in asked.guest:
        with _said("-guest", text):
            front(Guest(layer), _own(layer, "guest", text, asked))


def _monitors(layer: Layer, asked: Words) -> None:
    """`monitor_parse`, `monitor_init_opts`."""
    number = 0
    for word, text in asked.monitors:
        with _said(word, text):
            if word == "-mon":
                name, mode = options.monitor(text)
                front(MONITORS[mode](layer), _named(layer, name, asked))
            elif text != "none" or word == "-qmp":
                front(MONITORS[MODES[word]](layer), _own(layer, f"compat_monitor{number}", text, asked))
                number += 1


@contextmanager
def _said(word: str, text: str) -> Iterator[None]:
    """An error names the word that it comes from, as QEMU's does."""
    try:
        yield
    except ChardevError as error:
        raise ChardevError(f"{word} {text}: {error}") from None


def _own(layer: Layer, label: str, text: str, asked: Words) -> str:
    """A chardev for one user; what listens is at a path, or at a port of this machine."""
    backend = options.legacy(text, newest=newest(layer), listens=asked.listens)
    if backend.arguments.get("server"):
        _must_be_near(label, backend.arguments["address"], asked)
    create(layer, label, backend)
    return label


def _must_be_near(name: str, address: Address, asked: Words) -> None:
    """Whoever reaches a monitor can do anything: it listens to this machine only, unless that is allowed."""
    if isinstance(address, Port) and not asked.anywhere and address.host not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(
            f"{name}: whoever reaches {address.host or 'every address'} could do anything here; --anywhere allows it"
        )


def create(layer: Layer, label: str, backend: Backend) -> None:
    """Add a chardev, and say where it is if nobody could know. Raises `ChardevError`.

    A listener that is to wait for its client does so in every profile: nobody uses anything yet.
    """
    if backend.arguments.get("wait"):
        address = backend.arguments["address"]
        where = f"{'unix' if isinstance(address, Path) else 'tcp'}:{address}"
        print(f"info: QEMU waiting for connection on: disconnected:{where},server=on", file=sys.stderr, flush=True)
    finish(Change(layer).new(label, backend))
    chardev = layer.registry.find(label)
    if isinstance(chardev, Socket) and chardev.wait and not chardev.connected and chardev.listener is not None:
        chardev.listener.wait()
        chardev.accept()
    print(redirected(layer, label), end="", flush=True)


def _named(layer: Layer, name: str, asked: Words) -> str:
    chardev = layer.registry.find(name)
    if chardev is None:
        raise UsageError(f'-mon: chardev "{name}" not found')
    for bottom in _bottoms(chardev):
        if isinstance(bottom, Socket) and bottom.server:
            _must_be_near(name, bottom.address, asked)
    return name


def _bottoms(chardev: Chardev) -> Iterator[Chardev]:
    """Whom a chardev is on, or itself."""
    if not isinstance(chardev, Stack):
        yield chardev
        return
    for base in chardev.on():
        yield from _bottoms(base)


def front(device: Device, name: str) -> None:
    """Put a frontend on a chardev. Raises `ChardevError` if that has one."""
    chardev = device.layer.registry.find(name)
    assert chardev is not None
    device.realize(chardev)


def _failed(command: str, host: PosixHost, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, FATAL):
        _abort(command, host, error)
    loop.default_exception_handler(context)


def _abort(command: str, host: PosixHost, error: BaseException) -> NoReturn:
    """Where QEMU would abort, or would use what is gone, so does this: it is a reference for that, too."""
    host.restore_terminal()
    print(f"hotswap {command}: {error}", file=sys.stderr, flush=True)
    os.abort()
