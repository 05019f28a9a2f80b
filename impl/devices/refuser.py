"""test-char.c: a frontend that may refuse. No device in QEMU's tree does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .device import Device

if TYPE_CHECKING:
    from ..layer import Layer


class Refuser(Device):
    """Its handlers say what they are told to."""

    hotswap = True
    events = True
    waits = True
    moves_watch = True

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.answers: Iterator[bool] = iter(())
        """What it says when it is asked, and when it has set itself up; then it always agrees."""

    def agrees(self) -> bool:
        """It may say no."""
        return next(self.answers, True)

    def be_change(self, asked: bool) -> bool:
        """It may say no before it has set itself up, and after."""
        return super().be_change(asked) and (asked or next(self.answers, True))
