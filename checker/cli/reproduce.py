"""`hotswap reproduce`: a finding of the checker, on an implementation."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import Any

from .arguments import FORMATTER, Usage, configurations, named_finding
from .codes import NOT_AS_EXPECTED, NOT_DRIVABLE, OK
from .conform import add_target

EPILOG = """\
The shortest trace of the finding becomes what somebody outside does: commands, the guest, the peers. That is done, and
the target has to show all along what the version with the defect does, and in the end what the version with the repair
would not.

exit codes:
  0    the defect appeared
  1    it did not
  2    the command line is wrong, or there is no such finding, or no such target
  3    this target can't be driven there
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "do what a finding takes, on a real QEMU for one, and see whether the defect appears"
    parser = commands.add_parser("reproduce", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    parser.add_argument("profile", metavar="PROFILE", help="the version with the defect")
    parser.add_argument("finding", metavar="PROPERTY[@ROW]", help="as `check` names it; without ROW the first")
    add_target(parser, "qemu")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="where it is looked for (default: the spec's first)")
    what = "write a Python file that needs nothing but Python and shows the defect in a QEMU"
    parser.add_argument("--script", metavar="FILE", help=what)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..conform.finding import NotDrivable, route
    from ..conform.reproduce import reproduce
    from ..load import load
    from ..targets.named import target
    from ..view.console import console
    from ..view.output import Output
    from ..view.reproduction import print_not_drivable, print_reproduction

    if options.script and options.target != "qemu":
        raise Usage("--script needs --target qemu: it is for a QEMU")
    system = load()
    profile = system.profile(options.profile)
    _, start = target(system, options.target, profile.name, options.qemu, options.limit)
    scope = configurations(options, system)
    finding = named_finding(system, profile, scope, options.finding)
    asked = start()
    try:
        way = route(system, profile, scope, finding, asked.drives)
    except NotDrivable as error:
        print_not_drivable(console(), finding, profile.name, asked.name, str(error))
        return NOT_DRIVABLE
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.script)) if options.script else None
        found = reproduce(way, start, options.limit)
        print_reproduction(console(), way, found, asked.name)
        if not found.appeared:
            return NOT_AS_EXPECTED
        if file:
            from ..targets.script import script

            file.write(script(way, found))
    return OK
