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
    from ..draw.picture import Picture

EPILOG = """\
Of each machine there is a Graphviz source (NAME.dot) and, if there is a Graphviz, a picture (NAME.svg), for light and
dark pages. A box is a control state, the rows that stay in it stand inside; an arrow is a row that leads to another
one. A step has the colour of its thread and fires by itself; an operation (dashed) is called. In brackets is what has
to hold for a row to fire. All versions of the spec are explored, to mark the rows that fire in some only; what never
fires is grey. A command that can be refused is drawn as a flow, too (NAME-flow.svg): thick is the way on which it is
done, red are those on which it is refused.

With --quotient there is one picture of all states instead, in which those that look the same in the named fields are
one box, and the steps between boxes are counted by rows. Of a machine with several objects a box says which values
they have, and how many have each; of a dynamic machine only those that are alive count.

  hotswap diagram --profile repaired --quotient Change.state,WriteAll.state

With --trace there is a sequence diagram of a finding instead: a lane for each thread and object, an arrow for each call
that changes something, a dotted one for each pointer; red where it dangles. `--to text` prints the same.

  hotswap diagram --profile qemu-7.2 --trace no-dangling-pointer@Qmp.chardev_remove --to text

Graphviz comes with `pip install 'hotswap[diagrams]'`; another one that is installed is taken by --renderer, or if there
is no other.
"""


OF_MACHINES, OF_A_TRACE, OF_STATES = ("svg", "dot", "mermaid"), ("svg", "text"), ("svg", "dot")


def add(commands: Any) -> None:
    """Add it to the command line."""
    parser = commands.add_parser("diagram", help="draw a spec", epilog=EPILOG, formatter_class=FORMATTER)
    add_spec(parser)
    parser.add_argument("--out", default="diagrams", metavar="DIR", help="the folder to write to (default: diagrams)")
    parser.add_argument("--trace", metavar="PROPERTY[@ROW]", help="draw this finding's trace (of several, the first)")
    fields = "draw the states by what they show in these fields"
    parser.add_argument("--quotient", metavar="MACHINE.FIELD,...", help=fields)
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

    if options.trace and options.quotient:
        raise Usage("--trace and --quotient are two pictures: ask for one of them")
    what, formats = _formats(options)
    if options.to not in formats:
        raise Usage(f"{what} drawn as {' or '.join(formats)}, not as {options.to}")
    if options.renderer and (options.to != "svg" or options.trace):
        raise Usage("--renderer is for pictures of machines and states; leave it out")
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


def _formats(options: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """What is drawn, and as what it can be."""
    if options.trace:
        return "a trace is", OF_A_TRACE
    return ("states are", OF_STATES) if options.quotient else ("machines are", OF_MACHINES)


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
    from ..draw.machines import machines
    from ..draw.mermaid import mermaid
    from ..draw.picture import svg
    from ..draw.renderer import render

    if options.to == "mermaid":
        for machine in machines(system):
            yield f"{machine.__name__}.mmd", mermaid(machine)
        return
    for picture in [_quotient(options, system)] if options.quotient else _machines(options, system):
        yield f"{picture.name}.dot", picture.dot
        if program is not None:
            yield f"{picture.name}.svg", svg(picture, render(program, picture.dot))


def _machines(options: argparse.Namespace, system: System) -> Iterator[Picture]:
    from ..draw.known import known, searches
    from ..draw.machines import pictures
    from ..view.progress import progress_line

    profile = system.profile(options.profile)
    with progress_line(quiet=options.quiet) as watch:
        about = known(profile, searches(system, profile, configurations(options, system), watch))
    return pictures(system, about)


def _quotient(options: argparse.Namespace, system: System) -> Picture:
    from ..draw.quotient import picture
    from ..explore.explorer import Explorer
    from ..explore.quotient import chosen, quotient
    from ..view.progress import progress_line

    fields = chosen(system, options.quotient)
    scope = configurations(options, system)
    with progress_line(quiet=options.quiet) as watch:
        reached = Explorer(system, scope, profile=options.profile).reach(scope, watch=watch)
        found = quotient(reached, fields)
    return picture(system.name, ",".join(map(str, fields)), found)
