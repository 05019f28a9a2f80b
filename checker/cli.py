"""The command line: reads arguments, calls `check` and its neighbours, prints what they found.

What is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..spec.language.system import Scope, System
    from .explore.result import Result

OK, NOT_AS_EXPECTED, USAGE, VACUOUS, BOUND, OUTPUT, INTERNAL, INTERRUPTED, NO_READER = 0, 1, 2, 13, 20, 74, 70, 130, 141
KINDS = ("profiles", "properties", "defects", "scopes", "machines", "rows")
OUT_OF_MEMORY = "out of memory; use a smaller --scope, or bound the search with --max-states"
EXIT_CODES = """\
exit codes:
  0    every property holds, and every state of the scope was visited
  11   a deadlock, and nothing worse
  12   a safety property is violated
  13   with --vacuity error: all holds, but a part of the spec is vacuous and not explained
  20   stopped at a bound (states, memory) with nothing violated so far
  1    not as --expect says; for `path`: there is no such state
  2    the command line or the spec is wrong
  74   the output can't be written
  130  interrupted
"""
EXPORT_EPILOG = """\
The text goes to standard output. It has as many reachable states as `hotswap check` finds, so that a checker which
shares no code with this one can count them:

  hotswap export --to murphi --profile repaired > repaired.m
  rumur --deadlock-detection off --output repaired.c repaired.m
  cc -O2 -mcx16 -pthread -o repaired repaired.c && ./repaired

Properties are not exported.
"""
MUTATE_EPILOG = """\
A mutant leaves out a part of a guard or an assignment, or does two neighbouring steps in the other order. Those whose
place never runs, and those by which the outside sees nothing new, no property can notice; of the rest, a good set of
properties notices nearly all.

exit codes:
  0    every mistake was tried, and as many are noticed as --floor asks for
  1    fewer are
  13   with --vacuity error: no mistake breaks some property, and the profile does not explain it
  2    the command line or the spec is wrong, or the profile breaks a property by itself
  130  interrupted
"""


class _Usage(Exception):
    """Arguments that don't go together."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    with suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        options = _parser().parse_args(arguments)
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
    except _Usage as error:
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
    from ..spec.language.errors import SpecError

    if isinstance(error, SpecError):
        return USAGE
    from .explore.trace import ReplayError
    from .view.output import OutputError

    return {OutputError: OUTPUT, ReplayError: INTERNAL}.get(type(error))


def _words(error: Exception) -> str:
    from ..spec.language.errors import SpecError
    from .view.places import shown

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
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="hotswap",
        description="Prove a driver hot-swap protocol safe, or see the shortest trace that breaks it.",
        epilog=EXIT_CODES,
        formatter_class=formatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="explore every state and judge the properties", epilog=EXIT_CODES,
                                   formatter_class=formatter))  # fmt: skip
    _add_list(commands.add_parser("list", help="what a spec has: profiles, properties, defects, scopes, ..."))
    _add_compare(commands.add_parser("compare", help="every profile side by side"))
    _add_mutate(commands.add_parser("mutate", help="put a mistake at every place, and see which properties notice",
                                    epilog=MUTATE_EPILOG, formatter_class=formatter))  # fmt: skip
    _add_export(commands.add_parser("export", help="the spec as text for another model checker", epilog=EXPORT_EPILOG,
                                    formatter_class=formatter))  # fmt: skip
    _add_path(commands.add_parser("path", help="the shortest trace to a state of your choice"))
    # QEMU's words begin with one dash: no character stands for an option here.
    _add_serve(commands.add_parser("serve", help="a chardev layer to talk to, as QEMU's", prefix_chars="\0",
                                   add_help=False))  # fmt: skip
    _add_console(commands.add_parser("console", help="a command on a console whose backend can be swapped",
                                     prefix_chars="\0", add_help=False))  # fmt: skip
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        from importlib.metadata import version

        print(f"hotswap {version('hotswap')}")
        parser.exit()


def _add_spec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec",
        nargs="?",
        default="chardev",
        metavar="SPEC",
        help="`chardev` (the default), package.module:System or path/to/file.py:System",
    )


def _add_world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    _add_lock(parser)
    parser.add_argument("--engine", choices=("native", "python"), default="native", help="machine code or plain Python")
    parser.add_argument("--max-states", type=_count, default=0, metavar="N", help="stop when there are more states")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")


def _add_lock(parser: argparse.ArgumentParser) -> None:
    how = "with the modelled locks (the default), without, or held in these states of a command only"
    parser.add_argument("--lock", default="bql", metavar="bql|none|STATE,...", help=how)


def _count(text: str) -> int:
    digits = text.replace("_", "").replace(",", "")
    if not digits.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is no number; write one like 1000000 or 1_000_000")
    return int(digits)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--property", action="append", default=[], metavar="NAME", help="judge only this; repeatable")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    _add_world(parser)
    parser.add_argument("--simulate", type=_count, metavar="N", help="N random walks instead of every state")
    parser.add_argument("--depth", type=_count, default=100, metavar="D", help="steps of each walk (default: 100)")
    parser.add_argument("--seed", type=_count, default=0, metavar="S", help="of the walks (default: 0)")
    parser.add_argument("--prune", action="store_true", help="do not look behind a violation")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("--itf", metavar="FILE", help="write the first trace in the Informal Trace Format")
    parser.add_argument("--format", choices=("text", "github"), default="text", help="github: error annotations")
    how = "exit 13 if a part of the spec is vacuous and not explained, and nothing worse"
    parser.add_argument("--vacuity", choices=("report", "error"), default="report", help=f"error: {how}")
    parser.add_argument("--expect", metavar="P,...|none", help="exit 0 if exactly these properties are violated")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the calls inside each step")
    parser.set_defaults(run=_check)


def _add_list(parser: argparse.ArgumentParser) -> None:
    kinds = f"{', '.join(KINDS)} (default: all but rows)"
    parser.add_argument("kind", nargs="?", metavar="KIND", help=kinds)
    _add_spec(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="what each line stands for: switches, edits, ...")
    parser.set_defaults(run=_list)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    _add_spec(parser)
    every = "compare only these; repeatable (default: all but studies)"
    parser.add_argument("--profile", action="append", default=[], metavar="P", help=every)
    _add_world(parser)
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON; `-` is standard output")
    parser.set_defaults(run=_compare)


def _add_path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predicate", metavar="PREDICATE", help="a condition on a state, in the spec's own language")
    _add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    _add_world(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show the calls inside each step")
    parser.set_defaults(run=_path)


def _add_mutate(parser: argparse.ArgumentParser) -> None:
    _add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="what to mutate (default: the one that the defects edit)")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    parser.add_argument("--sample", type=_count, default=0, metavar="N", help="try N mistakes only (default: all)")
    parser.add_argument("--seed", type=_count, default=0, metavar="S", help="of the sample (default: 0)")
    parser.add_argument(
        "--jobs", type=_count, default=os.cpu_count() or 1, metavar="J", help="processes (default: all)"
    )
    how = "exit 1 if a smaller share of the mutants that matter is killed"
    parser.add_argument("--floor", type=_count, default=0, metavar="PERCENT", help=how)
    how = "exit 13 if there is a property that nothing breaks, and nothing worse"
    parser.add_argument("--vacuity", choices=("report", "error"), default="report", help=f"error: {how}")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; `-` is standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.add_argument("-v", "--verbose", action="store_true", help="name every mistake, and what breaks by it")
    parser.set_defaults(run=_mutate)


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_spec(parser)
    parser.add_argument("--to", choices=("murphi",), default="murphi", help="the language (default: murphi)")
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    _add_lock(parser)
    parser.set_defaults(run=_export)


def _world(options: argparse.Namespace, system: System) -> dict[str, Any]:
    """The arguments that every search takes."""
    return {
        "scope": _scope(options, system),
        "lock": options.lock,
        "engine": options.engine,
        "max_states": options.max_states,
    }


def _scope(options: argparse.Namespace, system: System) -> str | Scope | None:
    """The scope that is asked for: by its name, or as configurations."""
    from .scopes import read_scope

    return options.scope if options.scope in {*system.scopes, None} else read_scope(system, options.scope)


def _named(result: Result, options: argparse.Namespace) -> Result:
    """A scope that was written on the command line is called what was written."""
    from dataclasses import replace

    return replace(result, scope=options.scope) if options.scope else result


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*")
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    from ..impl.serve import serve

    return serve(options.words)


def _add_console(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER)
    parser.set_defaults(run=_console)


def _console(options: argparse.Namespace) -> int:
    from ..impl.console import console

    return console(options.words)


def _check(options: argparse.Namespace) -> int:
    from .load import load
    from .view.output import Output
    from .view.progress import progress_line

    if options.json and options.json == options.itf:
        raise _Usage(f"--json {options.json} --itf {options.itf}: one file can't be both")
    system = load(options.spec)
    expected = None if options.expect is None else _expected(system, options.expect)
    arguments = {
        **_world(options, system),
        "profile": options.profile,
        "properties": options.property,
        "defect": options.defect,
    }
    with ExitStack() as stack:
        json_file = stack.enter_context(Output(options.json)) if options.json else None
        itf_file = stack.enter_context(Output(options.itf)) if options.itf else None
        with progress_line(quiet=options.quiet) as watch:
            result = _named(_search(options, system, {**arguments, "watch": watch}), options)
        if options.json != "-" and options.itf != "-":
            _print(result, options)
        if json_file:
            from .view import report

            json_file.write(report.text(result))
        if itf_file:
            _write_itf(result, itf_file)
    code = _verdict(result) if expected is None else _compared(result, expected)
    vacuous = options.vacuity == "error" and any(not found.explanation for found in result.vacuity)
    return VACUOUS if vacuous and code == OK else code


def _search(options: argparse.Namespace, system: System, arguments: dict[str, Any]) -> Result:
    from .explore.check import check, simulate

    if options.simulate is None:
        return check(system, prune=options.prune, **arguments)
    if options.engine != "native" or options.max_states or options.prune:
        raise _Usage("--simulate has no use for --engine python, --max-states or --prune")
    walk = {name: value for name, value in arguments.items() if name not in ("engine", "max_states")}
    return simulate(system, walks=options.simulate, depth=options.depth, seed=options.seed, **walk)


def _print(result: Result, options: argparse.Namespace) -> None:
    if options.format == "github":
        from .view.github import commands

        for line in commands(result):
            print(line)
        return
    from .view.console import console
    from .view.text import print_result

    print_result(console(), result, verbose=options.verbose)


def _write_itf(result: Result, file: Any) -> None:
    from .view import itf

    traces = [known.trace for known in result.properties if known.verdict == "violated" and known.trace]
    if traces:
        file.write(itf.text(result, traces[0]))
    else:
        print(f"hotswap: {file.name} is not written: nothing is violated, so there is no trace", file=sys.stderr)


def _verdict(result: Result) -> int:
    return INTERRUPTED if result.stopped.startswith("interrupted") else result.exit_code


def _expected(system: System, text: str) -> set[str]:
    names = {name.strip() for name in text.split(",") if name.strip()} - {"none"}
    return {system.property(name).name for name in names}


def _compared(result: Result, expected: set[str]) -> int:
    """Exit 0 if the search is complete and exactly the expected properties are violated."""
    violated = {known.name for known in result.properties if known.verdict == "violated"}
    for name in sorted(expected - violated):
        print(f"hotswap: expected to be violated, but is not: {name}", file=sys.stderr)
    for name in sorted(violated - expected):
        print(f"hotswap: violated, but not expected to be: {name}", file=sys.stderr)
    if violated != expected:
        return NOT_AS_EXPECTED
    if result.exhaustive:
        return OK
    return INTERRUPTED if result.stopped.startswith("interrupted") else BOUND


def _list(options: argparse.Namespace) -> int:
    from .load import load
    from .view.console import console
    from .view.listing import print_list

    kind, spec = options.kind, options.spec
    if kind is not None and kind not in KINDS:
        if ":" not in kind and not kind.endswith(".py"):
            raise _Usage(f"there is no `hotswap list {kind}`; there are: {', '.join(KINDS)}")
        kind, spec = None, kind
    system = load(spec)
    screen = console()
    for position, each in enumerate((kind,) if kind else KINDS[:-1]):
        if position:
            screen.print()
        print_list(screen, system, each, verbose=options.verbose)
    return OK


def _compare(options: argparse.Namespace) -> int:
    from .explore.check import check
    from .load import load
    from .view.comparison import print_comparison, text
    from .view.console import console
    from .view.output import Output
    from .view.progress import progress_line

    system = load(options.spec)
    arguments = _world(options, system)
    results: list[Result] = []
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress_line(quiet=options.quiet) as watch:
            for profile in map(system.profile, options.profile) if options.profile else system.versions:
                found = check(system, profile=profile, watch=watch, **arguments)
                results.append(_named(found, options))
                if found.stopped.startswith("interrupted"):
                    break
        if options.json != "-":
            print_comparison(console(), results)
        if file:
            file.write(text(results))
    return INTERRUPTED if results[-1].stopped.startswith("interrupted") else OK


def _mutate(options: argparse.Namespace) -> int:
    from .load import load
    from .mutate.campaign import mutate
    from .view.console import console
    from .view.mutation import print_campaign, text
    from .view.output import Output
    from .view.progress import progress_line

    if options.floor > 100:
        raise _Usage(f"--floor {options.floor}: a share is at most 100 percent")
    system = load(options.spec)
    arguments = {name: getattr(options, name) for name in ("profile", "sample", "seed", "jobs")}
    with ExitStack() as stack:
        file = stack.enter_context(Output(options.json)) if options.json else None
        with progress_line(quiet=options.quiet) as watch:
            campaign = mutate(system, scope=_scope(options, system), watch=watch, **arguments)
        if options.json != "-":
            print_campaign(console(), campaign, verbose=options.verbose)
        if file:
            file.write(text(campaign))
    if campaign.stopped:
        return INTERRUPTED
    if campaign.share * 100 < options.floor:
        return NOT_AS_EXPECTED
    open_ = any(not found.explanation for found in campaign.vacuity)
    return VACUOUS if options.vacuity == "error" and open_ else OK


def _export(options: argparse.Namespace) -> int:
    from .export.murphi import export
    from .load import load

    system = load(options.spec)
    scope = _scope(options, system)
    print(export(system, profile=options.profile, scope=scope, lock=options.lock, defect=options.defect), end="")
    return OK


def _path(options: argparse.Namespace) -> int:
    from .explore.path import path
    from .load import load
    from .view.console import console
    from .view.progress import progress_line
    from .view.text import print_path

    system = load(options.spec)
    with progress_line(quiet=options.quiet) as watch:
        result = path(system, options.predicate, profile=options.profile, watch=watch, **_world(options, system))
    result = _named(result, options)
    print_path(console(), result, options.predicate, verbose=options.verbose)
    if result.properties[0].trace is not None:
        return OK
    if result.stopped.startswith("interrupted"):
        return INTERRUPTED
    return NOT_AS_EXPECTED if result.exhaustive else BOUND


if __name__ == "__main__":
    sys.exit(main())
