"""The messages of a client: JSON values, one after the other, however they come in pieces.

QEMU takes strings in single quotes too, and says what is wrong in words of its own (`json_message_parser_feed`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 64 << 20
"""How long a message may be (MAX_TOKEN_SIZE)."""
MOST_NESTED = 1024
"""How deep its values may be nested (MAX_NESTING)."""

OPEN, CLOSE = b"{[", b"}]"
TOKEN = re.compile(rb"""[{}\[\]"'\\]""")
WORD = re.compile(rb"""[^\s{}\[\]"',:]+""")
QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*\"""")
SAID = {
    "Expecting ':' delimiter": "missing : in object pair",
    "Invalid control character at": "invalid control character in string",
}


@dataclass(frozen=True)
class Malformed:
    """What came is no message; why, in QEMU's words."""

    why: str


class Messages:
    """What a client has sent, cut into messages."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what has come: there is a new client."""
        self.text = bytearray()
        self.seen = 0
        """How much of the text was looked at."""
        self.braces = self.brackets = 0
        self.quote = b""

    def feed(self, data: bytes) -> Iterator[object | Malformed]:
        """Each message that is complete now."""
        self.text += data
        while (end := self._end()) is not None:
            message = bytes(self.text[:end])
            rest = bytes(self.text[end:])
            self.reset()
            self.text += rest
            yield _parsed(message)
        if len(self.text) > MOST_BYTES:
            self.reset()
            yield Malformed("JSON token size limit exceeded")
        elif self.braces + self.brackets > MOST_NESTED:
            self.reset()
            yield Malformed("JSON nesting depth limit exceeded")

    def _end(self) -> int | None:
        """Where the first message ends, if all of it is there."""
        if not self.seen:
            del self.text[: len(self.text) - len(self.text.lstrip())]
        if not self.text:
            return None
        if not self.braces and not self.brackets and not self.quote and self.text[0] not in b"{[\"'":
            return self._scalar()
        return self._value()

    def _scalar(self) -> int | None:
        """A word ends where another token begins."""
        word = WORD.match(self.text)
        if word is None:
            return 1
        return word.end() if word.end() < len(self.text) else None

    def _value(self) -> int | None:
        """An object, an array or a string ends where all is closed, or more is closed than was opened."""
        position = self.seen
        while token := TOKEN.search(self.text, position):
            position = token.end()
            if self.quote:
                if token[0] == b"\\":
                    position += 1
                elif token[0] == self.quote:
                    self.quote = b""
            elif token[0] in (b'"', b"'"):
                self.quote = token[0]
            else:
                self._count(token[0])
            if position > len(self.text):
                break  # a backslash whose character has not come
            if not self.quote and ((self.braces <= 0 and self.brackets <= 0) or min(self.braces, self.brackets) < 0):
                return position
            if self.braces + self.brackets > MOST_NESTED:
                return None
            self.seen = position
        else:
            self.seen = len(self.text)
        return None

    def _count(self, token: bytes) -> None:
        self.braces += (token == b"{") - (token == b"}")
        self.brackets += (token == b"[") - (token == b"]")


def _parsed(message: bytes) -> object | Malformed:
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return Malformed("JSON parse error, invalid UTF-8 sequence in string")
    try:
        value: object = json.loads(QUOTED.sub(_requoted, text), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Malformed(f"JSON parse error, {_said(error)}")
    except (ValueError, RecursionError):
        return Malformed("JSON parse error, expecting value")
    return value


def _requoted(string: re.Match[str]) -> str:
    """A string in single quotes as one in double quotes."""
    inner = string[1]
    return string[0] if inner is None else '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _said(error: json.JSONDecodeError) -> str:
    if error.msg.startswith(("Expecting value", "Expecting property name")):
        return _no_value(error.doc[error.pos :], key=error.msg.startswith("Expecting property name"))
    if error.msg == "Expecting ',' delimiter":
        return "expected separator in list" if _in_list(error.doc[: error.pos]) else "expected separator in dict"
    return SAID.get(error.msg, "expecting value")


def _no_value(rest: str, *, key: bool) -> str:
    """What stands where a value should, or a key."""
    if key and (rest[:1] in ("[", "{", "-") or rest[:1].isdigit()):
        return "key is not a string in object"
    word = WORD.match(rest.encode())
    return "expecting value" if word is None else f"invalid keyword '{word[0].decode(errors='replace')}'"


def _in_list(before: str) -> bool:
    """Whether the innermost that is open is a list."""
    bare = QUOTED.sub("", before)
    depth = 0
    for character in reversed(bare):
        if character in "]}":
            depth += 1
        elif character in "[{":
            if not depth:
                return character == "["
            depth -= 1
    return False
