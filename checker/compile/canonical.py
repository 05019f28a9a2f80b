"""The representative of a state among all that renaming the slots of symmetric pools makes of it, as generated code.

Everything is made of one operation: two neighbouring slots of a pool change places, in every field, copy, set and
pointer that knows them. A pool is sorted by what its slots are seen to be, each slot by a key: its own fields, those
of its monitors, in which sets it is, which objects outside of the symmetric pools point to it. Where no slot knows
another, that is all that there is, and the order is unique.

Where they do, equal keys are not enough. If there are few renamings of the pools that belong together, all are gone
through by such exchanges (the Steinhaus-Johnson-Trotter order, nested), and the least state whose keys are sorted is
the representative. If there are many, ties are left as they are: some states that could be one stay several, which
costs states, and is not wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from llvmlite import ir

from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld
from ...spec.language.types import RefValue, SetValue, Value
from .layout import Place
from .memory import FALSE, I64, POINTER, TRUE, VOID, Memory, Unit, block, number
from .symmetry import Group, owner

Span = tuple[int, int, int]
"""Bits of a state: the word, the shift, how many."""


def canonical(unit: Unit, world: PlainWorld) -> ir.Function:
    """The function that brings the words at an address into the form of their representative."""

    def fill(made: ir.Function) -> None:
        builder = ir.IRBuilder(made.append_basic_block("entry"))
        for group in unit.groups:
            builder.call(_Renaming(unit, world, group).function(), [made.args[0]])
        builder.ret_void()

    return unit.function("canonical", "canonical", [POINTER], VOID, fill)


class _Renaming:
    """The code for one group of pools."""

    def __init__(self, unit: Unit, world: PlainWorld, group: Group) -> None:
        self.unit, self.world, self.group = unit, world, group
        self.symmetric = {machine for known in unit.groups for machine in known.machines}
        self.machines = (*world.system.machines, *world.system.monitors)
        self.widths = [self._width(machine) for machine in group.machines]

    def function(self) -> ir.Function:
        """`canonical` of this group alone."""
        return self.unit.function(("canonical", self.group), "canonical.group", [POINTER], VOID, self._fill)

    def _fill(self, made: ir.Function) -> None:
        words = made.args[0]
        builder = ir.IRBuilder(made.append_basic_block("entry"))
        memory = Memory(self.unit, builder, words, words)
        keys = [block(builder, size * width) for size, width in zip(self.group.sizes, self.widths, strict=True)]
        for which in range(len(self.group.machines)):
            self._read_keys(which, builder, words, keys[which])
            self._sort(which, memory, keys[which])
        if self.group.linked and self.group.exact:
            ties: ir.Value = FALSE
            for which in range(len(self.group.machines)):
                ties = builder.or_(ties, self._any_neighbours(which, builder, keys[which], self._equal))
            with memory.when(ties):
                self._least(memory, keys)
        builder.ret_void()

    # -- keys --------------------------------------------------------------------------------------------------------

    def _read_keys(self, which: int, builder: ir.IRBuilder, words: ir.Value, keys: ir.Value) -> None:
        machine, width = self.group.machines[which], self.widths[which]
        for slot in range(self.group.sizes[which]):
            for index, value in enumerate(self._packed(builder, words, machine, slot)):
                builder.store(value, _cell(builder, keys, number(slot * width + index)))

    def _width(self, machine: type[Machine]) -> int:
        """How many words a key has."""
        builder = ir.IRBuilder(ir.Function(ir.Module(), ir.FunctionType(VOID, [POINTER]), "m").append_basic_block())
        return len(self._packed(builder, builder.function.args[0], machine, 0))

    def _packed(self, builder: ir.IRBuilder, words: ir.Value, machine: type[Machine], slot: int) -> list[ir.Value]:
        """The key of a slot: its parts, packed into as few words as take them in order."""
        packed: list[ir.Value] = [number(0)]
        room = 64
        for bits, value in self._parts(Memory(self.unit, builder, words, words), machine, slot):
            if bits > room:
                packed.append(number(0))
                room = 64
            room -= bits
            packed[-1] = builder.or_(packed[-1], builder.shl(value, number(room)))
        return packed

    def _parts(self, memory: Memory, machine: type[Machine], slot: int) -> Iterator[tuple[int, ir.Value]]:
        """What a slot is seen to be, as far as that names no slot of a symmetric pool."""
        builder, here = memory.builder, number(slot)
        if machine.dynamic:
            yield 1, builder.zext(builder.not_(memory.live(machine, here)), I64)  # free slots are the last
        for holder in self.machines:
            for name, made in holder.fields.items():
                place, value = memory.place(holder, name), made.value
                known = value.element if isinstance(value, SetValue) else value
                points = known.machine if isinstance(known, RefValue) else None
                if owner(holder) is machine:
                    yield from self._own_part(memory, place, points, isinstance(value, SetValue), here)
                if points is machine:
                    is_set, holders = isinstance(value, SetValue), map(number, range(place.slots))
                    named = [self._names(memory, place, each, slot, is_set) for each in holders]
                    if owner(holder) in self.symmetric:
                        yield place.slots.bit_length(), _sum(builder, named)
                    else:
                        yield from ((1, each) for each in named)
        for place in self._copies(machine, slot):
            yield place.bits, memory.stored(place, number(0))

    def _own_part(
        self, memory: Memory, place: Place, points: type[Machine] | None, is_set: bool, slot: ir.Value
    ) -> Iterator[tuple[int, ir.Value]]:
        """A field of the slot itself; of one that names symmetric slots, only how many it names."""
        stored = memory.stored(place, slot)
        if points not in self.symmetric:
            yield place.bits, stored
        elif is_set:
            yield place.slots.bit_length() + 6, memory.builder.ctpop(stored)
        else:
            yield 1, memory.builder.zext(memory.builder.icmp_unsigned("!=", stored, number(0)), I64)

    @staticmethod
    def _names(memory: Memory, place: Place, holder: ir.Value, slot: int, is_set: bool) -> ir.Value:
        """Whether a field of a holder names a slot."""
        builder, stored = memory.builder, memory.stored(place, holder)
        if is_set:
            return builder.and_(builder.lshr(stored, number(slot)), number(1))
        return builder.zext(builder.icmp_unsigned("==", stored, number(slot + 1)), I64)

    def _copies(self, machine: type[Machine], slot: int) -> Iterator[Place]:
        """The copies that are the slot's, as a command or as what is observed, and of no other symmetric slot's."""
        for place, command, observed in self._ghosts():
            mine = [each for each in (command, observed) if each == (machine, slot)]
            other = [each for each in (command, observed) if each[0] in self.symmetric and each != (machine, slot)]
            if mine and not other:
                yield place

    def _ghosts(self) -> Iterator[tuple[Place, tuple[type[Machine], int], tuple[type[Machine], int]]]:
        """Each copy of an observable: where it is, which command keeps it, and of what."""
        places = iter(self.unit.layout.ghosts)
        for command in self.world.ghost_commands():
            for _, observed in self.world.observed():
                yield next(places), (type(command), command._slot), (type(observed), observed._slot)

    # -- order -------------------------------------------------------------------------------------------------------

    def _sort(self, which: int, memory: Memory, keys: ir.Value) -> None:
        """Insertion: what a step leads to was sorted before it, but for the few slots that it changed."""
        builder = memory.builder
        at = memory.local(I64)
        exchange = self._exchange(which)
        with memory.loop(self.group.sizes[which], 1) as slot:
            builder.store(builder.sub(slot, number(1)), at)
            head, body, after = (builder.append_basic_block(name) for name in ("sink", "swap", "sunk"))
            builder.branch(head)
            builder.position_at_end(head)
            here = builder.load(at, typ=I64)
            inside = builder.icmp_signed(">=", here, number(0))
            safe = builder.select(inside, here, number(0))
            wrong = self._less(which, builder, keys, builder.add(safe, number(1)), safe)
            builder.cbranch(builder.and_(inside, wrong), body, after)
            builder.position_at_end(body)
            builder.call(exchange, [memory.words, keys, here])
            builder.store(builder.sub(here, number(1)), at)
            builder.branch(head)
            builder.position_at_end(after)

    def _less(self, which: int, builder: ir.IRBuilder, keys: ir.Value, one: ir.Value, other: ir.Value) -> ir.Value:
        width = self.widths[which]
        return _before(builder, _row(builder, keys, one, width), _row(builder, keys, other, width))

    def _equal(self, which: int, builder: ir.IRBuilder, keys: ir.Value, one: ir.Value, other: ir.Value) -> ir.Value:
        width = self.widths[which]
        result: ir.Value = TRUE
        pairs = zip(_row(builder, keys, one, width), _row(builder, keys, other, width), strict=True)
        for left, right in pairs:
            result = builder.and_(result, builder.icmp_unsigned("==", left, right))
        return result

    def _any_neighbours(
        self, which: int, builder: ir.IRBuilder, keys: ir.Value, relation: Callable[..., ir.Value]
    ) -> ir.Value:
        """Whether a relation holds between any slot and the one before it."""
        result: ir.Value = FALSE
        for slot in range(1, self.group.sizes[which]):
            result = builder.or_(result, relation(which, builder, keys, number(slot), number(slot - 1)))
        return result

    # -- all renamings -----------------------------------------------------------------------------------------------

    def _least(self, memory: Memory, keys: Sequence[ir.Value]) -> None:
        """Go through all renamings; leave the least of the states whose keys are sorted."""
        builder, words = memory.builder, memory.words
        count = self.unit.layout.words
        best = block(builder, count)
        _copy(builder, words, best, count)
        plan = [number(exchange) for exchange in _plan(self.group.sizes)]
        kind = ir.ArrayType(I64, len(plan))
        table = ir.GlobalVariable(self.unit.module, kind, f"plan.{len(self.unit.module.globals)}")
        table.global_constant, table.linkage, table.initializer = True, "internal", ir.Constant(kind, plan)
        with memory.loop(len(plan)) as index:
            chosen = builder.load(builder.gep(table, [number(0), index]), typ=I64)
            self._take(builder, words, keys, chosen)
            unsorted: ir.Value = FALSE
            for which in range(len(self.group.machines)):
                unsorted = builder.or_(unsorted, self._any_neighbours(which, builder, keys[which], self._less))
            less = _before(builder, _row(builder, words, number(0), count), _row(builder, best, number(0), count))
            with memory.when(builder.and_(less, builder.not_(unsorted))):
                _copy(builder, words, best, count)
        _copy(builder, best, words, count)

    def _take(self, builder: ir.IRBuilder, words: ir.Value, keys: Sequence[ir.Value], chosen: ir.Value) -> None:
        """Make one exchange of the plan: the slots of all pools are counted through."""
        first = 0
        for which, size in enumerate(self.group.sizes):
            at = builder.sub(chosen, number(first))
            with builder.if_then(builder.icmp_unsigned("<", at, number(size - 1))):
                builder.call(self._exchange(which), [words, keys[which], at])
            first += size - 1

    # -- exchange ----------------------------------------------------------------------------------------------------

    def _exchange(self, which: int) -> ir.Function:
        """`exchange(words, keys, slot)`: a slot of a pool and the next one change places."""
        machine, width = self.group.machines[which], self.widths[which]

        def fill(made: ir.Function) -> None:
            words, keys, slot = made.args
            builder = ir.IRBuilder(made.append_basic_block("entry"))
            for index in range(width):
                base = builder.mul(slot, number(width))
                one = _cell(builder, keys, builder.add(base, number(index)))
                other = _cell(builder, keys, builder.add(base, number(width + index)))
                left, right = builder.load(one, typ=I64), builder.load(other, typ=I64)
                builder.store(right, one)
                builder.store(left, other)
            done = builder.append_basic_block("done")
            jump = builder.switch(slot, done)
            for here in range(self.group.sizes[which] - 1):
                case = builder.append_basic_block(f"slot.{here}")
                jump.add_case(number(here), case)
                builder.position_at_end(case)
                self._change_places(builder, words, machine, here)
                builder.branch(done)
            builder.position_at_end(done)
            builder.ret_void()

        name = f"exchange.{machine.__name__}"
        return self.unit.function(("exchange", machine), name, [POINTER, POINTER, I64], VOID, fill)

    def _change_places(self, builder: ir.IRBuilder, words: ir.Value, machine: type[Machine], slot: int) -> None:
        for one, other in self._spans(machine, slot):
            _swap(builder, words, one, other)
        for holder in self.machines:
            for name, made in holder.fields.items():
                value, place = made.value, self.unit.layout.places[holder, name]
                if _is_of(value, machine):
                    for each in range(place.slots):
                        _rename(builder, words, (*place.at(each), place.bits), slot)
                if isinstance(value, SetValue) and _is_of(value.element, machine):
                    for each in range(place.slots):
                        word, shift = place.at(each)
                        _swap(builder, words, (word, shift + slot, 1), (word, shift + slot + 1, 1))

    def _spans(self, machine: type[Machine], slot: int) -> Iterator[tuple[Span, Span]]:
        """The bits that belong to a slot, and those that belong to the next one."""
        for holder in self.machines:
            if owner(holder) is machine:
                yield from _merged([self.unit.layout.places[holder, name] for name in holder.fields], slot)
        ghosts = {(command, observed): place for place, command, observed in self._indexed()}

        def other(known: tuple[type[Machine], int, int]) -> tuple[type[Machine], int, int]:
            kind, at, what = known
            return (kind, {slot: slot + 1, slot + 1: slot}.get(at, at), what) if kind is machine else known

        for (command, observed), place in ghosts.items():
            there = ghosts[other(command), other(observed)]
            if (place.word, place.base) < (there.word, there.base):
                yield (place.word, place.base, place.bits), (there.word, there.base, there.bits)

    def _indexed(self) -> Iterator[tuple[Place, tuple[type[Machine], int, int], tuple[type[Machine], int, int]]]:
        """Each copy, by its command and by what is observed: of which observable it is, too."""
        rows = [row for row, _ in self.world.observed()]
        numbers = {row: index for index, row in enumerate(dict.fromkeys(rows))}
        observables = [numbers[row] for row in rows]
        for index, (place, command, observed) in enumerate(self._ghosts()):
            yield place, (*command, 0), (*observed, observables[index % len(rows)])


def _merged(places: Sequence[Place], slot: int) -> Iterator[tuple[Span, Span]]:
    """The bits of a slot and of the next, fields that lie side by side as one."""
    spans: list[tuple[Span, Span]] = []
    for place in places:
        if place.bits == 0:
            continue
        here, there = place.at(slot), place.at(slot + 1)
        if spans:
            (word, shift, bits), (word_, shift_, _) = spans[-1]
            if (word, shift + bits) == here and (word_, shift_ + bits) == there:
                spans[-1] = (word, shift, bits + place.bits), (word_, shift_, bits + place.bits)
                continue
        spans.append(((*here, place.bits), (*there, place.bits)))
    yield from spans


def _plan(sizes: Sequence[int]) -> list[int]:
    """Exchanges that lead through all renamings of pools of these sizes, each once, starting behind the first.

    The exchange of slots `i` and `i + 1` is the number `i`, counted on from pool to pool.
    """
    plan: list[int] = []
    first = 0
    for size in sizes:
        between = [first + exchange for exchange in exchanges(size)]
        longer = list(plan)
        for exchange in between:
            longer += [exchange, *plan]
        plan = longer
        first += size - 1
    return plan


def exchanges(size: int) -> list[int]:
    """The exchanges of neighbours that lead through all orders of so many things (Steinhaus, Johnson, Trotter)."""
    if size < 2:
        return []
    inner = exchanges(size - 1)
    down, up = list(range(size - 2, -1, -1)), list(range(size - 1))
    plan: list[int] = []
    for index in range(len(inner) + 1):
        plan += down if index % 2 == 0 else up
        if index < len(inner):
            plan.append(inner[index] + (1 if index % 2 == 0 else 0))
    return plan


def _is_of(value: Value, machine: type[Machine]) -> bool:
    """Whether a value names a slot of a machine."""
    return isinstance(value, RefValue) and value.machine is machine


# -- words ---------------------------------------------------------------------------------------------------------


def _cell(builder: ir.IRBuilder, words: ir.Value, index: ir.Value) -> ir.Value:
    return builder.gep(words, [index], source_etype=I64)


def _row(builder: ir.IRBuilder, words: ir.Value, row: ir.Value, width: int) -> list[ir.Value]:
    """The words of a row of a table."""
    base = builder.mul(row, number(width))
    return [builder.load(_cell(builder, words, builder.add(base, number(i))), typ=I64) for i in range(width)]


def _before(builder: ir.IRBuilder, one: Sequence[ir.Value], other: Sequence[ir.Value]) -> ir.Value:
    """Whether words come before others, the first that differ deciding."""
    result: ir.Value = FALSE
    for left, right in reversed(list(zip(one, other, strict=True))):
        same = builder.icmp_unsigned("==", left, right)
        result = builder.or_(builder.icmp_unsigned("<", left, right), builder.and_(same, result))
    return result


def _sum(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
    result: ir.Value = number(0)
    for value in values:
        result = builder.add(result, value)
    return result


def _copy(builder: ir.IRBuilder, source: ir.Value, target: ir.Value, count: int) -> None:
    for word in range(count):
        value = builder.load(_cell(builder, source, number(word)), typ=I64)
        builder.store(value, _cell(builder, target, number(word)))


def _flip(builder: ir.IRBuilder, words: ir.Value, word: int, bits: ir.Value) -> None:
    """Flip bits of a word."""
    cell = _cell(builder, words, number(word))
    builder.store(builder.xor(builder.load(cell, typ=I64), bits), cell)


def _swap(builder: ir.IRBuilder, words: ir.Value, one: Span, other: Span) -> None:
    """Bits change places: those in which they differ are flipped on both sides."""
    values = [
        builder.lshr(builder.load(_cell(builder, words, number(word)), typ=I64), number(shift))
        for word, shift, _ in (one, other)
    ]
    differs = builder.and_(builder.xor(*values), number((1 << one[2]) - 1))
    for word, shift, _ in (one, other):
        _flip(builder, words, word, builder.shl(differs, number(shift)))


def _rename(builder: ir.IRBuilder, words: ir.Value, span: Span, slot: int) -> None:
    """A pointer to a slot points to the next one, and the other way round."""
    word, shift, bits = span
    value = builder.lshr(builder.load(_cell(builder, words, number(word)), typ=I64), number(shift))
    value = builder.and_(value, number((1 << bits) - 1))
    either = builder.or_(
        builder.icmp_unsigned("==", value, number(slot + 1)), builder.icmp_unsigned("==", value, number(slot + 2))
    )
    differs = builder.select(either, number((slot + 1) ^ (slot + 2)), number(0))
    _flip(builder, words, word, builder.shl(differs, number(shift)))


__all__ = ["canonical", "exchanges"]
