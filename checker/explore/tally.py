"""What is known of a search in partitions: the levels that are done, and what all reports of them say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..compile.native import Compiled
from .cells import control as cells
from .levels import Kept, Words
from .outcome import high
from .partition import Report, Task

Key = tuple[int, int, int]
"""What a finding is the first of: its kind, what it is of, and the row where that counts; see the kernels."""


class Tally:
    """The sum of all reports. It is told of levels as a whole, so nothing counts twice."""

    def __init__(self, compiled: Compiled, size: int) -> None:
        self.compiled = compiled
        self.levels: list[list[Kept]] = [[] for _ in range(size)]
        """Of each partition."""
        self.dirty, self.seen, self.edges = False, 0, 0
        self.fired = np.zeros(max(1, len(compiled.rows)), np.int64)
        self.cuts = np.zeros(len(compiled.unit.machines), np.int64)
        self.found: dict[Key, tuple[int, int, Words]] = {}
        """The row of each finding, the level of its source, and the source."""

    @property
    def states(self) -> int:
        """How many states there are."""
        return sum(level.count for levels in self.levels for level in levels)

    @property
    def last(self) -> int:
        """How many states the last level has."""
        return sum(levels[-1].count for levels in self.levels if levels)

    @property
    def depth(self) -> int:
        """The number of the last level; -1 if there is none."""
        return len(self.levels[0]) - 1

    def tasks(self, witnesses: int) -> list[Task]:
        """For each partition, its part of the last level."""
        return [
            Task(*part, self.dirty, witnesses, self.seen)
            for part in (self.parts(self.depth) if self.depth >= 0 else [(0, 0)] * len(self.levels))
        ]

    def parts(self, depth: int) -> list[tuple[int, int]]:
        """For each partition, how many states it has up to a level, and how many in it."""
        return [(sum(level.count for level in levels[: depth + 1]), levels[depth].count) for levels in self.levels]

    def add(self, reports: Sequence[Report]) -> None:
        """A level is done. Of several sources of a finding, the one whose words come first is taken."""
        for report in reports:
            self.edges += report.edges
            self.fired += report.fired
            self.cuts += report.cuts
            self.dirty |= report.dirty
            self.seen |= report.seen
            self._mark(report.covered, report.high)
        findings = [(words, kind, what, row) for report in reports for kind, what, row, words in report.findings]
        for words, kind, what, row in sorted(findings):
            key = kind, what, row if kind == cells.BROKEN else 0
            self.found.setdefault(key, (row, self.depth, words))
        self.levels = [[*levels, report.kept] for levels, report in zip(self.levels, reports, strict=True)]

    def _mark(self, marks: Iterable[int], needed: Iterable[int]) -> None:
        """Take over what ran elsewhere, and the slots that were needed there."""
        mine, slots = self.compiled.covered, high(self.compiled)
        mine[:] = [one | other for one, other in zip(mine, marks, strict=True)]
        slots[:] = [max(one, other) for one, other in zip(slots, needed, strict=True)]

    def document(self) -> dict[str, Any]:
        """All of it, for a checkpoint."""
        return {
            "levels": [[[level.count, level.checksum] for level in levels] for levels in self.levels],
            "dirty": self.dirty,
            "seen": self.seen,
            "edges": self.edges,
            "fired": self.fired.tolist(),
            "cuts": self.cuts.tolist(),
            "found": [[list(key), row, depth, list(words)] for key, (row, depth, words) in self.found.items()],
            "covered": bytes(self.compiled.covered).hex(),
            "high": list(high(self.compiled)),
        }

    def restore(self, known: Mapping[str, Any]) -> None:
        """Be what was written in a document."""
        self.levels = [[Kept(*level) for level in levels] for levels in known["levels"]]
        self.dirty, self.seen, self.edges = known["dirty"], known["seen"], known["edges"]
        self.fired[:], self.cuts[:] = known["fired"], known["cuts"]
        self.found = {tuple(key): (row, depth, tuple(words)) for key, row, depth, words in known["found"]}
        self._mark(bytes.fromhex(known["covered"]), known["high"])
