"""`hotswap diff`: what tells two versions of a protocol apart from outside."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import Any

from .arguments import FORMATTER, add_spec, configurations
from .codes import INTERRUPTED, NOT_AS_EXPECTED, OK

EPILOG = """\
It shows the shortest conversation after which what one version shows is nothing that the other can show: commands, what
the guest does and what the peers do, and what can be seen at the end.

exit codes:
  0    nothing in this scope tells them apart
  1    something does
  2    the command line or the spec is wrong
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "the shortest conversation that tells two versions apart"
    parser = commands.add_parser("diff", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    parser.add_argument("one", metavar="PROFILE", help="a version of the protocol")
    parser.add_argument("other", metavar="PROFILE", help="another")
    add_spec(parser)
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    parser.add_argument("--all", action="store_true", help="of each kind of difference the shortest")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..conform.diff import Distinction, distinctions
    from ..load import load
    from ..view.console import console
    from ..view.difference import print_distinctions, text
    from ..view.output import Output
    from ..view.progress import progress

    system = load(options.spec)
    one, other = system.profile(options.one), system.profile(options.other)
    found: dict[object, Distinction] = {}
    stopped = ""
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress(quiet=options.quiet) as line:
            scope = configurations(options, system)
            try:
                for each in distinctions(
                    system, one, other, scope, lambda tried: line(lambda: f"{tried:,} stimuli compared")
                ):
                    found.setdefault(each.kind, each)
                    if not options.all:
                        break
            except KeyboardInterrupt:
                stopped = "interrupted"
        if options.json != "-":
            print_distinctions(console(), one.name, other.name, list(found.values()), stopped)
        if file:
            file.write(text(one.name, other.name, list(found.values()), stopped))
    if stopped:
        return INTERRUPTED
    return NOT_AS_EXPECTED if found else OK
