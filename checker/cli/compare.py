"""`hotswap compare`: explore every profile, and show them side by side."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import add_spec, add_world, named, world
from .codes import INTERRUPTED, OK

if TYPE_CHECKING:
    from ..explore.result import Result


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("compare", help="every profile side by side")
    add_spec(parser)
    every = "compare only these; repeatable (default: all but studies)"
    parser.add_argument("--profile", action="append", default=[], metavar="P", help=every)
    add_world(parser)
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON; `-` is standard output")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..explore.check import check
    from ..load import load
    from ..view.comparison import print_comparison, text
    from ..view.console import console
    from ..view.output import Output
    from ..view.progress import progress_line

    system = load(options.spec)
    arguments = world(options, system)
    results: list[Result] = []
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress_line(quiet=options.quiet) as watch:
            for profile in map(system.profile, options.profile) if options.profile else system.versions:
                found = check(system, profile=profile, watch=watch, **arguments)
                results.append(named(found, options))
                if found.stopped.startswith("interrupted"):
                    break
        if options.json != "-":
            print_comparison(console(), results)
        if file:
            file.write(text(results))
    return INTERRUPTED if results[-1].stopped.startswith("interrupted") else OK
