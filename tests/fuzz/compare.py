"""Load a generated spec and compare the two engines on it."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agreement import disagreement
from hotswap.checker.explore.check import check
from hotswap.checker.explore.result import Result
from hotswap.spec.language.system import System
from reduced import told

MODULE = "a_generated_spec"


@contextmanager
def loaded(text: str, folder: Path) -> Iterator[System]:
    """The system that `text` defines, from a file of its own: the compiler reads the source that Python ran."""
    file = folder / f"{MODULE}.py"
    file.write_text(text)
    linecache.cache.pop(str(file), None)
    described = importlib.util.spec_from_file_location(MODULE, file)
    assert described is not None and described.loader is not None
    module = importlib.util.module_from_spec(described)
    sys.modules[MODULE] = module
    try:
        exec(compile(text, str(file), "exec"), vars(module))  # no byte code is kept
        yield module.SYSTEM
    finally:
        del sys.modules[MODULE]


def edges_agree(system: System, run: int = 0, *, most: int = 150) -> tuple[str, int]:
    """The first difference in what leaves the first `most` states, and the number of those edges.

    `run` is one of: each profile, the first without locks, and the first with locks in every other state of a command.
    """
    runs = [(profile, "bql") for profile in system.profiles]
    holding = [state for c in system.commands if c.holds for state in c.states if state.in_flight]
    if holding:
        runs += [(system.profile(), "none"), (system.profile(), ",".join(map(str, holding[::2])))]
    profile, lock = runs[run % len(runs)]
    found, _, edges = disagreement(system, system.scope(), profile=profile, lock=lock, most=most)
    return f"{profile.name}, lock {lock}: {found}" if found else "", edges


def summary(result: Result) -> dict[str, object]:
    """What two searches of one spec have to agree on."""
    return {
        "counts": (result.states, result.transitions, result.depth, result.exhaustive),
        "coverage": dict(result.coverage),
        "pools": dict(result.pools),
        "verdicts": {known.name: known.verdict for known in result.properties},
        "findings": sorted((found.id, found.trace.length) for known in result.properties for found in known.findings),
    }


def searches_agree(system: System, run: int = 0, *, most: int = 2000) -> tuple[str, Counter[str]]:
    """The first difference between the engines' complete searches, and what they found; nothing if there is no end.

    `run` is one of: all of it, not behind violations, and without locks.
    """
    lock = "none" if run % 3 == 2 else "bql"
    prune = run % 3 == 1
    plain = check(system, engine="python", max_states=most, lock=lock, prune=prune)
    if "states" in plain.stopped:
        return "", Counter(["unfinished"])
    wanted, found = summary(plain), summary(check(system, engine="native", lock=lock, prune=prune))
    judged = [known for known in plain.properties if known.kind != "sometimes"]
    seen = Counter(known.name for known in judged if known.verdict == "violated")
    if any(usage.cuts for usage in plain.pools.values()):
        seen["cut"] = 1
    for name, value in wanted.items():
        if value != found[name]:
            return f"{name}: the oracle has {value}, the native engine {found[name]}", seen
    return "", seen


def reduction_agrees(system: System, run: int = 0, *, most: int = 2000) -> tuple[str, str]:
    """The first difference that partial-order reduction makes, and whether it left anything out.

    `run` is one of: all properties and each of them alone, with locks and without.
    """
    names = [known.name for known in system.all_properties if not known.liveness]
    run, without = divmod(run, 2)
    asked = ["", *names][run % (1 + len(names))]
    properties, lock = [asked] if asked else names, "none" if without else "bql"
    plain = check(system, engine="python", max_states=most, properties=properties, lock=lock)
    if "states" in plain.stopped:
        return "", "unfinished"
    part = check(system, properties=properties, lock=lock, partial_order=True)
    assert part.put_off is not None
    for wanted, found in zip(told(plain), told(part), strict=True):
        if wanted != found:
            return f"{asked or 'all'}, lock {lock}: the whole says {wanted}, the part {found}", ""
    return "", "something put off" if part.put_off.steps else "nothing put off"
