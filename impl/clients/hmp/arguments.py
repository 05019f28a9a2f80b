"""What follows a command's name on its line (`monitor_parse_arguments`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ...number import NUMBER, unsigned

Reader = Callable[[str, str], tuple[str, str]]
"""Read an argument of a command: from the command's name and what is left of the line, it and what is left then."""

QUOTED = re.compile(r'"((?:[^"\\]|\\[nr\\\'"])*)"')
WORD = re.compile(r"\S+")
ESCAPED = re.compile(r"\\(.)")
CONTROL = {"n": "\n", "r": "\r"}


class ArgumentError(Exception):
    """The line is not as its command wants it; why, in QEMU's words."""


def arguments(command: str, readers: Mapping[str, Reader], text: str) -> dict[str, str]:
    """Each argument by its name. Raises `ArgumentError`."""
    found: dict[str, str] = {}
    for name, read in readers.items():
        found[name], text = read(command, text.lstrip())
    if text.strip():
        raise ArgumentError(f"{command}: extraneous characters at the end of line")
    return found


def string(command: str, text: str) -> tuple[str, str]:
    """`s`: up to white space, or in double quotes."""
    if quoted := QUOTED.match(text):
        return ESCAPED.sub(lambda found: CONTROL.get(found[1], found[1]), quoted[1]), text[quoted.end() :]
    word = WORD.match(text)
    if word is None or text.startswith('"'):
        raise ArgumentError(f"{command}: string expected")
    return word[0], text[word.end() :]


def integer(command: str, text: str) -> tuple[str, str]:
    """`i`, of 32 bits; QEMU's expressions are not offered."""
    number = NUMBER.match(text)
    if number is None:
        raise ArgumentError(f"invalid char '{text[0]}' in expression" if text else "unexpected end of expression")
    try:
        size = unsigned(number)
    except OverflowError:
        raise ArgumentError("number too large") from None
    if size >= 1 << 32:
        raise ArgumentError(f"'{command}' has failed: integer is for 32-bit values")
    return str(size), text[number.end() :]


def rest(command: str, text: str) -> tuple[str, str]:
    """`S?`: all that is left."""
    return text.strip(), ""
