"""`check`: explore a system and judge its properties."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ...spec.language.plain import PlainWorld
from ...spec.language.properties import ATOMICITY, Property
from ...spec.language.system import Scope, System
from ...spec.language.variants import Defect, Profile, variant
from ..compile.program import build
from ..compile.symmetry import Symmetry
from .locking import held_states
from .memory import free_bytes, most_resident
from .result import Asymmetry, Finding, Orbits, Result, Usage, Verdict, Word
from .search import Bounds, Search, Watch, silent
from .trace import findings

Engine = Literal["native", "python"]

one_at_a_time = threading.RLock()
"""A variant is what the spec's classes are while it is looked at, so one is looked at at a time."""


def check(
    system: System,
    *,
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    properties: Sequence[str] = (),
    defect: str | Defect | None = None,
    lock: str = "bql",
    engine: Engine = "native",
    max_states: int = 0,
    max_bytes: int | None = None,
    memory: int = 0,
    prune: bool = False,
    until: str = "",
    symmetry: bool = False,
    partial_order: bool = False,
    directory: str | Path = "",
    checkpoint: str | Path = "",
    every: float = 300.0,
    threads: int = 1,
    ray: str = "",
    workers: int = 0,
    watch: Watch = silent,
) -> Result:
    """Explore every interleaving of `system` and judge its properties (all of them, or the named ones).

    `profile` is by default the first, or the one that `defect` edits; `scope` is a name or a list of configurations, by
    default the first. `lock="none"` takes the modelled locks away, `lock="Change.told,Change.detached"` leaves them to
    commands in these states only. `max_states` bounds the search, and so does `max_bytes` (by default 85 % of what the
    machine has free); `memory` is the most that the whole process may take, in bytes. `prune` does not look behind a
    violation. `until` names a `sometimes` property whose first witness is enough. `symmetry` visits one state of all
    those that differ only in the numbers of slots of pools that are derived to be symmetric: the verdicts and the
    lengths of traces are the same, the counts are smaller. `partial_order` puts steps off whose order with others does
    not matter: the verdicts are the same, but traces need not be the shortest ones. `threads` explore wide levels
    together: then it may differ from one run to the next which of several shortest traces is found. `watch` is told of
    progress.

    With a `directory` the search goes to files there with what memory has no room for. With a `checkpoint` it is kept
    in that folder every so many seconds, and goes on from what is kept there. See `docs/large.md`. The former can't be
    combined with the latter, nor with `prune`, `symmetry` or `partial_order`, and all but `prune` need the native
    engine. Nor does `partial_order` go with `prune`, `symmetry` or `until`.

    With the address of a `ray` so many `workers` explore together on that cluster, by default one for each of its
    processors; `local` is one of its own on this machine, and in a process that has a Ray that one is taken. `memory`
    and `max_bytes` are then of each worker, and a checkpoint is kept after each level. See `docs/scale.md`.

    Raises `SpecError` for a spec that is not in the language, or a name that it does not have, `CheckpointError` or
    `FolderError` for a folder that can't be written, or that holds anything else than a checkpoint of this search,
    `TeamError` for a cluster that is not there, or whose workers die again and again, and `ImportError` without Ray.
    """
    if ray and (prune or symmetry or partial_order or directory):
        raise ValueError("a search on a cluster knows no `prune`, no reduction and no `directory`")
    if directory and (prune or checkpoint or symmetry or partial_order):
        raise ValueError("a search on disk knows no `prune`, no `checkpoint` and no reduction")
    if engine == "python" and (directory or checkpoint or memory or symmetry or partial_order or ray):
        raise ValueError("the engine `python` knows no `directory`, `checkpoint`, `memory`, `ray` or reduction")
    if partial_order and (prune or symmetry or until):
        raise ValueError("`partial_order` does not go with `prune`, `symmetry` or `until`")
    deadlocks = not properties or "no-deadlock" in properties
    most = max(1, free_bytes() * 85 // 100) if max_bytes is None else max_bytes
    asked = frozenset(filter(None, (*properties, until))) if properties else None
    bounds = Bounds(max_states, most, prune, until, deadlocks, memory, threads, asked)

    def explore(world: PlainWorld, configurations: Scope, of: Mapping[str, str]) -> Search:
        if engine == "python":
            from . import oracle

            build(system, world.pools)  # what is not in the language is refused, though plain Python could run it
            return oracle.explore(world, configurations, bounds, watch)
        if directory:
            from . import external

            return external.explore(world, configurations, Path(directory), bounds, watch)
        from .checkpoint import Saving

        if ray:
            from .actors import Cluster
            from .actors import explore as explore_together

            kept = Saving(Path(checkpoint), every, of) if checkpoint else None
            each = replace(bounds, max_bytes=max_bytes or 0)
            return explore_together(world, configurations, Cluster(ray, workers), each, watch, kept)
        from . import native

        partial = tuple(map(system.property, properties)) or system.all_properties if partial_order else None
        how = {
            "properties": ", ".join(sorted(asked or {"all"})),
            "symmetry": "on" if symmetry else "off",
            "partial-order": "on" if partial_order else "off",
        }
        saving = Saving(Path(checkpoint), every, {**of, **how}) if checkpoint else None
        return native.explore(world, configurations, bounds, watch, saving, symmetry=symmetry, partial=partial)

    return _judged(system, profile, scope, properties, defect, lock, engine, explore)


def simulate(
    system: System,
    *,
    walks: int,
    depth: int = 100,
    seed: int = 0,
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    properties: Sequence[str] = (),
    defect: str | Defect | None = None,
    lock: str = "bql",
    watch: Watch = silent,
) -> Result:
    """Take `walks` random walks of at most `depth` steps each, for a model too large to finish.

    The same seed takes the same walks. Nothing is proved by it: what no walk broke is `unknown`, and traces are not
    the shortest ones. The other arguments are those of `check`.
    """

    def explore(world: PlainWorld, configurations: Scope, of: Mapping[str, str]) -> Search:
        from . import walk

        return walk.simulate(world, configurations, walks=walks, depth=depth, seed=seed, watch=watch)

    return _judged(system, profile, scope, properties, defect, lock, "native", explore)


def _judged(
    system: System,
    profile: str | Profile | None,
    scope: str | Scope | None,
    properties: Sequence[str],
    defect: str | Defect | None,
    lock: str,
    engine: Engine,
    explore: Callable[[PlainWorld, Scope, Mapping[str, str]], Search],
) -> Result:
    """Explore one variant of a system and put what was found into words. `explore` is told what it is a search of."""
    edit = system.defect(defect) if isinstance(defect, str) else defect
    version = profile if isinstance(profile, Profile) else system.profile(profile or (edit.profile if edit else None))
    asked = [system.property(name) for name in properties]
    where, configurations = name_of_scope(system, scope)
    pools = system.pools(configurations)
    with one_at_a_time, variant(version, edit):
        world = PlainWorld(system, pools, held=held_states(system, lock))
        of = {"spec": system.name, "profile": version.name, "defect": edit.name if edit else ""}
        search = explore(world, configurations, {**of, "scope": where, "lock": lock})
        return judged(world, search, version, asked, defect=edit, scope=where, lock=lock, engine=engine)


def judged(
    world: PlainWorld,
    search: Search,
    version: Profile,
    properties: Sequence[Property] = (),
    *,
    defect: Defect | None = None,
    scope: str,
    lock: str,
    engine: Engine = "native",
) -> Result:
    """What a search says of some properties, or of all. To be called while that variant of the spec is looked at."""
    system = world.system
    asked = properties or system.all_properties
    names = {name for known in asked for name in system.cases[known]}
    found = findings(world, (cause for cause in search.causes if cause.property in names))
    return Result(
        spec=system.name,
        profile=version.name,
        defect=defect.name if defect else None,
        scope=scope,
        lock=lock,
        engine=engine,
        exhaustive=not search.stopped and not search.pruned,
        stopped=search.stopped or ("a violation: --prune does not look behind it" if search.pruned else ""),
        states=search.states,
        transitions=search.transitions,
        depth=search.depth,
        seconds=search.seconds,
        compile_seconds=search.compile_seconds,
        peak_bytes=search.peak_bytes,
        rss_bytes=most_resident(),
        properties=tuple(_judge(known, search, found, lock) for known in asked),
        pools={
            machine.__name__: Usage(
                search.high.get(machine.__name__, 0), world.pools[machine], search.cuts.get(machine.__name__, 0)
            )
            for machine in system.machines
            if machine.dynamic
        },
        notes=search.notes,
        disk=search.disk,
        put_off=search.put_off,
        coverage={row.qualname: search.fired.get(row, 0) for row in system.steps},
        vacuity=tuple(
            replace(found, explanation=version.explained.get(found.id, ""))
            for found in (() if search.stopped or search.pruned else search.vacuity)
        ),
        symmetry=_orbits(search.symmetry, world),
    )


def _orbits(symmetry: Symmetry | None, world: PlainWorld) -> Orbits | None:
    """What a report says of the symmetry that a search made use of."""
    if symmetry is None:
        return None
    return Orbits(
        {machine.__name__: world.pools[machine] for machine in symmetry.machines},
        symmetry.order,
        symmetry.exact,
        tuple(
            Asymmetry(machine.__name__, obstacle.text, obstacle.file, obstacle.line)
            for machine, obstacle in symmetry.obstacles.items()
        ),
    )


def _judge(known: Property, search: Search, findings: Sequence[Finding], lock: str) -> Verdict:
    mine = sorted((f for f in findings if f.property == known.name), key=lambda f: f.trace.length)
    word: Word
    reason = ""
    if known is ATOMICITY and lock == "none":
        return Verdict(known.name, known.kind, "undefined", known.documentation, (), "not defined without the lock")
    if known.name in search.unjudged:
        return Verdict(known.name, known.kind, "unknown", known.documentation, (), search.unjudged[known.name])
    finished = not search.stopped and not search.pruned
    if known.kind == "sometimes":
        word = "proved" if mine else "violated" if finished else "unknown"
    else:
        word = "violated" if mine else "proved" if finished else "unknown"
    if word == "unknown":
        reason = f"stopped at {search.stopped}" if search.stopped else "not explored behind a violation"
    return Verdict(known.name, known.kind, word, known.documentation, tuple(mine), reason)


def name_of_scope(system: System, scope: str | Scope | None) -> tuple[str, Scope]:
    """A scope's name and its configurations."""
    if scope is None or isinstance(scope, str):
        name = scope or next(iter(system.scopes))
        return name, system.scope(name)
    return "custom", scope
