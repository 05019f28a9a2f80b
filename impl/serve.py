"""A process with chardevs, devices and monitors, started with QEMU's own words for these."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from ..spec.profiles import QEMU_7_2, QEMU_10_0, REPAIRED
from . import options
from .backends.socket import Socket
from .backends.stack import Stack
from .change import Change, finish
from .chardev import Chardev
from .devices.device import Device
from .devices.drivers import plug
from .errors import FATAL, ChardevError
from .guest import Guest
from .hmp.commands import redirected
from .hmp.monitor import HmpMonitor
from .host import Address, Port
from .layer import Backend, Layer
from .loop import LoopContext
from .posix.host import PosixHost
from .qmp.messages import MOST_NESTED
from .qmp.monitor import QmpMonitor
from .qtest import QTest
from .signals import Ended, Signals
from .version import newest

PROFILES = {profile.name: profile for profile in (REPAIRED, QEMU_10_0, QEMU_7_2)}
"""Whose behaviour there is, what is meant if nothing is said first."""
IGNORED = (
    "-M",
    "-machine",
    "-m",
    "-display",
    "-accel",
    "-bios",
    "-cpu",
    "-smp",
    "-name",
    "-L",
    "-D",
    "-trace",
    "-qtest-log",
)
"""What says nothing about chardevs, with a value."""
FLAGS = ("-nodefaults", "-nographic", "-no-user-config", "-no-shutdown", "-no-reboot", "-enable-kvm")
"""The same, without."""
WORDS = ("-chardev", "-device", "-mon", "-qmp", "-monitor", "-qtest", "-guest", "--profile", "-S", "--anywhere")
MONITORS = {"control": QmpMonitor, "readline": HmpMonitor}
"""By their modes."""
MODES = {"-qmp": "control", "-monitor": "readline"}
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
  -qtest unix:PATH            the UARTs' ports, for outb and inb
  -guest unix:PATH            what the guest does with its virtio ports; JSON lines, which QEMU has not
  -S                          start with the machine stopped
  --profile NAME              whose behaviour: repaired (the default), qemu-10.0 or qemu-7.2
  --anywhere                  let a monitor listen at an address that other machines reach

What says nothing about chardevs (-M, -m, -nodefaults, -display, ...) is ignored, with a note.
"""


class UsageError(Exception):
    """The command line is wrong."""


@dataclass
class Words:
    """What a command line asks for."""

    command: str = "serve"
    """Which of hotswap's commands asks."""
    profile: str = REPAIRED.name
    chardevs: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    monitors: list[tuple[str, str]] = field(default_factory=list)
    """The word, and what it says."""
    qtest: list[str] = field(default_factory=list)
    guest: list[str] = field(default_factory=list)
    stopped: bool = False
    listens: bool = False
    """A monitor listens, if nothing is said of that."""
    anywhere: bool = False
    """A monitor may be reached from other machines."""
    ignored: list[str] = field(default_factory=list)


def words(given: Sequence[str], found: Words) -> Words:
    """Read a command line, on top of what is found already. Raises `UsageError`."""
    rest = iter(given)
    lists = {
        "-chardev": found.chardevs,
        "-device": found.devices,
        "-qtest": found.qtest,
        "-guest": found.guest,
    }
    for each in rest:
        word = each.replace("--", "-", 1) if each.startswith("--") else each
        if word in lists:
            lists[word].append(_value(each, rest))
        elif word in ("-mon", *MODES):
            found.monitors.append((word, _value(each, rest)))
        elif word == "-profile":
            found.profile = _value(each, rest)
            if found.profile not in PROFILES:
                raise UsageError(f"no profile {found.profile}; there are {', '.join(PROFILES)}")
        elif word == "-S":
            found.stopped = True
        elif word == "-anywhere":
            found.anywhere = True
        elif word in IGNORED:
            found.ignored.append(f"{each} {_value(each, rest)}")
        elif word in FLAGS:
            found.ignored.append(each)
        else:
            raise UsageError(f"{each}: not one of {', '.join(WORDS)}")
    return found


def _value(word: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"{word} needs a value")
    return value


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
    return signals.code or 0


async def _serve(asked: Words, signals: Signals) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
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
        print(f"hotswap {asked.command}: {each}: nothing to do with chardevs, ignored", file=sys.stderr)
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
        for label, backend in options.chardevs(text, newest=newest(layer)):
            create(layer, label, backend)
    _monitors(layer, asked)
    if asked.stopped:
        layer.stop()
    for text in asked.devices:
        driver, given = options.device(text)
        plug(layer, driver, given)
    for text in asked.qtest:
        front(QTest(layer), _own(layer, "qtest", text, asked))
    for text in asked.guest:
        front(Guest(layer), _own(layer, "guest", text, asked))


def _monitors(layer: Layer, asked: Words) -> None:
    """`monitor_parse`, `monitor_init_opts`."""
    number = 0
    for word, text in asked.monitors:
        if word == "-mon":
            name, mode = options.monitor(text)
            front(MONITORS[mode](layer), _named(layer, name, asked))
        elif text != "none" or word == "-qmp":
            front(MONITORS[MODES[word]](layer), _own(layer, f"compat_monitor{number}", text, asked))
            number += 1


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
    """Add a chardev, and say where it is if nobody could know. Raises `ChardevError`."""
    finish(Change(layer).new(label, backend))
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
