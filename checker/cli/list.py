"""`hotswap list`: show what a spec has."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import Usage, add_spec
from .codes import OK

KINDS = ("profiles", "properties", "defects", "scopes", "machines", "rows")


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("list", help="what a spec has: profiles, properties, defects, scopes, ...")
    kinds = f"{', '.join(KINDS)} (default: all but rows)"
    parser.add_argument("kind", nargs="?", metavar="KIND", help=kinds)
    add_spec(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="what each line stands for: switches, edits, ...")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..load import load
    from ..view.console import console
    from ..view.listing import print_list

    kind, spec = options.kind, options.spec
    if kind is not None and kind not in KINDS:
        if ":" not in kind and not kind.endswith(".py"):
            raise Usage(f"there is no `hotswap list {kind}`; there are: {', '.join(KINDS)}")
        kind, spec = None, kind
    system = load(spec)
    screen = console()
    for position, each in enumerate((kind,) if kind else KINDS[:-1]):
        if position:
            screen.print()
        print_list(screen, system, each, verbose=options.verbose)
    return OK
