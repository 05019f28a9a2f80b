"""The README's sessions: runs them again, and writes their output into it when run as a script.

A session is a `console` block: lines that begin with `$ ` are commands, the rest is their output. A Python block whose
first line is a comment with a file's name is that file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from hotswap.checker.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = re.compile(r"[\d.]+ s( and [\d.]+ s to compile)?, [\d.]+ .?B$", re.MULTILINE)
"""What is another time at every run: seconds and bytes."""


@dataclass(frozen=True)
class Session:
    """A command of the README, and what it says that the command prints."""

    command: str
    output: str


def blocks(language: str) -> list[str]:
    """The text of the README's code blocks in a language."""
    return [text for name, text in BLOCK.findall(README.read_text("utf-8")) if name == language]


def files() -> dict[str, str]:
    """The files that the README shows."""
    return {text.partition("\n")[0].removeprefix("# "): text for text in blocks("python") if text.startswith("# ")}


def sessions(text: str) -> Iterator[Session]:
    """The commands of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Session(command, output)


def rerun(session: Session, folder: Path) -> str:
    """What a command prints now. `folder` has the README's files; a command that names none runs in the repository."""
    words = re.findall(r"'[^']*'|\S+", session.command)
    arguments = [word.strip("'") for word in words[1:]]
    if words[0] != "hotswap":
        raise ValueError(f"the README runs {words[0]}, which is not hotswap")
    cwd = folder if any(name in session.command for name in files()) else ROOT
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    out, error = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
        contextlib.suppress(SystemExit),
    ):
        main(arguments)
    return out.getvalue() + error.getvalue()


def steady(output: str) -> str:
    """An output without what is another time at every run, and without the empty lines at its end."""
    return VARIES.sub("...", output).rstrip("\n")


def unpack(folder: Path) -> None:
    """Write the README's files."""
    for name, text in files().items():
        (folder / name).write_text(text, "utf-8")


def rewritten(folder: Path) -> str:
    """The README with the output of today."""

    def block(found: re.Match[str]) -> str:
        if found[1] != "console":
            return found[0]
        parts = [f"$ {each.command}\n{rerun(each, folder).rstrip()}\n" for each in sessions(found[2])]
        return "```console\n" + "\n".join(parts) + "```"

    return BLOCK.sub(block, README.read_text("utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        unpack(Path(name))
        README.write_text(rewritten(Path(name)), "utf-8")
