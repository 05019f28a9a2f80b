"""colo-compare.c: what compares the packets of two machines."""

from __future__ import annotations

from ..context import Context
from .unswappable import Unswappable


class ColoCompare(Unswappable):
    """It hears its chardev in an I/O thread of its own."""

    @property
    def context(self) -> Context:
        """The I/O thread's."""
        return self.layer.io
