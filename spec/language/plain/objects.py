"""Plain objects over the values of a state, and what a running body asks of its world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from .. import world
from ..errors import (
    DoubleFree,
    IllegalTransition,
    NullDereference,
    PoolFull,
    RunawayCallback,
    SpecError,
    here,
)
from ..machines import Machine, signature
from ..properties import Monitor, Property, monitor_property
from ..rows import Declaration, State
from ..system import System
from ..types import DANGLING, IntValue, RefValue, Value, release
from .edges import Call, Values


@dataclass
class Frame:
    """A body that runs: of what, on which object, and where `goto` sent it."""

    operation: Declaration
    instance: Machine | None
    destination: State | None = None


@dataclass(frozen=True)
class Parameterised:
    """A row, or a property's body, with its parameters' types."""

    declared: Declaration
    parameters: tuple[Value, ...]
    result: Value | None


class Objects:
    """Pools of plain objects, and the services of a running body."""

    values: list[int]
    """The raw values of the state that the objects show."""
    _failed: str | None

    def __init__(
        self, system: System, pools: Mapping[type[Machine], int], *, held: frozenset[State] | None = None
    ) -> None:
        self.system, self.pools, self.held = system, dict(pools), held
        self.values: list[int] = []
        self.high = {machine: 0 for machine in system.machines if machine.dynamic}
        """How many slots of each pool were ever needed, inside steps too."""
        self._pools: dict[type[Machine], tuple[Machine, ...]] = {}
        self._blank: list[int] = []
        self._own: dict[type[Machine], list[tuple[type[Machine], int, int]]] = {}
        self._pointers: dict[type[Machine], list[int]] = {}
        self._strict: list[tuple[int, int]] = []
        for machine in (*system.machines, *system.monitors):
            self._lay_out(machine)
        self._find_pointers()
        self._signatures = {
            row: Parameterised(row, tuple(parameters.values()), result)
            for machine in (*system.machines, *system.monitors)
            for row in machine.rows
            for parameters, result in [signature(row, system.names)]
        }
        self._listeners: dict[Declaration, list[tuple[type[Monitor], Declaration]]] = {}
        for monitor in system.monitors:
            for row in monitor.rows:
                for operation in row.observes:
                    self._listeners.setdefault(operation, []).append((monitor, row))
        self._observables = [
            (row, instance)
            for row in (system.observables if self.locked else ())
            for instance in self._pools[row.machine or Machine]
        ]
        self._seen: tuple[Values, list[int]] = ((), [])
        self._ghosts: dict[Machine, int] = {}
        if self._observables:
            lasting = [command for command in system.commands if len(command.states) > 1]
            for command in lasting:
                for instance in self._pools[command]:
                    self._ghosts[instance] = len(self._blank)
                    self._blank += [0] * len(self._observables)
        self._standing: dict[Property, int] = {}
        """Where it is kept which properties were broken already when the commands began that they are between."""
        for known in system.all_properties:
            if known.between is not None:
                self._standing[known] = len(self._blank)
                self._blank.append(0)
        self._asked_between = {known.between for known in self._standing if known.between is not None}
        self._rest()

    @property
    def locked(self) -> bool:
        """Whether there are locks at all."""
        return self.held is None or bool(self.held)

    def holds_lock(self, state: State) -> bool:
        """Whether a command holds its lock in a state."""
        return state.in_flight if self.held is None else state in self.held

    def _lay_out(self, machine: type[Machine]) -> None:
        pool = []
        for slot in range(self.pools[machine]):
            instance = object.__new__(machine)
            instance._world, instance._base, instance._slot = self, len(self._blank), slot
            pool.append(instance)
            self._blank += [0 if name == "live" else made.value.blank for name, made in machine.fields.items()]
        self._pools[machine] = tuple(pool)

    def _find_pointers(self) -> None:
        for machine, pool in self._pools.items():
            for made in machine.fields.values():
                if not isinstance(made.value, RefValue) or not made.value.machine.dynamic:
                    continue
                for instance in pool:
                    position = instance._base + made.offset
                    self._pointers.setdefault(made.value.machine, []).append(position)
                    if made.value.own:
                        self._own.setdefault(made.value.machine, []).append((machine, position, 0))
                    if not made.value.raw:
                        self._strict.append((position, instance._base if machine.dynamic else -1))

    @cached_property
    def positions(self) -> tuple[tuple[str, Value | None], ...]:
        """The name of each position of a state, `Chardev0.be_open` for one; what a world keeps has no type."""
        return tuple(self._positions())

    def _positions(self) -> Iterator[tuple[str, Value | None]]:
        for pool in self._pools.values():
            for instance in pool:
                for name, made in type(instance).fields.items():
                    yield f"{instance}.{name}", made.value
        for command in self._ghosts:
            for row, instance in self._observables:
                yield f"{command}:{instance}.{row.name}", None
        for known in self._standing:
            yield known.name, None

    def ghost_commands(self) -> tuple[Machine, ...]:
        """The commands that keep a copy of what the outside saw when they began."""
        return tuple(self._ghosts)

    def standing(self) -> tuple[Property, ...]:
        """The properties of which it is kept whether they were broken already when a command began."""
        return tuple(self._standing)

    def observed(self) -> tuple[tuple[Declaration, Machine], ...]:
        """What the outside sees, in the order of the copies."""
        return tuple(self._observables)

    def result(self, row: Declaration) -> Value:
        """What a row that returns something returns."""
        value = self._signatures[row].result
        assert value is not None
        return value

    def ghost_widths(self) -> list[int]:
        """How many bits the copy of each observable needs; 0 stands for nothing seen."""
        widths = []
        for row, _ in self._observables:
            low, high = self.result(row).limits(self.pools)
            widths.append((high - low + 1).bit_length())
        return widths

    def instances(self, machine: type[Machine]) -> Sequence[Machine]:
        return self._pools[machine]

    def live(self, instance: Machine) -> bool:
        return not type(instance).dynamic or self.values[instance._base] != 0

    def allocate(self, machine: type[Machine]) -> Machine:
        for instance in self._pools[machine]:
            if not self.values[instance._base] and instance not in self._freed:
                self.values[instance._base] = 1
                self.high[machine] = max(self.high[machine], instance._slot + 1)
                return instance
        raise PoolFull(machine)

    def finalise(self, instance: Machine | None) -> None:
        """Run the finalizer, make every pointer to the object dangle, then drop what it owned."""
        if instance is None:
            raise NullDereference("None is freed")
        if not self.live(instance):
            raise DoubleFree(f"{instance} is finalised twice")
        machine = type(instance)
        for row in machine.rows:
            if row.kind == "finalizer":
                getattr(instance, row.name)()
        if not self.live(instance):
            raise DoubleFree(f"{instance} is finalised by its own finalizer")
        owned = [
            (made.value.machine, self.values[instance._base + made.offset])
            for made in machine.fields.values()
            if isinstance(made.value, RefValue) and made.value.own
        ]
        size = len(machine.fields)
        self.values[instance._base : instance._base + size] = self._blank[instance._base : instance._base + size]
        self._freed.add(instance)
        for position in self._pointers.get(machine, ()):
            if self.values[position] == instance._slot + 1:
                self.values[position] = DANGLING
        for target, raw in owned:
            release(self, target, raw)

    def drop(self, owned: Machine) -> None:
        """A reference to `owned` is gone: finalise it if that was the last."""
        owners = self._own.get(type(owned), ())
        if self.live(owned) and not any(self.values[position] == owned._slot + 1 for _, position, _ in owners):
            self.finalise(owned)

    def choose(self, label: str) -> bool:
        position = len(self._choices)
        chosen = position < len(self._tape) and self._tape[position]
        self._choices.append((label, chosen))
        return chosen

    def broken(self, name: str | None) -> None:
        if not self._frames:
            file, line = here()
            raise SpecError("`ensure` outside a row", file=file, line=line, instead="write `assert`, or an invariant")
        if name is None:
            frame = self._frames[-1]
            assert frame.instance is not None and isinstance(frame.instance, Monitor)
            name = monitor_property(type(frame.instance)).name
        self._broken.add(name)

    def failed(self, text: str) -> None:
        self._failed = text

    def goto(self, instance: Machine, state: State) -> None:
        if not self._frames:
            file, line = here()
            raise SpecError("`goto` outside a row", file=file, line=line, instead="call an operation that leads there")
        self._frames[-1].destination = state

    def enter(self, operation: Declaration, arguments: tuple[Any, ...]) -> None:
        instance = arguments[0] if operation.machine else None
        if operation.depth is not None:
            self._depth[operation] = self._depth.get(operation, 0) + 1
            if self._depth[operation] > operation.depth:
                raise RunawayCallback(f"{operation.qualname} is active {self._depth[operation]} times")
        known = self._signatures.get(operation)
        if known is None:
            parameters, result = signature(operation, self.system.names)
            known = self._signatures[operation] = Parameterised(operation, tuple(parameters.values()), result)
        handed = arguments[1:] if operation.machine else arguments
        if len(handed) != len(known.parameters):
            raise TypeError(f"{operation.qualname} takes {len(known.parameters)} arguments, this has {len(handed)}")
        for value, argument in zip(known.parameters, handed, strict=True):
            if isinstance(value, IntValue):
                value.encode(argument)
        if operation.sources:
            assert instance is not None
            if instance.state not in operation.sources:
                raise IllegalTransition(f"{operation.qualname} is called in {instance.state}")
        if self._recording:
            call = Call(operation, arguments, tuple(self.values))
            self._calls[-1].append(call)
            self._open_calls.append(call)
            self._calls.append(call.calls)
        for monitor, handler in self._listeners.get(operation, ()):
            assert instance is not None
            told = self._pools[monitor][instance._slot]
            self._frames.append(Frame(handler, told))
            handler.body(told, *arguments)
            self._frames.pop()
        self._frames.append(Frame(operation, instance))

    def leave(self, operation: Declaration, result: Any) -> None:
        frame = self._frames.pop()
        known = self._signatures[operation]
        if isinstance(known.result, IntValue):
            known.result.encode(result)
        self._arrive(operation, frame)
        if operation.depth is not None:
            self._depth[operation] -= 1
        if self._recording:
            self._calls.pop()
            self._open_calls.pop().after = tuple(self.values)

    def _arrive(self, row: Declaration, frame: Frame) -> None:
        """A row's control state changes at the end of its body."""
        target = frame.destination or (row.targets[0] if len(row.targets) == 1 else None)
        if target is None:
            return
        instance = frame.instance
        assert instance is not None
        fields = type(instance).fields
        fields["state"].store(instance, target.index)
        if target.clear:
            for name, made in fields.items():
                if name in ("live", "state"):
                    continue
                before = made.raw(instance)
                made.store(instance, made.value.blank)
                if isinstance(made.value, RefValue) and made.value.own:
                    release(self, made.value.machine, before)

    def _rest(self, tape: Sequence[bool] = (), *, recording: bool = False) -> None:
        self._tape = tape
        self._choices: list[tuple[str, bool]] = []
        self._freed: set[Machine] = set()
        self._frames: list[Frame] = []
        self._depth: dict[Declaration, int] = {}
        self._broken: set[str] = set()
        self._failed = None
        self._recording = recording
        self._calls: list[list[Call]] = [[]]
        self._open_calls: list[Call] = []

    def _rest_calls(self) -> None:
        """Forget the calls that an error cut short; what is looked at beside a step is no part of its record."""
        self._frames, self._depth, self._recording = [], {}, False

    @contextmanager
    def using(self, state: Values) -> Iterator[Self]:
        """Have the plain objects show `state`."""
        self.values = list(state)
        before = world.use(self)
        try:
            yield self
        finally:
            world.use(before)
