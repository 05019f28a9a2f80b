"""`hotswap tour`: few conversations that take every row, every edge, or every pair of rows."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, add_spec, configurations
from .codes import INTERRUPTED, OK
from .conform import TARGETS

if TYPE_CHECKING:
    from ...spec.language.system import System
    from ...spec.language.variants import Profile
    from ..conform.target import Target
    from ..tours.cover import Cover

EPILOG = """\
A tour is written down before it is had, so each stimulus counts for what it certainly brings, and is the last of its
conversation if it can leave an implementation in several states. What is taken in one configuration need not be taken
in another. The lower bound is a minimum-cost flow: no tour has fewer stimuli. To have a tour with an implementation:

  hotswap tour --target qemu --json tour.json
  hotswap conform --target qemu --traces tour.json

exit codes:
  0    the tour takes all that can be taken
  2    the command line or the spec is wrong
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "few conversations that take every row, edge or pair of rows"
    parser = commands.add_parser("tour", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    add_spec(parser)
    covers = "rows (the default), edges between groups of states, or pairs of stimuli's rows"
    parser.add_argument("--cover", choices=("rows", "edges", "pairs"), default="rows", help=covers)
    grouped = "of edges: by which fields states are grouped (default: the control states of all machines)"
    parser.add_argument("--quotient", metavar="MACHINE.FIELD,...", help=grouped)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's or target's)")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="in which configurations (default: the spec's first)")
    parser.add_argument("--target", choices=TARGETS, help="only along what this can be driven")
    parser.add_argument("--qemu", default="qemu-system-x86_64", metavar="BINARY", help="(default: qemu-system-x86_64)")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..load import load
    from ..tours.tour import tour
    from ..view.console import console
    from ..view.output import Output
    from ..view.progress import progress
    from ..view.tour import print_tour, text

    system = load(options.spec)
    cover = _cover(options, system)
    profile, target = _driven(options, system)
    scope = configurations(options, system)
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress(quiet=options.quiet) as line:
            found = tour(
                system,
                profile,
                scope,
                cover,
                target=target,
                watch=lambda far: line(
                    lambda: f"{far.explored} of {far.configurations} configurations  {far.states:,} states"
                ),
            )
        if options.json != "-":
            print_tour(console(), found)
        if file:
            file.write(text(found))
    return INTERRUPTED if found.stopped else OK


def _cover(options: argparse.Namespace, system: System) -> Cover:
    from ..tours.cover import Edges, cover, read

    if options.quotient is None:
        return cover(system, options.cover)
    if options.cover != "edges":
        raise Usage(f"--quotient {options.quotient}: only --cover edges groups states")
    return Edges(read(system, options.quotient))


def _driven(options: argparse.Namespace, system: System) -> tuple[Profile, Target | None]:
    """The version, and what is to be driven if anything is."""
    if options.target is None:
        return system.profile(options.profile), None
    from ..conform.held import LIMIT
    from ..targets.named import target

    profile, start = target(system, options.target, options.profile, options.qemu, LIMIT)
    return profile, start()
