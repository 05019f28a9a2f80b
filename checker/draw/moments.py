"""The steps of a trace as moments of a sequence diagram: what is said, what has changed of whom, who comes and goes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from string import digits

from ...spec.language.machines import Machine
from ...spec.language.tables import Table
from ...spec.language.types import EnumValue
from ..explore.result import CallRecord, Step, Trace, called
from ..explore.words import word

Notes = Mapping[str, tuple[str, ...]]
"""What is said of each object, in lines."""

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
    notes: Notes
    pointers: tuple[Pointer, ...]
    born: frozenset[str]
    gone: frozenset[str]
    """Who came and went within the step is in both."""
    failed: str = ""
    error: str = ""


def first_rows(machine: type[Machine]) -> dict[str, str]:
    """The fields that hold a row of a table, which says what sort of object it is: the first row, too, is news."""
    return {
        name: word(made.value, made.value.blank)
        for name, made in machine.fields.items()
        if isinstance(made.value, EnumValue) and issubclass(made.value.members, Table)
    }


def moments(
    trace: Trace, machines: Mapping[str, type[Machine]], heard: frozenset[str], bare: frozenset[str]
) -> Iterator[Moment]:
    """The steps of a trace of these machines, by their names.

    `heard` are the operations that are drawn though they change nothing, `bare` the fields that may dangle.
    """
    live = {name.removesuffix(".live") for name in trace.initial if name.endswith(".live")}
    for step in trace.steps:
        moment = _moment(step, machines, heard, bare, live)
        live = (live | moment.born) - moment.gone
        yield moment


def _moment(
    step: Step,
    machines: Mapping[str, type[Machine]],
    heard: frozenset[str],
    bare: frozenset[str],
    live: Collection[str],
) -> Moment:
    changes = {name: words for name, words in step.changes.items() if is_of(machines, name.partition(".")[0])}
    lives = {name.removesuffix(".live"): new for name, (_, new) in changes.items() if name.endswith(".live")}
    gone = frozenset(name for name, lives_now in lives.items() if lives_now == "False")
    over = _is_over(step, machines)
    notes: dict[str, list[str]] = {}
    pointers = []
    for name in lives.keys() - gone:
        rows = first_rows(machines[name.rstrip(digits)]).items()
        notes[name] = [f"{sort} = {first}" for sort, first in rows if f"{name}.{sort}" not in changes]
    for name, (old, new) in changes.items():
        owner, _, changed = name.partition(".")
        if changed == "live" or (owner in over and changed != "state"):
            continue
        if new == DANGLING and f"{owner.rstrip(digits)}.{changed}" in bare:
            notes.setdefault(owner, []).append(f"{changed} is not looked at again")
        elif new == DANGLING:
            pointers.append(Pointer(owner, changed, old if old in gone else None, dangles=True))
        elif is_of(machines, new):
            pointers.append(Pointer(owner, changed, new, dangles=False))
        else:
            notes.setdefault(owner, []).append(f"{old} → {new}" if changed == "state" else f"{changed} = {new}")
    calls = tuple(_messages(step.calls, step.machine, heard, step.error is not None))
    silent = not calls and changes.keys() <= {f"{step.machine}.state"} and not (step.failed or step.error)
    said = [called(step), *(f"[{choice}]" for choice in step.choices), *(["(changes nothing)"] if silent else [])]
    visitors = {
        message.target
        for message in calls
        if machines[message.target.rstrip(digits)].dynamic and message.target not in (*live, *lives)
    }
    return Moment(
        step.step,
        (Message(step.thread, step.machine, " ".join(said)), *calls),
        {owner: tuple(lines) for owner, lines in notes.items() if lines and owner not in gone},
        tuple(pointer for pointer in pointers if pointer.holder not in gone),
        frozenset(lives) - gone | visitors,
        gone | visitors,
        step.failed or "",
        step.error or "",
    )


def _is_over(step: Step, machines: Mapping[str, type[Machine]]) -> frozenset[str]:
    """Who has come to a state in which all else is forgotten: that his fields are blank now is no news."""
    found = set()
    for name, (_, new) in step.changes.items():
        owner, _, changed = name.partition(".")
        machine = machines.get(owner.rstrip(digits))
        if changed == "state" and machine and any(state.clear and state.name == new for state in machine.states):
            found.add(owner)
    return frozenset(found)


def is_of(machines: Collection[str], word: str) -> bool:
    """Whether a word of a trace names an instance of one of these machines."""
    return word.rstrip(digits) in machines and word not in machines


def _messages(calls: tuple[CallRecord, ...], caller: str, heard: frozenset[str], breaks: bool) -> Iterator[Message]:
    """The calls that matter, those inside after the one that makes them; a function's are its caller's.

    Of a step that breaks off, the last calls, in which it does, matter though they have not returned.
    """
    for call in calls:
        last = breaks and call is calls[-1]
        if not last and not _matters(call, heard):
            continue
        if call.machine:
            yield Message(caller, call.machine, called(call))
        yield from _messages(call.calls, call.machine or caller, heard, last)


def _matters(call: CallRecord, heard: frozenset[str]) -> bool:
    """Whether it changes something, or leads to what a monitor listens to: an event that is said twice is news, too."""
    name = f"{call.machine.rstrip(digits)}.{call.row}"
    return bool(call.changes) or name in heard or any(_matters(inner, heard) for inner in call.calls)
