"""What a QMP client sends is cut into messages, and what is none is refused in QEMU's words."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.impl.clients.qmp.messages import MOST_BYTES, MOST_NESTED, Malformed, Messages

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cn")))
"""Of characters only: QEMU takes no escape for anything else."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

SCRAPS = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b":", b",", b'"', b"'", b"\\", b" ", b"\n", b"\0", b"\xc3", b"\xff", b"null", b"7"]
    )
    | st.binary(max_size=3)
).map(b"".join)
"""What looks a little like messages."""


def said(data: bytes) -> list[object]:
    """The messages in some bytes."""
    return list(Messages().feed(data))


def pieces(text: bytes, data: st.DataObject) -> list[object]:
    """The messages in some bytes that come cut anywhere."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    messages = Messages()
    ends = zip([0, *cuts], [*cuts, len(text)], strict=True)
    return [each for start, end in ends for each in messages.feed(text[start:end])]


@given(st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=4), st.data())
def test_pieces(values: list[dict[str, object]], data: st.DataObject) -> None:
    """However the bytes are cut, and whatever white space is between them, the messages are the same."""
    assert pieces(b"".join(json.dumps(value).encode() + b"\r\n" for value in values), data) == values


@given(SCRAPS, st.data())
def test_pieces_of_anything(text: bytes, data: st.DataObject) -> None:
    """What is wrong in some bytes does not depend on how they are cut either."""
    assert pieces(text, data) == said(text)


@given(SCRAPS)
def test_recovery(text: bytes) -> None:
    """Whatever has come, something that can't be a token begins anew."""
    assert said(text + b'\0{"execute": "stop"}')[-1] == {"execute": "stop"}


@given(st.binary())
def test_anything(data: bytes) -> None:
    """Whatever comes is a value or is refused, and what comes after a reset is heard."""
    messages = Messages()
    list(messages.feed(data))
    messages.reset()

    assert list(messages.feed(b'{"execute": "stop"}')) == [{"execute": "stop"}]


def test_single_quotes() -> None:
    """A string may stand in single quotes."""
    assert said(b"""{'execute': 'it\\'s', "a": "it's", 'b': 'say "no"'}""") == [
        {"execute": "it's", "a": "it's", "b": 'say "no"'}
    ]


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize(
    ("inside", "value"),
    [
        (r"a\"b", 'a"b'),
        (r"a\'b", "a'b"),
        (r"\\", "\\"),
        (r"\\\"", '\\"'),
        (r"\/\b\f\n\r\t", "/\b\f\n\r\t"),
        (r"\u0041\u0000", "A\0"),
        (r"\uD83d\ude00", "\N{GRINNING FACE}"),
        (r"\\ud800", r"\ud800"),
    ],
)
def test_escapes(quote: str, inside: str, value: str) -> None:
    """An escape means the same in either quotes."""
    assert said(f'{{"id": {quote}{inside}{quote}}}'.encode()) == [{"id": value}]


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        (r"\ud800", r"\ud800 is not a valid Unicode character"),
        (r"\uDC00x", r"\uDC00 is not a valid Unicode character"),
        (r"\ud800\u0041", r"\ud800 is not a valid Unicode character"),
        (r"\ud83d\ude0", r"\ud83d is not a valid Unicode character"),
        (r"\uffff", r"\uffff is not a valid Unicode character"),
        (r"\ufdd0", r"\ufdd0 is not a valid Unicode character"),
        (r"\uzzzz", r"\uzzzz is not a valid Unicode character"),
        (r"\u12", r"\u12% is not a valid Unicode character"),
        (r"\q", "invalid escape sequence in string"),
        (r"\U0041", "invalid escape sequence in string"),
    ],
)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_what_no_escape_is(quote: str, inside: str, why: str) -> None:
    """What stands for no character is refused as QEMU refuses it, also in the name of a member."""
    refused = Malformed(f"JSON parse error, {why.replace('%', quote)}")

    assert said(f'{{"id": {quote}{inside}{quote}}}'.encode()) == [refused]
    assert said(f"{{{quote}{inside}{quote}: 1}}".encode()) == [refused]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{]", "expecting value"),
        (b'{"a" 1}', "missing : in object pair"),
        (b"}", "expecting value"),
        (b'{"execute": nope}', "invalid keyword 'nope'"),
        (b'{"a":tru}', "invalid keyword 'tru'"),
        (b'{"id":"\xc3"}', "invalid UTF-8 sequence in string"),
        (b'{"a": "b', "stray '\"b\n'"),
        (b"'\\", "stray ''\\\n'"),
        (b'"\xc3', "stray '\"\N{REPLACEMENT CHARACTER}\n'"),
        (b"[[[\xff", "stray '\N{REPLACEMENT CHARACTER}'"),
        (b"#", "stray '#'"),
        (b"{\\", "stray '\\'"),
    ],
)
def test_malformed(text: bytes, why: str) -> None:
    """What is wrong is said as QEMU 7.2.22 and 10.0.2 say it; the next message is heard."""
    assert said(text + b'\n{"execute": "stop"}') == [Malformed(f"JSON parse error, {why}"), {"execute": "stop"}]


def test_a_scalar() -> None:
    """A word is a message, too, as soon as it ends."""
    assert said(b"5 ") == [5]
    assert said(b"5") == []


@pytest.mark.parametrize("letter", [b"a", b"1"])
def test_a_long_scalar(letter: bytes) -> None:
    """One that comes in many pieces is looked at once: four times as much takes nothing like sixteen times as long."""

    def takes(pieces: int) -> float:
        messages, began = Messages(), time.process_time()
        for _ in range(pieces):
            assert list(messages.feed(letter * 4096)) == []
        return time.process_time() - began

    assert min(takes(1024) for _ in range(5)) < 8 * min(takes(256) for _ in range(5))


def test_too_long() -> None:
    """A message of 64 MiB is refused, whatever is in it."""
    messages = Messages()
    part = b"x" * (1 << 20)
    found = [*messages.feed(b'"')]
    for _ in range(1, MOST_BYTES, len(part)):
        found += messages.feed(part[: MOST_BYTES - len(messages.text)])

    assert found == []
    assert list(messages.feed(b"x")) == [Malformed("JSON token size limit exceeded")]


@pytest.mark.parametrize("deep", [MOST_NESTED + 1, 10_000])
def test_too_deep(deep: int) -> None:
    """Values that are nested too deep are refused."""
    assert said(b"[" * deep) == [Malformed("JSON nesting depth limit exceeded")] * (deep // (MOST_NESTED + 1))
