"""One body, followed with the sets of values that its variables may have."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...spec.language.machines import Machine
from ...spec.language.types import RefValue, SetValue
from .footprint import Cell
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
    Quantified,
    Require,
    Return,
    SetLocal,
    SlotOf,
    Statement,
    StateType,
    Store,
)
from .possible import MOST_VALUES, Possible, elements_of, joined, may_be, slots_of

if TYPE_CHECKING:
    from .footprints import Walker

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


class Body:
    """One body, with what its variables may be."""

    def __init__(self, walker: Walker, function: Function, given: dict[str, Possible]) -> None:
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
