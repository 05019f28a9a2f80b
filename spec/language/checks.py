"""What a System may not say: parts of the wrong kind, names given twice, pools and rows that can't be."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

from .classes import at, lines, place
from .errors import Place, SpecError
from .machines import Machine, signature
from .properties import Monitor, Property
from .rows import Declaration, sources_of
from .types import RefValue, SetValue, Value
from .variants import Defect, Edit, Profile, Switch

if TYPE_CHECKING:
    from .system import System

MOST_STATES = 64
"""A machine's control states are tested as the bits of one word."""

MOST_PROPERTIES = 64
"""So are the properties that a state breaks."""


def check_parts(system: System) -> None:
    """Every part of a System is of its kind, and has a name of its own."""
    _each(system, "machine", system.machines, _is_machine, "list classes that inherit from `Machine`")
    _each(system, "property", system.properties, _is_property, "list what `@invariant` and the like made, and monitors")
    _each(system, "profile", system.profiles, lambda part: isinstance(part, Profile), "list `Profile(...)`s")
    _each(system, "defect", system.defects, lambda part: isinstance(part, Defect), "list `Defect(...)`s")
    for profile in system.profiles:
        word, hint = f"switch of profile {profile.name}", "list `Switch(...)`es"
        _each(system, word, profile.switches, lambda part: isinstance(part, Switch), hint)
    for defect in system.defects:
        word, hint = f"edit of defect {defect.name}", 'list `Edit(Machine.row, "old", "new")`s'
        _each(system, word, defect.edits, lambda part: isinstance(part, Edit), hint)
    if not system.machines:
        raise system.refused(f"{system.name} has no machine", "list at least one")
    if not system.profiles:
        raise system.refused(f"{system.name} has no profile", "list one, or leave `profiles` out")
    if system.profiles[0].study:
        hint = "put a version first: the first is the default"
        raise system.refused(f"the first profile, {system.profiles[0].name}, is a study", hint)
    if not isinstance(system.boot, FunctionType):
        raise system.refused(f"`boot={system.boot!r}` is no function", "write `boot=boot`, without calling it")
    _distinct(system, "machine", (machine.__name__ for machine in [*system.machines, *system.monitors]))
    _distinct(system, "profile", (profile.name for profile in system.profiles))
    _distinct(system, "defect", (defect.name for defect in system.defects))
    _distinct(system, "switch", (switch.name for switch in system.switches))


def _is_machine(part: object) -> bool:
    return _is_kind(part, Machine) and not _is_kind(part, Monitor) and part is not Monitor


def _is_property(part: object) -> bool:
    return isinstance(part, Property) or _is_kind(part, Monitor)


def _is_kind(part: object, kind: type) -> bool:
    return isinstance(part, type) and issubclass(part, kind) and part is not kind


def _each(system: System, word: str, parts: Any, fits: Callable[[Any], bool], instead: str) -> None:
    if isinstance(parts, str | type) or not isinstance(parts, Sequence):
        raise system.refused(f"{_called(parts)} is no list, of one {word} each", "write `[...]`")
    for part in parts:
        if not fits(part):
            raise system.refused(f"{_called(part)} is no {word}", instead)


def _called(part: object) -> str:
    """A part of a System as a message names it."""
    if isinstance(part, str | int | None):
        return repr(part)
    return str(getattr(part, "__name__", None) or getattr(part, "name", None) or f"a {type(part).__name__}")


def _distinct(system: System, word: str, names: Iterable[str]) -> None:
    known = list(names)
    for name in known:
        if known.count(name) > 1:
            raise system.refused(f"{system.name} has two with the {word} name `{name}`", "rename or remove one")


def check_whole(system: System) -> None:
    """The parts of a System go together; every machine has its fields by now."""
    _distinct(system, "property", (known.name for known in system.all_properties))
    properties = len(system.case_names)
    if properties > MOST_PROPERTIES:
        message = f"{system.name} has {properties} properties, the built-in ones and all cases among them"
        raise system.refused(message, f"keep to {MOST_PROPERTIES}")
    for machine in (*system.machines, *system.monitors):
        _check_pointers(system, machine)
    for machine in system.machines:
        _check_states(machine)
        _check_rows(machine)
    for monitor in system.monitors:
        _check_monitor(system, monitor)
    for known in system.properties:
        if isinstance(known, Property) and known.between is not None and known.between not in system.machines:
            message = f"{known.name}: {system.name} does not list {known.between.__name__}"
            raise SpecError(message, file=known.file, line=known.line, instead="add it to `machines`")
    for known in system.liveness:
        _check_goal(system, known)
    for defect in system.defects:
        _check_defect(system, defect)
    _check_scopes(system)


def _check_pointers(system: System, machine: type[Machine]) -> None:
    for name, made in machine.fields.items():
        target = _target(made.value)
        if target is not None and target not in (*system.machines, *system.monitors):
            file, line = place(machine)
            raise SpecError(
                f"{machine.__name__}.{name}: {system.name} does not list {target.__name__}: it has no pool",
                file=file,
                line=lines(machine).get(name, [line])[-1],
                instead="add it to `machines`",
            )


def _target(value: Value) -> type[Machine] | None:
    """The machine that a value points to, if it does."""
    if isinstance(value, SetValue):
        return _target(value.element)
    return value.machine if isinstance(value, RefValue) else None


def _check_states(machine: type[Machine]) -> None:
    """Every state is entered or left by a row, and every row can be reached from the initial state."""
    if machine.command and not machine.states:
        raise at(machine, f"{machine.__name__} is a command without states", "declare its states, or drop `command`")
    if len(machine.states) > MOST_STATES:
        hint = f"keep to {MOST_STATES}: split the machine, or keep numbers in fields"
        raise at(machine, f"{machine.__name__} has {len(machine.states)} states", hint)
    for row in machine.rows:
        for state in (*row.sources, *row.targets):
            if state.machine is not machine:
                what = f"{state}, a state of another machine" if state.machine else "a State of no machine"
                raise _row(row, f"names {what}", f"name states of {machine.__name__}")
        if len(set(row.targets)) < len(row.targets):
            raise _row(row, "names a target twice", "name each once")
    for state in machine.states:
        if not any(state in (*row.sources, *row.targets) for row in machine.rows):
            message = f"{state} has no row: nothing enters or leaves it"
            raise SpecError(message, file=state.file, line=state.line, instead="give it a row, or remove it")
    reached = {state for state in machine.states if state.initial}
    while True:
        more = {
            target
            for row in machine.rows
            if not row.sources or reached & set(row.sources)
            for target in row.targets
            if target not in reached
        }
        if not more:
            break
        reached |= more
    for row in machine.rows:
        if row.sources and not reached & set(row.sources):
            there = " or ".join(map(str, row.sources))
            hint = "add the row that leads there, or remove this one"
            raise _row(row, f"can't be reached: no row leads to {there}", hint)


def _row(row: Declaration, message: str, instead: str) -> SpecError:
    return SpecError(f"{row.qualname} {message}", file=row.file, line=row.line, instead=instead)


def _check_rows(machine: type[Machine]) -> None:
    for row in machine.rows:
        if row.kind == "handler":
            raise _row(row, "is told of operations, but is in no monitor", "put it in a `class M(Monitor, of=Machine)`")
        if row.kind == "finalizer" and not machine.dynamic:
            hint = f"declare `class {machine.__name__}(Machine, dynamic=True)`, or remove it"
            raise _row(row, "never runs: a static machine is never finalised", hint)
        if row.kind == "finalizer" and row.body.__code__.co_argcount > 1:
            raise _row(row, "has parameters, but nobody hands it any", "keep what it needs in fields")
        if machine.command and row.kind == "step" and len({state.initial for state in sources_of(row)}) > 1:
            initial = next(state for state in machine.states if state.initial)
            hint = f"write one row that leaves {initial}, and one for the other states"
            raise _row(row, "both begins a command and goes on with one", hint)


def _check_goal(system: System, known: Property) -> None:
    """The premise and the goal of what leads to something are of the same instances."""
    premise, goal = (_parameters(system, body) for body in (known.body, known.goal))
    if premise != goal:
        assert known.goal is not None
        message = (
            f"{known.name}: its goal {known.goal.__name__} is of ({_listed(goal)}), and it of ({_listed(premise)})"
        )
        raise SpecError(message, file=known.file, line=known.line, instead="give both the same parameters, in order")


def _parameters(system: System, body: object) -> list[Value]:
    return [*signature(Declaration("property", cast("FunctionType", body)), system.names)[0].values()]


def _listed(values: Iterable[Value]) -> str:
    return ", ".join(value.machine.__name__ if isinstance(value, RefValue) else str(value) for value in values)


def _check_monitor(system: System, monitor: type[Monitor]) -> None:
    if monitor.of not in system.machines:
        message = f"{monitor.__name__} is of {monitor.of.__name__}, which {system.name} does not list"
        raise at(monitor, message, "add it to `machines`")
    for row in monitor.rows:
        if row.kind not in ("handler", "operation"):
            raise _row(
                row, f"is marked `@{row.kind}`, in a monitor", "write `@on(Machine.operation)`: a monitor is told"
            )
    for name, made in monitor.fields.items():
        if isinstance(made.value, RefValue) and made.value.own:
            file, line = place(monitor)
            raise SpecError(
                f"{monitor.__name__}.{name}: a monitor owns nothing",
                file=file,
                line=lines(monitor).get(name, [line])[-1],
                instead=f"write `Raw[{made.value.machine.__name__}]`",
            )


def _check_defect(system: System, defect: Defect) -> None:
    properties = [known.name for known in system.all_properties]
    profiles = [profile.name for profile in system.profiles]
    if defect.breaks not in properties:
        message = f"defect {defect.name} breaks `{defect.breaks}`, which is no property of {system.name}"
        raise _unknown(defect.place, message, defect.breaks, properties)
    if defect.profile not in profiles:
        message = f"defect {defect.name} edits `{defect.profile}`, which is no profile of {system.name}"
        raise _unknown(defect.place, message, defect.profile, profiles)
    if not defect.edits:
        file, line = defect.place
        hint = 'write `(Edit(Machine.row, "old", "new"),)`'
        raise SpecError(f"defect {defect.name} edits nothing", file=file, line=line, instead=hint)


def _unknown(where: Place, message: str, name: str, known: list[str]) -> SpecError:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known)}"
    return SpecError(message, file=where[0], line=where[1], instead=hint)


def _check_scopes(system: System) -> None:
    from .system import Configuration

    form = 'write `scopes={"small": {Machine: 2}}`'
    if not isinstance(system.scopes, Mapping) or not system.scopes:
        raise system.refused(f"{system.name} has no scope", form)
    for name, scope in system.scopes.items():
        if not isinstance(name, str):
            raise system.refused(f"a scope of {system.name} has the name {_called(name)}", form)
        if isinstance(scope, Mapping):
            system.pools(system.scope(name))
            continue
        if isinstance(scope, str) or not isinstance(scope, Sequence) or not scope:
            raise system.refused(f"the scope `{name}` is {_called(scope)}, no sizes", f"{form}, or list Configurations")
        for configuration in scope:
            if not isinstance(configuration, Configuration):
                raise system.refused(f"the scope `{name}` lists {_called(configuration)}, no Configuration", form)
            if type(configuration).pools is Configuration.pools:
                hint = "write `def pools(self)`, which returns `{Machine: 2}`"
                raise at(type(configuration), f"{type(configuration).__name__} has no `pools`", hint)
        system.pools(scope)
