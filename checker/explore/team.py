"""Who a search in partitions is done by, whatever these are: processes of a cluster, or of one machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from .levels import Kept, Words
from .partition import Pace, Report, Task

Array = np.ndarray[Any, Any]


class Lost(Exception):
    """A partition is gone, or something that it sent."""


class TeamError(Exception):
    """There are no processes to search with, or no longer; says why."""


class Team(Protocol):
    """The processes of a search, each with a partition. Whoever asks them anything may raise `Lost`."""

    size: int

    def open(self, levels: Sequence[Sequence[Kept]]) -> None:
        """Make all partitions, each with the levels that its file holds."""

    def revive(self, levels: Sequence[Sequence[Kept]]) -> int:
        """Make those partitions again that are lost; how many."""

    def begin(self, tasks: Sequence[Task]) -> None:
        """Begin a level, or begin it again."""

    def give(self, batches: Sequence[Array]) -> None:
        """Have each take a batch."""

    def round(self) -> list[Pace]:
        """Have all expand for a while, and pass on what they hand out."""

    def settle(self) -> list[Report]:
        """The level is done."""

    def predecessors(self, parts: Sequence[tuple[int, int]], wanted: Sequence[Words]) -> list[list[Words | None]]:
        """For each wanted state, what each partition knows of those before it in a level."""
