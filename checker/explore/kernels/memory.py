"""Words at addresses, and calls of the compiled functions: what numba lacks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array


@intrinsic
def load(typingctx: Any, address: Any) -> Any:
    """The word at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer)

    return types.uint64(types.uint64), codegen


@intrinsic
def store(typingctx: Any, address: Any, value: Any) -> Any:
    """Put a word at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        builder.store(arguments[1], pointer)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64), codegen


@intrinsic
def load_half(typingctx: Any, address: Any) -> Any:
    """The 32 bits at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        return builder.load(pointer)

    return types.uint32(types.uint64), codegen


@intrinsic
def store_half(typingctx: Any, address: Any, value: Any) -> Any:
    """Put 32 bits at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        builder.store(arguments[1], pointer)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint32), codegen


@intrinsic
def prefetch(typingctx: Any, address: Any) -> Any:
    """Have the processor fetch the cache line at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, small = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, small, small, small])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        pointer = builder.inttoptr(arguments[0], byte)
        builder.call(function, [pointer, small(0), small(3), small(1)])
        return context.get_dummy_value()

    return types.void(types.uint64), codegen


def _line(builder: Any, address: Any) -> Any:
    """The eight words of a cache line."""
    line = ir.VectorType(ir.IntType(64), 8)
    return builder.load(builder.inttoptr(address, line.as_pointer()), align=64)


def _which(builder: Any, matches: Any) -> Any:
    """Eight truth values as a mask of eight bits, in a word."""
    return builder.zext(builder.bitcast(matches, ir.IntType(8)), ir.IntType(64))


def _everywhere(builder: Any, word: Any) -> Any:
    """A word eight times."""
    small = ir.IntType(32)
    line = ir.VectorType(ir.IntType(64), 8)
    first = builder.insert_element(ir.Constant(line, ir.Undefined), word, small(0))
    return builder.shuffle_vector(first, ir.Constant(line, ir.Undefined), ir.Constant(ir.VectorType(small, 8), [0] * 8))


@intrinsic
def equal_in_line(typingctx: Any, address: Any, word: Any) -> Any:
    """Which words of the cache line at an address are this one, as a mask."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line = _line(builder, arguments[0])
        return _which(builder, builder.icmp_unsigned("==", line, _everywhere(builder, arguments[1])))

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def upper_equal_in_line(typingctx: Any, address: Any, half: Any) -> Any:
    """In which words of the cache line at an address the upper 32 bits are these, as a mask."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, wide = _line(builder, arguments[0]), ir.IntType(64)
        upper = builder.lshr(line, _everywhere(builder, wide(32)))
        return _which(builder, builder.icmp_unsigned("==", upper, _everywhere(builder, arguments[1])))

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def equal_in_halves(typingctx: Any, address: Any, half: Any) -> Any:
    """Which halves of the words of the cache line at an address are these 32 bits, as a mask."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        small = ir.IntType(32)
        line = ir.VectorType(small, 16)
        halves = builder.load(builder.inttoptr(arguments[0], line.as_pointer()), align=64)
        first = builder.insert_element(ir.Constant(line, ir.Undefined), builder.trunc(arguments[1], small), small(0))
        everywhere = builder.shuffle_vector(first, ir.Constant(line, ir.Undefined), ir.Constant(line, [0] * 16))
        matches = builder.icmp_unsigned("==", halves, everywhere)
        return builder.zext(builder.bitcast(matches, ir.IntType(16)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def first_of(typingctx: Any, mask: Any) -> Any:
    """The lowest bit of a mask that is not 0."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), codegen


@intrinsic
def add_to(typingctx: Any, address: Any, amount: Any) -> Any:
    """Add to the word at an address that other threads add to as well; what it was before."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", pointer, arguments[1], "seq_cst")

    return types.int64(types.uint64, types.int64), codegen


@intrinsic
def seen_now(typingctx: Any, address: Any) -> Any:
    """The word at an address as other threads have it now."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(types.uint64), codegen


@intrinsic
def show(typingctx: Any, address: Any, value: Any) -> Any:
    """Put a word at an address, for other threads to see it, and all that was put anywhere before."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        builder.store_atomic(arguments[1], pointer, "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.uint64, types.int64), codegen


@intrinsic
def let_others_run(typingctx: Any) -> Any:
    """Let other threads have the processor, if there are any that want it."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def put_if_free(typingctx: Any, address: Any, value: Any) -> Any:
    """Put a word at an address where there is 0, unless another thread is faster; what was there before."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        pointer = builder.inttoptr(arguments[0], word.as_pointer())
        return builder.extract_value(builder.cmpxchg(pointer, word(0), arguments[1], "seq_cst", "seq_cst"), 0)

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def put_half_if_free(typingctx: Any, address: Any, value: Any) -> Any:
    """Put 32 bits at an address where there is 0, unless another thread is faster; what was there before."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = ir.IntType(32)
        pointer, value = builder.inttoptr(arguments[0], half.as_pointer()), builder.trunc(arguments[1], half)
        before = builder.extract_value(builder.cmpxchg(pointer, half(0), value, "seq_cst", "seq_cst"), 0)
        return builder.zext(before, ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def expand(typingctx: Any, function: Any, source: Any, out: Any, room: Any) -> Any:
    """Call the compiled `successors` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word, word, word])
        pointer = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.int64(types.uint64, types.uint64, types.uint64, types.int64), codegen


@intrinsic
def expand_by_unit(typingctx: Any, function: Any, source: Any, out: Any, room: Any, firings: Any) -> Any:
    """Call the compiled `by_unit` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word, word, word, word])
        pointer = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.int64(types.uint64, types.uint64, types.uint64, types.int64, types.uint64), codegen


@intrinsic
def mask_of(typingctx: Any, function: Any, source: Any) -> Any:
    """Call the compiled `violated` or `busy` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        pointer = builder.inttoptr(arguments[0], ir.FunctionType(word, [word]).as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic(prefer_literal=True)
def on_stack(typingctx: Any, count: Any, kind: Any) -> Any:
    """An array of so many numbers, for as long as the kernel runs; what they are is not said."""
    array = types.Array(kind.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_data_type(kind.dtype)
        size, each = count.literal_value, context.get_abi_sizeof(number)
        made = context.make_array(array)(context, builder)
        room = cgutils.alloca_once(builder, number, size)
        word = ir.IntType(64)
        populate_array(made, room, [word(size)], [word(each)], word(each), None)
        return made._getvalue()

    return array(count, kind), codegen


@intrinsic
def call(typingctx: Any, function: Any, *given: Any) -> Any:
    """Call the kernel at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        values = []
        for kind, value in zip(signature.args[1], cgutils.unpack_tuple(builder, arguments[1]), strict=True):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, value)
                values += [builder.ptrtoint(array.data, word), *cgutils.unpack_tuple(builder, array.shape)]
            else:
                values.append(value)
        pointer = builder.inttoptr(arguments[0], ir.FunctionType(word, [word] * len(values)).as_pointer())
        return builder.call(pointer, values)

    return types.int64(types.uint64, types.StarArgTuple(given)), codegen


@intrinsic
def array_at(typingctx: Any, address: Any, shape: Any, kind: Any) -> Any:
    """The array of this shape at an address."""
    array = types.Array(kind.dtype, len(shape), "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, word = context.get_data_type(kind.dtype), ir.IntType(64)
        sizes = cgutils.unpack_tuple(builder, arguments[1])
        each = word(context.get_abi_sizeof(number))
        strides = [each]
        for size in reversed(sizes[1:]):
            strides.insert(0, builder.mul(strides[0], size))
        made = context.make_array(array)(context, builder)
        populate_array(made, builder.inttoptr(arguments[0], number.as_pointer()), sizes, strides, each, None)
        return made._getvalue()

    return array(address, shape, kind), codegen
