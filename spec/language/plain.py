"""The spec as plain Python: its own methods, called on plain objects.

This is the oracle. It reads neither a syntax tree nor the compiler's IR, so that a mistake of those shows. The
semantics that it shares with the native engine are written down here, where they are easiest to read.
"""

from __future__ import annotations

import itertools
import linecache
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FunctionType, TracebackType
from typing import Any, cast

from . import world
from .errors import (
    Disabled,
    DoubleFree,
    FailedAssertion,
    IllegalTransition,
    NullDereference,
    PoolFull,
    RunawayCallback,
    SpecError,
    Violation,
    here,
)
from .machines import Machine, signature
from .properties import ATOMICITY, Monitor, Property, monitor_property
from .rows import Declaration, State
from .system import Configuration, System, lock_of
from .types import DANGLING, IntValue, RefValue, Value, release

Values = tuple[int, ...]
"""One state: the raw value of every field of every slot, then the ghost copies of the observables."""


@dataclass(frozen=True)
class Site:
    """Where in the spec a step broke: the property, the method, and the line."""

    property: str
    function: str
    file: str
    line: int
    message: str = field(default="", compare=False)


@dataclass
class Call:
    """An operation that ran inside a step: with what, between which values, and what it called in turn.

    `after` stays empty if the operation never returned.
    """

    operation: Declaration
    arguments: tuple[Any, ...]
    before: Values = ()
    after: Values = ()
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True)
class Edge:
    """One firing of a row: where it leads, or how it ends its path."""

    row: Declaration
    instance: int
    arguments: tuple[Any, ...]
    choices: tuple[tuple[str, bool], ...]
    after: Values | None
    error: Site | None = None
    cut: type[Machine] | None = None
    broken: frozenset[str] = frozenset()
    failed: str | None = None
    calls: tuple[Call, ...] = ()


@dataclass
class _Frame:
    operation: Declaration
    instance: Machine | None
    destination: State | None = None


@dataclass(frozen=True)
class _Parameterised:
    """A row, or a property's body, with its parameters' types."""

    declared: Declaration
    parameters: tuple[Value, ...]
    result: Value | None


class PlainWorld:
    """The states of a system in pools of given sizes, and its steps, run as plain Python.

    `locked`: commands hold their lock. Without it failure atomicity is not defined, so nothing is kept for it.
    """

    _failed: str | None

    def __init__(self, system: System, pools: Mapping[type[Machine], int], *, locked: bool = True) -> None:
        self.system, self.pools, self.locked = system, dict(pools), locked
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
            row: _Parameterised(row, tuple(parameters.values()), result)
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
            for row in (system.observables if locked else ())
            for instance in self._pools[row.machine or Machine]
        ]
        self._asks: dict[Property, tuple[Value, ...]] = {}
        self._past: PlainWorld | None = None
        self._seen: tuple[Values, list[int]] = ((), [])
        self._ghosts: dict[Machine, int] = {}
        if self._observables:
            lasting = [command for command in system.commands if len(command.states) > 1]
            for command in lasting:
                for instance in self._pools[command]:
                    self._ghosts[instance] = len(self._blank)
                    self._blank += [0] * len(self._observables)
        self._codes: dict[CodeType, str] = {}
        self._rest()

    # -- layout ------------------------------------------------------------------------------------------------------

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

    def describe(self) -> Iterator[tuple[str, Value | None]]:
        """The name of each position of a state, `Chardev0.be_open` for one; ghosts have no type."""
        for pool in self._pools.values():
            for instance in pool:
                for name, made in type(instance).fields.items():
                    yield f"{instance}.{name}", made.value
        for command in self._ghosts:
            for row, instance in self._observables:
                yield f"{command}:{instance}.{row.name}", None

    def ghost_commands(self) -> tuple[Machine, ...]:
        """The commands that keep a copy of what the outside saw when they began."""
        return tuple(self._ghosts)

    def observed(self) -> tuple[tuple[Declaration, Machine], ...]:
        """What the outside sees, in the order of the copies."""
        return tuple(self._observables)

    def ghost_widths(self) -> list[int]:
        """How many bits the copy of each observable needs; 0 stands for nothing seen."""
        widths = []
        for row, _ in self._observables:
            value = self._signatures[row].result
            assert value is not None
            low, high = value.limits(self.pools)
            widths.append((high - low + 1).bit_length())
        return widths

    # -- what a running body asks of its world -----------------------------------------------------------------------

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
            known = self._signatures[operation] = _Parameterised(operation, tuple(parameters.values()), result)
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
            self._frames.append(_Frame(handler, told))
            handler.body(told, *arguments)
            self._frames.pop()
        self._frames.append(_Frame(operation, instance))

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

    def _arrive(self, row: Declaration, frame: _Frame) -> None:
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

    # -- states ------------------------------------------------------------------------------------------------------

    def _rest(self, tape: Sequence[bool] = (), *, recording: bool = False) -> None:
        self._tape = tape
        self._choices: list[tuple[str, bool]] = []
        self._freed: set[Machine] = set()
        self._frames: list[_Frame] = []
        self._depth: dict[Declaration, int] = {}
        self._broken: set[str] = set()
        self._failed = None
        self._recording = recording
        self._calls: list[list[Call]] = [[]]
        self._open_calls: list[Call] = []

    def _rest_calls(self) -> None:
        """Forget the calls that an error cut short."""
        self._frames, self._depth = [], {}

    @contextmanager
    def using(self, state: Values) -> Iterator[PlainWorld]:
        """Have the plain objects show `state`."""
        self.values = list(state)
        before = world.use(self)
        try:
            yield self
        finally:
            world.use(before)

    def initial(self, scope: Sequence[Configuration]) -> list[Values]:
        """The outcomes of `boot` for each configuration, in order, each once."""
        from .system import Pools

        found: dict[Values, None] = {}
        for configuration in scope:
            arguments = () if isinstance(configuration, Pools) else (configuration,)
            tape: list[bool] | None = []
            while tape is not None:
                self._rest(tape)
                with self.using(tuple(self._blank)):
                    try:
                        self.system.boot(*arguments)
                    except SpecError:
                        raise
                    except Exception as error:
                        raise _boot_fails(self.system, error) from error
                    found[tuple(self.values)] = None
                tape = _next([chosen for _, chosen in self._choices])
        return list(found)

    @property
    def can_wait(self) -> bool:
        """Whether the spec says of anything that it waits; if not, a deadlock is a state without a step."""
        return any(
            state.waiting or (machine.command and not state.initial)
            for machine in self.system.machines
            for state in machine.states
        )

    def busy(self, state: Values) -> list[Machine]:
        """The instances that wait, or that are commands between their steps."""
        return [
            instance
            for machine in self.system.machines
            if machine.states
            for instance in self._pools[machine]
            if self._busy(state, instance)
        ]

    def _busy(self, state: Values, instance: Machine) -> bool:
        machine = type(instance)
        if machine.dynamic and not state[instance._base]:
            return False
        now = machine.states[state[instance._base + machine.fields["state"].offset]]
        return now.waiting or (machine.command and not now.initial)

    def _in_flight(self, state: Values, command: type[Machine]) -> bool:
        return any(self._busy(state, instance) for instance in self._pools[command])

    # -- steps -------------------------------------------------------------------------------------------------------

    def edges(
        self, state: Values, *, rows: Sequence[Declaration] | None = None, recording: bool = False
    ) -> Iterator[Edge]:
        """Every step from `state`: machines, slots, rows, arguments and choices in order, False before True."""
        wanted = self.system.steps if rows is None else rows
        for machine in self.system.machines:
            mine = [row for row in wanted if row.machine is machine]
            for instance in self._pools[machine] if mine else ():
                if machine.dynamic and not state[instance._base]:
                    continue
                for row in mine:
                    yield from self._firings(state, row, instance, recording)

    def _firings(self, state: Values, row: Declaration, instance: Machine, recording: bool) -> Iterator[Edge]:
        """The steps of one row of one instance."""
        if row.sources:
            machine = type(instance)
            if machine.states[state[instance._base + machine.fields["state"].offset]] not in row.sources:
                return
        if self._blocked(state, row, instance):
            return
        with self.using(state):
            choices = [list(value.values()) for value in self._signatures[row].parameters]
        for arguments in itertools.product(*choices):
            tape: list[bool] | None = []
            while tape is not None:
                edge = self.fire(state, row, instance, arguments, tape, recording=recording)
                if edge is not None:
                    yield edge
                tape = _next([chosen for _, chosen in self._choices])

    def _blocked(self, state: Values, row: Declaration, instance: Machine) -> bool:
        """Whether a command in flight holds the lock that the row needs."""
        lock = lock_of(row)
        if lock is None or not self.locked:
            return False
        return any(
            self._busy(state, holder)
            for command in self.system.commands
            if command.holds is lock
            for holder in self._pools[command]
            if holder is not instance
        )

    def fire(
        self,
        state: Values,
        row: Declaration,
        instance: Machine,
        arguments: tuple[Any, ...],
        tape: Sequence[bool],
        *,
        recording: bool = False,
    ) -> Edge | None:
        """Run one step with these choices; None if a guard keeps it from being one."""
        self._rest(tape, recording=recording)
        error: Site | None = None
        cut: type[Machine] | None = None
        with self.using(state):
            frame = _Frame(row, instance)
            self._frames.append(frame)
            try:
                row.body(instance, *arguments)
                self._arrive(row, frame)
            except Disabled:
                return None
            except PoolFull as full:
                cut = full.pool
            except (Violation, AssertionError, AttributeError, RecursionError) as problem:
                error = self._judge(problem)
            after = tuple(self.values) if error is None and cut is None else None
            if after is not None:
                after = self._keep_ghosts(state, after, instance)
        return Edge(
            row,
            instance._slot,
            arguments,
            tuple(self._choices),
            after,
            error,
            cut,
            frozenset(self._broken) if after is not None else frozenset(),
            self._failed,
            tuple(self._calls[0]),
        )

    def _judge(self, problem: BaseException) -> Site:
        """The property that an exception of a body breaks, and where."""
        function, file, line = self._place(problem.__traceback__)
        if isinstance(problem, AssertionError):
            name, line = FailedAssertion.name, _asserted(file, line)
        elif isinstance(problem, AttributeError):
            if not str(problem).startswith("'NoneType'"):
                raise problem
            name = NullDereference.name
        elif isinstance(problem, Violation):
            name = problem.name
        else:
            raise problem
        return Site(name, function, file, line, str(problem))

    def _place(self, traceback: TracebackType | None) -> tuple[str, str, int]:
        known = {row.body.__code__: row.qualname for row in self._signatures}
        row = self._frames[0].operation
        function, file, line = row.qualname, row.file, row.line
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code in known:
                function, file, line = known[code], code.co_filename, traceback.tb_lineno
            elif code.co_filename == file:
                line = traceback.tb_lineno  # a generator expression of the method
            traceback = traceback.tb_next
        return function, file, line

    # -- failure atomicity -------------------------------------------------------------------------------------------

    def observe(self, state: Values) -> list[int]:
        """What the outside sees, 0 where a memory error keeps it from being read."""
        seen = []
        with self.using(state):
            for row, instance in self._observables:
                self._rest_calls()
                value = self._signatures[row].result
                assert value is not None
                try:
                    seen.append(value.encode(row.body(instance)) - value.limits(self.pools)[0] + 1)
                except (Violation, AssertionError, AttributeError):
                    seen.append(0)
        return seen

    def _keep_ghosts(self, state: Values, after: Values, mover: Machine) -> Values:
        """Keep, update or compare each command's copy of what the outside saw when the command began."""
        flights = [(self._busy(state, command), self._busy(after, command), command) for command in self._ghosts]
        failed = self._failed is not None and bool(self._observables)
        if not failed and not any(was or now for was, now, _ in flights):
            return after
        if self._seen[0] != state:
            self._seen = state, self.observe(state)
        before_seen, after_seen = self._seen[1], self.observe(after)
        result = list(after)
        expected = before_seen
        for was, now, command in flights:
            start = self._ghosts[command]
            ghost = list(state[start : start + len(before_seen)])
            if command is mover and was:
                expected = ghost
            if not now:
                ghost = [0] * len(ghost)
            elif not was:
                ghost = before_seen
            elif command is not mover:
                triples = zip(ghost, before_seen, after_seen, strict=True)
                ghost = [new if old != new else kept for kept, old, new in triples]
            result[start : start + len(ghost)] = ghost
        if failed and expected != after_seen:
            self._broken.add(ATOMICITY.name)
        return tuple(result)

    # -- properties --------------------------------------------------------------------------------------------------

    def violated(self, state: Values) -> frozenset[str]:
        """The properties of single states that `state` breaks; a `sometimes` is in it where it holds."""
        found = set()
        if any(state[position] == DANGLING and (live < 0 or state[live]) for position, live in self._strict):
            found.add("no-dangling-pointer")
        for machine in self.system.machines:
            if machine.dynamic and any(
                state[instance._base]
                and not any(state[position] == instance._slot + 1 for _, position, _ in self._own.get(machine, ()))
                for instance in self._pools[machine]
            ):
                found.add("no-leak")
        with self.using(state):
            for known in self.system.all_properties:
                if known.kind == "invariant" and self._asked(state, known) and not self._holds(known, every=True):
                    found.add(known.name)
                elif known.kind == "sometimes" and self._holds(known, every=False):
                    found.add(known.name)
        return frozenset(found)

    def dangling(self, state: Values) -> list[str]:
        """The fields that dangle, by name."""
        names = [name for name, _ in self.describe()]
        return [names[p] for p, live in self._strict if state[p] == DANGLING and (live < 0 or state[live])]

    def leaked(self, state: Values) -> list[Machine]:
        """The live objects that nobody owns."""
        return [
            instance
            for machine in self.system.machines
            if machine.dynamic
            for instance in self._pools[machine]
            if state[instance._base]
            and not any(state[position] == instance._slot + 1 for _, position, _ in self._own.get(machine, ()))
        ]

    def _asked(self, state: Values, known: Property) -> bool:
        return known.between is None or not self._in_flight(state, known.between)

    def _holds(self, known: Property, *, every: bool) -> bool:
        """Whether the body is true for every (or some) choice of live instances; an error in it counts as false."""
        assert known.body is not None
        results = []
        for arguments in itertools.product(*[list(value.values()) for value in self._parameters(known)]):
            self._rest_calls()
            try:
                results.append(bool(known.body(*arguments)))
            except (Violation, AssertionError, AttributeError):
                results.append(False)
        return all(results) if every else any(results)

    def _parameters(self, known: Property) -> tuple[Value, ...]:
        if known not in self._asks:
            declared = Declaration("property", cast("FunctionType", known.body))
            self._asks[known] = tuple(signature(declared, self.system.names)[0].values())
        return self._asks[known]

    def violated_by_step(self, before: Values, after: Values) -> frozenset[str]:
        """The action properties that a step breaks."""
        actions = [known for known in self.system.all_properties if known.kind == "action"]
        if not actions:
            return frozenset()
        if self._past is None:
            self._past = PlainWorld(self.system, self.pools, locked=self.locked)
        other = self._past
        other.values = list(before)
        found = set()
        with self.using(after):
            for known in actions:
                assert known.body is not None
                value = self._parameters(known)[0]
                assert isinstance(value, RefValue)
                for old, new in zip(other._pools[value.machine], self._pools[value.machine], strict=True):
                    if other.live(old) and self.live(new):
                        self._rest_calls()
                        other._rest_calls()
                        try:
                            holds = bool(known.body(old, new))
                        except (Violation, AssertionError, AttributeError):
                            holds = False
                        if not holds:
                            found.add(known.name)
        return frozenset(found)


def _boot_fails(system: System, error: Exception) -> SpecError:
    """What is wrong with `boot`, at its innermost line that failed."""
    code = system.boot.__code__
    line, frame = code.co_firstlineno, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code is code:
            line = frame.tb_lineno
        frame = frame.tb_next
    text = str(error).partition(" and no __dict__")[0]  # Python 3.13 adds that
    what = f"{type(error).__name__}: {text}".rstrip(": ")
    hint = "the initial states have to be made without an error"
    return SpecError(f"boot fails: {what}", file=code.co_filename, line=line, instead=hint)


def _asserted(file: str, line: int) -> int:
    """Where the failed `assert` begins; which of its lines a traceback names depends on the version of Python."""
    above = (
        number for number in range(line, 0, -1) if re.match(r"(.*[:;])?\s*assert\b", linecache.getline(file, number))
    )
    return next(above, line)


def _next(taken: list[bool]) -> list[bool] | None:
    """The tape after this one, as an odometer that counts False before True; None after the last."""
    while taken and taken[-1]:
        taken.pop()
    if not taken:
        return None
    return [*taken[:-1], True]
