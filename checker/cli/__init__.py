"""The command line: each command reads its arguments, calls `check` or a neighbour of it, and prints what it found.

What is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from . import (
    check,
    compare,
    conform,
    diagram,
    diff,
    explore,
    export,
    learn,
    list,
    mutate,
    path,
    reproduce,
    serve,
    tour,
    validate,
)
from .arguments import Usage
from .codes import BOUND, EXIT_CODES, INTERNAL, INTERRUPTED, NO_READER, OUTPUT, USAGE
from .signals import undone_when_ended

OUT_OF_MEMORY = "out of memory; use a smaller --scope, or bound the search with --max-states"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    with suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        options = _parser().parse_args(arguments)
        with undone_when_ended():
            code: int = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _give_up(NO_READER)
    except KeyboardInterrupt:
        return _give_up(INTERRUPTED, "interrupted")
    except MemoryError:
        return _give_up(BOUND, OUT_OF_MEMORY)
    except OSError as error:
        if _is_for_memory(error):
            return _give_up(BOUND, OUT_OF_MEMORY)
        name = f"{error.filename}: " if error.filename else ""
        return _give_up(OUTPUT, f"{name}{error.strerror or error}")
    except Usage as error:
        return _give_up(USAGE, str(error))
    except Exception as error:
        known = _code(error)
        if known is None:
            raise
        return _give_up(known, _words(error))


def _is_for_memory(error: OSError) -> bool:
    """Whether memory ran out: a library for which there is no room says so in words alone."""
    return error.errno == errno.ENOMEM or "failed to map segment" in f"{error} {error.__context__}"


def _code(error: Exception) -> int | None:
    """The exit code of an error that says all in one line."""
    from ...spec.language.errors import SpecError

    if isinstance(error, SpecError):
        return USAGE
    from ..conform.recording import RecordingError
    from ..explore.memory import MemoryLimitError
    from ..explore.runs import FolderError
    from ..explore.saved import CheckpointError
    from ..explore.team import TeamError
    from ..explore.trace import ReplayError
    from ..targets.process import CannotStart
    from ..view.output import OutputError

    codes = {
        OutputError: OUTPUT,
        ReplayError: INTERNAL,
        RecordingError: USAGE,
        CannotStart: USAGE,
        CheckpointError: OUTPUT,
        FolderError: OUTPUT,
        MemoryLimitError: USAGE,
        TeamError: USAGE,
    }
    return codes.get(type(error))


def _words(error: Exception) -> str:
    from ...spec.language.errors import SpecError
    from ..view.places import shown

    if isinstance(error, SpecError) and error.file:
        error.file = shown(error.file)
    return str(error)


def _give_up(code: int, message: str = "") -> int:
    """Say why on standard error. What standard output still holds is dropped: writing it again would fail again."""
    if message:
        with suppress(OSError):
            print(f"hotswap: {message}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hotswap",
        description="Prove a driver hot-swap protocol safe, or see the shortest trace that breaks it.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (
        check,
        list,
        compare,
        mutate,
        export,
        diagram,
        path,
        explore,
        tour,
        conform,
        reproduce,
        learn,
        diff,
        validate,
        serve,
    ):
        command.add(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        from importlib.metadata import version

        print(f"hotswap {version('hotswap')}")
        parser.exit()
