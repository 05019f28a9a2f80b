"""From a kernel to LLVM's text of it, as of a C function that needs numba no more.

It gets words: of an array the address and the shape. So nothing in a kernel may allocate memory, or raise. What it
needs room for is handed to it, or is on the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numba import cfunc, njit, types
from numba.core import config

from .memory import array_at

kernel = njit(forceinline=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Makes a function one that is called, from Python or by another kernel."""

inline = njit(inline="always", error_model="numpy")
"""Makes a function a part of the kernels that call it."""


def text_of(function: Any, given: Sequence[str], name: str) -> str:
    """LLVM's text of a kernel as a C function of this name.

    What it is `given` is a word (`int64` or `uint64`) or an array, as in `uint32[]` and `int64[,]`.
    """
    arguments: list[str] = []
    words: list[Any] = []
    passed = []
    for position, kind in enumerate(given):
        argument, (number, is_array, axes) = f"a{position}", kind.partition("[")
        if is_array:
            shape = [f"{argument}_{axis}" for axis in range(len(axes))]
            arguments += [argument, *shape]
            words += [types.uint64, *[types.int64] * len(shape)]
            passed.append(f"array_at({argument}, ({', '.join(shape)},), {number})")
        else:
            arguments.append(argument)
            words.append(getattr(types, number))
            passed.append(argument)
    written = f"lambda {', '.join(arguments)}: kernel({', '.join(passed)})"
    outside: Callable[..., Any] = eval(written, {**vars(types), "kernel": function, "array_at": array_at})
    back = types.void if function.py_func.__annotations__["return"] == "None" else types.int64
    before, config.OPT = config.OPT, config._OptLevel(0)  # optimised once, as a whole
    try:
        made = cfunc(back(*words))(outside)
    finally:
        config.OPT = before
    # numba counts references to arrays, in functions that are kept apart; of these arrays nobody keeps count
    text: str = made.inspect_llvm()
    return text.replace(made.native_name, name).replace("noinline", "alwaysinline")
