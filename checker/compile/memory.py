"""Packed states in LLVM: fields, liveness, allocation, references and finalisation.

Every generated function gets `context`, what a running step knows of itself, and `words`, the state that it changes.
An error is sticky: the first one stays in the context, the code runs on without harm, and the successor is discarded.
That keeps the code free of early exits.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from llvmlite import ir

from ...spec.language.errors import VIOLATIONS, DoubleFree, UseAfterFree, Violation
from ...spec.language.machines import Machine
from ...spec.language.plain import Site
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.types import Field, RefValue
from . import stubborn
from .coverage import Point
from .ir import Program
from .layout import Layout, Place, dangling_code
from .program import finalizer, listeners
from .record import CUT
from .symmetry import Group, Symmetry

I1, I64, POINTER, VOID = ir.IntType(1), ir.IntType(64), ir.PointerType(), ir.VoidType()
TRUE, FALSE = ir.Constant(I1, 1), ir.Constant(I1, 0)

ERROR, TAPE, TAKEN, BROKEN, FAILED, FREED = range(6)
"""The fields of a context: the first error, the choices to take and how many were taken, the properties broken by
`ensure`, whether the command failed, then the slots freed in this step for each pool, then a depth for each operation
that counts its own."""

MOST_POINTS = 1 << 16
"""Room for so many marks: a page of them is touched only if there are that many."""

KINDS = 8
"""A place in the spec has this many error codes: one for each kind of violation."""


BESIDE = KINDS
"""The site of what is evaluated beside a step: only whether there was an error counts there."""


def number(value: int) -> ir.Constant:
    """A constant word."""
    return ir.Constant(I64, value)


def block(builder: ir.IRBuilder, size: int) -> ir.Value:
    """Room for an array of words, at the entry of the function."""
    with builder.goto_entry_block():
        return builder.alloca(I64, number(size))


@dataclass
class Unit:
    """One LLVM module being made, and what its functions share."""

    system: System
    program: Program
    layout: Layout
    symmetry: Symmetry | None = None
    units: Sequence[stubborn.Unit] = ()
    """The rows of slots whose steps are told apart, to put some of them off."""
    ran: Container[Point] = ()
    """Places that have run: they need no mark."""
    module: ir.Module = field(default_factory=lambda: ir.Module("hotswap"))
    sites: list[tuple[str, str, int]] = field(default_factory=list)
    functions: dict[object, ir.Function] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.machines: list[type[Machine]] = [*self.system.machines, *self.system.monitors]
        self.dynamic = [machine for machine in self.machines if machine.dynamic]
        self.counted = [row for row in self.program.functions if row.depth is not None]
        self.listeners = listeners(self.system)
        self.context_size = FREED + len(self.dynamic) + len(self.counted)
        kind = ir.ArrayType(I64, max(1, len(self.dynamic)))
        self.high = ir.GlobalVariable(self.module, kind, "high")
        self.high.initializer = ir.Constant(kind, None)
        marks = ir.ArrayType(ir.IntType(8), MOST_POINTS)
        self.covered = ir.GlobalVariable(self.module, marks, "covered")
        self.covered.initializer = ir.Constant(marks, None)
        self.asked = ir.GlobalVariable(self.module, I64, "asked")
        self.asked.initializer = number(-1)
        self.points: dict[Point, int] = {}
        self._site_numbers: dict[tuple[str, str, int], int] = {}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The pools whose slots are renamed, as they belong together; none without symmetry."""
        return () if self.symmetry is None else self.symmetry.groups

    def site(self, function: str, file: str, line: int) -> int:
        """The first error code of a place in the spec."""
        key = (function, file, line)
        if key not in self._site_numbers:
            self._site_numbers[key] = len(self.sites)
            self.sites.append(key)
        return (self._site_numbers[key] + 1) * KINDS

    def describe(self, code: int) -> Site:
        """What an error code says."""
        function, file, line = self.sites[code // KINDS - 1]
        return Site(VIOLATIONS[code % KINDS].name, function, file, line)

    def function(
        self, key: object, name: str, arguments: Sequence[ir.Type], result: ir.Type, fill: Callable[[ir.Function], None]
    ) -> ir.Function:
        """A generated function, made on first use; it may call itself."""
        if key not in self.functions:
            kind = ir.FunctionType(result, list(arguments))
            made = ir.Function(self.module, kind, f"{name}.{len(self.functions)}")
            made.linkage = "internal"
            made.attributes.add("nounwind")
            self.functions[key] = made
            fill(made)
        return self.functions[key]


class Memory:
    """The code of one generated function, as far as it touches the context and the packed state."""

    def __init__(self, unit: Unit, builder: ir.IRBuilder, context: ir.Value, words: ir.Value) -> None:
        self.unit, self.builder, self.context, self.words = unit, builder, context, words

    # -- control flow ------------------------------------------------------------------------------------------------

    @contextmanager
    def when(self, condition: ir.Value) -> Iterator[None]:
        """Code that runs only where `condition` holds; none is spent on one that always does."""
        if condition is TRUE:
            yield
            return
        with self.builder.if_then(condition):
            yield

    @contextmanager
    def loop(self, count: int, start: int = 0) -> Iterator[ir.Value]:
        """Code that runs for each index from `start` up to `count`; none is spent on a single one."""
        if count - start == 1:
            yield number(start)
            return
        builder = self.builder
        counter = self.local(I64)
        builder.store(number(start), counter)
        head, body, after = (builder.append_basic_block(name) for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        index = builder.load(counter, typ=I64)
        builder.cbranch(builder.icmp_signed("<", index, number(count)), body, after)
        builder.position_at_end(body)
        yield index
        builder.store(builder.add(index, number(1)), counter)
        builder.branch(head)
        builder.position_at_end(after)

    def local(self, kind: ir.Type) -> ir.Value:
        """A variable of the function, at its entry, where LLVM turns it into a register."""
        with self.builder.goto_entry_block():
            return self.builder.alloca(kind)

    # -- the context -------------------------------------------------------------------------------------------------

    def _cell(self, index: int) -> ir.Value:
        return self.builder.gep(self.context, [number(index)], source_etype=I64)

    def get(self, index: int) -> ir.Value:
        return self.builder.load(self._cell(index), typ=I64)

    def put(self, index: int, value: ir.Value) -> None:
        self.builder.store(value, self._cell(index))

    def clean(self) -> ir.Value:
        """Whether the step has met no error."""
        return self.builder.icmp_signed("==", self.get(ERROR), number(0))

    def cover(self, point: Point) -> None:
        """Mark a place as one that ran, unless there was an error before."""
        index = self.unit.points.setdefault(point, len(self.unit.points))
        if point in self.unit.ran:
            return
        byte = ir.IntType(8)
        mark = self.builder.gep(self.unit.covered, [number(0), number(index)])
        blank = self.builder.icmp_signed("==", self.builder.load(mark, typ=byte), ir.Constant(byte, 0))
        with self.when(self.builder.and_(blank, self.clean())):  # threads would wait for each other's cache lines
            self.builder.store(ir.Constant(byte, 1), mark)

    def error(self, site: ir.Value | int, kind: type[Violation], condition: ir.Value = TRUE) -> None:
        """Note a violation at `site` if `condition` holds and it is the first."""
        base = number(site) if isinstance(site, int) else site
        self._note(self.builder.add(base, number(VIOLATIONS.index(kind))), condition)

    def _note(self, code: ir.Value, condition: ir.Value) -> None:
        before = self.get(ERROR)
        first = self.builder.and_(condition, self.builder.icmp_signed("==", before, number(0)))
        self.put(ERROR, self.builder.select(first, code, before))

    # -- fields ------------------------------------------------------------------------------------------------------

    def place(self, machine: type[Machine], name: str) -> Place:
        return self.unit.layout.places[machine, name]

    def _address(self, place: Place, slot: ir.Value, words: ir.Value) -> tuple[ir.Value, ir.Value]:
        """Where the word of a slot is, and how far to shift in it."""
        builder = self.builder
        if isinstance(slot, ir.Constant):
            word, shift = place.at(int(slot.constant))
            return builder.gep(words, [number(word)], source_etype=I64), number(shift)
        if place.per_word == 1:
            index = builder.add(number(place.word), slot)
            return builder.gep(words, [index], source_etype=I64), number(place.base)
        if place.slots <= place.per_word:
            shift = builder.add(builder.mul(slot, number(place.stride)), number(place.base))
            return builder.gep(words, [number(place.word)], source_etype=I64), shift
        index = builder.add(number(place.word), builder.udiv(slot, number(place.per_word)))
        within = builder.urem(slot, number(place.per_word))
        shift = builder.add(builder.mul(within, number(place.stride)), number(place.base))
        return builder.gep(words, [index], source_etype=I64), shift

    def _pool(self, machine: type[Machine]) -> int:
        return self.unit.program.pools[machine]

    def stored(self, place: Place, slot: ir.Value, words: ir.Value | None = None) -> ir.Value:
        """The bits of a field as they are stored; a field with a single value takes none."""
        if place.bits == 0:
            return number(0)
        address, shift = self._address(place, slot, self.words if words is None else words)
        word = self.builder.load(address, typ=I64)
        if place.bits == 64:
            return word
        return self.builder.and_(self.builder.lshr(word, shift), number((1 << place.bits) - 1))

    def store(self, place: Place, slot: ir.Value, bits: ir.Value) -> None:
        """Replace the bits of a field."""
        if place.bits == 0:
            return
        builder = self.builder
        address, shift = self._address(place, slot, self.words)
        if place.bits == 64:
            builder.store(bits, address)
            return
        word = builder.load(address, typ=I64)
        hole = builder.shl(number((1 << place.bits) - 1), shift)
        kept = builder.and_(word, builder.xor(hole, number(-1)))
        value = builder.and_(bits, number((1 << place.bits) - 1))
        builder.store(builder.or_(kept, builder.shl(value, shift)), address)

    def live(self, machine: type[Machine], slot: ir.Value, words: ir.Value | None = None) -> ir.Value:
        """Whether a slot holds an object."""
        if not machine.dynamic:
            return TRUE
        return self.builder.icmp_signed("!=", self.stored(self.place(machine, "live"), slot, words), number(0))

    def check_live(self, machine: type[Machine], slot: ir.Value, site: ir.Value | int, words: ir.Value) -> None:
        if machine.dynamic:
            self.error(site, UseAfterFree, self.builder.not_(self.live(machine, slot, words)))

    def slot(self, pointer: ir.Value) -> ir.Value:
        """The slot that a pointer names; None reads as slot 0, after the error that it is."""
        builder = self.builder
        if isinstance(pointer, ir.Constant):
            return number(max(0, int(pointer.constant) - 1))
        none = builder.icmp_signed("==", pointer, number(0))
        return builder.select(none, number(0), builder.sub(pointer, number(1)))

    def pointer_bits(self, value: RefValue, pointer: ir.Value) -> ir.Value:
        """What a pointer field stores for a pointer: dangling if its object has died in this step."""
        if not value.machine.dynamic or (isinstance(pointer, ir.Constant) and pointer.constant == 0):
            return pointer
        builder = self.builder
        gone = builder.not_(self.live(value.machine, self.slot(pointer)))
        dangles = builder.and_(builder.icmp_signed("!=", pointer, number(0)), gone)
        return builder.select(dangles, number(dangling_code(value, self.unit.program.pools)), pointer)

    # -- references --------------------------------------------------------------------------------------------------

    def pointers_to(self, machine: type[Machine], *, own: bool = False) -> Iterator[tuple[type[Machine], Field]]:
        """The fields of any machine that may point to `machine`."""
        for holder in self.unit.machines:
            for made in holder.fields.values():
                if isinstance(made.value, RefValue) and made.value.machine is machine and (made.value.own or not own):
                    yield holder, made

    def allocate(self, machine: type[Machine]) -> ir.Value:
        """The lowest slot that is neither live nor freed in this step; a full pool cuts the step."""
        builder = self.builder
        size = self._pool(machine)
        taken = self.get(FREED + self.unit.dynamic.index(machine))
        for slot in range(size):
            bit = builder.zext(self.live(machine, number(slot)), I64)
            taken = builder.or_(taken, builder.shl(bit, number(slot)))
        free = builder.and_(builder.xor(taken, number(-1)), number((1 << size) - 1))
        full = builder.icmp_signed("==", free, number(0))
        self._note(number(CUT + self.unit.machines.index(machine)), full)
        first = builder.cttz(free, FALSE)
        slot_ = builder.select(full, number(0), first)
        self.store(self.place(machine, "live"), slot_, number(1))
        pointer = builder.add(slot_, number(1))
        self._note_use(machine, pointer)
        return pointer

    def _note_use(self, machine: type[Machine], pointer: ir.Value) -> None:
        """Keep count of the slots that were ever needed, unless the step has ended by an error or a cut."""
        builder = self.builder
        cell = builder.gep(self.unit.high, [number(0), number(self.unit.dynamic.index(machine))])
        most = builder.load(cell, typ=I64)
        with self.when(builder.and_(self.clean(), builder.icmp_signed(">", pointer, most))):
            builder.atomic_rmw("max", cell, pointer, "monotonic")

    def release(self, machine: type[Machine], stored: ir.Value, site: ir.Value | int) -> None:
        """Drop the reference that an owning field held."""
        made = self.unit.function(
            ("release", machine),
            f"release.{machine.__name__}",
            [POINTER, POINTER, I64, I64],
            VOID,
            lambda function: _fill_release(self.unit, function, machine),
        )
        base = number(site) if isinstance(site, int) else site
        self.builder.call(made, [self.context, self.words, base, stored])

    def finalise(self, machine: type[Machine], pointer: ir.Value, site: ir.Value | int) -> None:
        """Finalise an object, whoever owns it."""
        made = self.unit.function(
            ("finalise", machine),
            f"finalise.{machine.__name__}",
            [POINTER, POINTER, I64, I64],
            VOID,
            lambda function: _fill_finalise(self.unit, function, machine),
        )
        base = number(site) if isinstance(site, int) else site
        self.builder.call(made, [self.context, self.words, base, pointer])


def _fill_release(unit: Unit, function: ir.Function, machine: type[Machine]) -> None:
    context, words, site, stored = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    memory = Memory(unit, builder, context, words)
    dangling = builder.icmp_signed("==", stored, number(unit.program.pools[machine] + 1))
    memory.error(site, DoubleFree, dangling)
    names = builder.and_(builder.icmp_signed("!=", stored, number(0)), memory.clean())
    with memory.when(names):
        slot = builder.sub(stored, number(1))
        owned = memory.local(I1)
        builder.store(FALSE, owned)
        for holder, made in memory.pointers_to(machine, own=True):
            place = memory.place(holder, made.name)
            with memory.loop(unit.program.pools[holder]) as index:
                same = builder.icmp_signed("==", memory.stored(place, index), stored)
                builder.store(builder.or_(builder.load(owned, typ=I1), same), owned)
        last = builder.and_(memory.live(machine, slot), builder.not_(builder.load(owned, typ=I1)))
        with memory.when(last):
            memory.finalise(machine, stored, site)
    builder.ret_void()


def _fill_finalise(unit: Unit, function: ir.Function, machine: type[Machine]) -> None:
    from .lower import call_operation

    context, words, site, pointer = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    memory = Memory(unit, builder, context, words)
    slot = memory.slot(pointer)
    memory.error(site, DoubleFree, builder.not_(memory.live(machine, slot)))
    with memory.when(memory.clean()):
        row: Declaration | None = finalizer(machine)
        if row is not None:
            call_operation(memory, row, site, [pointer])
        memory.error(site, DoubleFree, builder.not_(memory.live(machine, slot)))
        with memory.when(memory.clean()):
            owned = [
                (made.value, memory.stored(memory.place(machine, made.name), slot))
                for made in machine.fields.values()
                if isinstance(made.value, RefValue) and made.value.own
            ]
            for name, made in machine.fields.items():
                place = memory.place(machine, name)
                memory.store(place, slot, number((0 if name == "live" else made.value.blank) - place.low))
            index = FREED + unit.dynamic.index(machine)
            memory.put(index, builder.or_(memory.get(index), builder.shl(number(1), slot)))
            for holder, made in memory.pointers_to(machine):
                place = memory.place(holder, made.name)
                with memory.loop(unit.program.pools[holder]) as holder_slot:
                    same = builder.icmp_signed("==", memory.stored(place, holder_slot), pointer)
                    with memory.when(same):
                        memory.store(place, holder_slot, number(dangling_code(made.value, unit.program.pools)))
            for value, stored in owned:
                memory.release(value.machine, stored, site)
    builder.ret_void()
