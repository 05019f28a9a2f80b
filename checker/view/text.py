"""A result as text: what was explored, a verdict for each property, and the first trace."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..explore.result import Result, Trace, Verdict
from .console import columns, put
from .places import place
from .steps import print_trace

STYLES = {"proved": "green", "violated": "bold red", "unknown": "yellow", "undefined": "magenta"}


def print_result(console: Console, result: Result, *, verbose: bool = False) -> None:
    """The whole report of a check."""
    put(console, _summary(result))
    console.print()
    put(console, _verdicts(result))
    console.print()
    reductions = (*_symmetry(result), *_put_off(result))
    for note in (*_pools(result), *reductions, *_vacuous(result, verbose=verbose), *map(Text, result.notes)):
        put(console, note)
    first = next((known for known in result.properties if known.verdict == "violated" and known.findings), None)
    if first is not None:
        console.print()
        print_finding(console, first, verbose=verbose)


def print_finding(console: Console, known: Verdict, *, verbose: bool = False) -> None:
    """A property's first finding: what is wrong and where, then how it comes about."""
    found = known.findings[0]
    where = place(found.file, found.line)
    line = Text.assemble((known.name, "bold"), f", {extent(found.trace)}")
    line.append(f", {where}" if where else "").append(f": {found.message}" if found.message else "")
    put(console, line)
    put(console, Text(known.documentation.split("\n")[0], "dim"))
    console.print()
    print_trace(console, found.trace, verbose=verbose)


def print_path(console: Console, result: Result, predicate: str, *, verbose: bool = False) -> None:
    """The answer to "how does one get there?"."""
    trace = result.properties[0].trace
    if trace is None:
        why = (
            "no reachable state of this scope" if result.exhaustive else f"no state until it stopped ({result.stopped})"
        )
        put(console, Text(f"{title(result)}: {why} meets `{predicate}` ({result.states:,} states)"))
        return
    put(console, Text(f"{title(result)}: {steps(trace.length)} to `{predicate}`"))
    console.print()
    print_trace(console, trace, verbose=verbose)


def steps(count: int) -> str:
    """A number of steps, in words."""
    return f"{count} step" if count == 1 else f"{count} steps"


def extent(trace: Trace) -> str:
    """How long a trace is, in words; of a lasso also what of it goes on for ever."""
    if trace.loop is None:
        return steps(trace.length)
    if trace.rests:
        return f"{steps(trace.length)}, then nothing more"
    again = trace.length - trace.loop
    return f"{steps(trace.length)}, the last {'one' if again == 1 else again} for ever"


def _number(trace: Trace) -> str:
    """How long a trace is; of a lasso the stem and the cycle."""
    if trace.loop is None or trace.rests:
        return str(trace.length)
    return f"{trace.loop}+{trace.length - trace.loop}"


def size(count: int) -> str:
    """A number of bytes as people say it."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def title(result: Result) -> str:
    """What was checked: the spec and its version."""
    defect = f" with the defect {result.defect}" if result.defect else ""
    return f"{result.spec}, profile {result.profile}{defect}, scope {result.scope}, lock {result.lock}"


def _summary(result: Result) -> Text:
    text = Text.assemble((title(result), "bold"), "\n")
    text.append(f"{result.states:,} states, {result.transitions:,} transitions, depth {result.depth}")
    text.append(f", {result.seconds:.1f} s")
    if result.compile_seconds >= 0.05:
        text.append(f" and {result.compile_seconds:.1f} s to compile")
    if result.peak_bytes:
        text.append(f", {size(result.peak_bytes)}")
    if result.disk is not None:
        text.append(f", {size(result.disk.peak)} on disk ({size(result.disk.written)} written, ")
        text.append(f"{size(result.disk.read)} read, {result.disk.spilled:,} runs of levels that memory did not hold)")
    text.append("\n")
    if result.exhaustive and result.put_off is not None and result.put_off.steps:
        text.append(
            "As many states of this scope were visited as the verdicts need; traces may not be the shortest ones."
        )
    elif result.exhaustive:
        text.append("Every reachable state of this scope was visited")
        renamed = result.symmetry is not None and result.symmetry.pools
        text.append(", or one that differs from it in the numbers of slots only." if renamed else ".")
    else:
        text.append(f"Not every state was visited. Stopped: {result.stopped}.", style="yellow")
    return text


def _verdicts(result: Result) -> Table:
    table = columns("property", "verdict", "steps", "where", right=("steps",))
    for known in result.properties:
        word = Text(known.verdict.upper(), STYLES[known.verdict])
        if not known.findings:
            told = known.verdict == "unknown" and not result.exhaustive  # why it is unknown, the summary says then
            reason = "" if told else known.reason
            table.add_row(known.name, word, "", Text(reason, "dim"))
            continue
        for position, found in enumerate(known.findings):
            name, _, where = found.id.partition("@")
            where += name.removeprefix(known.name).replace("[", " [") + (f": {found.message}" if found.message else "")
            if known.kind == "sometimes":
                where = "reached"
            named = (known.name, word) if position == 0 else ("", "")
            table.add_row(*named, _number(found.trace), where)
    return table


def _pools(result: Result) -> list[Text]:
    lines = []
    for name, used in result.pools.items():
        line = Text(f"{name}: {used.high} of {used.size} slots ever used")
        if used.cuts:
            line.append(f"; {used.cuts:,} steps needed one more and were not explored", style="yellow")
        lines.append(line)
    return lines


def _symmetry(result: Result) -> list[Text]:
    """What each state stands for, and which pools are left as they are."""
    known = result.symmetry
    if known is None:
        return []
    pools = ", ".join(f"{name} ({slots} slots)" for name, slots in known.pools.items())
    lines = [Text(f"Symmetric: {pools}; a state stands for up to {known.order:,}")] if pools else []
    if not known.exact:
        lines.append(Text("There are too many renamings to try all: some states stand for the same ones", "dim"))
    for each in known.asymmetric:
        where = place(each.file, each.line) if each.line else ""
        lines.append(Text(f"Not symmetric: {each.pool}{f', {where}' if where else ''}: {each.reason}", "dim"))
    return lines


def _put_off(result: Result) -> list[Text]:
    """How many steps were left out, and what keeps that from being more."""
    known = result.put_off
    if known is None:
        return []
    found = result.transitions + sum(used.cuts for used in result.pools.values()) + known.steps
    factor = found / max(1, found - known.steps)
    taken = (
        f"{known.states:,} of {result.states:,} states by a part of their steps, {known.steps:,} of {found:,} left out"
    )
    lines = [Text(f"Partial order: {taken} ({factor:.1f} times fewer)")]
    lines += [Text(f"Nothing is put off for {name}: {reason}", "dim") for name, reason in known.unhelped.items()]
    return lines


def _vacuous(result: Result, *, verbose: bool) -> list[Text]:
    """What says less than it seems to; of what the System explains, only the number, unless more is wanted."""
    open_ = [found for found in result.vacuity if not found.explanation]
    known = [found for found in result.vacuity if found.explanation]
    lines = [Text(f"Vacuous: {found.id}, {place(found.file, found.line)}", "yellow") for found in open_]
    if known and not verbose:
        lines.append(Text(f"Vacuous, and explained: {len(known)} (-v shows them)", "dim"))
    lines += [Text(f"Vacuous: {found.id}: {found.explanation}", "dim") for found in known if verbose]
    return lines
