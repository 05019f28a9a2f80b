"""`hotswap export`: write a spec for another model checker, or its state graph for other tools."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import FORMATTER, add_lock, add_spec, scope
from .codes import OK

EPILOG = """\
The text goes to standard output. In Murphi, Promela and TLA+ it has as many reachable states as `hotswap check` finds,
so that a checker which shares no code with this one can count them:

  hotswap export --to murphi --profile repaired > repaired.m
  rumur --deadlock-detection off --output repaired.c repaired.m
  cc -O2 -mcx16 -pthread -o repaired repaired.c && ./repaired

  hotswap export --to promela --profile repaired > repaired.pml
  spin -a -o2 repaired.pml
  cc -w -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000

  hotswap export --to tla --profile repaired > chardev.tla
  echo SPECIFICATION Spec > chardev.cfg
  java -cp tla2tools.jar tlc2.TLC -deadlock chardev

TLC wants a module's file under the module's name, which is the system's, with `_` for `-`.
Properties are not exported. `aut` (Aldebaran, for CADP and mCRL2) and `graphml` are the graph of all states, for small
worlds: more than 100,000 states are refused.
"""

LANGUAGES = ("murphi", "promela", "tla")
GRAPHS = ("aut", "graphml")


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser(
        "export",
        help="the spec as text for another model checker, or its state graph",
        epilog=EPILOG,
        formatter_class=FORMATTER,
    )
    add_spec(parser)
    parser.add_argument(
        "--to", choices=LANGUAGES + GRAPHS, default="murphi", help="the language or format (default: murphi)"
    )
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    add_lock(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..load import load

    system = load(options.spec)
    world = {
        "profile": options.profile,
        "scope": scope(options, system),
        "lock": options.lock,
        "defect": options.defect,
    }
    if options.to in GRAPHS:
        from ..view import aldebaran, graphml
        from ..view.graph import state_graph

        graph = state_graph(system, **world)
        text = aldebaran.text(graph) if options.to == "aut" else graphml.text(graph)
    else:
        from ..export.system import export

        text = export(system, options.to, **world)
    print(text, end="")
    return OK
