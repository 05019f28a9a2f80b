"""A trace as who calls whom: the lanes and messages of a sequence diagram, and where pointers point."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import digits

from ...spec.language.machines import Machine
from ...spec.language.system import System, thread_of
from ...spec.language.types import RefValue
from ..explore.result import Finding, Trace
from .moments import Moment, Notes, first_rows, is_of, moments

USE_AFTER_FREE = "no-use-after-free"


@dataclass(frozen=True)
class Sequence:
    """A whole trace: the threads, then the objects."""

    title: str
    threads: tuple[str, ...]
    objects: tuple[str, ...]
    moments: tuple[Moment, ...]
    start: Notes = field(default_factory=dict)
    """The objects as they are before the first step."""
    end: str = ""
    """What is broken at its end; nothing if the last step says it itself."""
    evidence: Notes = field(default_factory=dict)
    """What is wrong at its end: the fields that the broken condition reads."""
    unborn: frozenset[str] = frozenset()
    """The objects that are not there at the start."""
    palette: tuple[str, ...] = ()
    """All threads of the system: each has the same colour in all pictures."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """All of them, from left to right."""
        return self.threads + self.objects

    @property
    def breaks(self) -> bool:
        """Whether its last step breaks something."""
        return bool(self.end or (self.moments and self.moments[-1].error))


def sequence(finding: Finding, system: System) -> Sequence:
    """A finding's trace, and what is broken at its end."""
    return of_trace(finding.trace, system, finding.id, _broken(finding, system), finding.evidence)


def of_trace(
    trace: Trace, system: System, title: str, end: str = "", evidence: Mapping[str, str] | None = None
) -> Sequence:
    """A trace, without what only the model has: its monitors, whose fields count as those of the object watched.

    A bare pointer (`Raw`) may dangle, as long as nobody follows it: that is drawn only in a trace where somebody does.
    """
    error = trace.steps[-1].error if trace.steps else None
    machines = {machine.__name__: machine for machine in system.machines}
    heard = frozenset(each.qualname for monitor in system.monitors for row in monitor.rows for each in row.observes)
    bare = frozenset() if error and error.startswith(USE_AFTER_FREE) else _bare(system)
    taken = tuple(moments(trace, machines, heard, bare))
    threads = tuple(dict.fromkeys(step.thread for step in trace.steps))
    wrong = _evidence(evidence or {}, system)
    objects = {name: None for moment in taken for name in _objects(moment) if name not in threads}
    objects |= dict.fromkeys(wrong)
    objects |= {value: None for value in (evidence or {}).values() if is_of(machines, value)}
    objects |= dict.fromkeys(_owners(trace.initial, machines, objects))
    lanes = tuple(sorted(objects, key=_place(system)))
    there = {name for name in objects if not machines[name.rstrip(digits)].dynamic or f"{name}.live" in trace.initial}
    start = {
        name: _start(name, trace.initial, machines[name.rstrip(digits)], objects) for name in lanes if name in there
    }
    return Sequence(
        title,
        threads,
        lanes,
        taken,
        {name: lines for name, lines in start.items() if lines},
        end,
        wrong,
        frozenset(objects.keys() - there),
        tuple(dict.fromkeys(thread_of(row).name for row in system.steps)),
    )


def _broken(finding: Finding, system: System) -> str:
    """What is broken, in words; of an error, which the last step tells, the line at which it happens."""
    if finding.trace.loop is None and finding.trace.steps and finding.trace.steps[-1].error:
        line = linecache.getline(finding.file, finding.line).strip()
        return f"{Path(finding.file).name}:{finding.line}: {line}" if line else ""
    summaries = {known.name: known.summary for known in system.all_properties}
    said = finding.message or summaries.get(finding.property, "")
    broken = f"{finding.property}: {said}" if said else finding.property
    return f"{broken}{_for_ever(finding.trace)}"


def _for_ever(trace: Trace) -> str:
    """Of a lasso: what of it goes on."""
    if trace.loop is None:
        return ""
    if trace.rests:
        return "; nothing more happens"
    again = f"step {trace.length}" if trace.loop + 1 == trace.length else f"steps {trace.loop + 1} to {trace.length}"
    return f"; {again} for ever"


def _evidence(evidence: Mapping[str, str], system: System) -> Notes:
    """What is wrong of each object."""
    watched = {monitor.__name__: monitor.of.__name__ for monitor in system.monitors}
    notes: dict[str, tuple[str, ...]] = {}
    for name, value in evidence.items():
        owner, _, changed = name.partition(".")
        machine = owner.rstrip(digits)
        mine = f"{watched.get(machine, machine)}{owner.removeprefix(machine)}"
        before = "" if mine == owner else f"{machine}: "
        line = f"{before}{value}" if changed == "state" else f"{before}{changed} = {value}"
        notes[mine] = (*notes.get(mine, ()), line)
    return notes


def _owners(
    initial: Mapping[str, str], machines: Mapping[str, type[Machine]], objects: Collection[str]
) -> Iterator[str]:
    """Who owns one of these objects before the first step: that keeps it alive."""
    for name, value in initial.items():
        owner, _, held = name.partition(".")
        if value in objects and owner.rstrip(digits) in machines:
            made = machines[owner.rstrip(digits)].fields[held].value
            if isinstance(made, RefValue) and made.own:
                yield owner


def _start(owner: str, initial: Mapping[str, str], machine: type[Machine], objects: Collection[str]) -> tuple[str, ...]:
    """What an object is like before the first step: its state, and what is not blank and points to no stranger."""
    state = initial.get(f"{owner}.state")
    lines = [state] if state else []
    if machine.command:
        return tuple(lines)
    rows = first_rows(machine)
    for name, made in machine.fields.items():
        value = initial.get(f"{owner}.{name}", rows.get(name))
        stranger = isinstance(made.value, RefValue) and value not in objects
        if value is not None and name not in ("live", "state") and not stranger:
            lines.append(f"{name} = {value}")
    return tuple(lines)


def _bare(system: System) -> frozenset[str]:
    """The fields that are pointers which may dangle, as `Machine.field`."""
    return frozenset(
        f"{machine.__name__}.{name}"
        for machine in system.machines
        for name, made in machine.fields.items()
        if isinstance(made.value, RefValue) and made.value.raw
    )


def _place(system: System) -> Callable[[str], tuple[bool, int, int]]:
    """What objects are sorted by: those of one machine by their numbers.

    Commands are first. The others are in the reverse order of the system's, in which a machine comes after what it
    builds on: so who calls stands left of who is called.
    """
    places = {machine.__name__: (not machine.command, -at) for at, machine in enumerate(system.machines)}
    return lambda name: (*places[name.rstrip(digits)], int(name.removeprefix(name.rstrip(digits))))


def _objects(moment: Moment) -> Iterator[str]:
    for message in moment.messages:
        yield from (message.source, message.target)
    yield from moment.notes
    for pointer in moment.pointers:
        yield pointer.holder
        if pointer.target is not None:
            yield pointer.target
