"""A trace as who calls whom: the lanes and messages of a sequence diagram, and where pointers point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...spec.language.system import System
from ..explore.result import CallRecord, Finding, Step, Trace, called

DANGLING = "dangling"


@dataclass(frozen=True)
class Message:
    """Somebody calls somebody, or a thread begins a step."""

    source: str
    target: str
    text: str


@dataclass(frozen=True)
class Pointer:
    """What a field points to since a step; one that dangles still points to where nobody is any more.

    To nobody at all (`None`) if that object was never seen: it came and went inside the step.
    """

    holder: str
    field: str
    target: str | None
    dangles: bool


@dataclass(frozen=True)
class Moment:
    """One step: what is said, what has changed of whom, which pointers point elsewhere, and who has come and gone."""

    number: int
    messages: tuple[Message, ...]
    notes: Mapping[str, tuple[str, ...]]
    pointers: tuple[Pointer, ...]
    born: frozenset[str]
    gone: frozenset[str]
    failed: str = ""
    error: str = ""


@dataclass(frozen=True)
class Sequence:
    """A whole trace: the threads, then the objects as they come up."""

    title: str
    threads: tuple[str, ...]
    objects: tuple[str, ...]
    moments: tuple[Moment, ...]
    end: str = ""
    """What is broken at its end."""
    unborn: frozenset[str] = frozenset()
    """The objects that are not there at the start."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """All of them, from left to right."""
        return self.threads + self.objects


def sequence(finding: Finding, system: System) -> Sequence:
    """A finding's trace."""
    return of_trace(
        finding.trace,
        system,
        finding.id,
        f"{finding.property}: {finding.message}" if finding.message else finding.property,
    )


def of_trace(trace: Trace, system: System, title: str, end: str = "") -> Sequence:
    """A trace, without what only the model has: its monitors."""
    machines = frozenset(machine.__name__ for machine in system.machines)
    moments = tuple(_moment(step, machines) for step in trace.steps)
    threads = tuple(dict.fromkeys(step.thread for step in trace.steps))
    objects = tuple(dict.fromkeys(name for moment in moments for name in _objects(moment) if name not in threads))
    return Sequence(
        title,
        threads,
        objects,
        moments,
        end,
        frozenset().union(*(moment.born for moment in moments)),
    )


def _objects(moment: Moment) -> Iterator[str]:
    for message in moment.messages:
        yield from (message.source, message.target)
    yield from moment.notes
    for pointer in moment.pointers:
        yield pointer.holder
        if pointer.target is not None:
            yield pointer.target


def _moment(step: Step, machines: frozenset[str]) -> Moment:
    changes = {name: words for name, words in step.changes.items() if _is_of(machines, name.partition(".")[0])}
    lives = {name.removesuffix(".live"): new for name, (_, new) in changes.items() if name.endswith(".live")}
    gone = frozenset(name for name, lives_now in lives.items() if lives_now == "False")
    notes: dict[str, list[str]] = {}
    pointers = []
    for name, (old, new) in changes.items():
        owner, _, changed = name.partition(".")
        if changed == "live":
            continue
        if new == DANGLING:
            pointers.append(Pointer(owner, changed, old if old in gone else None, dangles=True))
        elif _is_of(machines, new):
            pointers.append(Pointer(owner, changed, new, dangles=False))
        else:
            notes.setdefault(owner, []).append(f"{old} → {new}" if changed == "state" else f"{changed} = {new}")
    first = Message(step.thread, step.machine, "".join([called(step), *(f" [{choice}]" for choice in step.choices)]))
    return Moment(
        step.step,
        (first, *_messages(step.calls, step.machine)),
        {owner: tuple(lines) for owner, lines in notes.items() if owner not in gone},
        tuple(pointer for pointer in pointers if pointer.holder not in gone),
        frozenset(lives) - gone,
        gone,
        step.failed or "",
        step.error or "",
    )


def _is_of(machines: frozenset[str], word: str) -> bool:
    """Whether a word of a trace names an instance of one of these machines."""
    return word.rstrip("0123456789") in machines and word not in machines


def _messages(calls: Iterable[CallRecord], caller: str) -> Iterator[Message]:
    """The calls that change something, those inside after the one that makes them; a function's are its caller's."""
    for call in calls:
        if not call.changes:
            continue
        if call.machine:
            yield Message(caller, call.machine, called(call))
        yield from _messages(call.calls, call.machine or caller)
