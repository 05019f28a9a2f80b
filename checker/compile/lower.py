"""From the IR to LLVM: one function for each row and each property."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from ...spec.language.errors import (
    FailedAssertion,
    IllegalTransition,
    NullDereference,
    OutOfRange,
    RunawayCallback,
    UseAfterFree,
)
from ...spec.language.machines import Machine, StateValue
from ...spec.language.rows import Declaration, State
from ...spec.language.types import Field, IntValue, QueueValue, RefValue, SetValue
from .coverage import Point, What, returns
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
    NothingType,
    Pointer,
    Pop,
    Quantified,
    Require,
    Return,
    SetLocal,
    SlotOf,
    Statement,
    Store,
    Type,
)
from .layout import dangling_code
from .memory import BROKEN, FAILED, FALSE, FREED, I1, I64, POINTER, TAKEN, TAPE, TRUE, VOID, Memory, Unit, number


def machine_type(kind: Type) -> ir.Type:
    """How a value of the IR's type is held: a bit for a bool, a word for the rest."""
    return VOID if isinstance(kind, NothingType) else I1 if kind == BOOL else I64


def call_operation(memory: Memory, row: Declaration, site: ir.Value | int, arguments: Sequence[ir.Value]) -> ir.Value:
    """Call an operation, with all that a call checks; what goes wrong in the calling is the caller's `site`."""
    made = function_of(memory.unit, row)
    base = number(site) if isinstance(site, int) else site
    return memory.builder.call(made, [memory.context, memory.words, memory.words, base, *arguments])


def function_of(unit: Unit, row: Declaration, translated: Function | None = None) -> ir.Function:
    """The LLVM function of a row or of a property's body.

    Its arguments: the context, the words, the words before the step (for action properties; else the same), the
    caller's site, and the parameters. A step returns whether its guards hold.
    """
    function = translated or unit.program.functions[row]
    result = I1 if row.kind == "step" else machine_type(function.result)
    arguments = [POINTER, POINTER, POINTER, I64, *(machine_type(kind) for _, kind in function.parameters)]

    def fill(made: ir.Function) -> None:
        _Body(unit, function, made).fill()

    return unit.function(("row", row), row.qualname, arguments, result, fill)


class _Body(Memory):
    """The code of one row."""

    def __init__(self, unit: Unit, function: Function, made: ir.Function) -> None:
        context, words, before, site, *arguments = made.args
        super().__init__(unit, ir.IRBuilder(made.append_basic_block("entry")), context, words)
        self.function, self.made, self.before, self.caller = function, made, before, site
        self.row = function.declaration
        self.names: dict[str, ir.Value] = {}
        self.given = dict(zip([name for name, _ in function.parameters], arguments, strict=True))
        self.alive: set[str] = set()
        self.sole = self.row.targets[0] if len(self.row.targets) == 1 else None
        self.destination: ir.Value | None = None

    # -- the whole ---------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        builder = self.builder
        result_type = machine_type(self.function.result)
        self.result = None if result_type is VOID else self.local(result_type)
        if len(self.row.targets) > 1:
            self.destination = self.local(I64)
            builder.store(number(-1), self.destination)
        self.leave = builder.append_basic_block("leave")
        self.refused = builder.append_basic_block("refused")
        if self.result is not None:
            builder.store(ir.Constant(result_type, 0), self.result)
        for name, kind in self.function.locals.items():
            self.names[name] = self.local(machine_type(kind))
        self._enter()
        self.cover(Point("entered", self.row, self.row.line))
        self.statements(self.function.body)
        if not builder.block.is_terminated:
            builder.branch(self.leave)
        builder.position_at_end(self.leave)
        self._leave()
        self._return(TRUE)
        builder.position_at_end(self.refused)
        self._return(FALSE)

    def _return(self, enabled: ir.Value) -> None:
        if self.row.kind == "step":
            self.builder.ret(enabled)
        elif self.result is None:
            self.builder.ret_void()
        else:
            self.builder.ret(self.builder.load(self.result, typ=machine_type(self.function.result)))

    def _enter(self) -> None:
        """What a call checks before the body: how deep it is nested, its arguments' ranges, its control state."""
        builder = self.builder
        if self.row.kind not in ("operation", "finalizer", "observable"):
            return
        if self.row.depth is not None:
            cell = FREED + len(self.unit.dynamic) + self.unit.counted.index(self.row)
            depth = builder.add(self.get(cell), number(1))
            self.put(cell, depth)
            self.error(self.caller, RunawayCallback, builder.icmp_signed(">", depth, number(self.row.depth)))
            body = builder.append_basic_block("body")
            builder.cbranch(self.clean(), body, self.refused)
            builder.position_at_end(body)
        for name, kind in self.function.parameters:
            if isinstance(kind, IntValue):
                self._check_range(self.given[name], kind, self.caller)
        if self.row.sources:
            self._check_source()
        for monitor, handler in self.unit.listeners.get(self.row, ()):
            function = function_of(self.unit, handler)
            receiver = next(iter(self.given.values()))
            assert monitor
            arguments = [receiver, *self.given.values()]
            builder.call(function, [self.context, self.words, self.words, self.caller, *arguments])

    def _check_source(self) -> None:
        machine = self.row.machine
        assert machine is not None
        slot = self.slot(next(iter(self.given.values())))
        self.check_live(machine, slot, self.caller, self.words)
        state = self.stored(self.place(machine, "state"), slot)
        self.error(self.caller, IllegalTransition, self.builder.not_(among(self.builder, state, self.row.sources)))

    def _check_range(self, value: ir.Value, kind: IntValue, site: ir.Value | int) -> None:
        builder = self.builder
        below = builder.icmp_signed("<", value, number(kind.low))
        above = builder.icmp_signed(">", value, number(kind.high))
        self.error(site, OutOfRange, builder.or_(below, above))

    def _leave(self) -> None:
        """After the body: the result's range, then the control state changes."""
        builder = self.builder
        if isinstance(self.function.result, IntValue) and self.row.kind in ("operation", "observable"):
            assert self.result is not None
            self._check_range(builder.load(self.result, typ=I64), self.function.result, self.caller)
        if self.row.targets:
            self._arrive()
        if self.row.depth is not None:
            cell = FREED + len(self.unit.dynamic) + self.unit.counted.index(self.row)
            self.put(cell, builder.sub(self.get(cell), number(1)))

    def _arrive(self) -> None:
        machine = self.row.machine
        assert machine is not None
        slot = self.slot(next(iter(self.given.values())))
        self.check_live(machine, slot, self.caller, self.words)
        if self.sole is not None:
            self.store(self.place(machine, "state"), slot, number(self.sole.index))
            if self.sole.clear:
                self._clear(machine, slot)
            return
        assert self.destination is not None
        chosen = self.builder.load(self.destination, typ=I64)
        with self.when(self.builder.and_(self.clean(), self.builder.icmp_signed(">=", chosen, number(0)))):
            self.store(self.place(machine, "state"), slot, chosen)
            for target in self.row.targets:
                if target.clear:
                    with self.when(self.builder.icmp_signed("==", chosen, number(target.index))):
                        self._clear(machine, slot)

    def _clear(self, machine: type[Machine], slot: ir.Value) -> None:
        """Blank all fields but the control state, in declaration order.

        What a field owned goes with it, and may take the object itself along.
        """
        for name, made in machine.fields.items():
            if name in ("live", "state"):
                continue
            self.check_live(machine, slot, self.caller, self.words)
            place = self.place(machine, name)
            before = self.stored(place, slot)
            self.store(place, slot, number(made.value.blank - place.low))
            if isinstance(made.value, RefValue) and made.value.own:
                self.release(made.value.machine, before, self.caller)

    # -- statements --------------------------------------------------------------------------------------------------

    def site(self, line: int) -> int:
        return self.unit.site(self.row.qualname, self.row.file, line)

    def statements(self, body: Sequence[Statement]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: Statement) -> None:
        builder = self.builder
        match node:
            case SetLocal(_, name, value):
                made = self.value(value)
                builder.store(made, self.names[name])
            case Store():
                self._store(node)
            case Change():
                self._change(node)
            case Evaluate(_, value):
                self.value(value)
            case If():
                self._if(node)
            case For():
                self._for(node)
            case Return(_, value):
                if value is not None:
                    assert self.result is not None
                    builder.store(self.value(value), self.result)
                builder.branch(self.leave)
            case Assert(line, condition):
                holds = self.value(condition)
                self.error(self.site(line), FailedAssertion, builder.not_(holds))
            case Require(line, condition):
                self._require(condition, Point("guard", self.row, line, node.number))
            case Ensure(_, condition, name):
                holds = self.value(condition)
                bit = self.unit.system.case_names.index(name)
                breaks = builder.and_(builder.not_(holds), self.clean())
                mask = builder.select(breaks, number(1 << bit), number(0))
                self.put(BROKEN, builder.or_(self.get(BROKEN), mask))
            case Goto(_, state):
                assert self.destination is not None
                builder.store(number(state.index), self.destination)
            case Fail():
                self.put(FAILED, number(1))
            case Free(line, target):
                self._free(line, target)
            case _:
                raise TypeError(node)

    def _require(self, condition: Expression, point: Point) -> None:
        builder = self.builder
        holds = builder.or_(self.value(condition), builder.not_(self.clean()))
        fails, goes_on = builder.append_basic_block("fails"), builder.append_basic_block("enabled")
        builder.cbranch(holds, goes_on, fails)
        builder.position_at_end(fails)
        self.cover(point)
        builder.branch(self.refused)
        builder.position_at_end(goes_on)

    def _store(self, node: Store) -> None:
        value = self.value(node.value)
        pointer = self.value(node.object)
        site = self.site(node.line)
        machine = node.object.type.machine  # type: ignore[union-attr]
        slot = self.target(node.object, pointer, site)
        bits = self._encode(node.field, value, node.value.type, site)
        self.check_live(machine, slot, site, self.words)
        place = self.place(machine, node.field.name)
        kind = node.field.value
        if isinstance(kind, RefValue) and kind.own:
            before = self.stored(place, slot)
            self.store(place, slot, bits)
            self.release(kind.machine, before, site)
        else:
            self.store(place, slot, bits)

    def _encode(self, field: Field, value: ir.Value, kind: Type, site: int) -> ir.Value:
        """The stored form of a value, its range checked."""
        wanted = field.value
        if isinstance(wanted, RefValue):
            return self.pointer_bits(wanted, value)
        if isinstance(wanted, IntValue):
            assert isinstance(kind, IntValue)
            if kind.low < wanted.low or kind.high > wanted.high:
                self._check_range(value, wanted, site)
            return self.builder.sub(value, number(wanted.low)) if wanted.low else value
        return self.builder.zext(value, I64) if value.type == I1 else value

    def target(self, object_: Expression, pointer: ir.Value, site: int) -> ir.Value:
        """The slot that is dereferenced; None is an error."""
        if not self._never_none(object_):
            self.error(site, NullDereference, self.builder.icmp_signed("==", pointer, number(0)))
        return self.slot(pointer)

    def _never_none(self, node: Expression) -> bool:
        if isinstance(node, Local):
            return node.name in self.alive or (
                self.row.machine is not None and node.name == next(iter(self.given), None)
            )
        return isinstance(node, At | New)

    def _change(self, node: Change) -> None:
        builder = self.builder
        site = self.site(node.line)
        load = node.container
        pointer = self.value(load.object)
        machine = load.object.type.machine  # type: ignore[union-attr]
        slot = self.target(load.object, pointer, self.site(load.line))
        place = self.place(machine, load.field.name)
        kind = load.field.value
        if node.action == "clear":
            self.check_live(machine, slot, site, self.words)
            self.store(place, slot, number(0))
            return
        assert node.element is not None
        element = self.value(node.element)
        if isinstance(kind, SetValue):
            index = self._element(kind, node.element, element, site)
            self.check_live(machine, slot, site, self.words)
            before = self.stored(place, slot)
            bit = builder.shl(number(1), index)
            after = builder.or_(before, bit) if node.action == "add" else builder.and_(before, builder.not_(bit))
            self.store(place, slot, after)
            return
        assert isinstance(kind, QueueValue)
        raw = self._queue_element(kind, node.element, element, site)
        self.check_live(machine, slot, site, self.words)
        before = self.stored(place, slot)
        length = builder.and_(before, number((1 << kind.length_bits) - 1))
        self.error(site, OutOfRange, builder.icmp_signed("==", length, number(kind.capacity)))
        shift = builder.add(number(kind.length_bits), builder.mul(length, number(kind.bits)))
        shift = builder.and_(shift, number(63))  # after an error it may be anything
        self.store(place, slot, builder.add(builder.or_(before, builder.shl(raw, shift)), number(1)))

    def _element(self, kind: SetValue, node: Expression, value: ir.Value, site: int) -> ir.Value:
        """The bit of a set's element; None has none."""
        builder = self.builder
        if isinstance(kind.element, RefValue):
            self.error(site, NullDereference, builder.icmp_signed("==", value, number(0)))
            return self.slot(value)
        low = self._narrow(kind.element, node, value, site)
        wide = builder.zext(value, I64) if value.type == I1 else value
        return builder.and_(builder.sub(wide, number(low)) if low else wide, number(63))

    def _queue_element(self, kind: QueueValue, node: Expression, value: ir.Value, site: int) -> ir.Value:
        low = self._narrow(kind.element, node, value, site)
        wide = self.builder.zext(value, I64) if value.type == I1 else value
        return self.builder.sub(wide, number(low)) if low else wide

    def _narrow(self, element: object, node: Expression, value: ir.Value, site: int) -> int:
        if isinstance(element, IntValue):
            assert isinstance(node.type, IntValue)
            if node.type.low < element.low or node.type.high > element.high:
                self._check_range(value, element, site)
            return element.low
        return 0

    def _if(self, node: If) -> None:
        builder = self.builder
        test = self.value(node.test)
        then, other, after = (builder.append_basic_block(name) for name in ("then", "else", "endif"))
        builder.cbranch(test, then, other)
        ways: tuple[tuple[What, ir.Block, Sequence[Statement]], ...] = (
            ("then", then, node.then),
            ("else", other, node.other),
        )
        for way, block, body in ways:
            builder.position_at_end(block)
            self.cover(Point(way, self.row, node.line))
            self.statements(body)
            if not builder.block.is_terminated:
                builder.branch(after)
        builder.position_at_end(after)
        if not after_is_reached(after):
            builder.unreachable()
        elif returns(node):
            self.cover(Point("behind", self.row, node.line))

    def _for(self, node: For) -> None:
        with self._over(node.variable, node.over):
            self.cover(Point("loop", self.row, node.line))
            self.statements(node.body)

    def _over(self, variable: str, over: type[Machine] | tuple[int, int]) -> _Loop:
        return _Loop(self, variable, over)

    def _free(self, line: int, target: Expression) -> None:
        pointer = self.value(target)
        site = self.site(line)
        none = self.builder.icmp_signed("==", pointer, number(0))
        self.error(site, NullDereference, none)
        assert isinstance(target.type, Pointer)
        with self.when(self.builder.not_(none)):
            self.finalise(target.type.machine, pointer, site)

    # -- expressions -------------------------------------------------------------------------------------------------

    def value(self, node: Expression) -> ir.Value:
        builder = self.builder
        match node:
            case Constant(kind, _, value):
                return ir.Constant(I1 if kind == BOOL else I64, value)
            case Local(kind, _, name):
                if name in self.given:  # a loop's or a generator's variable may have the name of a later local
                    return self.given[name]
                return builder.load(self.names[name], typ=machine_type(kind))
            case Load():
                return self._load(node)
            case Column():
                return self._column(node)
            case Binary():
                return self._binary(node)
            case Not(_, _, operand):
                return builder.not_(self.value(operand))
            case Junction():
                return self._junction(node)
            case Conditional():
                return self._conditional(node)
            case Call():
                return self._call(node)
            case May():
                return self._may()
            case New():
                return self._new(node)
            case At():
                return self._at(node)
            case SlotOf(_, line, target):
                return self.target(target, self.value(target), self.site(line))
            case Quantified():
                return self._quantified(node)
            case Contains(_, line, container, element):
                return self._contains(line, container, element)
            case Length(_, line, container):
                return self._length(line, container)
            case Pop():
                return self._pop(node)
            case _:
                raise TypeError(node)

    def _words(self, pointer: Type) -> ir.Value:
        assert isinstance(pointer, Pointer)
        return self.before if pointer.before else self.words

    def _stored_field(self, node: Load, line: int = 0) -> tuple[ir.Value, ir.Value]:
        """The stored form of a field, and its slot; what a container has is read in a `line` of its own."""
        pointer = self.value(node.object)
        machine = node.object.type.machine  # type: ignore[union-attr]
        slot = self.target(node.object, pointer, self.site(node.line))
        words = self._words(node.object.type)
        self.check_live(machine, slot, self.site(line or node.line), words)
        return self.stored(self.place(machine, node.field.name), slot, words), slot

    def _load(self, node: Load) -> ir.Value:
        builder = self.builder
        stored, _ = self._stored_field(node)
        kind = node.field.value
        if isinstance(kind, StateValue):
            return stored
        if isinstance(kind, RefValue):
            if not kind.machine.dynamic:
                return stored
            code = number(dangling_code(kind, self.unit.program.pools))
            dangles = builder.icmp_signed("==", stored, code)
            self.error(self.site(node.line), UseAfterFree, dangles)
            return builder.select(dangles, number(0), stored)
        if isinstance(kind, IntValue):
            return builder.add(stored, number(kind.low)) if kind.low else stored
        return builder.trunc(stored, I1) if node.type == BOOL else stored

    def _column(self, node: Column) -> ir.Value:
        builder = self.builder
        row = self.value(node.row)
        low = min(node.values)
        bits = max(1, (max(node.values) - low).bit_length())
        if bits * len(node.values) <= 64:
            packed = sum((value - low) << i * bits for i, value in enumerate(node.values))
            shift = builder.and_(builder.mul(row, number(bits)), number(63))  # after an error it may be anything
            shifted = builder.lshr(number(packed), shift)
            cell = builder.and_(shifted, number((1 << bits) - 1))
        else:
            kind = ir.ArrayType(I64, len(node.values))
            table = ir.GlobalVariable(self.unit.module, kind, f"table.{len(self.unit.module.globals)}")
            table.global_constant, table.linkage = True, "internal"
            table.initializer = ir.Constant(kind, [value - low for value in node.values])
            inside = builder.icmp_unsigned("<", row, number(len(node.values)))
            row = builder.select(inside, row, number(0))  # after an error it may be anything
            cell = builder.load(builder.gep(table, [row], source_etype=I64), typ=I64)
        cell = builder.add(cell, number(low)) if low else cell
        return builder.trunc(cell, I1) if node.type == BOOL else cell

    def _binary(self, node: Binary) -> ir.Value:
        builder = self.builder
        left, right = self.value(node.left), self.value(node.right)
        match node.operator:
            case "+":
                return builder.add(left, right)
            case "-":
                return builder.sub(left, right)
            case "*":
                return builder.mul(left, right)
            case "//" | "%":
                return self._divide(node, left, right)
            case _:
                return builder.icmp_signed(node.operator, left, right)

    def _divide(self, node: Binary, left: ir.Value, right: ir.Value) -> ir.Value:
        """Python's `//` and `%`, which round down; the divisor is positive by its type."""
        builder = self.builder
        assert isinstance(node.left.type, IntValue)
        right = builder.select(self.clean(), right, number(1))  # after an error a value may be anything
        if node.left.type.low >= 0:
            return builder.sdiv(left, right) if node.operator == "//" else builder.srem(left, right)
        rest = builder.srem(left, right)
        negative = builder.icmp_signed("<", rest, number(0))
        if node.operator == "%":
            return builder.add(rest, builder.select(negative, right, number(0)))
        return builder.sub(builder.sdiv(left, right), builder.select(negative, number(1), number(0)))

    def _junction(self, node: Junction) -> ir.Value:
        builder = self.builder
        left = self.value(node.left)
        start = builder.block
        more, after = builder.append_basic_block("more"), builder.append_basic_block("joined")
        builder.cbranch(left, *((more, after) if node.operator == "and" else (after, more)))
        builder.position_at_end(more)
        if self.row.kind in ("property", "action"):
            self.cover(Point("operand", self.row, node.line, node.number))
        right = self.value(node.right)
        end = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        joined = builder.phi(I1)
        joined.add_incoming(FALSE if node.operator == "and" else TRUE, start)
        joined.add_incoming(right, end)
        return joined

    def _conditional(self, node: Conditional) -> ir.Value:
        builder = self.builder
        test = self.value(node.test)
        then, other, after = (builder.append_basic_block(name) for name in ("then", "else", "chosen"))
        builder.cbranch(test, then, other)
        results = []
        for block, part in ((then, node.then), (other, node.other)):
            builder.position_at_end(block)
            results.append((self.value(part), builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        chosen = builder.phi(machine_type(node.type))
        for value, block in results:
            chosen.add_incoming(value, block)
        return chosen

    def _call(self, node: Call) -> ir.Value:
        site = self.site(node.line)
        arguments: list[ir.Value] = []
        words = self.words
        if node.receiver is not None:
            receiver = self.value(node.receiver)
            self.target(node.receiver, receiver, site)
            words = self._words(node.receiver.type)
            arguments.append(receiver)
        arguments += [self.value(argument) for argument in node.arguments]
        made = function_of(self.unit, node.operation)
        return self.builder.call(made, [self.context, words, words, number(site), *arguments])

    def _may(self) -> ir.Value:
        """Take the next choice off the tape; after an error nothing is chosen any more."""
        builder = self.builder
        clean = builder.zext(self.clean(), I64)
        taken = self.get(TAKEN)
        bit = builder.and_(builder.lshr(self.get(TAPE), builder.and_(taken, number(63))), clean)
        self.put(TAKEN, builder.add(taken, clean))
        return builder.trunc(bit, I1)

    def _new(self, node: New) -> ir.Value:
        site = self.site(node.line)
        values = [(field, self.value(expression), expression.type) for field, expression in node.values]
        encoded = [(field, self._encode(field, value, kind, site)) for field, value, kind in values]
        pointer = self.allocate(node.machine)
        slot = self.slot(pointer)
        for field, bits in encoded:
            self.store(self.place(node.machine, field.name), slot, bits)
        return pointer

    def _at(self, node: At) -> ir.Value:
        builder = self.builder
        index = self.value(node.index)
        size = self._pool(node.machine)
        kind = node.index.type
        assert isinstance(kind, IntValue)
        if kind.low < 0 or kind.high >= size:
            self._check_range(index, IntValue(0, size - 1), self.site(node.line))
            inside = builder.icmp_unsigned("<", index, number(size))
            index = builder.select(inside, index, number(0))
        return builder.add(index, number(1))

    def _quantified(self, node: Quantified) -> ir.Value:
        """A loop that stops, as Python's `any` and `all` do, at the first element that decides."""
        builder = self.builder
        total = self.local(machine_type(node.type))
        start = {"any": FALSE, "all": TRUE, "sum": number(0)}[node.quantifier]
        builder.store(start, total)
        done = builder.append_basic_block("decided")
        with self._over(node.variable, node.over):
            skip = builder.append_basic_block("next")
            if node.condition is not None:
                test = self.value(node.condition)
                take = builder.append_basic_block("take")
                builder.cbranch(test, take, skip)
                builder.position_at_end(take)
            value = self.value(node.body)
            if node.quantifier == "sum":
                builder.store(builder.add(builder.load(total, typ=I64), value), total)
                builder.branch(skip)
            else:
                builder.store(value, total)
                builder.cbranch(value, *((done, skip) if node.quantifier == "any" else (skip, done)))
            builder.position_at_end(skip)
        builder.branch(done)
        builder.position_at_end(done)
        return builder.load(total, typ=machine_type(node.type))

    def _contains(self, line: int, container: Load, element: Expression) -> ir.Value:
        builder = self.builder
        kind = container.field.value
        assert isinstance(kind, SetValue)
        value = self.value(element)
        stored, _ = self._stored_field(container, line)
        index = self._element(kind, element, value, self.site(line))
        return builder.trunc(builder.lshr(stored, index), I1)

    def _length(self, line: int, container: Load) -> ir.Value:
        stored, _ = self._stored_field(container, line)
        kind = container.field.value
        if isinstance(kind, SetValue):
            return self.builder.ctpop(stored)
        assert isinstance(kind, QueueValue)
        return self.builder.and_(stored, number((1 << kind.length_bits) - 1))

    def _pop(self, node: Pop) -> ir.Value:
        builder = self.builder
        load = node.container
        kind = load.field.value
        assert isinstance(kind, QueueValue)
        site = self.site(node.line)
        stored, slot = self._stored_field(load, node.line)
        machine = load.object.type.machine  # type: ignore[union-attr]
        mask = number((1 << kind.length_bits) - 1)
        length = builder.and_(stored, mask)
        empty = builder.icmp_signed("==", length, number(0))
        self.error(site, OutOfRange, empty)
        elements = builder.lshr(stored, number(kind.length_bits))
        first = builder.and_(elements, number((1 << kind.bits) - 1))
        rest = builder.shl(builder.lshr(elements, number(kind.bits)), number(kind.length_bits))
        shorter = builder.select(empty, number(0), builder.sub(length, number(1)))
        self.store(self.place(machine, load.field.name), slot, builder.or_(rest, shorter))
        if isinstance(kind.element, IntValue):
            return builder.add(first, number(kind.element.low)) if kind.element.low else first
        return builder.trunc(first, I1) if node.type == BOOL else first


class _Loop:
    """A loop over a pool's live instances or a range; the variable is known to name something."""

    def __init__(self, body: _Body, variable: str, over: type[Machine] | tuple[int, int]) -> None:
        self.body, self.variable, self.over = body, variable, over

    def __enter__(self) -> None:
        body, builder = self.body, self.body.builder
        low, high = (0, body._pool(self.over)) if isinstance(self.over, type) else self.over
        self.counter = body.local(I64)
        builder.store(number(low), self.counter)
        self.head, inside, self.following, self.after = (
            builder.append_basic_block(name) for name in ("head", "round", "following", "after")
        )
        builder.branch(self.head)
        builder.position_at_end(self.head)
        index = builder.load(self.counter, typ=I64)
        builder.cbranch(builder.icmp_signed("<", index, number(high)), inside, self.after)
        builder.position_at_end(inside)
        if isinstance(self.over, type):
            if self.over.dynamic:
                here = builder.append_basic_block("live")
                builder.cbranch(body.live(self.over, index), here, self.following)
                builder.position_at_end(here)
            body.given[self.variable] = builder.add(index, number(1))
        else:
            body.given[self.variable] = index
        body.alive.add(self.variable)

    def __exit__(self, *problem: object) -> None:
        body, builder = self.body, self.body.builder
        body.alive.discard(self.variable)
        del body.given[self.variable]
        if not builder.block.is_terminated:
            builder.branch(self.following)
        builder.position_at_end(self.following)
        index = builder.load(self.counter, typ=I64)
        builder.store(builder.add(index, number(1)), self.counter)
        builder.branch(self.head)
        builder.position_at_end(self.after)


def among(builder: ir.IRBuilder, state: ir.Value, states: Sequence[State]) -> ir.Value:
    """Whether a control state is one of `states`."""
    mask = sum(1 << known.index for known in states)
    return builder.trunc(builder.lshr(number(mask), state), I1)


def after_is_reached(block: ir.Block) -> bool:
    """Whether any branch leads to a block."""
    return any(
        block in getattr(other.terminator, "operands", ()) for other in block.function.blocks if other.terminator
    )


__all__ = ["call_operation", "function_of"]
