"""`hotswap diagram`: draw a spec."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, add_spec, configurations
from .codes import OK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.language.system import System

EPILOG = """\
Of each machine there is a Graphviz source (NAME.dot) and, if there is a Graphviz, a picture (NAME.svg), for light and
dark pages. A box is a control state, the rows that stay in it stand inside; an arrow is a row that leads to another
one. A step has the colour of its thread and fires by itself; an operation (dashed) is called. In brackets is what has
to hold for a row to fire. All versions of the spec are explored, to mark the rows that fire in some only; what never
fires is grey.

Graphviz comes with `pip install 'hotswap[diagrams]'`; another one that is installed is taken by --renderer, or if there
is no other.
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("diagram", help="draw a spec", epilog=EPILOG, formatter_class=FORMATTER)
    add_spec(parser)
    parser.add_argument("--out", default="diagrams", metavar="DIR", help="the folder to write to (default: diagrams)")
    formats = "pictures and their sources (the default), sources only, or Mermaid (NAME.mmd)"
    parser.add_argument("--to", choices=("svg", "dot", "mermaid"), default="svg", help=formats)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="what is explored (default: the spec's first)")
    parser.add_argument("--renderer", metavar="PROGRAM", help="a `dot` to draw with")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    import sys

    from ..draw.renderer import MISSING, renderer
    from ..load import load
    from ..view.folder import Folder

    if options.renderer and options.to != "svg":
        raise Usage(f"--renderer is for pictures, and --to {options.to} draws none; leave one of them out")
    system = load(options.spec)
    program = renderer(options.renderer) if options.to == "svg" else None
    with Folder(options.out) as folder:
        for name, text in _files(options, system, program):
            folder.write(name, text)
        print(f"{len(folder.names)} files in {options.out}")
    if options.to == "svg" and program is None:
        print(f"hotswap: {MISSING}", file=sys.stderr)
    return OK


def _files(options: argparse.Namespace, system: System, program: str | None) -> Iterator[tuple[str, str]]:
    from ..draw.known import known
    from ..draw.machines import machines, pictures
    from ..draw.mermaid import mermaid
    from ..draw.picture import svg
    from ..draw.renderer import render
    from ..view.progress import progress_line

    if options.to == "mermaid":
        for machine in machines(system):
            yield f"{machine.__name__}.mmd", mermaid(machine)
        return
    with progress_line(quiet=options.quiet) as watch:
        about = known(system, system.profile(options.profile), configurations(options, system), watch)
    for picture in pictures(system, about):
        yield f"{picture.name}.dot", picture.dot
        if program is not None:
            yield f"{picture.name}.svg", svg(picture, render(program, picture.dot))
