"""A trace as who calls whom: the lanes and messages of a sequence diagram, and where pointers point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..explore.result import CallRecord, Finding, Step
from ..view.steps import action

DANGLING = "dangling"


@dataclass(frozen=True)
class Message:
    """Somebody calls somebody, or a thread begins a step."""

    source: str
    target: str
    text: str


@dataclass(frozen=True)
class Pointer:
    """What a field points to since a step; one that dangles still points to where nobody is any more."""

    holder: str
    field: str
    target: str
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
    unborn: frozenset[str] = field(default=frozenset())
    """The objects that are not there at the start."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """All of them, from left to right."""
        return self.threads + self.objects


def sequence(finding: Finding, is_ghost: Callable[[str], bool] = lambda name: False) -> Sequence:
    """A finding's trace; `is_ghost` says of an object that only the model has it."""
    moments = tuple(_moment(step, is_ghost) for step in finding.trace.steps)
    threads = tuple(dict.fromkeys(step.thread for step in finding.trace.steps))
    objects = tuple(dict.fromkeys(name for moment in moments for name in _objects(moment) if name not in threads))
    return Sequence(
        finding.id,
        threads,
        objects,
        moments,
        f"{finding.property}: {finding.message}" if finding.message else finding.property,
        frozenset().union(*(moment.born for moment in moments)),
    )


def _objects(moment: Moment) -> Iterator[str]:
    for message in moment.messages:
        yield from (message.source, message.target)
    yield from moment.notes
    for pointer in moment.pointers:
        yield from (pointer.holder, pointer.target)


def _moment(step: Step, is_ghost: Callable[[str], bool]) -> Moment:
    notes: dict[str, list[str]] = {}
    pointers: list[Pointer] = []
    born: set[str] = set()
    gone: set[str] = set()
    for name, (old, new) in step.changes.items():
        owner, _, changed = name.partition(".")
        if is_ghost(owner):
            continue
        if changed == "live":
            (born if new == "True" else gone).add(owner)
        elif new == DANGLING:
            pointers.append(Pointer(owner, changed, old, dangles=True))
        elif new != "None" and f"{owner}.{changed}" in step.changes and _is_object(new):
            pointers.append(Pointer(owner, changed, new, dangles=False))
        else:
            notes.setdefault(owner, []).append(f"{old} → {new}" if changed == "state" else f"{changed} = {new}")
    first = Message(step.thread, step.machine, "".join([_called(step), *(f" [{choice}]" for choice in step.choices)]))
    return Moment(
        step.step,
        (first, *_messages(step.calls, step.machine)),
        {owner: tuple(lines) for owner, lines in notes.items() if owner not in gone},
        tuple(pointer for pointer in pointers if pointer.holder not in gone),
        frozenset(born),
        frozenset(gone),
        step.failed or "",
        step.error or "",
    )


def _is_object(word: str) -> bool:
    """Whether a word of a trace names an instance."""
    return word[:1].isupper() and word[-1:].isdigit()


def _messages(calls: Iterable[CallRecord], caller: str) -> Iterator[Message]:
    """The calls that change something, those inside after the one that makes them; a function's are its caller's."""
    for call in calls:
        if not call.changes:
            continue
        if call.machine:
            yield Message(caller, call.machine, _called(call))
        yield from _messages(call.calls, call.machine or caller)


def _called(step: Step | CallRecord) -> str:
    """`row(argument=value)`."""
    return action(step).removeprefix(f"{step.machine}.")
