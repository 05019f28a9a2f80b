"""`hotswap diagram`: draw a spec."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, add_spec, configurations, named_finding
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

With --trace there is a sequence diagram of a finding instead: a lane for each thread and object, an arrow for each call
that changes something, a dotted one for each pointer; red where it dangles. `--to text` prints the same.

  hotswap diagram --profile qemu-7.2 --trace no-dangling-pointer@Qmp.chardev_remove --to text

Graphviz comes with `pip install 'hotswap[diagrams]'`; another one that is installed is taken by --renderer, or if there
is no other.
"""


OF_MACHINES, OF_A_TRACE = ("svg", "dot", "mermaid"), ("svg", "text")


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("diagram", help="draw a spec", epilog=EPILOG, formatter_class=FORMATTER)
    add_spec(parser)
    parser.add_argument("--out", default="diagrams", metavar="DIR", help="the folder to write to (default: diagrams)")
    parser.add_argument("--trace", metavar="PROPERTY[@ROW]", help="draw this finding's trace (of several, the first)")
    formats = "pictures and their sources (the default), sources only, Mermaid (NAME.mmd); of a trace svg or text"
    parser.add_argument("--to", choices=("svg", "dot", "mermaid", "text"), default="svg", help=formats)
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

    if options.to not in (OF_A_TRACE if options.trace else OF_MACHINES):
        what = "a trace is drawn" if options.trace else "machines are drawn"
        raise Usage(f"{what} as {' or '.join(OF_A_TRACE if options.trace else OF_MACHINES)}, not as {options.to}")
    if options.renderer and (options.to != "svg" or options.trace):
        raise Usage("--renderer is for pictures of machines; leave it out")
    system = load(options.spec)
    if options.trace:
        return _trace(options, system)
    program = renderer(options.renderer) if options.to == "svg" else None
    with Folder(options.out) as folder:
        for name, text in _files(options, system, program):
            folder.write(name, text)
    print(f"{len(folder.names)} files in {options.out}")
    if options.to == "svg" and program is None:
        print(f"hotswap: only sources (.dot) are written: {MISSING}", file=sys.stderr)
    return OK


def _trace(options: argparse.Namespace, system: System) -> int:
    from ..draw.sequence import sequence
    from ..draw.sequence_svg import svg
    from ..draw.sequence_text import text
    from ..view.folder import Folder

    profile = system.profile(options.profile)
    finding = named_finding(system, profile, configurations(options, system), options.trace)
    drawn = sequence(finding, system)
    if options.to == "text":
        print(text(drawn), end="")
        return OK
    name = f"{profile.name} {finding.id}.svg".replace(" ", "_")
    with Folder(options.out) as folder:
        folder.write(name, svg(drawn, text(drawn)))
    print(Path(options.out) / name)
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
