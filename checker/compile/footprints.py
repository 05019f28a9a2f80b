"""What a body reads and writes, as far as its text says: cells of the state, by slot where the slot is known.

Every expression has the set of values that it may have: `self` is one slot, what a field holds may be anything, but for
fields that nothing ever writes. So `Fork[(self.index + 1) % len(Fork)]` is one fork, and `self.owner.name` a field of
any owner. Both ways of a condition are followed, unless its values say that there is only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...spec.language.machines import Machine, StateValue
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.rows import Declaration, State
from ...spec.language.types import BoolValue, EnumValue, Field, IntValue, RefValue, SetValue
from .flow import Body
from .footprint import Cell, Footprint, Move
from .ir import (
    Change,
    Function,
    Pointer,
    Pop,
    Program,
    Require,
    Statement,
    StateType,
    Store,
    Type,
    walk,
)
from .possible import MOST_VALUES, Possible, slots_of
from .program import finalizer, listeners

MOST_CONTEXTS = 32
"""A body is looked at for so many different arguments, then for any."""


class Footprints:
    """What the bodies of one program read and write, in a world that starts in one of these states."""

    def __init__(self, world: PlainWorld, program: Program, initial: Sequence[Values]) -> None:
        self.world, self.program = world, program
        self.listeners = listeners(world.system)
        self.machines = (*world.system.machines, *world.system.monitors)
        self.constants = dict(_constants(world, program, initial))

    def of(self, function: Function, given: Iterable[Possible]) -> Footprint:
        """The footprint of a body, called with these arguments; of a step also where it ends."""
        walker, arguments = Walker(self), tuple(given)
        walker.call(function, arguments, function.body)
        if function.declaration.kind == "step":
            walker.arrive(function.declaration, slots_of(arguments[0]))
        return walker.made

    def of_guards(self, function: Function, given: Iterable[Possible]) -> Footprint:
        """The footprint of a step's body up to its last guard."""
        guards = [position for position, each in enumerate(function.body) if isinstance(each, Require)]
        walker = Walker(self)
        walker.call(function, tuple(given), function.body[: max(guards, default=-1) + 1])
        return walker.made

    def any(self, kind: Type) -> Possible:
        """All values of a type."""
        match kind:
            case Pointer(machine):
                return frozenset(range(self.world.pools[machine] + 1))
            case StateType(machine):
                return frozenset(range(len(machine.states)))
            case BoolValue() | EnumValue() | IntValue():
                low, high = kind.limits(self.world.pools)
                return frozenset(range(low, high + 1)) if high - low < MOST_VALUES else None
            case _:
                return frozenset((0,))


def _constants(
    world: PlainWorld, program: Program, initial: Sequence[Values]
) -> Iterable[tuple[tuple[Field, int], frozenset[int]]]:
    """The fields that nothing ever writes, and what they hold from the start, by slot."""
    written = set()
    for function in program.functions.values():
        for node in walk(function.body):
            if isinstance(node, Store):
                written.add(node.field)
            elif isinstance(node, Change | Pop):
                written.add(node.container.field)
    cleared = {row.machine for row in program.functions if any(target.clear for target in row.targets)}
    for machine in (*world.system.machines, *world.system.monitors):
        if machine.dynamic or machine in cleared:
            continue
        for made in machine.fields.values():
            dangles = isinstance(made.value, RefValue) and made.value.machine.dynamic
            if made in written or dangles or made.name == "state":
                continue
            for instance in world.instances(machine):
                yield (made, instance._slot), frozenset(state[instance._base + made.offset] for state in initial)


class Walker:
    """Follows one body and all that it calls, and writes down what they touch."""

    def __init__(self, known: Footprints) -> None:
        self.known, self.world, self.program = known, known.world, known.program
        self.made = Footprint()
        self.results: dict[tuple[Declaration, tuple[Possible, ...]], Possible] = {}
        self.contexts: dict[Declaration, int] = {}
        self.gone: set[tuple[type[Machine], int]] = set()

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, function: Function, given: tuple[Possible, ...], body: Sequence[Statement]) -> Possible:
        """Follow a body with these arguments; what it may return."""
        return Body(self, function, dict(zip([name for name, _ in function.parameters], given, strict=True))).run(body)

    def operation(self, row: Declaration, given: tuple[Possible, ...]) -> Possible:
        """Follow a call of an operation, with all that hears of it."""
        function = self.program.functions[row]
        if self.contexts.get(row, 0) >= MOST_CONTEXTS:
            given = tuple(self.known.any(kind) for _, kind in function.parameters)
        if (row, given) in self.results:
            return self.results[row, given]
        self.results[row, given] = self.known.any(function.result)
        self.contexts[row] = self.contexts.get(row, 0) + 1
        machine = row.machine
        if machine is not None:
            slots = slots_of(given[0])
            if row.sources:
                self.alive(machine, slots)
                self.asks_state(machine, slots, row.sources)
            for _, handler in self.known.listeners.get(row, ()):
                self.operation(handler, (given[0], *given))
        result = self.call(function, given, function.body)
        if machine is not None:
            self.arrive(row, slots)
        self.results[row, given] = result
        return result

    def arrive(self, row: Declaration, slots: Iterable[int]) -> None:
        """A row's control state changes at the end of its body."""
        machine = row.machine
        assert machine is not None
        sources = [state.index for state in row.sources or machine.states]
        for slot in slots:
            for target in row.targets:
                self.made.moves |= {Move(machine, slot, before, target.index) for before in sources}
                if target.clear:
                    for name, made in machine.fields.items():
                        if name not in ("live", "state"):
                            self.writes(machine, (slot,), made)

    # -- cells -------------------------------------------------------------------------------------------------------

    def parts(self, made: Field) -> Sequence[int | None]:
        """The parts that a field's cells are for."""
        if not isinstance(made.value, SetValue):
            return (None,)
        low, high = made.value.element.limits(self.world.pools)
        if isinstance(made.value.element, RefValue):
            low, high = 0, self.world.pools[made.value.element.machine] - 1
        return range(low, high + 1)

    def alive(self, machine: type[Machine], slots: Iterable[int]) -> None:
        """It is asked whether these slots hold objects."""
        if machine.dynamic:
            self.made.reads |= {Cell(machine, slot, "live") for slot in slots}

    def asks_state(self, machine: type[Machine], slots: Iterable[int], states: Iterable[State]) -> None:
        """It is asked whether these slots are in one of some control states."""
        which = frozenset(state.index for state in states)
        self.made.reads |= {Cell(machine, slot, "state", which) for slot in slots}

    def reads(self, machine: type[Machine], slots: Iterable[int], made: Field) -> None:
        self.made.reads |= {Cell(machine, slot, made.name, part) for slot in slots for part in self.parts(made)}

    def writes(self, machine: type[Machine], slots: Iterable[int], made: Field) -> None:
        """A field gets another value; what it owned may go."""
        self.made.writes |= {Cell(machine, slot, made.name, part) for slot in slots for part in self.parts(made)}
        if isinstance(made.value, RefValue) and made.value.own:
            self.release(made.value.machine)

    def release(self, machine: type[Machine]) -> None:
        """A reference to some object is dropped, which may be the last."""
        every = range(self.world.pools[machine])
        self.alive(machine, every)
        for holder in self.known.machines:
            for made in holder.fields.values():
                if isinstance(made.value, RefValue) and made.value.own and made.value.machine is machine:
                    self.reads(holder, range(self.world.pools[holder]), made)
        self.finalise(machine, every)

    def finalise(self, machine: type[Machine], slots: Iterable[int]) -> None:
        """Objects may end: all that they are, and all that points to them, changes."""
        new = [slot for slot in slots if (machine, slot) not in self.gone]
        if not new:
            return
        self.gone |= {(machine, slot) for slot in new}
        self.alive(machine, new)
        row = finalizer(machine)
        if row is not None:
            self.operation(row, (frozenset(slot + 1 for slot in new),))
        for made in machine.fields.values():
            if isinstance(made.value, StateValue):
                states = range(len(machine.states))
                self.made.moves |= {Move(machine, slot, old, made.value.blank) for slot in new for old in states}
            else:
                self.writes(machine, new, made)
        for holder in self.known.machines:
            for made in holder.fields.values():
                if isinstance(made.value, RefValue) and made.value.machine is machine:
                    every = range(self.world.pools[holder])
                    self.reads(holder, every, made)
                    self.made.writes |= {Cell(holder, slot, made.name) for slot in every}
