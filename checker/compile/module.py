"""The functions that the engine calls: successors of a state, the properties it breaks, who waits in it, and for what.

`successors(source, out, room)` writes one record an edge (see `record`) and returns how many there are: the engine
comes back with more room if they were too many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from llvmlite import ir

from ...spec.language.machines import Machine, signature
from ...spec.language.plain import PlainWorld
from ...spec.language.properties import ATOMICITY
from ...spec.language.rows import Declaration, State
from ...spec.language.system import System, lock_of
from ...spec.language.types import BoolValue, EnumValue, IntValue, RefValue, Value
from . import stubborn
from .canonical import canonical
from .ir import Function, Judged
from .layout import Place, dangling_code
from .lower import among, function_of
from .memory import (
    BESIDE,
    BROKEN,
    ERROR,
    FAILED,
    FALSE,
    I1,
    I64,
    POINTER,
    TAKEN,
    TAPE,
    TRUE,
    VOID,
    Memory,
    Unit,
    block,
    number,
)
from .record import CUT, HEADER

MOST_CHOICES = 62
"""How many choices of one step the tape has room for."""

UNROLLED = 32
"""Up to so many rows times slots, each slot has code of its own: the processor learns what each is likely to do."""

UNROLLED_CHOICES = 256
"""Up to so many choices of instances, a property has code for each: most of what it asks is known then."""

TOO_MANY_CHOICES = CUT - 1
"""The error code of a step with more choices than that: above those of all places, below those of cuts."""


class Entry:
    """Builds the module of one world."""

    def __init__(self, unit: Unit, world: PlainWorld, asked: frozenset[str] | None = None) -> None:
        """With the cases that are `asked` for, it is made for good: the others are left out, and a property is asked of
        each choice of instances by code of its own. Otherwise what is asked for is known when it runs."""
        self.unit, self.world, self.system = unit, world, unit.system
        self.rows, self.asked = self.system.steps, asked

    def build(self) -> None:
        """Fill the module with what the engine calls."""
        self._successors()
        self._by_unit()
        self._violated()
        self._busy()
        self._observed()
        self._turns()
        self._promises()
        self._canonical()

    def bit(self, name: str) -> int:
        """The bit of a property in a mask: of the first of its cases."""
        return self.system.case_names.index(name)

    def _wanted(self, builder: ir.IRBuilder, known: Judged) -> ir.Value:
        """Whether a property is asked for."""
        if self.asked is not None:
            return FALSE if self.asked.isdisjoint(self.system.cases[known.property]) else TRUE
        mask = sum(1 << self.bit(name) for name in self.system.cases[known.property])
        return builder.icmp_signed("!=", self._among_asked(builder, number(mask)), number(0))

    def _among_asked(self, builder: ir.IRBuilder, mask: ir.Value) -> ir.Value:
        """The properties of a mask that are asked for."""
        return builder.and_(builder.load(self.unit.asked, typ=I64), mask)

    def _export(self, name: str, arguments: list[ir.Type]) -> tuple[ir.Function, ir.IRBuilder]:
        made = ir.Function(self.unit.module, ir.FunctionType(I64, arguments), name)
        made.attributes.add("nounwind")
        return made, ir.IRBuilder(made.append_basic_block("entry"))

    def _held(self, builder: ir.IRBuilder, words: ir.Value) -> ir.Value:
        """A copy of a state in the function's own frame, where LLVM can keep it in registers."""
        copy = block(builder, self.unit.layout.words)
        for word in range(self.unit.layout.words):
            value = builder.load(builder.gep(words, [number(word)], source_etype=I64), typ=I64)
            builder.store(value, builder.gep(copy, [number(word)], source_etype=I64))
        return copy

    def _fresh(self, builder: ir.IRBuilder, words: ir.Value) -> Memory:
        """A context for evaluating something beside a step."""
        context = block(builder, self.unit.context_size)
        memory = Memory(self.unit, builder, context, words)
        self._reset(memory)
        return memory

    def _reset(self, memory: Memory) -> None:
        for index in range(self.unit.context_size):
            memory.put(index, number(0))

    # -- successors --------------------------------------------------------------------------------------------------

    def _successors(self) -> None:
        made, builder = self._export("successors", [POINTER, POINTER, I64])
        source, out, room = made.args
        count = builder.alloca(I64)
        builder.store(number(0), count)
        held = self._held(builder, source)
        for machine in self.system.machines:
            self._machine(Memory(self.unit, builder, held, held), machine, [held, out, room, count])
        builder.ret(builder.load(count, typ=I64))

    def _by_unit(self) -> None:
        """`by_unit(source, out, room, firings)`: the same, and how many steps each unit has.

        Of a unit that has none, it writes the reason, which is not above 0: see `stubborn.py`.
        """
        made, builder = self._export("by_unit", [POINTER, POINTER, I64, POINTER])
        source, out, room, firings = made.args
        count = builder.alloca(I64)
        builder.store(number(0), count)
        held = self._held(builder, source)
        look = Memory(self.unit, builder, held, held)
        for position, unit in enumerate(self.unit.units):
            cell = builder.gep(firings, [number(position)], source_etype=I64)
            self._firings_of(look, unit, [held, out, room, count], cell)
        builder.ret(builder.load(count, typ=I64))

    def _firings_of(self, look: Memory, unit: stubborn.Unit, given: list[ir.Value], cell: ir.Value) -> None:
        """The steps of one unit: how many there are, or why there are none."""
        builder, slot, row = look.builder, number(unit.slot), unit.row
        builder.store(number(-stubborn.FREE), cell)
        with look.when(look.live(unit.machine, slot)):
            builder.store(number(-stubborn.ELSEWHERE), cell)
            ready: ir.Value = TRUE
            if row.sources:
                state = look.stored(look.place(unit.machine, "state"), slot)
                ready = among(builder, state, list(row.sources))
            with look.when(ready):
                before = builder.load(given[-1], typ=I64)
                builder.call(self._row(self.rows.index(row), row), [*given, slot], attrs=("noinline",))
                steps = builder.sub(builder.load(given[-1], typ=I64), before)
                blocked = self._blocked(look, row, slot)
                why = number(-stubborn.GUARDED)
                if blocked is not None:
                    why = builder.select(blocked, number(-stubborn.LOCKED), why)
                builder.store(builder.select(builder.icmp_signed(">", steps, number(0)), steps, why), cell)

    def _machine(self, look: Memory, machine: type[Machine], given: list[ir.Value]) -> None:
        """The rows of every slot."""
        rows = [(number_, row) for number_, row in enumerate(self.rows) if row.machine is machine]
        slots = self.unit.program.pools[machine]
        if slots * len(rows) <= UNROLLED:
            for slot in range(slots):
                self._slot(look, machine, rows, number(slot), given)
        elif rows:
            with look.loop(slots) as slot:
                self._slot(look, machine, rows, slot, given)

    def _slot(
        self,
        look: Memory,
        machine: type[Machine],
        rows: list[tuple[int, Declaration]],
        slot: ir.Value,
        given: list[ir.Value],
    ) -> None:
        """The rows of one slot: those that its control state has, by a jump."""
        builder = look.builder
        with look.when(look.live(machine, slot)):
            if all(not row.sources for _, row in rows):
                for number_, row in rows:
                    builder.call(self._row(number_, row), [*given, slot])
                return
            state = look.stored(look.place(machine, "state"), slot)
            done = builder.append_basic_block("done")
            jump = builder.switch(state, done)
            for known in machine.states:
                case = builder.append_basic_block(known.name)
                jump.add_case(number(known.index), case)
                builder.position_at_end(case)
                for number_, row in rows:
                    if not row.sources or known in row.sources:
                        builder.call(self._row(number_, row), [*given, slot])
                builder.branch(done)
            builder.position_at_end(done)

    def _row(self, number_: int, row: Declaration) -> ir.Function:
        """All firings of one row of one slot: every argument and choice."""

        def fill(made: ir.Function) -> None:
            source, out, room, count, slot = made.args
            builder = ir.IRBuilder(made.append_basic_block("entry"))
            working = block(builder, self.unit.layout.words)
            context = block(builder, self.unit.context_size)
            memory = Memory(self.unit, builder, context, working)
            look = Memory(self.unit, builder, context, source)
            parameters = list(signature(row, self.system.names)[0].values())

            def fire(given: list[ir.Value]) -> None:
                self._fire(number_, row, memory, look, slot, given, out, room, count)

            blocked = self._blocked(look, row, slot)
            with memory.when(TRUE if blocked is None else builder.not_(blocked)):
                self._arguments(memory, look, parameters, [], fire)
            builder.ret_void()

        kinds = [POINTER, POINTER, I64, POINTER, I64]
        return self.unit.function(("fire", row), f"fire.{row.qualname}", kinds, VOID, fill)

    def _arguments(
        self,
        memory: Memory,
        look: Memory,
        rest: list[Value],
        given: list[ir.Value],
        then: Callable[[list[ir.Value]], None],
        *,
        unrolled: bool = False,
    ) -> None:
        """Nested loops over the values of the parameters."""
        builder = memory.builder
        if not rest:
            then(given)
            return
        value = rest[0]
        low, high = value.limits(self.unit.program.pools)
        if isinstance(value, RefValue):
            size = self.unit.program.pools[value.machine]
            if unrolled:
                for index in range(size):
                    with memory.when(look.live(value.machine, number(index))):
                        self._arguments(memory, look, rest[1:], [*given, number(index + 1)], then, unrolled=unrolled)
                return
            with memory.loop(size) as slot, memory.when(look.live(value.machine, slot)):
                self._arguments(memory, look, rest[1:], [*given, builder.add(slot, number(1))], then)
            return
        with memory.loop(high + 1, low) as index:
            argument = builder.trunc(index, I1) if isinstance(value, BoolValue) else index
            self._arguments(memory, look, rest[1:], [*given, argument], then, unrolled=unrolled)

    def _blocked(self, look: Memory, row: Declaration, slot: ir.Value) -> ir.Value | None:
        """Whether another command holds the lock that the row needs."""
        lock = lock_of(row)
        if lock is None or not self.world.locked:
            return None
        builder = look.builder
        result: ir.Value | None = None
        for command in self.system.commands:
            if command.holds is not lock:
                continue
            for index in range(self.unit.program.pools[command]):
                held = self._command_in(look, command, number(index), self.world.holds_lock)
                if command is row.machine:
                    held = builder.and_(held, builder.icmp_signed("!=", slot, number(index)))
                result = held if result is None else builder.or_(result, held)
        return result

    def _any_in_flight(self, look: Memory, command: type[Machine]) -> ir.Value:
        """Whether any command of a machine is in flight."""
        result: ir.Value = FALSE
        for index in range(self.unit.program.pools[command]):
            result = look.builder.or_(result, self._command_in_flight(look, command, number(index)))
        return result

    def _command_in_flight(self, look: Memory, command: type[Machine], slot: ir.Value) -> ir.Value:
        return self._command_in(look, command, slot, lambda state: state.in_flight)

    @staticmethod
    def _command_in(look: Memory, command: type[Machine], slot: ir.Value, wanted: Callable[[State], bool]) -> ir.Value:
        state = look.stored(look.place(command, "state"), slot)
        return among(look.builder, state, [known for known in command.states if wanted(known)])

    def _fire(
        self,
        number_: int,
        row: Declaration,
        memory: Memory,
        look: Memory,
        slot: ir.Value,
        given: list[ir.Value],
        out: ir.Value,
        room: ir.Value,
        count: ir.Value,
    ) -> None:
        """Run the row for every sequence of choices, as an odometer that counts False before True."""
        builder = memory.builder
        unit = self.unit
        pointer = builder.add(slot, number(1))
        site = unit.site(row.qualname, row.file, row.line)
        tape = memory.local(I64)
        builder.store(number(0), tape)
        again, after = builder.append_basic_block("again"), builder.append_basic_block("fired")
        builder.branch(again)
        builder.position_at_end(again)
        for word in range(unit.layout.words):
            value = builder.load(builder.gep(look.words, [number(word)], source_etype=I64), typ=I64)
            builder.store(value, builder.gep(memory.words, [number(word)], source_etype=I64))
        self._reset(memory)
        memory.put(TAPE, builder.load(tape, typ=I64))
        function = function_of(unit, row)
        enabled = builder.call(function, [memory.context, memory.words, memory.words, number(site), pointer, *given])
        with memory.when(enabled):
            self._finish(number_, row, memory, look, slot, out, room, count)
        taken = memory.get(TAKEN)
        many = builder.icmp_signed(">", taken, number(MOST_CHOICES))  # more than the tape holds
        shown = builder.shl(number(-1), builder.select(many, number(0), taken))
        unset = builder.and_(builder.xor(memory.get(TAPE), number(-1)), builder.xor(shown, number(-1)))
        last = builder.sub(number(63), builder.ctlz(unset, FALSE))
        kept = builder.and_(
            memory.get(TAPE), builder.sub(builder.shl(number(1), builder.and_(last, number(63))), number(1))
        )
        builder.store(builder.or_(kept, builder.shl(number(1), builder.and_(last, number(63)))), tape)
        builder.cbranch(builder.icmp_signed("!=", unset, number(0)), again, after)
        builder.position_at_end(after)

    def _finish(
        self,
        number_: int,
        row: Declaration,
        memory: Memory,
        look: Memory,
        slot: ir.Value,
        out: ir.Value,
        room: ir.Value,
        count: ir.Value,
    ) -> None:
        """At the end of a step: what commands remember, properties of the step, and the record."""
        builder = memory.builder
        unit = self.unit
        many = builder.icmp_signed(">", memory.get(TAKEN), number(MOST_CHOICES))
        memory.put(ERROR, builder.select(many, number(TOO_MANY_CHOICES), memory.get(ERROR)))
        if self.world.observed() or self.world.standing():
            with memory.when(builder.and_(memory.clean(), self._concerned(memory, look))):
                self._call_remember(row, memory, look, slot)
        actions = [known for known in unit.program.judged if known.property.kind == "action"]
        for known in actions:
            with memory.when(builder.and_(memory.clean(), self._wanted(builder, known))):
                self._action(known, memory, look)
        position = builder.load(count, typ=I64)
        with memory.when(builder.icmp_signed("<", position, room)):
            base = builder.mul(position, number(HEADER + unit.layout.words))
            meta = builder.or_(number(number_), builder.shl(memory.get(ERROR), number(16)))
            for offset, value in enumerate((meta, self._among_asked(builder, memory.get(BROKEN)))):
                builder.store(value, builder.gep(out, [builder.add(base, number(offset))], source_etype=I64))
            for word in range(unit.layout.words):
                value = builder.load(builder.gep(memory.words, [number(word)], source_etype=I64), typ=I64)
                index = builder.add(base, number(HEADER + word))
                builder.store(value, builder.gep(out, [index], source_etype=I64))
            if unit.groups:
                with memory.when(memory.clean()):
                    target = builder.gep(out, [builder.add(base, number(HEADER))], source_etype=I64)
                    builder.call(canonical(unit, self.world), [target])
        builder.store(builder.add(position, number(1)), count)

    def _action(self, known: Judged, memory: Memory, look: Memory) -> None:
        builder = memory.builder
        kind = known.function.parameters[0][1]
        machine: type[Machine] = kind.machine  # type: ignore[union-attr]
        function = function_of(self.unit, known.function.declaration, known.function)
        beside = self._fresh(builder, memory.words)
        with memory.loop(self.unit.program.pools[machine]) as slot:
            both = builder.and_(look.live(machine, slot), memory.live(machine, slot))
            with memory.when(both):
                self._reset(beside)
                pointer = builder.add(slot, number(1))
                arguments = [beside.context, memory.words, look.words, number(BESIDE), pointer, pointer]
                holds = builder.and_(builder.call(function, arguments), beside.clean())
                self._break(memory, known.property.name, builder.not_(holds))

    def _break(self, memory: Memory, name: str, condition: ir.Value) -> None:
        builder = memory.builder
        self._break_cases(memory, name, builder.zext(condition, I64))

    def _break_cases(self, memory: Memory, name: str, cases: ir.Value) -> None:
        """Note that the cases of a mask are broken, the first of which has this name."""
        builder = memory.builder
        memory.put(BROKEN, builder.or_(memory.get(BROKEN), builder.shl(cases, number(self.bit(name)))))

    # -- what commands remember: copies of what the outside saw, and which properties were broken already ------------

    def _flights(self, memory: Memory, look: Memory) -> list[tuple[Machine, ir.Value, ir.Value]]:
        """The commands that keep a copy, and whether each was in flight before the step and is after it."""
        return [
            (
                instance,
                self._command_in_flight(look, type(instance), number(instance.index)),
                self._command_in_flight(memory, type(instance), number(instance.index)),
            )
            for instance in self.world.ghost_commands()
        ]

    def _concerned(self, memory: Memory, look: Memory) -> ir.Value:
        """Whether a step has to do with what commands remember at all."""
        builder = memory.builder
        concerned = builder.icmp_signed("!=", memory.get(FAILED), number(0))
        for _, was, now in self._flights(memory, look):
            concerned = builder.or_(concerned, builder.or_(was, now))
        for command in dict.fromkeys(known.between for known in self.world.standing()):
            assert command is not None
            for each in (look, memory):
                concerned = builder.or_(concerned, self._any_in_flight(each, command))
        return concerned

    def _call_remember(self, row: Declaration, memory: Memory, look: Memory, slot: ir.Value) -> None:
        """Have it remembered by a function of its own, which is large.

        It works on a copy of the state: what a call can reach, LLVM does not keep in registers.
        """
        builder = memory.builder
        mover = row.machine
        assert mover is not None

        def fill(made: ir.Function) -> None:
            words, source, at, failed = made.args
            inner = ir.IRBuilder(made.append_basic_block("entry"))
            after, before = self._fresh(inner, words), Memory(self.unit, inner, words, source)
            differs = self._keep_ghosts(mover, after, before, at, failed)
            for known, place in self._standing():
                self._stand(known, place, after, before)
            inner.ret(differs)

        kinds = [POINTER, POINTER, I64, I1]
        remember = self.unit.function(("remember", mover), f"remember.{mover.__name__}", kinds, I1, fill)
        remember.attributes.add("noinline")
        failed = builder.icmp_signed("!=", memory.get(FAILED), number(0))
        before, after = self._held(builder, look.words), self._held(builder, memory.words)
        differs = builder.call(remember, [after, before, slot, failed])
        for word in range(self.unit.layout.words):
            value = builder.load(builder.gep(after, [number(word)], source_etype=I64), typ=I64)
            builder.store(value, builder.gep(memory.words, [number(word)], source_etype=I64))
        if self.world.observed():
            self._break(memory, ATOMICITY.name, differs)

    def _keep_ghosts(
        self, mover: type[Machine], memory: Memory, look: Memory, slot: ir.Value, failed: ir.Value
    ) -> ir.Value:
        """Keep, update or compare the commands' copies of what the outside saw; whether a failure changed it."""
        builder = memory.builder
        observed = range(len(self.world.observed()))
        before = [self._observe(look, index) for index in observed]
        after = [self._observe(memory, index) for index in observed]
        expected = list(before)
        for number_, (instance, was, now) in enumerate(self._flights(memory, look)):
            mine: ir.Value = FALSE
            if mover is type(instance):
                mine = builder.icmp_signed("==", slot, number(instance.index))
            for index, (old, new) in enumerate(zip(before, after, strict=True)):
                place = self.unit.layout.ghosts[number_ * len(before) + index]
                ghost = look.stored(place, number(0))
                moved = builder.select(builder.icmp_signed("!=", old, new), new, ghost)
                carried = builder.select(was, builder.select(mine, ghost, moved), old)
                memory.store(place, number(0), builder.select(now, carried, number(0)))
                if mine is not FALSE:
                    expected[index] = builder.select(builder.and_(mine, was), ghost, expected[index])
        differs: ir.Value = FALSE
        for wanted, new in zip(expected, after, strict=True):
            differs = builder.or_(differs, builder.icmp_signed("!=", wanted, new))
        return builder.and_(failed, differs)

    def _standing(self) -> list[tuple[Judged, Place]]:
        """The properties between commands, and where it is kept that they were broken when a command began."""
        judged = {known.property: known for known in self.unit.program.judged}
        places = zip(self.world.standing(), self.unit.layout.standing, strict=True)
        return [(judged[known], place) for known, place in places]

    def _stand(self, known: Judged, place: Place, memory: Memory, look: Memory) -> None:
        """At the end of a step: keep whether a property is broken as a command begins, forget it as it ends."""
        builder = memory.builder
        assert known.property.between is not None
        was, now = (self._any_in_flight(each, known.property.between) for each in (look, memory))
        kept = memory.local(I64)
        builder.store(builder.select(now, look.stored(place, number(0)), number(0)), kept)
        with memory.when(builder.and_(now, builder.not_(was))):
            builder.store(self._broken(known, look.words, builder), kept)
        memory.store(place, number(0), builder.load(kept, typ=I64))

    def _observe(self, memory: Memory, index: int) -> ir.Value:
        """One observable, as the copies keep it: 0 where a memory error hides it."""
        row, instance = self.world.observed()[index]
        value = signature(row, self.system.names)[1]
        assert isinstance(value, BoolValue | IntValue | EnumValue)

        def fill(made: ir.Function) -> None:
            builder = ir.IRBuilder(made.append_basic_block("entry"))
            beside = self._fresh(builder, made.args[0])
            arguments = [beside.context, beside.words, beside.words, number(BESIDE), made.args[1]]
            seen = builder.call(function_of(self.unit, row), arguments)
            wide = builder.zext(seen, I64) if seen.type == I1 else seen
            low, _ = value.limits(self.unit.program.pools)
            builder.ret(builder.select(beside.clean(), builder.add(wide, number(1 - low)), number(0)))

        made = self.unit.function(("observe", row), f"observe.{row.qualname}", [POINTER, I64], I64, fill)
        return memory.builder.call(made, [memory.words, number(instance._slot + 1)])

    def _observed(self) -> None:
        """`observed(words, out)`: write what the outside sees of a state; returns how many values that is."""
        made, builder = self._export("observed", [POINTER, POINTER])
        memory = self._fresh(builder, self._held(builder, made.args[0]))
        count = len(self.world.observed())
        for index in range(count):
            builder.store(self._observe(memory, index), builder.gep(made.args[1], [number(index)], source_etype=I64))
        builder.ret(number(count))

    def _canonical(self) -> None:
        """`canonical(words)`: bring a state into the form in which `successors` gives it."""
        made, builder = self._export("canonical", [POINTER])
        builder.call(canonical(self.unit, self.world), [made.args[0]])
        builder.ret(number(0))

    # -- properties of states ----------------------------------------------------------------------------------------

    def _violated(self) -> None:
        """`violated(words)`: the mask of the properties that a state breaks; of a `sometimes`, where it holds."""
        made, builder = self._export("violated", [POINTER])
        memory = self._fresh(builder, self._held(builder, made.args[0]))
        self._dangling(memory)
        self._leaks(memory)
        for known in self.unit.program.judged:
            if known.property.kind in ("invariant", "sometimes"):
                with memory.when(self._wanted(builder, known)):
                    self._judge(known, memory)
        builder.ret(self._among_asked(builder, memory.get(BROKEN)))

    def _dangling(self, memory: Memory) -> None:
        builder = memory.builder
        pools = self.unit.program.pools
        for machine in self.unit.machines:
            for made in machine.fields.values():
                code = dangling_code(made.value, pools)
                if not code or not isinstance(made.value, RefValue) or made.value.raw:
                    continue
                with memory.loop(pools[machine]) as slot:
                    stored = memory.stored(memory.place(machine, made.name), slot)
                    self._break(memory, "no-dangling-pointer", builder.icmp_signed("==", stored, number(code)))

    def _leaks(self, memory: Memory) -> None:
        builder = memory.builder
        pools = self.unit.program.pools
        for machine in self.unit.dynamic:
            owned: ir.Value = number(0)
            for holder, made in memory.pointers_to(machine, own=True):
                for index in range(pools[holder]):
                    stored = memory.stored(memory.place(holder, made.name), number(index))
                    owned = builder.or_(owned, builder.shl(number(1), stored))
            for index in range(pools[machine]):
                held = builder.trunc(builder.lshr(owned, number(index + 1)), I1)
                leaked = builder.and_(memory.live(machine, number(index)), builder.not_(held))
                self._break(memory, "no-leak", leaked)

    def _judge(self, known: Judged, memory: Memory) -> None:
        """Note whether a state breaks a property; between the steps of a command, whether the one before it did."""
        builder = memory.builder
        between, name = known.property.between, self.system.cases[known.property][0]
        if between is None:
            self._break_cases(memory, name, self._broken(known, memory.words, builder))
            return
        place = next(place for other, place in self._standing() if other is known)
        flies = self._any_in_flight(memory, between)
        self._break_cases(memory, name, builder.select(flies, memory.stored(place, number(0)), number(0)))
        with memory.when(builder.not_(flies)):
            self._break_cases(memory, name, self._broken(known, memory.words, builder))

    def _broken(self, known: Judged, words: ir.Value, builder: ir.IRBuilder) -> ir.Value:
        """The cases in which a property's body is false for some live instances; of a `sometimes`, is true for some."""

        def fill(made: ir.Function) -> None:
            inner = ir.IRBuilder(made.append_basic_block("entry"))
            look = Memory(self.unit, inner, made.args[0], made.args[0])
            beside = self._fresh(inner, made.args[0])
            found = look.local(I64)
            inner.store(number(0), found)
            function = function_of(self.unit, known.function.declaration, known.function)
            parameters = list(signature(known.function.declaration, self.system.names)[0].values())

            def ask(given: list[ir.Value]) -> None:
                self._reset(beside)
                holds = inner.call(function, [beside.context, look.words, look.words, number(BESIDE), *given])
                holds = inner.and_(holds, beside.clean())
                wanted = inner.zext(holds if known.property.kind == "sometimes" else inner.not_(holds), I64)
                made = self.system.told_by.get(known.property)
                if made is not None:
                    told_by = look.stored(look.place(made.machine, made.name), inner.sub(given[0], number(1)))
                    wanted = inner.shl(wanted, told_by)
                inner.store(inner.or_(inner.load(found, typ=I64), wanted), found)

            limits = [value.limits(self.unit.program.pools) for value in parameters]
            choices = math.prod(high - low + 1 for low, high in limits)
            self._arguments(
                look, look, parameters, [], ask, unrolled=self.asked is not None and choices <= UNROLLED_CHOICES
            )
            inner.ret(inner.load(found, typ=I64))

        made = self.unit.function(("broken", known.property), f"broken.{known.property.name}", [POINTER], I64, fill)
        return builder.call(made, [words])

    # -- what has to come in the end ---------------------------------------------------------------------------------

    def _turns(self) -> None:
        """`turns(words, out, _)`: write how many firings each fair row of an instance has; returns how many rows.

        Firings that end in an error, or are cut, are among them. They come in the order of `successors`.
        """
        made, builder = self._export("turns", [POINTER, POINTER, I64])
        fair = self.world.fair() if self.system.liveness else []
        look = Memory(self.unit, builder, made.args[0], made.args[0])
        for position, (row, instance) in enumerate(fair):
            machine, slot = type(instance), number(instance._slot)
            count = builder.gep(made.args[1], [number(position)], source_etype=I64)
            builder.store(number(0), count)
            ready = look.live(machine, slot)
            if row.sources:
                state = look.stored(look.place(machine, "state"), slot)
                ready = builder.and_(ready, among(builder, state, list(row.sources)))
            with look.when(ready):
                firings = self._row(self.rows.index(row), row)
                builder.call(firings, [made.args[0], made.args[1], number(0), count, slot], attrs=("noinline",))
        builder.ret(number(len(fair)))

    def _promises(self) -> None:
        """`promises(words, property, choice)`: bit 0 says that the state promises the goal of a property of liveness to
        one choice of instances, counted as `PlainWorld.promises` lists them, bit 1 that it can be waited for there."""
        made, builder = self._export("promises", [POINTER, I64, I64])
        judged = {known.property: known for known in self.unit.program.judged}
        none = builder.append_basic_block("none")
        which = builder.switch(made.args[1], none)
        for position, known in enumerate(self.system.liveness):
            case = builder.append_basic_block(known.name)
            which.add_case(number(position), case)
            builder.position_at_end(case)
            builder.ret(builder.call(self._promised(judged[known]), [made.args[0], made.args[2]]))
        builder.position_at_end(none)
        builder.ret(number(0))

    def _promised(self, known: Judged) -> ir.Function:
        """What a state says of one choice of instances."""

        def fill(made: ir.Function) -> None:
            builder = ir.IRBuilder(made.append_basic_block("entry"))
            look = Memory(self.unit, builder, made.args[0], made.args[0])
            given, present = self._chosen(known, look, made.args[1])
            bits = look.local(I64)
            builder.store(number(0), bits)
            with look.when(present):
                waiting = builder.not_(self._asked(known.goal or known.function, look, given, error=FALSE))
                premise = TRUE if known.goal is None else self._asked(known.function, look, given, error=TRUE)
                promised = builder.zext(builder.and_(waiting, premise), I64)
                builder.store(builder.or_(promised, builder.shl(builder.zext(waiting, I64), number(1))), bits)
            builder.ret(builder.load(bits, typ=I64))

        name = f"promised.{known.property.name}"
        return self.unit.function(("promised", known.property), name, [POINTER, I64], I64, fill)

    def _chosen(self, known: Judged, look: Memory, choice: ir.Value) -> tuple[list[ir.Value], ir.Value]:
        """The arguments of a choice, the last of which changes fastest, and whether all of them are there."""
        builder, present = look.builder, TRUE
        given: list[ir.Value] = []
        for value in reversed(list(signature(known.function.declaration, self.system.names)[0].values())):
            low, high = value.limits(self.unit.program.pools)
            low = 1 if isinstance(value, RefValue) else low
            size = number(high - low + 1)
            raw = builder.add(builder.urem(choice, size), number(low))
            choice = builder.udiv(choice, size)
            if isinstance(value, RefValue):
                present = builder.and_(present, look.live(value.machine, builder.sub(raw, number(1))))
            given.insert(0, builder.trunc(raw, I1) if isinstance(value, BoolValue) else raw)
        return given, present

    def _asked(self, function: Function, look: Memory, given: list[ir.Value], *, error: ir.Value) -> ir.Value:
        """Whether a condition holds; `error` if evaluating it is one."""
        beside = self._fresh(look.builder, look.words)
        made = function_of(self.unit, function.declaration, function)
        holds = look.builder.call(made, [beside.context, look.words, look.words, number(BESIDE), *given])
        return look.builder.select(beside.clean(), holds, error)

    # -- who waits ---------------------------------------------------------------------------------------------------

    def _busy(self) -> None:
        """`busy(words)`: the mask of the slots that wait, or are between the steps of a command."""
        made, builder = self._export("busy", [POINTER])
        memory = self._fresh(builder, self._held(builder, made.args[0]))
        mask: ir.Value = number(0)
        for bit, (machine, index) in enumerate(waiters(self.system, self.unit.program.pools)[:64]):
            state = memory.stored(memory.place(machine, "state"), number(index))
            states = [known for known in machine.states if known.waits]
            waits = builder.and_(among(builder, state, states), memory.live(machine, number(index)))
            mask = builder.or_(mask, builder.shl(builder.zext(waits, I64), number(bit)))
        builder.ret(mask)


def waiters(system: System, pools: Mapping[type[Machine], int]) -> tuple[tuple[type[Machine], int], ...]:
    """The slots that can wait, in the order of the mask's bits."""
    return tuple(
        (machine, index)
        for machine in system.machines
        if any(known.waits for known in machine.states)
        for index in range(pools[machine])
    )


__all__ = ["TOO_MANY_CHOICES", "Entry", "waiters"]
