"""A trace as who calls whom: the lanes and messages of a sequence diagram, and where pointers point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import digits

from ...spec.language.system import System, thread_of
from ...spec.language.types import RefValue
from ..explore.result import CallRecord, Finding, Step, Trace, called

DANGLING = "dangling"
USE_AFTER_FREE = "no-use-after-free"


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
    """A whole trace: the threads, then the objects."""

    title: str
    threads: tuple[str, ...]
    objects: tuple[str, ...]
    moments: tuple[Moment, ...]
    end: str = ""
    """What is broken at its end; nothing if the last step says it itself."""
    unborn: frozenset[str] = frozenset()
    """The objects that are not there at the start."""
    palette: tuple[str, ...] = ()
    """All threads of the system: each has the same colour in all pictures."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """All of them, from left to right."""
        return self.threads + self.objects


def sequence(finding: Finding, system: System) -> Sequence:
    """A finding's trace, and what is broken at its end."""
    return of_trace(finding.trace, system, finding.id, _broken(finding))


def of_trace(trace: Trace, system: System, title: str, end: str = "") -> Sequence:
    """A trace, without what only the model has: its monitors.

    A bare pointer (`Raw`) may dangle, as long as nobody follows it: that is drawn only in a trace where somebody does.
    """
    error = trace.steps[-1].error if trace.steps else None
    machines = frozenset(machine.__name__ for machine in system.machines)
    heard = frozenset(each.qualname for monitor in system.monitors for row in monitor.rows for each in row.observes)
    bare = frozenset() if error and error.startswith(USE_AFTER_FREE) else _bare(system)
    moments = tuple(_moment(step, machines, heard, bare) for step in trace.steps)
    threads = tuple(dict.fromkeys(step.thread for step in trace.steps))
    objects = {name: None for moment in moments for name in _objects(moment) if name not in threads}
    return Sequence(
        title,
        threads,
        tuple(sorted(objects, key=_place(system))),
        moments,
        "" if error else end,
        _unborn(moments),
        tuple(dict.fromkeys(thread_of(row).name for row in system.steps)),
    )


def _unborn(moments: Iterable[Moment]) -> frozenset[str]:
    """Who comes before he goes; who is freed first was there, though another may come in his place."""
    there: dict[str, bool] = {}
    for moment in moments:
        for name in moment.gone:
            there.setdefault(name, True)
        for name in moment.born:
            there.setdefault(name, False)
    return frozenset(name for name, was in there.items() if not was)


def _broken(finding: Finding) -> str:
    broken = f"{finding.property}: {finding.message}" if finding.message else finding.property
    return f"{broken}{_for_ever(finding.trace)}"


def _for_ever(trace: Trace) -> str:
    """Of a lasso: what of it goes on."""
    if trace.loop is None:
        return ""
    if trace.rests:
        return "; nothing more happens"
    again = f"step {trace.length}" if trace.loop + 1 == trace.length else f"steps {trace.loop + 1} to {trace.length}"
    return f"; {again} for ever"


def _bare(system: System) -> frozenset[str]:
    """The fields that are pointers which may dangle, as `Machine.field`."""
    return frozenset(
        f"{machine.__name__}.{name}"
        for machine in system.machines
        for name, made in machine.fields.items()
        if isinstance(made.value, RefValue) and made.value.raw
    )


def _place(system: System) -> Callable[[str], tuple[bool, int]]:
    """What objects are sorted by: those of one machine stay as they come up.

    Commands are first. The others are in the reverse order of the system's, in which a machine comes after what it
    builds on: so who calls stands left of who is called.
    """
    places = {machine.__name__: (not machine.command, -at) for at, machine in enumerate(system.machines)}
    return lambda name: places[name.rstrip(digits)]


def _objects(moment: Moment) -> Iterator[str]:
    for message in moment.messages:
        yield from (message.source, message.target)
    yield from moment.notes
    for pointer in moment.pointers:
        yield pointer.holder
        if pointer.target is not None:
            yield pointer.target


def _moment(step: Step, machines: frozenset[str], heard: frozenset[str], bare: frozenset[str]) -> Moment:
    changes = {name: words for name, words in step.changes.items() if _is_of(machines, name.partition(".")[0])}
    lives = {name.removesuffix(".live"): new for name, (_, new) in changes.items() if name.endswith(".live")}
    gone = frozenset(name for name, lives_now in lives.items() if lives_now == "False")
    notes: dict[str, list[str]] = {}
    pointers = []
    for name, (old, new) in changes.items():
        owner, _, changed = name.partition(".")
        if changed == "live":
            continue
        if new == DANGLING and f"{owner.rstrip(digits)}.{changed}" in bare:
            notes.setdefault(owner, []).append(f"{changed} is not looked at again")
        elif new == DANGLING:
            pointers.append(Pointer(owner, changed, old if old in gone else None, dangles=True))
        elif _is_of(machines, new):
            pointers.append(Pointer(owner, changed, new, dangles=False))
        else:
            notes.setdefault(owner, []).append(f"{old} → {new}" if changed == "state" else f"{changed} = {new}")
    first = Message(step.thread, step.machine, "".join([called(step), *(f" [{choice}]" for choice in step.choices)]))
    return Moment(
        step.step,
        (first, *_messages(step.calls, step.machine, heard, step.error is not None)),
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
