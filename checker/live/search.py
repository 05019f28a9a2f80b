"""The shortest way to a state in which a predicate holds, from an initial state or from any other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...spec.language.plain import PlainWorld, Values
from ..compile.native import compile_world
from ..compile.program import build
from ..explore.memory import free_bytes
from ..explore.native import Exploration
from ..explore.path import NAME, asking, named
from ..explore.search import Bounds, Progress, Search, Watch
from ..explore.trace import replay
from ..explore.warming import warming_up
from ..view.progress import words
from .errand import Errand
from .model import Model
from .position import Live, read, written

EVERY = 0.1
"""Seconds between two words of progress."""

Say = Callable[[dict[str, Any]], None]


def check_predicate(model: Model, predicate: str) -> None:
    """Raises `SpecError` for what is no condition on a state of the model."""
    with model.in_use() as world, named(predicate):
        build(asking(model.system, predicate), world.pools)


def search(errand: Errand, say: Say) -> dict[str, Any]:
    """Where the way leads, or that there is none. Raises `SpecError`, `Nowhere`."""
    live = Live(errand.asked.model())
    here = read(errand.path)
    begin = live.at(here).state if errand.start == "here" else None
    with live.model.in_use(), named(errand.predicate):
        found, states = _search(live.model, errand.predicate, begin, say)
        about = f"{found.states:,} states in {found.seconds:.1f} s"
        if states:
            path = live.path(states, here if begin is not None else ())
            return {"path": written(path), "steps": len(states) - 1, "about": about}
    if found.stopped:
        return {"error": f"not found: stopped at {found.stopped} after {about}"}
    where = "from here" if begin is not None else "in this scope"
    return {"none": f"there is no such state {where}: every one of {about} was looked at"}


def _search(model: Model, predicate: str, begin: Values | None, say: Say) -> tuple[Search, tuple[Values, ...]]:
    """The search, and the states on the way to the first that is meant."""
    world = PlainWorld(asking(model.system, predicate), model.world.pools, held=model.world.held)
    watch = _watch(say)
    say({"progress": "compiling ..."})
    with warming_up():
        compiled = compile_world(world, optimise=False)
    bounds = Bounds(0, max(1, free_bytes() * 85 // 100), until=NAME, deadlocks=False)
    exploration = Exploration(world, compiled, bounds, watch)
    found = exploration.run(world.initial(model.scope) if begin is None else [begin])
    cause = next((cause for cause in found.causes if cause.property == NAME), None)
    if cause is None:
        return found, ()
    last = () if cause.row is None else (replay(world, cause)[-1].after,)
    return found, (*cause.path, *(state for state in last if state is not None))


def _watch(say: Say) -> Watch:
    last = 0.0

    def watch(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            say({"progress": words(progress)})

    return watch
