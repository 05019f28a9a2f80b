"""A search on Ray: every partition is an actor, and what one hands out to another does not pass through here."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError, RayTaskError

from ...spec.language.plain import PlainWorld
from ...spec.language.system import Configuration
from ..compile.native import compile_world
from ..compile.sent import Sent, sent
from .checkpoint import Saving, same_search
from .distributed import Distributed
from .engine import SOURCES
from .levels import FILES, Kept, Words
from .partition import ROUND, Pace, Partition, Report, Task
from .saved import Folder
from .search import NO_BOUNDS, Bounds, Search, Watch, silent
from .team import Lost, TeamError
from .warming import ON_DISK, warming_up

LOCAL = "local"
"""The address of a Ray of one's own, on this machine."""

VERSION = f"{metadata.version('hotswap')} {SOURCES}"
"""All have to have the same."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cluster:
    """A Ray, by its address, and how many workers to have there (0: one for each of its processors)."""

    address: str
    workers: int = 0


def explore(
    world: PlainWorld,
    scope: Sequence[Configuration],
    cluster: Cluster,
    bounds: Bounds = NO_BOUNDS,
    watch: Watch = silent,
    saving: Saving | None = None,
) -> Search:
    """Visit every state, on a cluster. Goes on from what `saving` has kept.

    Raises `TeamError` if there is no Ray there, or too few processors.
    """
    started = time.perf_counter()
    with warming_up(ON_DISK):
        compiled = compile_world(world)
    code = sent(compiled)
    compile_seconds = time.perf_counter() - started
    with _connected(cluster) as workers, _folder(saving) as (path, kept):
        of = {**(saving.of if saving else {}), "workers": f"{workers}", "code": compiled.key, "engine": SOURCES}
        if kept is not None:
            same_search(kept, of)
        with _Actors(code, workers, path, bounds, remove=kept is None) as team:
            search = Distributed(world, compiled, team, bounds, watch, compile_seconds, kept, of)
            return search.run(world.initial(scope))


@contextmanager
def _connected(cluster: Cluster) -> Iterator[int]:
    """A Ray, which is left as it was found: how many workers it is to have.

    It tells of dead workers on standard output, which is for results.
    """
    with redirect_stdout(sys.stderr):
        if ray.is_initialized():
            yield _workers(cluster)
            return
        with _started(cluster):
            yield _workers(cluster)


def _workers(cluster: Cluster) -> int:
    """How many workers there are to be."""
    processors = int(ray.cluster_resources().get("CPU", 0))
    workers = cluster.workers or processors
    if not 0 < workers <= processors:
        raise TeamError(
            f"the Ray at {cluster.address} has {processors} processors, which is too few for {workers} workers"
        )
    return workers


@contextmanager
def _started(cluster: Cluster) -> Iterator[None]:
    own: dict[str, Any] = {}
    folder = ""
    if cluster.address == LOCAL:
        folder = tempfile.mkdtemp(prefix="hotswap-ray-")
        own = {
            "num_cpus": cluster.workers or None,
            "include_dashboard": False,
            "object_store_memory": max(100_000_000, 4 * (cluster.workers or os.cpu_count() or 1) * ROUND),
            "_temp_dir": folder,
        }
    try:
        _start(cluster.address, own)
        yield
    finally:
        shut_down()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def shut_down() -> None:
    """End Ray. It does not wait for the processes that it ends, of which Python would warn later on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        ray.shutdown()
        gc.collect()


def _start(address: str, own: Mapping[str, Any]) -> None:
    """Start Ray. It puts its own answers to SIGTERM, which print where they came upon it: ours is put back."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **own)
    except Exception as error:  # Ray has no kind of its own for a start that takes too long
        raise TeamError(f"there is no Ray at {address}: {str(error).splitlines()[0]}") from None
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


@contextmanager
def _folder(saving: Saving | None) -> Iterator[tuple[Path, Folder | None]]:
    """Where the partitions have their files: the folder of the checkpoint, or one that is gone at the end."""
    if saving is None:
        with tempfile.TemporaryDirectory(prefix="hotswap-") as folder:
            yield Path(folder), None
        return
    with Folder(saving.path.resolve(), (), FILES) as kept:
        yield saving.path.resolve(), kept


class _Worker(Partition):
    """A partition, and where it is."""

    def node(self) -> tuple[str, str]:
        """The machine that it is on, and which version of hotswap is there."""
        return ray.get_runtime_context().get_node_id(), VERSION


class _Actors:
    """The actors of a search."""

    def __init__(self, code: Sent, size: int, folder: Path, bounds: Bounds, remove: bool) -> None:
        self.code, self.size, self.folder, self.bounds, self.remove = ray.put(code), size, folder, bounds, remove
        self.actors: list[Any] = []
        self.taking: list[Any] = []
        """What is still under way."""

    def __enter__(self) -> _Actors:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Lost, TeamError, KeyboardInterrupt):
            self._ask("close", [(self.remove,)] * len(self.actors))
        for actor in self.actors:
            ray.kill(actor)

    def open(self, levels: Sequence[Sequence[Kept]]) -> None:
        self.actors = [self._actor(number) for number in range(self.size)]
        try:
            self._open(range(self.size), levels)
        except Lost as error:
            raise TeamError(f"the workers can't be started: {error}") from None

    def revive(self, levels: Sequence[Sequence[Kept]]) -> int:
        self.taking = []
        lost = [number for number, actor in enumerate(self.actors) if not _lives(actor)]
        for number in lost:
            self.actors[number] = self._actor(number)
        self._open(lost, levels)
        return len(lost)

    def begin(self, tasks: Sequence[Task]) -> None:
        self._ask("begin", [(task,) for task in tasks])

    def give(self, batches: Sequence[Array]) -> None:
        self._ask("take", [(batch,) for batch in batches])

    def round(self) -> list[Pace]:
        rounds = [actor.expand.options(num_returns=1 + self.size).remote() for actor in self.actors]
        paces: list[Pace] = _got([each[0] for each in rounds])
        _got(self.taking)
        self.taking = [
            actor.take.remote(*(each[1 + number] for other, each in enumerate(rounds) if other != number))
            for number, actor in enumerate(self.actors)
        ]
        return paces

    def settle(self) -> list[Report]:
        _got(self.taking)
        self.taking = []
        reports: list[Report] = self._ask("settle", [()] * self.size)
        return reports

    def predecessors(self, parts: Sequence[tuple[int, int]], wanted: Sequence[Words]) -> list[list[Words | None]]:
        found: list[list[Words | None]] = self._ask("predecessors", [(*part, wanted) for part in parts])
        return found

    def _ask(self, what: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Ask each the same."""
        asked = zip(self.actors, arguments, strict=True)
        return _got([getattr(actor, what).remote(*each) for actor, each in asked])

    def _actor(self, number: int) -> Any:
        kind = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(_Worker)
        return kind.remote(self.code, number, self.size, self.folder)

    def _open(self, numbers: Sequence[int], levels: Sequence[Sequence[Kept]]) -> None:
        """Have some open their files, when it is known how many there are on each machine."""
        nodes = _got([actor.node.remote() for actor in self.actors])
        for _, version in nodes:
            if version != VERSION:
                raise TeamError("a machine of the cluster has another version of hotswap, numba or numpy than this one")
        beside = Counter(node for node, _ in nodes)
        _got([self.actors[each].open.remote(levels[each], self.bounds, beside[nodes[each][0]]) for each in numbers])


def _lives(actor: Any) -> bool:
    try:
        ray.get(actor.node.remote())
    except RayError:
        return False
    return True


def _got(references: Sequence[Any]) -> list[Any]:
    """What was asked for. Raises what was raised there, and `Lost` if somebody, or what he has sent, is gone."""
    try:
        return list(ray.get(list(references)))
    except RayTaskError as error:
        if isinstance(error.cause, RayError):
            raise Lost(str(error.cause).strip().splitlines()[-1]) from None
        raise error.cause from None
    except RayError as error:
        raise Lost(str(error).strip().splitlines()[-1]) from None
