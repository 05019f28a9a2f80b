"""A system: the machines of one protocol, what is to hold of them, its versions, and how large a world to look at."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .checks import check_parts, check_whole
from .errors import Place, SpecError, here
from .interface import Interface
from .machines import Machine, StateValue, prepare, signature
from .properties import ATOMICITY, BUILT_IN, Monitor, Property, monitor_property
from .rows import MAIN, UNFAIR, Declaration, Fairness, Lock, Thread, sources_of
from .types import BoolValue, EnumValue, Field, RefValue, SetValue
from .variants import Defect, Profile, Switch

if TYPE_CHECKING:
    from types import FunctionType

T = TypeVar("T")


class Configuration:
    """One world to start from: a frozen dataclass that says how large the pools are. `boot` is called with it."""

    def pools(self) -> Mapping[type[Machine], int]:
        """How many slots each machine has."""
        raise NotImplementedError

    def __str__(self) -> str:
        """As the command line writes one: `devices=2,kinds=a+b`."""
        return _pairs((part.name, getattr(self, part.name)) for part in fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Pools(Configuration):
    """The plain configuration: nothing but a size for each machine."""

    sizes: Mapping[type[Machine], int]

    def pools(self) -> Mapping[type[Machine], int]:
        return self.sizes

    def __str__(self) -> str:
        return _pairs((machine.__name__, size) for machine, size in self.sizes.items())


def _pairs(pairs: Iterable[tuple[str, object]]) -> str:
    return ",".join(f"{name}={_word(value)}" for name, value in pairs)


def _word(value: object) -> str:
    if isinstance(value, Enum):
        return value.name
    return "+".join(map(_word, value)) if isinstance(value, tuple) else str(value)


MOST_SLOTS = 62
"""The most slots of a pool that has a bit for each somewhere: which were freed, who is in a set."""

Scope = Sequence[Configuration]
"""The configurations that one run explores, each from its own initial states."""


@dataclass(frozen=True, eq=False)
class System:
    """A protocol, ready to be checked.

    `boot` makes the initial states, by plain Python with `may` in it; it gets the configuration if `scopes` are lists
    of `Configuration`, and nothing if they are plain pool sizes. The first profile and the first scope are the
    defaults. `interface` says what of it an implementation does by itself, and what can be seen of that.
    """

    name: str
    machines: Sequence[type[Machine]]
    scopes: Mapping[str, Scope | Mapping[type[Machine], int]]
    boot: Callable[..., None] = lambda: None
    properties: Sequence[Property | type[Monitor]] = ()
    profiles: Sequence[Profile] = (Profile("plain", "The protocol as it is written."),)
    defects: Sequence[Defect] = ()
    documentation: str = field(default="", repr=False)
    interface: Interface | None = None
    place: Place = field(default_factory=here, init=False, repr=False)

    def __post_init__(self) -> None:
        check_parts(self)
        for machine in [*self.machines, *self.monitors]:
            prepare(machine, self.names)
        check_whole(self)

    def refused(self, message: str, instead: str) -> SpecError:
        """An error that stands where the System is written."""
        file, line = self.place
        return SpecError(message, file=file, line=line, instead=instead)

    @property
    def names(self) -> dict[str, Any]:
        """The names that annotations may mention without an import."""
        return {machine.__name__: machine for machine in [*self.machines, *self.monitors]}

    @cached_property
    def outside(self) -> Interface:
        """Its interface. Where none is declared each step is a stimulus: an implementation is led through all of it."""
        return self.interface or Interface([getattr(row.machine, row.name) for row in self.steps])

    @cached_property
    def monitors(self) -> tuple[type[Monitor], ...]:
        return tuple(p for p in self.properties if isinstance(p, type))

    @cached_property
    def all_properties(self) -> tuple[Property, ...]:
        """The built-in properties and the protocol's own, in the order of reports."""
        own = [monitor_property(p) if isinstance(p, type) else p for p in self.properties]
        return (*BUILT_IN, *([ATOMICITY] if self.observables else []), *own)

    @cached_property
    def told_by(self) -> Mapping[Property, Field]:
        """The field by whose values the findings of a property are told apart, where there is one."""
        return {known: _told_by(self, known) for known in self.all_properties if known.by}

    @cached_property
    def cases(self) -> Mapping[Property, tuple[str, ...]]:
        """What each property is reported as: its name, or `by` a field its name with each value, as in `held[tty]`."""
        return {known: tuple(self._cases(known)) for known in self.all_properties}

    @cached_property
    def case_names(self) -> tuple[str, ...]:
        """All cases of what a state or a step can break: the engine has a bit for each, in this order."""
        return tuple(name for known, cases in self.cases.items() if not known.liveness for name in cases)

    def cases_of(self, names: frozenset[str] | None) -> frozenset[str]:
        """The cases of the properties that have one of these names, or a case that does; by default of all."""
        if names is None:
            return frozenset(self.case_names)
        return frozenset(
            name
            for known, cases in self.cases.items()
            if not (known.liveness or names.isdisjoint((known.name, *cases)))
            for name in cases
        )

    def _cases(self, known: Property) -> Iterator[str]:
        if known not in self.told_by:
            yield known.name
            return
        value = self.told_by[known].value
        labels: Iterable[str] = ("False", "True")
        if isinstance(value, EnumValue):
            labels = value.members.__members__
        elif isinstance(value, StateValue):
            labels = (state.name for state in value.machine.states)
        yield from (f"{known.name}[{label}]" for label in labels)

    @cached_property
    def liveness(self) -> tuple[Property, ...]:
        """The properties of what has to come in the end."""
        return tuple(known for known in self.all_properties if known.liveness)

    @cached_property
    def observables(self) -> tuple[Declaration, ...]:
        return tuple(row for machine in self.machines for row in machine.rows if row.kind == "observable")

    @property
    def versions(self) -> tuple[Profile, ...]:
        """The profiles that are compared with each other."""
        return tuple(profile for profile in self.profiles if not profile.study)

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Every switch of any profile, in order of mention."""
        return tuple(dict.fromkeys(switch for profile in self.profiles for switch in profile.switches))

    @property
    def steps(self) -> tuple[Declaration, ...]:
        """The rows that fire by themselves, in declaration order: the order in which both engines explore."""
        return tuple(row for machine in self.machines for row in machine.rows if row.kind == "step")

    @property
    def commands(self) -> tuple[type[Machine], ...]:
        return tuple(machine for machine in self.machines if machine.command)

    def _elements(self) -> set[type[Machine]]:
        """The machines whose instances can be in a set."""
        fields = [made for machine in [*self.machines, *self.monitors] for made in machine.fields.values()]
        elements = [made.value.element for made in fields if isinstance(made.value, SetValue)]
        return {element.machine for element in elements if isinstance(element, RefValue)}

    def profile(self, name: str | None = None) -> Profile:
        """A profile by name; the first by default."""
        return _pick("profile", name, {profile.name: profile for profile in self.profiles}, self.name)

    def defect(self, name: str) -> Defect:
        """A defect by name."""
        return _pick("defect", name, {defect.name: defect for defect in self.defects}, self.name)

    def property(self, name: str) -> Property:
        """A property by name."""
        return _pick("property", name, {known.name: known for known in self.all_properties}, self.name)

    def scope(self, name: str | None = None) -> Scope:
        """A scope by name; the first by default."""
        found = _pick("scope", name, dict(self.scopes), self.name)
        return (Pools(found),) if isinstance(found, Mapping) else found

    def pools(self, scope: Scope) -> dict[type[Machine], int]:
        """How many slots each machine has: the most that any configuration asks for."""
        sizes = dict.fromkeys(self.machines, 0)
        for configuration in scope:
            for machine, size in configuration.pools().items():
                if machine not in sizes:
                    name = getattr(machine, "__name__", repr(machine))
                    raise self.refused(
                        f"the scope sizes {name}, which {self.name} does not list",
                        f"name one of {', '.join(known.__name__ for known in self.machines)}",
                    )
                if type(size) is not int:
                    raise self.refused(f"the scope gives {machine.__name__} {size!r} slots", "write a number")
                sizes[machine] = max(sizes[machine], size)
        for machine, size in sizes.items():
            if size < 1:
                raise self.refused(f"the scope gives {machine.__name__} {size} slots", "give every machine at least 1")
            if size > MOST_SLOTS and (machine.dynamic or machine in self._elements()):
                what = f"the scope gives {machine.__name__} {size} slots"
                raise self.refused(what, f"objects that come and go, or are in a Set, have at most {MOST_SLOTS}")
        for monitor in self.monitors:
            sizes[monitor] = sizes[monitor.of]
        return sizes


def _told_by(system: System, known: Property) -> Field:
    assert known.body is not None
    parameters = signature(Declaration("property", cast("FunctionType", known.body)), system.names)[0]
    first = next(iter(parameters.values()), None)
    made = first.machine.fields.get(known.by) if isinstance(first, RefValue) else None
    if made is None or not isinstance(made.value, BoolValue | EnumValue | StateValue):
        raise SpecError(
            f"{known.name}: `by={known.by!r}` is no bool, constant or state of its first parameter",
            file=known.file,
            line=known.line,
            instead="name a field that has few values, or `state`",
        )
    return made


def lock_of(row: Declaration) -> Lock | None:
    """The lock that a row runs under, said by the row or by its thread."""
    return row.lock or thread_of(row).needs


def thread_of(row: Declaration) -> Thread:
    """Who runs a row: said by the row or by its machine."""
    return row.thread or (row.machine.thread if row.machine else None) or MAIN


def fairness_of(row: Declaration) -> Fairness:
    """The fairness of a row, said by the row or by its thread: that does not begin commands of itself."""
    return row.fair or (None if begins(row) else thread_of(row).fair) or UNFAIR


def begins(row: Declaration) -> bool:
    """Whether a row begins a new command: a command machine takes it in its initial state, and in no other."""
    return row.machine is not None and row.machine.command and all(state.initial for state in sources_of(row))


def _pick(word: str, name: str | None, known: dict[str, T], system: str) -> T:
    if name is None:
        return next(iter(known.values()))
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known) or 'none'}"
        raise SpecError(f"{system} has no {word} `{name}`", instead=hint)
    return known[name]
