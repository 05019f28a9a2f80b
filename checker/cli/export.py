"""`hotswap export`: write a spec for another model checker."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import FORMATTER, add_lock, add_spec, scope
from .codes import OK

EPILOG = """\
The text goes to standard output. It has as many reachable states as `hotswap check` finds, so that a checker which
shares no code with this one can count them:

  hotswap export --to murphi --profile repaired > repaired.m
  rumur --deadlock-detection off --output repaired.c repaired.m
  cc -O2 -mcx16 -pthread -o repaired repaired.c && ./repaired

Properties are not exported.
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser(
        "export",
        help="the spec as text for another model checker",
        epilog=EPILOG,
        formatter_class=FORMATTER,
    )
    add_spec(parser)
    parser.add_argument("--to", choices=("murphi", "promela"), default="murphi", help="the language (default: murphi)")
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    add_lock(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..export.system import export
    from ..load import load

    system = load(options.spec)
    configurations = scope(options, system)
    print(
        export(
            system, options.to, profile=options.profile, scope=configurations, lock=options.lock, defect=options.defect
        ),
        end="",
    )
    return OK
