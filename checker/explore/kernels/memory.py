"""Words at addresses, and calls of the compiled functions: what numba lacks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


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
def mask_of(typingctx: Any, function: Any, source: Any) -> Any:
    """Call the compiled `violated` or `busy` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        pointer = builder.inttoptr(arguments[0], ir.FunctionType(word, [word]).as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.uint64(types.uint64, types.uint64), codegen
