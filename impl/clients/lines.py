"""What a client sends, cut into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator


class Lines:
    """Lines that come in pieces. Of one that is too long nothing is kept."""

    def __init__(self, most: int, ends: bytes = b"\n") -> None:
        self.most = most
        """How long a line may be."""
        self.ends = re.compile(b"[" + ends + b"]")
        """Each of these bytes ends a line."""
        self.reset()

    def reset(self) -> None:
        """Forget what has come: there is a new client, or a new line."""
        self.text = bytearray()
        self.skips = False
        """The line is too long; what is left of it is skipped."""

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Each line that is complete now, without its end, and None for each that is too long."""
        first, *others = self.ends.split(data)
        yield from self._more(first)
        for part in others:
            if not self.skips:
                yield bytes(self.text)
            self.reset()
            yield from self._more(part)

    def _more(self, part: bytes) -> Iterator[None]:
        if not self.skips:
            self.text += part
        if len(self.text) > self.most:
            self.text.clear()
            self.skips = True
            yield None
