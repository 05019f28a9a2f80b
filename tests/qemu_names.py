"""The names of QEMU that the spec's documentation gives: functions, fields, files.

By convention a name in backticks with an underscore in it is QEMU's, unless it is a field of the spec. A function of
the C library or a system call is written with its section of the manual: `connect(2)`.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPEC = Path(__file__).resolve().parent.parent / "spec"


@dataclass(frozen=True)
class Said:
    """A word of the documentation, and where it stands."""

    word: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: `{self.word}`"


@functools.cache
def texts() -> tuple[Said, ...]:
    """Every documentation string of the chardev spec, and the source that every switch names.

    But for the package's own, which names its modules.
    """
    return tuple(_texts())


def _texts() -> Iterator[Said]:
    for file in sorted(SPEC.glob("[!_]*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Expr(ast.Constant(str(text))):
                    yield Said(text, f"{file.name}:{node.lineno}")
                case ast.keyword("source", ast.Constant(str(text))):
                    yield Said(re.sub(r"\b\w+_\w+\b(?!\.)", r"`\g<0>`", text), f"{file.name}:{node.value.lineno}")


@functools.cache
def own() -> set[str]:
    """The names of the spec itself: its fields and columns, and what its functions are given."""
    names: set[str] = set()
    for file in SPEC.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.AnnAssign(target=ast.Name(name)) | ast.arg(name):
                    names.add(name)
    return names


def qemu_names() -> list[Said]:
    """The functions and fields of QEMU that are named."""
    return [known for known in _in_backticks(r"(?=\w*[a-z])\w+_\w+") if known.word not in own()]


def plain_names() -> list[Said]:
    """The names in backticks that could be the C library's."""
    return [known for known in _in_backticks(r"[a-z]+") if known.word not in own()]


def files() -> list[Said]:
    """The files of QEMU that are named."""
    return [Said(word, said.place) for said in texts() for word in re.findall(r"\b[\w/-]+\.[ch]\b", said.word)]


def _in_backticks(pattern: str) -> Iterator[Said]:
    for said in texts():
        for word in re.findall(rf"`({pattern})`", said.word):
            yield Said(word, said.place)
