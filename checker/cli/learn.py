"""`hotswap learn`: what an implementation does, learned as a Mealy machine, and where the spec says otherwise."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, count
from .codes import NOT_AS_EXPECTED, OK
from .conform import add_target

if TYPE_CHECKING:
    from ...spec.language.system import Configuration, System

CONFIGURATION = "devices=virtserialport,backends=ringbuf+unix,others=,ids=1,changes=1,known=true"
"""A port, and two backends."""
LETTERS = (
    "Change.chardev_add",
    "Change.find",
    "Qmp.chardev_remove",
    "Qmp.device_add",
    "Qmp.device_del",
    "Chardev.peer_connects",
    "Chardev.peer_leaves",
)
"""A name gets a chardev, another one in its place, and none; a device and a peer come and go."""

EPILOG = f"""\
The target is asked words of letters, each from a new start, and what is seen after each letter is all that is known of
it. A letter is not possible where the target, by what it shows and what was done to it, is in no state for it. The
machine that it has to be is then compared with the spec, along all words of what the spec lets somebody do.

A letter is `Change0.find(id=Id0, kind=unix, base=Id0)`, say, or `Id0.chardev.peer_leaves`; a row of the spec by which
something begins from outside, `Change.find`, stands for all its letters. Without --alphabet it is these rows:
{"".join(f"  {letter}" + chr(10) for letter in LETTERS)}
exit codes:
  0    the target does what the spec says
  1    it does not
  2    the command line is wrong, there is no such target, or it is no Mealy machine
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "learn what an implementation does, a real QEMU for one, and compare that with the spec"
    parser = commands.add_parser("learn", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    add_target(parser, "impl")
    parser.add_argument("--profile", metavar="P", help="held to this version (default: of QEMU, that of the binary)")
    parser.add_argument(
        "--alphabet", nargs="+", default=LETTERS, metavar="LETTER", help="what is done (default: below)"
    )
    parser.add_argument(
        "--config", default="", metavar="K=V,...", help="in this configuration, as `--scope` writes one"
    )
    what = "the machine is right if the target has at most N states more (default: 1)"
    parser.add_argument("--depth", type=count, default=1, metavar="N", help=what)
    parser.add_argument(
        "--random", type=count, default=0, metavar="N", help="and N words at random for each hypothesis"
    )
    parser.add_argument("--seed", type=count, default=0, metavar="S", help="of the random ones (default: 0)")
    parser.add_argument("--out", metavar="FILE", help="write the machine as a Graphviz drawing (DOT)")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ...spec.language.errors import SpecError

    try:
        from ..learn.learner import learn
    except ModuleNotFoundError as error:
        raise SpecError(f"there is no {error.name}", instead="pip install 'hotswap[learn]'") from None
    from ..conform.suspension import Suspension
    from ..learn.learned import Thoroughness
    from ..learn.letter import alphabet
    from ..load import load
    from ..targets.named import target
    from ..targets.process import CannotStart
    from ..view.console import console
    from ..view.learned import drawing, print_learned, text
    from ..view.output import Output
    from ..view.progress import progress

    system = load()
    profile, start = target(system, options.target, options.profile, options.qemu, options.limit)
    suspension = Suspension(system, profile, _configuration(system, options.config), timers="waited")
    lacks = [start().lacks(suspension.words(state)) for state in suspension.initial]
    if all(lacks):
        raise SpecError(f"{start().name} can't be started so: {lacks[0]}", instead="take another `--config`")
    initial = suspension.initial[lacks.index("")]
    letters = alphabet(suspension, initial, options.alphabet)
    asked = Thoroughness(options.depth, options.random, options.seed)
    with ExitStack() as stack:
        files = [stack.enter_context(Output(name)) if name else None for name in (options.json, options.out)]
        begun = time.monotonic()
        try:
            with progress(quiet=options.quiet) as line:
                found = learn(
                    suspension,
                    start,
                    initial,
                    letters,
                    asked,
                    lambda starts, steps: line(lambda: f"{starts:,} starts  {steps:,} steps"),
                )
        except CannotStart as error:
            raise SpecError(str(error), instead="give it more time with `--limit`") from None
        if "-" not in (options.json, options.out):
            print_learned(console(), found, time.monotonic() - begun)
        for file, write in zip(files, (text, drawing), strict=True):
            if file:
                file.write(write(found))
    return NOT_AS_EXPECTED if found.difference else OK


def _configuration(system: System, text: str) -> Configuration:
    from ..scopes import read_scope

    found = read_scope(system, f"{CONFIGURATION},{text}")
    if len(found) != 1:
        raise Usage(f"--config {text}: that is {len(found)} configurations, and one is learned at a time")
    return found[0]
