"""What a client sends is cut into lines, and of one that is too long nothing is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotswap.checker.refine.memory import MemoryContext, MemoryHost
from hotswap.impl.clients.guest import Guest
from hotswap.impl.clients.hmp.monitor import HmpMonitor
from hotswap.impl.clients.lines import Lines
from hotswap.impl.clients.qtest import QTest
from hotswap.impl.layer import Layer
from hotswap.spec import CHARDEV

TEXT = st.lists(st.sampled_from([b"\n", b"\r", b"a", b"bcd", b"efghi"])).map(b"".join)


@given(TEXT, st.data())
def test_pieces(text: bytes, data: st.DataObject) -> None:
    """However the bytes are cut, the lines are the same, with nothing in place of those that are too long."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    lines = Lines(6, ends=b"\r\n")
    found = [
        line for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) for line in lines.feed(text[start:end])
    ]
    *whole, rest = text.replace(b"\r", b"\n").split(b"\n")

    assert found == [line if len(line) <= 6 else None for line in whole] + [None] * (len(rest) > 6)


def test_a_new_client() -> None:
    """What the last client has begun is no part of what the next one says."""
    lines = Lines(6)
    for begun in (b"begun", b"much too long"):
        list(lines.feed(begun))
        lines.reset()

        assert list(lines.feed(b"next\n")) == [b"next"]


@pytest.mark.parametrize("kind", ["monitor", "qtest", "guest"])
def test_the_rest_is_no_command(kind: str) -> None:
    """Whoever is answered line by line hears once that a line is too long, and its rest does nothing."""
    context = MemoryContext()
    layer = Layer(CHARDEV.profile("repaired"), MemoryHost(), context, context)
    device = {"monitor": HmpMonitor(layer), "qtest": QTest(layer), "guest": Guest(layer)}[kind]
    said: list[bytes] = []
    device.send = said.append  # type: ignore[method-assign,assignment]
    for _ in range(300):
        device.read(b"x" * 4096)
    device.read(b"stop\n")

    assert len(said) == 1
    assert b"a line is at most" in said[0].lower()
    assert layer.runs

    device.read(b"stop\n")

    assert len(said) == 2
