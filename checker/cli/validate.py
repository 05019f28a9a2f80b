"""`hotswap validate`: whether the spec allows a recorded conversation."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import FORMATTER, Usage, count
from .codes import BOUND, INTERRUPTED, NOT_AS_EXPECTED, OK

if TYPE_CHECKING:
    from ...spec.language.system import System
    from ..conform.recording import Recording

MOST = 20_000
EPILOG = """\
FILE has lines of {"send": ..., "recv": ..., "events": [...]}, or QMP's own objects in the order in which they were
said, with `->` and `<-` before them or with nothing. What is not in it can have happened at any time: what the peers
do, the guest and the host; and what was there before the first line.

exit codes:
  0    the spec allows it
  1    it does not
  2    the command line or the file is wrong
  20   stopped at a bound
  130  interrupted
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "whether the spec allows a recorded QMP conversation"
    parser = commands.add_parser("validate", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    parser.add_argument("file", metavar="FILE", help="the conversation")
    how = "the version of the protocol (default: that of the greeting; without one, the spec's first)"
    parser.add_argument("--profile", metavar="P", help=how)
    how = f"stop when it can be in more states (default: {MOST:,}; 0: never)"
    parser.add_argument("--max-states", type=count, default=MOST, metavar="N", help=how)
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from ..conform.recording import read
    from ..conform.validate import validate
    from ..load import load
    from ..scopes import read_scope
    from ..view.console import console
    from ..view.output import Output
    from ..view.progress import progress
    from ..view.validation import print_validation, text

    system = load()
    recording = read(options.file)
    profile = system.profile(options.profile or _profile(system, recording))
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress(quiet=options.quiet) as line:
            found = validate(
                system,
                profile,
                recording,
                lambda scope: read_scope(system, scope)[0],
                options.max_states,
                lambda now: line(lambda: f"line {now[0]:,}  {now[1]:,} states"),
            )
        if options.json != "-":
            print_validation(console(), found)
        if file:
            file.write(text(found))
    if found.stopped:
        return INTERRUPTED if found.stopped == "interrupted" else BOUND
    return NOT_AS_EXPECTED if found.disallowed else OK


def _profile(system: System, recording: Recording) -> str | None:
    """The one of the version that the greeting says."""
    from ..targets.qemu import profile

    if not recording.version:
        return None
    try:
        return profile(recording.version, [known.name for known in system.profiles])
    except ValueError as error:
        raise Usage(f"{recording.file}: {error}; give --profile") from None
