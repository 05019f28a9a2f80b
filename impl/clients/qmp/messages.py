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

TOKEN = re.compile(rb"""[{}\[\]"']|[^ \t\r\n:,a-z0-9E+.-]""")
"""Outside of a string, what counts, and what can't be there."""
IN_STRING = re.compile(rb"""\\[^\0-\x1f\xfe\xff]|\\\Z|["'\0-\x1f\xfe\xff]""")
"""In a string; a backslash at the end waits for its character."""
RECOVERY = re.compile(rb"[^{}\[\]:,\0-\x08\n-\x1f\xfe\xff]*")
"""What is skipped after what can't be there (IN_RECOVERY)."""
WORD = re.compile(rb"[a-z]+|[-0-9][-+.0-9eE]*")
BLANKS = re.compile(rb"[ \t\r\n]*")
LETTERS = re.compile(rb"[a-z]*")
DIGITS = re.compile(rb"[-+.0-9eE]*")
"""The rest of a word, and of a number."""
QUOTED = re.compile(r"""'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+\"""")
"""Without a way back, which would take memory for each character."""
ESCAPE = re.compile(
    r"""
    \\u [dD][89abAB][0-9a-fA-F]{2} \\u [dD][c-fC-F][0-9a-fA-F]{2}
    | \\u (?! [dD][89a-fA-F] | [fF][dD][dDeE] | [fF]{3}[eEfF] ) [0-9a-fA-F]{4}
    | (?P<no_character> \\u.{0,4} )
    | (?P<unknown> \\[^"'\\/bfnrt] )
    | \\.
    | "(?!\Z)
    """,
    re.VERBOSE,
)
"""In a string: two surrogates, one other character, what is neither, and a quote that does not end it."""
SAID = {"Expecting ':' delimiter": "missing : in object pair"}


@dataclass(frozen=True)
class Malformed:
    """What came is no message; why, in QEMU's words."""

    why: str


class EscapeError(ValueError):
    """An escape in a string stands for nothing."""


class Messages:
    """What a client has sent, cut into messages."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what has come: there is a new client."""
        self.text = bytearray()
        self.recovers = False
        """What can't be where it was is behind, and no other token has come yet."""
        self._begin()

    def _begin(self) -> None:
        self.seen = 0
        """How much of the text was looked at."""
        self.braces = self.brackets = 0
        self.quote = b""
        self.quoted_from = 0
        self.wrong: str | None = None
        """Why what was looked at is no message."""

    def feed(self, data: bytes) -> Iterator[object | Malformed]:
        """Each message that is complete now."""
        self.text += data
        while (end := self._end()) is not None:
            message, wrong = bytes(self.text[:end]), self.wrong
            del self.text[:end]
            self._begin()
            yield _parsed(message) if wrong is None else Malformed(wrong)

    def _end(self) -> int | None:
        """Where the first message ends, if all of it is there, or it can't be one."""
        end = self._message()
        if (len(self.text) if end is None else end) <= MOST_BYTES:
            return end
        self.wrong, self.recovers = "JSON token size limit exceeded", False
        return MOST_BYTES + 1

    def _message(self) -> int | None:
        if self.recovers:
            self._recover()
        if not self.seen:
            self._skip(BLANKS)
        if not self.text:
            return None
        if not self.braces and not self.brackets and not self.quote and self.text[0] not in b"{[\"'":
            return self._scalar()
        return self._value()

    def _recover(self) -> None:
        self._skip(RECOVERY)
        self.recovers = not self.text

    def _skip(self, what: re.Pattern[bytes]) -> None:
        del self.text[: _end_of(what, self.text, 0)]

    def _scalar(self) -> int | None:
        """A word or a number ends where another token begins."""
        first = self.text[:1]
        if WORD.match(first) is None:
            return 1 if first in b"}]:," else self._stray(0, 1)
        self.seen = _end_of(LETTERS if first.isalpha() else DIGITS, self.text, self.seen)
        return self.seen if self.seen < len(self.text) else None

    def _value(self) -> int | None:
        """An object, an array or a string ends where all is closed, or more is closed than was opened."""
        while token := (IN_STRING if self.quote else TOKEN).search(self.text, self.seen):
            if self.quote and token[0] == b"\\":
                self.seen = token.start()
                return None
            self.seen = token.end()
            if not self._takes(token):
                return self._stray(self.quoted_from if self.quote else token.start(), self.seen)
            if self.braces + self.brackets > MOST_NESTED:
                self.wrong = "JSON nesting depth limit exceeded"
                return self.seen
            if not self.quote and ((self.braces <= 0 and self.brackets <= 0) or min(self.braces, self.brackets) < 0):
                return self.seen
        self.seen = len(self.text)
        return None

    def _takes(self, token: re.Match[bytes]) -> bool:
        """Whether it can be where it is."""
        if self.quote:
            if token[0] == self.quote:
                self.quote = b""
            return token[0][0] >= 0x20 and token[0][0] < 0xFE
        if token[0] in (b'"', b"'"):
            self.quote, self.quoted_from = token[0], token.start()
        self.braces += (token[0] == b"{") - (token[0] == b"}")
        self.brackets += (token[0] == b"[") - (token[0] == b"]")
        return token[0] in b"{}[]\"'"

    def _stray(self, start: int, end: int) -> int:
        self.recovers = True
        token = bytes(self.text[start:end]).partition(b"\0")[0]
        self.wrong = f"JSON parse error, stray '{token.decode(errors='replace')}'"
        return end


def _end_of(what: re.Pattern[bytes], text: bytearray, start: int) -> int:
    found = what.match(text, start)
    return start if found is None else found.end()


def _parsed(message: bytes) -> object | Malformed:
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return Malformed("JSON parse error, invalid UTF-8 sequence in string")
    try:
        value: object = json.loads(QUOTED.sub(_requoted, text), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Malformed(f"JSON parse error, {_said(error)}")
    except EscapeError as error:
        return Malformed(f"JSON parse error, {error}")
    except (ValueError, RecursionError):
        return Malformed("JSON parse error, expecting value")
    return value


def _requoted(string: re.Match[str]) -> str:
    """A string in either quotes as one in double quotes, with the escapes that `json` knows."""
    return '"' + ESCAPE.sub(_escaped, string[0][1:])[:-1] + '"'


def _escaped(found: re.Match[str]) -> str:
    if found["no_character"]:
        raise EscapeError(f"{found['no_character']} is not a valid Unicode character")
    if found["unknown"]:
        raise EscapeError("invalid escape sequence in string")
    return {"\\'": "'", '"': '\\"'}.get(found[0], found[0])


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
