"""vhost-user.c: a device whose back end is another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..context import Source
from .unswappable import Unswappable

if TYPE_CHECKING:
    from ..layer import Layer


class VhostUser(Unswappable):
    """That process may come again."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self.bottom_half: Source | None = None
        """It will register its handlers again."""

    def closed(self) -> None:
        """`net_vhost_user_event`, CLOSED: take the handlers away, and have a bottom half put them back."""
        self.withdraw()
        self.bottom_half = self.layer.main.idle(self.bottom_half_runs)

    def bottom_half_runs(self) -> None:
        """`chr_closed_bh`."""
        self.bottom_half = None
        self.register()

    def forget(self) -> None:
        """A bottom half of a device that has gone does not run."""
        if self.bottom_half is not None:
            self.bottom_half.destroy()
        self.bottom_half = None
