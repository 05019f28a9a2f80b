"""What a search on a cluster costs: `python tests/benchmarks/scale.py` prints the tables of docs/scale.md.

Bytes are counted with partitions of one process, which are the same bytes that workers would send. Times of a partition
are processor time, so that it matters little what else the machine does; those of a level on Ray are wall time, the
median of all levels of a search in which a level has a handful of states.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from hotswap.checker import Result, check
from hotswap.checker.compile.layout import lay_out
from hotswap.checker.explore.search import Progress
from hotswap.checker.scopes import read_scope
from hotswap.spec.language import System
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.system import Scope
from models.filter_lock import FILTER_LOCK
from models.hanoi import HANOI
from models.philosophers import PHILOSOPHERS
from models.two_phase_commit import TWO_PHASE_COMMIT
from partitions import check_together

SIZES = (2, 8, 32)
"""How many partitions there are, for the bytes that are sent."""
WORKERS = (2, 4)
"""How many workers there are, for the time that a level takes."""


@dataclass(frozen=True)
class Model:
    """A model in a scope."""

    title: str
    system: System
    scope: str
    properties: tuple[str, ...] = ()

    @property
    def configurations(self) -> Scope:
        """The scope, read."""
        return read_scope(self.system, self.scope)

    @property
    def words(self) -> int:
        """How many words a state has."""
        return lay_out(PlainWorld(self.system, self.system.pools(self.configurations))).words


MODELS = (
    Model("philosophers, 10", PHILOSOPHERS, "Fork=10,Philosopher=10"),
    Model("filter lock, 4", FILTER_LOCK, "medium"),
    Model("two-phase commit, 6", TWO_PHASE_COMMIT, "medium"),
)


def sent(result: Result) -> int:
    """How many bytes the workers have sent one another, as the report says."""
    words = result.notes[-1].split()
    return int(words[-2].replace(",", ""))


def bytes_table(models: Sequence[Model]) -> Iterator[str]:
    """What a state takes, in memory and on the way, and how fast a partition is."""
    yield f"| model | states | words | steps a state | in memory | {' | '.join(f'sent, {each}' for each in SIZES)} |"
    yield f"|---|---|---|---|---|{'---|' * len(SIZES)}"
    for model in models:
        found = [check_together(model.system, size, scope=model.configurations) for size in SIZES]
        states = found[0].states
        cells = [f"{sent(each) / states:.1f}" for each in found]
        yield (
            f"| {model.title} | {states:,} | {model.words} | {found[0].transitions / states:.1f} | "
            f"{found[0].peak_bytes / states:.0f} | {' | '.join(cells)} |"
        )


def speed_table(models: Sequence[Model]) -> Iterator[str]:
    """How fast one partition is, in states a second of processor time; starting and compiling count."""
    yield "| model | states a second |"
    yield "|---|---|"
    for model in models:
        rates = []
        for _ in range(3):
            began = time.process_time()
            states = check_together(model.system, 1, scope=model.configurations).states
            rates.append(states / (time.process_time() - began))
        yield f"| {model.title} | {max(rates):,.0f} |"


def level_table(workers: Sequence[int]) -> Iterator[str]:
    """What a level takes on Ray where there is next to nothing to do in it."""
    yield "| workers | batches a level | milliseconds a level |"
    yield "|---|---|---|"
    for size in workers:
        at: list[float] = []

        def look(progress: Progress, at: list[float] = at) -> None:
            at.append(time.perf_counter())

        check(HANOI, scope=read_scope(HANOI, "Disk=5"), ray="local", workers=size, watch=look)
        spans = [1000 * (later - sooner) for sooner, later in pairwise(at)]
        yield f"| {size} | up to {size * (size - 1)} | {median(spans):.0f} |"


if __name__ == "__main__":
    print(f"{os.cpu_count()}-core {os.uname().machine}\n")
    for table in (bytes_table(MODELS), speed_table(MODELS), level_table(WORKERS)):
        print(*table, sep="\n", end="\n\n", flush=True)
