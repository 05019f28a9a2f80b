"""Searches that are killed again and again, and go on from their checkpoint, until they have come to their end.

`python tests/killed.py MODEL KILLS SEED` prints what happened. It compiles once and forks, so that hundreds of searches
can be killed in the time that one command takes to start; that it is a process of its own spares pytest's the forks.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hotswap.checker import Result
from hotswap.checker.compile.native import compile_world
from hotswap.checker.explore import saved
from hotswap.checker.explore.check import judged
from hotswap.checker.explore.checkpoint import Saving, checkpoint
from hotswap.checker.explore.native import Exploration
from hotswap.checker.explore.search import NO_BOUNDS, silent
from hotswap.checker.explore.warming import warming_up
from hotswap.checker.scopes import read_scope
from hotswap.spec.language import System
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.variants import variant

MODELS = {
    "philosophers": ("models.philosophers", "PHILOSOPHERS", "alike", "Fork=9,Philosopher=9"),
    "two-phase-commit": ("models.two_phase_commit", "TWO_PHASE_COMMIT", "", "medium"),
    "filter-lock": ("models.filter_lock", "FILTER_LOCK", "", "medium"),
    "chardev": ("hotswap.spec", "CHARDEV", "qemu-2.10", "small"),
}
"""Where each system is, its profile and its scope; by default the first ones."""


@dataclass(frozen=True)
class Killing:
    """What came of one search: how often it was killed, and how often there was a checkpoint to go on from."""

    model: str
    kills: int
    resumed: int
    checkpoints: int
    same: bool


class Searches:
    """One compiled system, to be explored in processes that may be killed."""

    def __init__(self, model: str) -> None:
        module, name, profile, scope = MODELS[model]
        system: System = getattr(importlib.import_module(module), name)
        self.profile = system.profile(profile or None)
        self.scope = scope or next(iter(system.scopes))
        configurations = read_scope(system, self.scope)
        with variant(self.profile):
            self.world = PlainWorld(system, system.pools(configurations))
            self.initial = list(self.world.initial(configurations))
            self.compiled = compile_world(self.world, optimise=False)
        with warming_up():
            pass

    def result(self, folder: Path) -> Result:
        """What a search finds; nothing in it that differs from one run to the next."""
        with checkpoint(Saving(folder, 0.0, {"spec": "killed"}), self.compiled, False) as kept, variant(self.profile):
            exploration = Exploration(self.world, self.compiled, NO_BOUNDS, silent, kept=kept)
            search = exploration.run(self.initial)
            found = judged(self.world, search, self.profile, scope=self.scope, lock="bql")
        return replace(found, seconds=0.0, compile_seconds=0.0, peak_bytes=0, rss_bytes=0, notes=())


def forked(search: Callable[[], Result], answer: Path) -> int:
    """Start a process that puts what it finds into a file; its number."""
    child = os.fork()
    if child:
        return child
    try:
        answer.write_bytes(pickle.dumps(search()))
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(1)


def finished(child: int) -> bool:
    """Wait for a process; whether it came to its end. Raises if that was an error."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def killed_at(moment: float, search: Callable[[], Result], answer: Path) -> bool:
    """Kill a search after so many seconds; whether it had come to its end before."""
    child = forked(search, answer)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return finished(child)


def killed_in_writing(count: int, search: Callable[[], Result], answer: Path) -> bool:
    """Kill a search at its `count`-th write, flush or renaming, before or half-way through; whether it had fewer."""

    def dies(otherwise: Callable[..., Any], half: bool) -> Callable[..., Any]:
        def called(*arguments: Any) -> Any:
            nonlocal count
            count -= 1
            if count == 0:
                if half:
                    otherwise(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return otherwise(*arguments)

        return called

    def fragile() -> Result:
        saved.written = dies(saved.written, True)
        os.fsync = dies(os.fsync, False)
        Path.replace = dies(Path.replace, False)  # type: ignore[method-assign]
        return search()

    return finished(forked(fragile, answer))


def kill(model: str, kills: int, seed: int) -> Killing:
    """Kill searches of a model so many times, half of them while they write; is what they find the same?"""
    chance = random.Random(seed)
    searches = Searches(model)
    done = resumed = checkpoints = 0
    same = True
    with tempfile.TemporaryDirectory() as place:
        folder, answer = Path(place, "checkpoint"), Path(place, "answer")

        def search() -> Result:
            return searches.result(folder)

        began = time.perf_counter()
        assert finished(forked(search, answer))
        took = time.perf_counter() - began
        undisturbed = answer.read_bytes()
        shutil.rmtree(folder)
        while done < kills:
            resumed += (folder / "manifest.json").exists()
            if done % 2:
                ended = killed_in_writing(chance.randint(1, 40), search, answer)
            else:
                ended = killed_at(chance.uniform(0.0, took / 2), search, answer)
            done += not ended
            if ended or done == kills:
                if not ended:
                    assert finished(forked(search, answer))
                same = same and pickle.loads(answer.read_bytes()) == pickle.loads(undisturbed)
                checkpoints += 1
                shutil.rmtree(folder)
    return Killing(model, done, resumed, checkpoints, same)


if __name__ == "__main__":
    print(json.dumps(vars(kill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
