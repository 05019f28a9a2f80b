"""A trace as text: one step a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from ..explore.result import CallRecord, Step, Trace, called
from .console import columns, put
from .places import place

Changes = Mapping[str, tuple[str, str]]


HEADINGS = ("", "thread", "step", "what changes", "where")


def print_trace(console: Console, trace: Trace, *, verbose: bool = False) -> None:
    """Where a trace starts, and its steps; `verbose` adds the calls inside each step."""
    print_start(console, trace)
    if not trace.steps and trace.loop is None:
        return
    lines = list(_table(trace, verbose=verbose))
    others = [[line.number, line.thread, line.action, line.where] for line in lines]
    headings = [heading for heading in HEADINGS if heading != "what changes"]
    taken = sum(max(map(len, column)) for column in zip(headings, *others, strict=True))
    room = max(console.width - taken - 2 * len(headings), 24)
    table = columns(*HEADINGS, right=("",))
    for line in lines:
        changes = Text("\n".join(packed(line.changes, room)))
        table.add_row(line.number, line.thread, Text(line.action, line.style), changes, Text(line.where, "dim"))
    put(console, table)


def print_start(console: Console, trace: Trace) -> None:
    """The state before the first step, one object a line, but for the empty ones that no step touches."""
    touched = {owner for step in trace.steps for owner in _touched(step)}
    objects: dict[str, dict[str, str]] = {}
    for name, value in trace.initial.items():
        owner, field = name.split(".", 1)
        objects.setdefault(owner, {})[field] = value
    table = columns("start", "")
    for owner, fields in objects.items():
        if fields.keys() == {"state"} and owner not in touched:
            continue
        words = [fields["state"]] if "state" in fields else []
        words += [f"{name} = {value}" for name, value in fields.items() if name not in ("state", "live")]
        table.add_row(owner, "\n".join(packed([words], console.width - 20)))
    if objects:
        put(console, table)
        console.print()


def _touched(step: Step) -> Iterator[str]:
    """The objects that take part in a step."""
    yield step.machine
    yield from step.arguments.values()
    yield from (name.split(".", 1)[0] for name in step.changes)


def action(step: Step | CallRecord) -> str:
    """`Machine0.row(argument=value)`; a function has no machine."""
    return f"{step.machine}.{called(step)}" if step.machine else called(step)


def with_choices(step: Step) -> str:
    """A step's action and the outcomes that were taken in it."""
    return action(step) + "".join(f" [{choice}]" for choice in step.choices)


def what_changes(changes: Changes, owner: str) -> list[list[str]]:
    """Each change in few words, a group for each object; the step's own machine comes first and is not named.

    A state is `from -> to`, anything else `field = value`; of an object that is gone nothing is said but that.
    """
    objects: dict[str, list[str]] = {owner: []}
    for name, (old, new) in changes.items():
        machine, field = name.split(".", 1)
        if field == "live":
            objects.setdefault(machine, []).insert(0, "new" if new == "True" else "freed")
        elif f"{machine}.live" in changes and changes[f"{machine}.live"][1] == "False":
            continue
        elif field == "state":
            objects.setdefault(machine, []).insert(0, f"{old} -> {new}")
        else:
            objects.setdefault(machine, []).append(f"{field} = {new}")
    for machine, words in objects.items():
        if machine != owner and words:
            words[0] = f"{machine}: {words[0]}"
    return [words for words in objects.values() if words]


@dataclass(frozen=True)
class _Line:
    number: str
    thread: str
    action: str
    changes: list[list[str]]
    where: str
    style: str


def _table(trace: Trace, *, verbose: bool) -> Iterator[_Line]:
    """Every step, and from where on a lasso goes round."""
    for step in trace.steps:
        if step.step - 1 == trace.loop:
            yield _said("for ever:")
        yield from _lines(step, verbose=verbose)
    if trace.rests:
        yield _said("nothing more, for ever")


def _said(text: str) -> _Line:
    return _Line("", "", text, [], "", "italic")


def _lines(step: Step, *, verbose: bool) -> Iterator[_Line]:
    changes = what_changes(step.changes, step.machine)
    if step.failed is not None:
        changes.append([f'fails with "{step.failed}"'])
    if step.error is not None:
        changes.append([step.error])
    style = "bold red" if step.error else "bold"
    yield _Line(str(step.step), step.thread, with_choices(step), changes, place(step.file, step.line), style)
    if verbose:
        yield from _nested(step.calls, "  ")


def _nested(calls: Iterable[CallRecord], indent: str) -> Iterator[_Line]:
    for call in calls:
        changes = what_changes(call.changes, call.machine)
        yield _Line("", "", indent + action(call), changes, place(call.file, call.line), "")
        yield from _nested(call.calls, indent + "  ")


def packed(groups: list[list[str]], room: int) -> list[str]:
    """Commas within a group, a semicolon after it; no line longer than `room` if that can be, best a group a line."""
    room -= 1  # for the comma or the semicolon
    lines: list[str] = []
    for group in groups:
        whole = ", ".join(group)
        fits = bool(lines) and len(lines[-1]) + 2 + len(whole) <= room
        for position, word in enumerate([whole] if fits or len(whole) <= room else group):
            new_line = not lines or len(lines[-1]) + 2 + len(word) > room or (position == 0 and not fits)
            separator = "," if position else ";"
            if not lines:
                lines.append(word)
            elif new_line:
                lines[-1] += separator
                lines.append(f"  {word}" if position else word)
            else:
                lines[-1] += f"{separator} {word}"
    return lines
