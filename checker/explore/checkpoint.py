"""A search that is kept on the disk now and then, and goes on from there when the same is asked again.

States and their parents are only ever appended, in the order of the search, so that a checkpoint costs what is new. The
hash table is made again. The initial states are made again too: what they are, a spec's `boot` says in plain Python,
which no hash of the machine code knows; those of the checkpoint have to be the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .cells import control as cells
from .engine import SOURCES
from .outcome import high
from .saved import CheckpointError, Folder
from .store import Stopped

if TYPE_CHECKING:
    from ..compile.native import Compiled
    from .native import Exploration

COUNTS = {
    "next": cells.NEXT,
    "states": cells.STATES,
    "edges": cells.EDGES,
    "dirty": cells.DIRTY,
    "pruned": cells.PRUNED,
    "seen": cells.SEEN,
    "findings": cells.FINDINGS,
    "depth": cells.DEPTH,
    "level": cells.LEVEL,
    "taken": cells.TAKEN,
    "until": cells.UNTIL,
    "partly": cells.PARTLY,
    "left": cells.LEFT,
}
"""The cells of the control array that say how far a search is; the others say how it is done."""


@dataclass(frozen=True)
class Saving:
    """Where a search is kept, how often (in seconds), and what it is a search of: words by their names."""

    path: Path
    every: float
    of: Mapping[str, str]


@contextmanager
def checkpoint(saving: Saving | None, compiled: Compiled, prune: bool) -> Iterator[Checkpoint | None]:
    """The checkpoint of a search, if it is to be kept. Raises `CheckpointError` for one of another search."""
    if saving is None:
        yield None
        return
    of = {**saving.of, "prune": str(prune), "code": compiled.key, "engine": SOURCES}
    with Folder(saving.path) as folder:
        yield Checkpoint(folder, saving.every, of)


class Checkpoint:
    """What is kept of one search."""

    def __init__(self, folder: Folder, every: float, of: Mapping[str, str]) -> None:
        self.folder, self.every, self.of = folder, every, of
        self.kept = self.resumed = 0
        """How many states the files hold, and how many they held at first."""
        self._counts: dict[str, int] = {}
        self._last = time.monotonic()
        same_search(folder, of)

    def end(self, exploration: Exploration) -> str:
        """Keep the search as it has ended; what a report says of that."""
        begun = f"Resumed at {self.resumed:,} states. " if self.resumed else ""
        try:
            self.keep(exploration)
        except CheckpointError as error:
            return f"{begun}The last checkpoint is of {self.kept:,} states: {error}."
        return f"{begun}The checkpoint {self.folder.path} holds {self.kept:,} states."

    def resume(self, exploration: Exploration) -> None:
        """Bring a search that knows its initial states to where the checkpoint is, if there is one."""
        known = self.folder.manifest
        if known is None:
            return
        control, store, compiled = exploration.control, exploration.store, exploration.compiled
        states, begun = int(known["counts"]["states"]), int(control[cells.STATES])
        initial = store.states[: begun * store.words].copy()
        try:
            store.fill(states, 0)
            self.folder.read(states=store.states[: states * store.words], parents=store.parents[:states])
            same = np.array_equal(store.states[: begun * store.words], initial)
            if not same or store.parents[:begun].any() or not store.parents[begun:states].all():
                raise other_search(self.folder, "other initial states")
            store.refill(states)
        except Stopped:
            many = f"{self.folder.path} holds {states:,} states, which is too many for the memory of this search"
            raise CheckpointError(many) from None
        for name, cell in COUNTS.items():
            control[cell] = known["counts"][name]
        for name, array in (("fired", exploration.searcher.fired), ("cuts", exploration.searcher.cuts)):
            array[:] = known[name]
        exploration.findings[: len(known["findings"])] = np.array(known["findings"], np.int64).reshape(-1, 4)
        compiled.code.mark(point for point, ran in enumerate(bytes.fromhex(known["covered"])) if ran)
        high(compiled)[:] = known["high"]
        exploration.started -= known["seconds"]
        self.kept = self.resumed = states
        self._counts = known["counts"]

    def due(self, exploration: Exploration) -> None:
        """Keep the search if that is due."""
        if time.monotonic() - self._last >= self.every:
            self.keep(exploration)

    def keep(self, exploration: Exploration) -> None:
        """Keep the search as it is, unless it is kept already, or several threads have left a level half-way."""
        control, store, compiled = exploration.control, exploration.store, exploration.compiled
        counts = {name: int(control[cell]) for name, cell in COUNTS.items()}
        if not exploration.whole or counts == self._counts:
            return
        states = int(control[cells.STATES])
        manifest = {
            "of": dict(self.of),
            "counts": counts,
            "fired": exploration.searcher.fired.tolist(),
            "cuts": exploration.searcher.cuts.tolist(),
            "findings": exploration.searcher.found.tolist(),
            "covered": bytes(compiled.covered).hex(),
            "high": list(high(compiled)),
            "seconds": time.perf_counter() - exploration.started,
        }
        self.folder.write(manifest, states=store.states[: states * store.words], parents=store.parents[:states])
        self.kept, self._counts = states, counts
        self._last = time.monotonic()


def same_search(folder: Folder, of: Mapping[str, str]) -> None:
    """Refuse a folder with a checkpoint of another search, by the first of the words that differ."""
    if folder.manifest is None:
        return
    known: Mapping[str, str] = folder.manifest["of"]
    for name, wanted in of.items():
        found = known.get(name, "")
        if found == wanted:
            continue
        if name == "code":
            raise other_search(folder, f"another text of {of['spec']}, or of another version of hotswap")
        if name == "engine":
            raise other_search(folder, "another version of hotswap, or of numba and numpy")
        if name == "prune":
            raise other_search(folder, f"a search {'with' if found == 'True' else 'without'} --prune")
        raise other_search(folder, f"{name} {found or 'none'}, not {wanted or 'none'}")


def other_search(folder: Folder, what: str) -> CheckpointError:
    """The error that says of what else a folder has a checkpoint."""
    return CheckpointError(f"{folder.path} is a checkpoint of {what}; name another folder, or remove this one")
