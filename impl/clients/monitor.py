"""monitor.c: what the machine's and the human's monitor have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conversation import Conversation

if TYPE_CHECKING:
    from ..chardev import Chardev


class Monitor(Conversation):
    """A frontend whose client sends commands. It has no change handler."""

    def attached(self, chr: Chardev) -> None:
        """On a terminal, whoever types sees it, and edits a line before it is sent."""
        self.frontend.set_echo(True)
