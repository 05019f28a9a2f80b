"""Arguments that several commands take, and what they stand for."""

from __future__ import annotations

import argparse
import math
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...spec.language.system import Scope, System
    from ...spec.language.variants import Profile
    from ..explore.result import Finding, Result


MOST_THREADS = 256
MOST_WORKERS = 10_000
FORMATTER = argparse.RawDescriptionHelpFormatter


class Usage(Exception):
    """Arguments that don't go together."""


def add_spec(parser: argparse.ArgumentParser) -> None:
    """Which protocol."""
    parser.add_argument(
        "spec",
        nargs="?",
        default="chardev",
        metavar="SPEC",
        help="`chardev` (the default), package.module:System or path/to/file.py:System",
    )


def add_world(parser: argparse.ArgumentParser) -> None:
    """What is explored of it, and how."""
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    add_lock(parser)
    parser.add_argument("--engine", choices=("native", "python"), default="native", help="machine code or plain Python")
    parser.add_argument("--max-states", type=count, default=0, metavar="N", help="stop when there are more states")
    how = f"explore wide levels together (default: all cores, here {cores()})"
    parser.add_argument("--threads", type=threads, metavar="N", help=how)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")


def add_large(parser: argparse.ArgumentParser) -> None:
    """What a search that takes long needs."""
    how = "the most that the whole process may have in memory, as in 500M or 2G"
    parser.add_argument("--memory", type=size, default=0, metavar="SIZE", help=how)
    how = "go to files in this folder with what memory has no room for"
    parser.add_argument("--dir", default="", metavar="FOLDER", help=how)
    how = "keep the search in this folder, and go on from what is kept there"
    parser.add_argument("--checkpoint", default="", metavar="FOLDER", help=how)
    parser.add_argument("--every", type=duration, metavar="TIME", help="how often, as in 30s, 5m (the default) or 2h")


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Where it is explored."""
    how = "explore on the Ray at this address, as in 10.0.0.1:6379 or auto; local: on one of its own, on this machine"
    parser.add_argument("--ray", default="", metavar="ADDRESS", help=how)
    how = "of how many processes (default: one for each processor that Ray has)"
    parser.add_argument("--workers", type=workers, default=0, metavar="N", help=how)


def cluster(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of a search on a cluster."""
    if options.workers and not options.ray:
        raise Usage("--workers says how many there are on a --ray, and there is none")
    for name in ("dir", "prune", "symmetry", "partial-order", "threads"):
        if options.ray and getattr(options, name.replace("-", "_")):
            raise Usage(f"--{name} does not go with --ray")
    if options.ray and options.every is not None:
        raise Usage("--every does not go with --ray, which keeps a --checkpoint at each level's end")
    if options.ray and options.engine != "native":
        raise Usage("--ray needs --engine native")
    return {"ray": options.ray, "workers": options.workers}


def large(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of a search that takes long."""
    if options.every is not None and not options.checkpoint:
        raise Usage("--every says how often to keep a --checkpoint, and there is none")
    for name in ("memory", "dir", "checkpoint"):
        if getattr(options, name) and options.engine != "native":
            raise Usage(f"--{name} needs --engine native")
    for name in ("checkpoint", "prune", "threads"):
        if getattr(options, name) and options.dir:
            raise Usage(f"--{name} does not go with --dir")
    every = 300.0 if options.every is None else options.every
    kept = {"checkpoint": options.checkpoint, "every": every}
    return {"memory": options.memory, "directory": options.dir, **kept}


def add_lock(parser: argparse.ArgumentParser) -> None:
    """With which locks."""
    how = "with the modelled locks (the default), without, or held in these states of a command only"
    parser.add_argument("--lock", default="bql", metavar="bql|none|STATE,...", help=how)


def count(text: str) -> int:
    """A number, written in any of the usual ways."""
    digits = text.replace("_", "").replace(",", "")
    if not digits.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is no number; write one like 1000000 or 1_000_000")
    return int(digits)


def threads(text: str) -> int:
    """How many threads."""
    found = count(text)
    if 1 <= found <= MOST_THREADS:
        return found
    raise argparse.ArgumentTypeError(f"`{text}` threads: write a number from 1 to {MOST_THREADS}")


def workers(text: str) -> int:
    """How many processes of a cluster."""
    found = count(text)
    if 1 <= found <= MOST_WORKERS:
        return found
    raise argparse.ArgumentTypeError(f"`{text}` workers: write a number from 1 to {MOST_WORKERS:,}")


def cores() -> int:
    """How many processors this process may use."""
    return min(MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def seconds(text: str) -> float:
    """How long something may take."""
    with suppress(ValueError):
        if 0 < (found := float(text)) < math.inf:
            return found
    raise argparse.ArgumentTypeError(f"`{text}` is no time; write a number of seconds above 0")


UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def duration(text: str) -> float:
    """A time in seconds, minutes or hours."""
    number = text.rstrip("smh")
    with suppress(ValueError, KeyError):
        if 0 < (found := float(number) * UNITS[text[len(number) :]]) < math.inf:
            return found
    raise argparse.ArgumentTypeError(f"`{text}` is no time; write one like 30s, 5m or 2h")


def size(text: str) -> int:
    """A number of bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT])", text, re.IGNORECASE)
    if found is None or (size := int(float(found[1]) * 1000 ** ("KMGT".index(found[2].upper()) + 1))) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is no size; write one like 500M or 2G")
    return size


def world(options: argparse.Namespace, system: System) -> dict[str, Any]:
    """The arguments that every search takes."""
    if options.threads and options.engine != "native":
        raise Usage("--threads needs --engine native")
    return {
        "scope": scope(options, system),
        "lock": options.lock,
        "engine": options.engine,
        "max_states": options.max_states,
        "threads": options.threads or cores(),
    }


def configurations(options: argparse.Namespace, system: System) -> Scope:
    """The configurations of the scope that is asked for."""
    from ..scopes import read_scope

    return read_scope(system, options.scope)


def scope(options: argparse.Namespace, system: System) -> str | Scope | None:
    """The scope that is asked for: by its name, or as configurations."""
    from ..scopes import read_scope

    return options.scope if options.scope in {*system.scopes, None} else read_scope(system, options.scope)


def named(result: Result, options: argparse.Namespace) -> Result:
    """A scope that was written on the command line is called what was written."""
    from dataclasses import replace

    return replace(result, scope=options.scope) if options.scope else result


def named_finding(system: System, profile: Profile, scope: Scope, text: str) -> Finding:
    """The first finding of that name. Raises `SpecError`."""
    from ...spec.language.errors import SpecError
    from ..explore.check import check

    case, _, row = text.partition("@")
    known = system.property(case.partition("[")[0])
    result = check(system, profile=profile, scope=scope, properties=[known.name])
    findings = result.verdict(known.name).findings
    for each in findings:
        name, _, where = each.id.partition("@")
        if case in (name, known.name) and row in ("", where, where.partition(":")[0]):
            return each
    there = ", ".join(each.id for each in findings) or "none"
    raise SpecError(
        f"{profile.name} has no finding `{text}` in this scope", instead=f"of {known.name} there are: {there}"
    )
