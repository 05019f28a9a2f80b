"""`hotswap mutate`: put a mistake at every place, and see which properties notice."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from typing import Any

from .arguments import FORMATTER, Usage, add_spec, count, scope
from .codes import INTERRUPTED, NOT_AS_EXPECTED, OK, VACUOUS

EPILOG = """\
A mutant leaves out a part of a guard or an assignment, or does two neighbouring steps in the other order. Those whose
place never runs, and those by which the outside sees nothing new, no property can notice; of the rest, a good set of
properties notices nearly all.

exit codes:
  0    every mistake was tried, and as many are noticed as --floor asks for
  1    fewer are
  14   with --vacuity error: no mistake breaks some property, and the profile does not explain it
  2    the command line or the spec is wrong, or the profile breaks a property by itself
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser(
        "mutate",
        help="put a mistake at every place, and see which properties notice",
        epilog=EPILOG,
        formatter_class=FORMATTER,
    )
    add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="what to mutate (default: the one that the defects edit)")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    parser.add_argument("--sample", type=count, default=0, metavar="N", help="try N mistakes only (default: all)")
    parser.add_argument("--seed", type=count, default=0, metavar="S", help="of the sample (default: 0)")
    parser.add_argument("--jobs", type=count, default=os.cpu_count() or 1, metavar="J", help="processes (default: all)")
    how = "exit 1 if a smaller share of the mutants that matter is killed"
    parser.add_argument("--floor", type=count, default=0, metavar="PERCENT", help=how)
    how = "exit 14 if there is a property that nothing breaks, and nothing worse"
    parser.add_argument("--vacuity", choices=("report", "error"), default="report", help=f"error: {how}")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.add_argument("-v", "--verbose", action="store_true", help="name every mistake, and what breaks by it")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..load import load
    from ..mutate.campaign import mutate
    from ..view.console import console
    from ..view.mutation import print_campaign, text
    from ..view.output import Output
    from ..view.progress import progress_line

    if options.floor > 100:
        raise Usage(f"--floor {options.floor}: a share is at most 100 percent")
    system = load(options.spec)
    arguments = {name: getattr(options, name) for name in ("profile", "sample", "seed", "jobs")}
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress_line(quiet=options.quiet) as watch:
            campaign = mutate(system, scope=scope(options, system), watch=watch, **arguments)
        if options.json != "-":
            print_campaign(console(), campaign, verbose=options.verbose)
        if file:
            file.write(text(campaign))
    if campaign.stopped:
        return INTERRUPTED
    if campaign.share * 100 < options.floor:
        return NOT_AS_EXPECTED
    open_ = any(not found.explanation for found in campaign.vacuity)
    return VACUOUS if options.vacuity == "error" and open_ else OK
