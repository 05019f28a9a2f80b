"""hotswap beside SPIN, rumur and TLC: `python tests/benchmarks/checkers.py`.

Each model is counted by all of them first; a count that differs ends the run. Then all are measured in turns, SPIN in
whichever of its exact ways was the fastest in a trial. The results go to results.json, and from there to
docs/performance.md. Run it on an idle machine, with spin, rumur, gcc and java.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import ours, page, results, rumur, spin, tlc
from benchmarks.process import BenchmarkError, measured
from benchmarks.results import Cost, Measurement, Results, Way
from benchmarks.subjects import SUBJECTS, Subject


@dataclass(frozen=True)
class Contestant:
    """A way to search that can be measured again and again."""

    way: Way
    again: Callable[[], Cost]


def counted(subject: Subject, tool: str, states: int, transitions: int | None) -> None:
    """Everybody has to find the states and transitions that are known."""
    wanted = (subject.states, subject.transitions)
    found = (states, subject.transitions if transitions is None else transitions)
    if found != wanted:
        raise BenchmarkError(
            f"{subject.title}: {tool} counts {found[0]:,} states and {found[1]:,} transitions, "
            f"but there are {wanted[0]:,} and {wanted[1]:,}"
        )


def of_spin(run: spin.Run, start_up: int) -> Cost:
    """SPIN's costs: `spin`, `gcc` and `pan` together are what one waits for."""
    return Cost(run.seconds, run.compile_seconds + run.seconds, run.peak_bytes - start_up)


def of_rumur(run: rumur.Run, start_up: int) -> Cost:
    """rumur's, likewise."""
    return Cost(run.seconds, run.compile_seconds + run.seconds, run.peak_bytes - start_up)


def of_ours(run: ours.Run, start_up: int) -> Cost:
    """hotswap's: its process from start to end is what one waits for.

    What it allocated counts if that is more: a search may stay below what start-up has freed.
    """
    above = max(run.peak_bytes - start_up, run.allocated_bytes)
    return Cost(run.seconds, run.whole_seconds, above, run.allocated_bytes)


def hotswap(subject: Subject, environment: Mapping[str, str]) -> Iterator[Contestant]:
    """A spec never seen, and seen before; two threads; and two copies at once, as much as two cores can do."""
    plenty = ours.search(subject.searched, environment)  # so that start-up loads what is compiled
    start_up = ours.start_up_bytes(subject.searched, environment)
    least = ours.least_memory(subject.searched, environment, start_up, plenty.allocated_bytes)

    def once(threads: int = 1, memory: int = 0) -> Cost:
        run = ours.search(subject.searched, environment, threads, memory)
        counted(subject, "hotswap", run.states, run.transitions)
        return of_ours(run, start_up)

    def first() -> Cost:
        ours.forget_specs(environment)
        return once()

    def copies() -> Cost:
        both = ours.two_at_once(subject.searched, environment)
        for run in both:
            counted(subject, "a copy of hotswap", run.states, run.transitions)
        slower = max(both, key=lambda run: run.seconds)
        return of_ours(slower, start_up)

    words = " ".join(["hotswap", "check", *(Path(word).name for word in subject.searched)])
    yield Contestant(Way("hotswap", "a spec that was not compiled before", 1, words, ()), first)
    yield Contestant(Way("hotswap", "a spec that was compiled before", 1, words, ()), once)
    yield Contestant(Way("hotswap", "two copies at once", 2, words, ()), copies)
    little = f"{words} --memory {least // 1000}K"
    yield Contestant(Way("hotswap", "with as little memory as will do", 1, little, ()), lambda: once(1, least))
    if ours.has_threads():
        yield Contestant(Way("hotswap", "two threads", 2, f"{words} --threads 2", ()), lambda: once(2))


DEEPER = 50
"""How many steps of SPIN's a step of the spec has at most: an exported text takes several."""


def spins(subject: Subject, cores: int, folder: Path, start_up: int) -> Iterator[Contestant]:
    """All of SPIN's ways, each with a first run; those under a reduction only if they find every state."""
    deepest = subject.states if subject.promela else subject.states * DEEPER
    for text in subject.texts(folder):
        depth = spin.depth(text, deepest, subject.options, subject.defines)
        modes = spin.exact if cores == 1 else spin.exact_on_two_cores
        for mode in modes(subject.states, depth + 10, subject.options):
            yield from _spin(subject, text, mode, cores, start_up)


def _spin(subject: Subject, text: Path, mode: spin.Mode, cores: int, start_up: int) -> Iterator[Contestant]:
    def once() -> Cost:
        run = spin.search(text, mode, subject.defines)
        counted(subject, f"SPIN, {text.name}, {mode.name}", run.states, run.transitions if subject.promela else None)
        return of_spin(run, start_up)

    run = spin.search(text, mode, subject.defines)
    if mode.reduced and run.states < subject.states:
        print(f"{subject.title}: SPIN, {text.name}, {mode.name}: {run.states:,} states, left out", flush=True)
        return
    print(f"{subject.title}, trial: SPIN, {text.name}, {mode.name}, cores {cores}: {run.seconds:.2f} s", flush=True)
    counted(subject, f"SPIN, {text.name}, {mode.name}", run.states, run.transitions if subject.promela else None)
    command = run.command.replace(str(text.resolve()), text.name)
    yield Contestant(Way("SPIN", f"{text.name}, {mode.name}", cores, command, (of_spin(run, start_up),)), once)


def rumurs(subject: Subject, cores: int, folder: Path, start_up: int) -> Contestant:
    """rumur on the exported text."""
    text = subject.exported("murphi", folder).read_text()

    def once() -> Cost:
        run = rumur.search(text, cores)
        counted(subject, "rumur", run.states, run.transitions)
        return of_rumur(run, start_up)

    run = rumur.search(text, cores)
    counted(subject, "rumur", run.states, run.transitions)
    return Contestant(Way("rumur", "exported", cores, run.command, (of_rumur(run, start_up),)), once)


def tlcs(subject: Subject, cores: int, folder: Path) -> Contestant:
    """TLC on its module; what a Java process reserves says nothing of its states.

    In a module that is written by hand it generates a state for each transition; in an exported one, one for all
    outcomes of a step that are equal, and one for each side of a guard that has several.
    """
    module = subject.module(folder)

    def once() -> Cost:
        run = tlc.search(module, subject.constants, cores)
        counted(subject, "TLC", run.states, run.transitions if subject.tla else None)
        return Cost(run.seconds, run.seconds, run.peak_bytes)

    return Contestant(Way("TLC", module.name, cores, f"tlc2.TLC -workers {cores}", (once(),)), once)


def compete(subject: Subject, rounds: int, environment: Mapping[str, str]) -> Measurement:
    """Count with all of them, choose SPIN's best ways, and measure in turns."""
    start_up = measured(["true"], ".").peak_bytes
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="texts-") as name:
        folder = Path(name)
        entered = {_key(one.way): one for one in hotswap(subject, environment)}
        if not ours.has_threads():
            missing["hotswap 2"] = "this version has no `--threads`"
        tried: list[Contestant] = []
        for cores in (1, 2):
            found = list(spins(subject, cores, folder, start_up))
            tried += found
            entered[f"SPIN {cores}"] = min(found, key=lambda one: one.way.costs[0].seconds)
            entered[f"rumur {cores}"] = rumurs(subject, cores, folder, start_up)
            entered[f"TLC {cores}"] = tlcs(subject, cores, folder)
        costs: dict[str, list[Cost]] = {key: [] for key in entered}
        for number in range(rounds):
            for key, one in entered.items():
                costs[key].append(cost := one.again())
                print(f"{subject.title}, round {number + 1}: {key:9} {cost.seconds:8.2f} s", flush=True)
    ways = {key: replace(one.way, costs=tuple(costs[key])) for key, one in entered.items()}
    return Measurement(
        name=subject.name,
        title=subject.title,
        states=subject.states,
        transitions=subject.transitions,
        by_hand=bool(subject.promela),
        ways=ways,
        tried=tuple(one.way for one in tried),
        missing=missing,
    )


def _key(way: Way) -> str:
    return {
        "a spec that was not compiled before": "hotswap first",
        "a spec that was compiled before": "hotswap 1",
        "two copies at once": "copies",
        "with as little memory as will do": "hotswap least",
        "two threads": "hotswap 2",
    }[way.how]


def versions() -> dict[str, str]:
    """Of the programs that were measured."""
    told = {
        "SPIN": ["spin", "-V"],
        "rumur": ["rumur", "--version"],
        "gcc": ["gcc", "-dumpfullversion"],
        "TLC": ["java", "-cp", str(tlc.jar()), "tlc2.TLC", "-h"],
        "Java": ["java", "--version"],
    }
    found = {}
    for tool, command in told.items():
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        number = re.search(r"\d+\.[\d.]*\d", output)
        found[tool] = number[0] if number else output.strip()
    return {"Python": sys.version.split()[0], **found}


def machine() -> str:
    """Its kind."""
    return f"{os.cpu_count()}-core {os.uname().machine}"


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns after the trial (default: 5)")
    parser.add_argument("--only", action="append", default=[], metavar="MODEL", help="leave the others as they were")
    parser.add_argument("--page", action="store_true", help="write the page of the results that are there")
    options = parser.parse_args(arguments)
    names = [subject.name for subject in SUBJECTS]
    unknown = [name for name in options.only if name not in names]
    if unknown or options.rounds < 1:
        parser.error(f"there is no model {unknown[0]}: {', '.join(names)}" if unknown else "one round is the least")
    try:
        if not options.page:
            measure(options.only or names, options.rounds)
        if not results.FILE.exists():
            raise BenchmarkError(f"{results.FILE.name} is not there: nothing was measured yet")
        page.write(results.read())
    except BenchmarkError as error:
        raise SystemExit(f"{Path(__file__).name}: {error}") from None


def measure(names: Sequence[str], rounds: int) -> None:
    """Measure the named models anew, and keep what is known of the others: a ratio is of one model in one run."""
    known = {model.name: model for model in results.read().models} if results.FILE.exists() else {}
    with ours.own_cache() as environment:
        for subject in SUBJECTS:
            if subject.name in names:
                known[subject.name] = compete(subject, rounds, environment)
                models = tuple(known[one.name] for one in SUBJECTS if one.name in known)
                results.write(Results(machine(), versions(), models))


if __name__ == "__main__":
    main(sys.argv[1:])
