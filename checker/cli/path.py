"""`hotswap path`: find the shortest trace to a state."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import add_spec, add_world, named, world
from .codes import BOUND, INTERRUPTED, NOT_AS_EXPECTED, OK


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("path", help="the shortest trace to a state of your choice")
    parser.add_argument("predicate", metavar="PREDICATE", help="a condition on a state, in the spec's own language")
    add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    add_world(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show the calls inside each step")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..explore.path import path
    from ..load import load
    from ..view.console import console
    from ..view.progress import progress_line
    from ..view.text import print_path

    system = load(options.spec)
    with progress_line(quiet=options.quiet) as watch:
        result = path(system, options.predicate, profile=options.profile, watch=watch, **world(options, system))
    result = named(result, options)
    print_path(console(), result, options.predicate, verbose=options.verbose)
    if result.properties[0].trace is not None:
        return OK
    if result.stopped.startswith("interrupted"):
        return INTERRUPTED
    return NOT_AS_EXPECTED if result.exhaustive else BOUND
