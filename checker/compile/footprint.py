"""What a body reads and writes, as far as its text says: cells of the state, by slot where the slot is known.

Every expression has the set of values that it may have: `self` is one slot, what a field holds may be anything, but for
fields that nothing ever writes. So `Fork[(self.index + 1) % len(Fork)]` is one fork, and `self.owner.name` a field of
any owner. Both ways of a condition are followed, unless its values say that there is only one.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...spec.language.machines import Machine, StateValue
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.rows import Declaration, State
from ...spec.language.types import BoolValue, EnumValue, Field, IntValue, RefValue, SetValue
from .ir import (
    BOOL,
    Assert,
    At,
    Binary,
    Call,
    Change,
    Column,
    Conditional,
    Constant,
    Contains,
    Ensure,
    Evaluate,
    Expression,
    Fail,
    For,
    Free,
    Function,
    Goto,
    If,
    Junction,
    Length,
    Load,
    Local,
    May,
    New,
    Not,
    Pointer,
    Pop,
    Program,
    Quantified,
    Require,
    Return,
    SetLocal,
    SlotOf,
    Statement,
    StateType,
    Store,
    Type,
    walk,
)
from .program import finalizer, listeners

Possible = frozenset[int] | None
"""The values that an expression may have, raw; None if they are too many to list."""

MOST_VALUES = 64
MOST_CONTEXTS = 32
"""A body is looked at for so many different arguments, then for any."""

ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Cell:
    """A part of the state: a field of a slot, or less of it.

    Of a set, `part` is one element; of a control state it is a set of states, and stands for whether it is one of them.
    """

    machine: type[Machine]
    slot: int
    field: str
    part: int | frozenset[int] | None = None


@dataclass(frozen=True)
class Move:
    """A slot's control state may go from one to another."""

    machine: type[Machine]
    slot: int
    before: int
    after: int


@dataclass
class Footprint:
    """What some code may read and write; and whether a command may fail in it."""

    reads: set[Cell] = field(default_factory=set)
    writes: set[Cell] = field(default_factory=set)
    moves: set[Move] = field(default_factory=set)
    fails: bool = False


class Footprints:
    """What the bodies of one program read and write, in a world that starts in one of these states."""

    def __init__(self, world: PlainWorld, program: Program, initial: Sequence[Values]) -> None:
        self.world, self.program = world, program
        self.listeners = listeners(world.system)
        self.machines = (*world.system.machines, *world.system.monitors)
        self.constants = dict(_constants(world, program, initial))

    def of(self, function: Function, given: Iterable[Possible]) -> Footprint:
        """The footprint of a body, called with these arguments; of a step also where it ends."""
        walker, arguments = _Walker(self), tuple(given)
        walker.call(function, arguments, function.body)
        if function.declaration.kind == "step":
            walker.arrive(function.declaration, slots_of(arguments[0]))
        return walker.made

    def of_guards(self, function: Function, given: Iterable[Possible]) -> Footprint:
        """The footprint of a step's body up to its last guard."""
        guards = [position for position, each in enumerate(function.body) if isinstance(each, Require)]
        walker = _Walker(self)
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


class _Walker:
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
        return _Body(self, function, dict(zip([name for name, _ in function.parameters], given, strict=True))).run(body)

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


class _Body:
    """One body, with what its variables may be."""

    def __init__(self, walker: _Walker, function: Function, given: dict[str, Possible]) -> None:
        self.walker, self.function = walker, function
        self.given = given
        self.variables: dict[str, Possible] = {name: frozenset() for name in function.locals}
        self.returned: Possible = frozenset()

    def run(self, body: Sequence[Statement]) -> Possible:
        """Follow the body until its variables can be nothing more; what it may return."""
        while True:
            before = dict(self.variables)
            self.statements(body)
            if self.variables == before:
                return self.returned

    def statements(self, body: Sequence[Statement]) -> bool:
        """Follow statements; whether the body surely ends in them."""
        return any(self.statement(each) for each in body)  # what comes behind the end is not followed

    def statement(self, node: Statement) -> bool:
        walker, made = self.walker, self.walker.made
        match node:
            case SetLocal(_, name, value):
                self.variables[name] = joined(self.variables.get(name, frozenset()), self.value(value))
            case Store(_, object_, field_, value):
                stored = self.value(value)
                machine, slots = self.slots(object_)
                walker.alive(machine, slots)
                if isinstance(field_.value, RefValue):
                    walker.alive(field_.value.machine, slots_of(stored))
                walker.writes(machine, slots, field_)
            case Change(_, action, container, element):
                machine, slots = self.slots(container.object)
                walker.alive(machine, slots)
                known = None if element is None else self.value(element)
                if isinstance(container.field.value, SetValue):
                    self.changes_set(container, slots, known if action != "clear" else None)
                else:
                    walker.reads(machine, slots, container.field)
                    walker.writes(machine, slots, container.field)
            case Evaluate(_, value) | Assert(_, value) | Require(_, value) | Ensure(_, value):
                self.value(value)
            case If(_, test, then, other):
                return self.branches(self.value(test), then, other)
            case For(_, variable, over, body):
                with_ = self.range(over)
                if with_ != frozenset():
                    self.inside(variable, with_, lambda: self.statements(body))
            case Return(_, value):
                if value is not None:
                    self.returned = joined(self.returned, self.value(value))
                return True
            case Fail():
                made.fails = True
            case Free(_, object_):
                walker.finalise(*self.slots(object_))
            case Goto():
                pass
            case _:
                raise TypeError(node)
        return False

    def branches(self, test: Possible, then: Sequence[Statement], other: Sequence[Statement]) -> bool:
        ends = []
        if may_be(test, 1):
            ends.append(self.statements(then))
        if may_be(test, 0):
            ends.append(self.statements(other))
        return all(ends) and bool(ends)

    def inside(self, variable: str, values: Possible, follow: Callable[[], object]) -> object:
        """Follow something with a variable of its own."""
        before = self.given.get(variable, ())
        self.given[variable] = values
        result = follow()
        if isinstance(before, tuple):
            del self.given[variable]
        else:
            self.given[variable] = before
        return result

    def range(self, over: type[Machine] | tuple[int, int]) -> Possible:
        """What a loop runs over."""
        if isinstance(over, type):
            every = range(self.walker.world.pools[over])
            self.walker.alive(over, every)
            return frozenset(slot + 1 for slot in every)
        return frozenset(range(*over)) if over[1] - over[0] <= MOST_VALUES else None

    def slots(self, object_: Expression) -> tuple[type[Machine], list[int]]:
        """The slots that an expression may point to."""
        assert isinstance(object_.type, Pointer)
        return object_.type.machine, slots_of(self.value(object_))

    def changes_set(self, container: Load, slots: Iterable[int], element: Possible) -> None:
        """Elements come or go; all of them may, if it is not known which."""
        made, kind = container.field, container.field.value
        assert isinstance(kind, SetValue)
        parts = self.walker.parts(made) if element is None else elements_of(kind, element)
        machine = made.machine
        self.walker.made.writes |= {Cell(machine, slot, made.name, part) for slot in slots for part in parts}

    # -- expressions -------------------------------------------------------------------------------------------------

    def value(self, node: Expression) -> Possible:
        """Follow an expression; the values that it may have."""
        walker = self.walker
        match node:
            case Constant(_, _, value):
                return frozenset((value,))
            case Local(_, _, name):
                return self.given[name] if name in self.given else self.variables[name]
            case Load():
                return self.load(node)
            case Column(kind, _, row, values):
                known = self.value(row)
                return (
                    frozenset(values)
                    if known is None
                    else frozenset(values[each] for each in known if each < len(values))
                )
            case Binary(_, _, sign, left, right):
                return self.binary(node, sign, left, right)
            case Not(_, _, operand):
                inner = self.value(operand)
                return None if inner is None else frozenset(1 - each for each in inner)
            case Junction(_, _, sign, left, right):
                first, decides = self.value(left), int(sign == "or")
                if not may_be(first, 1 - decides):
                    return first
                second = self.value(right)
                return joined(second, frozenset((decides,))) if may_be(first, decides) else second
            case Conditional(_, _, test, then, other):
                which = self.value(test)
                ways = [each for each, taken in ((then, 1), (other, 0)) if may_be(which, taken)]
                return joined(*map(self.value, ways)) if ways else frozenset()
            case Call(_, _, row, receiver, arguments):
                given = tuple(map(self.value, arguments if receiver is None else (receiver, *arguments)))
                return walker.operation(row, given)
            case May():
                return frozenset((0, 1))
            case New():
                return self.new(node)
            case At(_, _, machine, index):
                known, size = self.value(index), walker.world.pools[machine]
                return frozenset(each + 1 for each in (range(size) if known is None else known) if 0 <= each < size)
            case SlotOf(_, _, object_):
                return frozenset(self.slots(object_)[1])
            case Quantified():
                return self.quantified(node)
            case Contains(_, _, container, element):
                self.contains(container, self.value(element))
                return frozenset((0, 1))
            case Length(kind, _, container):
                self.load(container)
                return walker.known.any(kind)
            case Pop(kind, _, container):
                self.load(container)
                walker.writes(*self.slots(container.object), container.field)
                return walker.known.any(kind)
            case _:
                raise TypeError(node)

    def contains(self, container: Load, element: Possible) -> None:
        """Ask whether an element is in a set."""
        walker, made, kind = self.walker, container.field, container.field.value
        assert isinstance(kind, SetValue)
        machine, slots = self.slots(container.object)
        walker.alive(machine, slots)
        parts = walker.parts(made) if element is None else elements_of(kind, element)
        walker.made.reads |= {Cell(machine, slot, made.name, part) for slot in slots for part in parts}

    def load(self, node: Load) -> Possible:
        """Read a field."""
        walker = self.walker
        machine, slots = self.slots(node.object)
        walker.alive(machine, slots)
        known = [walker.known.constants.get((node.field, slot)) for slot in slots]
        if known and None not in known:
            return joined(*known)
        walker.reads(machine, slots, node.field)
        return walker.known.any(node.type) if slots else frozenset()

    def binary(self, node: Binary, sign: str, left: Expression, right: Expression) -> Possible:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Load) and isinstance(one.type, StateType) and isinstance(other, Constant):
                machine, slots = self.slots(one.object)
                self.walker.alive(machine, slots)
                self.walker.asks_state(machine, slots, [machine.states[other.value]])
                return frozenset((0, 1)) if slots else frozenset()
        first, second = self.value(left), self.value(right)
        if first is None or second is None or len(first) * len(second) > MOST_VALUES**2:
            return self.walker.known.any(node.type)
        compute = ARITHMETIC[sign]
        pairs = itertools.product(first, second)
        return frozenset(int(compute(a, b)) for a, b in pairs if b or sign not in ("//", "%"))

    def new(self, node: New) -> Possible:
        """An object comes to be in some slot: the lowest that is free."""
        walker, machine = self.walker, node.machine
        for made, value in node.values:
            given = self.value(value)
            if isinstance(made.value, RefValue):
                walker.alive(made.value.machine, slots_of(given))
        every = range(walker.world.pools[machine])
        walker.alive(machine, every)
        for made in (machine.fields["live"], *(made for made, _ in node.values)):
            walker.made.writes |= {
                Cell(machine, slot, made.name, part) for slot in every for part in walker.parts(made)
            }
        return frozenset(slot + 1 for slot in every)

    def quantified(self, node: Quantified) -> Possible:
        def follow() -> Possible:
            asked = frozenset((1,)) if node.condition is None else self.value(node.condition)
            return self.value(node.body) if may_be(asked, 1) else frozenset()

        over = self.range(node.over)
        if over != frozenset():
            self.inside(node.variable, over, follow)
        return frozenset((0, 1)) if node.type == BOOL else self.walker.known.any(node.type)


def slots_of(pointers: Possible) -> list[int]:
    """The slots that are named by these values."""
    assert pointers is not None
    return [each - 1 for each in pointers if each > 0]


def elements_of(kind: SetValue, values: frozenset[int]) -> Iterable[int]:
    """The parts of a set's cells that these values are."""
    return [each - 1 for each in values if each > 0] if isinstance(kind.element, RefValue) else values


def joined(*values: Possible) -> Possible:
    """What may be any of these."""
    if any(each is None for each in values):
        return None
    union = frozenset[int]().union(*(each for each in values if each is not None))
    return union if len(union) <= MOST_VALUES else None


def may_be(values: Possible, value: int) -> bool:
    """Whether this can be the value."""
    return values is None or value in values
