"""The human monitor's commands, for whoever types them and for `human-monitor-command` (hmp-commands.hx, hmp-cmds.c).

What they print has its lines end in a line feed alone until `answer` is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ... import commands, options
from ...backends.pty import Pty
from ...change import Change, finish
from ...errors import ChardevError
from ...version import newest
from .arguments import ArgumentError, Reader, arguments, integer, rest, string

if TYPE_CHECKING:
    from ...layer import Layer

Given = Mapping[str, str]


@dataclass(frozen=True)
class Command:
    """A line of QEMU's table of commands."""

    name: str
    """Or several, with bars between them."""
    run: Callable[[Layer, Given], str]
    help: str
    arguments: Mapping[str, Reader] = field(default_factory=dict)
    shown: str | None = None
    """How help shows the arguments, if not by their names."""
    table: Sequence[Command] = ()
    """The commands whose first word this is."""

    def describe(self, prefix: str) -> str:
        """Its line of help."""
        shown = " ".join(self.arguments) if self.shown is None else self.shown
        return f"{prefix}{self.name} {shown} -- {self.help}\n"


def answer(layer: Layer, line: str) -> str:
    """`handle_hmp_command`: do what the line says; what that prints."""
    return _done(layer, line.strip()).replace("\n", "\r\n")


def _done(layer: Layer, line: str) -> str:
    if not line:
        return ""
    typed, command, left = _found(COMMANDS, line)
    if command is None:
        return f"unknown command: '{typed}'\n"
    try:
        return command.run(layer, arguments(command.name, command.arguments, left))
    except ArgumentError as error:
        return f'{error}\nTry "help {typed}" for more information\n'
    except options.ParseError as error:
        return f"{error}\nError: Parsing chardev args failed\n"
    except ChardevError as error:
        return f"Error: {error}\n"


def _found(table: Sequence[Command], line: str) -> tuple[str, Command | None, str]:
    """`monitor_parse_command`: the words that name a command, the command if there is one, and what is left."""
    word, left = _split(line)
    command = next((each for each in table if word in each.name.split("|")), None)
    if command is None or not command.table or not left:
        return word, command, left
    words, command, left = _found(command.table, left)
    return f"{word} {words}", command, left


def _split(line: str) -> tuple[str, str]:
    word, *left = line.split(maxsplit=1)
    return word, "".join(left)


# What they do.


def chardev_add(layer: Layer, given: Given) -> str:
    """`hmp_chardev_add`. QEMU opens the backend before it finds that the name is taken."""
    name, backend = options.chardev(given["args"], newest=newest(layer))
    if layer.registry.find(name) is not None:
        raise ChardevError(f"attempt to add duplicate property '{name}' to object (type 'container')")
    finish(Change(layer).new(name, backend))
    return redirected(layer, name)


def chardev_change(layer: Layer, given: Given) -> str:
    """`hmp_chardev_change`."""
    backend = options.backend(given["args"], newest=newest(layer))
    finish(Change(layer).change(given["id"], backend))
    return redirected(layer, given["id"]) if newest(layer) else ""


def redirected(layer: Layer, name: str) -> str:
    """Where a new pseudo terminal is, which nobody could guess."""
    chardev = layer.registry.find(name)
    return f"char device redirected to {chardev.path} (label {name})\n" if isinstance(chardev, Pty) else ""


def chardev_remove(layer: Layer, given: Given) -> str:
    """`hmp_chardev_remove`."""
    commands.chardev_remove(layer, given["id"])
    return ""


def chardev_send_break(layer: Layer, given: Given) -> str:
    """`hmp_chardev_send_break`."""
    commands.chardev_send_break(layer, given["id"])
    return ""


def ringbuf_read(layer: Layer, given: Given) -> str:
    """`hmp_ringbuf_read`: a control character is shown by its number."""
    data = commands.ringbuf_read(layer, given["device"], int(given["size"]))
    text = data.decode(errors="replace").replace("\\", "\\\\")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", _numbered, text) + "\n"


def _numbered(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04X}"


def ringbuf_write(layer: Layer, given: Given) -> str:
    """`hmp_ringbuf_write`."""
    commands.ringbuf_write(layer, given["device"], given["data"])
    return ""


def stop(layer: Layer, given: Given) -> str:
    """`hmp_stop`."""
    layer.stop()
    return ""


def cont(layer: Layer, given: Given) -> str:
    """`hmp_cont`."""
    layer.cont()
    return ""


def quit(layer: Layer, given: Given) -> str:
    """`hmp_quit`."""
    commands.quit(layer)
    return ""


def info_chardev(layer: Layer, given: Given) -> str:
    """`hmp_info_chardev`."""
    return "".join(f"{each.label}: filename={each.filename()}\n" for each in layer.registry.chardevs())


def info_status(layer: Layer, given: Given) -> str:
    """`hmp_info_status`."""
    return f"VM status: {'running' if layer.runs else 'paused'}\n"


def info_help(layer: Layer, given: Given) -> str:
    """`hmp_info_help`."""
    return _described(INFO, "info ")


def help(layer: Layer, given: Given) -> str:
    """`hmp_help`: of all commands, of those that begin with a word, or of one."""
    if not given["cmd"]:
        return _described(COMMANDS, "")
    typed, command, _ = _found(COMMANDS, given["cmd"])
    if command is None:
        return f"unknown command: '{typed}'\n"
    if command.table:
        return _described(command.table, f"{typed} ")
    return command.describe(typed[: typed.rfind(" ") + 1])


def _described(table: Sequence[Command], prefix: str) -> str:
    return "".join(command.describe(prefix) for command in table)


INFO = (
    Command("chardev", info_chardev, "show the character devices"),
    Command("status", info_status, "show the current VM status (running|paused)"),
)
COMMANDS = (
    Command("chardev-add", chardev_add, "add chardev", {"args": string}),
    Command("chardev-change", chardev_change, "change chardev", {"id": string, "args": string}),
    Command("chardev-remove", chardev_remove, "remove chardev", {"id": string}),
    Command("chardev-send-break", chardev_send_break, "send a break on chardev", {"id": string}),
    Command("cont|c", cont, "resume emulation"),
    Command("help|?", help, "show the help", {"cmd": rest}, shown="[cmd]"),
    Command("info", info_help, "show various information about the system state", shown="[subcommand]", table=INFO),
    Command("quit|q", quit, "quit the emulator"),
    Command(
        "ringbuf_read", ringbuf_read, "Read from a ring buffer character device", {"device": string, "size": integer}
    ),
    Command(
        "ringbuf_write", ringbuf_write, "Write to a ring buffer character device", {"device": string, "data": string}
    ),
    Command("stop|s", stop, "stop emulation"),
)
"""Sorted, as help shows them."""
