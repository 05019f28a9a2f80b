"""A process with chardevs, devices and monitors, started with QEMU's own words for these."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..spec import CHARDEV
from . import options
from .backends.mux import Stack
from .backends.socket import Socket
from .change import Change, finish
from .devices.device import Device
from .devices.drivers import plug
from .devices.uart import Serial
from .errors import FATAL, ChardevError
from .guest import Guest
from .host import Address, Port
from .layer import Backend, Layer
from .loop import LoopContext
from .posix import PosixHost
from .qmp.commands import newest
from .qmp.monitor import QmpMonitor
from .qtest import PORTS, QTest
from .signals import Ended, Signals

PROFILES = ("repaired", "qemu-10.0", "qemu-7.2")
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


HELP = """\
usage: hotswap serve [-chardev KIND,id=ID,...] [-device DRIVER,chardev=ID,id=ID] [-qmp unix:PATH[,server=on]] ...

A process with QEMU's character devices, whose backends are swapped while they are in use. The words are QEMU's:

  -chardev KIND,id=ID,...     null, ringbuf, file, pipe, pty, udp, socket, serial, stdio, hub
  -device DRIVER,...          isa-serial, pci-serial, virtconsole, virtserialport; with chardev=ID and id=ID
  -qmp unix:PATH[,server=on]  a monitor: it connects to the path, or listens there; tcp:HOST:PORT as well
  -mon chardev=ID,mode=control  a monitor on a chardev
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

    profile: str = PROFILES[0]
    chardevs: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    monitors: list[str] = field(default_factory=list)
    qmp: list[str] = field(default_factory=list)
    qtest: list[str] = field(default_factory=list)
    guest: list[str] = field(default_factory=list)
    stopped: bool = False
    anywhere: bool = False
    """A monitor may be reached from other machines."""
    ignored: list[str] = field(default_factory=list)


def words(given: Sequence[str]) -> Words:
    """Read a command line. Raises `UsageError`."""
    found = Words()
    rest = iter(given)
    lists = {
        "-chardev": found.chardevs,
        "-device": found.devices,
        "-mon": found.monitors,
        "-qmp": found.qmp,
        "-qtest": found.qtest,
        "-guest": found.guest,
    }
    for each in rest:
        word = each.replace("--", "-", 1) if each.startswith("--") else each
        if word in lists:
            lists[word].append(_value(each, rest))
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
            raise UsageError(f"{each}: not one of {', '.join([*lists, '--profile', '-S', '--anywhere'])}")
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
        asyncio.run(_serve(words(given), signals))
    except (UsageError, ChardevError) as error:
        print(f"hotswap serve: {error}", file=sys.stderr)
        return 2
    except Ended:
        pass
    return signals.code or 0


async def _serve(asked: Words, signals: Signals) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.set_exception_handler(_abort)
    main = LoopContext(loop)
    layer = Layer(CHARDEV.profile(asked.profile), PosixHost(loop, signals.waiting), main, main)
    layer.quit = ended.set
    for each in asked.ignored:
        print(f"hotswap serve: {each}: nothing to do with chardevs, ignored", file=sys.stderr)
    signals.tell(loop, ended.set)
    try:
        build(layer, asked)
        await ended.wait()
    finally:
        for chardev in sorted(layer.registry.chardevs(), key=lambda each: not each.stacks):
            layer.registry.unparent(chardev)
        main.close()


def build(layer: Layer, asked: Words) -> None:
    """Create what the words ask for, in QEMU's order. Raises `ChardevError`, `UsageError`."""
    for text in asked.chardevs:
        _create(layer, *options.chardev(text, newest=newest(layer)))
    for number, text in enumerate(asked.qmp):
        _front(QmpMonitor(layer), _socket(layer, f"compat_monitor{number}", text, asked))
    for text in asked.monitors:
        properties = dict(part.partition("=")[::2] for part in text.split(","))
        if properties.get("mode") != "control":
            raise UsageError(f"-mon {text}: mode=control is what there is")
        _front(QmpMonitor(layer), _named(layer, properties.get("chardev", ""), asked))
    if asked.stopped:
        layer.stop()
    for text in asked.devices:
        driver, given = options.device(text)
        plug(layer, driver, given)
    for text in asked.qtest:
        serials = [device for device in layer.devices if isinstance(device, Serial)]
        _front(QTest(layer, dict(zip(PORTS, serials, strict=False))), _socket(layer, "qtest", text, asked))
    for text in asked.guest:
        _front(Guest(layer), _socket(layer, "guest", text, asked))


def _socket(layer: Layer, label: str, text: str, asked: Words) -> str:
    """A chardev for a monitor: a path, or a port of this machine."""
    backend = options.qmp(text)
    if backend.arguments["server"]:
        _must_be_near(label, backend.arguments["address"], asked)
    _create(layer, label, backend)
    return label


def _must_be_near(name: str, address: Address, asked: Words) -> None:
    """Whoever reaches a monitor can do anything: it listens to this machine only, unless that is allowed."""
    if isinstance(address, Port) and not asked.anywhere and address.host not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(f"{name}: whoever reaches {address.host} could do anything here; --anywhere allows it")


def _create(layer: Layer, label: str, backend: Backend) -> None:
    finish(Change(layer).add(label, backend))


def _named(layer: Layer, name: str, asked: Words) -> str:
    chardev = layer.registry.find(name)
    if chardev is None:
        raise UsageError(f"-mon: chardev '{name}' not found")
    while isinstance(chardev, Stack):
        chardev = layer.registry.find(chardev.base)
    if isinstance(chardev, Socket) and chardev.server:
        _must_be_near(name, chardev.address, asked)
    return name


def _front(device: Device, name: str) -> None:
    chardev = device.layer.registry.find(name)
    assert chardev is not None
    device.realize(chardev)


def _abort(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Where QEMU would abort, or would use what is gone, so does this: it is a reference for that, too."""
    error = context.get("exception")
    if isinstance(error, FATAL):
        print(f"hotswap serve: {error}", file=sys.stderr, flush=True)
        os.abort()
    loop.default_exception_handler(context)
