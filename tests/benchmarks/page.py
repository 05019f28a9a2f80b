"""docs/performance.md and its plots, from the results: `python tests/benchmarks/checkers.py --page`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

from . import plot
from .results import Cost, Measurement, Results, Way, middle, peak_bytes, seconds, whole_seconds

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "performance.md"

HEAD = """\
# Performance

Written by `python tests/benchmarks/checkers.py`. All checkers count the same states and the same transitions, or the
run ends with an error. Then they are measured in turns; a ratio is of two runs of one round, and what stands here is
the median of all rounds, with the lowest and the highest in brackets.

The machine: {machine}. Rounds: {rounds}. {versions}.

- **hotswap** is `hotswap check`, with the invariant of the model judged (of the chardev: every property), tables that
  grow, and a parent kept for every state, so that any trace is there at once.
- **SPIN** is the fastest of its exact ways for each model, of those in [the last table](#how-spin-was-run): on texts
  written and packed by hand, [two for each model](../tests/benchmarks/promela), with a hash table and a stack of the
  right size, and without properties. Reductions are left out where they leave states out. The chardev protocol is
  too large to be written twice: there it is the [exported text](export.md). Its transitions a second are the spec's,
  as SPIN counts the moves inside a step too.
- **rumur** is compiled with `-O3` from the exported text, **TLC** runs modules written by hand (of the chardev: the
  exported one), and its start counts.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="performance-dark.svg">
  <img alt="Transitions a second of each checker on each model, on one core" src="performance-light.svg">
</picture>
"""

ONE_CORE = """
## One core

Millions of transitions a second, of the search alone: hotswap's without start-up and compilation, SPIN's and rumur's
without compilation. The median is over the models that SPIN has a text of by hand.
"""

STATES = """
The same in millions of states a second:
"""

TWO_CORES = """
## Two cores

How many times as fast as on one core. Two copies of the search on one core, started at the same time, are what two
cores of this machine can do at best; the last column is how much of that `--threads 2` reaches.
"""

MEMORY = """
## Memory

Bytes a state: the peak of the whole process, less that of a process which does the same but for the search (for hotswap
Python, llvmlite and the spec's code), or what hotswap says that its search has allocated, if that is more. `least` is
with the least `--memory` with which it searches everything, [forgetting](large.md#what-a-state-costs) what it does not
need to count and to judge; `slower` is how many times as long that takes. SPIN's smallest is the least of its exact
ways. A machine for Java reserves what it may need, so TLC is not compared.
"""

WALL = """
## From the command to the verdict

Seconds, start-up and compilation included. `first`: hotswap has been used before, but not with this spec. `again`: with
this spec too. SPIN and rumur translate and compile their text each time. hotswap compiles quickly at first, and again,
for faster code, once a search has gone on for about as long as that takes.
"""

TRIED = """
## How SPIN was run

One trial of each exact way; the fastest of each model was then measured in turns. `unmasked` is `-DNOCOMP`, `collapsed`
is `-DCOLLAPSE`, `reduced` is with partial order reduction, where all states were found.
"""

AGAIN = """
## Measure again

On an idle machine with SPIN, rumur, gcc and Java; TLC's jar comes with the packages of the tests:

    python tests/benchmarks/checkers.py

`HOTSWAP_TLC=path/to/tla2tools.jar` names another jar of TLC. `--page` writes this page from
[the figures](../tests/benchmarks/results.json) that are there.
"""


def write(results: Results) -> None:
    """The page, and its plots beside it."""
    PAGE.write_text(text(results))
    for scheme in plot.SCHEMES:
        (DOCS / f"performance-{scheme}.svg").write_text(plot.svg(results, scheme))


def text(results: Results) -> str:
    """The page."""
    rounds = sorted({len(model.ways["hotswap 1"].costs) for model in results.models})
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return "".join(
        [
            HEAD.format(machine=results.machine, versions=versions, rounds=" or ".join(map(str, rounds))),
            ONE_CORE,
            one_core(results.models),
            STATES,
            states(results.models),
            TWO_CORES,
            two_cores(results.models),
            MEMORY,
            memory(results.models),
            WALL,
            wall(results.models),
            TRIED,
            tried(results.models),
            not_taken(results.models),
            AGAIN,
        ]
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


TOOLS = ("hotswap", "SPIN", "rumur", "TLC")


def one_core(models: Sequence[Measurement]) -> str:
    """Rates, and how many times the others' hotswap's is."""
    others = TOOLS[1:]
    rows = [
        [
            model.title,
            f"{model.transitions:,}",
            *(rate(model, tool, model.transitions) for tool in TOOLS),
            *(spread(model, seconds, f"{tool} 1", "hotswap 1") for tool in others),
        ]
        for model in models
    ]
    final = ["median", "", "", "", "", "", *(medians(models, seconds, f"{tool} 1", "hotswap 1") for tool in others)]
    return table(["", "transitions", *TOOLS, *(f"hotswap to {tool}" for tool in others)], [*rows, final])


def states(models: Sequence[Measurement]) -> str:
    """The rates by states; the ratios are the same."""
    return table(
        ["", "states", *TOOLS],
        [[model.title, f"{model.states:,}", *(rate(model, tool, model.states) for tool in TOOLS)] for model in models],
    )


def rate(model: Measurement, tool: str, things: int) -> str:
    """Millions a second on one core."""
    way = f"{tool} 1"
    return f"{things / middle(model, seconds, way) / 1e6:.3g}" if way in model.ways else "-"


def two_cores(models: Sequence[Measurement]) -> str:
    """Speed-ups."""

    def copies(model: Measurement) -> float:
        return median(2 * ratio for ratio in model.ratios(seconds, "hotswap 1", "copies"))

    def speed_up(model: Measurement, tool: str) -> str:
        if f"{tool} 2" not in model.ways or f"{tool} 1" not in model.ways:
            return "-"
        return f"{median(model.ratios(seconds, f'{tool} 1', f'{tool} 2')):.2f}"

    def share(model: Measurement) -> str:
        if "hotswap 2" not in model.ways:
            return "-"
        return f"{median(ratio / 2 for ratio in model.ratios(seconds, 'copies', 'hotswap 2')):.2f}"

    head = ["", "two copies", "hotswap", "SPIN", "rumur", "TLC", "hotswap to two copies"]
    return table(
        head,
        [
            [
                model.title,
                f"{copies(model):.2f}",
                *(speed_up(model, tool) for tool in TOOLS),
                share(model),
            ]
            for model in models
        ],
    )


def memory(models: Sequence[Measurement]) -> str:
    """Bytes a state."""

    def smallest(model: Measurement) -> Way:
        return min((way for way in model.tried if way.cores == 1), key=lambda way: way.costs[0].peak_bytes)

    def each(model: Measurement, found: float) -> str:
        return f"{found / model.states:,.0f}"

    def to_least(model: Measurement) -> float:
        return smallest(model).costs[0].peak_bytes / middle(model, peak_bytes, "hotswap least")

    head = [
        "",
        "hotswap",
        "least",
        "slower",
        "SPIN",
        "SPIN's smallest",
        "rumur",
        "SPIN to hotswap",
        "smallest to least",
    ]
    final = ["median", *[""] * 6, medians(models, peak_bytes, "SPIN 1", "hotswap 1")]
    final.append(f"**{number(median(to_least(model) for model in models if model.by_hand))}**")
    return table(
        head,
        [
            [
                model.title,
                each(model, middle(model, peak_bytes, "hotswap 1")),
                each(model, middle(model, peak_bytes, "hotswap least")),
                f"{median(model.ratios(seconds, 'hotswap least', 'hotswap 1')):.2f}",
                each(model, middle(model, peak_bytes, "SPIN 1")),
                each(model, smallest(model).costs[0].peak_bytes),
                each(model, middle(model, peak_bytes, "rumur 1")),
                spread(model, peak_bytes, "SPIN 1", "hotswap 1"),
                f"**{number(to_least(model))}**",
            ]
            for model in models
        ]
        + [final],
    )


def wall(models: Sequence[Measurement]) -> str:
    """All that one waits for."""

    def took(model: Measurement, way: str) -> str:
        return f"{middle(model, whole_seconds, way):.1f}" if way in model.ways else "-"

    ways = ("hotswap first", "hotswap 1", "SPIN 1", "rumur 1", "TLC 1")
    head = ["", "hotswap, first", "again", "SPIN", "rumur", "TLC", "SPIN to first", "SPIN to again"]
    return table(
        head,
        [
            [
                model.title,
                *(took(model, way) for way in ways),
                spread(model, whole_seconds, "SPIN 1", "hotswap first"),
                spread(model, whole_seconds, "SPIN 1", "hotswap 1"),
            ]
            for model in models
        ],
    )


def tried(models: Sequence[Measurement]) -> str:
    """SPIN's ways, and the commands of the fastest."""
    rows = [
        [model.title, way.how, str(way.cores), f"{way.costs[0].seconds:.2f}", each]
        for model in models
        for way in model.tried
        for each in [f"{way.costs[0].peak_bytes / model.states:,.0f}"]
    ]
    chosen = "".join(f"\n    {model.ways['SPIN 1'].command}\n" for model in models)
    return (
        table(["", "way", "cores", "seconds", "B/state"], rows) + f"\nThe fastest on one core, in this order:\n{chosen}"
    )


def not_taken(models: Sequence[Measurement]) -> str:
    """What is missing, and why."""
    reasons: dict[str, list[str]] = {}
    for model in models:
        for way, reason in model.missing.items():
            tool, cores = way.split()
            reasons.setdefault(f"{tool} on {'two cores' if cores == '2' else 'one core'}: {reason}", []).append(
                model.title
            )
    if not reasons:
        return ""
    lines = (f"- {reason} ({', '.join(titles)})\n" for reason, titles in reasons.items())
    return "\n## Not taken\n\n" + "".join(lines)


def spread(model: Measurement, what: Callable[[Cost], float], way: str, other: str) -> str:
    """The median of the ratios, between the lowest and the highest."""
    if way not in model.ways or other not in model.ways:
        return "-"
    found = model.ratios(what, way, other)
    return f"**{number(median(found))}** ({number(min(found))} to {number(max(found))})"


def medians(models: Sequence[Measurement], what: Callable[[Cost], float], way: str, other: str) -> str:
    """Over the models that SPIN has a text of by hand."""
    found = [
        median(model.ratios(what, way, other))
        for model in models
        if model.by_hand and {way, other} <= model.ways.keys()
    ]
    return f"**{number(median(found))}**" if found else "-"


def number(found: float) -> str:
    """As many digits as are worth reading."""
    return f"{found:.0f}" if found >= 20 else f"{found:.1f}"
