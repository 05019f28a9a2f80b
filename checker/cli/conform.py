"""`hotswap conform`: hold an implementation to the spec."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, configurations, count, seconds
from .codes import INTERRUPTED, NOT_AS_EXPECTED, NOT_DRIVABLE, OK

if TYPE_CHECKING:
    from ...spec.language.system import Configuration, Scope, System
    from ...spec.language.variants import Profile
    from ..conform.campaign import Asked, Campaign
    from ..conform.conversation import Conversation
    from ..explore.result import Trace

TARGETS = ("impl", "serve", "qemu")
EPILOG = """\
Without --tour, --traces and --random it is a tour: along every row of the spec that the target can be driven along.
After each step the states of the spec are kept that fit to all that was seen; a difference is that there are none.

exit codes:
  0    what was seen is what the spec says
  1    it is not
  2    the command line is wrong, or the target can't be started
  3    nothing of it could be done
  130  interrupted, with no difference so far
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "hold an implementation, a real QEMU for one, to the spec"
    parser = commands.add_parser("conform", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    add_target(parser, "impl")
    parser.add_argument("--profile", metavar="P", help="held to this version (default: of QEMU, that of the binary)")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="in which configurations (default: the spec's first)")
    parser.add_argument("--tour", action="store_true", help="along every row, each by the shortest conversation")
    parser.add_argument(
        "--paths", type=count, default=0, metavar="N", help="a tour, and along N others in each configuration"
    )
    parser.add_argument("--random", type=count, default=0, metavar="N", help="N stimuli at random")
    parser.add_argument("--seed", type=count, default=0, metavar="S", help="of the random ones (default: 0)")
    parser.add_argument("--traces", metavar="FILE", help="along what `check --json`, `tour --json` or `explore` wrote")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def add_target(parser: argparse.ArgumentParser, default: str) -> None:
    """What is held to the spec."""
    what = "the layer in this process, the same as a process of its own, or a QEMU"
    parser.add_argument("--target", choices=TARGETS, default=default, help=f"{what} (default: {default})")
    which = "which QEMU, by its name or path (default: qemu-system-x86_64)"
    parser.add_argument("--qemu", default="qemu-system-x86_64", metavar="BINARY", help=which)
    within = "in which a step has to come about (default: 5)"
    parser.add_argument("--limit", type=seconds, default=5.0, metavar="SECONDS", help=within)


def _run(options: argparse.Namespace) -> int:
    from ..conform.campaign import campaign
    from ..load import load
    from ..targets.named import reference, target
    from ..view.conformance import print_campaign, text
    from ..view.console import console
    from ..view.output import Output
    from ..view.progress import progress

    system = load()
    profile, start = target(system, options.target, options.profile, options.qemu, options.limit)
    scope = configurations(options, system)
    asked = _asked(options, system, profile, scope)
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress(quiet=options.quiet) as line:
            found = campaign(
                system,
                profile,
                scope,
                start,
                asked,
                limit=options.limit,
                reference=reference(options.target, profile, options.limit),
                watch=lambda so_far: line(lambda: _progress(so_far)),
            )
        if options.json != "-":
            print_campaign(console(), found)
        if file:
            file.write(text(found))
    if found.differences:
        return NOT_AS_EXPECTED
    if found.stopped:
        return INTERRUPTED
    return OK if found.stimuli else NOT_DRIVABLE


def _progress(so_far: Campaign) -> str:
    shorter = f"  {so_far.attempts:,} to show a difference by less" if so_far.attempts else ""
    return f"{so_far.conversations:,} conversations  {so_far.stimuli:,} stimuli{shorter}"


def _asked(options: argparse.Namespace, system: System, profile: Profile, scope: Scope) -> Asked:
    from ..conform.campaign import Asked

    written = _written(options.traces, system, profile, scope) if options.traces else ()
    tour = options.tour or options.paths or not (options.random or options.traces)
    return Asked(options.paths if tour else None, options.random, options.seed, written)


def _written(file: str, system: System, profile: Profile, scope: Scope) -> list[tuple[Configuration, Conversation]]:
    """The conversations of a tour, of the traces in a report, or of one that was chosen."""
    from ..conform.finding import NotDrivable
    from ..view import tour, trace

    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    try:
        document = json.loads(text)
        schema = document.get("schema", "") if isinstance(document, dict) else ""
        read = {tour.SCHEMA: _toured, trace.SCHEMA: _chosen}.get(schema, _traced)
        return list(read(document, system, profile, scope))
    except (ValueError, KeyError, TypeError) as error:
        what = "write it with `hotswap check --json FILE` or `hotswap tour --json FILE`, or keep one from `explore`"
        raise Usage(f"{file}: {error}; {what}") from None
    except NotDrivable as error:
        raise Usage(f"{file}: {error}; was it written of another scope than is asked for here?") from None


Begun = Iterator[tuple["Configuration", "Conversation"]]


def _traced(document: Any, system: System, profile: Profile, scope: Scope) -> Begun:
    """Those of the traces of a check."""
    from ..view.report import traces

    yield from (_along(trace, system, profile, scope) for trace in traces(document))


def _chosen(document: Any, system: System, profile: Profile, scope: Scope) -> Begun:
    """That of a trace that `explore` has exported."""
    from ..view import trace

    named = [each for each in scope if str(each) == document["configuration"]]
    yield _along(trace.read(document), system, profile, named)


def _along(trace: Trace, system: System, profile: Profile, scope: Scope) -> tuple[Configuration, Conversation]:
    from ..conform.conversation import Conversation
    from ..conform.finding import start, stimuli

    configuration, initial = start(system, profile, scope, trace.initial)
    return configuration, Conversation(initial, tuple(stimuli(system, trace)))


def _toured(document: Any, system: System, profile: Profile, scope: Scope) -> Begun:
    """Those of a tour."""
    from ..conform.conversation import Conversation
    from ..conform.finding import start
    from ..view.tour import conversations

    for written in conversations(document):
        named = [each for each in scope if str(each) == written.configuration]
        configuration, initial = start(system, profile, named, written.initial)
        yield configuration, Conversation(initial, written.stimuli)
