"""What the checker finds in QEMU: compared by tests, and written anew when run as a script.

`docs/qemu.md` shows every known defect with its shortest trace; `golden/compare.json` has the verdicts of all profiles.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import digits
from textwrap import fill

import pytest

from hotswap.checker import Result, check
from hotswap.checker.explore.path import path
from hotswap.checker.explore.result import Finding, Step, Trace
from hotswap.checker.view.comparison import text
from hotswap.checker.view.steps import with_choices
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import System
from hotswap.spec.models import Model
from qemu_defects import OUTSIDE, QEMU_DEFECTS, REACHABLE, QemuDefect, Reachable

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "qemu.md"
GOLDEN = TESTS / "golden" / "compare.json"
PROFILES = [profile.name for profile in CHARDEV.versions]
REPAIRED_FIRST = [pytest.param(name, marks=[] if name == "repaired" else [pytest.mark.thorough]) for name in PROFILES]
"""One version each time; QEMU's in the thorough part."""

HEAD = """\
# What hotswap finds in QEMU

Written by `python tests/findings.py`; tests hold it to the spec. The profiles are QEMU as it got `chardev-change`
(2.10), 7.2 with its stable releases, and 10.0. In the profile `repaired` the checker finds none of the defects.

A defect is *seen* if a real QEMU has shown it, and *predicted* if so far only the model has. *Steps* is the length of
the shortest trace that breaks the property, in the default scope (`small`) or in the configuration that its section
names. Of every step the trace shows who takes it, which row of the spec it is, and the functions of QEMU that the row
stands for; `hotswap check --profile qemu-10.0 --property NAME` shows what changes as well.

## Defects

| defect | versions | property | steps | evidence |
|---|---|---|---|---|
"""
REACHED = """
## What happens, but breaks no property

The trace leads to a state that `hotswap path` was asked for.
"""
BEYOND = """
## What the model says nothing of

| | what is known | why |
|---|---|---|
"""


@functools.cache
def judged(profile: str, setup: Setup | None = None) -> Result:
    """What the checker says of the default scope, or of one configuration."""
    return check(CHARDEV, profile=profile, scope=[setup] if setup else None)


@functools.cache
def reached(each: Reachable, profile: str) -> Trace | None:
    """The shortest way to a state, if there is one."""
    return path(CHARDEV, each.predicate, profile=profile, scope=[each.setup]).properties[0].trace


def place(finding: Finding) -> str:
    """The property and the row of a finding, without the line."""
    return re.sub(r":\d+$", "", finding.id)


def places(result: Result) -> set[str]:
    """Where which properties break."""
    broken = [known for known in result.properties if known.verdict == "violated"]
    return {place(finding) for known in broken for finding in known.findings}


def found(defect: QemuDefect, profile: str) -> Trace | None:
    """The shortest trace to a defect's finding, if it is there."""
    verdict = judged(profile, defect.setup).verdict(re.split(r"[\[@]", defect.breaks)[0])
    traces = (finding.trace for finding in verdict.findings if place(finding) == defect.breaks)
    return min(traces, key=lambda trace: trace.length, default=None)


def profiles_with(traces: Iterable[Trace | None]) -> tuple[str, ...]:
    """The profiles in which there is a trace, of one for each profile."""
    return tuple(profile for profile, trace in zip(PROFILES, traces, strict=True) if trace)


def line(defect: QemuDefect) -> str:
    """A defect's line in the table."""
    lengths = [trace.length for profile in PROFILES if (trace := found(defect, profile))]
    steps = ", ".join(str(length) for length in (lengths if len(set(lengths)) > 1 else lengths[:1]))
    name, _, row = defect.breaks.partition("@")
    link = f"[{defect.name}](#{defect.name})"
    return f"| {link} | {_versions(defect.profiles)} | `{name}` at `{row}` | {steps} | {defect.evidence} |\n"


def section(defect: QemuDefect) -> str:
    """A defect's own part of the page, with the trace in the newest version that has it."""
    trace = found(defect, defect.profiles[-1])
    assert trace is not None, f"{defect.name} is not in {defect.profiles[-1]}"
    facts = [f"`{defect.breaks}`, in {_versions(defect.profiles)}; {defect.evidence}", *_facts(defect)]
    return _part(defect.name, defect.what, facts, trace)


def state_section(each: Reachable) -> str:
    """The part of the page on a state that is reached."""
    trace = reached(each, each.profiles[-1])
    assert trace is not None, f"{each.name} is not in {each.profiles[-1]}"
    facts = [f"In {_versions(each.profiles)}; {each.evidence}", f"State: `{each.predicate}`", *_facts(each)]
    return _part(each.name, each.what, facts, trace)


def _facts(each: QemuDefect | Reachable) -> Iterator[str]:
    yield f"QEMU: {each.source}"
    if each.setup:
        devices = " and ".join(f"`{model.name}`" for model in each.setup.devices)
        kinds = ", ".join(f"`{kind.name}`" for kind in dict.fromkeys((*each.setup.backends, *each.setup.others)))
        yield f"Configuration: {devices}, backends {kinds}"


def _part(name: str, what: str, facts: Iterable[str], trace: Trace) -> str:
    head = f"\n### {name}\n\n{fill(what, 120)}\n\n" + "".join(
        f"- {fact}\n" for fact in (*facts, f"Start: {start(trace)}")
    )
    return f"{head}\n{steps_of(trace)}"


def steps_of(trace: Trace, system: System = CHARDEV) -> str:
    """A trace as a table, with the functions of QEMU that each step stands for."""
    rows = (f"| {step.step} | {step.thread} | {_action(step)} | {_functions(system, step)} |\n" for step in trace.steps)
    return f"| | thread | step | QEMU |\n|---|---|---|---|\n{''.join(rows)}"


def start(trace: Trace) -> str:
    """The devices and the chardevs that there are before the first step; a blank field is not in the trace."""
    first = trace.initial
    models = {
        slot: first.get(f"{slot}.model", next(iter(Model)).name)
        for slot in _slots(first, "Device")
        if f"{slot}.frontend" in first
    }
    kinds = {
        first[f"{slot}.label"]: first.get(f"{slot}.kind", next(iter(Kind)).name) for slot in _slots(first, "Chardev")
    }
    return ", ".join(f"{name} is a `{what}`" for name, what in (models | kinds).items())


def _slots(start: Mapping[str, str], machine: str) -> Iterable[str]:
    return dict.fromkeys(slot for name in start if (slot := name.partition(".")[0]).rstrip(digits) == machine)


def _action(step: Step) -> str:
    ends = [f'"{step.failed}"'] if step.failed else []
    return " ".join([f"`{with_choices(step)}`", *ends, *(["**fails**"] if step.error else [])])


def _functions(system: System, step: Step) -> str:
    """The functions of QEMU that a step's row names."""
    name = f"{step.machine.rstrip(digits)}.{step.row}"
    summary = next(row.summary for row in system.steps if row.qualname == name)
    return ", ".join(f"`{function}`" for function in re.findall(r"`(\w+_\w+)`", summary))


def _versions(profiles: Sequence[str]) -> str:
    return ", ".join(profile.removeprefix("qemu-") for profile in profiles)


def page() -> str:
    """The whole page."""
    defects = "".join(map(line, QEMU_DEFECTS)) + "".join(map(section, QEMU_DEFECTS))
    states = "".join(map(state_section, REACHABLE))
    beyond = "".join(f"| {each.name} | {each.what} | {each.why} |\n" for each in OUTSIDE)
    return HEAD + defects + REACHED + states + BEYOND + beyond


def golden() -> str:
    """The verdicts of all profiles in the default scope, as `hotswap compare --json` writes them."""
    return text([judged(profile) for profile in PROFILES])


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(golden(), "utf-8")
    PAGE.write_text(page(), "utf-8")
