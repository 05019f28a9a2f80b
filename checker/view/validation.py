"""Whether a recorded conversation is allowed: as text, and as the document `hotswap-validate/1`."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from ..conform.recording import Command
from ..conform.validate import Validation
from .console import columns, put

SCHEMA = "hotswap-validate/1"


def print_validation(console: Console, found: Validation) -> None:
    """What was held to what; the line that is not allowed, what would have been, and the commands until there."""
    put(console, Text(f"{found.recording.file} held to profile {found.profile}", "bold"))
    counts = f"{found.held} commands in {len(found.configurations)} parts, in {found.widest:,} states at most"
    put(console, Text(counts))
    if found.ignored:
        names = ", ".join(f"{name} ({times})" for name, times in found.ignored.items())
        put(console, Text(f"not held to it: {names}", "dim"))
    console.print()
    if found.disallowed is not None:
        _print_disallowed(console, found)
    elif found.stopped:
        put(console, Text(f"Stopped: {found.stopped}.", "yellow"))
    else:
        put(console, Text("the spec allows it", "green"))


def _print_disallowed(console: Console, found: Validation) -> None:
    assert found.disallowed is not None
    where = f"{found.recording.file}:{found.disallowed.line}"
    put(console, Text(f"{where}: the spec does not allow this, in {found.configuration}", "bold red"))
    table = columns("line", "command", "answer", right=("line",))
    for command in found.until:
        table.add_row(str(command.line), _command(command), _answer(command))
    put(console, table)
    console.print()
    table = columns("the spec allows", "seen")
    table.add_row("\nor ".join(found.disallowed.expected), found.disallowed.seen)
    put(console, table)


def _command(command: Command) -> str:
    return f"{command.name} {json.dumps(command.arguments)}" if command.arguments else command.name


def _answer(command: Command) -> str:
    if command.reply is None:
        return ""
    return command.reply.error if command.reply.error is not None else json.dumps(command.reply.message["return"])


def text(found: Validation) -> str:
    """The document as it is written to a file."""
    return json.dumps(document(found), indent=1) + "\n"


def document(found: Validation) -> dict[str, Any]:
    """The document of one recording."""
    return {
        "schema": SCHEMA,
        "file": found.recording.file,
        "profile": found.profile,
        "allowed": None if found.stopped else found.disallowed is None,
        "stopped": found.stopped,
        "commands": found.held,
        "ignored": found.ignored,
        "configurations": [str(each) for each in found.configurations],
        "states": found.widest,
        "disallowed": _disallowed(found),
    }


def _disallowed(found: Validation) -> dict[str, Any] | None:
    if found.disallowed is None:
        return None
    return {
        "line": found.disallowed.line,
        "configuration": str(found.configuration),
        "expected": list(found.disallowed.expected),
        "seen": found.disallowed.seen,
        "commands": [{"line": each.line, "command": each.name, "arguments": each.arguments} for each in found.until],
    }
