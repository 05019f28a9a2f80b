"""`hotswap check`: explore every state and judge the properties."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from .arguments import (
    FORMATTER,
    Usage,
    add_cluster,
    add_large,
    add_spec,
    add_world,
    cluster,
    configurations,
    count,
    large,
    named,
    world,
)
from .codes import BOUND, EXIT_CODES, INTERRUPTED, NOT_AS_EXPECTED, OK, VACUOUS

if TYPE_CHECKING:
    from ...spec.language.system import System
    from ..explore.result import Result
    from ..view.output import Output


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser(
        "check",
        help="explore every state and judge the properties",
        epilog=EXIT_CODES,
        formatter_class=FORMATTER,
    )
    add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--property", action="append", default=[], metavar="NAME", help="judge only this; repeatable")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    add_world(parser)
    parser.add_argument("--simulate", type=count, metavar="N", help="N random walks instead of every state")
    parser.add_argument("--depth", type=count, default=100, metavar="D", help="steps of each walk (default: 100)")
    parser.add_argument("--seed", type=count, default=0, metavar="S", help="of the walks (default: 0)")
    add_large(parser)
    add_cluster(parser)
    parser.add_argument("--prune", action="store_true", help="do not look behind a violation of what is judged")
    how = "visit one state of all that differ in the numbers of slots only: same verdicts, fewer states"
    parser.add_argument("--symmetry", action="store_true", help=how)
    how = "put off steps whose order with others does not matter: same verdicts, fewer states, longer traces"
    parser.add_argument("--partial-order", action="store_true", help=how)
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("--itf", metavar="FILE", help="write the first trace in the Informal Trace Format")
    parser.add_argument("--html", metavar="FILE", help="write a page for a browser: each trace, step by step")
    parser.add_argument("--format", choices=("text", "github"), default="text", help="github: error annotations")
    how = "exit 14 if a part of the spec is vacuous and not explained, and nothing worse"
    parser.add_argument("--vacuity", choices=("report", "error"), default="report", help=f"error: {how}")
    parser.add_argument("--expect", metavar="P,...|none", help="exit 0 if exactly these properties are violated")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the calls inside each step")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..load import load
    from ..view.output import Output
    from ..view.progress import progress_line

    files = {name: file for name in ("json", "itf", "html") if (file := getattr(options, name))}
    same = [f"--{name} {file}" for name, file in files.items() if [*files.values()].count(file) > 1]
    if same:
        raise Usage(f"{' '.join(same)}: one file can't be both")
    if options.symmetry and options.vacuity == "error":
        raise Usage("--symmetry sees of a generator one order only: --vacuity error needs all")
    if options.partial_order and options.vacuity == "error":
        raise Usage("--partial-order does not see every state in which a guard fails: --vacuity error needs all")
    system = load(options.spec)
    expected = None if options.expect is None else _expected(system, options.expect)
    arguments = {
        **world(options, system),
        "profile": options.profile,
        "properties": options.property,
        "defect": options.defect,
    }
    with ExitStack() as stack:
        outputs = {name: stack.enter_context(Output(file)) for name, file in files.items()}
        with progress_line(quiet=options.quiet) as watch:
            result = named(_search(options, system, {**arguments, "watch": watch}), options)
        try:
            if "-" not in files.values():
                _print(result, options)
        finally:  # whoever reads standard output may have gone
            for name, output in outputs.items():
                WRITERS[name](result, output, options, system)
    code = _verdict(result) if expected is None else _compared(result, expected)
    vacuous = options.vacuity == "error" and any(not found.explanation for found in result.vacuity)
    return VACUOUS if vacuous and code == OK else code


def _search(options: argparse.Namespace, system: System, arguments: dict[str, Any]) -> Result:
    from ..explore.check import check, simulate

    if options.simulate is None:
        where = cluster(options)
        with _ray():
            return check(system, prune=options.prune, **_reductions(options), **where, **large(options), **arguments)
    if options.engine != "native" or options.max_states or options.prune or options.symmetry or options.partial_order:
        raise Usage("--simulate has no use for --engine python, --max-states, --prune, --symmetry or --partial-order")
    for name in ("memory", "dir", "checkpoint", "threads", "ray"):
        if getattr(options, name):
            raise Usage(f"--simulate has no use for --{name}")
    walk = {name: value for name, value in arguments.items() if name not in ("engine", "max_states", "threads")}
    return simulate(system, walks=options.simulate, depth=options.depth, seed=options.seed, **walk)


def _reductions(options: argparse.Namespace) -> dict[str, Any]:
    """The reductions that are asked for, one at most."""
    for name in ("symmetry", "partial_order"):
        option = f"--{name.replace('_', '-')}"
        if getattr(options, name) and options.engine == "python":
            raise Usage(f"--engine python is what all else is compared with: it has no {option}")
        if getattr(options, name) and options.dir:
            raise Usage(f"a search on disk has no {option}")
    for name in ("symmetry", "prune"):
        if options.partial_order and getattr(options, name):
            raise Usage(f"--partial-order does not go with --{name}")
    return {"symmetry": options.symmetry, "partial_order": options.partial_order}


@contextmanager
def _ray() -> Iterator[None]:
    """Ray is installed where it is wanted only."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise Usage("there is no ray; pip install 'hotswap[ray]'") from None


def _print(result: Result, options: argparse.Namespace) -> None:
    if options.format == "github":
        from ..view.github import commands

        for line in commands(result):
            print(line)
        return
    from ..view.console import console
    from ..view.text import print_result

    print_result(console(), result, verbose=options.verbose)


def _write_json(result: Result, file: Output, options: argparse.Namespace, system: System) -> None:
    from ..view import report

    file.write(report.text(result))


def _write_html(result: Result, file: Output, options: argparse.Namespace, system: System) -> None:
    from ..draw.renderer import MISSING, renderer
    from ..page.report import html

    profile = system.profile(result.profile)
    defect = system.defect(options.defect) if options.defect else None
    program = renderer()
    file.write(html(result, system, profile, configurations(options, system), defect, program))
    if program is None:
        print(f"hotswap: {file.name} has no pictures of the machines: {MISSING}", file=sys.stderr)


def _write_itf(result: Result, file: Output, options: argparse.Namespace, system: System) -> None:
    from ..view import itf

    traces = [known.trace for known in result.properties if known.verdict == "violated" and known.trace]
    if traces:
        file.write(itf.text(result, traces[0]))
    else:
        print(f"hotswap: {file.name} is not written: nothing is violated, so there is no trace", file=sys.stderr)


WRITERS = {"json": _write_json, "itf": _write_itf, "html": _write_html}


def _verdict(result: Result) -> int:
    return INTERRUPTED if result.stopped.startswith("interrupted") else result.exit_code


def _expected(system: System, text: str) -> set[str]:
    names = {name.strip() for name in text.split(",") if name.strip()} - {"none"}
    return {system.property(name).name for name in names}


def _compared(result: Result, expected: set[str]) -> int:
    """Exit 0 if the search is complete and exactly the expected properties are violated."""
    violated = {known.name for known in result.properties if known.verdict == "violated"}
    for name in sorted(expected - violated):
        print(f"hotswap: expected to be violated, but is not: {name}", file=sys.stderr)
    for name in sorted(violated - expected):
        print(f"hotswap: violated, but not expected to be: {name}", file=sys.stderr)
    if violated != expected:
        return NOT_AS_EXPECTED
    if result.decided:
        return OK
    return INTERRUPTED if result.stopped.startswith("interrupted") else BOUND
